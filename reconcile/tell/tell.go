// Package tell turns a pass over a payer into what a report is made of, and its
// errors into lines that people read. [Planned] is first, [Applied] adds what an
// apply did; [Error] and [Lines] are for what belongs to no report.
package tell

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// Planned is what there is to say about a payer that was planned, or, where
// planned is nil, about why it could not be.
func Planned(p *spec.Payer, planned *reconcile.Planned, err error) report.Input {
	in := report.Input{Name: p.Name, AccountID: p.AccountID, Commit: p.Run.Commit, Err: Error(err, p.Name)}
	if planned != nil {
		in.Plan, in.Files, in.ClaimsRoot = planned.Plan, Files(planned.Files), planned.ClaimsRoot
		in.Tree, in.Members, in.Organization = Tree(planned), members(planned), organization(planned)
		in.Lands, in.Quotas = forecasts(planned.Forecast)
		in.Impact, in.Tests = impacts(planned.Impact), tests(planned.Tests)
		in.Documents = documents(planned.Payer)
		in.Notices = append(elsewhere(planned.Elsewhere), handoffs(planned.Plan)...)
		if err == nil {
			in.Err = Error(planned.Refused, p.Name)
		}
	}
	return in
}

// Applied adds what an apply of the plan did. applied is nil where it did not
// begin.
func Applied(in *report.Input, applied *reconcile.Applied, err error) {
	if applied == nil {
		in.Err = Error(err, in.Name)
		return
	}
	in.Applied, in.Files = true, Files(applied.Files)
	in.Outcomes, in.Errs = outcomes(applied.Result)
	in.Err = Error(applied.CheckErr, in.Name)
	if applied.Result.Ended != "" {
		in.Err = errors.New(applied.Result.Ended)
	}
	if err == nil {
		return
	}
	if r := report.New(*in); !r.Failed() { // no change and no file says it
		in.Err = Error(err, in.Name)
	}
}

func outcomes(r *executor.Result) (words []string, errs []error) {
	for i, o := range r.Outcomes {
		words = append(words, string(o))
		errs = append(errs, Error(r.Errs[i], ""))
	}
	return words, errs
}

// Files are the CSVs that change or have an error.
func Files(files []reconcile.File) []report.File {
	var out []report.File
	for _, f := range files {
		if !f.Changed && f.Err == nil {
			continue
		}
		r := report.File{Path: f.CSV.Path, Add: f.Add, Remove: f.Remove}
		if f.Err != nil {
			r.Error = fileError(f)
		}
		out = append(out, r)
	}
	return out
}

// fileError says what is wrong with a CSV, in one line that stands behind its path.
func fileError(f reconcile.File) string {
	const shown = 3
	lines := strings.Split(f.Err.Error(), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "write "+f.CSV.Path+": ")
	}
	if more := len(lines) - shown; more > 0 {
		lines = append(lines[:shown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "; ")
}

// Error makes the messages of an error short, one below the other. They stand
// below the payer's name, so they do not say it again.
func Error(err error, payer string) error {
	if err == nil {
		return nil
	}
	return short{strings.Join(Lines(err, payer), "\n"), err}
}

// short reads as a person should read it and is still its cause.
type short struct {
	text  string
	cause error
}

func (e short) Error() string { return e.text }
func (e short) Unwrap() error { return e.cause }

// Lines are the messages of an error of a payer, without its name; payer may be
// empty.
func Lines(err error, payer string) []string {
	var lines []string
	for _, e := range Flat(err) {
		line := Line(e)
		if payer != "" {
			line = strings.TrimPrefix(line, "payer "+payer+": ")
		}
		lines = append(lines, line)
	}
	return lines
}

// Line is the message of one error, fit for a terminal.
func Line(err error) string { return report.Clean(cloud.Explain(err)) }

// Flat gives the errors that one error is made of.
func Flat(err error) []error {
	parts := joined(err)
	if parts == nil {
		var many *multierror.Error
		if !errors.As(err, &many) {
			return []error{err}
		}
		parts = many.Errors
	}
	var all []error
	for _, e := range parts {
		all = append(all, Flat(e)...)
	}
	return all
}

// joined gives the errors that stand beside each other in one, a line or more
// each, as [errors.Join] puts them; nil of any other error.
func joined(err error) []error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var texts []string
	for _, e := range many.Unwrap() {
		texts = append(texts, e.Error())
	}
	if strings.Join(texts, "\n") != err.Error() {
		return nil
	}
	return many.Unwrap()
}

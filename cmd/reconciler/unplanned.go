package main

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// A plan that cannot be made is a report too, so that nobody takes the comment of
// the last push for that of this one.

// mistakesIn are the mistakes of files that an error is made of.
func mistakesIn(err error) []*spec.Error {
	var m *multierror.Error
	if !errors.As(err, &m) {
		return nil
	}
	var all []*spec.Error
	for _, err := range m.Errors {
		var e *spec.Error
		if errors.As(err, &e) {
			all = append(all, e)
		}
	}
	return all
}

// names are all payers that the call is about, planned or not.
func (s *scope) names() []string {
	names := slices.Clone(s.beside)
	for _, p := range s.payers {
		names = append(names, p.Name)
	}
	return names
}

// unplanned prints why there is no plan, where that is not for a person at a
// terminal, who reads the error itself.
func (c *cli) unplanned(ctx context.Context, s *scope, o planning, err error) error {
	if c.format == "text" || ctx.Err() != nil {
		return err
	}
	r := report.New()
	r.Mistakes = tell.Lines(err, "")
	r.Notices = s.notices
	for _, p := range s.payers {
		for _, n := range s.of[p.Name] {
			if n.Name != report.BaseMoved { // of a plan
				n.Payer = p.Name
				r.Notices = append(r.Notices, n)
			}
		}
	}
	return errors.Join(c.printPlan(r, s, o), err)
}

// sayNotices says on standard error what the report says, too.
func (c *cli) sayNotices(s *scope) {
	for _, n := range s.notices {
		c.say("%s: %s", n.Level, n.Text)
	}
	for _, p := range s.payers {
		for _, n := range s.of[p.Name] {
			c.say("%s: %s: %s", n.Level, p.Name, n.Text)
		}
	}
}

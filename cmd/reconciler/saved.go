package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/outfile"
	"github.com/payer-reconciler/reconciler/planfile"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// notSaved is why an apply of a saved plan leaves a change alone.
const notSaved = "not in the saved plan: it came up since, plan again"

// keepPlan saves the plan where it is asked to. Half a plan is not saved.
func (c *cli) keepPlan(out string, passes []*pass, r *report.Report, retry bool) error {
	switch {
	case out == "":
		return nil
	case r.Failed():
		c.say("%s is not written: the plan has an error%s", out, older(out))
		return nil
	}
	if err := c.savePlan(out, passes, retry); err != nil {
		return err
	}
	if r.Guarded() {
		c.say("saved the plan; it breaks a limit, and apply will refuse it")
		return nil
	}
	if outfile.Printed(out) {
		c.say("the plan to save stands behind the report on standard output")
		return nil
	}
	how := "reconciler apply --plan " + quoted(out) + c.sameAWS()
	if len(passes) > 0 {
		how += pathWords(passes[0].paths)
	}
	c.say("saved the plan; `%s` does that and nothing else, within %.0f h", how, planfile.MaxAge.Hours())
	return nil
}

// older says what a file holds that is not written.
func older(out string) string {
	if ours, err := planfile.Is(out); err != nil || !ours {
		return ""
	}
	return "; it holds an older plan"
}

// mayKeep says before AWS is asked for minutes whether a plan may be written
// where --out says. A file that is there and is no saved plan stays: it may be a
// payer file, or a list of accounts.
func (c *cli) mayKeep(out string) error {
	if out == "" {
		return nil
	}
	if c.format == "json" && outfile.Printed(out) {
		return hinted{fmt.Errorf("--out %s: the report in JSON goes there, too, and no program could read the two", out), "name a file, or leave out --format json"}
	}
	if err := outfile.Check(out); err != nil {
		return hinted{err, "--out is the name of a file, in a folder that is there"}
	}
	if info, err := os.Stat(out); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	ours, err := planfile.Is(out)
	if err == nil && !ours {
		err = hinted{fmt.Errorf("--out %s: what is there is no saved plan, and stays", out), "another name, or remove it first"}
	}
	return err
}

// noEmpty refuses flags that are given without a value, as by a variable of CI
// that nobody set: without the flag the command would do another thing.
func noEmpty(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return hinted{fmt.Errorf("--%s is empty", name), "leave it out, or give it a value; is a variable not set?"}
		}
	}
	return nil
}

// savePlan writes what was planned into a file.
func (c *cli) savePlan(path string, passes []*pass, retry bool) error {
	f := planfile.File{ToolVersion: version(), CreatedAt: c.clock(), RetryFailed: retry, AllowSelf: c.allowSelf}
	for _, p := range passes {
		saved, err := planfile.Of(p.payer, p.planned.Plan, p.planned.Live)
		if err != nil {
			return err
		}
		saved.ClaimsRoot = p.planned.ClaimsRoot
		if saved.CSVs, err = csvsOf(p.planned); err != nil {
			return err
		}
		f.Payers = append(f.Payers, saved)
	}
	return f.Write(path)
}

// csvsOf says how the CSVs are on disk, and what an apply makes of them.
func csvsOf(p *reconcile.Planned) ([]planfile.CSV, error) {
	var all []planfile.CSV
	for _, f := range p.Files {
		now, err := planfile.FileNow(p.Payer.Root, f.CSV.Path)
		if err != nil {
			return nil, err
		}
		all = append(all, planfile.CSV{Source: now, Add: f.Add, Remove: f.Remove})
	}
	return all, nil
}

// applySaved applies a plan that was saved, and nothing else. It does not ask:
// whoever saved it has seen it.
func (c *cli) applySaved(ctx context.Context, file string, paths []string, detailed, retry bool) error {
	if retry || c.allowSelf {
		return hinted{errors.New("--retry-failed and --allow-self are in a saved plan, or are not"), "give them to plan --out"}
	}
	f, err := planfile.Read(file, version(), c.clock())
	if err != nil {
		return hintAtPlan(err)
	}
	if err := c.checkFormat("text", "json"); err != nil {
		return err
	}
	saved, err := c.pick(f, file)
	if err != nil {
		return err
	}
	payers, err := c.loadAll(paths)
	if err != nil {
		return hintAtPlanned(err)
	}
	passes, there := match(saved, payers, paths)
	if len(passes) == 0 {
		c.say("%s holds no plan of any payer; nothing to apply", file)
		return nil
	}
	c.allowSelf = f.AllowSelf
	for _, p := range passes {
		p.notices = savedLifts(f, p.saved.Plan)
	}
	c.sayLifts(passes)
	a, err := c.connect(append(there, passes[0].payer))
	if err != nil {
		return err
	}
	if err := c.prepare(there, a); err != nil {
		return err
	}
	c.planSaved(ctx, passes, a, f.RetryFailed)
	return c.apply(ctx, passes, a, true, detailed)
}

// inBrief is an error for where the report tells it in full.
func inBrief(err error) error {
	var stale *planfile.StaleError
	if errors.As(err, &stale) {
		return errors.New(stale.Brief())
	}
	return err
}

// hintAtPlan says what to do with a plan file that is not taken.
func hintAtPlan(err error) error {
	if errors.Is(err, planfile.ErrOther) {
		return hinted{err, "--plan takes the file that `reconciler plan --out` wrote"}
	}
	if errors.Is(err, planfile.ErrAge) || errors.Is(err, planfile.ErrAnother) || errors.Is(err, planfile.ErrDamaged) {
		return hinted{err, "make it anew with `reconciler plan --out`"}
	}
	return err
}

// hintAtPlanned helps where PATH holds no payer file: it is that of the plan.
func hintAtPlanned(err error) error {
	var e *spec.Error
	if errors.As(err, &e) && e.None && e.File != "--payer" {
		return hinted{err, "give the PATH that the plan was made with, from where it was made"}
	}
	return err
}

// pick gives the payers of the file that --payer names, or all.
func (c *cli) pick(f *planfile.File, file string) ([]*planfile.Payer, error) {
	var picked []*planfile.Payer
	var known []string
	for i := range f.Payers {
		known = append(known, f.Payers[i].Name)
		if len(c.payers) == 0 || slices.Contains(c.payers, f.Payers[i].Name) {
			picked = append(picked, &f.Payers[i])
		}
	}
	for _, name := range c.payers {
		if !slices.Contains(known, name) {
			return nil, hinted{fmt.Errorf("plan %s: it has no payer %q", file, name), "it has " + strings.Join(known, ", ")}
		}
	}
	return picked, nil
}

// loadAll reads the payer files, whatever --payer says: a payer of the plan that
// they do not have any more is told with what moved.
func (c *cli) loadAll(paths []string) ([]*spec.Payer, error) {
	only := c.payers
	c.payers = nil
	defer func() { c.payers = only }()
	return c.load(paths)
}

// match makes a pass of every payer of the plan. One whose files are not as they
// were has an error, and is not read; there are the payers of the others.
func match(saved []*planfile.Payer, payers []*spec.Payer, paths []string) (passes []*pass, there []*spec.Payer) {
	for _, s := range saved {
		p := &pass{saved: s, paths: paths}
		i := slices.IndexFunc(payers, func(q *spec.Payer) bool { return q.Name == s.Name })
		if i < 0 {
			p.payer = &spec.Payer{Name: s.Name, AccountID: s.AccountID, Root: payers[0].Root}
			p.err = p.lost()
		} else {
			p.payer = payers[i]
			if p.err = s.CheckSources(p.payer); p.err == nil {
				there = append(there, p.payer)
			}
		}
		passes = append(passes, p)
	}
	return passes, there
}

// lost is the error of a payer that no file bears any more, or none at PATH.
func (p *pass) lost() error {
	err := p.saved.CheckFiles(p.payer.Root)
	stale := &planfile.StaleError{Payer: p.saved.Name}
	if err != nil && !errors.As(err, &stale) {
		return err
	}
	lost := planfile.Moved{Where: "payer " + p.saved.Name, Text: "is in no payer file at PATH; was the plan made with another PATH?"}
	stale.Moved = append([]planfile.Moved{lost}, stale.Moved...)
	return stale
}

// planSaved plans every payer whose files are as they were, and holds that
// against what was saved.
func (c *cli) planSaved(ctx context.Context, passes []*pass, a *aws, retry bool) {
	var g errgroup.Group
	g.SetLimit(payersAtOnce)
	for i, p := range passes {
		switch {
		case p.err != nil:
		case len(p.saved.Plan.Guards) > 0: // it is shown, and not applied
			p.planned = &reconcile.Planned{Payer: p.payer, Plan: p.saved.Plan, ClaimsRoot: p.saved.ClaimsRoot}
		default:
			g.Go(func() error {
				passes[i] = c.planOne(ctx, p.payer, a, retry)
				passes[i].inherit(p)
				passes[i].measure()
				return nil
			})
		}
	}
	_ = g.Wait() // every payer keeps its own error
}

// inherit takes over what an earlier pass over the payer was asked to do.
func (p *pass) inherit(from *pass) {
	p.paths, p.saved, p.notices = from.paths, from.saved, from.notices
}

// measure holds what was planned afresh against the saved plan, where there is
// one: it goes on with what both have, or not at all.
func (p *pass) measure() {
	if p.saved == nil || p.err != nil {
		return
	}
	if p.err = p.fits(); p.err != nil {
		p.planned = nil
	}
}

func (p *pass) fits() error {
	if err := p.saved.CheckSources(p.payer); err != nil {
		return err
	}
	if err := p.saved.Compare(p.planned.Plan, p.planned.Live, p.planned.ClaimsRoot); err != nil {
		return p.unwritten(err)
	}
	if err := p.planned.HoldBack(p.saved.Covers(), notSaved); err != nil {
		return err
	}
	p.planned.Plan.Estimate = p.saved.Plan.Estimate
	csvs, err := csvsOf(p.planned)
	if err != nil {
		return err
	}
	return p.saved.CompareCSVs(csvs)
}

// unwritten adds to what is said of a plan whose changes are all done the CSVs
// whose rows are not: it was killed in between.
func (p *pass) unwritten(err error) error {
	var stale *planfile.StaleError
	if !errors.As(err, &stale) || stale.Done < stale.Of {
		return err
	}
	for _, f := range p.planned.Files {
		if f.Changed {
			stale.Moved = append(stale.Moved, planfile.Moved{Where: f.CSV.Path, Text: "its rows are not written yet"})
		}
	}
	return stale
}

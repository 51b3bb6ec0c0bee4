package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// A plan is run soon after it was made, or it is made again: behind a question
// that waited, or behind another payer whose apply took hours, AWS and the file
// may have changed.

// staleAfter is how old a plan may be when it is run.
const staleAfter = 5 * time.Minute

// freshen plans a payer again. Where that gives another plan than the one that
// was shown, a person has to see it first: the pass that it gives then holds
// the error. Where nobody was asked, the new plan is printed, and is the one to run.
func (c *cli) freshen(ctx context.Context, p *pass, a *aws, asked bool) (*pass, error) {
	payer, err := c.reload(p)
	if err != nil {
		return p, err
	}
	again := c.planOne(ctx, payer, a, p.retry)
	again.inherit(p)
	again.measure()
	switch {
	case again.err != nil:
		return again, nil
	case alike(p, again):
		return again, nil
	case asked:
		return p, errStale(p.payer.Name)
	}
	fmt.Fprintf(c.stderr, "%s: AWS or the file changed since it was planned; the plan is now:\n", p.payer.Name)
	r := planReport([]*pass{again})
	if c.format == "json" { // the report at the end says it all
		return again, r.WriteText(c.stderr, c.text(c.stderr))
	}
	return again, r.WriteText(c.stdout, c.text(c.stdout))
}

func errStale(payer string) error {
	return fmt.Errorf("the plan of %s is stale: AWS or the file changed since it was shown; run apply again", payer)
}

// reload reads the payer's file as it is now.
func (c *cli) reload(p *pass) (*spec.Payer, error) {
	payers, err := c.load(p.paths)
	if err != nil {
		return nil, err
	}
	for _, q := range payers {
		if q.Path == p.payer.Path && q.Name == p.payer.Name && q.AccountID == p.payer.AccountID {
			return q, nil
		}
	}
	return nil, errStale(p.payer.Name)
}

// alike says whether two plans of a payer would do the same. Why a change is
// blocked or waits is not compared: it may tell a time.
func alike(a, b *pass) bool {
	x, err1 := deeds(a)
	y, err2 := deeds(b)
	return errors.Join(err1, err2) == nil && bytes.Equal(x, y)
}

// deeds is what an apply would do, as JSON.
func deeds(p *pass) ([]byte, error) {
	r := planReport([]*pass{p}).Payers[0]
	for i := range r.Changes {
		if r.Changes[i].Blocked != "" {
			r.Changes[i].Blocked = "blocked"
		}
		if r.Changes[i].Waiting != "" {
			r.Changes[i].Waiting = "waiting"
		}
	}
	return json.Marshal(report.Payer{Changes: r.Changes, Guards: r.Guards, Files: r.Files, ClaimsRoot: r.ClaimsRoot})
}

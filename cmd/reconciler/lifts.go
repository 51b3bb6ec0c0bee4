package main

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/planfile"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
)

// Whoever applies a saved plan gave neither --allow-self nor --retry-failed:
// whoever saved it did. So the one who applies is told before anything is done, on
// standard error and in the report.

// sayLifts says what plans were made with, and what that lifts.
func (c *cli) sayLifts(passes []*pass) {
	for _, p := range passes {
		for _, n := range p.notices {
			c.say("%s: %s: %s", n.Level, p.payer.Name, n.Text)
		}
	}
}

// savedLifts are the notices of what a saved plan was made with.
func savedLifts(f *planfile.File, plan *planner.Plan) []report.Notice {
	var all []report.Notice
	if f.AllowSelf {
		n := report.Notice{Name: report.AllowSelf, Level: report.Note, Text: "this plan was saved with --allow-self; nothing in it needs that"}
		if lifted := liftedOf(plan); len(lifted) > 0 {
			n.Level = report.Caution
			n.Text = fmt.Sprintf("this plan was saved with --allow-self, and does what would be blocked without: %s", strings.Join(lifted, "; "))
		}
		all = append(all, n)
	}
	if f.RetryFailed {
		all = append(all, retryNotice(plan))
	}
	return all
}

// shownLifts is how many of the changes that --allow-self lets through are named.
const shownLifts = 10

// liftedOf names the changes that only --allow-self lets through, each with why
// it would be blocked.
func liftedOf(plan *planner.Plan) []string {
	var all []string
	more := 0
	for i := range plan.Changes {
		c := &plan.Changes[i]
		switch {
		case c.Held() || c.Lifted == "":
		case len(all) == shownLifts:
			more++
		default:
			all = append(all, fmt.Sprintf("%s: %s", c.Ref, c.Lifted))
		}
	}
	if more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return all
}

// retryNotice says what --retry-failed may try again: account creations.
func retryNotice(plan *planner.Plan) report.Notice {
	creates := 0
	for i := range plan.Changes {
		if c := &plan.Changes[i]; !c.Held() && c.Op == planner.Create && c.Ref.Kind == "account" {
			creates++
		}
	}
	n := report.Notice{Name: report.RetryFailed, Level: report.Note, Text: "this plan was saved with --retry-failed; it creates no account, so nothing is tried again"}
	if creates > 0 {
		n.Level = report.Warning
		n.Text = fmt.Sprintf("this plan was saved with --retry-failed: those of its %s that AWS refused for good before are tried again",
			count(creates, "account creation", "account creations"))
	}
	return n
}

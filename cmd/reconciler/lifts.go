package main

import (
	"fmt"

	"github.com/payer-reconciler/reconciler/planfile"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/words"
)

// Whoever applies a saved plan gave neither --allow-self nor --retry-failed:
// whoever saved it did. So the one who applies is told before anything is done, on
// standard error and in the report.

// sayLifts says what plans were made with, and what that lifts. The report has the
// reasons beside the changes; in JSON it comes when all is done.
func (c *cli) sayLifts(passes []*pass) {
	for _, p := range passes {
		for _, n := range p.notices {
			c.say("%s: %s: %s", n.Level, p.payer.Name, n.Text)
		}
		lifted := liftedOf(p.saved.Plan)
		for i, ch := range lifted {
			if i == shownLifts {
				c.say("  and %s more", words.Comma(len(lifted)-i))
				break
			}
			c.say("  %s: %s", ch.Ref, ch.Lifted)
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
			n.Text = "this plan was saved with --allow-self, and does what would be blocked without: " + someRefs(lifted)
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

// liftedOf gives the changes that only --allow-self lets through.
func liftedOf(plan *planner.Plan) []*planner.Change {
	var all []*planner.Change
	for i := range plan.Changes {
		if c := &plan.Changes[i]; !c.Held() && c.Lifted != "" {
			all = append(all, c)
		}
	}
	return all
}

// someRefs names the first changes of many.
func someRefs(changes []*planner.Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Ref.String())
	}
	return words.Some(all, shownLifts)
}

// retryNotice says what --retry-failed tries again, of what AWS refused for good.
func retryNotice(plan *planner.Plan) report.Notice {
	var again []string
	for i := range plan.Changes {
		if c := &plan.Changes[i]; !c.Held() && c.Refused != "" {
			again = append(again, fmt.Sprintf("%s (%s)", c.Ref, c.Refused))
		}
	}
	n := report.Notice{Name: report.RetryFailed, Level: report.Note, Text: "this plan was saved with --retry-failed; AWS has refused nothing of it for good"}
	if len(again) > 0 {
		n.Level = report.Warning
		n.Text = "this plan was saved with --retry-failed, and tries again what AWS refused for good: " + words.Some(again, shownLifts)
	}
	return n
}

package tell

import (
	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// impacts are what a plan newly denies and allows, as a report has it.
func impacts(r *impact.Result) []report.Impact {
	if r == nil {
		return nil
	}
	var out []report.Impact
	for _, n := range r.Impacts {
		one := report.Impact{Effect: n.Effect, Actions: n.Actions, Resource: n.Resource, Condition: n.Condition,
			From: n.From, OUs: n.OUs, Accounts: n.Accounts}
		for _, s := range n.Unless {
			one.Unless = append(one.Unless, report.Scope(s))
		}
		for _, ref := range n.By {
			one.By = append(one.By, ref.String())
		}
		out = append(out, one)
	}
	return out
}

// documents are those of the payer's policies, as the file has them.
func documents(p *spec.Payer) []string {
	var out []string
	for _, one := range p.Policies {
		out = append(out, one.Document.String())
	}
	return out
}

// tests are the payer file's own tests, as a report has them.
func tests(all []explain.Tested) []report.Test {
	var out []report.Test
	for _, t := range all {
		one := report.Test{Name: t.Name, Where: t.Where.String(), Action: t.Action, Expect: t.Expect, Got: t.Got, By: t.By,
			At: t.Pos.String(), OK: t.OK()}
		if on := t.Undecided(); on != "" {
			one.Undecided = "it hangs on " + on + ", which is known only after an apply"
		}
		out = append(out, one)
	}
	return out
}

package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// looking is one preflight under way.
type looking struct {
	r       *Result
	p       *spec.Payer
	o       reconcile.Options
	session *cloud.Session
	planned *reconcile.Planned
	have    *resource.State // of planned, or empty
}

// Run enters the payer, plans it, and asks AWS for what a plan does not ask.
// What cannot be found out is a check that says so; where the payer cannot be
// entered that ends the list. The error is that of ctx alone.
func Run(ctx context.Context, p *spec.Payer, o reconcile.Options) (*Result, error) {
	l := &looking{
		r: &Result{FormatVersion: FormatVersion, Payer: p.Name, AccountID: p.AccountID, Checks: []Check{}},
		p: p, o: o, have: &resource.State{},
	}
	enter := o.Open
	o.Open = func(ctx context.Context, p *spec.Payer) (s *cloud.Session, err error) {
		l.session, err = enter(ctx, p)
		return l.session, err
	}
	var err error
	l.planned, err = reconcile.Plan(ctx, p, o)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !l.entry(err) {
		l.steps()
		return l.r, nil
	}
	if l.planned != nil {
		l.have = l.planned.Live
	}
	l.organization()
	l.plan(err)
	if l.session.Organization() != nil {
		l.services(ctx)
	}
	l.quota(ctx)
	l.lease(ctx)
	if l.planned != nil {
		l.types()
		l.slots()
		l.foreign()
		l.guards()
	}
	l.steps()
	return l.r, ctx.Err()
}

// entry says whether the payer can be entered, and as whom.
func (l *looking) entry(err error) bool {
	if l.session != nil {
		l.r.add(Check{Name: "access", State: OK, Text: "entered " + l.p.AccountID + " as " + l.session.Caller()})
		return true
	}
	text := "the payer could not be entered"
	if err != nil {
		text = cloud.Explain(err)
	}
	hint := cloud.Hint(err)
	if hint == "" {
		hint = "reconciler bootstrap " + l.p.Name + " prints the role that the tool needs"
	}
	l.r.add(Check{Name: "access", State: Problem, Text: text, Hint: hint})
	return false
}

// organization says what the account is: Open has refused a member of another
// organization.
func (l *looking) organization() {
	o := l.session.Organization()
	switch {
	case o == nil && l.p.Organization.Create:
		l.r.add(Check{Name: "management account", State: Note, Text: "the account has no organization; the first apply makes one and it becomes the management account"})
	case o == nil:
		l.r.add(Check{Name: "management account", State: Problem, Text: "the account has no organization",
			Hint: "organization: {create: true} in the payer file makes one"})
	default:
		l.r.add(Check{Name: "management account", State: OK, Text: "it manages " + deref(o.Id)})
		if o.FeatureSet != "ALL" {
			l.r.add(Check{Name: "features", State: Problem, Text: fmt.Sprintf("the organization has %s only", o.FeatureSet),
				Hint: "enable all features in the console (Organizations, Settings); every member has to agree"})
			return
		}
		l.r.add(Check{Name: "features", State: OK, Text: "all features"})
	}
}

// plan says whether the payer can be planned.
func (l *looking) plan(err error) {
	if err != nil {
		why := causes(err)
		l.r.add(Check{Name: "plan", State: Problem, Text: why[0], Details: why[1:], Hint: cloud.Hint(err)})
		return
	}
	s := l.planned.Plan.Summary()
	c := Check{Name: "plan", State: OK, Text: fmt.Sprintf("%d to create, %d to update, %d to delete", s.Create, s.Update+s.Adopt+s.Resume, s.Delete)}
	if s.Blocked > 0 {
		c.Text += fmt.Sprintf(", %d blocked", s.Blocked)
	}
	if s.Waiting > 0 {
		c.State, c.Details = Note, few(l.waiting())
		c.Text += fmt.Sprintf(", %d waiting for AWS", s.Waiting)
	}
	c.Text += fmt.Sprintf(", %d unmanaged", s.Unmanaged)
	l.r.add(c)
}

// waiting gives each reason for which changes wait, with the first of them. What
// waits for another change is told by that.
func (l *looking) waiting() []string {
	type reason struct {
		first string
		n     int
	}
	var order []string
	all := map[string]*reason{}
	for _, c := range l.planned.Plan.Changes {
		switch r := all[c.Waiting]; {
		case c.Waiting == "", strings.HasSuffix(c.Waiting, ", which waits"):
		case r == nil:
			order = append(order, c.Waiting)
			all[c.Waiting] = &reason{c.Ref.String(), 1}
		default:
			r.n++
		}
	}
	lines := make([]string, 0, len(order))
	for _, text := range order {
		line := all[text].first
		if n := all[text].n; n > 1 {
			line += fmt.Sprintf(" and %d more", n-1)
		}
		lines = append(lines, line+": "+text)
	}
	return lines
}

// causes gives the errors that one error is made of, each in a line.
func causes(err error) []string {
	var many *multierror.Error
	if !errors.As(err, &many) || len(many.Errors) == 0 {
		return []string{cloud.Explain(err)}
	}
	var all []string
	for _, e := range many.Errors {
		all = append(all, causes(e)...)
	}
	return all
}

// read reads one kind as a whole, whatever the file says of it.
func (l *looking) read(ctx context.Context, name string) ([]resource.Object, error) {
	for _, k := range l.o.Kinds {
		if k.Name == name {
			return l.all(ctx, k)
		}
	}
	return nil, fmt.Errorf("there is no kind %q", name)
}

func (l *looking) all(ctx context.Context, k *kind.Kind) ([]resource.Object, error) {
	return k.Live(ctx, l.session, nil, l.have)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A policy whose document the plan changes may hang where the file does not say
// so: somebody attached it by hand to a unit that the file does not name, or to
// an account. The new document is in force there too, so AWS is asked of each
// such policy what it hangs on, and of no other.

// target is a place outside of the file where an edited policy hangs: a unit, or
// an account where the Ref is not zero.
type target struct {
	policy     resource.Ref
	policyType string
	unit       string // its path
	account    resource.Ref
	gone       bool // the plan takes the policy away
}

// asks is of how many policies AWS is asked at once.
const asks = 8

// reach finds out where the policies that the plan edits hang elsewhere.
func (p *Planned) reach(ctx context.Context) error {
	edits := p.edits()
	if len(edits) == 0 {
		return nil
	}
	ids := make([][]string, len(edits))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(asks)
	for i, e := range edits {
		g.Go(func() (err error) {
			if ids[i], err = e.kind.Reach(ctx, p.session, e.have); err != nil {
				return fmt.Errorf("find out where %s hangs, which this plan edits: %w", e.have.Ref, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	at := p.places()
	p.reaches = nil
	for i, e := range edits {
		for _, id := range ids[i] {
			place, ok := at[id]
			if !ok {
				return &UnsettledError{Account: e.have.Ref.String(), Unit: id}
			}
			if !place.named {
				p.reaches = append(p.reaches, target{policy: e.have.Ref, policyType: e.policyType, unit: place.unit, account: place.account})
			}
		}
	}
	slices.SortFunc(p.reaches, func(a, b target) int {
		return cmp.Or(a.policy.Compare(b.policy), cmp.Compare(a.unit, b.unit), a.account.Compare(b.account))
	})
	return nil
}

// edit is a policy whose document the plan changes.
type edit struct {
	kind       *kind.Kind
	have       resource.Object
	policyType string
}

// edits lists the service and resource control policies whose documents the plan
// changes. What AWS itself owns hangs on everything, and nobody edits it.
func (p *Planned) edits() (all []edit) {
	i := slices.IndexFunc(p.kinds, func(k *kind.Kind) bool { return k.Name == "policy" && k.Reach != nil })
	if i < 0 {
		return nil
	}
	for j := range p.Plan.Changes {
		c := &p.Plan.Changes[j]
		if c.Ref.Kind != "policy" || c.Held() || c.Want == nil || c.Op != planner.Update && c.Op != planner.Adopt {
			continue
		}
		policyType := c.Want.Inputs["type"].Value()
		changes := slices.ContainsFunc(c.Fields, func(f planner.Field) bool { return f.Name == "document" })
		have, ok := p.Live.Get(c.Ref)
		if ok && changes && have.Facts[resource.FactSystem] == "" && (policyType == spec.SCP || policyType == spec.RCP) {
			all = append(all, edit{p.kinds[i], have, policyType})
		}
	}
	return all
}

// place is what a policy can hang on. The attachments of those that the file
// names are read with the others.
type place struct {
	unit    string
	account resource.Ref
	named   bool
}

// places are all by their ids.
func (p *Planned) places() map[string]place {
	named := map[string]bool{"": true}
	for u := range p.Payer.AllOUs() {
		named[u.Path] = true
	}
	at := map[string]place{}
	if id, ok := p.Live.Output(spec.OrganizationRef, "rootId"); ok {
		at[id] = place{named: true}
	}
	for u := range p.Live.Kind("ou") {
		at[u.ID()] = place{unit: u.Ref.Name, named: named[u.Ref.Name]}
	}
	for a := range p.Live.Kind("account") {
		if path, ok := pathOf(a.Attrs["ou"].Value()); ok && a.ID() != "" {
			at[a.ID()] = place{unit: path, account: a.Ref}
		}
	}
	return at
}

// hang puts a policy where it hangs outside of the file. What else hangs
// there nobody has read.
func (b *bound) hang(t target) {
	var before, after *[]impact.Policy
	if t.account.IsZero() {
		n := b.node(t.unit)
		before, after = &n.Before, &n.After
	} else {
		g := b.own[t.account]
		if g == nil {
			g = &impact.Group{}
			b.own[t.account] = g
		}
		before, after = &g.Before, &g.After
	}
	unread := impact.Policy{Type: t.policyType}
	first := !slices.Contains(*before, unread)
	if first {
		*before = append(*before, unread)
	}
	one := impact.Policy{Ref: t.policy, Type: t.policyType, Document: b.docs.before(t.policy)}
	if b.off[t.policyType] {
		one.Attachment = typeRef(t.policyType)
		*before = append(*before, one)
		return
	}
	*before = append(*before, one)
	if first {
		*after = append(*after, unread)
	}
	if t.gone {
		return
	}
	*after = append(*after, impact.Policy{Ref: t.policy, Type: t.policyType, Document: b.docs.after(t.policy)})
}

// Elsewhere is a policy that the plan edits and that also hangs where the file
// does not put it.
type Elsewhere struct {
	Policy resource.Ref
	// Units are the paths of units that the file does not name, Accounts the
	// accounts that it hangs on themselves.
	Units    []string
	Accounts []resource.Ref
	// Reached are the member accounts in use there, those in units below too.
	Reached int
}

// beyond lists what the plan edits beyond what its file names, by policy. What
// was held since is not edited.
func (p *Planned) beyond(changed map[resource.Ref]bool) (all []Elsewhere) {
	for _, t := range p.reaches {
		if !changed[t.policy] {
			continue
		}
		if len(all) == 0 || all[len(all)-1].Policy != t.policy {
			all = append(all, Elsewhere{Policy: t.policy})
		}
		e := &all[len(all)-1]
		if t.account.IsZero() {
			e.Units = append(e.Units, t.unit)
		} else {
			e.Accounts = append(e.Accounts, t.account)
		}
	}
	for i := range all {
		all[i].Reached = p.reached(&all[i])
	}
	return all
}

// reached counts the accounts that a policy reaches elsewhere.
func (p *Planned) reached(e *Elsewhere) int {
	units, own := map[string]bool{}, map[resource.Ref]bool{}
	for _, u := range e.Units {
		units[u] = true
	}
	for _, a := range e.Accounts {
		own[a] = true
	}
	n := 0
	for a := range p.Live.Kind("account") {
		path, ok := pathOf(a.Attrs["ou"].Value())
		if !ok || !inUse(p.Payer, &a) {
			continue
		}
		in := own[a.Ref]
		for ; path != "" && !in; path = resource.ParentPath(path) {
			in = units[path]
		}
		if in {
			n++
		}
	}
	return n
}

package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/live"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A policy of ours that left the file is listed and its document is not read, for
// nothing hangs on that as long as it stays where it is. Where prune detaches or
// deletes it, what it denied ends: so AWS is asked for the documents of these, and
// of no others.

// reveal reads the documents of the policies that the plan takes away, or away
// from somewhere, and that nobody has read.
func (p *Planned) reveal(ctx context.Context) error {
	refs := p.leaving()
	if len(refs) == 0 {
		return nil
	}
	have, err := live.Content(ctx, p.session, p.kinds, p.Live, refs)
	if err != nil {
		return fmt.Errorf("find out what the policies deny that this plan takes away: %w", err)
	}
	p.Live = have
	p.Plan, err = p.compare(have)
	return err
}

// leaving lists the service and resource control policies, without their
// documents, of which the plan deletes anything.
func (p *Planned) leaving() (refs []resource.Ref) {
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if c.Held() || c.Op != planner.Delete {
			continue
		}
		ref := c.Ref
		if c.Ref.Kind == "attachment" {
			var err error
			if ref, err = resource.ParseRef(c.Have.Facts[resource.FactPolicy]); err != nil {
				continue
			}
		}
		have, there := p.Live.Get(ref)
		_, read := have.Attrs["document"]
		if there && !read && bindsRequests(&have) && have.Facts[resource.FactSystem] == "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// goes puts the policies that the plan deletes on the units outside of the file that
// go with them, as they are before: accounts that move out of there are bound by
// these until then.
func (b *bound) goes(p *Planned) {
	var at map[string]place
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if c.Held() || c.Op != planner.Delete || !bindsRequests(c.Have) || c.Have.Facts[resource.FactTargets] == "" {
			continue
		}
		if at == nil {
			at = p.places()
		}
		for _, id := range strings.Fields(c.Have.Facts[resource.FactTargets]) {
			if u, known := at[id]; known && !u.named && u.account.IsZero() {
				n := b.node(u.unit)
				unread := impact.Policy{Type: c.Have.Facts[resource.FactPolicyType]}
				if !slices.Contains(n.Before, unread) {
					n.Before, n.After = append(n.Before, unread), append(n.After, unread)
				}
				n.Before = append(n.Before, impact.Policy{Ref: c.Ref, Type: unread.Type, Document: b.docs.before(c.Ref)})
			}
		}
	}
}

// bindsRequests says that a live object is a service or resource control policy.
func bindsRequests(o *resource.Object) bool {
	policyType := o.Facts[resource.FactPolicyType]
	return policyType == spec.SCP || policyType == spec.RCP
}

package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/live"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A policy of ours that left the file is listed and its document is not read, for
// mostly nothing hangs on that. Where prune detaches or deletes it, what it denied
// ends: AWS is asked for the documents of these. Where one stays, it denies what it
// denied: AWS is asked for that where the plan changes what binds anybody, or works
// in members, and else not.

// reveal reads the documents of the policies that left the file and on which the
// plan is to be judged.
func (p *Planned) reveal(ctx context.Context) error {
	refs := p.leaving()
	if stay := p.staying(refs); len(stay) > 0 && p.binds() {
		refs = append(refs, stay...)
	}
	if len(refs) == 0 {
		return nil
	}
	have, err := live.Content(ctx, p.session, p.kinds, p.Live, refs)
	if err != nil {
		return fmt.Errorf("find out what the policies deny that left the file: %w", err)
	}
	p.Live = have
	p.Plan, err = p.compare(have)
	return err
}

// binds says that the plan changes what binds anybody, or writes inside members.
func (p *Planned) binds() bool {
	b := p.bound()
	return b.restricts() || len(p.moves()) > 0 || len(p.memberWrites(b)) > 0
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
		if have, there := p.Live.Get(ref); there && untold(&have) && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// staying lists those, without their documents, that are ours and hang somewhere,
// beside the ones that leave.
func (p *Planned) staying(leaving []resource.Ref) (refs []resource.Ref) {
	for o := range p.Live.Kind("policy") {
		if untold(&o) && o.Facts[resource.FactTargets] != "" && !slices.Contains(leaving, o.Ref) {
			refs = append(refs, o.Ref)
		}
	}
	return refs
}

// untold says that a live object is a policy that binds requests, not of AWS
// itself, whose document nobody has read.
func untold(o *resource.Object) bool {
	_, read := o.Attrs["document"]
	return !read && bindsRequests(o) && o.Facts[resource.FactSystem] == ""
}

// hangLeft puts the policies that left the file, as far as they are read, on the
// units and accounts outside of the file that they hang on. Those that the plan
// deletes are there before it alone: with them go the units, and the accounts that
// move out of these are bound by them until then.
func (b *bound) hangLeft(p *Planned) {
	var at map[string]place
	for o := range p.Live.Kind("policy") {
		ids := strings.Fields(o.Facts[resource.FactTargets])
		if len(ids) == 0 || !bindsRequests(&o) || untold(&o) {
			continue
		}
		if at == nil {
			at = p.places()
		}
		c := b.docs.changes[o.Ref]
		for _, id := range ids {
			if on, known := at[id]; known && !on.named {
				b.hang(target{policy: o.Ref, policyType: o.Facts[resource.FactPolicyType], unit: on.unit, account: on.account,
					gone: c != nil && c.Op == planner.Delete})
			}
		}
	}
}

// bindsRequests says that a live object is a service or resource control policy.
func bindsRequests(o *resource.Object) bool {
	policyType := o.Facts[resource.FactPolicyType]
	return policyType == spec.SCP || policyType == spec.RCP
}

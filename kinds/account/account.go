// Package account is the kind of a member account: a named one or one of a
// pool. Its identity is its email. An account that exists is used as it is,
// and none is ever deleted.
package account

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/attachment"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/kinds/policytype"
	"github.com/payer-reconciler/reconciler/kinds/quota"
	"github.com/payer-reconciler/reconciler/kinds/trustedservice"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// inProgress is how many creations AWS lets an organization have under way
// (Organizations user guide, quotas, 2026).
const inProgress = 5

// Kind is a member account.
var Kind = &kind.Kind{
	Name:        "account",
	Doc:         "a member account, by its email",
	Requires:    []*kind.Kind{organization.Kind, policytype.Kind, ou.Kind},
	Marked:      true,
	UseExisting: true,
	Place:       "ou",
	Lane:        kind.Lane{Name: "account-creation", Width: inProgress},
	Fixed: map[string]string{
		"email": "exists as {before}; the root email cannot be changed by an API",
		"state": "AWS shows the account as {before}, and its address cannot be used again",
	},
	Calls: map[string][]string{"create": {"CreateAccount", "MoveAccount"}, "update.ou": {"MoveAccount"},
		"update.name": {"PutAccountName"}},
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Create:  create,
	Update:  update,
	Resume:  resume,
}

// renamer is the service whose trusted access a rename needs.
const renamer = "account.amazonaws.com"

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	w := wanter{p: p, read: read, after: afters(p), inputs: map[inputKey]resource.Attrs{}, needed: resource.Lit(strconv.Itoa(quota.Needed(p, read))),
		outlook: resource.Lit(quota.Outlook(p, read)), named: named(p), movers: movers(read), behinds: map[string][]resource.Ref{}}
	objects := make([]resource.Object, 0, count(p))
	for a := range p.AllAccounts() {
		objects = append(objects, w.object(a))
	}
	await(objects, read, w.needed.Value())
	return append(objects, w.parked()...), nil
}

// afters gives the list that an account in the unit waits for: the unit, what
// is attached from the root down to it, with what these policies are to say, and
// what a rename needs.
func afters(p *spec.Payer) func(path string) []resource.Ref {
	attachments := attachment.Refs(p)
	policies := map[string]resource.Ref{}
	for _, w := range p.Policies {
		policies[w.Ref().Name] = w.Ref()
	}
	kept := map[string][]resource.Ref{}
	return func(path string) []resource.Ref {
		if refs, ok := kept[path]; ok {
			return refs
		}
		refs := append([]resource.Ref{spec.OrganizationRef, trustedservice.Ref(renamer)}, attachments(path)...)
		for _, r := range refs {
			if i := strings.LastIndexByte(r.Name, '@'); r.Kind == attachment.Kind.Name && i > 0 {
				if policy, ours := policies[r.Name[:i]]; ours && !slices.Contains(refs, policy) {
					refs = append(refs, policy)
				}
			}
		}
		kept[path] = refs
		return refs
	}
}

type inputKey struct{ role, billing, ou string }

// wanter makes wanted accounts; what many have in common they share.
// count counts the accounts that the file names.
func count(p *spec.Payer) int {
	n := len(p.Accounts)
	for i := range p.Pools {
		n += len(p.Pools[i].Accounts)
	}
	return n
}

type wanter struct {
	p       *spec.Payer
	read    *resource.State
	after   func(path string) []resource.Ref
	inputs  map[inputKey]resource.Attrs
	needed  resource.Text                   // accounts that there are and that the file wants, in decimal
	outlook resource.Text                   // who raises a quota that is full
	named   map[resource.Ref][]resource.Ref // by account: the policies whose documents name it
	movers  map[string][]resource.Ref       // by account id: what its move comes after
	behinds map[string][]resource.Ref       // lists with these put in, that are shared
}

func (w *wanter) object(a spec.Account) resource.Object {
	attrs := make(resource.Attrs, 3+len(a.Tags))
	attrs["name"] = resource.Lit(a.Name)
	attrs["email"] = resource.Lit(strings.ToLower(a.Email))
	if a.OUSet {
		attrs["ou"] = resource.Lit(ou.Ref(a.OU).String())
	}
	orgs.SetWanted(attrs, a.Tags)
	facts := map[string]string{resource.FactName: a.Name}
	if a.Pool != "" {
		facts[resource.FactPool], facts[resource.FactID] = a.Pool, a.ID
	}
	if a.Email != strings.ToLower(a.Email) {
		facts[factAddress] = a.Email
	}
	ref := a.Ref()
	have, there := w.read.Get(ref)
	if there && closed(have.Facts[resource.FactState]) {
		attrs["state"] = resource.Lit("ACTIVE")
	}
	after := w.behind(a.OU, have.ID(), w.after(a.OU))
	if policies := w.named[ref]; len(policies) > 0 && have.ID() == "" {
		after = without(after, policies)
	}
	return resource.Object{Ref: ref, Attrs: attrs, Facts: facts, Origin: a.Pos.String(),
		Inputs: w.shared(a), After: after}
}

// factAddress is the email as the file writes it, where that is not lower case.
const factAddress = "address"

// shared gives the inputs of an account; those of one pool are one map.
func (w *wanter) shared(a spec.Account) resource.Attrs {
	key := inputKey{a.RoleName, a.Billing, a.OU}
	in, ok := w.inputs[key]
	if !ok {
		in = resource.Attrs{
			"root": orgs.RootID(), "parent": ou.ID(a.OU), "parentPath": ou.Path(a.OU),
			"roleName": resource.Lit(a.RoleName), "billing": resource.Lit(a.Billing),
			"needed": w.needed, "outlook": w.outlook,
		}
		w.inputs[key] = in
	}
	return in
}

// named gives, for each account that documents of policies name, those
// policies: they can be written only once the account is there. A policy that
// names such a policy is one of them.
func named(p *spec.Payer) map[resource.Ref][]resource.Ref {
	refs := map[resource.Ref][]resource.Ref{}
	for _, w := range p.Policies {
		refs[w.Ref()] = w.Document.Refs()
	}
	accounts := map[resource.Ref][]resource.Ref{}
	for _, w := range p.Policies {
		seen := map[resource.Ref]bool{}
		var walk func(r resource.Ref)
		walk = func(r resource.Ref) {
			if seen[r] {
				return
			}
			seen[r] = true
			if r.Kind == "account" {
				accounts[r] = append(accounts[r], w.Ref())
			}
			for _, next := range refs[r] {
				walk(next)
			}
		}
		walk(w.Ref())
	}
	return accounts
}

// without leaves out of what an account waits for the attachments of policies
// that name it, which cannot be there before it, and the detach of
// FullAWSAccess that waits for these. It is the one account that enters first.
func without(after, policies []resource.Ref) []resource.Ref {
	nodes := map[string]bool{}
	ofPolicy := func(r resource.Ref, policy resource.Ref) (node string, ok bool) {
		if r.Kind != attachment.Kind.Name {
			return "", false
		}
		return strings.CutPrefix(r.Name, policy.Name+"@")
	}
	for _, r := range after {
		for _, policy := range policies {
			if node, ok := ofPolicy(r, policy); ok {
				nodes[node] = true
			}
		}
	}
	full := spec.PolicyRef(spec.SCP, spec.FullAWSAccess)
	return slices.DeleteFunc(slices.Clone(after), func(r resource.Ref) bool {
		if node, ok := ofPolicy(r, full); ok {
			return nodes[node]
		}
		return slices.ContainsFunc(policies, func(policy resource.Ref) bool {
			_, ok := ofPolicy(r, policy)
			return ok || r == policy
		})
	})
}

// parked wants the surplus accounts of pools that say so in their parking unit.
func (w *wanter) parked() []resource.Object {
	surplus := map[string]spec.Surplus{}
	for _, pool := range w.p.Pools {
		if pool.Surplus.Action == "park" {
			surplus[pool.Name] = pool.Surplus
		}
	}
	if len(surplus) == 0 {
		return nil
	}
	wanted := map[resource.Ref]bool{}
	for a := range w.p.AllAccounts() {
		wanted[a.Ref()] = true
	}
	var objects []resource.Object
	ids := map[resource.Ref]string{}
	for have := range w.read.Kind("account") {
		s, ok := surplus[have.Facts[resource.FactPool]]
		if !ok || wanted[have.Ref] || have.Owner != w.p.Name || closed(have.Facts[resource.FactState]) {
			continue
		}
		objects = append(objects, resource.Object{
			Ref: have.Ref, Origin: s.Pos.String(),
			Attrs:  resource.Attrs{"ou": resource.Lit(ou.Ref(s.OU).String())},
			Facts:  map[string]string{resource.FactName: have.Facts[resource.FactName], resource.FactConfirm: "true"},
			Inputs: w.shared(spec.Account{OU: s.OU}), After: w.after(s.OU),
		})
		ids[have.Ref] = have.Facts[resource.FactID]
	}
	slices.SortStableFunc(objects, func(a, b resource.Object) int { // 9 before 10
		x, y := ids[a.Ref], ids[b.Ref]
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	})
	return objects
}

// Closed says whether a live account is gone or going.
func Closed(have resource.Object) bool { return closed(have.Facts[resource.FactState]) }

// closed says whether an account in that state is gone or going.
func closed(state string) bool {
	switch state {
	case "SUSPENDED", "PENDING_CLOSURE", "CLOSED":
		return true
	}
	return false
}

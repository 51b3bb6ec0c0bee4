package reconcile

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// belowSets is a payer that gives role/Vendor by a stack set to units; its
// accounts stand in ou/Labs/Sub, below ou/Labs.
func belowSets(t *testing.T, units ...string) *Planned {
	t.Helper()
	p := labs(t, true)
	p.Payer.Name = "acme"
	m := &p.Payer.MemberRoles[0]
	m.Accounts, m.OUs, m.StackSet = nil, units, &spec.StackSet{Name: "vendor"}
	for name, id := range map[string]string{"Labs/Sub": "ou-sub", "Labs/Empty": "ou-empty"} {
		unit := resource.Ref{Kind: "ou", Name: name}
		put(t, p, resource.Object{Ref: unit, Outputs: map[string]string{"id": id, "path": "o-ours1/r-1/ou-labs/" + id + "/"}})
		p.Live.Put(hanging(spec.SCP, spec.FullAWSAccess, unit))
		p.Live.Put(hanging(spec.RCP, spec.RCPFullAWSAccess, unit))
	}
	for i := range p.Payer.Accounts {
		p.Payer.Accounts[i].OU = "Labs/Sub"
		a, _ := p.Live.Get(p.Payer.Accounts[i].Ref())
		a.Attrs = resource.Attrs{"ou": resource.Lit("ou/Labs/Sub")}
		p.Live.Put(a)
	}
	return p
}

// TestDanger20BelowTheUnitOfAStackSet shuts the roles of a stack set out in units
// below the one that the file names.
func TestDanger20BelowTheUnitOfAStackSet(t *testing.T) {
	const butOurs = `{"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}`
	const butCloudFormation = `{"Condition": {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/OrganizationAccountAccessRole", "arn:aws:iam::*:role/stacksets-exec-*"]}}}`
	for _, tt := range []struct {
		name, in, at, policy string
		more                 func(*Planned)
		want                 string
	}{
		{"in it", "Labs", "Labs", butOurs, nil, "would shut out role stacksets-exec-"},
		{"below it", "Labs", "Labs/Sub", butOurs, nil, "would shut out role stacksets-exec-"},
		{"below it, the vendor", "Labs", "Labs/Sub", butCloudFormation, nil, "would shut out role Vendor in accounts of ou/Labs/Sub (it is handed to a vendor)"},
		{"below the root", "", "Labs/Sub", butCloudFormation, nil, "would shut out role Vendor in accounts of ou/Labs/Sub"},
		{"beside it", "Locked", "Labs/Sub", butOurs, nil, ""},
		{"where no account stands", "Labs", "Labs/Empty", butOurs, nil, ""},
		{"where one stands that the file does not have", "Labs", "Labs/Sub", butOurs, func(p *Planned) { p.Payer.Accounts = nil }, "would shut out role stacksets-exec-"},
		{"where one stands that the file has set aside", "Labs", "Labs/Sub", butOurs, func(p *Planned) {
			for i := range p.Payer.Accounts {
				a, _ := p.Live.Get(p.Payer.Accounts[i].Ref())
				a.Owner = "acme"
				p.Live.Put(a)
			}
			p.Payer.Accounts = nil
		}, ""},
		{"where one stands that is closed", "Labs", "Labs/Sub", butOurs, func(p *Planned) {
			for i := range p.Payer.Accounts {
				a, _ := p.Live.Get(p.Payer.Accounts[i].Ref())
				a.Facts = map[string]string{resource.FactState: "SUSPENDED"}
				p.Live.Put(a)
			}
			p.Payer.Accounts = nil
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := belowSets(t, tt.in)
			if tt.more != nil {
				tt.more(p)
			}
			ref := spec.PolicyRef(spec.SCP, "X")
			at := hanging(spec.SCP, "X", resource.Ref{Kind: "ou", Name: tt.at})
			p.Plan.Changes = []planner.Change{{Op: planner.Create, Ref: at.Ref, Want: &at},
				{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(document(t, tt.policy))}}}}
			hold, err := p.barred(true)
			if why := hold[at.Ref]; err != nil || (why == "") != (tt.want == "") || !strings.Contains(why, tt.want) {
				t.Errorf("held: %v, %v, want %q", hold, err, tt.want)
			}
		})
	}
}

// TestDanger20AMoveWithinAStackSet takes an account into a unit, still of the
// stack set, where its role is shut out.
func TestDanger20AMoveWithinAStackSet(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want bool
	}{{"", true}, {"Locked", false}} { // to which the stack set brings the role only then
		p := belowSets(t, tt.in)
		put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "X"),
			Attrs: resource.Attrs{"document": resource.Lit(document(t, `{"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}`))}})
		put(t, p, hanging(spec.SCP, "X", resource.Ref{Kind: "ou", Name: "Locked"}))
		p.Payer.Accounts[0].OU = "Locked"
		ref := p.Payer.Accounts[0].Ref()
		p.Plan.Changes = []planner.Change{{Op: planner.Update, Ref: ref, Move: true, Want: &resource.Object{Attrs: resource.Attrs{"ou": resource.Lit("ou/Locked")}}}}
		if hold, err := p.barred(true); err != nil || (hold[ref] != "") != tt.want {
			t.Errorf("stack set in %q: %v, %v", tt.in, hold, err)
		}
	}
}

// TestAStackSetThatIsDeniedBelowItsUnit is held where CloudFormation could not
// make the role in a unit below the one that the file names.
func TestAStackSetThatIsDeniedBelowItsUnit(t *testing.T) {
	for at, want := range map[string]string{"Labs": "of policy/X on ou/Labs denies it", "Labs/Sub": "of policy/X on ou/Labs/Sub denies it", "Labs/Empty": "", "Locked": ""} {
		p := belowSets(t, "Labs")
		put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "X"), Attrs: resource.Attrs{"document": resource.Lit(document(t, `{"Action":"iam:CreateRole"}`))}})
		put(t, p, hanging(spec.SCP, "X", resource.Ref{Kind: "ou", Name: at}))
		r := spec.StackSetRef("vendor")
		p.Plan.Changes = []planner.Change{{Op: planner.Create, Ref: r, Want: &resource.Object{Ref: r}}}
		hold, err := p.barred(true)
		if why := hold[r]; err != nil || (why == "") != (want == "") || !strings.Contains(why, want) {
			t.Errorf("at %s: %v, %v", at, hold, err)
		}
	}
}

// BenchmarkShutOutDeployed is a look at 10,000 accounts in which CloudFormation
// and a vendor work, and in which as many roles are made.
func BenchmarkShutOutDeployed(b *testing.B) {
	p := edited(b, 10000)
	p.Payer.MemberRoles = []spec.MemberRole{
		{Role: spec.Role{Name: "Vendor", Path: "/", Handoff: true}, OUs: []string{""}, StackSet: &spec.StackSet{Name: "vendor"}},
		{Role: spec.Role{Name: "Audit", Path: "/"}, Accounts: p.Payer.Accounts},
	}
	for a := range p.Payer.AllAccounts() {
		ref := spec.MemberRoleRef(a.Email, "Audit")
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref}})
	}
	for b.Loop() {
		if _, err := p.barred(true); err != nil {
			b.Fatal(err)
		}
	}
}

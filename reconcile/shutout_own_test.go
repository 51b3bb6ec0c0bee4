package reconcile

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// editedOnAccounts is a payer whose plan edits policy X, which somebody attached
// to some of its accounts themselves.
func editedOnAccounts(t *testing.T, policyType, after string, accounts ...int) *Planned {
	t.Helper()
	p := labs(t, false)
	ref := spec.PolicyRef(policyType, "X")
	put(t, p, resource.Object{Ref: ref, Attrs: resource.Attrs{"document": resource.Lit(document(t, `{"Principal": "*", "Action": "ec2:Purchase*"}`))}})
	if policyType == spec.SCP {
		o, _ := p.Live.Get(ref)
		o.Attrs = resource.Attrs{"document": resource.Lit(document(t, `{"Action": "ec2:Purchase*"}`))}
		p.Live.Put(o)
	}
	p.Plan.Changes = []planner.Change{{Op: planner.Update, Ref: ref, Want: &resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(document(t, after))}}}}
	for _, i := range accounts {
		p.reaches = append(p.reaches, target{policy: ref, policyType: policyType, unit: "Labs", account: p.Payer.Accounts[i].Ref()})
	}
	return p
}

// TestDanger20OnAnAccountItself edits a policy that hangs on accounts themselves.
func TestDanger20OnAnAccountItself(t *testing.T) {
	for _, tt := range []struct {
		name, policyType, after string
		want                    string // held in account s1; "" for nothing
	}{
		{"all", spec.SCP, "{}", "it would shut out role OrganizationAccountAccessRole in account/s1@acme.example (reconciler enters the accounts by it): " +
			"statement 1 of policy/X on account/s1@acme.example denies it"},
		{"a part", spec.SCP, `{"Action": "ec2:*"}`, ""},
		{"all but the role", spec.SCP, `{"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Organization*"}}}`, ""},
		{"where a tag is missing", spec.SCP, `{"Condition": {"Null": {"aws:PrincipalTag/a": "true"}}}`, "it may shut out role OrganizationAccountAccessRole in account/s1@acme.example " +
			`(reconciler enters the accounts by it): statement 1 of policy/X on account/s1@acme.example denies it where {"Null":{"aws:principaltag/a":"true"}}`},
		{"the other account", spec.SCP, `{"Condition": {"StringEquals": {"aws:PrincipalAccount": "444400000001"}}}`, ""},
		{"nobody may assume", spec.RCP, `{"Principal": "*", "Action": "sts:AssumeRole"}`, "it would shut out role OrganizationAccountAccessRole in account/s1@acme.example " +
			"(reconciler enters the accounts by it), which arn:aws:iam::111122223333:role/reconciler assumes: statement 1 of policy/RESOURCE_CONTROL_POLICY:X on account/s1@acme.example denies it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := editedOnAccounts(t, tt.policyType, tt.after, 1)
			hold, err := p.barred(true)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSuffix(hold[p.Plan.Changes[0].Ref], lifted)
			if got != tt.want || tt.want == "" && len(hold) > 0 {
				t.Errorf("held: %v\nwant %s", hold, tt.want)
			}
		})
	}
	if hold, err := editedOnAccounts(t, spec.SCP, "{}").barred(true); err != nil || len(hold) > 0 {
		t.Errorf("where it hangs on no account: %v, %v", hold, err)
	}
}

// TestAMemberWriteWhereThePolicyHangsOnTheAccount is held in that account alone.
func TestAMemberWriteWhereThePolicyHangsOnTheAccount(t *testing.T) {
	p := editedOnAccounts(t, spec.SCP, `{"Action": "iam:CreateRole"}`, 1)
	p.Payer.MemberRoles = labs(t, true).Payer.MemberRoles
	for _, email := range []string{"s0", "s1"} {
		ref := resource.Ref{Kind: "member-role", Name: email + "@acme.example/Vendor"}
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref}})
	}
	hold, err := p.barred(false)
	if why := hold[p.Plan.Changes[2].Ref]; err != nil || len(hold) != 1 || !strings.Contains(why, "statement 1 of policy/X on account/s1@acme.example denies it") {
		t.Errorf("held: %v, %v", hold, err)
	}
}

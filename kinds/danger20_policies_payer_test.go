package kinds_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// labs is a payer with a vendor, whose accounts are made with role/lab, and a
// member role that the tool makes in them.
func labs(policies, root, ou, more string) string {
	return `organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]}
policies: [` + policies + `]
root: {policies: [` + root + `]}
ous: [{name: Labs, policies: [` + ou + `]}, {name: Parked}]
roles: [{name: vendor, handoff: true, trust: {accounts: ["777788889999"]}}]
pools: [{name: s, ou: Labs, ids: {from: 1, count: 2}, account: {name: "s${{ id }}", email: "s${{ id }}@acme.example", roleName: lab}}]
safety: {maxNewlyDenied: "100%", maxRemovals: 20}
` + more
}

const reader = `memberRoles: [{name: Reader, in: {pools: [s]}, trust: {accounts: ["777788889999"]}, managedPolicies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}]
`

func scpOf(name, statement string) string {
	return `{name: ` + name + `, document: {Version: 2012-10-17, Statement: [` + statement + `]}}`
}

func rcpOf(name, statement string) string {
	return `{name: ` + name + `, type: RESOURCE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: [` + statement + `]}}`
}

// held are the changes that are blocked for a reason with the words.
func held(p *reconcile.Planned, words string) []string {
	var all []string
	for _, c := range p.Plan.Changes {
		if strings.Contains(c.Blocked, words) {
			all = append(all, fmt.Sprintf("%s %s", c.Op, c.Ref))
		}
	}
	return all
}

// TestDanger20APolicyThatShutsOut attaches and edits policies that take from us,
// or from a vendor, the way into members or all that is done there.
func TestDanger20APolicyThatShutsOut(t *testing.T) {
	deny := func(rest string) string { return `{Sid: Out, Effect: Deny, Action: "*", Resource: "*"` + rest + `}` }
	denyTo := func(rest string) string {
		return `{Sid: Out, Effect: Deny, Principal: "*", Action: "sts:AssumeRole", Resource: "*"` + rest + `}`
	}
	fine := scpOf("P", `{Effect: Deny, Action: "ec2:Purchase*", Resource: "*"}`)
	for _, tt := range []struct {
		name   string
		before string // what is there
		after  string
		want   []string
		says   string
	}{
		{"everything, on the unit", labs("", "", "", ""), labs(scpOf("P", deny("")), "", "P", ""), []string{"create attachment/P@ou/Labs"}, "role lab in accounts of ou/Labs"},
		{"everything, on the root", labs("", "", "", ""), labs(scpOf("P", deny("")), "P", "", ""), []string{"create attachment/P@root"}, "statement Out of policy/P on root denies it"},
		{"everything, where nobody works", labs("", "", "", ""), strings.Replace(labs(scpOf("P", deny("")), "", "", ""), "{name: Parked}", "{name: Parked, policies: [P]}", 1), nil, ""},
		{"everything, but to the role", labs("", "", "", ""), labs(scpOf("P", deny(`, Condition: {ArnNotLike: {"aws:PrincipalArn": "arn:aws:iam::*:role/lab"}}`)), "P", "", ""), nil, ""},
		{"everything, but to another", labs("", "", "", ""), labs(scpOf("P", deny(`, Condition: {ArnNotLike: {"aws:PrincipalArn": "arn:aws:iam::*:role/labs"}}`)), "P", "", ""), []string{"create attachment/P@root"}, ""},
		{"everything, to a tag that is not known", labs("", "", "", ""), labs(scpOf("P", deny(`, Condition: {StringNotEquals: {"aws:PrincipalTag/a": "b"}}`)), "P", "", ""), []string{"create attachment/P@root"}, `it may shut out role lab in accounts of ou/Labs (reconciler enters the accounts by it): statement Out of policy/P on root denies it where {"StringNotEquals":{"aws:principaltag/a":"b"}}; `},
		{"an edit", labs(fine, "P", "", ""), labs(scpOf("P", deny("")), "P", "", ""), []string{"update policy/P"}, ""},
		{"a list that allows nothing of ours", labs("", "", "", ""), strings.Replace(labs(scpOf("P", `{Effect: Allow, Action: "rds:*", Resource: "*"}`), "", "P", ""), "policies: [P]}, ", "policies: [P], fullAWSAccess: false}, ", 1),
			[]string{"delete attachment/FullAWSAccess@ou/Labs"}, "no SCP on ou/Labs allows it"},
		{"a region", labs("", "", "", ""), labs(scpOf("P", deny(`, Condition: {StringNotEquals: {"aws:RequestedRegion": us-east-1}}`)), "P", "", ""), nil, ""},
		{"another region, in which one can work", labs("", "", "", ""), labs(scpOf("P", deny(`, Condition: {StringNotEquals: {"aws:RequestedRegion": eu-west-1}}`)), "P", "", ""), nil, ""},
		{"another region, and so IAM, by which a member role is made", labs("", "", "", reader), labs(scpOf("P", deny(`, Condition: {StringNotEquals: {"aws:RequestedRegion": eu-west-1}}`)), "P", "", reader), []string{"create attachment/P@root"}, "from iam:GetAccountAuthorizationDetails"},
		{"a region that is none", labs("", "", "", ""), labs(scpOf("P", deny(`, Condition: {StringNotEquals: {"aws:RequestedRegion": eu-wst-1}}`)), "P", "", ""), []string{"create attachment/P@root"}, "it would shut out"},
		{"IAM, of which nothing is needed", labs("", "", "", ""), labs(scpOf("P", `{Effect: Deny, Action: "iam:*", Resource: "*"}`), "P", "", ""), nil, ""},
		{"IAM, by which a member role is made", labs("", "", "", reader), labs(scpOf("P", `{Effect: Deny, Action: "iam:Attach*", Resource: "*"}`), "P", "", reader), []string{"create attachment/P@root"}, "from iam:AttachRolePolicy of role/Reader: statement 1 of"},
		{"IAM, but nothing that the member role takes", labs("", "", "", reader), labs(scpOf("P", `{Effect: Deny, Action: "iam:PutRolePolicy", Resource: "*"}`), "P", "", reader), nil, ""},
		{"who may assume a role", labs("", "", "", ""), labs(rcpOf("R", denyTo("")), `"RESOURCE_CONTROL_POLICY:R"`, "", ""), []string{"create attachment/RESOURCE_CONTROL_POLICY:R@root"}, ""},
		{"who may assume a role, but the organization", labs("", "", "", ""), labs(rcpOf("R", denyTo(`, Condition: {StringNotEquals: {"aws:PrincipalOrgID": "${{ organization.id }}"}}`)), `"RESOURCE_CONTROL_POLICY:R"`, "", ""), nil, ""},
		{"who may assume a role, but the vendor", labs("", "", "", ""), labs(rcpOf("R", denyTo(`, Condition: {ArnNotEquals: {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/vendor"}}`)), `"RESOURCE_CONTROL_POLICY:R"`, "", ""), []string{"create attachment/RESOURCE_CONTROL_POLICY:R@root"}, "reconciler enters the accounts by it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(tt.before)
				p := r.Plan(tt.after)
				if diff := cmp.Diff(tt.want, held(p, "shut out role")); diff != "" {
					t.Errorf("held (-want +got):\n%s", diff)
				}
				for _, c := range p.Plan.Changes {
					if strings.Contains(c.Blocked, "shut out role") && !(strings.Contains(c.Blocked, tt.says) && strings.Contains(c.Blocked, "--allow-self")) {
						t.Errorf("%s: %s", c.Ref, c.Blocked)
					}
				}
				r.Run.AllowSelf = true
				free := r.Plan(tt.after)
				if got := held(free, "shut out role"); got != nil {
					t.Errorf("held under --allow-self: %q", got)
				}
				toldLifted(r, p, free)
			})
		})
	}
}

// TestDanger20VocareumShutsNobodyOut plans the vendor's own policies over accounts
// that are there.
func TestDanger20VocareumShutsNobodyOut(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		base := "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n" +
			"pools: [{name: s, ou: Vocareum, ids: {from: 1, count: 2}, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\", roleName: vocareum}}]\n" +
			"safety: {maxNewlyDenied: \"100%\"}\n"
		r.Apply(base + "ous: [{name: Vocareum}]\n")
		policies := "policies:\n"
		for _, name := range []string{"VocProtections", "VocUnconditionalDeny", "ConditionalDeny", "RestrictRegions", "AllowServices"} {
			doc, err := os.ReadFile("../presets/vocareum/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			policies += "  - {name: " + name + ", document: " + strings.Join(strings.Fields(string(doc)), " ") + "}\n"
		}
		p := r.Plan(base + policies + "root: {policies: [VocProtections, VocUnconditionalDeny]}\n" +
			"ous: [{name: Vocareum, policies: [ConditionalDeny, RestrictRegions, AllowServices]}]\n" +
			"roles: [{name: vocareumadmin, handoff: true, trust: {accounts: [\"117530877863\"]}}]\n" + strings.Replace(reader, "Reader", "Helper", 1))
		for _, c := range p.Plan.Changes {
			if c.Blocked != "" {
				t.Errorf("%s: %s", c.Ref, c.Blocked)
			}
		}
		if p.Impact == nil || p.Impact.NewlyDenied != 2 {
			t.Errorf("impact %+v", p.Impact)
		}
	})
}

// TestAMemberWriteThatAnSCPDenies plans a role in members where an SCP denies
// making it: the role is held with the statement.
func TestAMemberWriteThatAnSCPDenies(t *testing.T) {
	no := scpOf("P", `{Sid: NoRoles, Effect: Deny, Action: "iam:AttachRolePolicy", Resource: "arn:aws:iam::*:role/Reader"}`)
	set := strings.Replace(reader, "in: {pools: [s]},", "in: {ous: [Labs]}, deploy: stackset,", 1)
	create := strings.Replace(no, "AttachRolePolicy", "CreateRole", 1)
	for _, tt := range []struct {
		name, before, after string
		want                []string
	}{
		{"it is there", labs(no, "", "P", ""), labs(no, "", "P", reader), []string{"create member-role/s1@acme.example/Reader", "create member-role/s2@acme.example/Reader"}},
		{"another role", labs(no, "", "P", ""), labs(no, "", "P", strings.Replace(reader, "Reader", "Writer", 1)), nil},
		{"another unit", labs(no, "", "", ""), labs(no, "", "", reader), nil},
		{"the plan takes it away", labs(no, "", "P", ""), labs(no, "", "", reader), nil},
		{"a stack set", labs(create, "", "P", ""), labs(create, "", "P", set), []string{"create stack-set/reconciler-Reader"}},
		{"a stack set that may", labs(no, "", "P", ""), labs(no, "", "P", set), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(tt.before)
				p := r.Plan(tt.after)
				if diff := cmp.Diff(tt.want, held(p, "would be denied: statement NoRoles of policy/P on ou/Labs denies it")); diff != "" {
					t.Errorf("held (-want +got):\n%s", diff)
				}
				if _, err := r.TryApply(p); err != nil {
					t.Errorf("apply: %v", err)
				}
			})
		})
	}
}

// TestDanger20ManyThatShutOut at once: each of them is held, however many.
func TestDanger20ManyThatShutOut(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(labs("", "", "", ""))
		var policies, names, want []string
		for i := range 9 {
			name := fmt.Sprintf("Lock%d", i)
			policies = append(policies, scpOf(name, fmt.Sprintf(`{Sid: L%d, Effect: Deny, Action: "*", Resource: "*"}`, i)))
			names = append(names, name)
			want = append(want, "create attachment/"+name+"@root")
		}
		p := r.Plan(labs(strings.Join(policies, ", "), strings.Join(names, ", "), "", ""))
		if diff := cmp.Diff(want, held(p, "--allow-self lifts this")); diff != "" {
			t.Errorf("held (-want +got):\n%s", diff)
		}
	})
}

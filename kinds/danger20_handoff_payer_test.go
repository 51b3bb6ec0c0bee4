package kinds_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// handedOver is something of each kind that can be handed over: base is the file
// without it, entry the section with it.
var handedOver = map[string]struct{ base, entry string }{
	"role/R":                         {keep, "roles:\n  - {name: R, handoff: true, " + vendorTrust + "}\n"},
	"user/R":                         {keep, "users:\n  - {name: R, handoff: true, managedPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}\n"},
	"member-role/sec@acme.example/R": {memberBase, "  - {name: R, in: {ous: [Labs]}, handoff: true, " + vendorTrust + "}\n"},
	"stack-set/reconciler-R":         {setBase, "memberRoles:\n  - {name: R, in: {ous: [Labs]}, deploy: stackset, handoff: true, " + vendorTrust + "}\n"},
}

const vendorTrust = "trust: {accounts: [\"117530877863\"], externalId: a1}"

// TestDanger20WhatWasHandedOverLeftTheFile is not pruned, while the file says
// nothing else of it, nor while it is blocked for that.
func TestDanger20WhatWasHandedOverLeftTheFile(t *testing.T) {
	for ref, tt := range handedOver {
		t.Run(ref, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := tt.base + tt.entry
				r.Await(body)
				r.Settled(body)
				r.Equal("left", kindtest.Left(r.Plan(tt.base)), []string{ref})
				blockedForSelf(r, prune+tt.base, nil, "- "+ref, "it is handed over; take the tag reconciler:handoff off or set handoff: false first")
				r.Run.AllowSelf = true
				r.Want(r.Plan(prune+tt.base), "- "+ref)
				r.Run.AllowSelf = false

				// Taken back, it is a thing of ours like any other.
				back := strings.Replace(body, "handoff: true", "handoff: false", 1)
				r.Want(r.Plan(back), "~ "+ref+" handoff: true -> none")
				r.Await(back)
				r.Settled(back)
				r.Want(r.Plan(prune+tt.base), "- "+ref)

				// And handed over once more.
				r.Want(r.Plan(body), "~ "+ref+" handoff: none -> true")
				r.Await(body)
				r.Settled(body)
				blockedForSelf(r, prune+tt.base, nil, "- "+ref, "it is handed over")
			})
		})
	}
}

// TestDanger20HandOffIsAMark that is part of ours: what is not ours does not get
// it, and a tag of that name is no difference by itself.
func TestDanger20HandOffIsAMark(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(keep)
		kindtest.Must[*iam.CreateRoleOutput](r)(r.IAM().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("R"),
			AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"117530877863"},"Condition":{"StringEquals":{"sts:ExternalId":"a1"}}}]}`)}))
		body := keep + handedOver["role/R"].entry
		adopted := strings.Replace(body, "handoff: true", "handoff: true, description: d, adopt: true", 1)
		r.Want(r.Apply(adopted), "@ role/R description:  -> d")
		r.Equal("tags", r.RoleTags("R"), map[string]string{})
		r.Settled(adopted)
		own := strings.Replace(body, "handoff: true", "handoff: true, adopt: {own: true}", 1)
		r.Want(r.Apply(own), "@ role/R handoff: none -> true")
		r.Settled(own)
		r.Settled(body)
		r.Equal("tags", len(r.RoleTags("R")), 3)
		if tag := r.RoleTags("R")["reconciler:handoff"]; len(tag) != 32 {
			t.Errorf("the tag is %q", tag)
		}
	})
}

// edits are what somebody may do to the trust of a role that a vendor works with.
var edits = map[string]string{
	"a stranger":    `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["117530877863","451234325714"]},"Condition":{"StringEquals":{"sts:ExternalId":"a1"}}}`,
	"everybody":     `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}`,
	"no condition":  `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"117530877863"}}`,
	"one statement": `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"117530877863"},"Condition":{"StringEquals":{"sts:ExternalId":"a1"}}},{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}`,
	"the vendor":    `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"451234325714"}}`,
}

// edit changes the trust of R behind the tool's back.
func edit(r *kindtest.Rig, ref, statements string) {
	r.Helper()
	document := `{"Version":"2012-10-17","Statement":[` + statements + `]}`
	if !strings.HasPrefix(ref, "stack-set") {
		client := r.IAM()
		if strings.HasPrefix(ref, "member-role") {
			client = iam.NewFromConfig(r.ConfigOf(aws.ToString(r.Accounts()["sec@acme.example"].Id)))
		}
		kindtest.Must[*iam.UpdateAssumeRolePolicyOutput](r)(client.UpdateAssumeRolePolicy(r.Context(),
			&iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("R"), PolicyDocument: &document}))
		return
	}
	name, client := aws.String("reconciler-R"), cloudformation.NewFromConfig(r.Config())
	set := kindtest.Must[*cloudformation.DescribeStackSetOutput](r)(client.DescribeStackSet(r.Context(), &cloudformation.DescribeStackSetInput{StackSetName: name})).StackSet
	var body map[string]any
	if err := json.Unmarshal([]byte(*set.TemplateBody), &body); err != nil {
		r.Fatal(err)
	}
	body["Resources"].(map[string]any)["Role"].(map[string]any)["Properties"].(map[string]any)["AssumeRolePolicyDocument"] = json.RawMessage(document)
	text, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	kindtest.Must[*cloudformation.UpdateStackSetOutput](r)(client.UpdateStackSet(r.Context(), &cloudformation.UpdateStackSetInput{
		StackSetName: name, TemplateBody: aws.String(string(text)), Capabilities: set.Capabilities, Tags: set.Tags}))
	for i := 0; i < 3; i++ { // lets the operation end
		kindtest.Must[*cloudformation.ListStackSetOperationsOutput](r)(client.ListStackSetOperations(r.Context(), &cloudformation.ListStackSetOperationsInput{StackSetName: name}))
	}
}

// TestDanger20AnEditedTrustIsPutBack without --allow-self, whomever the edit let
// in: a vendor's role that is wide open is closed by the next pass.
func TestDanger20AnEditedTrustIsPutBack(t *testing.T) {
	for ref, tt := range handedOver {
		if strings.HasPrefix(ref, "user") {
			continue
		}
		for name, statements := range edits {
			t.Run(ref+" "+name, func(t *testing.T) {
				kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
					body := tt.base + tt.entry
					r.Await(body)
					edit(r, ref, statements)
					p := r.Plan(body)
					if l := kindtest.Lines(p); len(l) != 1 || !strings.HasPrefix(l[0], "~ "+ref+" handoff: true, and its trust is another than was handed over -> true, ") {
						t.Fatalf("plan %q", l)
					}
					r.Await(body)
					r.Settled(body)

					// What the file itself takes away is blocked as ever.
					cut := strings.Replace(body, "a1", "a2", 1)
					blockedForSelf(r, cut, nil, ref, "117530877863", "a1", "it is handed to a vendor")
					edit(r, ref, statements)
					if name != "the vendor" {
						blockedForSelf(r, cut, nil, ref, "it is handed to a vendor")
					}
				})
			})
		}
	}
}

// TestDanger20KilledBetweenTagAndTrust leaves a role that can be healed still:
// the tag is written first, so that what it speaks of is what the file wants.
func TestDanger20KilledBetweenTagAndTrust(t *testing.T) {
	base, entry := handedOver["role/R"].base, handedOver["role/R"].entry
	was := base + entry
	more := base + strings.Replace(entry, `["117530877863"]`, `["117530877863", "451234325714"]`, 1)
	for _, tt := range []struct {
		name, broken, edit, body, plan string
	}{
		{"no trust", "UpdateAssumeRolePolicy", "", more, "~"},
		{"no trust, and an edit", "UpdateAssumeRolePolicy", edits["everybody"], more, "~"},
		{"no trust, and the file goes back", "UpdateAssumeRolePolicy", "", was, "~ role/R handoff: true, and its trust is another than was handed over -> true"},
		{"no tag", "TagRole", "", more, "~"},
		{"no tag, and an edit", "TagRole", edits["everybody"], was, "~"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(was)
				before := aws.ToString(r.GetRole("R").AssumeRolePolicyDocument)
				p := r.Plan(more)
				r.Sim.Inject(awssim.Fault{Operation: tt.broken, Kind: awssim.Deny, Count: 1})
				_, err := r.TryApply(p)
				r.Refused(err, "update role/R")
				r.Equal("trust", aws.ToString(r.GetRole("R").AssumeRolePolicyDocument), before)
				if tt.edit != "" {
					edit(r, "role/R", tt.edit)
				}
				if l := kindtest.Lines(r.Plan(tt.body)); len(l) != 1 || !strings.HasPrefix(l[0], tt.plan) {
					t.Errorf("plan %q", l)
				}
				r.Apply(tt.body)
				r.Settled(tt.body)
			})
		})
	}
}

// TestDanger20WithoutTheTag of ours the trust that is there counts, whoever made
// it so; and so it does for the role that the tool itself enters by.
func TestDanger20WithoutTheTag(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := keep + handedOver["role/R"].entry
		r.Apply(body)
		edit(r, "role/R", edits["everybody"])
		blockedForSelf(r, "access: {roleArn: \""+arnOfPayer+":role/R\", externalId: abc}\n"+body, nil, "shuts out *", "access.roleArn names it")
		kindtest.Must[*iam.UntagRoleOutput](r)(r.IAM().UntagRole(t.Context(), &iam.UntagRoleInput{RoleName: aws.String("R"), TagKeys: []string{"reconciler:handoff"}}))
		blockedForSelf(r, body, nil, "shuts out *", "it is handed to a vendor")
		r.Run.AllowSelf = true
		r.Apply(body)
		r.Settled(body)
		r.Run.AllowSelf = false
		edit(r, "role/R", edits["everybody"])
		r.Apply(body) // the tag is back
		r.Settled(body)
	})
}

package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const (
	scp = types.PolicyTypeServiceControlPolicy
	org = "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\nous: [{name: Labs}]\n"
)

// canonical is the form in which documents are compared and shown.
func canonical(action string) string {
	return `{"Statement":[{"Action":"` + action + `","Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"}`
}

// policies is a file with policy P, and more keys on it.
func policies(more string) string {
	return org + "policies: [{name: P, document: " + kindtest.Deny("s3:*") + more + "}]\n"
}

// content reads a policy's document, and description.
func content(r *kindtest.Rig, id string) (document, description string) {
	out := kindtest.Must[*organizations.DescribePolicyOutput](r)(r.Org().DescribePolicy(r.Context(),
		&organizations.DescribePolicyInput{PolicyId: &id}))
	return aws.ToString(out.Policy.Content), aws.ToString(out.Policy.PolicySummary.Description)
}

// TestDanger4ForeignPolicyDiffers shows the whole difference, and touches
// nothing until adopt says so.
func TestDanger4ForeignPolicyDiffers(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		id := r.Policy(scp, "P", kindtest.Deny("ec2:*"))
		body := policies(", description: Ours, tags: {level: high}")
		diff := "description:  -> Ours, document: " + canonical("ec2:*") + " -> " + canonical("s3:*") + ", tags.level: none -> high"
		p := r.Plan(body)
		r.Want(p, "!@ policy/P "+diff+` (blocked: exists, not ours; "adopt: true" on it takes it over)`)
		before := r.Writes()
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("apply: %v, %d writes", err, r.Writes()-before)
		}

		body = policies(", description: Ours, tags: {level: high}, adopt: true")
		r.Want(r.Apply(body), "@ policy/P "+diff)
		r.Settled(body)
		if got, _ := content(r, id); got != kindtest.Deny("s3:*") {
			t.Errorf("the document is %s", got)
		}
		r.Equal("tags", r.TagsOf(id), map[string]string{"level": "high"})

		// Adopted without the mark, it is never ours to delete.
		p = r.Apply(org + "safety: {prune: true}\n")
		r.Want(p)
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{"policy/P"})

		body = policies(", description: Ours, adopt: {own: true}")
		r.Want(r.Apply(body), "@ policy/P")
		r.Settled(body)
		r.Equal("tags", r.TagsOf(id), map[string]string{"level": "high", "reconciler:payer": "acme", "reconciler:name": "P"})
		r.Want(r.Apply(org+"safety: {prune: true}\n"), "- policy/P")
	})
}

// TestEqualForeignPolicyNeedsNothing compares meanings, and never marks what is
// not ours.
func TestEqualForeignPolicyNeedsNothing(t *testing.T) {
	for _, adopt := range []string{"", ", adopt: true"} {
		t.Run(adopt, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(org)
				id := r.Policy(scp, "P", `{"Statement": {"Resource": ["*"], "Action": ["s3:*"], "Effect": "Deny"}, "Version": "2012-10-17"}`)
				r.Settled(policies(adopt))
				r.Equal("tags", r.TagsOf(id), map[string]string{})
			})
		})
	}
}

// TestDanger5PolicyOfAnotherPayer is not taken over, not even with adopt.
func TestDanger5PolicyOfAnotherPayer(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		r.Policy(scp, "P", kindtest.Deny("ec2:*"), kindtest.Tags("reconciler:payer", "other", "reconciler:name", "P")...)
		for _, more := range []string{"", ", adopt: true", ", adopt: {own: true}"} {
			before := r.Writes()
			p := r.Plan(policies(more))
			lines := kindtest.Lines(p)
			if len(lines) != 1 || lines[0][0] != '!' || !strings.Contains(lines[0], `payer "other" owns it`) {
				t.Errorf("%s: plan %q", more, lines)
			}
			if _, err := r.TryApply(p); err != nil || r.Writes() != before {
				t.Errorf("%s: apply: %v, %d writes", more, err, r.Writes()-before)
			}
		}
	})
}

// TestMarkOfAnotherPayerIsNoIdentity finds a policy with the wanted name in the
// mark of somebody else.
func TestMarkOfAnotherPayerIsNoIdentity(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		r.Policy(scp, "Theirs", kindtest.Deny("ec2:*"), kindtest.Tags("reconciler:payer", "other", "reconciler:name", "P")...)
		r.Want(r.Plan(policies("")), "+ policy/P")
	})
}

// TestDanger4MadeByOthersSinceThePlan finds the name taken at apply: by nobody
// we know, or by another payer.
func TestDanger4MadeByOthersSinceThePlan(t *testing.T) {
	for owner, words := range map[string]string{"": "is not ours", "other": `the mark of payer "other"`} {
		t.Run(owner, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply("organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n")
				p := r.Plan(policies(""))
				tags := kindtest.Tags("any", "tag")
				if owner != "" {
					tags = kindtest.Tags("reconciler:payer", owner)
					unit := r.Unit(r.Root(), "Labs", tags...)
					defer func() { r.Equal("tags of the unit", r.TagsOf(unit), map[string]string{"reconciler:payer": owner}) }()
				}
				id := r.Policy(scp, "P", kindtest.Deny("ec2:*"), tags...)
				before := r.TagsOf(id)
				_, err := r.TryApply(p)
				r.Refused(err, "policy/P", words)
				if got, _ := content(r, id); got != kindtest.Deny("ec2:*") {
					t.Errorf("the document is %s", got)
				}
				r.Equal("tags", r.TagsOf(id), before)
			})
		})
	}
}

// TestDocumentNamesWhatIsMadeInTheSamePlan has outputs of units and accounts
// that are known only after apply.
func TestDocumentNamesWhatIsMadeInTheSamePlan(t *testing.T) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
				body := `organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
ous: [{name: Labs, policies: [P], ous: [{name: Trial}]}]
accounts: [{name: sec, email: sec@acme.example, ou: Labs/Trial}]
policies:
  - name: P
    document:
      Version: 2012-10-17
      Statement:
        - Effect: Deny
          Action: s3:*
          Resource: "*"
          Condition:
            ForAnyValue:StringNotLike: {aws:ResourceOrgPaths: "${{ ou:Labs/Trial.path }}*"}
            StringEquals: {aws:PrincipalTag/home: ["${aws:username}", "${{ organization.id }}", "${{ root.path }}"]}
`
				r.Apply(body)
				r.Settled(body)
				r.CatchUp()
				root := r.Root()
				labs := r.UnitIDs(root)["Labs"]
				trial := r.UnitIDs(labs)["Trial"]
				doc, _ := content(r, r.PolicyIDs(scp)["P"])
				for _, want := range []string{"/" + root + "/" + labs + "/" + trial + "/*\"", "${aws:username}", "2012-10-17"} {
					if !strings.Contains(doc, want) {
						t.Errorf("%q is not in %s", want, doc)
					}
				}
				if strings.Contains(doc, "${{") {
					t.Errorf("a reference is left in %s", doc)
				}
			})
		})
	}
}

// TestDanger24OneNameTwoTypes keeps two policies of one name apart.
func TestDanger24OneNameTwoTypes(t *testing.T) {
	kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
		tag := func(key string) string { return `{"tags":{"cost":{"tag_key":{"@@assign":"` + key + `"}}}}` }
		body := func(key string) string {
			return `organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, TAG_POLICY]}
policies:
  - {name: P, document: ` + kindtest.Deny("s3:*") + `}
  - {name: P, type: TAG_POLICY, document: ` + tag(key) + `}
  - {name: P, type: RESOURCE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}}}
root: {policies: ["TAG_POLICY:P"]}
ous: [{name: Labs, policies: [P, "RESOURCE_CONTROL_POLICY:P"]}]
`
		}
		r.Want(r.Apply(body("cost")), "+ attachment/P@ou/Labs", "+ attachment/RESOURCE_CONTROL_POLICY:P@ou/Labs", "+ attachment/TAG_POLICY:P@root",
			"+ organization", "+ ou/Labs", "+ policy/P", "+ policy/RESOURCE_CONTROL_POLICY:P", "+ policy/TAG_POLICY:P",
			"+ policy-type/RESOURCE_CONTROL_POLICY", "+ policy-type/SERVICE_CONTROL_POLICY", "+ policy-type/TAG_POLICY")
		r.Settled(body("cost"))
		r.CatchUp()
		labs := r.UnitIDs(r.Root())["Labs"]
		r.Equal("RCPs", r.Attached(labs, types.PolicyTypeResourceControlPolicy), []string{"P", "RCPFullAWSAccess"})
		r.Equal("SCPs", r.Attached(labs, scp), []string{"FullAWSAccess", "P"})
		lines := kindtest.Lines(r.Apply(body("costs")))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "~ policy/TAG_POLICY:P document: ") {
			t.Errorf("plan %q", lines)
		}
		r.Settled(body("costs"))
	})
}

func TestPreviouslyRenamesInPlace(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(policies(""))
		id := r.PolicyIDs(scp)["P"]
		renamed := strings.Replace(policies(", previously: [P]"), "name: P", "name: Q", 1)
		r.Want(r.Apply(renamed), "~ policy/Q name: P -> Q")
		r.Settled(renamed)
		r.Equal("policies", r.PolicyIDs(scp)["Q"], id)
		r.Equal("mark", r.TagsOf(id)["reconciler:name"], "Q")

		r.Policy(scp, "P", kindtest.Deny("ec2:*")) // danger 10: another one took the old name
		_, err := r.TryPlan(renamed)
		r.Refused(err, "previously", `"Q"`, `"P"`, "alive", "acme.yaml:7")
	})
}

// TestDanger17LostAnswerOfCreatePolicy makes the policy once, and marks it.
func TestDanger17LostAnswerOfCreatePolicy(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.Drop, awssim.DropAnswer, awssim.ServerError} {
		for _, operation := range []string{"CreatePolicy", "CreateOrganizationalUnit"} {
			for _, lag := range []int{0, 4} {
				t.Run(fmt.Sprint(operation, "/", kind, "/lag ", lag), func(t *testing.T) {
					kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
						r.Apply("organization: {create: true}\n")
						r.Sim.Inject(awssim.Fault{Operation: operation, Nth: 1, Kind: kind})
						p := r.Plan(policies(""))
						r.Sim.ResetCalls()
						// A request that never came may end its change; the next apply makes it.
						if _, err := r.TryApply(p); err != nil && kind == awssim.DropAnswer {
							t.Error(err)
						}
						if n := r.Calls()[operation]; n != 1 {
							t.Errorf("%d requests, though nobody looked what became of the first", n)
						}
						if len(kindtest.Lines(r.Plan(policies("")))) > 0 {
							r.Apply(policies(""))
						}
						r.Settled(policies(""))
						r.CatchUp()
						for _, id := range []string{r.PolicyIDs(scp)["P"], r.UnitIDs(r.Root())["Labs"]} {
							if got := r.TagsOf(id)["reconciler:payer"]; got != "acme" {
								t.Errorf("%s bears the mark %q", id, got)
							}
						}
					})
				})
			}
		}
	}
}

// TestPruneDeletesWhatIsOurs takes policies with their attachments and units
// that left the file, and nothing else.
func TestPruneDeletesWhatIsOurs(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		full := policies("") + "root: {policies: [P]}\n"
		full = strings.Replace(full, "ous: [{name: Labs}]", "ous: [{name: Labs, policies: [P]}, {name: Old, ous: [{name: Older}]}, {name: Full}]\naccounts: [{name: sec, email: sec@acme.example, ou: Full}]", 1)
		r.Apply(full)
		root := r.Root()
		r.Unit(root, "Theirs")
		r.Attach(r.Policy(scp, "Foreign", kindtest.Deny("iam:*")), r.UnitIDs(root)["Labs"])

		p := r.Apply(org)
		r.Want(p)
		r.Equal("left", kindtest.Left(p), []string{"account/sec@acme.example", "ou/Full", "ou/Old", "ou/Old/Older", "policy/P (2 attachments)"})

		p = r.Plan(org + "safety: {prune: true, maxRemovals: 10}\n")
		r.Want(p, "- attachment/P@ou/Labs", "- attachment/P@root",
			"!- ou/Full (blocked: account/sec@acme.example needs it)", "- ou/Old", "- ou/Old/Older", "- policy/P")
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		p = r.Plan(org + "safety: {prune: true}\n")
		r.Want(p, "!- ou/Full (blocked: account/sec@acme.example needs it)")
		r.Equal("left", kindtest.Left(p), []string{"account/sec@acme.example"})
		r.Equal("on Labs", r.Attached(r.UnitIDs(root)["Labs"], scp), []string{"Foreign", "FullAWSAccess"})
		units := r.UnitIDs(root)
		if len(units) != 3 || units["Theirs"] == "" || units["Full"] == "" {
			t.Errorf("units %v", units)
		}
	})
}

// TestPruneTakesAPolicyAfterItsUnits: units and their policy left the file in one
// commit. The policy is in force until nobody is below it, and stays where somebody
// is.
func TestPruneTakesAPolicyAfterItsUnits(t *testing.T) {
	const prune = "safety: {prune: true, maxRemovals: 10}\n"
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		units := "ous: [{name: Labs}, {name: Old, policies: [P], ous: [{name: Older, policies: [P]}]}]\n"
		with := strings.Replace(policies(""), "ous: [{name: Labs}]\n", units, 1)
		r.Apply(with + "accounts: [{name: sec, email: sec@acme.example, ou: Old}]\n")
		old := r.UnitIDs(r.Root())["Old"]

		p := r.Plan(org + prune)
		r.Want(p, "!- ou/Old (blocked: account/sec@acme.example needs it)", "- ou/Old/Older", "!- policy/P (blocked: needs ou/Old, which is blocked)")
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		r.Equal("on Old", r.Attached(old, scp), []string{"FullAWSAccess", "P"})

		moved := org + prune + "accounts: [{name: sec, email: sec@acme.example, ou: Labs}]\n"
		p = r.Plan(moved)
		r.Want(p, "~ account/sec@acme.example ou: ou/Old -> ou/Labs", "- ou/Old", "- policy/P")
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		r.Settled(moved)
		if id := r.PolicyIDs(scp)["P"]; id != "" || r.UnitIDs(r.Root())["Old"] != "" {
			t.Errorf("left: policy %q, units %v", id, r.UnitIDs(r.Root()))
		}
	})
}

// TestPruneBlocksWhatHangsOnUnreadNodes leaves a policy of ours that somebody
// attached to a unit or an account that the file does not name.
func TestPruneBlocksWhatHangsOnUnreadNodes(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(policies(""))
		id := r.PolicyIDs(scp)["P"]
		r.Attach(id, r.Unit(r.Root(), "Theirs"))
		r.Attach(id, r.Account("theirs", "theirs@acme.example"))
		before := r.Writes()
		p := r.Plan(org + "safety: {prune: true}\n")
		r.Want(p, "!- policy/P (blocked: attached to 2 nodes that the file does not name; detach it there first)")
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("apply: %v, %d writes", err, r.Writes()-before)
		}
	})
}

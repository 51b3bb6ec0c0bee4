package organization_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestNoOrganization is an error of the file unless it says create.
func TestNoOrganization(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		for _, section := range []string{"", "organization: {create: false}\n", "organization: {policyTypes: [SERVICE_CONTROL_POLICY]}\n"} {
			_, err := r.TryPlan(section + "ous: [{name: Labs}]\n")
			r.Refused(err, "payers/acme.yaml:", "account 111122223333 has no organization", "create: true")
		}
		if n := r.Writes(); n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// TestDanger6MemberAccountIsRefusedFirst plans a payer whose account is a
// member of another's organization.
func TestDanger6MemberAccountIsRefusedFirst(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Organize()
		id := r.Account("member", "member@acme.example")
		r.ID = id
		r.Sim.ResetCalls()
		_, err := r.TryPlan("organization: {create: true}\n")
		r.Refused(err, id, "member of o-", "managed by "+kindtest.Account)
		r.Equal("calls", r.Calls(), map[string]int{"GetCallerIdentity": 1, "DescribeOrganization": 1})
	})
}

// TestDanger5RootOfAnotherPayer ends the pass, and says how to go on.
func TestDanger5RootOfAnotherPayer(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		root := r.Organize()
		r.Tag(root, kindtest.Tags("reconciler:payer", "other")...)
		before := r.Writes()
		_, err := r.TryPlan("ous: [{name: Labs}]\n")
		r.Refused(err, root, `payer "other"`, `"acme"`, "remove the tag reconciler:payer")
		// Marked between plan and apply: the claim sees it before the first write.
		r.Untag(root, "reconciler:payer")
		p := r.Plan("ous: [{name: Labs}]\n")
		if !p.ClaimsRoot {
			t.Error("the plan does not say that an apply claims the root")
		}
		r.Tag(root, kindtest.Tags("reconciler:payer", "other")...)
		_, err = r.TryApply(p)
		r.Refused(err, "other")
		if n := r.Writes() - before; n != 2 { // the two of this test
			t.Errorf("%d writes", n)
		}
	})
}

// TestApplyMarksTheRoot, once, before anything else.
func TestApplyMarksTheRoot(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		root := r.Organize()
		r.Sim.ResetCalls()
		r.Apply("ous: [{name: Labs}]\n")
		if got := r.Order(""); len(got) == 0 || got[0] != "TagResource" {
			t.Errorf("the writes are %q", got)
		}
		r.Equal("mark", r.TagsOf(root)["reconciler:payer"], "acme")
		p := r.Plan("ous: [{name: Labs}]\n")
		if p.ClaimsRoot {
			t.Error("a second plan claims the root again")
		}
	})
}

// TestLostAnswerOfCreateOrganization goes on with what was made.
func TestLostAnswerOfCreateOrganization(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.DropAnswer, awssim.Drop, awssim.ServerError} {
		t.Run(string(kind), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := "organization: {create: true}\nous: [{name: Labs}]\n"
				r.Sim.Inject(awssim.Fault{Operation: "CreateOrganization", Nth: 1, Kind: kind})
				_, err := r.TryApply(r.Plan(body))
				if err != nil && kind == awssim.DropAnswer {
					t.Error(err)
				}
				if err != nil {
					r.Apply(body)
				}
				r.Settled(body)
				r.Equal("mark", r.TagsOf(r.Root())["reconciler:payer"], "acme")
			})
		})
	}
}

// TestConsolidatedBilling names what only the console can change.
func TestConsolidatedBilling(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		if _, err := r.Org().CreateOrganization(t.Context(),
			&organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetConsolidatedBilling}); err != nil {
			r.Organize()
			r.Edit("DescribeOrganization", func(_ int, answer map[string]any) {
				answer["Organization"].(map[string]any)["FeatureSet"] = "CONSOLIDATED_BILLING"
			})
		}
		p := r.Plan("ous: [{name: Labs}]\n")
		lines := kindtest.Lines(p)
		if len(lines) == 0 || lines[0] != "!~ organization features: CONSOLIDATED_BILLING -> ALL (blocked: the organization has CONSOLIDATED_BILLING only, "+
			"and an API cannot give it all features: enable them in the console (Organizations, Settings))" {
			t.Errorf("plan %q", lines)
		}
	})
}

// TestRootThatIsNotSeenYet makes an organization of which AWS's other parts
// know nothing for a moment.
func TestRootThatIsNotSeenYet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := "organization: {create: true, policyTypes: [TAG_POLICY]}\n"
		p := r.Plan(body)
		r.Refuse("ListRoots", "AWSOrganizationsNotInUseException", 2)
		r.Refuse("TagResource", "TargetNotFoundException", 2)
		r.Refuse("EnablePolicyType", "RootNotFoundException", 2)
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Equal("mark", r.TagsOf(r.Root())["reconciler:payer"], "acme")
		r.Settled(body)
	})
}

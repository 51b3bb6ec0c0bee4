package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/preflight"
	"github.com/payer-reconciler/reconciler/spec"
)

const org = "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n"

// pool is a pool of five students.
const pool = `ous: [{name: Labs}]
pools: [{name: students, ou: Labs, ids: {from: 1, count: 5}, account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}}]
`

// look runs a preflight, and proves that it writes nothing.
func look(t *testing.T, r *kindtest.Rig, body string) *preflight.Result {
	t.Helper()
	before := r.Writes()
	got, err := preflight.Run(t.Context(), r.Payer(body), r.Options())
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Writes() - before; n != 0 {
		t.Errorf("a preflight made %d writes", n)
	}
	return got
}

// says wants a check with that state and those words.
func says(t *testing.T, r *preflight.Result, name, state string, words ...string) {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name != name {
			continue
		}
		text := c.Text + " " + strings.Join(c.Details, " ") + " " + c.Hint
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in %q", name, w, text)
			}
		}
		if c.State != state {
			t.Errorf("%s is %s (%s), want %s", name, c.State, text, state)
		}
		return
	}
	t.Errorf("no check %q in %+v", name, r.Checks)
}

// TestNewAccount has no organization yet.
func TestNewAccount(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		got := look(t, r, org+pool)
		says(t, got, "access", preflight.OK, kindtest.Account)
		says(t, got, "management account", preflight.Note, "no organization", "makes one")
		says(t, got, "account quota", preflight.Unknown, "needs 6")
		says(t, got, "policy types", preflight.Note, "SERVICE_CONTROL_POLICY")
		if !got.Ready() {
			t.Errorf("not ready: %+v", got)
		}
		got = look(t, r, "organization: {}\n"+pool)
		says(t, got, "management account", preflight.Problem, "create: true")
		says(t, got, "plan", preflight.Problem, "no organization")
		if got.Ready() {
			t.Error("ready without an organization")
		}
	})
}

// TestSettledPayer has nothing to do.
func TestSettledPayer(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + pool)
		got := look(t, r, org+pool)
		says(t, got, "management account", preflight.OK, "o-")
		says(t, got, "features", preflight.OK)
		says(t, got, "account quota", preflight.OK, "50000, needs 6")
		says(t, got, "policy types", preflight.OK, "enabled")
		says(t, got, "Control Tower", preflight.OK)
		says(t, got, "policy slots", preflight.OK)
		says(t, got, "in the way", preflight.OK)
		if s := got.Summary; s.OK != len(got.Checks) {
			t.Errorf("summary %+v of %d checks", s, len(got.Checks))
		}
	})
}

// TestBillingOnly is an organization without all features.
func TestBillingOnly(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		kindtest.Must[*organizations.CreateOrganizationOutput](r)(r.Org().CreateOrganization(r.Context(),
			&organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetConsolidatedBilling}))
		got := look(t, r, "organization: {}\naccounts: [{name: a, email: a@acme.example}]\n")
		says(t, got, "features", preflight.Problem, "CONSOLIDATED_BILLING", "console")
	})
}

// TestInTheWay has Control Tower, a policy of somebody else, a full quota and a guard.
func TestInTheWay(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 3}, func(t *testing.T, r *kindtest.Rig) {
		r.Organize()
		principal := "controltower.amazonaws.com"
		kindtest.Must[*organizations.EnableAWSServiceAccessOutput](r)(r.Org().EnableAWSServiceAccess(r.Context(),
			&organizations.EnableAWSServiceAccessInput{ServicePrincipal: &principal}))
		r.Policy(types.PolicyTypeServiceControlPolicy, "aws-guardrails-abc", kindtest.Deny("s3:*"))
		r.Policy(types.PolicyTypeServiceControlPolicy, "P", kindtest.Deny("ec2:*"))
		body := org + pool + "policies: [{name: P, document: " + kindtest.Deny("s3:*") + "}]\nsafety: {maxAccountCreates: 4}\n"
		got := look(t, r, body)
		says(t, got, "Control Tower", preflight.Note, principal, "aws-guardrails-abc")
		says(t, got, "account quota", preflight.Problem, "3, needs 6", "quotas: {accounts: auto}")
		says(t, got, "in the way", preflight.Problem, "policy/P", "exists, not ours")
		says(t, got, "guard", preflight.Problem, "maxAccountCreates", "payers/acme.yaml")
		says(t, look(t, r, body+"quotas: {accounts: auto}\n"), "account quota", preflight.Note, "asks AWS")
	})
}

// TestWaiting counts what AWS is not ready for, and says why: once for each
// reason, and not for what waits for that.
func TestWaiting(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 3}, func(t *testing.T, r *kindtest.Rig) {
		r.Organize()
		body := "organization: {create: true, trustedServices: [account.amazonaws.com]}\nquotas: {accounts: auto}\n" +
			strings.Replace(pool, "account: {", `account: {contacts: {billing: {name: A, title: B, email: c@d.example, phone: "+1 555 0100"}}, `, 1)
		got := look(t, r, body)
		says(t, got, "plan", preflight.Note, "waiting for AWS", "account/s3@acme.example and 2 more: account quota 3, needs 6")
		for _, c := range got.Checks {
			if c.Name == "plan" && len(c.Details) != 1 {
				t.Errorf("details %q", c.Details)
			}
		}
		r.Apply(org)
		says(t, look(t, r, org), "plan", preflight.OK, "0 to create, 0 to update, 0 to delete, 0 unmanaged")
		r.AskQuota(9)
		says(t, look(t, r, org), "account quota", preflight.OK, "3, needs 1; AWS has request")
	})
}

// TestClosedDoor ends with why, and still says what is by hand.
func TestClosedDoor(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		o := r.Options()
		o.Open = func(context.Context, *spec.Payer) (*cloud.Session, error) {
			return nil, errors.New("assume role: AccessDenied")
		}
		p := r.Payer(org)
		p.Presets = []spec.PresetUse{{Name: "vendor", Steps: []spec.Step{{Title: "Call them"}}}}
		got, err := preflight.Run(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		says(t, got, "access", preflight.Problem, "AccessDenied", "bootstrap acme")
		says(t, got, "vendor", preflight.ByHand, "Call them")
		if len(got.Checks) != 2 || got.Ready() {
			t.Errorf("checks %+v", got.Checks)
		}
	})
}

// TestDanger3UnreadQuota says that it is not known, and goes on.
func TestDanger3UnreadQuota(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + pool)
		r.Sim.Inject(awssim.Fault{Operation: "ListServiceQuotas", Kind: awssim.Deny})
		got := look(t, r, org+pool)
		says(t, got, "account quota", preflight.Unknown, "AccessDenied")
		says(t, got, "in the way", preflight.OK)
	})
}

func TestText(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		got := look(t, r, "organization: {}\n"+pool)
		var plain, colour strings.Builder
		if err := errors.Join(got.WriteText(&plain, preflight.TextOptions{}), got.WriteText(&colour, preflight.TextOptions{Color: true})); err != nil {
			t.Fatal(err)
		}
		for _, c := range got.Checks {
			if !strings.Contains(plain.String(), c.Text) || !strings.Contains(plain.String(), c.Hint) {
				t.Errorf("%+v is not in\n%s", c, plain.String())
			}
		}
		if want := fmt.Sprintf("%d problems stand in the way.", got.Summary.Problem); !strings.Contains(plain.String(), want) {
			t.Errorf("%q is not in\n%s", want, plain.String())
		}
		if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colour.String(), "\x1b[31m") {
			t.Error("colours where none are asked for, or none where they are")
		}
	})
}

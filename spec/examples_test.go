package spec_test

import (
	"os"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

func TestVocareumExample(t *testing.T) {
	payers, err := spec.Load([]string{"../examples/vocareum"}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(payers) != 1 {
		t.Fatalf("got %d payers, want 1", len(payers))
	}
	p := payers[0]
	accounts := 0
	for a := range p.AllAccounts() {
		accounts++
		if a.RoleName != "vocareum" || a.OU != "Vocareum" || a.Name != a.ID {
			t.Errorf("account %+v", a)
		}
	}
	if accounts != 200 || len(p.Policies) != 5 || p.Name != "acme-labs" || p.AccountID != "111122223333" {
		t.Errorf("got %d accounts, %d policies, %s (%s)", accounts, len(p.Policies), p.Name, p.AccountID)
	}
	if got := p.Pools[0].Accounts[199].Email; got != "awslabs10200@vocareum.com" {
		t.Errorf("last email %s", got)
	}
	if got := p.CSVs(); len(got) != 1 || !strings.HasSuffix(got[0].Path, "accounts/acme-labs.csv") {
		t.Errorf("CSVs %+v", got)
	}
}

func TestCollegeExample(t *testing.T) {
	payers, err := spec.Load([]string{"../examples/college"}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(payers) != 2 || payers[0].Name != "college-research" || payers[1].Name != "college-teaching" {
		t.Fatalf("got %d payers", len(payers))
	}
	p := payers[1]
	if len(p.CSVs()) != 1 || len(p.Pools) != 2 || p.Safety.MaxRemovals.Pos.File == p.Pos.File || !p.Safety.Prune {
		t.Errorf("CSVs %+v, %d pools, safety %+v", p.CSVs(), len(p.Pools), p.Safety)
	}
	if got, want := p.Access.RoleARN, "arn:aws:iam::222233334444:role/reconciler"; got != want {
		t.Errorf("role %s, want %s", got, want)
	}
	refs := p.Policies[0].Document.Refs()
	if len(refs) != 2 || !strings.Contains(p.Policies[0].Document.String(), "${aws:PrincipalTag/student}") {
		t.Errorf("document %s", p.Policies[0].Document)
	}
	only, err := spec.Load([]string{"../examples/college"}, spec.Options{Only: []string{"college-research"}})
	if err != nil || len(only) != 1 || only[0].Name != "college-research" {
		t.Errorf("only one: %d payers, error %v", len(only), err)
	}
}

// TestVendorsExample: what the presets make of the payers loads without a
// mistake and without a warning.
func TestVendorsExample(t *testing.T) {
	payers, err := spec.Load([]string{"../examples/vendors"}, spec.Options{Presets: os.DirFS("../presets")})
	if err != nil {
		t.Fatal(err)
	}
	if len(payers) < 4 {
		t.Fatalf("got %d payers", len(payers))
	}
	for _, p := range payers {
		if len(p.Roles)+len(p.Users)+len(p.MemberRoles) == 0 || len(p.Presets) == 0 {
			t.Errorf("%s has no roles, no users and no member roles", p.Name)
		}
		for _, w := range p.Warnings {
			t.Error(w.Warning())
		}
	}
}

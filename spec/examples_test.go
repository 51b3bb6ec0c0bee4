package spec_test

import (
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
	if got := p.CSVs(); len(got) != 1 || got[0].Path != "examples/vocareum/accounts/acme-labs.csv" {
		t.Errorf("CSVs %+v", got)
	}
}

package reconcile

import (
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestMembersAreThoseInUse: a percentage of accounts is none of closed ones.
func TestMembersAreThoseInUse(t *testing.T) {
	have := &resource.State{}
	for id, state := range map[string]string{"111122223333": "ACTIVE", "100000000001": "ACTIVE", "100000000002": "SUSPENDED", "100000000003": ""} {
		have.Put(resource.Object{Ref: spec.AccountRef(id + "@acme.example"), Outputs: map[string]string{"id": id}, Facts: map[string]string{resource.FactState: state}})
	}
	if got := members(&spec.Payer{AccountID: "111122223333"}, have); got != 2 {
		t.Errorf("%d members in use, want 2", got)
	}
}

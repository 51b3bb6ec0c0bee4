package reconcile

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// switches is the payer of [edited] with a plan that switches a policy type.
func switches(t *testing.T, op planner.Op, policyType string) *Planned {
	t.Helper()
	p := edited(t, 10)
	ref := resource.Ref{Kind: "policy-type", Name: policyType}
	p.Plan.Changes = []planner.Change{{Op: op, Ref: ref}}
	return p
}

// told are the impacts of a plan, a line each.
func told(t *testing.T, p *Planned) (lines []string) {
	t.Helper()
	if err := p.effects(); err != nil {
		t.Fatal(err)
	}
	if p.Impact == nil {
		return nil
	}
	for _, i := range p.Impact.Impacts {
		lines = append(lines, fmt.Sprintf("%s %d actions to %d accounts by %v", i.Effect, len(i.Actions), i.Accounts, i.By))
	}
	return lines
}

// TestATypeThatGoes: all that policies of a type deny is allowed where the type
// goes, whatever becomes of its attachments, and nothing where it is held.
func TestATypeThatGoes(t *testing.T) {
	p := switches(t, planner.Delete, spec.SCP)
	policy := spec.PolicyRef(spec.SCP, "Voc")
	got := told(t, p)
	if len(got) == 0 {
		t.Fatal("nothing is told")
	}
	for _, i := range p.Impact.Impacts {
		if i.Effect != "allowed" || i.Accounts != 10 {
			t.Errorf("%+v", i)
		}
		if diff := cmp.Diff([]resource.Ref{{Kind: "policy-type", Name: spec.SCP}}, i.By); diff != "" {
			t.Errorf("by (-want +got):\n%s", diff)
		}
	}
	if p.Impact.NewlyDenied != 0 {
		t.Errorf("newly denied to %d", p.Impact.NewlyDenied)
	}
	// An edit of a policy that goes, and one that hangs elsewhere, changes nothing of that.
	p.Plan.Changes = append(p.Plan.Changes, edited(t, 10).Plan.Changes...)
	p.reaches = []target{{policy: policy, policyType: spec.SCP, unit: "Course 1"}}
	b := p.bound()
	for _, h := range b.hung() {
		if len(h.after) > 0 {
			t.Errorf("%v has %v", h.at, h.after)
		}
	}
	if err := p.protect(); err != nil || len(p.shut) > 0 {
		t.Errorf("held: %v, %v", p.shut, err)
	}
	p = switches(t, planner.Delete, spec.SCP)
	p.Plan.Changes[0].Blocked = "held"
	if got := told(t, p); got != nil {
		t.Errorf("of a type that is held: %q", got)
	}
	if got := told(t, switches(t, planner.Delete, "TAG_POLICY")); got != nil {
		t.Errorf("of tag policies: %q", got)
	}
}

// TestATypeThatComes: AWS attaches FullAWSAccess to what is there, so what the
// plan attaches denies no more than it says.
func TestATypeThatComes(t *testing.T) {
	for _, op := range []planner.Op{planner.Create, planner.Resume} {
		p := switches(t, op, spec.RCP)
		policy := spec.PolicyRef(spec.RCP, "Org")
		at := spec.AttachmentRef(policy, spec.RootRef)
		doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"*"}]}`
		p.Live.Put(resource.Object{Ref: policy, Attrs: resource.Attrs{"document": resource.Lit(doc)}})
		if got := told(t, p); got != nil {
			t.Errorf("the type alone: %q", got)
		}
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: at, Want: &resource.Object{Ref: at,
			Facts: map[string]string{resource.FactPolicy: policy.String(), resource.FactNode: "root " + spec.RCP}}})
		want := []string{"denied 1 actions to 10 accounts by [" + at.String() + "]"}
		if diff := cmp.Diff(want, told(t, p)); diff != "" {
			t.Errorf("with a policy (-want +got):\n%s", diff)
		}
		if got := p.Impact.Impacts[0].Actions; len(got) != 1 || got[0] != "s3:DeleteBucket" {
			t.Errorf("denied %q", got)
		}
	}
}

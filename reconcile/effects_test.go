package reconcile

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// edited is a payer of n accounts in n/5 units, with Vocareum's policies on the
// root and an edit of one of them.
func edited(t testing.TB, n int) *Planned {
	t.Helper()
	doc, err := os.ReadFile("../presets/vocareum/VocUnconditionalDeny.json")
	if err != nil {
		t.Fatal(err)
	}
	after := strings.Replace(string(doc), `"mobiletargeting:*"`, `"ecs:Run*"`, 1)
	p := &Planned{Payer: &spec.Payer{Name: "acme", AccountID: "111122223333", HomeRegion: "us-east-1",
		Safety: spec.Safety{MaxNewlyDenied: spec.Amount{Number: 25, Percent: true}}}, Live: &resource.State{}}
	put := func(o resource.Object) {
		if err := p.Live.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	policy := spec.PolicyRef(spec.SCP, "Voc")
	put(resource.Object{Ref: spec.OrganizationRef, Outputs: map[string]string{"id": "o-1"}})
	put(resource.Object{Ref: policy, Attrs: resource.Attrs{"document": resource.Lit(string(doc))}, Outputs: map[string]string{"id": "p-1"}})
	attach := func(policy, node resource.Ref) {
		put(resource.Object{Ref: spec.AttachmentRef(policy, node),
			Facts: map[string]string{resource.FactPolicy: policy.String(), resource.FactNode: node.String() + " " + spec.SCP}})
	}
	full := spec.PolicyRef(spec.SCP, spec.FullAWSAccess)
	attach(full, spec.RootRef)
	attach(policy, spec.RootRef)
	for i := range n / 5 {
		unit := resource.Ref{Kind: "ou", Name: fmt.Sprintf("Course %d", i)}
		put(resource.Object{Ref: unit, Outputs: map[string]string{"id": fmt.Sprintf("ou-%d", i)}})
		attach(full, unit)
		for j := range 5 {
			email := fmt.Sprintf("s%d-%d@acme.example", i, j)
			put(resource.Object{Ref: spec.AccountRef(email), Attrs: resource.Attrs{"ou": resource.Lit(unit.String())},
				Outputs: map[string]string{"id": fmt.Sprintf("4444%08d", 5*i+j)}, Facts: map[string]string{resource.FactState: "ACTIVE"}})
			p.Payer.Accounts = append(p.Payer.Accounts, spec.Account{Email: email, OU: unit.Name, OUSet: true, RoleName: "vocareum", MemberRole: "vocareum"})
		}
	}
	p.Plan = &planner.Plan{Changes: []planner.Change{{Op: planner.Update, Ref: policy,
		Want: &resource.Object{Ref: policy, Inputs: resource.Attrs{"content": resource.Lit(after)}}}}}
	p.kinds = []*kind.Kind{}
	return p
}

// TestEffectsOfManyAccounts has a bound that leaves a slow machine room: the aim
// is 300 ms for the impact.
func TestEffectsOfManyAccounts(t *testing.T) {
	p := edited(t, 10000)
	from := time.Now()
	if err := p.protect(); err != nil {
		t.Fatal(err)
	}
	if err := p.effects(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(from); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
	if p.Impact.NewlyDenied != 10000 || len(p.Plan.Guards) != 1 || p.Plan.Guards[0].Planned != 10000 {
		t.Errorf("impact on %d accounts, guards %+v", p.Impact.NewlyDenied, p.Plan.Guards)
	}
	// Two lines, each of one condition.
	var got []string
	for _, n := range p.Impact.Impacts {
		got = append(got, fmt.Sprintf("%s %v %d units", n.Effect, n.Actions, len(n.OUs)))
	}
	want := []string{"denied [ecs:Run*] 2000 units", "allowed [mobiletargeting:*] 2000 units"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
}

// TestEffectsAgain finds the effects of a plan of which a part was held since: what
// was found before is not told once more.
func TestEffectsAgain(t *testing.T) {
	p := edited(t, 10)
	for range 2 {
		if err := p.effects(); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.Plan.Guards) != 1 {
		t.Errorf("guards %+v", p.Plan.Guards)
	}
	p.Plan.Changes[0].Blocked = "held"
	if err := p.effects(); err != nil || len(p.Plan.Guards) != 0 {
		t.Errorf("after all was held: guards %+v, %v", p.Plan.Guards, err)
	}
}

// BenchmarkImpact is what an edit of one SCP costs a plan over 10,000 accounts:
// what it denies, and whom it shuts out.
func BenchmarkImpact(b *testing.B) {
	p := edited(b, 10000)
	b.Run("impact", func(b *testing.B) {
		for b.Loop() {
			p.Plan.Guards = nil
			if err := p.effects(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("protect", func(b *testing.B) {
		for b.Loop() {
			if err := p.protect(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// moved is the same payer where nothing is edited and all accounts move into one
// unit, which has the policy too.
func moved(t testing.TB, n int) *Planned {
	t.Helper()
	p := edited(t, n)
	policy, unit := spec.PolicyRef(spec.SCP, "Voc"), resource.Ref{Kind: "ou", Name: "Shut"}
	p.Live.Put(resource.Object{Ref: spec.AttachmentRef(policy, unit),
		Facts: map[string]string{resource.FactPolicy: policy.String(), resource.FactNode: unit.String() + " " + spec.SCP}})
	p.Live.Put(resource.Object{Ref: spec.AttachmentRef(policy, spec.RootRef), Facts: map[string]string{resource.FactAbsent: "true"}})
	p.Plan.Changes = nil
	for a := range p.Live.Kind("account") {
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Update, Ref: a.Ref, Move: true,
			Want: &resource.Object{Attrs: resource.Attrs{"ou": resource.Lit(unit.String())}}})
	}
	return p
}

// TestEffectsOfManyMoves tells 10,000 moves out of 2,000 units in a few lines, and
// counts none.
func TestEffectsOfManyMoves(t *testing.T) {
	p := moved(t, 10000)
	if err := p.effects(); err != nil {
		t.Fatal(err)
	}
	if len(p.Impact.Impacts) == 0 || len(p.Impact.Impacts) > 20 || p.Impact.NewlyDenied != 0 || len(p.Plan.Guards) != 0 {
		t.Errorf("%d impacts, newly denied to %d, guards %+v", len(p.Impact.Impacts), p.Impact.NewlyDenied, p.Plan.Guards)
	}
	for _, n := range p.Impact.Impacts {
		if n.Effect != impact.Denied || n.Accounts != 10000 || len(n.From) != 2000 || len(n.OUs) != 1 {
			t.Errorf("%s %v: %d accounts from %d units to %v", n.Effect, n.Actions, n.Accounts, len(n.From), n.OUs)
		}
	}
	for i := range p.Plan.Changes {
		p.Plan.Changes[i].Blocked = "held"
	}
	if err := p.effects(); err != nil || p.Impact != nil {
		t.Errorf("after all was held: %v, %v", p.Impact, err)
	}
}

// BenchmarkMoves is what 10,000 moves cost a plan.
func BenchmarkMoves(b *testing.B) {
	p := moved(b, 10000)
	for b.Loop() {
		if err := p.effects(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestBound puts what is held, moved and of others on its node.
func TestBound(t *testing.T) {
	p := edited(t, 10)
	policy := spec.PolicyRef(spec.SCP, "Voc")
	p.Plan.Changes[0].Blocked = "not ours"
	b := newBound(p.Payer, p.Live, p.Plan)
	if len(b.tree.Changed) != 0 || b.restricts() {
		t.Errorf("a blocked edit counts: %v", b.tree.Changed)
	}
	theirs := resource.Ref{Kind: "policy", Name: "Theirs"}
	p.Live.Put(resource.Object{Ref: spec.AttachmentRef(theirs, spec.RootRef),
		Facts: map[string]string{resource.FactPolicy: theirs.String(), resource.FactNode: "root " + spec.SCP}})
	unit := resource.Ref{Kind: "ou", Name: "Course 1"}
	at := spec.AttachmentRef(policy, unit)
	p.Plan.Changes = []planner.Change{
		{Op: planner.Create, Ref: at, Want: &resource.Object{Ref: at, Facts: map[string]string{resource.FactPolicy: policy.String(), resource.FactNode: unit.String() + " " + spec.SCP}}},
		{Op: planner.Update, Ref: spec.AccountRef("s0-0@acme.example"), Move: true, Want: &resource.Object{Attrs: resource.Attrs{"ou": resource.Lit(unit.String())}}},
	}
	b = newBound(p.Payer, p.Live, p.Plan)
	b.count(p.Live, p.Plan)
	names := func(list []impact.Policy) (all []string) {
		for _, p := range list {
			all = append(all, p.Ref.Name+" "+fmt.Sprint(p.Document != ""))
		}
		return all
	}
	root, one := b.node(""), b.node("Course 1")
	if diff := cmp.Diff([]string{"FullAWSAccess true", "Voc true", "Theirs false"}, names(root.After)); diff != "" {
		t.Errorf("on the root (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"FullAWSAccess true", "Voc true"}, names(one.After)); diff != "" || len(one.Before) != 1 {
		t.Errorf("on the unit (-want +got):\n%s", diff)
	}
	if root, one = b.node(""), b.node("Course 1"); one.Accounts != 5 || b.node("Course 0").Accounts != 4 || root.Accounts != 0 {
		t.Errorf("accounts: %d stay, %d stay in what one leaves", one.Accounts, b.node("Course 0").Accounts)
	}
	if diff := cmp.Diff([]impact.Group{{From: "Course 0", Path: "Course 1", Accounts: 1}}, b.tree.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

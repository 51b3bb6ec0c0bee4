package planfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// tree is a live organization: Guard hangs on Top, Wall on Labs below it, and
// Far on another unit; ann and bob are in Labs, and so is what guards them.
func tree(t *testing.T) *resource.State {
	t.Helper()
	s := &resource.State{}
	add := func(ref, id string, after ...string) {
		t.Helper()
		if err := s.Add(resource.Object{Ref: refOf(t, ref), After: refsOf(t, after), Attrs: resource.Attrs{"name": resource.Lit(ref)}, Outputs: map[string]string{"id": id}}); err != nil {
			t.Fatal(err)
		}
	}
	add("ou/Top", "1")
	add("ou/Top/Labs", "2", "ou/Top")
	add("ou/Other", "3")
	for _, p := range []string{"Guard", "Wall", "Far"} {
		add("policy/"+p, p)
	}
	add("attachment/Guard@ou/Top", "5", "policy/Guard", "ou/Top")
	add("attachment/Wall@ou/Top/Labs", "6", "policy/Wall", "ou/Top/Labs")
	add("attachment/Far@ou/Other", "7", "policy/Far", "ou/Other")
	add("account/ann@acme.example", "8", "ou/Top/Labs")
	ann, _ := s.Get(refOf(t, "account/ann@acme.example"))
	ann.Under = refsOf(t, []string{"attachment/Wall@ou/Top/Labs", "attachment/Guard@ou/Top", "attachment/Far@ou/Top"})
	s.Put(ann)
	return s
}

func refOf(t *testing.T, s string) resource.Ref {
	t.Helper()
	r, err := resource.ParseRef(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refsOf(t *testing.T, all []string) []resource.Ref {
	t.Helper()
	var refs []resource.Ref
	for _, s := range all {
		refs = append(refs, refOf(t, s))
	}
	return refs
}

// TestRefers: a change stands on what it names, on what that hangs on, and on
// nothing else.
func TestRefers(t *testing.T) {
	want := func(ref string, after ...string) planner.Change {
		return planner.Change{Op: planner.Create, Ref: refOf(t, ref), Want: &resource.Object{Ref: refOf(t, ref), After: refsOf(t, after)}}
	}
	account := want("account/new@acme.example", "ou/Top/Labs", "attachment/Wall@ou/Top/Labs", "attachment/Guard@ou/Top")
	member := want("member-role/ann@acme.example/x")
	member.Want.At.Account = resource.Output(refOf(t, "account/ann@acme.example"), "id")
	naming := want("policy/New")
	naming.Want.Attrs = resource.Attrs{"document": resource.Output(refOf(t, "account/ann@acme.example"), "id")}
	labs := want("ou/Top/Labs")
	labs.Op = planner.Update
	ann, _ := tree(t).Get(refOf(t, "account/ann@acme.example"))
	tagged := planner.Change{Op: planner.Update, Ref: ann.Ref, Have: &ann, Want: &resource.Object{Ref: ann.Ref}}
	gone := tagged
	gone.Op, gone.Want = planner.Delete, nil
	held := account
	held.Blocked = "not now"
	below := []string{"attachment/Guard@ou/Top", "attachment/Wall@ou/Top/Labs", "ou/Top", "ou/Top/Labs", "policy/Guard", "policy/Wall"}
	for _, tt := range []struct {
		name    string
		changes []planner.Change
		want    []string
	}{
		{"a new account", []planner.Change{account}, below},
		{"one in a unit that is changed", []planner.Change{account, labs},
			[]string{"attachment/Guard@ou/Top", "attachment/Wall@ou/Top/Labs", "ou/Top", "policy/Guard", "policy/Wall"}},
		{"in a member", []planner.Change{member}, append([]string{"account/ann@acme.example"}, below...)},
		{"what stays where it is", []planner.Change{tagged}, []string{"ou/Top", "ou/Top/Labs"}},
		{"what goes", []planner.Change{gone}, nil},
		{"a document that names an account", []planner.Change{naming}, []string{"account/ann@acme.example", "ou/Top", "ou/Top/Labs"}},
		{"a new attachment", []planner.Change{want("attachment/Wall@ou/Top", "policy/Wall", "ou/Top")}, []string{"ou/Top", "policy/Wall"}},
		{"what is held", []planner.Change{held}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, o := range refers(&planner.Plan{Changes: tt.changes}, tree(t)) {
				got = append(got, o.Ref.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("refers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDanger15SavedPlanBelowAnotherPolicy: whoever edits the policy that an
// account would come under makes its plan stale; an edit elsewhere does not.
func TestDanger15SavedPlanBelowAnotherPolicy(t *testing.T) {
	ref := refOf(t, "account/new@acme.example")
	plan := &planner.Plan{Changes: []planner.Change{{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref, After: refsOf(t, []string{"attachment/Guard@ou/Top"})}}}}
	for policy, want := range map[string][]string{
		"policy/Guard": {`policy/Guard: document was not there, and is now`}, "policy/Wall": nil, "policy/Far": nil,
	} {
		live := tree(t)
		p, err := Of(&spec.Payer{Name: "acme", Root: t.TempDir()}, plan, live)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := live.Get(refOf(t, policy))
		o.Attrs = resource.Attrs{"name": o.Attrs["name"], "document": resource.Lit("gutted")}
		live.Put(o)
		checkStale(t, p.Compare(plan, live, false), want)
	}
}

// TestLargePlans: 10,000 accounts of one unit are saved, read and compared in
// the time that a person does not notice, and share what they stand on.
func TestLargePlans(t *testing.T) {
	live := tree(t)
	after := refsOf(t, []string{"ou/Top/Labs", "attachment/Wall@ou/Top/Labs", "attachment/Guard@ou/Top", "policy/Wall", "policy/Guard"})
	inputs := resource.Attrs{"parent": resource.Output(after[0], "id"), "roleName": resource.Lit("OrganizationAccountAccessRole")}
	plan := &planner.Plan{}
	for i := range 10_000 {
		email := fmt.Sprintf("aws-lab%05d@students.acme.example", i)
		r := spec.AccountRef(email)
		plan.Changes = append(plan.Changes, planner.Change{Op: planner.Create, Ref: r, Want: &resource.Object{Ref: r, After: after, Inputs: inputs,
			Attrs: resource.Attrs{"name": resource.Lit(fmt.Sprint("lab ", i)), "email": resource.Lit(email), "ou": resource.Lit("ou/Top/Labs")},
			Facts: map[string]string{"name": fmt.Sprint("lab ", i), "pool": "students", "id": fmt.Sprint(i)}, Origin: "payers/acme.yaml:31:5"}})
	}
	began := time.Now()
	p, err := Of(&spec.Payer{Name: "acme", AccountID: "111122223333", Root: t.TempDir()}, plan, live)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Refers) != 6 {
		t.Errorf("%d objects are kept beside 10,000 changes, want 6", len(p.Refers))
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := (File{ToolVersion: "v1", CreatedAt: made, Payers: []Payer{p}}).Write(path); err != nil {
		t.Fatal(err)
	}
	saved := time.Since(began)
	f, err := Read(path, "v1", made)
	if err != nil {
		t.Fatal(err)
	}
	read := time.Since(began) - saved
	if err := f.Payers[0].Compare(plan, live, false); err != nil {
		t.Error(strings.SplitN(err.Error(), "\n", 3))
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%.1f MB; saved in %v, read in %v, compared in %v", float64(info.Size())/1e6, saved, read, took-saved-read)
	if took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

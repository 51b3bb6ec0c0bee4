package planfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

var (
	labs    = resource.Ref{Kind: "ou", Name: "Labs"}
	old     = resource.Ref{Kind: "ou", Name: "Old"}
	guard   = resource.Ref{Kind: "policy", Name: "Guard"}
	foreign = resource.Ref{Kind: "policy", Name: "Foreign"}
	ann     = resource.Ref{Kind: "account", Name: "ann@acme.example"}
	bob     = resource.Ref{Kind: "account", Name: "bob@acme.example"}
)

// world is a plan and the live objects that it was made of: ann is created in
// Labs, bob's tag changes, Old is deleted, and Foreign is blocked.
type world struct {
	plan   *planner.Plan
	live   *resource.State
	claims bool
}

func liveOne(r resource.Ref, id string, attrs resource.Attrs) resource.Object {
	return resource.Object{Ref: r, Attrs: attrs, Outputs: map[string]string{"id": id}, Owner: "acme", OwnerRead: true}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{live: &resource.State{}}
	hasBob := liveOne(bob, "2", resource.Attrs{"tags.a": resource.Lit("1"), "ou": resource.Lit("ou/Labs")})
	hasOld := liveOne(old, "ou-9", nil)
	for _, o := range []resource.Object{hasBob, hasOld, liveOne(labs, "ou-1", resource.Attrs{"name": resource.Lit("Labs")}),
		liveOne(guard, "p-1", resource.Attrs{"document": resource.Lit("{}")}), liveOne(foreign, "p-2", nil)} {
		if err := w.live.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	w.plan = &planner.Plan{Changes: []planner.Change{
		{Op: planner.Create, Ref: ann, Want: &resource.Object{Ref: ann, After: []resource.Ref{guard},
			Attrs: resource.Attrs{"name": resource.Lit("Ann"), "ou": resource.Output(labs, "id")}}},
		{Op: planner.Update, Ref: bob, Have: &hasBob, Want: &resource.Object{Ref: bob, Attrs: resource.Attrs{"tags.a": resource.Lit("2")}},
			Fields: []planner.Field{{Name: "tags.a", Before: resource.Lit("1"), After: resource.Lit("2")}}},
		{Op: planner.Delete, Ref: old, Have: &hasOld, Needs: []int{1}},
		{Op: planner.Update, Ref: foreign, Blocked: "not ours"},
	}}
	return w
}

func (w *world) put(o resource.Object) { w.live.Put(o) }

func (w *world) without(r resource.Ref) {
	left := &resource.State{}
	for o := range w.live.All() {
		if o.Ref != r {
			left.Put(o)
		}
	}
	w.live = left
}

func (w *world) extra(c planner.Change) { w.plan.Changes = append(w.plan.Changes, c) }

// TestCompare: what moved since, and what is said of it. Nothing is no error.
func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name string
		move func(*world)
		want []string
	}{
		{"nothing", func(*world) {}, nil},
		{"an object that nothing refers to", func(w *world) { w.without(foreign) }, nil},
		{"one that a fresh plan would change", func(w *world) {
			w.extra(planner.Change{Op: planner.Update, Ref: resource.Ref{Kind: "ou", Name: "Other"}})
		}, nil},
		{"what was blocked is not any more", func(w *world) { w.plan.Changes[3].Blocked = "" }, nil},
		{"the other order", func(w *world) { c := w.plan.Changes; c[0], c[1] = c[1], c[0]; c[2].Needs = []int{0} }, nil},
		{"a change needs one that was held, and is", func(w *world) { w.plan.Changes[0].Needs = []int{3} }, nil},
		{"done: created", func(w *world) {
			w.put(liveOne(ann, "3", nil))
			w.plan.Changes = w.plan.Changes[1:]
		}, []string{"1 of its 3 changes are done already (account/ann@acme.example)"}},
		{"done: deleted", func(w *world) {
			w.without(old)
			w.plan.Changes = w.plan.Changes[:2]
		}, []string{"1 of its 3 changes are done already (ou/Old)"}},
		{"done: updated", func(w *world) {
			w.plan.Changes = append(w.plan.Changes[:1:1], w.plan.Changes[2:]...)
			w.plan.Changes[1].Needs = nil
		},
			[]string{"1 of its 3 changes are done already (account/bob@acme.example)"}},
		{"not wanted any more", func(w *world) { w.plan.Changes = w.plan.Changes[1:]; w.plan.Changes[1].Needs = nil },
			[]string{"account/ann@acme.example: was to be created, and nothing wants it now"}},
		{"gone", func(w *world) {
			w.without(bob)
			w.plan.Changes = append(w.plan.Changes[:1:1], w.plan.Changes[2:]...)
			w.plan.Changes[1].Needs = nil
		}, []string{"account/bob@acme.example: was there to update, and is gone"}},
		{"under way", func(w *world) {
			w.plan.Changes[0].Op, w.plan.Changes[0].Have = planner.Resume, &resource.Object{Ref: ann, Pending: "car-1"}
		}, []string{"account/ann@acme.example: was to be created, and AWS is creating it by now", "1 of its 3 changes are begun already"}},
		{"there, and not in its place", func(w *world) {
			made := liveOne(ann, "3", nil)
			w.put(made)
			w.plan.Changes[0].Op, w.plan.Changes[0].Have = planner.Update, &made
		}, []string{"account/ann@acme.example: was to be created, and is there by now, not yet as the file wants it", "1 of its 3 changes are begun already"}},
		{"a field of what is changed", func(w *world) {
			o := *w.plan.Changes[1].Have
			o.Attrs = resource.Attrs{"tags.a": resource.Lit("7"), "ou": resource.Lit("ou/Labs")}
			w.plan.Changes[1].Have = &o
		}, []string{`account/bob@acme.example: tags.a was "1", is "7"`}},
		{"another field of it", func(w *world) {
			o := *w.plan.Changes[1].Have
			o.Attrs = resource.Attrs{"tags.a": resource.Lit("1"), "ou": resource.Lit("ou/Old"), "tags.b": resource.Lit("")}
			w.plan.Changes[1].Have = &o
		}, []string{`account/bob@acme.example: ou was "ou/Labs", is "ou/Old"`, "account/bob@acme.example: tags.b was not there, and is now"}},
		{"another object of the name", func(w *world) {
			o := *w.plan.Changes[2].Have
			o.Outputs = map[string]string{"id": "ou-77"}
			w.plan.Changes[2].Have = &o
		}, []string{`ou/Old: id was "ou-9", is "ou-77"`}},
		{"moved, and what follows from that", func(w *world) {
			o := *w.plan.Changes[1].Have
			o.Attrs = resource.Attrs{"tags.a": resource.Lit("1"), "ou": resource.Lit("ou/Old")}
			o.Outputs = map[string]string{"id": "2", "parent": "ou-9"}
			w.plan.Changes[1].Have = &o
		}, []string{`account/bob@acme.example: ou was "ou/Labs", is "ou/Old"`}},
		{"an output alone", func(w *world) {
			o := *w.plan.Changes[1].Have
			o.Outputs = map[string]string{"id": "2", "parent": "ou-9"}
			w.plan.Changes[1].Have = &o
		}, []string{`account/bob@acme.example: parent was "", is "ou-9"`}},
		{"somebody else's by now", func(w *world) {
			o := *w.plan.Changes[1].Have
			o.Owner = "beta"
			w.plan.Changes[1].Have = &o
		}, []string{`account/bob@acme.example: its mark was "acme", is "beta"`}},
		{"what is wanted", func(w *world) {
			o := *w.plan.Changes[0].Want
			o.Attrs, o.After = resource.Attrs{"name": resource.Lit("Eve"), "ou": resource.Output(labs, "id")}, []resource.Ref{guard, old}
			w.plan.Changes[0].Want = &o
		}, []string{`account/ann@acme.example: name was "Ann", is "Eve"`, "account/ann@acme.example: comes after other things now: ou/Old"}},
		{"what it refers to is gone", func(w *world) { w.without(labs) }, []string{"ou/Labs: is gone"}},
		{"what it refers to changed", func(w *world) {
			w.put(liveOne(guard, "p-1", resource.Attrs{"document": resource.Lit(strings.Repeat("x", 100))}))
		}, []string{"policy/Guard: document is another now"}},
		{"tags of what it refers to that were not read", func(w *world) {
			w.put(liveOne(guard, "p-1", resource.Attrs{"document": resource.Lit("{}"), "tags.a": resource.Lit("1")}))
		}, nil},
		{"it needs what was not planned", func(w *world) {
			w.extra(planner.Change{Op: planner.Create, Ref: resource.Ref{Kind: "attachment", Name: "Guard@ou/Labs"}})
			w.plan.Changes[0].Needs = []int{4}
		}, []string{"attachment/Guard@ou/Labs: moved: account/ann@acme.example now needs its create first"}},
		{"it needs what moved", func(w *world) {
			w.put(liveOne(guard, "p-1", resource.Attrs{"document": resource.Lit("[]")}))
			w.extra(planner.Change{Op: planner.Update, Ref: guard})
			w.plan.Changes[0].Needs = []int{4}
		}, []string{`policy/Guard: document was "{}", is "[]"`}},
		{"it needs what was blocked", func(w *world) { w.plan.Changes[3].Blocked, w.plan.Changes[0].Needs = "", []int{3} },
			[]string{"policy/Foreign: moved: account/ann@acme.example now needs its update first"}},
		{"blocked by now", func(w *world) { w.plan.Changes[2].Blocked = "it is protected" }, []string{"ou/Old: is blocked now: it is protected"}},
		{"waits by now", func(w *world) { w.plan.Changes[0].Waiting = "the quota is full" }, []string{"account/ann@acme.example: waits now: the quota is full"}},
		{"protection is lifted that was not", func(w *world) { w.plan.Changes[1].Lifted = "it would shut us out" },
			[]string{"account/bob@acme.example: --allow-self lifts more by now: it would shut us out"}},
		{"another operation", func(w *world) { w.plan.Changes[1].Op = planner.Adopt }, []string{"account/bob@acme.example: the change was update, and is adopt now"}},
		{"a move", func(w *world) { w.plan.Changes[1].Move = true }, []string{"account/bob@acme.example: other fields are to be changed now"}},
		{"a limit", func(w *world) {
			w.plan.Guards = []planner.Guard{{Name: "maxMoves", Limit: "1", Planned: 2}}
		}, []string{"safety.maxMoves: a plan made now breaks it: 2 planned, 1 allowed"}},
		{"the root's mark", func(w *world) { w.claims = true }, []string{"organization: bears no mark any more, as it did"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			was := newWorld(t)
			p, err := Of(&spec.Payer{Name: "acme", Root: t.TempDir()}, was.plan, was.live)
			if err != nil {
				t.Fatal(err)
			}
			if p.Plan.Changes[2].Needs != nil || was.plan.Changes[2].Needs == nil {
				t.Fatal("needs are saved, or taken from the plan that was made")
			}
			now := newWorld(t)
			tt.move(now)
			checkStale(t, p.Compare(now.plan, now.live, now.claims), tt.want)
		})
	}
}

// checkStale wants these moves, without "stale: ", and of the line that counts
// what is done how many.
func checkStale(t *testing.T, err error, want []string) {
	t.Helper()
	var got []string
	var stale *StaleError
	if errors.As(err, &stale) {
		for _, line := range stale.Unwrap()[1:] {
			s := strings.TrimPrefix(line.Error(), "stale: ")
			got = append(got, strings.TrimSuffix(s, ", as after an apply that was interrupted: a new plan goes on from there"))
		}
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
}

func TestCovers(t *testing.T) {
	w := newWorld(t)
	p, err := Of(&spec.Payer{Root: t.TempDir()}, w.plan, w.live)
	if err != nil {
		t.Fatal(err)
	}
	covers := p.Covers()
	for _, tt := range []struct {
		c    planner.Change
		want bool
	}{
		{planner.Change{Op: planner.Create, Ref: ann}, true},
		{planner.Change{Op: planner.Delete, Ref: ann}, false},
		{planner.Change{Op: planner.Update, Ref: foreign}, false},
		{planner.Change{Op: planner.Create, Ref: guard}, false},
	} {
		if got := covers(&tt.c); got != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.c.Op, tt.c.Ref, got, tt.want)
		}
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("acme.yaml", "a")
	write("doc.json", "{}")
	if err := os.Symlink("doc.json", filepath.Join(dir, "link.json")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	payer := &spec.Payer{Name: "acme", AccountID: "1", Root: dir, Pos: spec.Pos{File: "acme.yaml"}, Sources: []string{"acme.yaml", "doc.json", "link.json"}}
	p, err := Of(payer, &planner.Plan{}, &resource.State{})
	if err != nil {
		t.Fatal(err)
	}
	checkStale(t, p.CheckSources(payer), nil)
	checkStale(t, p.CheckFiles(dir), nil)
	now := *payer
	now.AccountID, now.Sources = "2", []string{"acme.yaml", "defaults.yaml", "link.json"}
	write("acme.yaml", "b")
	write("defaults.yaml", "")
	write("other.json", "{}")
	os.Remove(filepath.Join(dir, "link.json"))
	if err := os.Symlink("other.json", filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	checkStale(t, p.CheckSources(&now), []string{
		`acme.yaml: accountId was "1", is "2"`, "acme.yaml: is not as it was when the plan was made", "doc.json: the payer is not read from it any more",
		"link.json: is not as it was when the plan was made", "defaults.yaml: the payer was not read from it when the plan was made"})
	os.Remove(filepath.Join(dir, "doc.json"))
	checkStale(t, p.CheckFiles(dir), []string{
		"acme.yaml: is not as it was when the plan was made", "doc.json: is gone", "link.json: is not as it was when the plan was made"})
}

func TestCompareCSVs(t *testing.T) {
	csv := func(path, sum string, add, remove int) CSV { return CSV{Source{path, sum}, add, remove} }
	p := Payer{CSVs: []CSV{csv("b.csv", "1", 2, 0), csv("a.csv", "1", 0, 0)}}
	checkStale(t, p.CompareCSVs([]CSV{csv("a.csv", "1", 0, 0), csv("b.csv", "1", 2, 0)}), nil)
	checkStale(t, p.CompareCSVs([]CSV{csv("a.csv", "2", 1, 0), csv("b.csv", "1", 2, 1)}), []string{
		"a.csv: is not as it was when the plan was made", "b.csv: gets 2 rows more and 1 fewer now, and got 2 and 0 when the plan was made"})
}

// TestStaleError: how many moves are told, and how what is done already.
func TestStaleError(t *testing.T) {
	moves := func(n int, done bool) (all []Moved) {
		for i := range n {
			all = append(all, Moved{Where: fmt.Sprintf("ou/%d", i), Text: "is gone", Done: done})
		}
		return all
	}
	for _, tt := range []struct {
		name         string
		err          StaleError
		lines        int
		last, second string
		brief        string
	}{
		{"one", StaleError{Of: 3, Moved: moves(1, false)}, 2, "stale: ou/0: is gone", "stale: ou/0: is gone",
			"the saved plan is stale: ou/0 is not as it was; make a new one with plan --out"},
		{"many", StaleError{Of: 300, Moved: moves(300, false)}, shownMoves + 2, "stale: and 280 more", "stale: ou/0: is gone",
			"the saved plan is stale: ou/0, ou/1, ou/2, ou/3, ou/4 and 295 more are not as they were; make a new one with plan --out"},
		{"thousands", StaleError{Of: 10_014, Done: 10_013, Moved: moves(10_013, true)}, 2,
			"stale: 10,013 of its 10,014 changes are done already (ou/0, ou/1, ou/2, ou/3, ou/4 and 10,008 more), as after an apply that was interrupted: a new plan goes on from there", "",
			"the saved plan is stale: 10,013 of its 10,014 changes are done already; make a new one with plan --out, which goes on from there"},
		{"one field and another", StaleError{Of: 1, Moved: append(moves(1, false), moves(1, false)...)}, 3, "stale: ou/0: is gone", "stale: ou/0: is gone",
			"the saved plan is stale: ou/0 is not as it was; make a new one with plan --out"},
		{"done in part", StaleError{Of: 9, Done: 7, Begun: 1, Moved: append(moves(7, true), Moved{Where: "ou/x", Text: "waits now"})}, 3,
			"stale: 7 of its 9 changes are done already and 1 begun (ou/0, ou/1, ou/2, ou/3, ou/4 and 2 more), as after an apply that was interrupted: a new plan goes on from there",
			"stale: ou/x: waits now", "the saved plan is stale: ou/x is not as it was; 7 of its 9 changes are done already and 1 begun; make a new one with plan --out, which goes on from there"},
		{"done", StaleError{Of: 2, Done: 2, Moved: moves(2, true)}, 1,
			"the saved plan is stale: all of its 2 changes are done already (ou/0 and ou/1); nothing of it is left to apply", "",
			"the saved plan is stale: all of its 2 changes are done already; nothing of it is left to apply"},
		{"done, and more", StaleError{Of: 1, Done: 1, Moved: append(moves(1, true), Moved{Where: "a.csv", Text: "is gone"})}, 3,
			"stale: its one change is done already (ou/0), as after an apply that was interrupted: a new plan goes on from there", "stale: a.csv: is gone",
			"the saved plan is stale: a.csv is not as it was; its one change is done already; make a new one with plan --out, which goes on from there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := strings.Split(tt.err.Error(), "\n")
			if len(lines) != tt.lines || lines[len(lines)-1] != tt.last || tt.second != "" && lines[1] != tt.second {
				t.Errorf("got %d lines:\n%s", len(lines), tt.err.Error())
			}
			if got := tt.err.Brief(); got != tt.brief {
				t.Errorf("in brief %q\nwant %q", got, tt.brief)
			}
		})
	}
}

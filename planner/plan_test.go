package planner

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/payer-reconciler/reconciler/resource"
)

func TestGuards(t *testing.T) {
	const some = "trusted-service/A\n trusted-service/B\n trusted-service/C :removals=3\n"
	const gone = "ou/keep\n trusted-service/A :absent=true\n trusted-service/B :absent=true\n trusted-service/C :absent=true :blocked=no\n"
	const deletes = "delete trusted-service/A\n delete trusted-service/B\n delete trusted-service/C"
	removals := func(n int, percent bool) func(*Options) {
		return func(o *Options) { o.MaxRemovals = Limit{Number: n, Percent: percent, Lift: "a.yaml:1"} }
	}
	const moved = "account/a@x ou=B\n account/b@x ou=B\n account/c@x ou=B email=c@x\n account/d@x ou=B"
	const before = "account/a@x ou=A\n account/b@x ou=A\n account/c@x ou=A email=z@x\n account/d@x ou= :new=true"
	const moves = `update account/a@x ou "A" -> "B"
		update account/b@x ou "A" -> "B"
		update account/c@x email "z@x" -> "c@x" ou "A" -> "B" ! exists as z@x; the root email cannot be changed by an API
		update account/d@x ou "" -> "B"`
	check(t, []row{
		{name: "removals, at the limit; what is blocked does not count", want: gone, have: "ou/keep\n " + some, with: removals(2, false), lines: deletes + " ! no"},
		{
			name: "removals over the limit, one that stands for three", want: strings.ReplaceAll(gone, " :blocked=no", ""), have: "ou/keep\n" + some,
			with: removals(4, false), lines: deletes + "\nguard maxRemovals 5 over 4, see a.yaml:1",
		},
		{
			name: "removals by kind in percent, rounded up", want: gone, have: "ou/keep\n" + some, with: removals(34, true),
			lines: deletes + " ! no",
		},
		{
			name: "removals by kind in percent", want: gone, have: "ou/keep\n" + some, with: removals(33, true),
			lines: deletes + " ! no\nguard maxRemovals 2 over 33%, see a.yaml:1 trusted-service",
		},
		{
			name: "moves, rounded up; what is new or blocked does not count", want: moved, have: before,
			with: func(o *Options) { o.MaxMoves.Base = 5 }, lines: moves,
		},
		{
			name: "moves over the limit", want: moved, have: before,
			with: func(o *Options) { o.MaxMoves.Base = 4 }, lines: moves + "\nguard maxMoves 2 over 25%, see a.yaml:2",
		},
		{
			name: "account creates", want: "account/a@x\n account/b@x\n account/c@x :blocked=no\n account/d@x", have: "account/d@x !car-1",
			with:  func(o *Options) { o.MaxAccountCreates.Number = 1 },
			lines: "create account/a@x\n create account/b@x\n create account/c@x ! no\n resume account/d@x\n guard maxAccountCreates 2 over 1, see a.yaml:3",
		},
		{
			name: "account creates in percent of the accounts", want: "account/a@x\n account/b@x", have: "account/a@x",
			with:  func(o *Options) { o.MaxAccountCreates = Limit{Number: 50, Percent: true, Lift: "a.yaml:3"} },
			lines: "create account/b@x",
		},
	})
}

func TestEmptied(t *testing.T) {
	const ours = "organization\n policy/A\n policy/B\n policy/C\n policy/D\n ou/E *-"
	tests := []struct{ name, want, have, err string }{
		{"nothing wanted", "", ours, `the file names nothing any more, but AWS has 4 objects of payer "acme" (policy/A, policy/B, policy/C and policy/D)`},
		{"only what exists once", "organization\n trusted-service/S", ours, "names nothing any more"},
		{"one object", "organization\n ou/E", ours, ""},
		{"one attachment", "attachment/Full@root", ours, ""},
		{"nothing of ours lives", "", "organization\n ou/E *-\n policy/P *?\n policy/Q *other\n policy/R :absent=true", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Diff(parse(t, tt.want), parse(t, tt.have), rules())
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestEstimate(t *testing.T) {
	p := plan(t, "account/a@x\n account/b@x\n account/c@x :blocked=no\n policy/P doc=2 :adopt=true\n ou/A\n account/d@x", "policy/P doc=1 *-\n account/d@x !car", rules())
	want := Estimate{Seconds: 20, By: []Calls{
		{Operation: "CreateAccount", Calls: 2, PerMinute: 6},
		{Operation: "UpdatePolicy", Calls: 1, PerMinute: 60},
		{Operation: "MoveAccount", Calls: 2, PerMinute: 300},
	}}
	if diff := cmp.Diff(want, p.Estimate); diff != "" {
		t.Errorf("Estimate (-want +got):\n%s", diff)
	}
	many := map[string]int{"CreateAccount": 200}
	if got := seconds(many["CreateAccount"], 0.1); got != 2000 {
		t.Errorf("200 creations take %d s, want 2000", got)
	}
}

const everything = `organization
	ou/A tags.a=- tags.b=2 @a.yaml:7
	policy/P doc=$ou/B.id :characters=2577/10240
	policy/Q doc=2 :adopt=true
	policy/R doc=2
	ou/B
	attachment/P@ou/B >policy/P >ou/B
	trusted-service/S :absent=true @a.yaml:9
	account/a@x ou=B :name=10001 :pool=students
	account/b@x ou=B
	account/c@x ou=B`

const live = `ou/A tags.a=1 .id=ou-1
	policy/Q doc=1 *-
	policy/R doc=1 *?
	policy/Old :attachments=2
	policy/Foreign *-
	trusted-service/S
	account/b@x ou=A >ou/A
	account/c@x !car-1`

func TestSummary(t *testing.T) {
	p := plan(t, everything, live, rules())
	want := Summary{Create: 5, Update: 2, Delete: 1, Adopt: 1, Resume: 1, Blocked: 1, Left: 1, Unmanaged: 1}
	if diff := cmp.Diff(want, p.Summary()); diff != "" {
		t.Errorf("Summary (-want +got):\n%s", diff)
	}
	names := map[string][3]string{}
	for _, c := range p.Changes {
		names[c.Ref.String()] = [3]string{c.Name(), c.Pool(), c.Why()}
	}
	for ref, want := range map[string][3]string{
		"account/a@x":       {"10001", "students", ""},
		"ou/A":              {"", "", "a.yaml:7"},
		"trusted-service/S": {"", "", "a.yaml:9"},
	} {
		if names[ref] != want {
			t.Errorf("name, pool and why of %s: got %v, want %v", ref, names[ref], want)
		}
	}
}

func TestPlanJSON(t *testing.T) {
	o := rules()
	o.MaxRemovals.Number = 0
	want := plan(t, everything, live, o)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &Plan{}
	if err := json.Unmarshal(b, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("plan read back (-want +got):\n%s", diff)
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(b) {
		t.Errorf("written again: %v\n%s\n%s", err, b, again)
	}
}

func TestDiffIsTheSameEachTime(t *testing.T) {
	want := show(plan(t, everything, live, rules()))
	for range 50 {
		if diff := cmp.Diff(want, show(plan(t, everything, live, rules()))); diff != "" {
			t.Fatalf("a second Diff (-first +second):\n%s", diff)
		}
	}
}

func TestDiffLeavesItsStates(t *testing.T) {
	want, have := parse(t, everything), parse(t, live)
	if _, err := Diff(want, have, rules()); err != nil {
		t.Fatal(err)
	}
	for name, states := range map[string][2]*resource.State{"want": {want, parse(t, everything)}, "have": {have, parse(t, live)}} {
		got, was := collect(states[0]), collect(states[1])
		if diff := cmp.Diff(was, got); diff != "" {
			t.Errorf("%s after Diff (-before +after):\n%s", name, diff)
		}
	}
}

func collect(s *resource.State) []resource.Object {
	var all []resource.Object
	for o := range s.All() {
		all = append(all, o)
	}
	return all
}

// The planner does no I/O and knows no kind: of this module it sees resource and
// words alone.
func TestImports(t *testing.T) {
	const module = "github.com/payer-reconciler/reconciler/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("list dependencies: %v", err)
	}
	seen := 0
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		first, _, _ := strings.Cut(path, "/")
		switch {
		case path == module+"planner", path == module+"resource", path == module+"words":
			seen++
		case path == "github.com/dustin/go-humanize": // of words
		case strings.Contains(first, "."):
			t.Errorf("planner imports %s", path)
		case path == "net" || path == "net/http" || path == "os/exec" || path == "log/slog":
			t.Errorf("planner imports %s: it does no I/O", path)
		}
	}
	if seen != 3 {
		t.Errorf("go list gave %d packages of ours, want planner, resource and words", seen)
	}
}

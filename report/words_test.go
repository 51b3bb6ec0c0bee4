package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

func TestCalls(t *testing.T) {
	for _, tt := range []struct {
		calls Calls
		want  string
	}{
		{Calls{"CreateAccount", 200, 6}, "200 account creations at 6 per minute"},
		{Calls{"MoveAccount", 1, 0.5}, "1 account move at 30 per hour"},
		{Calls{"PutRole", 1234, 0}, "1,234 calls of PutRole"},
		{Calls{"PutRole", 1, 7.123}, "1 call of PutRole at 7.12 per minute"},
	} {
		if got := tt.calls.text(); got != tt.want {
			t.Errorf("text of %+v = %q, want %q", tt.calls, got, tt.want)
		}
	}
}

func TestFileText(t *testing.T) {
	for _, tt := range []struct {
		file          File
		plan, applied string
	}{
		{File{Add: 200}, "200 rows to add", "200 rows added"},
		{File{Remove: 1}, "1 row to remove", "1 row removed"},
		{File{Add: 1000, Remove: 2}, "1,000 rows to add, 2 to remove", "1,000 rows added, 2 removed"},
		{File{}, "to rewrite", "rewritten"},
		{File{Add: 1, Error: "no\nroom"}, `error: no\nroom`, `error: no\nroom`},
	} {
		if plan, applied := tt.file.text(false), tt.file.text(true); plan != tt.plan || applied != tt.applied {
			t.Errorf("text of %+v = %q and %q, want %q and %q", tt.file, plan, applied, tt.plan, tt.applied)
		}
	}
}

func TestLeftReason(t *testing.T) {
	for _, tt := range []struct {
		kind   string
		prunes bool
		want   string
	}{
		{"policy", true, "prune is off"},
		{"bucket", false, "prune deletes no bucket"},
		{"account", false, "never deleted"},
	} {
		if got := leftReason(planner.Left{Ref: resource.Ref{Kind: tt.kind}, Prunes: tt.prunes}); !strings.Contains(got, tt.want) {
			t.Errorf("leftReason(%s, %v) = %q, want %q in it", tt.kind, tt.prunes, got, tt.want)
		}
	}
}

// TestLeftWithItsType: a policy whose type goes is in force nowhere then.
func TestLeftWithItsType(t *testing.T) {
	gone := planner.Change{Op: planner.Delete, Ref: resource.Ref{Kind: "policy-type", Name: "SERVICE_CONTROL_POLICY"}}
	held := gone
	held.Blocked = "held"
	for _, tt := range []struct {
		change planner.Change
		policy string
		n      int
		want   string
	}{
		{gone, "Guard", 2, "left: in force nowhere: 2 attachments of it go with policy-type/SERVICE_CONTROL_POLICY; prune is off"},
		{gone, "Guard", 1, "left: in force nowhere: 1 attachment of it goes with policy-type/SERVICE_CONTROL_POLICY; prune is off"},
		{gone, "Guard", 0, "left: prune is off"},
		{gone, "TAG_POLICY:Guard", 2, "left: in force, 2 attachments; prune is off"},
		{held, "Guard", 2, "left: in force, 2 attachments; prune is off"},
	} {
		off := typesOff(&planner.Plan{Changes: []planner.Change{tt.change}})
		l := newLeft(planner.Left{Ref: resource.Ref{Kind: "policy", Name: tt.policy}, Attachments: tt.n, Prunes: true}, off)
		if got := l.text(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt, got, tt.want)
		}
	}
}

func TestRanges(t *testing.T) {
	for ids, want := range map[string]string{
		"10001 10002 10003":     "10001 … 10003",
		"1 2 4 5 6 7":           "1, 2, 4 … 7",
		"a08 a09 a10":           "a08 … a10",
		"9 10 11":               "9 … 11",
		"a9 a10 a11":            "a9 … a11",
		"09 10 11 012":          "09 … 11, 012",
		"3 2 1":                 "3, 2, 1",
		"x y z w v u t":         "x, y, z, w and 3 more",
		"1 2 3 5 6 7 a b c d 9": "1 … 3, 5 … 7, a, b and 3 more",
		"18446744073709551615 0 99999999999999999999": "18446744073709551615, 0, 99999999999999999999",
	} {
		if got := ranges(strings.Fields(ids)); got != want {
			t.Errorf("ranges(%s) = %q, want %q", ids, got, want)
		}
	}
}

func TestWithID(t *testing.T) {
	for _, tt := range []struct{ s, id, want string }{
		{"awslabs10001@x", "10001", "awslabs${{ id }}@x"},
		{"aws-101", "1", "aws-101"},
		{"aws-101", "101", "aws-${{ id }}"},
		{"11 1", "1", "11 ${{ id }}"},
		{"111", "11", "111"},
		{"a17a17", "a17", "${{ id }}${{ id }}"},
		{"a171", "a17", "a171"},
		{"x", "", "x"},
	} {
		if got := withID(tt.s, tt.id); got != tt.want {
			t.Errorf("withID(%q, %q) = %q, want %q", tt.s, tt.id, got, tt.want)
		}
	}
}

// What a line of many says holds for each of them, with its id put in.
func TestGroupSaysWhatEachSays(t *testing.T) {
	var changes []Change
	for i := range 400 {
		id := fmt.Sprint(i)
		after := []string{"lab-" + id, "lab", "", "lab-1"}[i%4]
		c := Change{Op: "update", Ref: "account/" + id, Kind: "account", Pool: []string{"a", "b"}[i/7%2], ID: id,
			Fields: []Field{{Name: "tags.x", Before: &[]string{"b" + id, "b"}[i/3%2], After: &after}}}
		if i%5 == 0 {
			c.Fields[0].After = nil
		}
		if i%11 == 0 {
			c.Blocked = "exists as " + id
		}
		changes = append(changes, c)
	}
	seen := 0
	for _, g := range groups(changes, false) {
		seen += len(g.members)
		if n := len(g.members); n > 1 && n <= aloneUpTo {
			t.Errorf("a line of %d changes, want them alone", n)
		}
		for _, i := range g.members {
			c := changes[i]
			put := func(s string) string { return strings.ReplaceAll(s, "${{ id }}", c.ID) }
			f, w := g.Fields[0], c.Fields[0]
			if put(deref(f.Before)) != deref(w.Before) || put(deref(f.After)) != deref(w.After) || put(g.Blocked) != c.Blocked || g.Pool != c.Pool {
				t.Fatalf("the line says %q -> %q (%s) of account %s, which has %q -> %q (%s)",
					deref(f.Before), deref(f.After), g.Blocked, c.ID, deref(w.Before), deref(w.After), c.Blocked)
			}
		}
	}
	if seen != len(changes) {
		t.Errorf("lines for %d changes, want %d", seen, len(changes))
	}
	if n := len(groups(changes, true)); n != len(changes) {
		t.Errorf("verbose has %d lines, want %d", n, len(changes))
	}
}

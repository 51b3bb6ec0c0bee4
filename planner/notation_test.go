package planner

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
)

// The tests write objects and plans as lines. An object is its Ref and words:
//
//	name=value   an attribute; - for None, $REF.output for an output
//	<REF         an input that refers to REF
//	>REF         After
//	^REF         Under
//	:fact=value  a fact; + for a space
//	.name=value  an output
//	*payer       live: the owner in the mark; - for none, ? for one not read.
//	             Without it the object is ours
//	!token       live: pending
//	@origin      wanted
//
// An attachment knows its group, its policy and its limits by itself (10 slots).
func parse(t testing.TB, text string) *resource.State {
	t.Helper()
	s := &resource.State{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := s.Add(parseObject(t, words)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func ref(t testing.TB, s string) resource.Ref {
	t.Helper()
	r, err := resource.ParseRef(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parseObject(t testing.TB, words []string) resource.Object {
	t.Helper()
	o := resource.Object{
		Ref: ref(t, words[0]), Attrs: resource.Attrs{}, Inputs: resource.Attrs{},
		Facts: map[string]string{}, Outputs: map[string]string{}, Owner: "acme", OwnerRead: true,
	}
	if o.Ref.Kind == "attachment" {
		policy, node, _ := strings.Cut(o.Ref.Name, "@")
		o.Facts[resource.FactPolicy] = "policy/" + policy
		o.Facts[resource.FactNode] = node + " " + scp
		o.Facts[resource.FactSlots], o.Facts[resource.FactMinimum] = "10", "1"
		o.Owner = ""
	}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w[1:], "=")
		switch w[0] {
		case '<':
			r := ref(t, w[1:])
			o.Inputs["in."+r.String()] = resource.Output(r, "id")
		case '>':
			o.After = append(o.After, ref(t, w[1:]))
		case '^':
			o.Under = append(o.Under, ref(t, w[1:]))
		case ':':
			o.Facts[name] = strings.ReplaceAll(value, "+", " ")
		case '.':
			o.Outputs[name] = value
		case '*':
			o.OwnerRead = w != "*?"
			o.Owner = strings.Trim(w[1:], "-?")
		case '!':
			o.Pending = w[1:]
		case '@':
			o.Origin = w[1:]
		default:
			name, value, _ := strings.Cut(w, "=")
			o.Attrs[name] = parseText(t, value)
		}
	}
	return o
}

func parseText(t testing.TB, s string) resource.Text {
	t.Helper()
	switch {
	case s == "-":
		return resource.None()
	case strings.HasPrefix(s, "$"):
		i := strings.LastIndexByte(s, '.')
		return resource.Output(ref(t, s[1:i]), s[i+1:])
	}
	return resource.Lit(s)
}

// rules are those of the kinds of Organizations, as far as Diff sees them.
func rules() Options {
	return Options{
		Payer: "acme",
		Order: []string{"organization", "policy-type", "trusted-service", "ou", "policy", "attachment", "account"},
		Kinds: map[string]Rules{
			"organization":    {CanUpdate: true},
			"policy-type":     {CanDelete: true, Confirms: true},
			"trusted-service": {CanDelete: true, Calls: map[string][]string{"delete": {"Disable"}}},
			"ou":              {Marked: true, UseExisting: true, CanUpdate: true, CanDelete: true, Prunes: true},
			"policy": {
				Marked: true, CanUpdate: true, CanDelete: true, Prunes: true,
				Fixed: map[string]string{"type": "exists as {before}; AWS cannot change the type"},
				Calls: map[string][]string{"update": {"UpdatePolicy"}},
			},
			"attachment": {CanDelete: true},
			"account": {
				Marked: true, UseExisting: true, CanUpdate: true, Place: "ou", Counted: true,
				Fixed: map[string]string{"email": "exists as {before}; the root email cannot be changed by an API"},
				Calls: map[string][]string{"create": {"CreateAccount", "MoveAccount"}},
			},
		},
		MaxRemovals: Limit{Number: 5, Lift: "a.yaml:1"}, MaxMoves: Limit{Number: 25, Percent: true, Lift: "a.yaml:2", Base: 100},
		MaxAccountCreates: Limit{Number: 50, Lift: "a.yaml:3"},
		Rates:             map[string]float64{"CreateAccount": 0.1, "MoveAccount": 5, "UpdatePolicy": 1},
	}
}

// show writes a plan as lines:
//
//	OP REF field "a" -> "b" [slots 2/10] <- needs ! reason
func show(p *Plan) []string {
	var lines []string
	for _, c := range p.Changes {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s", c.Op, c.Ref)
		for _, f := range c.Fields {
			fmt.Fprintf(&b, " %s %s -> %s", f.Name, value(f.Before), value(f.After))
		}
		for _, u := range c.Usage {
			fmt.Fprintf(&b, " [%s %d/%d]", u.Name, u.Used, u.Limit)
		}
		for k, i := range c.Needs {
			b.WriteString([]string{" <- ", ", "}[min(k, 1)])
			b.WriteString(p.Changes[i].Ref.String())
		}
		if c.Blocked != "" {
			b.WriteString(" ! " + c.Blocked)
		}
		if c.Waiting != "" {
			b.WriteString(" … " + c.Waiting)
		}
		lines = append(lines, b.String())
	}
	for _, l := range p.Left {
		s := strings.TrimSpace(fmt.Sprintf("left %s %d %s", l.Ref, l.Attachments, l.Name))
		if !l.Prunes {
			s += " never pruned"
		}
		lines = append(lines, s)
	}
	for _, r := range p.Unmanaged {
		lines = append(lines, "unmanaged "+r.String())
	}
	for _, r := range p.Unsure {
		lines = append(lines, "unsure "+r.String())
	}
	for _, g := range p.Guards {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("guard %s %d over %s, see %s %s", g.Name, g.Planned, g.Limit, g.Lift, g.Kind)))
	}
	return lines
}

func value(t resource.Text) string {
	if t.IsNone() {
		return "none"
	}
	return fmt.Sprintf("%q", t)
}

// plan diffs two states in notation.
func plan(t testing.TB, want, have string, o Options) *Plan {
	t.Helper()
	p, err := Diff(parse(t, want), parse(t, have), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// row is one case: want and have in, lines out.
type row struct {
	name, want, have string
	with             func(*Options)
	lines            string
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			o := rules()
			if tt.with != nil {
				tt.with(&o)
			}
			compare(t, show(plan(t, tt.want, tt.have, o)), tt.lines)
		})
	}
}

func compare(t *testing.T, got []string, lines string) {
	t.Helper()
	var want []string
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
}

func prune(o *Options) { o.Prune = true }

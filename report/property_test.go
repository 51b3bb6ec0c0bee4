package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// odd are pieces of names, some of which try to break out of their line.
var odd = []string{"a", "Sports", "é", "日本", "\x1b[31m", "\n", "\r", "\t", "\u202e", "\u200b", "\ufeff", "\u009b", "\xff",
	"\u00a0", "\u2028", "\U000e0041", "\ufe0f", "\u3164", "\x7f", "\x00", `"`, `\`, "/", "  + ou/x", "No changes.", "{", "[]", "10001",
	"`", "```", "~~~", "|", "<", "</details>", "-->", "@acme/team", "#1", "https://e.example", "www.e.example", "**", "_", "[x](y)", "&lt;", "$", ":x:", "- ", "> "}

// random makes plans of all sorts.
type random struct{ *rand.Rand }

func (r random) word() string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(odd[r.IntN(len(odd))])
	}
	return b.String() + told
}

// told is in every random word: where it is seen, somebody else speaks.
const told = "ζ"

func (r random) text() resource.Text {
	switch r.IntN(6) {
	case 0:
		return resource.None()
	case 1:
		return resource.Join(resource.Lit(r.word()), resource.Output(ref("ou", r.word()), "id"))
	case 2:
		return resource.Lit(`{"a":["` + strconv.Itoa(r.IntN(9)) + `"],"b":{"c":1}}`)
	}
	return resource.Lit(r.word())
}

func (r random) change(i int) planner.Change {
	ops := []planner.Op{planner.Create, planner.Update, planner.Adopt, planner.Delete, planner.Resume}
	c := planner.Change{Op: ops[r.IntN(len(ops))], Ref: ref("policy", fmt.Sprintf("p%d-%s", i, r.word()))}
	o := want(c.Ref, i, map[string]string{resource.FactName: r.word()}, r.content())
	if r.IntN(2) == 0 {
		id := strconv.Itoa(20000 + i)
		c.Ref = ref("account", "lab"+id+"@x.example")
		o = want(c.Ref, i, map[string]string{resource.FactName: id, resource.FactPool: odd[r.IntN(3)], resource.FactID: id},
			resource.Attrs{"ou": r.text()})
	}
	if c.Op == planner.Delete {
		c.Have = o
	} else {
		c.Want = o
	}
	if c.Op == planner.Update || c.Op == planner.Adopt {
		for range 1 + r.IntN(3) {
			c.Fields = append(c.Fields, planner.Field{Name: []string{"name", "document", r.word()}[r.IntN(3)], Before: r.text(), After: r.text()})
		}
	}
	if r.IntN(4) == 0 {
		c.Usage = []planner.Usage{{Name: "slots", Used: r.IntN(20000), Limit: 10}}
	}
	if r.IntN(6) == 0 {
		c.Lifted = "it shuts out " + r.word()
	}
	if r.IntN(5) == 0 {
		c.Blocked = "why " + odd[r.IntN(len(odd))]
	} else if r.IntN(5) == 0 {
		c.Waiting = "until " + odd[r.IntN(len(odd))]
	}
	return c
}

// content is what is created: whom it trusts, what it may do, and what not.
func (r random) content() resource.Attrs {
	a := resource.Attrs{}
	for range r.IntN(4) {
		a[[]string{"trust", "document", "managed." + r.word(), "statement." + r.word(), r.word()}[r.IntN(5)]] = r.text()
	}
	if r.IntN(3) == 0 {
		who, _ := json.Marshal([]string{r.word(), "arn:aws:iam::444455556666:" + r.word(), "*"}[r.IntN(3)])
		a["trust"] = resource.Lit(trusts(`{"AWS":[`+string(who)+`]}`, []string{"", `{"StringLike":{"aws:PrincipalArn":[` + string(who) + `]}}`}[r.IntN(2)]))
	}
	for n := range r.IntN(2) * r.IntN(60) {
		a["document"] = resource.Lit(statements(deny(fmt.Sprint("S", n), strings.Split(strings.Repeat("a:B ", n+1), " ")...)))
	}
	return a
}

func (r random) input() report.Input {
	p := &planner.Plan{}
	in := report.Input{Members: []map[string]bool{nil, {"111122223333": true}}[r.IntN(2)], Name: r.word(), AccountID: r.word(), Commit: r.word(), Plan: p, Applied: r.IntN(2) == 0, ClaimsRoot: r.IntN(2) == 0}
	for i := range r.IntN(120) {
		p.Changes = append(p.Changes, r.change(i))
		in.Outcomes = append(in.Outcomes, []string{"done", "failed", "skipped", "waiting"}[r.IntN(4)])
		var err error
		if o := in.Outcomes[i]; o == "failed" || o == "waiting" {
			err = errors.New("cause " + odd[r.IntN(len(odd))] + r.word())
		}
		in.Errs = append(in.Errs, err)
	}
	if !in.Applied {
		in.Outcomes, in.Errs = nil, nil
	}
	for i := range r.IntN(4) {
		p.Left = append(p.Left, planner.Left{Ref: ref("policy", fmt.Sprintf("l%d-%s", i, r.word())), Name: r.word(), Attachments: r.IntN(3)})
		p.Unmanaged = append(p.Unmanaged, ref("ou", r.word()))
		in.Files = append(in.Files, report.File{Path: r.word(), Add: r.IntN(3), Remove: r.IntN(3), Error: []string{"", r.word()}[r.IntN(2)]})
	}
	for range r.IntN(3) {
		p.Guards = append(p.Guards, planner.Guard{Name: r.word(), Limit: "25%", Planned: r.IntN(2000), Kind: r.word(), Lift: r.word()})
	}
	if r.IntN(4) == 0 {
		in.Err = errors.New(r.word() + "\n" + r.word())
	}
	r.reach(&in)
	in.Notices = r.notices()
	if r.IntN(3) == 0 {
		p.Estimate = planner.Estimate{Seconds: r.IntN(1000000), By: []planner.Calls{{Operation: r.word(), Calls: 1 + r.IntN(3), PerMinute: r.Float64()}}}
	}
	return in
}

func (r random) notices() []report.Notice {
	var out []report.Notice
	for range r.IntN(4) {
		out = append(out, report.Notice{Name: "base-moved", Level: []string{"caution", "warning", "note"}[r.IntN(3)], Text: "we say " + r.named() + " of " + r.named()})
	}
	return out
}

// named is a random word as a sentence names something: plain, quoted, in brackets.
func (r random) named() string {
	switch w := r.word(); r.IntN(4) {
	case 0:
		return strconv.Quote(w)
	case 1:
		return "(" + w + ")"
	case 2:
		return "(the " + strconv.Quote(w) + " (" + r.word() + " before), " + strconv.Quote(r.word()) + "); it"
	default:
		return w
	}
}

// reach adds a tree, what the plan denies and allows, tests and a forecast.
func (r random) reach(in *report.Input) {
	in.Tree = append(in.Tree, report.Unit{})
	for range r.IntN(9) {
		in.Tree = append(in.Tree, report.Unit{Path: resource.JoinPath(in.Tree[r.IntN(len(in.Tree))].Path, r.word()),
			Op: []string{"", "create", "delete"}[r.IntN(3)], Before: r.IntN(3), After: r.IntN(3), Policies: []string{r.word()}})
	}
	for range r.IntN(3) {
		in.Impact = append(in.Impact, report.Impact{Effect: []string{"denied", "allowed"}[r.IntN(2)], Actions: []string{r.word(), r.word()},
			Resource: r.word(), Condition: r.word(), By: []string{r.word()}, OUs: []string{"", r.word()}, Accounts: r.IntN(9),
			Unless: []report.Scope{{Resource: r.word(), Condition: r.word(), Denied: r.IntN(2) == 0}}})
		in.Tests = append(in.Tests, report.Test{Name: r.word(), Where: r.word(), Action: r.word(), Expect: "deny",
			Got: []string{"allow", "deny"}[r.IntN(2)], By: r.word(), At: r.word(), OK: r.IntN(2) == 0, Undecided: []string{"", "", r.word()}[r.IntN(3)]})
		in.Lands = append(in.Lands, report.Landing{Day: r.IntN(3), Operation: r.word(), Calls: r.IntN(9)})
		in.Quotas = append(in.Quotas, report.Headroom{Name: r.word(), Limit: r.IntN(9)})
	}
}

func FuzzReport(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	s := compiled(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := random{rand.New(rand.NewPCG(seed, 0))}
		rep := report.New(r.input())
		if err := fits(s, rep); err != nil {
			t.Errorf("the JSON does not fit the schema: %v", err)
		}
		sums(t, &rep.Payers[0])
		var b bytes.Buffer
		if err := rep.WriteText(&b, report.TextOptions{Width: r.IntN(2) * 100, Verbose: r.IntN(3) == 0}); err != nil {
			t.Fatal(err)
		}
		harmless(t, b.String())
		complete(t, &rep.Payers[0], b.String())
		b.Reset()
		if err := rep.WriteSummary(&b, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		for i, c := range rep.Payers[0].Changes {
			line := report.ChangeLine(c, i, 200, report.TextOptions{})
			if strings.Contains(line, "\n") {
				t.Errorf("a line of progress is two: %q", line)
			}
			b.WriteString(line + "\n")
		}
		harmless(t, b.String())
		b.Reset()
		if err := rep.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		harmless(t, b.String())
	})
}

// sums checks that the summary equals the lines, and that a blocked line has a
// reason and no outcome.
func sums(t *testing.T, p *report.Payer) {
	t.Helper()
	have := map[string]int{}
	for _, c := range p.Changes {
		switch {
		case c.Waiting != "" && c.Blocked == "":
			have["waiting"]++
			continue
		case c.Blocked == "":
			have[c.Op]++
			continue
		}
		have["blocked"]++
		if c.Outcome != "" || c.Error != "" {
			t.Errorf("%s is blocked and has the outcome %q", c.Ref, c.Outcome)
		}
	}
	s := p.Summary
	for name, n := range map[string]int{"create": s.Create, "update": s.Update, "delete": s.Delete, "adopt": s.Adopt, "resume": s.Resume, "blocked": s.Blocked, "waiting": s.Waiting} {
		if have[name] != n {
			t.Errorf("summary says %d %s, the lines %d", n, name, have[name])
		}
	}
	if s.Left != len(p.Left) || s.Unmanaged != len(p.Unmanaged) {
		t.Errorf("summary says %d left, %d unmanaged; there are %d and %d", s.Left, s.Unmanaged, len(p.Left), len(p.Unmanaged))
	}
}

// harmless checks that nothing in s is obeyed by a terminal or hidden by it.
func harmless(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) || r == '\u3164') {
			t.Errorf("rune %U in %q", r, s)
			return
		}
	}
}

var grouped = regexp.MustCompile(`(?m)^  [-+~@>!] ([0-9,]+) accounts of pool `)

// complete checks that the text says what the JSON says: every object by itself
// or counted in the line of its pool, every reason, field, guard, file and error.
func complete(t *testing.T, p *report.Payer, text string) {
	t.Helper()
	alone, together := 0, 0
	for _, m := range grouped.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		together += n
	}
	has := func(what, s string) {
		if !strings.Contains(text, report.Clean(s)) {
			t.Errorf("the text lacks the %s %q:\n%s", what, s, text)
		}
	}
	for _, n := range p.Notices {
		has("notice", strings.TrimSpace(n.Text))
	}
	for _, t := range p.Tests {
		has("open question", t.Undecided)
	}
	for _, c := range p.Changes {
		has("lifted protection", c.Lifted)
		if c.Pool != "" && !strings.Contains(text, "("+report.Clean(c.Ref)+")") && !strings.Contains(text, " "+report.Clean(c.Ref)+" ") {
			alone++
			has("reason", c.Blocked)
			has("wait", c.Waiting)
			continue
		}
		has("ref", c.Ref)
		has("reason", c.Blocked)
		has("wait", c.Waiting)
		has("name", c.Name)
		for _, f := range c.Fields {
			has("field", f.Name)
		}
		if c.Op == "create" && c.Blocked == "" && c.OU != "" {
			has("place", "-> "+c.OU)
		}
	}
	if alone != together {
		t.Errorf("%d changes have no line of their own, the pools' lines count %d:\n%s", alone, together, text)
	}
	for _, l := range p.Left {
		has("object left", l.Ref)
		has("reason", l.Reason)
	}
	for _, g := range p.Guards {
		has("guard", g.Name)
		has("limit", g.Limit)
		has("lift", g.Lift)
	}
	for _, f := range p.Files {
		has("file", f.Path)
		has("error", f.Error)
	}
	for l := range strings.SplitSeq(p.Error, "\n") {
		has("error", strings.TrimSpace(strings.ReplaceAll(l, "\t", " ")))
	}
}

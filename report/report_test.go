package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

func TestChangeLine(t *testing.T) {
	ou := change(planner.Create, ref("ou", "Vocareum"), 28)
	for _, tt := range []struct {
		change  planner.Change
		outcome string
		err     error
		want    string
	}{
		{ou, "done", nil, "[  7/211] + ou/Vocareum"},
		{student(planner.Create, 10001), "done", nil, "[  7/211] + 10001 (account/awslabs10001@vocareum.com) -> ou/Vocareum"},
		{ou, "failed", errors.New("create OU Vocareum:\nno"), `[  7/211] + ou/Vocareum  failed: create OU Vocareum:\nno`},
		{ou, "skipped", nil, "[  7/211] + ou/Vocareum  skipped"},
		{ou, "waiting", errors.New("waiting: the quota is full"), "[  7/211] + ou/Vocareum  waiting: the quota is full"},
	} {
		got := report.ChangeLine(report.NewChange(tt.change, tt.outcome, tt.err), 7, 211, report.TextOptions{})
		if got != tt.want {
			t.Errorf("ChangeLine = %q, want %q", got, tt.want)
		}
	}
}

// What a change says of a place, whichever way its kind writes it.
func TestPlace(t *testing.T) {
	for _, tt := range []struct {
		ou   resource.Text
		want string
	}{
		{resource.Lit("Labs/Trial"), "ou/Labs/Trial"},
		{resource.Lit("ou/Labs"), "ou/Labs"},
		{resource.Lit("root"), "root"},
		{resource.Output(ref("ou", "Labs"), "id"), "ou/Labs"},
		{resource.Output(ref("organization", ""), "rootId"), "root"},
	} {
		c := change(planner.Create, ref("account", "a@x.example"), 1)
		c.Want.Attrs = resource.Attrs{"ou": tt.ou}
		if got := report.NewChange(c, "", nil).OU; got != tt.want {
			t.Errorf("place of %s = %q, want %q", tt.ou, got, tt.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	type verdicts struct{ Changed, Guarded, Failed, Unfinished bool }
	empty := report.Input{Name: "a", Plan: &planner.Plan{}}
	done := vocareum()
	done.Plan.Changes = done.Plan.Changes[:1]
	done.Outcomes = []string{"done"}
	quota := done
	quota.Outcomes = []string{"waiting"}
	file := empty
	file.Files = []report.File{{Path: "a.csv", Error: "no room"}}
	for name, tt := range map[string]struct {
		in   report.Input
		want verdicts
	}{
		"nothing": {empty, verdicts{}},
		"plan":    {vocareum(), verdicts{Changed: true, Unfinished: true}},
		"guard":   {drift(), verdicts{Changed: true, Guarded: true, Failed: true, Unfinished: true}},
		"applied": {applied(), verdicts{Changed: true, Failed: true, Unfinished: true}},
		"done":    {done, verdicts{Changed: true}},
		"waiting": {quota, verdicts{Changed: true, Unfinished: true}},
		"file":    {file, verdicts{Changed: true, Failed: true}},
		"error":   {report.Input{Name: "a", Err: errors.New("no")}, verdicts{Failed: true}},
		"no plan": {report.Input{Name: "a"}, verdicts{Failed: true}},
	} {
		r := report.New(tt.in)
		got := verdicts{r.Changed(), r.Guarded(), r.Failed(), r.Unfinished()}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// The end of an apply that did not come to everything.
func TestSummaryOfABrokenPass(t *testing.T) {
	in := vocareum()
	in.Applied, in.Err = true, errors.New("create OU Vocareum: AccessDeniedException")
	in.Outcomes = []string{"failed"}
	in.Errs = []error{in.Err}
	in.Files = nil
	var b bytes.Buffer
	if err := report.New(in).WriteSummary(&b, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  error: create OU Vocareum: AccessDeniedException\n", "Applied: 0 created", "1 failed", "203 not tried", "Next: fix"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, b.String())
		}
	}
}

// An apply that was interrupted while AWS was at work has nothing to mend.
func TestSummaryOfAnInterruptedPass(t *testing.T) {
	in := vocareum()
	in.Applied, in.Err, in.Files = true, errors.New("interrupted"), nil
	in.Plan.Changes = in.Plan.Changes[:2]
	in.Outcomes = []string{"done", "waiting"}
	in.Errs = []error{nil, errors.New("waiting: under way, and left to AWS")}
	var o report.TextOptions
	summary := func() string {
		var b bytes.Buffer
		if err := report.New(in).WriteSummary(&b, o); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if got := summary(); !strings.Contains(got, "\nNext: apply again; what is done stays done") {
		t.Errorf("the summary is\n%s", got)
	}
	o.Saved = true
	if got := summary(); !strings.Contains(got, "\nNext: make a new plan with plan --out, and apply that; what is done stays done") {
		t.Errorf("of a saved plan it is\n%s", got)
	}
	in.Files = []report.File{{Path: "accounts/a.csv", Error: "no room"}}
	if got := summary(); !strings.Contains(got, "\nNext: fix what failed") {
		t.Errorf("with a file that failed it is\n%s", got)
	}
}

func TestSummaryOfWhatWasNotApplied(t *testing.T) {
	for name, in := range map[string]report.Input{"guarded": drift(), "declined": vocareum()} {
		var b bytes.Buffer
		if err := report.New(in).WriteSummary(&b, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "Nothing was applied.\n") || strings.Contains(b.String(), "Applied:") {
			t.Errorf("%s: %s", name, b.String())
		}
	}
}

// Without its colours, coloured text is the plain text.
func TestColourAddsNothing(t *testing.T) {
	for name, inputs := range goldens() {
		r := newReport(name, inputs)
		var plain, coloured bytes.Buffer
		if err := errors.Join(r.WriteText(&plain, report.TextOptions{}), r.WriteText(&coloured, report.TextOptions{Color: true})); err != nil {
			t.Fatal(err)
		}
		s := coloured.String()
		for _, c := range []string{"0", "1", "2", "31", "32", "33", "34", "36"} {
			s = strings.ReplaceAll(s, "\x1b["+c+"m", "")
		}
		if diff := cmp.Diff(plain.String(), s); diff != "" {
			t.Errorf("%s (-plain +coloured):\n%s", name, diff)
		}
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	r := report.New(vocareum())
	rows := []report.AccountRow{{MyID: "1"}}
	for name, write := range map[string]func(io.Writer) error{
		"json":     r.WriteJSON,
		"text":     text(r.WriteText, report.TextOptions{}),
		"summary":  text(r.WriteSummary, report.TextOptions{}),
		"markdown": func(w io.Writer) error { return r.WriteMarkdown(w, report.MarkdownOptions{}) },
		"accounts": func(w io.Writer) error { return report.WriteAccounts(w, rows, "text", false) },
		"csv":      func(w io.Writer) error { return report.WriteAccounts(w, rows, "csv", false) },
	} {
		if err := write(full{}); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want %v", name, err, errFull)
		}
	}
}

func TestAccounts(t *testing.T) {
	one := []report.AccountRow{
		{Payer: "acme", MyID: "10001", Name: "10001", AccountID: "222222222222", Email: "awslabs10001@vocareum.com", OU: "Vocareum", State: "ACTIVE", Pool: "students"},
		{Payer: "acme", MyID: "10002", Name: "na\x1bme, \"x\"\u202e", Email: "awslabs10002@vocareum.com", OU: "Vocareum", State: "creating", Pool: "students"},
	}
	two := append(one[:1:1], report.AccountRow{Payer: "other", MyID: "1", Pool: "p"})
	for name, rows := range map[string][]report.AccountRow{"none": nil, "one": one, "two": two} {
		for _, format := range []string{"text", "json", "csv"} {
			golden(t, "accounts-"+name+"."+format, func(w io.Writer) error { return report.WriteAccounts(w, rows, format, name == "two") })
		}
	}
	if err := report.WriteAccounts(io.Discard, one, "yaml", false); err == nil {
		t.Error("WriteAccounts takes yaml")
	}
	var b bytes.Buffer
	if err := report.WriteAccounts(&b, one, "csv", false); err != nil {
		t.Fatal(err)
	}
	cells, err := csv.NewReader(&b).ReadAll()
	if want := report.Clean(one[1].Name); err != nil || cells[2][2] != want {
		t.Errorf("read back %q (%v), want the name %q", cells, err, want)
	}
	for several, want := range map[bool]string{false: "MY ID", true: "PAYER"} { // whatever rows there are
		b.Reset()
		if err := report.WriteAccounts(&b, one, "text", several); err != nil || !strings.HasPrefix(b.String(), want) {
			t.Errorf("several payers %t: %v, %q", several, err, b.String())
		}
	}
	b.Reset()
	if err := report.WriteAccounts(&b, one, "json", false); err != nil {
		t.Fatal(err)
	}
	var got struct{ Accounts []report.AccountRow }
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, got.Accounts); diff != "" {
		t.Errorf("JSON read back (-want +got):\n%s", diff)
	}
}

// large is a plan of n accounts: a third new, a third to tag, a third alone.
func large(n int) report.Input {
	p := &planner.Plan{}
	for i := range n {
		switch i % 3 {
		case 0:
			p.Changes = append(p.Changes, student(planner.Create, 100000+i))
		case 1:
			p.Changes = append(p.Changes, student(planner.Update, 100000+i, lit("tags.course", "a", "b"), lit("name", "x", fmt.Sprintf("lab-%d", 100000+i))))
		default:
			c := change(planner.Update, ref("account", fmt.Sprintf("own%d@acme.example", i)), i)
			c.Fields = []planner.Field{lit("ou", "Labs", "Parked")}
			p.Changes = append(p.Changes, c)
		}
	}
	return report.Input{Name: "acme", Plan: p}
}

func BenchmarkText10000(b *testing.B) {
	in := large(10000)
	for b.Loop() {
		if err := report.New(in).WriteText(io.Discard, report.TextOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON10000(b *testing.B) {
	in := large(10000)
	for b.Loop() {
		if err := report.New(in).WriteJSON(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// TestThingsInPoolsAreGrouped: like roles in the accounts of a pool are a line,
// and two roles are two.
func TestThingsInPoolsAreGrouped(t *testing.T) {
	p := &planner.Plan{}
	for i := range 8 {
		id := fmt.Sprint(i + 1)
		c := change(planner.Create, ref("member-role", "s"+id+"@acme.example/"+[]string{"Reader", "Auditor"}[i%2]), 7)
		c.Want.Facts = map[string]string{resource.FactName: []string{"Reader", "Auditor"}[i%2], resource.FactPool: "students", resource.FactID: id}
		p.Changes = append(p.Changes, c)
	}
	var b strings.Builder
	if err := report.New(report.Input{Name: "acme", Plan: p}).WriteText(&b, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+ 4 member-roles Reader of pool students   1, 3, 5, 7 ", "+ 4 member-roles Auditor of pool students  2, 4, 6, 8 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

var update = flag.Bool("update", false, "write the golden files")

func ref(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }

// want is a desired object of the file's line.
func want(r resource.Ref, line int, facts map[string]string, attrs resource.Attrs) *resource.Object {
	return &resource.Object{Ref: r, Origin: fmt.Sprintf("payers/acme.yaml:%d", line), Facts: facts, Attrs: attrs}
}

func change(op planner.Op, r resource.Ref, line int) planner.Change {
	return planner.Change{Op: op, Ref: r, Want: want(r, line, nil, nil)}
}

// student is a change of an account of the pool students.
func student(op planner.Op, id int, fields ...planner.Field) planner.Change {
	r := ref("account", fmt.Sprintf("awslabs%d@vocareum.com", id))
	n := fmt.Sprint(id)
	return planner.Change{Op: op, Ref: r, Fields: fields, Want: want(r, 36,
		map[string]string{resource.FactName: n, resource.FactPool: "students", resource.FactID: n},
		resource.Attrs{"ou": resource.Lit("Vocareum")})}
}

func lit(name, before, after string) planner.Field {
	return planner.Field{Name: name, Before: resource.Lit(before), After: resource.Lit(after)}
}

// vocareum is the first plan of a payer with a pool.
func vocareum() report.Input {
	p := &planner.Plan{}
	p.Changes = append(p.Changes, change(planner.Create, ref("ou", "Vocareum"), 28))
	c := change(planner.Create, ref("policy", "VocProtections"), 19)
	c.Want.Attrs = attrs("name", "VocProtections", "description", "Protects the roles that Vocareum works with", "document", statements(
		`{"Action":["iam:AttachRolePolicy","iam:DeleteRole","iam:PassRole"],"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/vocareum"}},"Effect":"Deny","Resource":"arn:aws:iam::*:role/voc*","Sid":"ProtectRoles"}`,
		deny("NoLeave", "organizations:LeaveOrganization")))
	c.Usage = []planner.Usage{{Name: "characters", Used: 2577, Limit: 10240}}
	p.Changes = append(p.Changes, c)
	c = change(planner.Create, ref("attachment", "VocProtections@root"), 25)
	c.Usage = []planner.Usage{{Name: "slots", Used: 2, Limit: 10}}
	p.Changes = append(p.Changes, c)
	for id := 10001; id <= 10200; id++ {
		p.Changes = append(p.Changes, student(planner.Create, id))
	}
	c = change(planner.Update, ref("ou", "Trial"), 31)
	c.Fields = []planner.Field{lit("tags.course", "a", "b")}
	p.Changes = append(p.Changes, c)
	c = change(planner.Update, ref("account", "ops@acme.example"), 40)
	c.Want.Facts = map[string]string{resource.FactName: "Operations"}
	c.Blocked = "the root email cannot be changed by an API"
	p.Changes = append(p.Changes, c)
	p.Unmanaged = []resource.Ref{ref("ou", "Old"), ref("policy", "Foreign"), ref("account", "a@b.example")}
	p.Estimate = planner.Estimate{Seconds: 2000, By: []planner.Calls{{Operation: "CreateAccount", Calls: 200, PerMinute: 6}}}
	return report.Input{Name: "acme-labs", AccountID: "111122223333", Commit: "9f3c0d1e2b4a59687788990011223344556677ab", Plan: p,
		Files: []report.File{{Path: "accounts/acme-labs.csv", Add: 200}}}
}

const denyBefore = `{"Statement":[{"Action":["ec2:PurchaseReservedInstancesOffering","rds:PurchaseReservedDBInstancesOffering"],"Effect":"Deny","Resource":"*","Sid":"NoReserved"},{"Action":["organizations:LeaveOrganization"],"Effect":"Deny","Resource":"*","Sid":"NoLeave"}],"Version":"2012-10-17"}`
const denyAfter = `{"Statement":[{"Action":["ec2:PurchaseReservedInstancesOffering"],"Effect":"Deny","Resource":"*","Sid":"NoReserved"},{"Action":["organizations:LeaveOrganization"],"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ops"}},"Effect":"Deny","Resource":"*","Sid":"NoLeave"}],"Version":"2012-10-17"}`

// drift is a plan with every op, a drifted document and groups of several sorts.
func drift() report.Input {
	p := &planner.Plan{}
	c := change(planner.Update, ref("policy", "Deny"), 12)
	c.Fields = []planner.Field{lit("description", "", "Denies what is dear"), lit("document", denyBefore, denyAfter),
		{Name: "tags.owner", Before: resource.None(), After: resource.Lit("secops")}, {Name: "tags.old", Before: resource.Lit("x"), After: resource.None()}}
	c.Usage = []planner.Usage{{Name: "characters", Used: 301, Limit: 10240}}
	p.Changes = append(p.Changes, c)
	c = change(planner.Update, ref("policy", "Only"), 14)
	c.Fields = []planner.Field{{Name: "document", Before: resource.Lit(`{"a":["o-old"],"b":1}`), After: resource.Join(
		resource.Lit(`{"a":["`), resource.Output(ref("ou", "Sports"), "id"), resource.Lit(`"],"b":1}`))}}
	p.Changes = append(p.Changes, c)
	c = change(planner.Adopt, ref("policy", "Tags"), 16)
	c.Fields = []planner.Field{{Name: "target", Before: resource.Lit("ou-1"), After: resource.Output(ref("ou", "Sports"), "id")}}
	p.Changes = append(p.Changes, c)
	for id := 301; id <= 340; id++ {
		c = student(planner.Create, id)
		c.Waiting = "account quota 10, needs 301"
		p.Changes = append(p.Changes, c)
	}
	for id := 1; id <= 6; id++ { // moved by somebody
		p.Changes = append(p.Changes, student(planner.Update, id, lit("ou", "", "Vocareum")))
	}
	for id := 11; id <= 15; id++ { // renamed and tagged, each from another name
		p.Changes = append(p.Changes, student(planner.Update, id, lit("name", fmt.Sprintf("x%dy", id*id), fmt.Sprintf("lab-%d", id)), lit("tags.course", "a", "b")))
	}
	for _, id := range []int{20, 21, 22, 30, 40, 50, 60, 70} {
		c := student(planner.Create, id)
		c.Blocked = fmt.Sprintf("exists as old%d@vocareum.com; the root email cannot be changed by an API", id)
		p.Changes = append(p.Changes, c)
	}
	for id := 81; id <= 83; id++ { // too few for a group
		p.Changes = append(p.Changes, student(planner.Resume, id))
	}
	p.Changes = append(p.Changes, planner.Change{Op: planner.Delete, Ref: ref("attachment", "Old@ou/Labs"), Have: &resource.Object{}})
	p.Left = []planner.Left{{Ref: ref("policy", "Old"), Attachments: 3, Prunes: true}, {Ref: ref("ou", "Empty"), Prunes: true}}
	for i := range 30 {
		p.Left = append(p.Left, planner.Left{Ref: ref("account", fmt.Sprintf("left%02d@acme.example", i))})
	}
	p.Unmanaged = []resource.Ref{ref("ou", "Theirs")}
	p.Guards = []planner.Guard{{Name: "maxMoves", Limit: "25%", Planned: 1300, Lift: "payers/acme.yaml:60"},
		{Name: "maxRemovals", Limit: "10%", Planned: 1, Kind: "attachment"}}
	return report.Input{Name: "acme", AccountID: "111122223333", Plan: p,
		Files: []report.File{{Path: "accounts/a.csv", Add: 3, Remove: 1}, {Path: "accounts/b.csv", Error: "not a CSV of ours"}}}
}

// applied is what became of the plan of vocareum.
func applied() report.Input {
	in := vocareum()
	in.Applied = true
	n := len(in.Plan.Changes)
	in.Outcomes, in.Errs = make([]string, n), make([]error, n)
	for i := range in.Outcomes {
		in.Outcomes[i] = "done"
	}
	set := func(i int, outcome, err string) {
		in.Outcomes[i] = outcome
		if err != "" {
			in.Errs[i] = errors.New(err)
		}
	}
	set(1, "failed", "create policy VocProtections: MalformedPolicyDocumentException: RequestID: 6e1c9c1e-8a52-4c3c-9a1d-0c9d3c1f6a01, The provided policy document does not meet the requirements")
	set(2, "skipped", "")
	for i := 13; i < 19; i++ {
		set(i, "failed", fmt.Sprintf("create account awslabs%d@vocareum.com: EMAIL_ALREADY_EXISTS (request 6e1c9c1e-8a52-4c3c-9a1d-0c9d3c1f6a%02d)", i-3+10001, i))
	}
	for i := 180; i < 203; i++ {
		set(i, "waiting", "waiting: the quota of 181 accounts is full; 204 are needed")
	}
	in.Outcomes[n-1] = "skipped" // blocked: nobody tried it
	in.Files[0].Add = 171
	return in
}

// nasty has names that try to fool the reader.
func nasty() report.Input {
	p := &planner.Plan{}
	bad := "a\x1b[2K\r\nNo changes.\u202E\u200B\u009b\xff\tb"
	c := change(planner.Create, ref("ou", bad), 1)
	c.Want.Origin = "payers/\x1b[31m.yaml:1"
	p.Changes = append(p.Changes, c)
	c = change(planner.Update, ref("account", "x@y.example"), 2)
	c.Want.Facts = map[string]string{resource.FactName: bad}
	c.Fields = []planner.Field{lit("tags."+bad, `say "hi" \o/`, bad), lit("document", "[\"a\"]", "[\"\u202E\"]")}
	p.Changes = append(p.Changes, c)
	c = student(planner.Create, 7)
	c.Blocked = bad
	p.Changes = append(p.Changes, c)
	p.Left = []planner.Left{{Ref: ref("policy", bad), Name: bad, Prunes: true}}
	p.Guards = []planner.Guard{{Name: bad, Limit: bad, Kind: bad, Lift: bad}}
	return report.Input{Name: bad, AccountID: bad, Commit: bad, Plan: p, Err: errors.New(bad), Files: []report.File{{Path: bad, Add: 1}}}
}

func goldens() map[string][]report.Input {
	empty := report.Input{Name: "acme", AccountID: "111122223333", Plan: &planner.Plan{}}
	kept := empty
	kept.Plan = &planner.Plan{Left: []planner.Left{{Ref: ref("policy", "Old"), Attachments: 1, Prunes: true}}, Unmanaged: []resource.Ref{ref("ou", "x")}}
	csv := empty
	csv.Files = []report.File{{Path: "accounts/a.csv"}}
	broken := csv
	broken.Files = append(broken.Files[:1:1], report.File{Path: "accounts/b.csv", Error: `account 111122223333: a spreadsheet would run name "=1"`})
	wrong := report.Input{Name: "wrong", Err: errors.New("2 errors occurred:\n\t* read accounts: AccessDeniedException\n\t* read policies: AccessDeniedException\n")}
	return map[string][]report.Input{
		"vocareum": {vocareum()}, "drift": {drift()}, "applied": {applied()}, "nasty": {nasty()},
		"empty": {empty}, "kept": {kept}, "csv": {csv}, "csv-error": {broken}, "several": {vocareum(), wrong, empty},
		"scp-edit": {scpEdit()}, "regions": {regions(true), regions(false)}, "moves": {moves()}, "guarded": {guarded()}, "markup": {markup()},
		"gone": {empty}, "gone-last": nil, "mistakes": nil, "notices": {noticed(), empty}, "created": {created()},
	}
}

// newReport is the report of a golden case, with what is of no payer.
func newReport(name string, inputs []report.Input) *report.Report {
	r := report.New(inputs...)
	switch name {
	case "gone", "gone-last":
		r.Notices = []report.Notice{
			{Name: report.PayerGone, Level: report.Caution, Payer: "acme-labs", Text: `the payer acme-labs (111122223333) is in no payer file any more: nothing of it is managed after a merge, and what is changed by hand stays.`},
			{Name: report.BrokenBefore, Level: report.Note, Text: `payers/old.yaml was broken before, and is left out.`}}
	case "mistakes":
		r.Head, r.Base = "abc1234500000000000000000000000000000000", "def0000000000000000000000000000000000000"
		r.Since = "origin/main"
		r.Mistakes = []string{`payers/acme.yaml:12:5: unknown key "polices"; did you mean "policies"?`, "policies/deny.json:3:1: the document is no JSON: unexpected <b>|@acme/admins`"}
	case "markup":
		for i, m := range markups {
			r.Notices = append(r.Notices, report.Notice{Name: m, Level: []string{"caution", "warning", "note"}[i%3], Payer: m, Text: "of " + m + " and " + m})
			r.Mistakes = append(r.Mistakes, m)
		}
		r.Head, r.Base, r.Since = markups[7], markups[13], markups[3]
	}
	return r
}

func TestGolden(t *testing.T) {
	for name, inputs := range goldens() {
		r := newReport(name, inputs)
		golden(t, name+".json", r.WriteJSON)
		golden(t, name+".golden", text(r.WriteText, report.TextOptions{}))
		golden(t, name+".md", func(w io.Writer) error { return r.WriteMarkdown(w, report.MarkdownOptions{}) })
	}
	r := report.New(applied())
	golden(t, "applied-summary.golden", text(r.WriteSummary, report.TextOptions{}))
	golden(t, "drift-narrow.golden", text(report.New(drift()).WriteText, report.TextOptions{Width: 80}))
	golden(t, "drift-verbose.golden", text(report.New(drift()).WriteText, report.TextOptions{Verbose: true}))
	golden(t, "vocareum-colour.golden", text(report.New(vocareum()).WriteText, report.TextOptions{Color: true}))
}

// text binds the options of a form.
func text(write func(io.Writer, report.TextOptions) error, o report.TextOptions) func(io.Writer) error {
	return func(w io.Writer) error { return write(w, o) }
}

// golden compares what write writes with a file of testdata.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got; go test -update writes it):\n%s", name, diff)
	}
}

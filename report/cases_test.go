package report_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// scpEdit is an edit of one SCP of five statements, with what it reaches.
func scpEdit() report.Input {
	p := &planner.Plan{}
	c := change(planner.Update, ref("policy", "VocUnconditionalDeny"), 22)
	head := `{"Statement":[{"Action":["account:CloseAccount"],"Effect":"Deny","Resource":["*"],"Sid":"NoClose"},`
	tail := `,{"Action":["organizations:LeaveOrganization"],"Effect":"Deny","Resource":["*"],"Sid":"NoLeave"},` +
		`{"Action":["iam:CreateUser","iam:DeleteUser"],"Condition":{"StringNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/vocareum"]}},"Effect":"Deny","Resource":["*"],"Sid":"NoUsers"}],"Version":"2012-10-17"}`
	c.Fields = []planner.Field{lit("document",
		head+`{"Action":["ec2:PurchaseReservedInstancesOffering","rds:PurchaseReservedDBInstancesOffering"],"Effect":"Deny","Resource":["*"],"Sid":"NoReserved"},{"Action":["s3:*"],"Effect":"Deny","Resource":["arn:aws:s3:::billing/*"]}`+tail,
		head+`{"Action":["ec2:PurchaseHostReservation","ec2:PurchaseReservedInstancesOffering","rds:PurchaseReservedDBInstancesOffering","redshift:PurchaseReservedNodeOffering"],"Effect":"Deny","Resource":["*"],"Sid":"NoReserved"}`+tail)}
	c.Usage = []planner.Usage{{Name: "characters", Used: 1204, Limit: 10240}}
	p.Changes = append(p.Changes, c)
	p.Estimate = planner.Estimate{Seconds: 1, By: []planner.Calls{{Operation: "UpdatePolicy", Calls: 1}}}
	return report.Input{Err: errors.New(`payers/acme.yaml:75: test "nobody reads the bills" fails: s3:GetObject in ou/Vocareum is allowed (FullAWSAccess on every level), want deny`),
		Name: "acme-labs", AccountID: "111122223333", Commit: "9f3c0d1e2b4a59687788990011223344556677ab", Plan: p,
		Tree: []report.Unit{{Path: "", Before: 2, After: 2, Policies: []string{"FullAWSAccess", "VocUnconditionalDeny"}},
			{Path: "Vocareum", Before: 200, After: 200, Policies: []string{"ConditionalDeny", "FullAWSAccess", "RESOURCE_CONTROL_POLICY:RCPFullAWSAccess"}},
			{Path: "Vocareum/Trial", Before: 12, After: 12}, {Path: "Security", Before: 1, After: 1}},
		Impact: []report.Impact{
			{Effect: "denied", Actions: []string{"ec2:PurchaseHostReservation", "redshift:PurchaseReservedNodeOffering"}, By: []string{"policy/VocUnconditionalDeny"}, OUs: []string{"", "Vocareum", "Vocareum/Trial", "Security"}, Accounts: 215},
			{Effect: "allowed", Actions: []string{"s3:*"}, Resource: "arn:aws:s3:::billing/*", By: []string{"policy/VocUnconditionalDeny"}, OUs: []string{"Vocareum"}, Accounts: 200},
			{Effect: "denied", Actions: []string{"ec2:RunInstances"}, Condition: `{"StringNotEquals":{"ec2:InstanceType":["t3.micro"]}}`, OUs: []string{"Vocareum/Trial"}, Accounts: 12}},
		Tests: []report.Test{
			{Name: "no reserved instances", Where: "ou/Vocareum", Action: "ec2:PurchaseReservedInstancesOffering", Expect: "deny", Got: "deny", By: "NoReserved of policy/VocUnconditionalDeny on root", At: "payers/acme.yaml:71", OK: true},
			{Name: "nobody reads the bills", Where: "ou/Vocareum", Action: "s3:GetObject", Expect: "deny", Got: "allow", By: "FullAWSAccess on every level", At: "payers/acme.yaml:75"}}}
}

// regions are an SCP that lets into one region more, or is detached.
func regions(more bool) report.Input {
	const was, is = `{"StringNotEquals":{"aws:requestedregion":["eu-west-1","us-east-1"]}}`, `{"StringNotEquals":{"aws:requestedregion":["eu-west-1","us-east-1","us-west-2"]}}`
	doc := func(condition string) string {
		return `{"Statement":[{"Condition":` + condition + `,"Effect":"Deny","NotAction":["cloudfront:*","health:*","support:*"],"Resource":["*"]}],"Version":"2012-10-17"}`
	}
	c := change(planner.Update, ref("policy", "Regions"), 22)
	c.Fields = []planner.Field{lit("document", doc(was), doc(is))}
	name, one := "lets-in", report.Impact{Effect: "allowed", Actions: []string{"*", "!cloudfront:*", "!health:*", "!support:*"}, Condition: was,
		Unless: []report.Scope{{Condition: is, Denied: true}}, By: []string{"policy/Regions"}, OUs: []string{"Labs"}, Accounts: 40}
	if !more {
		c = planner.Change{Op: planner.Delete, Ref: ref("attachment", "Regions@ou/Labs"), Have: &resource.Object{}}
		name, one.Unless, one.By = "lets-go", nil, []string{"attachment/Regions@ou/Labs"}
	}
	return report.Input{Name: name, AccountID: "111122223333", Plan: &planner.Plan{Changes: []planner.Change{c}}, Impact: []report.Impact{one},
		Documents: []string{`{"Statement":[{"Condition":{"StringNotEquals":{"aws:RequestedRegion":[]}}}]}`}}
}

// moves are 300 accounts of a pool on their way to another OU, within limits.
func moves() report.Input {
	p := &planner.Plan{}
	for id := 10001; id <= 10300; id++ {
		p.Changes = append(p.Changes, student(planner.Update, id, lit("ou", "ou/Spring", "ou/Autumn")))
	}
	p.Estimate = planner.Estimate{Seconds: 300, By: []planner.Calls{{Operation: "MoveAccount", Calls: 300, PerMinute: 60}}}
	return report.Input{Name: "acme-labs", AccountID: "111122223333", Plan: p,
		Files: []report.File{{Path: "accounts/autumn.csv", Add: 300}, {Path: "accounts/spring.csv", Remove: 300}},
		Tree: []report.Unit{{Path: "", Policies: []string{"FullAWSAccess"}}, {Path: "Autumn", Op: "create", After: 300, Policies: []string{"FullAWSAccess", "VocProtections"}},
			{Path: "Spring", Before: 300}},
		Documents: []string{`{"Statement":[{"Action":"ec2:RunInstances","Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}},{"Action":"iam:*"}]}`},
		Impact: []report.Impact{
			{Effect: "denied", Actions: []string{"aws-marketplace:*", "iam:CreateUser"}, From: []string{"Spring"}, OUs: []string{"Autumn"}, Accounts: 300},
			{Effect: "allowed", Actions: []string{"*", "!iam:*", "!sts:*"}, From: []string{"Spring"}, OUs: []string{"Autumn"}, Accounts: 300,
				Condition: `{"StringNotEquals":{"aws:requestedregion":["eu-west-1","us-east-1"]}}`},
			{Effect: "allowed", Actions: []string{"ec2:runinstances"}, From: []string{"Spring"}, OUs: []string{"Autumn"}, Accounts: 300}}}
}

// guarded are the same moves over a limit, and a forecast of days.
func guarded() report.Input {
	in := moves()
	in.Plan.Guards = []planner.Guard{{Name: "maxMoves", Limit: "75", Planned: 300, Lift: "payers/acme.yaml:60"},
		{Name: "maxNewlyDenied", Limit: "25%", Planned: 290}}
	in.Lands = []report.Landing{{Day: 0, Operation: "MoveAccount", Calls: 200}, {Day: 1, Operation: "MoveAccount", Calls: 90}, {Day: 1, Operation: "Odd", Calls: 1}, {Day: 30, Operation: "MoveAccount", Calls: 10}}
	in.Quotas = []report.Headroom{{Name: "accounts", Limit: 1000, Used: 301, After: 301}}
	return in
}

// markups are names that are markup, mentions, references and links, and that
// try to end what they stand in.
var markups = []string{
	"<script>alert(1)</script>", "<!-- x -->", "</details></summary>", "<img src=x onerror=y>", "&lt;b&gt;", "&#64;team",
	"@acme/admins", "#1", "acme/repo#12", "GH-7", "9f3c0d1e2b4a59687788990011223344556677ab", "https://evil.example/x", "www.evil.example",
	"mail@evil.example", "[link](https://evil.example)", "![img](https://evil.example/i.png)", "[ref]: https://evil.example",
	"**bold**", "_it_", "~~gone~~", "`code`", "``", "```", "````\n# out", "~~~", "| cell | cell |", "\\|", "a\\", "a|b",
	"# head", "- item", "> quote", "1. one", "---", "    indented", "\n\n</details>\n\n# out\n", "-->", "--!>", "$x^2$", "${{ id }}",
	"end\"];click n0 href \"https://evil.example\"", "%%{init: {}}%%", "n0-->n1", "#quot;#lt;", "[!NOTE]", ":smile:", " a ", "", "` `",
	"a\u202eb", "\x1b[31m", "a\u200bb", "| --- |", "+ policy/Fake", "-", "!", "@@ -1 +1 @@", "```mermaid",
}

// markup is a plan whose every name and text is one of those.
func markup() report.Input { return markupIn("", "") }

// markupIn has the same names between before and after.
func markupIn(before, after string) report.Input {
	next := -1
	m := func() string {
		next++
		return before + markups[next%len(markups)] + after
	}
	p := &planner.Plan{}
	for i := range markups {
		ops := []planner.Op{planner.Create, planner.Update, planner.Adopt, planner.Delete, planner.Resume}
		c := change(ops[i%len(ops)], ref("ou", fmt.Sprintf("%d%s", i, m())), 1)
		c.Want.Origin, c.Want.Facts = m(), map[string]string{resource.FactName: m()}
		switch i % 4 {
		case 0:
			c.Blocked = "no: " + m()
		case 1:
			c.Fields = []planner.Field{lit(m(), m(), m()), lit("document", `{"Statement":[]}`, fmt.Sprintf(`{"Statement":[{"Sid":%q}]}`, m()))}
		case 2:
			c.Waiting = "until " + m()
		}
		if i%7 == 0 {
			c.Usage = []planner.Usage{{Name: m(), Used: 1, Limit: 2}}
		}
		p.Changes = append(p.Changes, c)
		p.Left = append(p.Left, planner.Left{Ref: ref("policy", m()+fmt.Sprint(i)), Name: m()})
	}
	p.Guards = []planner.Guard{{Name: m(), Limit: m(), Kind: m(), Lift: m()}, {Name: "|`x`|", Limit: "\\|"}}
	p.Estimate = planner.Estimate{Seconds: 90, By: []planner.Calls{{Operation: m(), Calls: 2}}}
	in := report.Input{Name: before + "<b>`|@acme|`</b>" + after, AccountID: m(), Commit: before + "#1 @acme <b>" + after, Plan: p, Err: errors.New(m() + "\n" + m()), ClaimsRoot: true}
	for range markups {
		in.Files = append(in.Files, report.File{Path: m(), Add: 1, Error: m()})
		in.Tree = append(in.Tree, report.Unit{Path: m(), After: 1, Policies: []string{m(), m()}})
		in.Impact = append(in.Impact, report.Impact{Effect: "denied", Actions: []string{m(), m()}, Resource: m(), Condition: m(), By: []string{m()}, OUs: []string{m()}})
		in.Tests = append(in.Tests, report.Test{Name: m(), Where: m(), Action: m(), Expect: "allow", Got: "deny", By: m(), At: m()})
		in.Lands = append(in.Lands, report.Landing{Operation: m()})
		in.Quotas = append(in.Quotas, report.Headroom{Name: m()})
	}
	for range markups {
		in.Impact = append(in.Impact, report.Impact{Effect: "allowed", Actions: []string{m()}, From: []string{m()}, OUs: []string{m()}, Accounts: 2})
	}
	for i := range markups {
		in.Impact[i].Unless = []report.Scope{{Resource: m(), Condition: m(), Denied: true}}
	}
	return in
}

// noticed is a plan with everything that a reviewer is told beside the changes.
func noticed() report.Input {
	in := scpEdit()
	in.Err, in.Impact = nil, nil
	in.Tests = []report.Test{in.Tests[0], {Name: "no root keys", Where: "account/new@acme.example", Action: "iam:CreateAccessKey", Expect: "deny", At: "payers/acme.yaml:80",
		Undecided: "the policy hangs on the path of ou/New, which is known after apply"}}
	in.Plan.Changes = append(in.Plan.Changes, change(planner.Update, ref("role", "auditor"), 40))
	in.Plan.Changes[1].Fields = []planner.Field{lit("description", "reads", "Reads")}
	in.Plan.Changes[1].Lifted = "its new trust shuts out the role of the vendor, arn:aws:iam::999988887777:role/hub"
	in.Snapshot = report.NewSnapshot(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), nil)
	in.Notices = []report.Notice{
		{Name: report.BaseMoved, Level: report.Caution, Text: `main has changed payers/acme.yaml and "policies/deny all.json" since this branch began: merge it first; the plan undoes that.`},
		{Name: report.OldSnapshot, Level: report.Warning, Text: "the snapshot is 324 days old: AWS may have something else by now."},
		{Name: report.RetryFailed, Level: report.Note, Text: "made with --retry-failed: creations that failed for good are tried again."}}
	return in
}

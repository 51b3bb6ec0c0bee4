package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
)

// TestImpactText has every form that a thing newly denied or allowed can have.
func TestImpactText(t *testing.T) {
	r := report.New(report.Input{Name: "acme", Plan: &planner.Plan{}, Tests: []report.Test{{Name: "a", OK: true}, {Name: "b", OK: true}}, Impact: []report.Impact{
		{Effect: "denied", Actions: []string{"ec2:RunInstances"}, Accounts: 1, OUs: []string{""}, By: []string{"policy/P"}},
		{Effect: "denied", Actions: []string{"*", "!iam:*", "!sts:*"}, Accounts: 1200, OUs: []string{"A", "B", "C", "D", "E"},
			Condition: `{"ArnNotLike":{"aws:principalarn":["a","b","c","d","e"]},"Null":{"a:b":"true"}}`, Resource: "arn:aws:s3:::b/*"},
		{Effect: "denied", Actions: []string{"a:1", "a:2", "a:3", "a:4", "a:5", "a:6", "a:7"}, Accounts: 2, OUs: []string{"A"}, Unless: []report.Scope{{Condition: `{"Bool":{"a:b":true}}`}}},
		{Effect: "denied", Actions: []string{"s3:*"}, Accounts: 2, OUs: []string{"A"}, Unless: []report.Scope{{Resource: "x"}}},
		{Effect: "denied", Actions: []string{"s3:*"}, Accounts: 2, OUs: []string{"A"}, Unless: []report.Scope{{Condition: `{"Bool":{"a:b":true}}`, Resource: "x", Denied: true}}},
		{Effect: "allowed", Actions: []string{"a:1", "sts:*", "iam:*", "!a:1b"}, Accounts: 2, OUs: []string{"A"}, Condition: `{"Bool":{"a:b":true}}`,
			Unless: []report.Scope{{Resource: "x", Denied: true}, {Resource: "y", Denied: true}, {Resource: "z", Denied: true}, {Resource: "1"}, {Resource: "2"}}},
		{Effect: "allowed", Actions: []string{"s3:\x1b*"}, Accounts: 2, OUs: []string{"A\n"}},
		{Effect: "allowed", Actions: []string{"s3:*"}, Accounts: 1, From: []string{"A", "B", "C", "D", "E"}, OUs: []string{""}},
		{Effect: "denied", Actions: []string{"s3:*"}, Accounts: 14, From: []string{""}, OUs: []string{"A"}},
	}})
	for verbose, want := range map[bool]string{
		false: `acme
  ! denies ec2:RunInstances                    to 1 account of root
  ! denies every action but iam:*, sts:*       to 1,200 accounts of ou/A, ou/B, ou/C and 2 more
        where ArnNotLike aws:principalarn a, b, c and 2 more and Null a:b true
        and on arn:aws:s3:::b/*
  ! denies a:1, a:2, a:3, a:4, a:5 and 2 more  to 2 accounts of ou/A
        unless Bool a:b true
  ! denies s3:*                                to 2 accounts of ou/A
        unless on x
  ! denies s3:*                                to 2 accounts of ou/A
        unless Bool a:b true and on x, which was denied before
  ! allows iam:*, sts:*, a:1 but a:1b          to 2 accounts of ou/A
        where Bool a:b true
        unless on x, which is still denied
        unless on y, which is still denied
        unless on z, which is still denied
        and unless one of 2 more holds
  ! allows s3:\u{001B}*                        to 2 accounts of ou/A\n
  ! allows s3:*                                to 1 account that moves from ou/A, ou/B, ou/C and 2 more to root
  ! denies s3:*                                to 14 accounts that move from root to ou/A
No changes. acme equals its payer file.
2 tests of the payer file pass.
`,
		true: "        where ArnNotLike aws:principalarn a, b, c, d, e and Null a:b true\n",
	} {
		var b bytes.Buffer
		if err := r.WriteText(&b, report.TextOptions{Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		if verbose && strings.Contains(b.String(), want) && strings.Contains(b.String(), "a:6, a:7") && strings.Contains(b.String(), "        by policy/P\n") {
			continue
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("verbose %v (-want +got):\n%s", verbose, diff)
		}
	}
}

// TestAlertOnImpact: of what is newly allowed or denied what weighs most is named,
// and moves have lines of their own, those first that get more rights.
func TestAlertOnImpact(t *testing.T) {
	many := []string{"access-analyzer:*", "account:ListRegions", "acm:*", "amplify:*", "ec2:*", "iam:PassRole", "iam:*", "kms:*", "organizations:*", "s3:*", "sts:*"}
	move := func(effect, from, to string, n int, actions ...string) report.Impact {
		return report.Impact{Effect: effect, Actions: actions, From: []string{from}, OUs: []string{to}, Accounts: n}
	}
	for _, tt := range []struct {
		name   string
		impact []report.Impact
		want   []string
	}{
		{"the weighty first", []report.Impact{{Effect: "allowed", Actions: many, Accounts: 60}},
			[]string{"newly allowed in 60 accounts: `iam:*`, `iam:PassRole`, `sts:*`, `organizations:*`, `account:ListRegions` and 6 more"}},
		{"what is whole before that", []report.Impact{{Effect: "allowed", Actions: many, Resource: "x", Accounts: 60}, {Effect: "allowed", Actions: []string{"zz:*", "s3:*"}, Accounts: 6}},
			[]string{"newly allowed in up to 60 accounts: `s3:*`, `zz:*`, `iam:*` in part, `iam:PassRole` in part, `sts:*` in part and 7 more"}},
		{"every action before all", []report.Impact{{Effect: "denied", Actions: []string{"iam:*", "*"}, Accounts: 1}},
			[]string{"newly denied in 1 account: `*`, `iam:*`"}},
		{"what is still denied under another condition", []report.Impact{
			{Effect: "allowed", Actions: []string{"*"}, Condition: "c", Unless: []report.Scope{{Condition: "d", Denied: true}}, Accounts: 60},
			{Effect: "allowed", Actions: []string{"iam:*"}, Condition: "e", Accounts: 4},
			{Effect: "denied", Actions: []string{"s3:*"}, Unless: []report.Scope{{Condition: "d"}}, Accounts: 3},
			{Effect: "denied", Actions: []string{"kms:*"}, Unless: []report.Scope{{Condition: "d", Denied: true}}, Accounts: 2}},
			[]string{"newly denied in 3 accounts: `s3:*` in part", "newly denied in 2 accounts: `kms:*` in part, denied before under another condition",
				"newly allowed in 4 accounts: `iam:*` in part", "newly allowed in 60 accounts: `*` in part, still denied under another condition"}},
		{"moves", []report.Impact{
			move("denied", "Labs", "Shut", 300, "*"), move("denied", "Labs", "Free", 14, "rds:*"),
			{Effect: "denied", Actions: []string{"s3:*"}, OUs: []string{"Labs"}, Accounts: 40},
			move("allowed", "Labs", "Free", 14, "ec2:*", "iam:*"), move("allowed", "", "Free", 1, "sns:*")},
			[]string{"newly denied in 40 accounts: `s3:*`",
				"14 accounts move from `ou/Labs` to `ou/Free`: newly denied `rds:*`; newly allowed `iam:*`, `ec2:*`",
				"1 account moves from `root` to `ou/Free`: newly allowed `sns:*`",
				"300 accounts move from `ou/Labs` to `ou/Shut`: newly denied `*`"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.New(report.Input{Name: "acme", Plan: &planner.Plan{}, Impact: tt.impact}).WriteMarkdown(&b, report.MarkdownOptions{}); err != nil {
				t.Fatal(err)
			}
			want := "> [!WARNING]\n> - " + strings.Join(tt.want, "\n> - ") + "\n\n"
			if !strings.Contains(b.String(), want) {
				t.Errorf("want %s\ngot %s", want, b.String())
			}
		})
	}
}

// TestManyMoves keeps the alert short.
func TestManyMoves(t *testing.T) {
	var all []report.Impact
	for i := range 40 {
		all = append(all, report.Impact{Effect: "allowed", Actions: []string{"*"}, From: []string{fmt.Sprint("A", i)}, OUs: []string{"B"}, Accounts: 2})
	}
	var b bytes.Buffer
	if err := report.New(report.Input{Name: "acme", Plan: &planner.Plan{}, Impact: all}).WriteMarkdown(&b, report.MarkdownOptions{}); err != nil {
		t.Fatal(err)
	}
	alert, _, _ := strings.Cut(b.String(), "<details>")
	if strings.Count(alert, " move from ") != 8 || !strings.Contains(alert, "> - and 32 more moves, below\n") {
		t.Errorf("alert %s", alert)
	}
}

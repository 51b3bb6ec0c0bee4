package report_test

import (
	"bytes"
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
		{Effect: "denied", Actions: []string{"a:1", "a:2", "a:3", "a:4", "a:5", "a:6", "a:7"}, Accounts: 2, OUs: []string{"A"}, Unless: true, Condition: `{"Bool":{"a:b":true}}`},
		{Effect: "denied", Actions: []string{"s3:*"}, Accounts: 2, OUs: []string{"A"}, Unless: true, Resource: "x"},
		{Effect: "denied", Actions: []string{"s3:*"}, Accounts: 2, OUs: []string{"A"}, Unless: true, Condition: `[{"Resource":"x"}]`},
		{Effect: "allowed", Actions: []string{"s3:\x1b*"}, Accounts: 2, OUs: []string{"A\n"}},
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
        unless [{"Resource":"x"}]
  ! allows s3:\u{001B}*                        to 2 accounts of ou/A\n
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

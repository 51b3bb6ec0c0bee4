package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
)

// TestMistakesFail: a report of files with mistakes is one of failure, and says
// that there is no plan.
func TestMistakesFail(t *testing.T) {
	r := report.New()
	r.Mistakes = []string{"a.yaml:1:2: no"}
	if !r.Failed() {
		t.Error("it has not failed")
	}
	s := asMarkdown(t, r, report.MarkdownOptions{})
	inPlace(t, r, s)
	if !strings.Contains(s, "### No plan could be made: 1 mistake\n\n> [!CAUTION]\n> - `a.yaml:1:2: no`\n") || strings.Contains(s, "<details>") {
		t.Errorf("it is %s", s)
	}
}

// TestUndecidedIsNoFailure: it neither passes nor fails.
func TestUndecidedIsNoFailure(t *testing.T) {
	r := report.New(report.Input{Name: "a", Plan: &planner.Plan{}, Tests: []report.Test{{Name: "t", Where: "ou/A", Action: "a:B", Expect: "deny", Undecided: "who knows"}}})
	s := asMarkdown(t, r, report.MarkdownOptions{})
	inPlace(t, r, s)
	for _, no := range []string{"fails", "failed", "pass", "CAUTION"} {
		if strings.Contains(s+textOf(t, r), no) {
			t.Errorf("it says %q:\n%s%s", no, s, textOf(t, r))
		}
	}
	if r.Failed() || !strings.Contains(s, "undecided: who knows") || !strings.Contains(textOf(t, r), "in ou/A must be denied): who knows.\n") {
		t.Errorf("it is %s%s", s, textOf(t, r))
	}
}

// TestCautionStandsBeforeTheFold whatever there is, and the comment is never too
// long for it.
func TestCautionStandsBeforeTheFold(t *testing.T) {
	huge := scpEdit()
	huge.Plan = manyChanges(600, "é")
	large := func(n int, level string, text string) (all []report.Notice) {
		for i := range n {
			all = append(all, report.Notice{Name: "base-moved", Level: level, Text: fmt.Sprint(i) + " " + text})
		}
		return all
	}
	for name, tt := range map[string]struct {
		inputs           []report.Input
		notices, ofPayer []report.Notice
		mistakes, most   int
		mistake          string
		want             []string
		beyond           bool // what has no room is below
		lifted           int
	}{
		"a thousand mistakes": {mistakes: 1000, mistake: "a.yaml:%d:1: no such key", beyond: true,
			want: []string{"made: 1,000 mistakes\n", "> - `a.yaml:0:1: no such key`\n", "> - and 992 more, below\n", "\na.yaml:999:1: no such key\n"}},
		"mistakes as long as a book": {mistakes: 1000, mistake: "a.yaml:%d:1: " + strings.Repeat("|`@a", 1000), beyond: true, want: []string{" lines cut; "}},
		"a notice of 100 kB": {inputs: []report.Input{huge}, notices: large(1, report.Caution, strings.Repeat("x@`|\u200b", 20000)), beyond: true,
			want: []string{"> [!CAUTION]\n> - 0 `", "Cautions in full"}},
		"a thousand notices": {inputs: []report.Input{huge}, notices: large(1000, report.Warning, "of payers/a.yaml"), ofPayer: large(1000, report.Note, "so it is"), beyond: true,
			want: []string{"> - and 992 more, below", "\n999 of payers/a.yaml\n", "\n999 so it is\n", "Notes in full"}},
		"a thousand lifted": {inputs: []report.Input{huge}, lifted: 600, beyond: true, want: []string{"only by `--allow-self`: it shuts out", "Cautions in full"}},
		"hundreds of payers": {inputs: payersOf(2500, func(int) *planner.Plan { return manyChanges(1, "p") }), notices: large(1, report.Caution, "payer is gone."),
			want: []string{"> [!CAUTION]\n> - 0 payer is gone.\n", "payers cut from the table"}},
		"little room": {inputs: []report.Input{huge}, most: 1000, notices: large(10, report.Caution, strings.Repeat("x@`|\u200b", 20000)), want: []string{"*1 note cut; "}},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.New(tt.inputs...)
			r.Notices = tt.notices
			if len(tt.ofPayer) > 0 {
				r.Payers[0].Notices = tt.ofPayer
			}
			for i := range tt.lifted {
				r.Payers[0].Changes[i].Lifted = "it shuts out arn:aws:iam::999988887777:role/hub"
			}
			for i := range tt.mistakes {
				r.Mistakes = append(r.Mistakes, fmt.Sprintf(tt.mistake, i))
			}
			s := asMarkdown(t, r, report.MarkdownOptions{Max: tt.most})
			inPlace(t, r, s)
			harmless(t, s)
			most := tt.most
			if most == 0 {
				most = report.MarkdownMax
			}
			if len(s) > most {
				t.Errorf("%d bytes", len(s))
			}
			for _, want := range tt.want {
				if !strings.Contains(s, want) {
					t.Errorf("it lacks %q:\n%.3000s", want, s)
				}
			}
			alert, table, fold := strings.Index(s, "> [!"), strings.Index(s, "\n|"), strings.Index(s, "<details>")
			if tt.most == 0 && (alert < 0 || table >= 0 && table < alert || fold >= 0 && fold < alert) {
				t.Errorf("the alert is at %d, the table at %d, the fold at %d", alert, table, fold)
			}
			if tt.beyond != strings.Contains(s, "in full</summary>") {
				t.Errorf("what has no room is below: %v", !tt.beyond)
			}
		})
	}
}

// TestProse: what is plain is read as a sentence, all else is code.
func TestProse(t *testing.T) {
	for text, want := range map[string]string{
		"main has changed payers/x.yaml: merge it first; 3 files, 1,200 lines (about).": "main has changed `payers/x.yaml`: merge it first; 3 files, 1,200 lines (about).",
		`the payer "Acme Labs of old", acme-labs (111122223333).`:                       "the payer `\"Acme Labs of old\"`, `acme-labs` (`111122223333`).",
		"1) not a list, but 1)":        "`1`) not a list, but 1)",
		"f(x) (f(y)), (z.) ) :) ( ()":  "`f(x)` (`f(y)`), (`z`.) `) :) ( ()`",
		"in St.Paul. @me; and":         "in `St.Paul`. `@me`; and",
		`to "a" "b  c" 'd'`:            "to `\"a\"` `\"b  c\"` `'d'`",
		`("@a \"b\" (c)" d), "e\\": f`: "(`\"@a \\\"b\\\" (c)\"` d), `\"e\\\\\"`: f",
		`an open "quote is here`:       "an open `\"quote` is here",
		"1. not a list":                "`1`. not a list",
		"@acme/admins #1 www.x.com!":   "`@acme/admins #1 www.x.com!`",
		"AWS's word, don't":            "AWS's word, don't",
		"deadbeef 12345678 - + * ":     "deadbeef `12345678 - + *`",
		"see https://x.example/a.":     "see `https://x.example/a`.",
		"and so on ...":                "and so on `...`",
	} {
		r := report.New()
		r.Notices = []report.Notice{{Name: "n", Level: report.Note, Text: text}}
		s := asMarkdown(t, r, report.MarkdownOptions{})
		inPlace(t, r, s)
		_, got, _ := strings.Cut(s, "> - ")
		if got, _, _ = strings.Cut(got, "\n"); got != want {
			t.Errorf("%s\n is %s\nwant %s", text, got, want)
		}
	}
}

// TestRealNotices: each as whoever makes them writes it.
func TestRealNotices(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{report.TestsRemoved, `a merge takes out the test "labs stay in one region" (payers/acme-labs.yaml:73 before); as it was, it would fail now: ec2:RunInstances in ou/Vocareum is allowed (statement 1 of policy/FullAWSAccess on ou/Vocareum), want deny`,
			"a merge takes out the test `\"labs stay in one region\"` (`payers/acme-labs.yaml:73` before); as it was, it would fail now: `ec2:RunInstances` in `ou/Vocareum` is allowed (statement 1 of `policy/FullAWSAccess` on `ou/Vocareum`), want deny"},
		{report.TestsRemoved, `a merge changes the test "labs (all): stay ` + "`in` " + `\"one\" region, @team <b>" (payers/acme-labs.yaml:73 before); as it was, it would be undecided now: it hangs on ou/New`,
			"a merge changes the test ``\"labs (all): stay `in` \\\"one\\\" region, @team <b>\"`` (`payers/acme-labs.yaml:73` before); as it was, it would be undecided now: it hangs on `ou/New`"},
		{report.TestsRemoved, `a merge takes out or changes 2 tests that would still pass: "no root keys", "no, never"`,
			"a merge takes out or changes 2 tests that would still pass: `\"no root keys\"`, `\"no, never\"`"},
		{report.SafetyLoosened, "a merge loosens safety: prune from false to true (payers/acme-labs.yaml:59), maxMoves from 25% to 100% (payers/acme-labs.yaml:60), maxAccountCreates from 2000 to 4000 (payers/acme-labs.yaml:58)",
			"a merge loosens safety: prune from false to true (`payers/acme-labs.yaml:59`), maxMoves from `25%` to `100%` (`payers/acme-labs.yaml:60`), maxAccountCreates from 2000 to 4000 (`payers/acme-labs.yaml:58`)"},
		{report.Paused, `a merge pauses the payer, by payers/acme-labs.yaml:62, until the key is gone: "holiday". A daemon only reports`,
			"a merge pauses the payer, by `payers/acme-labs.yaml:62`, until the key is gone: `\"holiday\"`. A daemon only reports"},
		{report.PayerGone, "the payer acme-labs of account 111122223333 is in no payer file any more: a merge ends the management of its organization. Nothing there is healed any more; 1,300 accounts, by its CSV, are then managed by nobody.",
			"the payer `acme-labs` of account `111122223333` is in no payer file any more: a merge ends the management of its organization. Nothing there is healed any more; 1,300 accounts, by its CSV, are then managed by nobody."},
		{report.BaseMoved, "origin/main has changed accounts/spring.csv, payers/acme-labs.yaml and policies/deny.json since this branch began, and the branch lacks that: this plan undoes it. Merge origin/main first, and plan again",
			"`origin/main` has changed `accounts/spring.csv`, `payers/acme-labs.yaml` and `policies/deny.json` since this branch began, and the branch lacks that: this plan undoes it. Merge `origin/main` first, and plan again"},
	} {
		r := report.New()
		r.Notices = []report.Notice{{Name: tt.name, Level: report.Warning, Text: tt.text}}
		s := asMarkdown(t, r, report.MarkdownOptions{})
		inPlace(t, r, s)
		_, got, _ := strings.Cut(s, "> - ")
		if got, _, _ = strings.Cut(got, "\n"); got != tt.want {
			t.Errorf("%s\n is %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestFailedTestIsToldOnce beside the fold, though it is the payer's error, too;
// another error beside it is told.
func TestFailedTestIsToldOnce(t *testing.T) {
	for _, more := range []string{"", "read policies: AccessDenied\n"} {
		in := scpEdit()
		in.Err = errors.New(more + in.Err.Error())
		r := report.New(in)
		s := asMarkdown(t, r, report.MarkdownOptions{})
		inPlace(t, r, s)
		if n := strings.Count(s, "nobody reads the bills"); n != 2 {
			t.Errorf("it is told %d times:\n%s", n, s)
		}
		if has := more != ""; has != strings.Contains(s, "**Error**") || has != strings.Contains(s, "**error**") || has != strings.Contains(s, "error: `read policies: AccessDenied`\n") {
			t.Errorf("the other error %q is told: %v\n%s", more, !has, s)
		}
	}
	in := scpEdit() // a payer that equals its file was planned, too
	in.Plan = &planner.Plan{}
	if s := asMarkdown(t, report.New(in), report.MarkdownOptions{}); strings.Contains(s, "could") || !strings.Contains(s, "### Plan: no changes, 1 failed test\n") {
		t.Errorf("it is\n%s", s)
	}
}

// TestGonePayersAreCounted in the title, whether they are in no file any more or
// have the account of another.
func TestGonePayersAreCounted(t *testing.T) {
	gone := report.Notice{Name: report.PayerGone, Level: report.Caution, Text: "it is gone"}
	r := report.New(report.Input{Name: "a", Plan: &planner.Plan{}, Notices: []report.Notice{gone, {Name: report.OldSnapshot, Text: "old"}}})
	if s := asMarkdown(t, r, report.MarkdownOptions{}); !strings.Contains(s, "### Plan: no changes, 1 payer no longer managed\n") {
		t.Errorf("it is %s", s)
	}
	r.Notices = []report.Notice{gone}
	if s := asMarkdown(t, r, report.MarkdownOptions{}); !strings.Contains(s, "### Plan: no changes, 2 payers no longer managed\n") {
		t.Errorf("with another it is %s", s)
	}
}

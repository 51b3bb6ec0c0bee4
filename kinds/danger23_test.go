package kinds_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/report"
)

// TestDanger23EscapesOfLiveNames plans over accounts whose names try to fool
// the reader: of an account that the file names, and of one that left it.
func TestDanger23EscapesOfLiveNames(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const head = "organization: {create: true}\nous: [{name: Labs}]\naccounts:\n  - {name: a, email: aws-a@acme.example, ou: Labs}\n"
		r.Apply(head + "  - {name: b, email: aws-b@acme.example, ou: Labs}\n")
		const bad = "\x1b[2J\r\nNo changes.\u202e`@all` **ok**"
		r.Edit("ListAccounts", func(_ int, answer map[string]any) {
			for _, a := range answer["Accounts"].([]any) {
				a := a.(map[string]any)
				a["Name"] = a["Name"].(string) + bad
			}
		})
		p := r.Plan(head + "  - {name: c, email: aws-c@acme.example, ou: Labs}\n")
		seen := 0
		for _, c := range p.Plan.Changes {
			for _, f := range c.Fields {
				if strings.HasSuffix(f.Before.String(), bad) {
					seen++
				}
			}
		}
		for _, l := range p.Plan.Left {
			if strings.HasSuffix(l.Name, bad) {
				seen++
			}
		}
		if seen != 2 {
			t.Fatalf("the plan has %d of 2 such names: %q, left %+v", seen, kindtest.Lines(p), p.Plan.Left)
		}
		form := report.New(report.Input{Name: "acme", AccountID: kindtest.Account, Plan: p.Plan})
		var text, json bytes.Buffer
		if err := form.WriteText(&text, report.TextOptions{Verbose: true}); err != nil {
			t.Fatal(err)
		}
		if err := form.WriteJSON(&json); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]string{"text": text.String(), "json": json.String()} {
			if strings.ContainsAny(s, "\x1b\r\u202e") || strings.Contains(s, "\nNo changes.") {
				t.Errorf("%s obeys a name: %q", name, s)
			}
			if !strings.Contains(s, "[2J") {
				t.Errorf("%s does not show the name: %s", name, s)
			}
		}
	})
}

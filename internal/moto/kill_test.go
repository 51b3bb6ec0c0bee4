package moto

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

const dozen = `apiVersion: reconciler/v1
kind: Payer
name: dozen
accountId: "` + tools.MotoAccount + `"
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies:
  - name: Deny
    document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "iam:*", Resource: "*"}]}
root: {policies: [Deny]}
ous:
  - name: Labs
    policies: [Deny]
pools:
  - name: students
    ou: Labs
    ids: {from: 1, count: 12}
    account: {name: "${{ id }}", email: "lab${{ id }}@example.com"}
    csv: accounts/dozen.csv
`

// TestKilled kills an apply with SIGKILL, at its first, second or third write,
// in turn before it arrives and after it was done, with one worker or with eight, and starts it
// again, until one comes through. Every account is there once, and the CSV has it.
func TestKilled(t *testing.T) {
	r := newRepo(t, dozen)
	program := filepath.Join(t.TempDir(), "reconciler")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/reconciler").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	killed := 0
	for i := 0; ; i++ {
		if i == 60 {
			t.Fatal("an apply that makes progress does not end")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		run := exec.CommandContext(ctx, program, "apply", "--auto-approve", "--no-color", "--parallelism", []string{"1", "1", "1", "8"}[i%4], r.dir)
		cut := r.proxy.CutAfter
		if i%2 == 0 {
			cut = r.proxy.CutBefore
		}
		r.proxy.Forget()
		cut(1+i%3, func() { _ = run.Process.Kill() })
		out, err := run.CombinedOutput()
		cancel()
		if err == nil {
			break
		}
		if run.ProcessState.Exited() {
			t.Fatalf("run %d ended by itself: %v\n%s", i, err, out)
		}
		killed++
	}
	t.Logf("%d runs were killed", killed)
	if killed < 10 {
		t.Errorf("only %d runs were killed", killed)
	}
	r.proxy.Forget()
	r.settled()
	out, err := r.client().ListAccounts(t.Context(), &organizations.ListAccountsInput{})
	if err != nil {
		t.Fatal(err)
	}
	var emails []string
	for _, a := range out.Accounts {
		emails = append(emails, aws.ToString(a.Email))
	}
	slices.Sort(emails)
	if n := len(slices.Compact(slices.Clone(emails))); len(emails) != 13 || n != 13 {
		t.Errorf("accounts are %q, want 12 and the management account", emails)
	}
	rows := r.csv("accounts/dozen.csv")
	if len(rows) != 12 || !regexp.MustCompile(`^\d{12},12,lab12@example\.com$`).MatchString(rows[len(rows)-1]) {
		t.Errorf("the CSV is %q", rows)
	}
}

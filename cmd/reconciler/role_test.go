package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

func TestRoleInsteadOfAccess(t *testing.T) {
	for _, tt := range []struct{ role, access, want string }{
		{"", "", ""},
		{"", "arn:aws:iam::111122223333:role/reconciler", "arn:aws:iam::111122223333:role/reconciler"},
		{"reconciler-plan", "", "arn:aws:iam::111122223333:role/reconciler-plan"},
		{"ci/plan", "arn:aws-cn:iam::111122223333:role/reconciler", "arn:aws-cn:iam::111122223333:role/ci/plan"},
	} {
		p := &spec.Payer{AccountID: "111122223333"}
		if tt.access != "" {
			p.Access = &spec.Access{RoleARN: tt.access, ExternalID: "x"}
		}
		if got, _ := (&cli{role: tt.role}).access(p); got != tt.want {
			t.Errorf("--role %q beside %q: %s, want %s", tt.role, tt.access, got, tt.want)
		}
	}
}

// TestPlanByAnotherRole: the role that can only read is assumed, and no other.
func TestPlanByAnotherRole(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.yaml"), small("a", "111122223330")+"access: {roleArn: \"arn:aws:iam::111122223330:role/reconciler\", externalId: x1}\n")
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"--role reconciler-plan", 0, "Plan: 5 to create"},
		{"--role /plan", 1, `--role "/plan" is no name of a role`},
		{"--role a:b", 1, `--role "a:b" is no name of a role`},
	} {
		var out, errs bytes.Buffer
		args := append([]string{"plan", "--sandbox", dir}, strings.Fields(tt.args)...)
		if code := run(t.Context(), nil, args, strings.NewReader(""), &out, &errs); code != tt.code || !strings.Contains(out.String()+errs.String(), tt.want) {
			t.Errorf("%s: exit code %d\n%s%s", tt.args, code, &out, &errs)
		}
	}
}

// TestRoleOfReaders: every command that only reads AWS takes --role, and no other
// takes --parallelism than the one that writes.
func TestRoleOfReaders(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	put(t, file, small("a", "111122223330")+"access: {roleArn: \"arn:aws:iam::111122223330:role/reconciler\", externalId: x1}\n"+
		"roles: [{name: desk, handoff: true, trust: {accounts: [\"444455556666\"]}}]\n")
	if code := run(t.Context(), nil, []string{"apply", "--sandbox", "--auto-approve", dir}, strings.NewReader(""), io.Discard, io.Discard); code != 0 {
		t.Fatalf("apply: exit code %d", code)
	}
	for _, args := range [][]string{
		{"plan", dir}, {"accounts", dir}, {"preflight", file}, {"handoff", file}, {"snapshot", file},
		{"explain", file, "--live", "--ou", "/", "--action", "s3:GetObject"},
	} {
		try := func(code int, want string, more ...string) {
			t.Helper()
			var out, errs bytes.Buffer
			if got := run(t.Context(), nil, append(append(args, "--sandbox"), more...), strings.NewReader(""), &out, &errs); got != code || !strings.Contains(errs.String(), want) {
				t.Errorf("%s %s: exit code %d, want %d, %s\n%s%s", args[0], more, got, code, want, &out, &errs)
			}
		}
		try(1, `--role "a:b" is no name of a role`, "--role", "a:b")
		try(1, "--role is empty", "--role=")
		try(0, "", "--role", "reconciler-plan")
		try(1, "unknown flag: --parallelism", "--parallelism", "2")
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, []string{"explain", file, "--role", "x", "--ou", "/", "--action", "s3:GetObject"}, strings.NewReader(""), &out, &errs); code != 1 ||
		!strings.Contains(errs.String(), "hint: add --live") {
		t.Errorf("explain --role without --live: exit code %d\n%s%s", code, &out, &errs)
	}
}

package main

import (
	"bytes"
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

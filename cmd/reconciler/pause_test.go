package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPauseByTheTreeOfADaemon: the payer files are those that the daemon laid out
// last, whose repository has no .git there, and a policy may stand above them.
func TestPauseByTheTreeOfADaemon(t *testing.T) {
	dir := t.TempDir()
	tree := filepath.Join(dir, "state", "trees", strings.Repeat("a", 40))
	put(t, filepath.Join(tree, "aws", "prod", "payers", "lab.yaml"), "apiVersion: reconciler/v1\nkind: Payer\nname: lab\naccountId: \"111122223333\"\n"+
		"organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\npolicies: [{name: P, file: ../../policies/p.json}]\n")
	put(t, filepath.Join(tree, "policies", "p.json"), `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`)
	config := filepath.Join(dir, "reconciler.yaml")
	put(t, config, "git: {url: "+filepath.Join(dir, "payers.git")+", path: aws/prod}\nstateDir: "+filepath.Join(dir, "state")+"\n")
	for _, args := range [][]string{{"pause", "lab", "--config", config, "--reason", "a test"}, {"resume", "lab", "--config", config}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), nil, args, strings.NewReader(""), &out, &errs); code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", args[0], code, &out, &errs)
		}
		_, err := os.Stat(filepath.Join(dir, "state", "lab.pause"))
		if paused := err == nil; paused != (args[0] == "pause") {
			t.Errorf("behind %s the pause is there: %t", args[0], paused)
		}
	}
}

package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/spec"
)

const denyS3 = `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}` + "\n"

// TestSources: every file that a payer is made of, and no other.
func TestSources(t *testing.T) {
	const archive = "-- payers/acme.yaml --\n" + head + `
presets: [{use: own}, {use: shipped}]
policies: [{name: A, file: policies/a.json}, {name: B, file: policies/a.json}]
iamPolicies: [{name: P, file: ./policies/../policies/p.json}]
roles: [{name: r, trust: {file: trust.json}, inlinePolicies: {i: {file: policies/i.json}}}]
ous: [{name: Labs}]
pools: [{name: p, ou: Labs, ids: [x1], account: {name: "${{ id }}", email: "${{ id }}@acme.example"}, csv: accounts/acme.csv}]
-- payers/beta.yaml --
apiVersion: reconciler/v1
kind: Payer
name: beta
accountId: "222233334444"
-- payers/defaults.yaml --
apiVersion: reconciler/v1
kind: Defaults
-- presets/own.yaml --
apiVersion: reconciler/v1
kind: Preset
name: own
vendor: Acme
description: Own
body:
  policies:
  - {name: C, file: docs/c.json}
  - {$when: no, name: D, file: docs/d.json}
parameters: {no: {type: boolean, description: Never}}
-- presets/other.yaml --
apiVersion: reconciler/v1
kind: Preset
name: other
vendor: Acme
description: Of nobody
body: {}
-- accounts/acme.csv --
-- policies/unused.json --
{}
`
	dir, _ := extract(t, txtar.Parse([]byte(archive)))
	for _, name := range []string{"policies/a.json", "policies/p.json", "policies/i.json", "presets/docs/c.json", "presets/docs/d.json"} {
		write(t, filepath.Join(dir, name), denyS3)
	}
	write(t, filepath.Join(dir, "trust.json"), `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`)
	shelf := fstest.MapFS{
		"shipped.yaml": {Data: []byte(strings.Replace(presetHead, "name: x", "name: shipped", 1) + "body: {policies: [{name: S, file: s.json}]}\n")},
		"s.json":       {Data: []byte(denyS3)},
	}
	payers, err := spec.Load([]string{dir}, spec.Options{Presets: shelf})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"payers/acme.yaml", "payers/defaults.yaml", "policies/a.json", "policies/i.json", "policies/p.json",
		"presets/docs/c.json", "presets/own.yaml", "trust.json"}
	if diff := cmp.Diff(want, payers[0].Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"payers/beta.yaml", "payers/defaults.yaml"}, payers[1].Sources); diff != "" {
		t.Errorf("sources of the other (-want +got):\n%s", diff)
	}
}

// TestSourcesBehindLinks: where a name leads through links, each of them decides
// what is read, and so does the file at their end.
func TestSourcesBehindLinks(t *testing.T) {
	dir := repository(t, head+"policies: [{name: A, file: policies/a.json}, {name: B, file: abs.json}]\n")
	write(t, filepath.Join(dir, "shared/docs/real.json"), denyS3)
	for _, l := range []struct{ to, from string }{
		{"shared/docs", "policies"}, {"../again.json", "shared/docs/a.json"}, {"docs/./real.json", "shared/again.json"},
		{filepath.Join(dir, "shared/docs/real.json"), "abs.json"}, {"../acme.yaml", "payers/linked.yaml"},
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, l.from)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(l.to, filepath.Join(dir, l.from)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	payers, err := spec.Load([]string{filepath.Join(dir, "acme.yaml")}, spec.Options{})
	if len(payers) != 0 || err == nil {
		t.Errorf("one payer by two names: %d payers, error %v", len(payers), err)
	}
	if err := os.Remove(filepath.Join(dir, "payers/linked.yaml")); err != nil {
		t.Fatal(err)
	}
	payers, err = spec.Load([]string{dir}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"abs.json", "acme.yaml", "policies", "shared/again.json", "shared/docs/a.json", "shared/docs/real.json"}
	if diff := cmp.Diff(want, payers[0].Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

// TestRootIsKnown: a tree without a .git has the root that the caller names,
// though a repository lies around it.
func TestRootIsKnown(t *testing.T) {
	around := repository(t, "")
	root := filepath.Join(around, "trees", "1")
	write(t, filepath.Join(root, "aws/payers/acme.yaml"), head+"policies: [{name: A, file: ../shared/a.json}]\n"+
		"pools: [{name: p, ids: [x1], account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}, csv: a.csv}]\n")
	write(t, filepath.Join(root, "shared/a.json"), denyS3)
	payers, err := spec.Load([]string{filepath.Join(root, "aws")}, spec.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	p := payers[0]
	if p.Root != root || p.Pos.File != "aws/payers/acme.yaml" || p.CSVs()[0].Path != "aws/a.csv" {
		t.Errorf("root %s, file %s, CSV %s", p.Root, p.Pos.File, p.CSVs()[0].Path)
	}
	if diff := cmp.Diff([]string{"aws/payers/acme.yaml", "shared/a.json"}, p.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if err := os.Symlink(around, filepath.Join(root, "out")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, path := range []string{around, filepath.Join(root, "out")} {
		if payers, err := spec.Load([]string{path}, spec.Options{Root: root}); len(payers) != 0 || err == nil || !strings.Contains(err.Error(), "outside the repository") {
			t.Errorf("%s: %d payers, error %v", path, len(payers), err)
		}
	}
	if _, err := spec.Load([]string{root}, spec.Options{Root: filepath.Join(root, "gone")}); err == nil {
		t.Error("a root that is not there: no error")
	}
}

package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestLintOff: what the file says stands before what its presets say, and for a
// policy that both name the file's reason counts.
func TestLintOff(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+`presets: [{use: labs}, {use: more}]
policies: [{name: Mine, document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "ec2:*", Resource: "*"}]}}]
lint:
  off:
    - {rule: attached-nowhere, policy: Mine, reason: for later}
    - {rule: size-over-90, policy: Guard, reason: our own}
    - {rule: never-matches, reason: all}
    - {rule: size-over-90, object: "role:builds", reason: our own too}
-- presets/more.yaml --
apiVersion: reconciler/v1
kind: Preset
name: more
vendor: Acme
description: More
body:
  roles:
    - {name: builds, trust: {services: [ec2.amazonaws.com]}}
  lint:
    off:
      - {rule: size-over-90, object: "role:builds", reason: the preset's}
      - {rule: never-matches, object: "role:builds", reason: as the vendor ships it}
      - {rule: size-over-90, policy: Guard, reason: the preset's}
      - {rule: size-over-90, policy: "SERVICE_CONTROL_POLICY:Guard", reason: the same by another name}
      - {rule: never-matches, policy: Guard, reason: as the vendor ships it}
`+labsPreset)
	builds := spec.RoleRef("builds")
	mine, guard := spec.PolicyRef(spec.SCP, "Mine"), spec.PolicyRef(spec.SCP, "Guard")
	want := []spec.LintOff{
		{Pos: spec.Pos{File: "a.yaml", Line: 9, Column: 7}, Rule: "attached-nowhere", Object: mine, Reason: "for later"},
		{Pos: spec.Pos{File: "a.yaml", Line: 10, Column: 7}, Rule: "size-over-90", Object: guard, Reason: "our own"},
		{Pos: spec.Pos{File: "a.yaml", Line: 11, Column: 7}, Rule: "never-matches", Object: resource.Ref{}, Reason: "all"},
		{Pos: spec.Pos{File: "a.yaml", Line: 12, Column: 7}, Rule: "size-over-90", Object: builds, Reason: "our own too"},
		{Pos: spec.Pos{File: "a.yaml", Line: 5, Column: 30}, Rule: "never-matches", Object: builds, Reason: "as the vendor ships it", Preset: true},
		{Pos: spec.Pos{File: "a.yaml", Line: 5, Column: 30}, Rule: "never-matches", Object: guard, Reason: "as the vendor ships it", Preset: true},
	}
	if diff := cmp.Diff(want, p.LintOff); diff != "" {
		t.Errorf("off (-want +got):\n%s", diff)
	}
	if got := p.Policies[0].Characters; got != len(p.Policies[0].Document.Value()) {
		t.Errorf("the document has %d characters, want %d", got, len(p.Policies[0].Document.Value()))
	}
}

func TestLintOffIsBounded(t *testing.T) {
	dir, _ := extract(t, txtar.Parse([]byte("-- a.yaml --\n"+head+"lint:\n  off:\n"+strings.Repeat("    - {rule: size-over-90, reason: a}\n", 2001))))
	_, err := spec.Load([]string{dir}, spec.Options{})
	if want := "a.yaml:7:5: lint.off: 2001 entries are more than 2000"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

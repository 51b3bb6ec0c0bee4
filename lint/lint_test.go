package lint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/lint"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/spec"
)

const head = "apiVersion: reconciler/v1\nkind: Payer\nname: acme\naccountId: \"111122223333\"\n"

// load reads a payer file that has the least and this.
func load(t testing.TB, text string) *spec.Payer {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(head+text), 0o644); err != nil {
		t.Fatal(err)
	}
	payers, err := spec.Load([]string{dir}, spec.Options{Presets: presets.FS})
	if err != nil {
		t.Fatal(err)
	}
	return payers[0]
}

func found(t testing.TB, p *spec.Payer) []string {
	t.Helper()
	all, err := lint.Check(p)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range all {
		lines = append(lines, f.String())
	}
	return lines
}

const guard = `{Version: 2012-10-17, Statement: [{Sid: One, Effect: Deny, Action: ["s3:*", "ec2:*"], Resource: "*"}]}`

func TestWholeRules(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"attached to the root", "policies: [{name: G, document: " + guard + "}]\nroot: {policies: [G]}\n", ""},
		{"attached to a unit below", "policies: [{name: G, document: " + guard + "}]\nous: [{name: A, ous: [{name: B, policies: [G]}]}]\n", ""},
		{"attached nowhere", "policies:\n  - {name: G, document: " + guard + "}\n",
			"a.yaml:6:5: lint: attached-nowhere: policy G: no node names it, so it does nothing: name it under policies of root or of a unit, or take it out"},
		{"of another type, attached nowhere", "policies: [{name: G, document: " + guard + "}, {name: G, type: TAG_POLICY, document: {tags: {}}}]\nroot: {policies: [G]}\n",
			"attached-nowhere: policy G: "},
		{"twice in a policy", `policies: [{name: G, document: {Version: 2012-10-17, Statement: [
    {Sid: One, Effect: Deny, Action: ["s3:*", "ec2:*"], Resource: "*"}, {Sid: Two, Effect: Deny, Action: "s3:*", Resource: "*"}, {Effect: Deny, Resource: ["*"], Action: ["EC2:*", "s3:*"]}]}}]
root: {policies: [G]}
`, "a.yaml:5:12: lint: duplicate-statements: policy G, statement 3: it says the same as statement 1 (One): take one out"},
		{"twice on a node", "policies: [{name: G, document: " + guard + "}, {name: H, document: " + guard + "}]\nous: [{name: A, policies: [G, H]}, {name: B, policies: [H, G]}, {name: C, policies: [G, H]}]\n",
			"policy H, statement 1 (One): it says the same as statement 1 (One) of policy G, which hangs on OU A too: take one out"},
		{"twice, on two nodes", "policies: [{name: G, document: " + guard + "}, {name: H, document: " + guard + "}]\nous: [{name: A, policies: [G]}, {name: B, policies: [H]}]\n", ""},
		{"twice, in two types", "organization: {policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]}\npolicies:\n" +
			"  - {name: G, document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: \"s3:*\", Resource: \"*\"}}}\n" +
			"  - {name: H, type: RESOURCE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: {Effect: Deny, Principal: \"*\", Action: \"s3:*\", Resource: \"*\"}}}\n" +
			"root: {policies: [G, H]}\n", ""},
		{"a resource control policy too", "policies: [{name: H, type: RESOURCE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: {Effect: Deny, Principal: \"*\", Action: \"s3:\", Resource: \"*\"}}}]\nroot: {policies: [H]}\n",
			`never-matches: policy H, statement 1: Action "s3:" is never met`},
		{"at 90%", sized(90), ""},
		{"above 90%", sized(91), "size-over-90: policy G: the document has 182 of 200 characters (91%); before it grows, split it into two policies"},
		{"at the limit", sized(100), "the document has 200 of 200 characters (100%)"},
		{"a reference that breaks JSON", "policies: [{name: G, document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: \"s3:*\", Resource: \"arn:aws:s3:::${{ ou:a\\\"b.id }}\"}]}}]\nroot: {policies: [G]}\nous: [{name: 'a\"b'}]\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := found(t, load(t, tt.text))
			if tt.want == "" && len(lines) == 0 {
				return
			}
			if len(lines) != 1 || tt.want == "" || !strings.Contains(lines[0], tt.want) {
				t.Errorf("got %s\nwant %s", strings.Join(lines, "\n"), tt.want)
			}
		})
	}
}

// sized is a payer with a policy that fills so much of 200 characters.
func sized(percent int) string {
	const least = `{"Version":"2012-10-17","Statement":{"Sid":"","Effect":"Deny","Action":"s3:*","Resource":"*"}}`
	sid := strings.Repeat("a", 2*percent-len(least))
	return "policies: [{name: G, document: {Version: 2012-10-17, Statement: {Sid: " + sid + ", Effect: Deny, Action: \"s3:*\", Resource: \"*\"}}}]\n" +
		"root: {policies: [G]}\nlimits: {policies: {SERVICE_CONTROL_POLICY: {characters: 200}}}\n"
}

func TestOff(t *testing.T) {
	const text = `policies:
  - {name: G, document: {Version: 2012-10-17, Statement: [{Sid: N, Effect: Allow, NotAction: "iam:*", Resource: "*"}]}}
  - {name: H, document: {Version: 2012-10-17, Statement: [{Sid: N, Effect: Allow, NotAction: "iam:*", Resource: "*"}]}}
`
	g, h := "a.yaml:6:5: lint: ", "a.yaml:7:5: lint: "
	not := ", statement 1 (N): it allows every action but those that it names, and so every one that AWS adds later; name what is allowed under Action, or deny the others by a Deny"
	nowhere := ": no node names it, so it does nothing: name it under policies of root or of a unit, or take it out"
	same := h + "duplicate-statements: policy H, statement 1 (N): it says the same as statement 1 (N) of policy G, which hangs on the root too: take one out"
	for _, tt := range []struct {
		name, more string
		want       []string
	}{
		{"nothing is off", "", []string{g + "notaction-with-allow: policy G" + not, g + "attached-nowhere: policy G" + nowhere, h + "notaction-with-allow: policy H" + not, h + "attached-nowhere: policy H" + nowhere}},
		{"a rule is off", "lint: {off: [{rule: attached-nowhere, reason: for later}]}\n", []string{g + "notaction-with-allow: policy G" + not, h + "notaction-with-allow: policy H" + not}},
		{"for a policy", "lint: {off: [{rule: attached-nowhere, reason: a}, {rule: notaction-with-allow, policy: H, reason: b}]}\n", []string{g + "notaction-with-allow: policy G" + not}},
		{"the first of two that are alike", "root: {policies: [G, H]}\nlint: {off: [{rule: notaction-with-allow, reason: a}, {rule: duplicate-statements, policy: G, reason: b}]}\n", nil},
		{"another of a policy", "root: {policies: [G, H]}\nlint: {off: [{rule: notaction-with-allow, reason: a}]}\n", []string{same}},
		{"in vain", "root: {policies: [G]}\nous: [{name: A, policies: [H]}]\nlint:\n  off:\n    - {rule: notaction-with-allow, reason: a}\n    - {rule: attached-nowhere, reason: b}\n    - {rule: size-over-90, policy: H, reason: c}\n",
			[]string{"a.yaml:13:7: lint: unused-lint-off: attached-nowhere finds nothing that this entry switches off: take it out",
				"a.yaml:14:7: lint: unused-lint-off: size-over-90 in policy H finds nothing that this entry switches off: take it out"}},
		{"one says it all", "root: {policies: [G]}\nous: [{name: A, policies: [H]}]\nlint: {off: [{rule: notaction-with-allow, reason: a}, {rule: notaction-with-allow, policy: G, reason: b}]}\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, found(t, load(t, text+tt.more))); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVocareum: what the vendor's documents say that they most likely do not mean.
func TestVocareum(t *testing.T) {
	payers, err := spec.Load([]string{"../examples/vocareum"}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	payers[0].LintOff = nil
	var got []string
	for _, line := range found(t, payers[0]) {
		rule := strings.SplitN(line, ": ", 5)
		got = append(got, rule[2]+": "+rule[3])
	}
	want := []string{
		"retired-action-prefix: policy VocUnconditionalDeny, statement 1 (DenyUnconditional)",
		"conditions-are-anded: policy ConditionalDeny, statement 1 (RestrictRDS)",
		"conditions-are-anded: policy ConditionalDeny, statement 2 (RestrictEC2)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
}

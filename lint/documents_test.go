package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/spec"
)

const (
	narrow = `{Version: 2012-10-17, Statement: [{Sid: N, Effect: Allow, NotAction: "iam:*", Resource: "*"}]}`
	old    = `{Version: 2012-10-17, Statement: [{Effect: Allow, Action: "aws-portal:*", Resource: "*"}]}`
	trust  = `trust: {accounts: ["444455556666"], externalId: acme}`
	deny   = `{Version: 2012-10-17, Statement: [{Effect: Allow, Action: "ec2:*", Resource: "*"}, {Effect: Deny, Action: "ec2:RunInstances", Resource: "*", Condition: {StringNotEquals: {"ec2:InstanceType": t3.micro}, NumericGreaterThan: {"ec2:VolumeSize": "50"}}}]}`
)

// TestDocuments: every document of a payer file is held against the rules that
// make sense for it, and a finding says where it stands and in what.
func TestDocuments(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"an IAM policy", "roles: [{name: r, " + trust + ", managedPolicies: [P]}]\niamPolicies:\n  - {name: P, document: " + narrow + "}\n",
			"a.yaml:7:5: lint: notaction-with-allow: IAM policy P, statement 1 (N): it allows every action but"},
		{"an inline policy of a role", "roles:\n  - name: r\n    " + trust + "\n    inlinePolicies:\n      billing: {document: " + old + "}\n",
			"a.yaml:9:7: lint: retired-action-prefix: role r, inline policy billing, statement 1: AWS retired aws-portal:*"},
		{"of a user", "users: [{name: u, inlinePolicies: {i: {document: " + narrow + "}}}]\n", "notaction-with-allow: user u, inline policy i, statement 1 (N)"},
		{"of a group", "groups: [{name: g, inlinePolicies: {i: {document: " + deny + "}}}]\n", "conditions-are-anded: group g, inline policy i, statement 2: it denies only what breaks"},
		{"of a role in members", "accounts: [{name: a, email: a@acme.example}]\nmemberRoles: [{name: m, in: {accounts: [a]}, " + trust + ", inlinePolicies: {i: {document: " + narrow + "}}}]\n",
			"a.yaml:6:118: lint: notaction-with-allow: role m in members, inline policy i, statement 1 (N)"},
		{"of a role in members and the payer, once", "memberRoles: [{name: m, in: {payer: true}, " + trust + ", inlinePolicies: {i: {document: " + narrow + "}}}]\n",
			"notaction-with-allow: role m in members, inline policy i, statement 1 (N)"},
		{"a trust policy", `roles:
  - name: r
    trust: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": a*}}}]}}
`, `a.yaml:7:12: lint: never-matches: role r, trust policy, statement 1: StringEquals of sts:ExternalId: "a*" is never met: * is no wildcard there`},
		{"twice in a trust policy", `roles:
  - name: r
    trust: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}, {Sid: B, Effect: Allow, Action: ["sts:AssumeRole"], Principal: {Service: [ec2.amazonaws.com]}}]}}
`, "duplicate-statements: role r, trust policy, statement 2 (B): it says the same as statement 1: take one out"},
		{"a statement of a bucket, at its own line", `buckets:
  - name: acme-billing
    statements:
      - {Sid: A, Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-billing/*"}
      - {Sid: B, Effect: Deny, Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::acme-billing/*", Condition: {Bool: {"aws:SecureTransport": "no"}}}
`, "a.yaml:9:9: lint: never-matches: bucket acme-billing, statement 2 (B): Bool of aws:SecureTransport has no value that it can read (no)"},
		{"twice in a bucket's policy", `buckets:
  - name: acme-billing
    statements:
      - {Sid: A, Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-billing/*"}
      - {Sid: B, Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-billing/*"}
`, "a.yaml:9:9: lint: duplicate-statements: bucket acme-billing, statement 2 (B): it says the same as statement 1 (A): take one out"},
		{"twice in what a role has", "iamPolicies: [{name: P, document: " + guard + "}]\nroles: [{name: r, " + trust + ", managedPolicies: [P], inlinePolicies: {i: {document: " + guard + "}}}]\n",
			"duplicate-statements: role r, inline policy i, statement 1 (One): it says the same as statement 1 (One) of IAM policy P, which role r has too: take one out"},
		{"twice in its inline policies", "users: [{name: u, inlinePolicies: {i: {document: " + guard + "}, j: {document: " + guard + "}}}]\n",
			"duplicate-statements: user u, inline policy j, statement 1 (One): it says the same as statement 1 (One) of inline policy i, which user u has too: take one out"},
		{"twice, in two roles", "roles: [{name: r, " + trust + ", inlinePolicies: {i: {document: " + guard + "}}}, {name: s, " + trust + ", inlinePolicies: {i: {document: " + guard + "}}}]\n", ""},
		{"an inline policy that must be absent", "roles: [{name: r, " + trust + ", inlinePolicies: {i: null}}]\n", ""},
		{"a role that must be absent in members", "accounts: [{name: a, email: a@acme.example}]\nmemberRoles: [{name: m, in: {accounts: [a]}, absent: true}]\n", ""},

		{"an IAM policy that nothing has", "iamPolicies: [{name: P, document: " + guard + "}]\nusers: [{name: u, absent: [P]}]\n",
			"attached-nowhere: IAM policy P: no role, group or user of the file has it"},
		{"a boundary", "iamPolicies: [{name: P, document: " + guard + "}]\nusers: [{name: u, permissionsBoundary: P}]\n", ""},
		{"attached to a group", "iamPolicies: [{name: P, document: " + guard + "}]\ngroups: [{name: g, managedPolicies: [P]}]\n", ""},
		{"spoken of by a policy", "iamPolicies: [{name: P, document: " + guard + "}]\nusers: [{name: u, inlinePolicies: {i: {document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: \"iam:DetachUserPolicy\", Resource: \"*\", Condition: {ArnEquals: {\"iam:PolicyARN\": \"${{ iamPolicy:P.arn }}\"}}}]}}}}]\n", ""},

		{"a long IAM policy", "iamPolicies: [{name: P, document: " + long(5600) + "}]\nusers: [{name: u, managedPolicies: [P]}]\n", "size-over-90: IAM policy P: the document has 5,6"},
		{"a shorter one", "iamPolicies: [{name: P, document: " + long(5300) + "}]\nusers: [{name: u, managedPolicies: [P]}]\n", ""},
		{"two inline policies of a user", "users: [{name: u, inlinePolicies: {i: {document: " + long(950) + "}, j: {document: " + strings.Replace(long(850), "s3:", "ec2:", 1) + "}}}]\n", "size-over-90: user u: its inline policies have, in sum, 1,9"},
		{"those of a group", "groups: [{name: g, inlinePolicies: {i: {document: " + long(4600) + "}}}]\n", "size-over-90: group g: its inline policies have, in sum, 4,"},
		{"those of a role", "roles: [{name: r, " + trust + ", inlinePolicies: {i: {document: " + long(9200) + "}}}]\n", "of 10,240 characters (90%)"},
		{"a long trust policy", trusted(54), "size-over-90: role r, trust policy: the document has 1,"},
		{"one where the quota was raised", trusted(54) + "limits: {trustCharacters: 4096}\n", ""},
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

// long is a document with a Sid of so many characters.
func long(sid int) string {
	return "{Version: 2012-10-17, Statement: [{Sid: " + strings.Repeat("a", sid) + ", Effect: Deny, Action: \"s3:*\", Resource: \"*\"}]}"
}

// trusted is a role that so many accounts may assume.
func trusted(n int) string {
	var ids []string
	for i := range n {
		ids = append(ids, `"4444555566`+string(rune('0'+i/10))+string(rune('0'+i%10))+`"`)
	}
	return "roles: [{name: r, trust: {accounts: [" + strings.Join(ids, ", ") + "], externalId: acme}}]\n"
}

// TestOffForAnObject: object switches a rule off for all documents of it.
func TestOffForAnObject(t *testing.T) {
	const text = `roles:
  - {name: r, trust: {services: [ec2.amazonaws.com]}, inlinePolicies: {i: {document: ` + narrow + `}, j: {document: ` + old + `}}}
memberRoles:
  - {name: m, in: {payer: true}, trust: {services: [ec2.amazonaws.com]}, inlinePolicies: {i: {document: ` + narrow + `}}}
`
	for _, tt := range []struct {
		name, off string
		want      []string
	}{
		{"nothing", "", []string{"notaction-with-allow: role r, inline policy i", "retired-action-prefix: role r, inline policy j", "notaction-with-allow: role m in members, inline policy i"}},
		{"for a role", `{rule: notaction-with-allow, object: "role:r", reason: a}`, []string{"retired-action-prefix: role r, inline policy j", "notaction-with-allow: role m in members, inline policy i"}},
		{"for one in members", `{rule: notaction-with-allow, object: "memberRole:m", reason: a}`, []string{"notaction-with-allow: role r, inline policy i", "retired-action-prefix: role r, inline policy j"}},
		{"which is the payer's too", `{rule: notaction-with-allow, object: "role:m", reason: a}`, []string{"notaction-with-allow: role r, inline policy i", "retired-action-prefix: role r, inline policy j"}},
		{"for all", `{rule: notaction-with-allow, reason: a}, {rule: retired-action-prefix, reason: b}`, nil},
		{"in vain", `{rule: notaction-with-allow, reason: a}, {rule: retired-action-prefix, reason: b}, {rule: size-over-90, object: "memberRole:m", reason: c}`,
			[]string{"unused-lint-off: size-over-90 in role m in members finds nothing that this entry switches off"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, line := range found(t, load(t, text+"lint: {off: ["+tt.off+"]}\n")) {
				parts := strings.SplitN(line, ": ", 5)
				what, _, _ := strings.Cut(parts[3], ", statement")
				got = append(got, parts[2]+": "+what)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPresets: what presets bring is looked at too, and has no finding but those
// that they switch off.
func TestPresets(t *testing.T) {
	payers, err := spec.Load([]string{"../examples/vendors"}, spec.Options{Presets: presets.FS})
	if err != nil {
		t.Fatal(err)
	}
	spoilt := 0
	for _, p := range payers {
		if lines := found(t, p); lines != nil {
			t.Errorf("%s: %s", p.Name, strings.Join(lines, "\n"))
		}
		for i := range p.Roles { // the IAM policies hang nowhere, and what is inline stands there twice
			r := &p.Roles[i].Policies
			r.Managed, r.Inline = nil, append(r.Inline, r.Inline...)
			spoilt += len(r.Inline) / 2
		}
		spoilt += len(p.IAMPolicies)
		spoilt -= len(found(t, p))
	}
	if len(payers) < 4 || spoilt > 0 {
		t.Errorf("%d payers, and of what was spoilt %d are not found", len(payers), spoilt)
	}
}

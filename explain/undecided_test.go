package explain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// sparing is a payer whose policies spare one account by its id, deny one unit's
// path and allow one account something.
const sparing = `apiVersion: reconciler/v1
kind: Payer
name: acme
accountId: "111122223333"
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]}
policies:
  - name: Spare
    document: {Version: 2012-10-17, Statement: [{Sid: Spare, Effect: Deny, Action: "ec2:*", Resource: "*", Condition: {StringNotEquals: {"aws:PrincipalAccount": "${{ account:security.id }}"}}}]}
  - name: Paths
    document: {Version: 2012-10-17, Statement: [{Sid: Paths, Effect: Deny, Action: "ec2:Stop*", Resource: "*", Condition: {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "${{ ou:Labs.path }}*"}}}]}
  - name: NoSSM
    document: {Version: 2012-10-17, Statement: [{Sid: NoSSM, Effect: Deny, Action: ["ssm:*", "ec2:Terminate*"], Resource: "*"}]}
  - name: Only
    document: {Version: 2012-10-17, Statement: [{Sid: Only, Effect: Allow, Action: "*", Resource: "*", Condition: {StringEquals: {"aws:PrincipalAccount": "${{ account:security.id }}"}}}]}
  - name: Own
    type: RESOURCE_CONTROL_POLICY
    document: {Version: 2012-10-17, Statement: [{Sid: Own, Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {StringNotEquals: {"aws:PrincipalOrgID": "${{ organization.id }}"}}}]}
root: {policies: [Spare, "RESOURCE_CONTROL_POLICY:Own"]}
ous:
  - {name: Labs, policies: [Paths, NoSSM]}
  - {name: Closed, policies: [Only], fullAWSAccess: false}
accounts: [{name: security, email: security@acme.example}]
`

func sparingPayer(t *testing.T, more string) *spec.Payer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acme.yaml")
	if err := os.WriteFile(path, []byte(sparing+more), 0o644); err != nil {
		t.Fatal(err)
	}
	return load(t, path)
}

// TestUndecided asks what a file says where its policies hold references: what is
// the same whatever they stand for is decided, and nothing else.
func TestUndecided(t *testing.T) {
	p := sparingPayer(t, "")
	known := func(r resource.Ref, output string) (string, bool) {
		s, ok := map[string]string{"account/security@acme.example.id": "444455556666", "organization.id": "o-1"}[r.String()+"."+output]
		return s, ok
	}
	const security, path, org = "${{ account/security@acme.example.id }}", "${{ ou/Labs.path }}", "${{ organization.id }}"
	for _, tt := range []struct {
		name, ou, action, context string
		want, hangs, by           string // offline
		plan, planHangs           string // with what AWS knows
	}{
		{"the spared account, or another", "", "ec2:RunInstances", "aws:PrincipalAccount=444455556666", "", security, "Spare", Allow, ""},
		{"another, or the spared account", "", "ec2:RunInstances", "aws:PrincipalAccount=777788889999", "", security, "Spare", Deny, ""},
		{"a key that is missing meets it", "", "ec2:RunInstances", "", Deny, "", "Spare", Deny, ""},
		{"another service", "", "lambda:CreateFunction", "aws:PrincipalAccount=444455556666", Allow, "", "1", Allow, ""},
		{"denied by another", "Labs", "ec2:TerminateInstances", "aws:PrincipalAccount=444455556666", Deny, "", "NoSSM", Deny, ""},
		{"two that hang", "Labs", "ec2:StopInstances", "aws:PrincipalAccount=444455556666;aws:PrincipalOrgPaths=o-1/r-1/ou-1/", "", security + " " + path, "Spare", "", path},
		{"one of two is denied", "Labs", "ec2:StopInstances", "aws:PrincipalOrgPaths=o-1/r-1/ou-1/", Deny, "", "Spare", Deny, ""},
		{"an Allow that hangs", "Closed", "lambda:CreateFunction", "aws:PrincipalAccount=444455556666", "", security, "Only", Allow, ""},
		{"an Allow that nothing meets", "Closed", "lambda:CreateFunction", "", Deny, "", "", Deny, ""},
		{"an RCP", "", "s3:GetObject", "aws:PrincipalOrgID=o-1", "", org, "Own", Allow, ""},
		{"an SCP and an RCP", "Closed", "s3:GetObject", "aws:PrincipalOrgID=o-1;aws:PrincipalAccount=444455556666", "", security + " " + org, "Only", Allow, ""},
		{"a Deny beats what hangs", "Closed", "s3:GetObject", "aws:PrincipalOrgID=o-1", Deny, "", "", Deny, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, with := range []struct {
				known       Known
				want, hangs string
			}{{nil, tt.want, tt.hangs}, {known, tt.plan, tt.planHangs}} {
				tree, err := Offline(p, with.known)
				if err != nil {
					t.Fatal(err)
				}
				got, err := tree.Ask(Question{OU: tt.ou, Action: tt.action, Context: contextOf(t, tt.context)})
				if err != nil {
					t.Fatal(err)
				}
				if got.Decision != with.want || strings.Join(got.Hangs, " ") != with.hangs {
					t.Errorf("known %v: %q, hangs on %q, want %q and %q", with.known != nil, got.Decision, got.Hangs, with.want, with.hangs)
				}
				if with.known == nil && tt.by != "" && (len(got.By) == 0 || got.By[0].Name() != tt.by) {
					t.Errorf("by %v, want %s first", got.By, tt.by)
				}
			}
		})
	}
}

// TestRunUndecided: a test that hangs on a reference neither passes nor fails,
// whatever it expects.
func TestRunUndecided(t *testing.T) {
	p := sparingPayer(t, `tests:
  - {name: security may, account: security, action: "ec2:RunInstances", context: {"aws:PrincipalAccount": "444455556666"}, expect: allow}
  - {name: others may not, ou: Labs, action: "ec2:RunInstances", context: {"aws:PrincipalAccount": "777788889999"}, expect: deny}
  - {name: wrong, ou: Labs, action: "ssm:SendCommand", expect: allow}
`)
	state := func(all []Tested) (out []string) {
		for _, one := range all {
			out = append(out, one.Name+": "+one.Got+" "+one.Undecided())
		}
		return out
	}
	offline, err := Run(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	const hangs = "${{ account/security@acme.example.id }}"
	if diff := cmp.Diff([]string{"security may:  " + hangs, "others may not:  " + hangs, "wrong: deny "}, state(offline)); diff != "" {
		t.Errorf("offline (-want +got):\n%s", diff)
	}
	if n := len(Undecided(offline)); n != 2 {
		t.Errorf("%d undecided, want 2", n)
	}
	if err := Failed(offline); err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), `"wrong" fails`) {
		t.Errorf("Failed: %v", err)
	}
	if offline[0].OK() || Failed(offline[:2]) != nil {
		t.Error("an undecided test is taken for a pass or a failure")
	}
	for id, want := range map[string][]string{
		"444455556666": {"security may: allow ", "others may not: deny ", "wrong: deny "},
		"777788889999": {"security may: deny ", "others may not: allow ", "wrong: deny "},
	} {
		live, err := Run(p, func(r resource.Ref, output string) (string, bool) { return id, r.Kind == "account" && output == "id" })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, state(live)); diff != "" {
			t.Errorf("where security is %s (-want +got):\n%s", id, diff)
		}
	}
}

// TestOff: the policies of a type that is off in the root decide nothing.
func TestOff(t *testing.T) {
	tree, err := New(map[string][]Attached{"": nil})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() *Answer {
		t.Helper()
		a, err := tree.Ask(Question{Action: "s3:GetObject"})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if got := ask(); got.Decision != Deny || len(got.Notes) > 0 {
		t.Errorf("SCPs are on, and there is none: %s, %q", got.Decision, got.Notes)
	}
	tree.Off = []string{spec.SCP, spec.RCP}
	got := ask()
	if diff := cmp.Diff([]string{"SCPs are off in the root", "RCPs are off in the root"}, got.Notes); got.Decision != Allow || diff != "" {
		t.Errorf("all is off: %s, notes (-want +got):\n%s", got.Decision, diff)
	}

	path := filepath.Join(t.TempDir(), "off.yaml")
	if err := os.WriteFile(path, []byte(`apiVersion: reconciler/v1
kind: Payer
name: off
accountId: "111122223333"
organization: {absent: [SERVICE_CONTROL_POLICY]}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	tree = offline(t, load(t, path))
	if got := ask(); got.Decision != Allow || len(got.By) > 0 || len(got.Notes) != 1 {
		t.Errorf("a file that takes SCPs away: %s by %v, %q", got.Decision, got.By, got.Notes)
	}
}

// TestRCPServices: resource control policies decide nothing of what AWS does not
// apply them to.
func TestRCPServices(t *testing.T) {
	all := on("RCP", `{"Sid":"All","Effect":"Deny","Principal":"*","Action":["s3:*","kms:*","ec2:*"],"Resource":"*"}`)
	tree, err := New(map[string][]Attached{"": {full, rcps, all}})
	if err != nil {
		t.Fatal(err)
	}
	tree.RCPs, tree.Management = true, "111122223333"
	for _, tt := range []struct{ action, want, note string }{
		{"s3:GetObject", Deny, ""},
		{"kms:Decrypt", Deny, ""},
		{"kms:RetireGrant", Allow, "RCPs do not restrict kms:RetireGrant"},
		{"ec2:RunInstances", Allow, "RCPs do not apply to ec2, by AWS's list of 2026-09-26"},
	} {
		got, err := tree.Ask(Question{Action: tt.action})
		if err != nil {
			t.Fatal(err)
		}
		if got.Decision != tt.want || strings.Join(got.Notes, "; ") != tt.note {
			t.Errorf("%s: %s, notes %q", tt.action, got.Decision, got.Notes)
		}
	}
	for action, want := range map[string]bool{"s3:GetObject": true, "ec2:RunInstances": false, "kms:RetireGrant": false} {
		if by, _ := tree.Bars(At{}, spec.RCP, &iampolicy.Request{Action: action}); (by != nil) != want {
			t.Errorf("%s is barred by %v", action, by)
		}
	}
	got, err := tree.Ask(Question{Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:111122223333:q"})
	if err != nil || got.Decision != Allow || len(got.Notes) != 1 || got.Notes[0] != "the resource is of the management account, which RCPs do not bind" {
		t.Errorf("of the management account: %v, %v", got, err)
	}
	got, err = tree.Ask(Question{Action: "sqs:SendMessage", Context: contextOf(t, "aws:PrincipalArn=arn:aws:iam::111122223333:role/x")})
	if err != nil || len(got.Notes) != 1 || !strings.HasPrefix(got.Notes[0], "aws:PrincipalArn is of account 111122223333, which the SCPs here do not bind") {
		t.Errorf("by the management account: %v, %v", got, err)
	}
}

package explain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "acme.yaml")
	if err := os.WriteFile(path, []byte(`apiVersion: reconciler/v1
kind: Payer
name: acme
accountId: "111122223333"
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]}
policies:
  - name: Regions
    document: {Version: 2012-10-17, Statement: [{Sid: Regions, Effect: Deny, Action: "ec2:*", Resource: "*", Condition: {StringNotEquals: {"aws:RequestedRegion": eu-west-1}}}]}
  - name: Own
    type: RESOURCE_CONTROL_POLICY
    document: {Version: 2012-10-17, Statement: [{Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {StringNotEquals: {"aws:PrincipalOrgID": o-1}}}]}
  - name: OnlyS3
    document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
root: {policies: ["RESOURCE_CONTROL_POLICY:Own"]}
ous:
  - {name: Labs, policies: [Regions]}
  - {name: Files, policies: [OnlyS3], fullAWSAccess: false}
accounts: [{name: lab, email: lab@acme.example, ou: Labs}]
tests:
  - {name: home, ou: Labs, action: "ec2:RunInstances", context: {"aws:RequestedRegion": eu-west-1}, expect: allow}
  - {name: abroad, account: lab, action: "ec2:RunInstances", context: {"aws:RequestedRegion": us-east-1}, expect: deny}
  - {name: unsaid, ou: Labs, action: "ec2:RunInstances", expect: allow}
  - {name: root, ou: /, action: "ec2:RunInstances", expect: deny}
  - {name: strangers, ou: Labs, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", expect: allow}
  - {name: files, ou: Files, action: "ec2:RunInstances", context: {"aws:RequestedRegion": eu-west-1}, expect: allow}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	all, err := Run(load(t, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, r.Name+" "+r.Got+" "+r.Where.String())
	}
	want := []string{"home allow ou/Labs", "abroad deny account/lab@acme.example", "unsaid deny ou/Labs", "root allow root", "strangers deny ou/Labs", "files deny ou/Files"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Run (-want +got):\n%s", diff)
	}
	err = Failed(all)
	if err == nil {
		t.Fatal("no test failed")
	}
	lines := []string{
		`acme.yaml:22: test "unsaid" fails: ec2:RunInstances in ou/Labs is denied (statement Regions of policy/Regions on ou/Labs), want allow`,
		`acme.yaml:23: test "root" fails: ec2:RunInstances in root is allowed (statement 1 of policy/FullAWSAccess on root), want deny`,
		`acme.yaml:24: test "strangers" fails: s3:GetObject in ou/Labs is denied (statement 1 of policy/RESOURCE_CONTROL_POLICY:Own on root), want allow`,
		`acme.yaml:25: test "files" fails: ec2:RunInstances in ou/Files is denied (no SCP on ou/Files allows it), want allow`,
	}
	if diff := cmp.Diff(lines, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("Failed (-want +got):\n%s", diff)
	}
	if err := Failed(all[:2]); err != nil {
		t.Errorf("Failed of what does not fail: %v", err)
	}
}

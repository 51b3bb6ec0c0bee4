package spec_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

const labsPreset = `-- presets/labs.yaml --
apiVersion: reconciler/v1
kind: Preset
name: labs
vendor: Acme
description: Labs
parameters:
  ou: {type: string, description: ou, default: Labs}
body:
  organization: {policyTypes: [SERVICE_CONTROL_POLICY, TAG_POLICY]}
  policies:
    - name: Guard
      file: guard.json
  root: {policies: [Guard]}
  ous:
    - name: ${{ with.ou }}
      policies: [Guard]
      tags: {vendor: acme}
      ous: [{name: Sub}]
  roles:
    - {name: R, trust: {accounts: ["111122223334"], externalId: acme-1}, maxSessionDuration: 12h}
form:
  - {label: Account, value: "${{ payer.accountId }}"}
  - {label: Unit, value: "${{ ou:${{ with.ou }}.id }}", note: the unit}
mail: {to: v@acme.example, subject: "${{ payer.accountId }}", body: "${{ role:R.arn }}"}
steps: [{title: Do it, do: "in ${{ payer.region }}", url: "https://acme.example/"}]
checks: [{title: Unit, covers: ["ou/${{ with.ou }}"]}]
links: [R]
register: {method: POST, host: acme.example, url: "https://acme.example/${{ payer.accountId }}", headers: {A: b}, body: {unit: "${{ ou:${{ with.ou }}.id }}"}}
-- presets/guard.json --
{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
`

// TestPresetBesideTheFile: the file's own entries stand first, with their own
// lines; what the preset adds bears the line of its use.
func TestPresetBesideTheFile(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+`presets: [{use: labs}]
organization: {policyTypes: [BACKUP_POLICY, TAG_POLICY, SERVICE_CONTROL_POLICY]}
policies: [{name: Mine, type: SERVICE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "ec2:*", Resource: "*"}]}}]
ous:
  - {name: Other, tags: &tags {a: b}}
  - {name: Labs, policies: [Mine], tags: *tags, ous: [{name: Sub, policies: [Mine]}]}
roles: [{name: R, trust: {mfa: true}}]
`+labsPreset)
	var got []string
	for _, n := range p.Organization.PolicyTypes {
		got = append(got, n.Pos.String()+" "+n.Value)
	}
	for _, q := range p.Policies {
		got = append(got, q.Pos.String()+" "+q.Name)
	}
	for _, a := range p.Node.Policies {
		got = append(got, a.Pos.String()+" root "+a.Policy.Name)
	}
	for o := range p.AllOUs() {
		got = append(got, o.Pos.String()+" "+o.Path)
		for _, a := range o.Policies {
			got = append(got, a.Pos.String()+" "+o.Path+" "+a.Policy.Name)
		}
	}
	want := []string{"a.yaml:6 BACKUP_POLICY", "a.yaml:6 TAG_POLICY", "a.yaml:6 SERVICE_CONTROL_POLICY", "a.yaml:7 Mine", "a.yaml:5 Guard", "a.yaml:5 root Guard",
		"a.yaml:9 Other", "a.yaml:10 Labs", "a.yaml:10 Labs Mine", "a.yaml:5 Labs Guard", "a.yaml:10 Labs/Sub", "a.yaml:10 Labs/Sub Mine"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("payer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "b"}, tagLines(p.OUs[0].Tags)); diff != "" {
		t.Errorf("tags that an alias shares (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "b", "vendor": "acme"}, tagLines(p.OUs[1].Tags)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if r := p.Roles[0]; r.MaxSession != 43200 || !strings.Contains(r.Trust.Value(), "MultiFactorAuthPresent") || !strings.Contains(r.Trust.Value(), "acme-1") {
		t.Errorf("role %+v", r)
	}
}

// TestHandedOver: what a preset hands over has its parameters put in, and the
// outputs that are known after an apply left out.
func TestHandedOver(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+"presets: [{use: labs, with: {ou: Teaching}}]\n"+labsPreset)
	ou := resource.Output(resource.Ref{Kind: "ou", Name: "Teaching"}, "id")
	lit := resource.Lit
	want := []spec.PresetUse{{
		Pos: spec.Pos{File: "a.yaml", Line: 5, Column: 17}, Name: "labs", Description: "Labs",
		Form:   []spec.FormField{{Label: "Account", Value: lit("111122223333")}, {Label: "Unit", Value: ou, Note: "the unit"}},
		Mail:   &spec.Mail{To: lit("v@acme.example"), Subject: lit("111122223333"), Body: resource.Output(spec.RoleRef("R"), "arn")},
		Steps:  []spec.Step{{Title: "Do it", Do: lit("in us-east-1"), URL: "https://acme.example/"}},
		Checks: []spec.Check{{Title: "Unit", Covers: []string{"ou/Teaching"}}},
		Links:  []resource.Ref{spec.RoleRef("R")},
		Register: &spec.Register{Pos: spec.Pos{File: "a.yaml", Line: 5, Column: 17}, Method: "POST", Host: "acme.example",
			URL: lit("https://acme.example/111122223333"), Headers: map[string]string{"A": "b"}, Body: map[string]resource.Text{"unit": ou}},
	}}
	if diff := cmp.Diff(want, p.Presets); diff != "" {
		t.Errorf("presets (-want +got):\n%s", diff)
	}
}

// TestExpansionIsAPayerFile: what `presets show --payer` prints can be put in
// the place of the use, and says the same.
func TestExpansionIsAPayerFile(t *testing.T) {
	const text = head + "presets: [{use: labs}]\n"
	dir, _ := extract(t, txtar.Parse([]byte("-- acme.yaml --\n"+text+labsPreset)))
	list, err := spec.Expansions([]string{dir}, spec.Options{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d expansions, error %v", len(list), err)
	}
	used, err := spec.Load([]string{dir}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "acme.yaml"), head+string(list[0].YAML))
	written, err := spec.Load([]string{dir}, spec.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, list[0].YAML)
	}
	used[0].Presets, used[0].Sources, written[0].Sources = nil, nil, nil
	noPlace := cmp.FilterPath(func(p cmp.Path) bool { return strings.HasSuffix(p.Last().String(), "Pos") }, cmp.Ignore())
	if diff := cmp.Diff(written[0], used[0], noPlace); diff != "" {
		t.Errorf("payer (-written +used):\n%s", diff)
	}
}

// TestExpansionsOfABrokenFile: they are there to find the mistake by.
func TestExpansionsOfABrokenFile(t *testing.T) {
	dir, _ := extract(t, txtar.Parse([]byte("-- acme.yaml --\n"+head+"presets: [{use: labs}]\nroot: {policies: [None]}\n"+labsPreset)))
	list, err := spec.Expansions([]string{dir}, spec.Options{})
	if len(list) != 1 || list[0].Payer != "acme" || list[0].Preset != "labs" || err == nil {
		t.Errorf("%d expansions, error %v", len(list), err)
	}
}

// TestTheUsersOwnCopyOfADocument: a policy file that says what the preset says
// is no contradiction, and is what is sent; one that differs is.
func TestTheUsersOwnCopyOfADocument(t *testing.T) {
	text := "-- a.yaml --\n" + head + "presets: [{use: labs}]\npolicies: [{name: Guard, file: mine.json}]\n" + labsPreset
	p := one(t, text+`-- mine.json --
{"Statement": {"Action": ["S3:*"], "Resource": "*", "Effect": "Deny"}, "Version": "2012-10-17"}
`)
	if len(p.Policies) != 1 || p.Policies[0].Source != "mine.json" || !strings.Contains(p.Policies[0].Document.String(), "S3:*") {
		t.Errorf("policies %+v", p.Policies)
	}
	dir, _ := extract(t, txtar.Parse([]byte(text+`-- mine.json --
{"Statement": {"Action": "ec2:*", "Resource": "*", "Effect": "Deny"}, "Version": "2012-10-17"}
`)))
	_, err := spec.Load([]string{dir}, spec.Options{})
	if err == nil || !strings.Contains(err.Error(), "a.yaml:6 says file, preset labs (line 5) says document") {
		t.Errorf("error %v", err)
	}
}

package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// one loads a repository without a mistake that has one payer.
func one(t *testing.T, archive string) *spec.Payer {
	t.Helper()
	dir, _ := extract(t, txtar.Parse([]byte(archive)))
	payers, err := spec.Load([]string{dir}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(payers) != 1 {
		t.Fatalf("got %d payers", len(payers))
	}
	return payers[0]
}

// tagLines shows tags, sorted; "-" is one that must be absent.
func tagLines(tags map[string]*resource.Text) map[string]string {
	got := map[string]string{}
	for k, v := range tags {
		got[k] = "-"
		if v != nil {
			got[k] = v.String()
		}
	}
	return got
}

func TestInlineDocument(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+`
ous: [{name: Labs}]
policies:
  - name: A
    type: TAG_POLICY
    document:
      Version: 2012-10-17
      z: &list [012345678901, 111122223333, "0123", 3600, 1.50, 0x1F, true, null, yes, ~]
      a: *list
      <<: {merged: <b> & "c"}
      ref: ${{ ou:Labs.path }}*/${{ payer.accountId }}/${aws:username}
      "Null": {"aws:x": false}
`)
	want := `{"Version":"2012-10-17","z":["012345678901","111122223333","0123",3600,1.50,"0x1F",true,null,"yes",null],` +
		`"a":["012345678901","111122223333","0123",3600,1.50,"0x1F",true,null,"yes",null],` +
		`"ref":"${{ ou/Labs.path }}*/111122223333/${aws:username}","Null":{"aws:x":false},"merged":"<b> & \"c\""}`
	if diff := cmp.Diff(want, p.Policies[0].Document.String()); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if got, want := p.Policies[0].Document.Refs(), []resource.Ref{{Kind: "ou", Name: "Labs"}}; !cmp.Equal(got, want) {
		t.Errorf("refs %v, want %v", got, want)
	}
}

func TestReferenceInJSONFile(t *testing.T) {
	p := one(t, "-- payers/a.yaml --\n"+head+`
ous: [{name: "A/B \"50%\""}]
policies: [{name: A, type: TAG_POLICY, file: p/a.json}]
-- p/a.json --
{"x": "${{ ou:A\\/B \"50%\".id }}"}
`)
	ref := resource.Ref{Kind: "ou", Name: `A\/B "50%25"`}
	want := resource.Join(resource.Lit(`{"x":"`), resource.Output(ref, "id"), resource.Lit(`"}`))
	if got := p.Policies[0].Document; !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := p.Policies[0].Source, "p/a.json"; got != want {
		t.Errorf("source %s, want %s", got, want)
	}
}

func TestDefaultsFill(t *testing.T) {
	p := one(t, "-- payers/a.yaml --\n"+head+`
tags: {own: payer, both: payer}
safety:
  maxRemovals: 7
accounts:
  - {name: a, email: A@acme.example, tags: {both: account, gone: null}}
  - {name: b, email: b@acme.example}
-- d.yaml --
apiVersion: reconciler/v1
kind: Defaults
homeRegion: eu-west-1
access: {roleArn: "arn:aws:iam::${{ payer.accountId }}:role/r", externalId: abc}
tags: {gone: d, both: d, name: "${{ payer.region }}"}
safety:
  maxRemovals: 1
  maxMoves: 10%
  prune: true
limits: {ouDepth: 6}
`)
	if got := p.Access; got.RoleARN != "arn:aws:iam::111122223333:role/r" || got.ExternalID != "abc" || got.Pos.File != "d.yaml" {
		t.Errorf("access %+v", got)
	}
	want := spec.Safety{
		Pos: spec.Pos{File: "payers/a.yaml", Line: 8, Column: 3}, Prune: true,
		PrunePos:          spec.Pos{File: "d.yaml", Line: 9, Column: 10},
		MaxRemovals:       spec.Amount{Pos: spec.Pos{File: "payers/a.yaml", Line: 8, Column: 16}, Number: 7},
		MaxMoves:          spec.Amount{Pos: spec.Pos{File: "d.yaml", Line: 8, Column: 13}, Number: 10, Percent: true},
		MaxAccountCreates: spec.Amount{Number: 50}, MaxNewlyDenied: spec.Amount{Number: 100, Percent: true},
	}
	if diff := cmp.Diff(want, p.Safety); diff != "" {
		t.Errorf("safety (-want +got):\n%s", diff)
	}
	tags := map[string]string{"own": "payer", "both": "account", "gone": "-", "name": "eu-west-1"}
	if diff := cmp.Diff(tags, tagLines(p.Accounts[0].Tags)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	tags = map[string]string{"own": "payer", "both": "payer", "gone": "d", "name": "eu-west-1"}
	if diff := cmp.Diff(tags, tagLines(p.Accounts[1].Tags)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if p.HomeRegion != "eu-west-1" || p.Limits.Depth() != 6 || p.Accounts[0].Ref().Name != "a@acme.example" {
		t.Errorf("%s, %d levels, %s", p.HomeRegion, p.Limits.Depth(), p.Accounts[0].Ref())
	}
}

func TestPools(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+`
ous: [{name: A, ous: [{name: B}]}]
pools:
  - name: p
    ou: A/B
    ids: {from: 8, count: 3, prefix: x, width: 2}
    account: {name: "n ${{ id }}", email: "${{ id }}.${{id}}@acme.example", roleName: R, tags: {seat: "${{ id }}"}}
    csv: c.csv
  - name: q
    ids: [1001, "007"]
    account: {name: "${{ id }}", email: "q${{ id }}@acme.example", tags: {a: b}}
    csv: {path: ./sub/../c.csv}
    surplus: {action: park, ou: A}
`)
	var got []string
	for a := range p.AllAccounts() {
		got = append(got, strings.Join([]string{a.ID, a.Name, a.Email, a.OU, a.RoleName, a.Billing, a.Pool}, ","))
	}
	want := []string{
		"x08,n x08,x08.x08@acme.example,A/B,R,ALLOW,p", "x09,n x09,x09.x09@acme.example,A/B,R,ALLOW,p",
		"x10,n x10,x10.x10@acme.example,A/B,R,ALLOW,p", "1001,1001,q1001@acme.example,,OrganizationAccountAccessRole,ALLOW,q",
		"007,007,q007@acme.example,,OrganizationAccountAccessRole,ALLOW,q",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if got := p.Pools[0].Accounts[2].Tags["seat"].String(); got != "x10" {
		t.Errorf("seat %s", got)
	}
	if a := p.Pools[1].Accounts; a[0].Tags["a"] != a[1].Tags["a"] {
		t.Error("tags that are alike are not shared")
	}
	if s := p.Pools[1].Surplus; s.Action != "park" || s.OU != "A" || p.Pools[0].Surplus.Action != "keep" {
		t.Errorf("surplus %+v", s)
	}
	if files := p.CSVs(); len(files) != 1 || files[0].Path != "c.csv" || files[0].Header || len(files[0].Columns) != 3 {
		t.Errorf("CSVs %+v", files)
	}
}

// TestSchemaAgrees: what the schema refuses, Load refuses too.
func TestSchemaAgrees(t *testing.T) {
	a, err := txtar.ParseFile("../schema/testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		text := string(f.Data)
		if !strings.Contains(text, "apiVersion") {
			text = head + text
		}
		dir := repository(t, text)
		write(t, dir+"/a.json", "{}")
		if _, err := spec.Load([]string{dir}, spec.Options{}); err == nil {
			t.Errorf("%s: no mistake in\n%s", f.Name, text)
		} else {
			checkErrors(t, err)
		}
	}
}

func TestOrganizationAndNodes(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+`
organization: {create: true, trustedServices: [], absent: [sso.amazonaws.com, TAG_POLICY]}
policies:
  - {name: A, adopt: {own: true}, document: &d {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
  - {name: B, adopt: true, previously: [Old], document: *d}
  - {name: C, adopt: {own: false}, document: *d}
  - {name: D, adopt: false, document: *d}
root: {policies: [A], fullAWSAccess: false}
`)
	if o := p.Organization; !o.Create || !o.TrustedServicesSet || len(o.Absent) != 2 {
		t.Errorf("organization %+v", o)
	}
	adopt := []spec.Adopt{{Adopt: true, Own: true}, {Adopt: true}, {Adopt: true}, {}}
	for i, want := range adopt {
		if got := p.Policies[i].Adopt; got != want {
			t.Errorf("policy %d: adopt %+v, want %+v", i, got, want)
		}
	}
	if n := p.Node; n.FullAWSAccess == nil || *n.FullAWSAccess || len(n.Policies) != 1 || n.Policies[0].Policy != spec.PolicyRef(spec.SCP, "A") {
		t.Errorf("root %+v", n)
	}
}

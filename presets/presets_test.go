package presets_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/schema"
	"github.com/payer-reconciler/reconciler/spec"
)

// beside is what the payer file of a test says beside its presets.
const beside = `apiVersion: reconciler/v1
kind: Payer
name: acme
accountId: "111122223333"
ous: [{name: Labs}]
pools:
  - name: students
    ou: Labs
    ids: {from: 1, count: 3}
    account: {name: "${{ id }}", email: "a${{ id }}@acme.example"}
presets:
`

// with loads a payer that uses presets.
func with(t *testing.T, uses ...string) *spec.Payer {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := beside
	for _, u := range uses {
		text += "  - " + u + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "acme.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	payers, err := spec.Load([]string{dir}, spec.Options{Presets: presets.FS})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return payers[0]
}

func list(t *testing.T) []spec.Preset {
	t.Helper()
	all, err := spec.Presets(t.TempDir(), spec.Options{Presets: presets.FS})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	if want := []string{"flexera", "micetro", "vocareum/advanced", "vocareum/standard"}; !cmp.Equal(names, want) {
		t.Fatalf("presets %v, want %v", names, want)
	}
	return all
}

// use writes a use with the examples of the parameters that choose picks.
func use(p spec.Preset, choose func(spec.Parameter) bool) string {
	var given []string
	for _, q := range p.Parameters {
		if q.Example != "" && choose(q) {
			given = append(given, q.Name+": "+q.Example)
		}
	}
	return "{use: " + p.Name + ", with: {" + strings.Join(given, ", ") + "}}"
}

// TestEveryPresetLoads: with what it must be given, with every example, and
// with each value of a parameter that has a choice.
func TestEveryPresetLoads(t *testing.T) {
	for _, p := range list(t) {
		t.Run(p.Name, func(t *testing.T) {
			required := func(q spec.Parameter) bool { return q.Required }
			uses := []string{use(p, required), use(p, func(spec.Parameter) bool { return true })}
			for _, q := range p.Parameters {
				values := q.Enum
				if q.Type == "boolean" {
					values = []string{"true", "false"}
				}
				for _, v := range values {
					u := strings.TrimSuffix(use(p, required), "}}")
					if v == "stackset" {
						u = strings.ReplaceAll(u, "pools: [students]", "ous: [Labs]")
					}
					uses = append(uses, u+", "+q.Name+": "+v+"}}")
				}
			}
			for _, u := range uses {
				got := with(t, u).Presets
				if len(got) != 1 || got[0].Name != p.Name || got[0].Description == "" || len(got[0].Form) == 0 || len(got[0].Steps) == 0 || len(got[0].Checks) == 0 {
					t.Errorf("%s: handed over %+v", u, got)
				}
			}
		})
	}
}

// TestPresetsGoTogether: one payer may serve several vendors, out of one bucket.
func TestPresetsGoTogether(t *testing.T) {
	p := with(t, "{use: vocareum/advanced, with: {billingBucket: acme-billing}}",
		"{use: flexera, with: {billingBucket: acme-billing, bucketRegion: us-east-1, organizationId: 12345}}",
		"{use: micetro, with: {members: {pools: [students]}}}")
	if len(p.Presets) != 3 || len(p.Buckets) != 1 || len(p.BillingReports) != 2 || len(p.Roles) != 2 {
		t.Errorf("%d presets, %d buckets, %d reports, %d roles", len(p.Presets), len(p.Buckets), len(p.BillingReports), len(p.Roles))
	}
}

func TestParametersAreDescribed(t *testing.T) {
	for _, p := range list(t) {
		for _, q := range p.Parameters {
			if q.Example == "" && q.Type != "boolean" && len(q.Enum) == 0 {
				t.Errorf("%s: parameter %s has no example", p.Name, q.Name)
			}
			if q.Required == (q.Default != "") && q.Required {
				t.Errorf("%s: parameter %s is required and has a default", p.Name, q.Name)
			}
		}
	}
}

func TestPresetsFitTheSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Preset()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("preset.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("preset.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list(t) {
		var v map[string]any
		if err := yaml.Unmarshal(p.Text, &v); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(any(v)); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		v["bodies"] = v["body"]
		if s.Validate(any(v)) == nil {
			t.Errorf("%s fits with a key that there is not", p.Name)
		}
	}
}

// vendor gives a document as the vendor prescribes it, its placeholder filled in.
func vendor(t *testing.T, name, policyType string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "vendor", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, placeholder := range []string{"<<my-billing-bucket>>", "YOUR_BILLING_BUCKET_NAME_HERE"} {
		b = bytes.ReplaceAll(b, []byte(placeholder), []byte("acme-billing"))
	}
	return canonical(t, policyType, b)
}

func canonical(t *testing.T, policyType string, doc []byte) string {
	t.Helper()
	s, err := iampolicy.CanonicalFor(policyType, doc)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// same holds a document that lands against the vendor's.
func same(t *testing.T, name, policyType string, got resource.Text) {
	t.Helper()
	text, known := got.Known()
	if !known {
		t.Fatalf("%s: %s is not known", name, got)
	}
	if diff := cmp.Diff(vendor(t, name, policyType), canonical(t, policyType, []byte(text))); diff != "" {
		t.Errorf("%s (-vendor +ours):\n%s", name, diff)
	}
}

// TestVocareumDocuments: what lands is what Vocareum prescribes.
func TestVocareumDocuments(t *testing.T) {
	p := with(t, "{use: vocareum/advanced, with: {ou: Vocareum, billingBucket: acme-billing, externalId: acme-7f3c}}")
	var names []string
	for _, q := range p.Policies {
		names = append(names, q.Name)
		same(t, q.Name, spec.SCP, q.Document)
	}
	if want := []string{"VocProtections", "VocUnconditionalDeny", "ConditionalDeny", "RestrictRegions", "AllowServices"}; !cmp.Equal(names, want) {
		t.Errorf("policies %v, want %v", names, want)
	}
	attached := func(n spec.Node) (names []string) {
		for _, a := range n.Policies {
			names = append(names, a.Policy.Name)
		}
		return names
	}
	i := slices.IndexFunc(p.OUs, func(o spec.OU) bool { return o.Name == "Vocareum" })
	if got, want := append(attached(p.Node), attached(p.OUs[i].Node)...), names; !cmp.Equal(got, want) {
		t.Errorf("attached %v, want %v", got, want)
	}
	role := p.Roles[0]
	same(t, "vocareumadmin-policy", iampolicy.IdentityPolicy, role.Policies.Inline[0].Document)
	wantTrust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::117530877863:root"},"Action":"sts:AssumeRole",` +
		`"Condition":{"StringEquals":{"sts:ExternalId":"acme-7f3c"}}}]}`
	if got := canonical(t, iampolicy.TrustPolicy, []byte(role.Trust.Value())); got != canonical(t, iampolicy.TrustPolicy, []byte(wantTrust)) {
		t.Errorf("trust %s", got)
	}
	if role.Name != "vocareumadmin" || role.MaxSession != 12*3600 || !role.Handoff || role.Policies.Inline[0].Name != "vocareumadmin-policy" || len(role.Policies.Inline) != 1 {
		t.Errorf("role %+v", role)
	}
	if b := p.Buckets[0]; b.Name != "acme-billing" || b.Region != "us-east-1" || p.Quotas.Accounts == nil || !p.Quotas.Accounts.Auto {
		t.Errorf("bucket %+v, quotas %+v", b, p.Quotas)
	}
	statement(t, p)
}

// statement wants the one by which Vocareum reads the bill files.
func statement(t *testing.T, p *spec.Payer) {
	t.Helper()
	i := slices.IndexFunc(p.Buckets[0].Statements, func(s spec.Statement) bool { return s.Sid == "StmtPayerAccess" })
	got := p.Buckets[0].Statements[i].Document.Resolve(func(r resource.Ref, output string) (string, bool) {
		return "arn:aws:iam::111122223333:" + r.String(), output == "arn"
	}).Value()
	want := `{"Sid":"StmtPayerAccess","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/vocareumadmin"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing/*"}`
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil || !cmp.Equal(a, b) {
		t.Errorf("statement %s, want %s", got, want)
	}
}

// TestVocareumStandard: Vocareum's role may do more, and we make no policies.
func TestVocareumStandard(t *testing.T) {
	p := with(t, "{use: vocareum/standard, with: {billingBucket: acme-billing, accounts: 201}}")
	if len(p.Policies) != 0 || p.Quotas.Accounts == nil || p.Quotas.Accounts.Number != 201 || len(p.OUs) != 2 {
		t.Errorf("%d policies, quota %+v", len(p.Policies), p.Quotas.Accounts)
	}
	inline := p.Roles[0].Policies.Inline
	if len(inline) != 2 {
		t.Fatalf("inline policies %+v", inline)
	}
	same(t, "vocareumadmin-policy", iampolicy.IdentityPolicy, inline[0].Document)
	for _, action := range []string{"MoveAccount", "CreateAccount", "CreatePolicy", "UpdatePolicy", "AttachPolicy", "DetachPolicy"} {
		if !strings.Contains(inline[1].Document.Value(), `"organizations:`+action+`"`) {
			t.Errorf("%s may not %s", inline[1].Name, action)
		}
	}
}

func TestFlexeraDocuments(t *testing.T) {
	p := with(t, "{use: flexera, with: {billingBucket: acme-billing, organizationId: 12345}}")
	same(t, "optima-policy", iampolicy.IdentityPolicy, p.IAMPolicies[0].Document)
	trust := p.Roles[0].Trust.Value()
	for _, want := range []string{"arn:aws:iam::451234325714:role/production_customer_access", `"sts:ExternalId":"12345"`} {
		if !strings.Contains(trust, want) {
			t.Errorf("trust %s without %s", trust, want)
		}
	}
	r := p.Presets[0].Register
	if r == nil || !r.Embedded || r.Host != "onboarding.rightscale.com" || r.Method != "POST" ||
		r.URL.Value() != "https://onboarding.rightscale.com/api/onboarding/orgs/12345/bill_connects/aws/iam_role" ||
		r.Body["aws_bill_account_id"].Value() != "111122223333" || r.Body["aws_bucket_name"].Value() != "acme-billing" ||
		r.Body["aws_bucket_path"].Value() != "cur/flexera" || !r.Body["aws_sts_role_arn"].Equal(resource.Output(spec.RoleRef("flexera"), "arn")) {
		t.Errorf("register %+v", r)
	}
	user := with(t, "{use: flexera, with: {billingBucket: acme-billing, organizationId: 12345, access: user}}")
	if len(user.Users) != 1 || len(user.Roles) != 0 || user.Presets[0].Register != nil || len(user.Users[0].Policies.Managed) != 1 {
		t.Errorf("%d users, %d roles, register %+v", len(user.Users), len(user.Roles), user.Presets[0].Register)
	}
}

func TestMicetroDocuments(t *testing.T) {
	p := with(t, "{use: micetro, with: {members: {pools: [students]}, role: RoleName}}")
	inline := p.Groups[0].Policies.Inline
	if len(inline) != 3 || len(p.IAMPolicies) != 0 || p.Groups[0].Members[0].Value != "micetro" {
		t.Fatalf("group %+v", p.Groups[0])
	}
	got := inline[0].Document.Resolve(func(resource.Ref, string) (string, bool) { return "123456789012", true }).Value()
	var ours, theirs struct{ Statement []map[string]any }
	if err := json.Unmarshal([]byte(canonical(t, iampolicy.IdentityPolicy, []byte(got))), &ours); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(vendor(t, "assume-role", iampolicy.IdentityPolicy)), &theirs); err != nil {
		t.Fatal(err)
	}
	delete(theirs.Statement[0], "Sid") // an empty one says nothing
	if a, b := plain(t, ours.Statement[0]), plain(t, theirs.Statement[0]); a != b {
		t.Errorf("inline policy %s, the vendor's is %s", a, b)
	}
	if m := p.MemberRoles[0]; len(m.Policies.Managed) != 3 || len(m.Accounts) != 3 || m.StackSet != nil || !strings.Contains(m.Trust.Value(), "arn:aws:iam::111122223333:root") {
		t.Errorf("member role %+v", m)
	}
}

// plain writes a statement with lists of one as their entry.
func plain(t *testing.T, s map[string]any) string {
	t.Helper()
	for k, v := range s {
		if l, ok := v.([]any); ok && len(l) == 1 {
			s[k] = l[0]
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMicetroBeyondTheLimit: where the group's inline policies do not fit, one
// managed policy takes their place.
func TestMicetroBeyondTheLimit(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(beside, "count: 3", "count: 60", 1) + "  - {use: micetro, with: {members: {pools: [students]}}}\n"
	if err := os.WriteFile(filepath.Join(dir, "acme.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	payers, err := spec.Load([]string{dir}, spec.Options{Presets: presets.FS})
	if err != nil {
		t.Fatal(err)
	}
	p := payers[0]
	if len(p.Groups[0].Policies.Inline) != 0 || len(p.IAMPolicies) != 1 || len(p.Groups[0].Policies.Managed) != 1 {
		t.Errorf("%d inline policies, %d managed ones", len(p.Groups[0].Policies.Inline), len(p.IAMPolicies))
	}
}

// TestEveryDocumentIsUsed: no file lies here that no preset names.
func TestEveryDocumentIsUsed(t *testing.T) {
	var all strings.Builder
	for _, p := range list(t) {
		all.Write(p.Text)
	}
	err := fs.WalkDir(presets.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") && !strings.Contains(all.String(), filepath.Base(path)) {
			t.Errorf("%s is in no preset", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

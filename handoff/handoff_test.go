package handoff

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flag"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

var update = flag.Bool("update", false, "write the golden files")

var vendorRole = spec.RoleRef("vendor")

// input is a payer in the middle of its way: something of every state.
func input(t *testing.T) Input {
	t.Helper()
	have := &resource.State{}
	for _, o := range []resource.Object{
		{Ref: spec.OrganizationRef, Outputs: map[string]string{"id": "o-1", "rootId": "r-1"}},
		{Ref: vendorRole, Outputs: map[string]string{"arn": "arn:aws:iam::111122223333:role/vendor"}},
		{Ref: spec.BucketRef("acme-billing"), Outputs: map[string]string{"arn": "arn:aws:s3:::acme-billing"}},
		{Ref: spec.AccountRef("a@acme.example"), Outputs: map[string]string{"id": "222233334444"}},
		{Ref: spec.QuotaRef, Outputs: map[string]string{"accounts": "10"}},
	} {
		if err := have.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	plan := &planner.Plan{Changes: []planner.Change{
		{Op: planner.Update, Ref: spec.BucketRef("acme-billing"), Fields: []planner.Field{{Name: "versioning"}}},
		{Op: planner.Update, Ref: spec.QuotaRef, Waiting: "AWS has request q-1 for 201 (CASE_OPENED)"},
		{Op: planner.Create, Ref: resource.Ref{Kind: "policy", Name: "Deny"}, Blocked: "exists, not ours"},
	}}
	for _, n := range "1234567" {
		plan.Changes = append(plan.Changes, planner.Change{Op: planner.Create, Ref: spec.AccountRef("s" + string(n) + "@acme.example")})
	}
	return Input{Payer: payer(), Plan: plan, Live: have}
}

func payer() *spec.Payer {
	output := resource.Output
	return &spec.Payer{
		Name: "acme", AccountID: "111122223333", HomeRegion: "us-east-1",
		Roles: []spec.Role{{Name: "vendor", Handoff: true, Pos: spec.Pos{File: "acme.yaml", Line: 7}}, {Name: "partner", Handoff: true, Pos: spec.Pos{File: "acme.yaml", Line: 20}}},
		MemberRoles: []spec.MemberRole{{
			Role:     spec.Role{Name: "reader", Handoff: true, Pos: spec.Pos{File: "acme.yaml", Line: 30}},
			Accounts: []spec.Account{{Name: "Lab & A", Email: "a@acme.example"}, {Name: "later", Email: "b@acme.example"}},
		}},
		Presets: []spec.PresetUse{{
			Pos: spec.Pos{File: "acme.yaml", Line: 7}, Name: "vendor/labs", Description: "Labs of a vendor",
			Form: []spec.FormField{
				{Label: "Account id", Value: resource.Lit("111122223333")},
				{Label: "Role ARN", Value: output(vendorRole, "arn")},
				{Label: "Unit", Value: output(resource.Ref{Kind: "ou", Name: "Labs"}, "id"), Note: "of | all labs"},
			},
			Mail: &spec.Mail{To: resource.Lit("labs@vendor.example"), Subject: resource.Lit("Our payer"),
				Body: resource.Join(resource.Lit("Hello,\n\nour organization is "), output(spec.OrganizationRef, "id"), resource.Lit(".\n"))},
			Links: []resource.Ref{vendorRole},
			Checks: []spec.Check{
				{Title: "Role", Covers: []string{vendorRole.String()}},
				{Title: "Bucket", Covers: []string{"bucket/acme-billing"}},
				{Title: "Quota", Covers: []string{spec.QuotaRef.String()}},
				{Title: "Policies", Covers: []string{"policy/*"}},
				{Title: "Accounts", Covers: []string{"account/*"}},
				{Title: "Report", Covers: []string{"billing-report/*"}},
			},
			Steps: []spec.Step{{Title: "Billing access", Do: resource.Lit("Sign in as root <b>now</b> @all"), URL: "https://console.aws.amazon.com/billing/home#/account"}},
			Register: &spec.Register{Embedded: true, Method: "POST", Host: "vendor.example", URL: resource.Lit("https://vendor.example/api/payers"),
				Body: map[string]resource.Text{"role": output(vendorRole, "arn")}},
		}},
	}
}

// TestForms holds text, Markdown and JSON against golden files.
func TestForms(t *testing.T) {
	h := New(input(t))
	var text, colour, markdown strings.Builder
	if err := h.WriteText(&text, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := h.WriteText(&colour, TextOptions{Color: true}); err != nil {
		t.Fatal(err)
	}
	if err := h.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"text": text.String(), "colour": colour.String(), "md": markdown.String(), "json": string(data) + "\n"} {
		file := filepath.Join("testdata", "handoff."+name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got; go test -update writes it):\n%s", file, diff)
		}
	}
	// Whatever the forms look like, text and Markdown say all that JSON says.
	for _, v := range h.Vendors {
		for _, l := range v.Checklist {
			for _, form := range []string{text.String(), markdown.String()} {
				if !strings.Contains(form, l.Title) || l.State == Waiting && !strings.Contains(form, "waiting") {
					t.Errorf("%q is not in\n%s", l.Title, form)
				}
			}
		}
	}
}

func TestSummary(t *testing.T) {
	in := input(t)
	h := New(in)
	if want := (Summary{Done: 1, Missing: 6, Waiting: 1, ByHand: 1}); h.Summary != want || h.Complete() {
		t.Errorf("summary %+v, complete %v", h.Summary, h.Complete())
	}
	in.Plan = &planner.Plan{}
	in.Payer.Presets[0].Checks = in.Payer.Presets[0].Checks[:3]
	in.Payer.Roles, in.Payer.MemberRoles = in.Payer.Roles[:1], nil
	if h := New(in); h.Summary != (Summary{Done: 3, ByHand: 1}) || !h.Complete() {
		t.Errorf("summary %+v, complete %v", h.Summary, h.Complete())
	}
}

// TestNobodyToHandTo has neither preset nor role.
func TestNobodyToHandTo(t *testing.T) {
	in := input(t)
	in.Payer = &spec.Payer{Name: "acme", Roles: []spec.Role{{Name: "ours"}}}
	if h := New(in); len(h.Vendors) != 0 {
		t.Errorf("vendors %+v", h.Vendors)
	}
}

// TestNobodysAccounts: the management account, those of others and those that
// left the file are no accounts that the file asks for. What a line names by
// itself counts whoever made it.
func TestNobodysAccounts(t *testing.T) {
	have := &resource.State{}
	theirs, left, role := spec.AccountRef("theirs@acme.example"), spec.AccountRef("left@acme.example"), spec.RoleRef("AWSServiceRoleForX")
	for _, o := range []resource.Object{
		{Ref: spec.AccountRef("root@acme.example"), Outputs: map[string]string{"id": "111122223333"}},
		{Ref: theirs, Outputs: map[string]string{"id": "222233334444"}},
		{Ref: left, Outputs: map[string]string{"id": "333344445555"}},
		{Ref: role, Facts: map[string]string{resource.FactSystem: "true"}},
	} {
		if err := have.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	in := Input{Payer: payer(), Live: have, Plan: &planner.Plan{Unmanaged: []resource.Ref{theirs}, Left: []planner.Left{{Ref: left}}}}
	l := in.check(spec.Check{Title: "Accounts", Covers: []string{"account/*"}})
	if l.State != Missing || l.Do != "the payer file asks for none of account/*" {
		t.Errorf("line %+v", l)
	}
	if l := in.check(spec.Check{Title: "Named", Covers: []string{theirs.String(), role.String()}}); l.State != Done {
		t.Errorf("line %+v", l)
	}
	in.Plan = &planner.Plan{}
	if l := in.check(spec.Check{Title: "Accounts", Covers: []string{"account/*"}}); l.State != Done {
		t.Errorf("with an account of the file: %+v", l)
	}
}

// TestRolesForMachines have no sign-in link: the console has no external id.
func TestRolesForMachines(t *testing.T) {
	in := input(t)
	in.Payer.Roles[1].Trust = resource.Lit(`{"Statement":[{"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}`)
	in.Payer.MemberRoles[0].Trust = in.Payer.Roles[1].Trust
	if v := New(in).Vendors[1]; len(v.Links) > 0 {
		t.Errorf("links %+v", v.Links)
	}
}

// TestMembersAloneHaveALine: a role of members that no person can take on is
// missing, before it is there and after.
func TestMembersAloneHaveALine(t *testing.T) {
	in := input(t)
	in.Payer.Presets, in.Payer.Roles = nil, nil
	in.Payer.MemberRoles[0].Trust = resource.Lit(`{"Statement":[{"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}`)
	if h := New(in); h.Summary != (Summary{Missing: 1}) || h.Complete() {
		t.Errorf("summary %+v, vendors %+v", h.Summary, h.Vendors)
	}
}

// TestLink asks the console of each partition, with the words escaped.
func TestLink(t *testing.T) {
	p := payer()
	for region, want := range map[string]string{
		"us-east-1":      "https://signin.aws.amazon.com/switchrole?account=222233334444&roleName=r&displayName=Lab+%26+A",
		"us-gov-west-1":  "https://signin.amazonaws-us-gov.com/switchrole?account=222233334444&roleName=r&displayName=Lab+%26+A",
		"cn-northwest-1": "https://signin.amazonaws.cn/switchrole?account=222233334444&roleName=r&displayName=Lab+%26+A",
	} {
		p.HomeRegion = region
		if got := link(p, "222233334444", "/", "r", "Lab & A").URL; got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
	if got := link(p, "1", "/ops/", "r", "x").URL; !strings.Contains(got, "&roleName=ops%2Fr&") {
		t.Errorf("the path is not in %s", got)
	}
	if got := link(p, "1", "/", "r", strings.Repeat("é", 70)).Name; len([]rune(got)) != 64 {
		t.Errorf("the name has %d characters", len([]rune(got)))
	}
}

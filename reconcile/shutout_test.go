package reconcile

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// labs is a payer with two accounts in ou/Labs, and a vendor's role in them or
// none.
func labs(t testing.TB, vendor bool) *Planned {
	t.Helper()
	p := &Planned{Payer: &spec.Payer{Name: "acme", AccountID: "111122223333", HomeRegion: "us-east-1"}, Live: &resource.State{}, Plan: &planner.Plan{}}
	p.Payer.Run.Caller = "arn:aws:iam::111122223333:role/reconciler"
	ops := resource.Lit("ops")
	p.Payer.Roles = []spec.Role{{Name: "reconciler", Path: "/", Tags: map[string]*resource.Text{"team": &ops, "old": nil}}}
	put(t, p, resource.Object{Ref: spec.OrganizationRef, Outputs: map[string]string{"id": "o-ours1"}})
	put(t, p, resource.Object{Ref: spec.RootRef, Outputs: map[string]string{"path": "o-ours1/r-1/"}})
	for name, path := range map[string]string{"Labs": "ou-labs", "Locked": "ou-lock"} {
		unit := resource.Ref{Kind: "ou", Name: name}
		put(t, p, resource.Object{Ref: unit, Outputs: map[string]string{"id": path, "path": "o-ours1/r-1/" + path + "/"}})
		for _, node := range []resource.Ref{spec.RootRef, unit} {
			p.Live.Put(hanging(spec.SCP, spec.FullAWSAccess, node))
			p.Live.Put(hanging(spec.RCP, spec.RCPFullAWSAccess, node))
		}
	}
	for i := range 2 {
		email := fmt.Sprintf("s%d@acme.example", i)
		put(t, p, resource.Object{Ref: spec.AccountRef(email), Attrs: resource.Attrs{"ou": resource.Lit("ou/Labs")},
			Outputs: map[string]string{"id": fmt.Sprintf("44440000000%d", i+1)}, Facts: map[string]string{resource.FactState: "ACTIVE"}})
		p.Payer.Accounts = append(p.Payer.Accounts, spec.Account{Email: email, OU: "Labs", OUSet: true,
			RoleName: "OrganizationAccountAccessRole", MemberRole: "OrganizationAccountAccessRole"})
	}
	if vendor {
		yes, bound := resource.Lit("yes"), resource.Lit("arn:aws:iam::aws:policy/PowerUserAccess")
		p.Payer.MemberRoles = []spec.MemberRole{{Accounts: p.Payer.Accounts, Role: spec.Role{Name: "Vendor", Path: "/", Handoff: true,
			Trust:    resource.Lit(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"acme-7f3c"}}}]}`),
			Boundary: &bound,
			Tags:     map[string]*resource.Text{"vendor": &yes},
			Policies: spec.Policies{Managed: []spec.ManagedPolicy{{ARN: resource.Lit("arn:aws:iam::aws:policy/ReadOnlyAccess")}}}}}}
	}
	return p
}

func put(t testing.TB, p *Planned, o resource.Object) {
	t.Helper()
	if err := p.Live.Add(o); err != nil {
		t.Fatal(err)
	}
}

// hanging is a policy on a node.
func hanging(policyType, policy string, node resource.Ref) resource.Object {
	ref := spec.PolicyRef(policyType, policy)
	return resource.Object{Ref: spec.AttachmentRef(ref, node), Facts: map[string]string{resource.FactPolicy: ref.String(), resource.FactNode: node.String() + " " + policyType}}
}

// document is a policy of statements that deny everything but for what they say.
func document(t testing.TB, statements string) string {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte("["+statements+"]"), &list); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	for _, s := range list {
		for key, other := range map[string]string{"Effect": "", "Action": "NotAction", "Resource": "NotResource"} {
			if s[key] == nil && s[other] == nil {
				s[key] = map[string]string{"Effect": "Deny", "Action": "*", "Resource": "*"}[key]
			}
		}
	}
	doc, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// hang puts a policy on ou/Labs: before, so that the plan edits it, or in the
// plan. A list stands instead of what allows everything.
func hang(t testing.TB, p *Planned, sort, before, after string) {
	t.Helper()
	labs := resource.Ref{Kind: "ou", Name: "Labs"}
	policyType := spec.SCP
	if sort == "rcp" {
		policyType = spec.RCP
	}
	ref := spec.PolicyRef(policyType, "X")
	want := resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(document(t, after))}}
	change := planner.Change{Op: planner.Create, Ref: ref, Want: &want}
	at := hanging(policyType, "X", labs)
	full := hanging(spec.SCP, spec.FullAWSAccess, labs)
	if before != "-" {
		change.Op = planner.Update
		put(t, p, resource.Object{Ref: ref, Attrs: resource.Attrs{"document": resource.Lit(document(t, before))}})
		put(t, p, at)
		if sort == "list" {
			full.Facts = map[string]string{resource.FactAbsent: "true"}
			p.Live.Put(full)
		}
	} else {
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: at.Ref, Want: &at})
		if sort == "list" {
			p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Delete, Ref: full.Ref, Have: &full})
		}
	}
	p.Plan.Changes = append(p.Plan.Changes, change)
}

// TestDanger20Table is whom policies shut out, decided by hand.
func TestDanger20Table(t *testing.T) {
	text, err := os.ReadFile("testdata/shutout.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows, later := 0, time.Now().UTC().AddDate(0, 0, 40).Truncate(24*time.Hour)
	for i, line := range strings.Split(string(text), "\n") {
		cell := strings.Split(line, " | ")
		if len(cell) != 5 || strings.HasPrefix(line, "#") {
			continue
		}
		rows++
		t.Run(fmt.Sprintf("line %d: %s", i+1, cell[4]), func(t *testing.T) {
			who, sort, _ := strings.Cut(cell[1], " ")
			p := labs(t, who == "v")
			soon := strings.NewReplacer("EPOCH", strconv.FormatInt(later.Unix(), 10), "SOON", later.Format(time.RFC3339),
				"LATER", later.AddDate(0, 1, 0).Format(time.RFC3339), "GONE", later.AddDate(-1, 0, 0).Format(time.RFC3339))
			hang(t, p, sort, soon.Replace(cell[2]), soon.Replace(cell[3]))
			hold, err := p.barred(true)
			if err != nil {
				t.Fatal(err)
			}
			got := "-"
			for _, r := range slices.SortedFunc(maps.Keys(hold), resource.Ref.Compare) {
				got, _, _ = strings.Cut(strings.TrimPrefix(hold[r], "it "), " ")
				if from := " from " + later.Format(time.DateOnly) + " on: "; strings.Contains(hold[r], from) {
					got += " soon"
				}
				if !strings.HasSuffix(hold[r], "; reconciler apply --allow-self lifts this") || strings.HasPrefix(got, "may") && !strings.Contains(hold[r], ` denies it where {"`) {
					t.Errorf("%s: %s", r, hold[r])
				}
			}
			if got != cell[0] {
				t.Errorf("%s, want %s: %v", got, cell[0], hold)
			}
		})
	}
	if rows < 120 {
		t.Errorf("%d rows", rows)
	}
}

// TestDanger20WhatVendorsPrescribe shuts nobody out, each by itself and all
// together; nor does what the examples attach.
func TestDanger20WhatVendorsPrescribe(t *testing.T) {
	var all []string
	for _, pattern := range []string{"../presets/vocareum/*.json", "../examples/*/policies/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	scps := 0
	for _, role := range []string{"vocareum", "OrganizationAccountAccessRole"} {
		p := labs(t, false)
		for i := range p.Payer.Accounts {
			p.Payer.Accounts[i].RoleName, p.Payer.Accounts[i].MemberRole = role, role
		}
		for _, file := range all {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(file, "vocareumadmin") {
				continue // what a role may do
			}
			scps++
			content := strings.NewReplacer("${{ payer.region }}", "us-east-1", "${{ payer.partition }}", "aws").Replace(string(doc))
			ref := spec.PolicyRef(spec.SCP, strings.NewReplacer("/", "-", ".", "").Replace(file))
			at := hanging(spec.SCP, ref.Name, resource.Ref{Kind: "ou", Name: "Labs"})
			changes := []planner.Change{{Op: planner.Create, Ref: at.Ref, Want: &at},
				{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(content)}}}}
			alone := *p
			alone.Plan = &planner.Plan{Changes: changes}
			if hold, err := alone.barred(true); err != nil || len(hold) > 0 {
				t.Errorf("%s for role %s: %v, %v", file, role, hold, err)
			}
			p.Plan.Changes = append(p.Plan.Changes, changes...)
		}
		if hold, err := p.barred(true); err != nil || len(hold) > 0 {
			t.Errorf("together for role %s: %v, %v", role, hold, err)
		}
	}
	if scps < 22 {
		t.Errorf("%d policies", scps)
	}
}

// TestDanger20AMoveUnderWhatShutsOut holds the move, of those accounts alone that
// a role of ours works in.
func TestDanger20AMoveUnderWhatShutsOut(t *testing.T) {
	locked := resource.Ref{Kind: "ou", Name: "Locked"}
	for _, tt := range []struct {
		name, statements string
		want             []string
	}{
		{"everything is denied there", "{}", []string{"account/s0@acme.example"}},
		{"a part is denied there", `{"Action": "iam:*"}`, nil},
		{"the role is exempt there", `{"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := labs(t, false)
			put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "X"), Attrs: resource.Attrs{"document": resource.Lit(document(t, tt.statements))}})
			put(t, p, hanging(spec.SCP, "X", locked))
			p.Payer.Accounts[0].OU = "Locked"
			move := func(email string) {
				p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Update, Ref: spec.AccountRef(email), Move: true,
					Want: &resource.Object{Attrs: resource.Attrs{"ou": resource.Lit(locked.String())}}})
			}
			move("s0@acme.example")
			move("surplus@acme.example") // of no entry of the file
			hold, err := p.barred(true)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for r, why := range hold {
				got = append(got, r.String())
				if !strings.HasPrefix(why, "it would shut out role OrganizationAccountAccessRole in accounts of ou/Locked (") {
					t.Errorf("%s: %s", r, why)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			p.Plan.Changes[0].Blocked = "for another reason"
			if hold, err := p.barred(true); err != nil || len(hold) > 0 {
				t.Errorf("where the account stays: %v, %v", hold, err)
			}
		})
	}
}

// TestDanger20EachUnitByItsOwn names to each unit what shuts it out, and holds all
// at once, though they are alike.
func TestDanger20EachUnitByItsOwn(t *testing.T) {
	p := edited(t, 15)
	p.Plan.Changes = nil
	put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "Lock"), Attrs: resource.Attrs{"document": resource.Lit(document(t, "{}"))}})
	want := map[string]string{}
	for _, name := range []string{"Course 0", "Course 2"} {
		at := hanging(spec.SCP, "Lock", resource.Ref{Kind: "ou", Name: name})
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: at.Ref, Want: &at})
		want[at.Ref.String()] = "it would shut out role vocareum in accounts of ou/" + name + " (reconciler enters the accounts by it): " +
			"statement 1 of policy/Lock on ou/" + name + " denies it; reconciler apply --allow-self lifts this"
	}
	hold, err := p.barred(true)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for r, why := range hold {
		got[r.String()] = why
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
}

// TestDanger20WhereTheFileDoesNotSay edits a policy that somebody attached to a
// unit outside of the file, in which an account of the file stands.
func TestDanger20WhereTheFileDoesNotSay(t *testing.T) {
	p := labs(t, false)
	p.Payer.Accounts[0].OU, p.Payer.Accounts[0].OUSet = "", false
	a, _ := p.Live.Get(p.Payer.Accounts[0].Ref())
	a.Attrs = resource.Attrs{"ou": resource.Lit("ou/Foreign")}
	p.Live.Put(a)
	ref := spec.PolicyRef(spec.SCP, "X")
	put(t, p, resource.Object{Ref: resource.Ref{Kind: "ou", Name: "Foreign"}, Outputs: map[string]string{"id": "ou-f"}})
	put(t, p, resource.Object{Ref: ref, Attrs: resource.Attrs{"document": resource.Lit(document(t, `{"Action": "ec2:Purchase*"}`))}})
	p.Plan.Changes = []planner.Change{{Op: planner.Update, Ref: ref, Want: &resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(document(t, "{}"))}}}}
	if hold, err := p.barred(true); err != nil || len(hold) > 0 {
		t.Errorf("where it hangs nowhere: %v, %v", hold, err)
	}
	p.reaches = []target{{policy: ref, policyType: spec.SCP, unit: "Foreign"}}
	hold, err := p.barred(true)
	if why := hold[ref]; err != nil || len(hold) != 1 || !strings.Contains(why, "in accounts of ou/Foreign (") {
		t.Errorf("held: %v, %v", hold, err)
	}
}

// TestAMemberWriteThatIsDeniedForSure is held, one that only may be is tried.
func TestAMemberWriteThatIsDeniedForSure(t *testing.T) {
	for _, tt := range []struct {
		name, statements string
		want             bool
	}{
		{"the call", `{"Action": "iam:CreateRole"}`, true},
		{"one of its calls", `{"Action": "iam:AttachRolePolicy"}`, true},
		{"a call that it does not take", `{"Action": "iam:PutRolePolicy"}`, false},
		{"to all but the role that makes it", `{"Action": "iam:*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}}}`, false},
		{"to all but the role that is made", `{"Action": "iam:*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Vendor"}}}`, true},
		{"to all but the role in another account", `{"Action": "iam:*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::444400000002:role/*"}}}`, true},
		{"to all but the one in the payer that begins it", `{"Action": "iam:*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/reconciler"}}}`, true},
		{"on that role", `{"Action": "iam:CreateRole", "Resource": "arn:aws:iam::*:role/Vendor"}`, true},
		{"on another", `{"Action": "iam:CreateRole", "Resource": "arn:aws:iam::*:role/Admin"}`, false},
		{"where IAM is not", `{"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}`, false},
		{"where IAM is", `{"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}`, true},
		{"without a tag of the principal", `{"Action": "iam:*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/admin": "yes"}}}`, false},
		{"without a tag of what is made", `{"Action": "iam:CreateRole", "Condition": {"Null": {"aws:RequestTag/owner": "true"}}}`, true},
		{"without one that it has", `{"Action": "iam:CreateRole", "Condition": {"Null": {"aws:RequestTag/course": "true"}}}`, false},
		{"with another value of one", `{"Action": "iam:CreateRole", "Condition": {"StringNotEquals": {"aws:RequestTag/course": "b"}}}`, true},
		{"with tags beside those it has", `{"Action": "iam:TagRole", "Condition": {"ForAnyValue:StringNotLike": {"aws:TagKeys": ["course", "reconciler:*"]}}}`, false},
		{"with our mark", `{"Action": "iam:TagRole", "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": "reconciler:*"}}}`, true},
		{"without the boundary", `{"Action": "iam:CreateRole", "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}}}`, false},
		{"without another boundary", `{"Action": "iam:CreateRole", "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/Other"}}}`, true},
		{"the policy", `{"Action": "iam:AttachRolePolicy", "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}`, true},
		{"another policy", `{"Action": "iam:AttachRolePolicy", "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}}}`, false},
		{"policies of others than AWS", `{"Action": "iam:AttachRolePolicy", "Condition": {"ArnNotLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}}`, false},
		{"from all but some addresses", `{"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}`, false},
		{"until a day to come", `{"Action": "iam:*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}}`, true},
		{"from a day to come", `{"Action": "iam:*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := labs(t, true)
			ref := resource.Ref{Kind: "member-role", Name: "s0@acme.example/Vendor"}
			p.Plan.Changes = []planner.Change{{Op: planner.Create, Ref: ref,
				Want: &resource.Object{Ref: ref, Attrs: resource.Attrs{"managed.arn:aws:iam::aws:policy/ReadOnlyAccess": resource.Lit("attached"),
					"permissionsBoundary": resource.Lit("arn:aws:iam::aws:policy/PowerUserAccess"), "tags.course": resource.Lit("a")}}}}
			put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "X"), Attrs: resource.Attrs{"document": resource.Lit(document(t, tt.statements))}})
			put(t, p, hanging(spec.SCP, "X", resource.Ref{Kind: "ou", Name: "Labs"}))
			hold, err := p.barred(true)
			if err != nil {
				t.Fatal(err)
			}
			if why, got := hold[ref]; got != tt.want || got && !strings.Contains(why, " of role OrganizationAccountAccessRole would be denied: statement 1 of policy/X on ou/Labs denies it") {
				t.Errorf("held: %v %s", got, why)
			}
		})
	}
}

// BenchmarkShutOut is a plan that shuts 2,000 units out, each by an attachment of
// its own.
func BenchmarkShutOut(b *testing.B) {
	p := edited(b, 10000)
	p.Plan.Changes = nil
	policy := spec.PolicyRef(spec.SCP, "Lock")
	put(b, p, resource.Object{Ref: policy, Attrs: resource.Attrs{"document": resource.Lit(strings.Replace(explain.Full, "Allow", "Deny", 1))}})
	for i := range 2000 {
		at := hanging(spec.SCP, "Lock", resource.Ref{Kind: "ou", Name: fmt.Sprintf("Course %d", i)})
		p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: at.Ref, Want: &at})
	}
	for b.Loop() {
		if hold, err := p.barred(true); err != nil || len(hold) != 2000 {
			b.Fatal(len(hold), err)
		}
	}
}

package bootstrap

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestTable holds every row to what a row must say.
func TestTable(t *testing.T) {
	action := regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z]+$`)
	seen := map[string]bool{}
	for _, r := range Table() {
		name := r.Service + " " + r.Operation
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		if !strings.HasPrefix(r.Source, "https://docs.aws.amazon.com/") {
			t.Errorf("%s has the source %q", name, r.Source)
		}
		for _, a := range r.Actions {
			if !action.MatchString(a) {
				t.Errorf("%s asks for %q", name, a)
			}
		}
		if len(r.Actions) == 0 && name != "STS GetCallerIdentity" {
			t.Errorf("%s asks for nothing", name)
		}
		if reads := regexp.MustCompile(`^(Describe|List|Get|Head|Assume)`).MatchString(r.Operation); reads == r.Write {
			t.Errorf("%s: write is %v", name, r.Write)
		}
	}
	if len(seen) < 80 {
		t.Errorf("the table has %d rows", len(seen))
	}
}

// payer is one with everything that the policies depend on.
func payer() *spec.Payer {
	return &spec.Payer{
		Name: "acme", AccountID: "111122223333", HomeRegion: "us-east-1",
		Access: &spec.Access{RoleARN: "arn:aws:iam::111122223333:role/tools/keeper", ExternalID: "acme-7f3c"},
		MemberRoles: []spec.MemberRole{{Accounts: []spec.Account{
			{MemberRole: "vocareum"}, {MemberRole: "OrganizationAccountAccessRole"}, {MemberRole: "vocareum"},
		}}},
	}
}

// TestPolicies are right, small enough for AWS and say no more than they must.
func TestPolicies(t *testing.T) {
	n := For(payer(), Options{Trust: "444455556666"})
	for _, p := range []Policy{n.Plan, n.Apply} {
		doc := p.Document()
		if err := iampolicy.Check(iampolicy.IdentityPolicy, []byte(doc)); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if n := len(doc); n > 6144 {
			t.Errorf("%s has %d of 6,144 characters", p.Name, n)
		}
		for _, wide := range []string{`"*:*"`, "iam:*", "organizations:*", "CloseAccount", "LeaveOrganization", "CreateAccessKey"} {
			if strings.Contains(doc, wide) {
				t.Errorf("%s allows %s", p.Name, wide)
			}
		}
	}
	if bad := regexp.MustCompile(`"[a-z0-9]+:(Create|Delete|Put|Update|Tag|Attach|Enable)\w*"`).FindString(n.Plan.Document()); bad != "" {
		t.Errorf("the plan's policy allows %s", bad)
	}
	want := `{"Sid":"PlanMembers","Effect":"Allow","Action":["sts:AssumeRole"],"Resource":["arn:aws:iam::*:role/OrganizationAccountAccessRole","arn:aws:iam::*:role/vocareum"]}`
	if doc := n.Plan.Document(); !strings.Contains(doc, want) {
		t.Errorf("the plan's policy does not hold %s: %s", want, doc)
	}
	if n.Role != "keeper" || n.Path != "/tools/" || n.Plan.Name != "keeper-plan" {
		t.Errorf("role %s, path %s, policy %s", n.Role, n.Path, n.Plan.Name)
	}
}

// TestNoMembersToEnter lets nobody into members.
func TestNoMembersToEnter(t *testing.T) {
	p := payer()
	p.MemberRoles = nil
	if doc := For(p, Options{}).Plan.Document(); strings.Contains(doc, "sts:") {
		t.Errorf("the policy is %s", doc)
	}
}

// TestLease: the lease and the pause beside it, and nothing else in its bucket.
func TestLease(t *testing.T) {
	p := payer()
	if n := For(p, Options{}); strings.Contains(n.Plan.Document()+n.Apply.Document(), "Object") {
		t.Errorf("without a lease: %s %s", n.Plan.Document(), n.Apply.Document())
	}
	p.Lease = &spec.Lease{Bucket: "acme-billing", Key: "reconciler/acme.lease"}
	n := For(p, Options{})
	objects := `"Resource":["arn:aws:s3:::acme-billing/reconciler/acme.lease","arn:aws:s3:::acme-billing/reconciler/acme.lease.pause"]}`
	for want, doc := range map[string]string{
		`{"Sid":"PlanLease","Effect":"Allow","Action":["s3:GetObject"],` + objects:                    n.Plan.Document(),
		`{"Sid":"ApplyLease","Effect":"Allow","Action":["s3:DeleteObject","s3:PutObject"],` + objects: n.Apply.Document(),
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("%s is not in %s", want, doc)
		}
		if err := iampolicy.Check(iampolicy.IdentityPolicy, []byte(doc)); err != nil {
			t.Error(err)
		}
	}
}

// TestTrust asks for the external id, and names a role where one is given.
func TestTrust(t *testing.T) {
	for trust, principal := range map[string]string{
		"444455556666":                         "arn:aws:iam::444455556666:root",
		"arn:aws:iam::444455556666:role/tools": "arn:aws:iam::444455556666:role/tools",
	} {
		doc := For(payer(), Options{Trust: trust}).TrustPolicy()
		if err := iampolicy.Check(iampolicy.TrustPolicy, []byte(doc)); err != nil {
			t.Error(err)
		}
		for _, want := range []string{`"AWS":"` + principal + `"`, `"sts:ExternalId":"acme-7f3c"`} {
			if !strings.Contains(doc, want) {
				t.Errorf("%s is not in %s", want, doc)
			}
		}
	}
}

// TestNoRowTooMany: what the tool never calls it needs no permission for.
func TestNoRowTooMany(t *testing.T) {
	var code strings.Builder
	for _, dir := range []string{"../kinds", "../cloud", "../lease"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			code.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range Table() {
		called := regexp.MustCompile(`\.` + r.Operation + `(\(|Input\{)|New` + r.Operation + `Paginator\(`)
		if !called.MatchString(code.String()) {
			t.Errorf("nothing calls %s %s", r.Service, r.Operation)
		}
	}
}

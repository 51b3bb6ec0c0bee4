package role_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const prune = "safety: {prune: true}\n"

// TestDanger20TrustOfAHandOffRole does not shut a vendor out, until it is said.
func TestDanger20TrustOfAHandOffRole(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		handoff := admin("handoff: true")
		r.Apply(handoff)
		before := r.Writes()
		cut := strings.Replace(handoff, "117530877863", "451234325714", 1)
		p := r.Plan(cut)
		lines := kindtest.Lines(p)
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "!~ role/admin trust: ") || !strings.Contains(lines[0], "117530877863") ||
			!strings.HasSuffix(lines[0], "; --allow-self lifts this)") {
			t.Errorf("plan %q", lines)
		}
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("apply: %v, %d writes", err, r.Writes()-before)
		}
		// One more who may, and other policies, are no loss.
		more := strings.Replace(handoff, `["117530877863"]`, `["117530877863", "451234325714"]`, 1)
		if lines := kindtest.Lines(r.Apply(more)); len(lines) != 1 || lines[0][0] != '~' {
			t.Errorf("plan %q", lines)
		}
		r.Run.AllowSelf = true
		if lines := kindtest.Lines(r.Apply(cut)); len(lines) != 1 || lines[0][0] != '~' {
			t.Errorf("plan %q", lines)
		}
		r.Settled(cut)
	})
}

// TestDanger20TrustInWhatIsNotMadeYet changes the trust to somebody whom the
// same plan makes, and whose ARN is not known yet.
func TestDanger20TrustInWhatIsNotMadeYet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		handoff := admin("handoff: true")
		r.Apply(handoff)
		before := r.Writes()
		const vendor = `trust: {accounts: ["117530877863"], externalId: acme-7f3c}`
		const fresh = "users: [{name: new}]\n"
		cut := strings.Replace(handoff, vendor, `trust: {principals: ["${{ user:new.arn }}"]}`, 1) + fresh
		p := r.Plan(cut)
		lines := kindtest.Lines(p)
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "!~ role/admin trust: ") || !strings.Contains(lines[0], "117530877863") ||
			!strings.HasSuffix(lines[0], "; --allow-self lifts this)") || lines[1] != "+ user/new" {
			t.Errorf("plan %q", lines)
		}
		if _, err := r.TryApply(p); err != nil || r.Writes() != before+1 {
			t.Errorf("apply: %v, %d writes, want the user alone", err, r.Writes()-before)
		}
		if lines := kindtest.Lines(r.Plan(cut)); len(lines) != 1 || lines[0][0] != '!' {
			t.Errorf("plan of what is known now: %q", lines)
		}
		// One more who may, and is not there yet either, is no loss; nor is one who
		// was always trusted while others are made.
		more := strings.Replace(handoff, vendor, `trust: {accounts: ["117530877863"], principals: ["${{ user:next.arn }}"], externalId: acme-7f3c}`, 1) +
			strings.Replace(fresh, "new", "next", 1)
		if lines := kindtest.Lines(r.Plan(more)); len(lines) != 2 || !strings.HasPrefix(lines[0], "~ role/admin trust: ") {
			t.Errorf("plan %q", lines)
		}
		r.Run.AllowSelf = true
		cut = strings.Replace(cut, "new", "third", -1)
		if lines := kindtest.Lines(r.Apply(cut)); len(lines) != 2 || lines[0] != "+ user/third" && lines[1] != "+ user/third" {
			t.Errorf("plan %q", lines)
		}
		r.Settled(cut)
	})
}

// TestDanger20TheRoleThatWeRunAs bears our mark and has left the file: prune
// leaves it, until it is said.
func TestDanger20TheRoleThatWeRunAs(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(admin(""))
		const access = "access: {roleArn: \"arn:aws:iam::" + kindtest.Account + ":role/admin\"}\n"
		r.Want(r.Plan(access+org+prune), "!- role/admin (blocked: access.roleArn names it; --allow-self lifts this)")
		r.Run.AllowSelf = true
		r.Want(r.Apply(access+org+prune), "- role/admin")
	})
}

// TestTheWayInIsNoStranger has roles that nobody should count: AWS's own and
// the one that the file enters by.
func TestTheWayInIsNoStranger(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		kindtest.Must[*iam.CreateServiceLinkedRoleOutput](r)(r.IAM().CreateServiceLinkedRole(t.Context(),
			&iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("config.amazonaws.com")}))
		r.Role("way-in")
		r.Role("theirs")
		p := r.Plan("access: {roleArn: \"arn:aws:iam::" + kindtest.Account + ":role/way-in\"}\n" + org)
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{"role/theirs"})
	})
}

// TestPrunedPolicyComesOffFirst takes a policy of ours, which left the file, off
// the roles that the file names, and stays where a foreign role has it.
func TestPrunedPolicyComesOffFirst(t *testing.T) {
	kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
		policies := "iamPolicies: [{name: P, document: " + kindtest.Grant("s3:*") + "}, {name: Q, document: " + kindtest.Grant("ec2:*") + "}]\n"
		r.Apply(admin("managedPolicies: [P, Q]") + policies)
		r.Settled(admin("managedPolicies: [P, Q]") + policies)
		r.Role("theirs")
		r.AttachRole("theirs", kindtest.PolicyARN("Q"))
		r.CatchUp()
		p := r.Apply(admin(""))
		r.Want(p) // additive: what hangs on it stays
		r.Equal("left", kindtest.Left(p), []string{"iam-policy/P", "iam-policy/Q"})
		p = r.Plan(admin("") + prune)
		r.Want(p, "- iam-policy/P", "!- iam-policy/Q (blocked: role/theirs needs it)",
			"~ role/admin managed."+kindtest.PolicyARN("P")+": attached -> none, managed."+kindtest.PolicyARN("Q")+": attached -> none")
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.CatchUp()
		r.Want(r.Plan(admin("")+prune), "!- iam-policy/Q (blocked: role/theirs needs it)")
		if r.GetIAMPolicy("P") != nil || r.GetIAMPolicy("Q") == nil {
			t.Error("P is there, or Q is gone")
		}
	})
}

// TestBoundary sets a permissions boundary at creation and later, and takes it
// off.
func TestBoundary(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		policies := "iamPolicies: [{name: P, document: " + kindtest.Grant("s3:*") + "}, {name: Q, document: " + kindtest.Grant("ec2:*") + "}]\n"
		bound := func(name string) string {
			return admin("permissionsBoundary: \"${{ iamPolicy:"+name+".arn }}\"") + policies
		}
		r.Sim.ResetCalls()
		r.Want(r.Apply(bound("P")), "+ iam-policy/P", "+ iam-policy/Q", "+ organization", "+ ou/Keep", "+ role/admin")
		r.Equal("order", r.Order("Role"), []string{"CreateRole", "PutRolePolicy"}) // it came with the role
		r.Settled(bound("P"))
		r.Want(r.Apply(bound("Q")), "~ role/admin permissionsBoundary: "+kindtest.PolicyARN("P")+" -> "+kindtest.PolicyARN("Q"))
		off := admin("permissionsBoundary: null") + policies
		r.Want(r.Apply(off), "~ role/admin permissionsBoundary: "+kindtest.PolicyARN("Q")+" -> none")
		r.Settled(off)
	})
}

// TestDanger24NamesThatDifferInCase are one for IAM: nothing is made or changed.
func TestDanger24NamesThatDifferInCase(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		r.Role("ADMIN")
		lines := kindtest.Lines(r.Plan(admin("")))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "!@ role/admin ") || !strings.Contains(lines[0], `it exists as "ADMIN"`) {
			t.Errorf("plan %q", lines)
		}
	})
}

package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// inMembers are the calls to IAM that were made in members since the last time.
func inMembers(r *kindtest.Rig) []string {
	var all []string
	for _, c := range r.Sim.Calls() {
		if c.Service == "iam" && c.Account != kindtest.Account {
			all = append(all, "iam:"+c.Operation)
		}
	}
	r.Sim.ResetCalls()
	slices.Sort(all)
	return slices.Compact(all)
}

// memberRoleOf is a payer with a role in a member.
func memberRoleOf(role string) string {
	return "organization: {create: true}\nous: [{name: Labs}]\nsafety: {prune: true, maxRemovals: 9}\naccounts: [{name: sec, email: sec@acme.example, ou: Labs}]\n" +
		"memberRoles:\n  - {name: Keep, in: {accounts: [sec]}, trust: {services: [ec2.amazonaws.com]}}\n" + role
}

// TestCallsInMembers are those that self-protection asks for: what passes call in
// members is recorded, so that its list cannot part from that.
func TestCallsInMembers(t *testing.T) {
	const (
		head   = "  - {name: R, in: {accounts: [sec]}, trust: {services: [SERVICE.amazonaws.com]}, "
		bare   = head + "}\n"
		inline = "inlinePolicies: {in: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}}}, "
		full   = head + "description: one, tags: {course: a}, permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess', managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'], " + inline + "}\n"
	)
	made := func(role, service string) string { return memberRoleOf(strings.ReplaceAll(role, "SERVICE", service)) }
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(memberRoleOf(""))
		asked := map[string]bool{}
		for _, step := range []struct{ name, body string }{
			{"the bare role is made", made(bare, "ec2")},
			{"another trust", made(bare, "ecs-tasks")},
			{"the bare role goes", memberRoleOf("")},
			{"the full role is made", made(full, "ec2")},
			{"another description and tag", made(strings.NewReplacer("one", "two", "course: a", "course: b").Replace(full), "ec2")},
			{"another boundary", made(strings.Replace(full, "PowerUserAccess", "SecurityAudit", 1), "ec2")},
			{"other policies", made(strings.NewReplacer("PowerUserAccess", "SecurityAudit", "s3:", "ec2:", "'arn:aws:iam::aws:policy/ReadOnlyAccess'", "'arn:aws:iam::aws:policy/SecurityAudit'").Replace(full), "ec2")},
			{"no policies, boundary and tag", made(head+"description: two, tags: {course: null}, permissionsBoundary: null, exclusive: true, managedPolicies: [], inlinePolicies: {}}\n", "ec2")},
			{"the full role again", made(full, "ec2")},
			{"the full role goes", memberRoleOf("")},
		} {
			r.Sim.ResetCalls()
			p := r.Plan(step.body)
			inMembers(r)
			writes, keeping := p.WriteActions(), p.KeepingActions()
			reads := slices.DeleteFunc(slices.Clone(keeping), func(action string) bool {
				return !strings.HasPrefix(action, "iam:Get") && !strings.HasPrefix(action, "iam:List")
			})
			if _, err := r.TryApply(p); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			// What was made is read as each pass reads it.
			called := slices.DeleteFunc(inMembers(r), func(action string) bool { return slices.Contains(reads, action) })
			if !slices.Contains(called, "iam:TagRole") && slices.Contains(called, "iam:CreateRole") {
				called = append(called, "iam:TagRole") // CreateRole brings the tags
			}
			slices.Sort(called)
			if diff := cmp.Diff(called, writes); diff != "" {
				t.Errorf("%s: calls of the apply (-made +asked for):\n%s", step.name, diff)
			}
			for _, action := range writes {
				asked[action] = true
			}
			r.Plan(step.body)
			if diff := cmp.Diff(inMembers(r), reads); diff != "" {
				t.Errorf("%s: calls of a pass (-made +asked for):\n%s", step.name, diff)
			}
			for _, action := range keeping {
				if _, told := asked[action]; !told && !slices.Contains(reads, action) {
					asked[action] = false
				}
			}
		}
		for action, called := range asked {
			if !called {
				t.Errorf("no step calls %s", action)
			}
		}
	})
}

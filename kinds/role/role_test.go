package role_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/kinds/role"
	"github.com/payer-reconciler/reconciler/resource"
)

const org = "organization: {create: true}\nous: [{name: Keep}]\n"

// admin is a role of a vendor; more are further keys of it.
func admin(more string) string {
	return org + `roles:
  - name: admin
    trust: {accounts: ["117530877863"], externalId: acme-7f3c}
    inlinePolicies: {in: {document: ` + kindtest.Grant("s3:*") + "}}\n    " + more + "\n"
}

func TestWhatIsSet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := admin("description: for them\n    maxSessionDuration: 12h\n    path: /vendors/\n    tags: {course: a b}\n    managedPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]")
		r.Want(r.Apply(body), "+ organization", "+ ou/Keep", "+ role/admin")
		r.Settled(body)
		got := r.GetRole("admin")
		r.Equal("role", []string{aws.ToString(got.Path), aws.ToString(got.Description), fmt.Sprint(*got.MaxSessionDuration)},
			[]string{"/vendors/", "for them", "43200"})
		inline, attached := r.RoleHolds("admin")
		r.Equal("policies", append(inline, attached...), []string{"in", "arn:aws:iam::aws:policy/ReadOnlyAccess"})
		r.Equal("tags", r.RoleTags("admin"), map[string]string{"course": "a b", "reconciler:payer": "acme", "reconciler:name": "admin"})

		r.Want(r.Plan(strings.Replace(body, "/vendors/", "/others/", 1)),
			"!~ role/admin path: /vendors/ -> /others/ (blocked: its path is /vendors/, and changing that would change its ARN)")
	})
}

// TestPlanNeedsOneCallMore reads all roles at once, and one call more for each
// of those whose description or session duration the file sets.
func TestPlanNeedsOneCallMore(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		var b strings.Builder
		b.WriteString(org + "roles:\n")
		for i := range 20 {
			fmt.Fprintf(&b, "  - {name: plain%d, trust: {services: [ec2.amazonaws.com]}, tags: {a: b}, inlinePolicies: {in: {document: %s}}}\n", i, kindtest.Grant("s3:*"))
		}
		for i := range 3 {
			fmt.Fprintf(&b, "  - {name: told%d, trust: {services: [ec2.amazonaws.com]}, maxSessionDuration: 2h}\n", i)
		}
		r.Apply(b.String())
		for i := range 5 {
			r.Role(fmt.Sprint("foreign", i))
		}
		r.Sim.ResetCalls()
		r.Want(r.Plan(b.String()))
		calls := r.Calls()
		for op := range calls {
			if !strings.Contains("GetAccountAuthorizationDetails GetRole ListRoleTags ListRolePolicies ListAttachedRolePolicies GetRolePolicy", op) {
				delete(calls, op)
			}
		}
		r.Equal("calls", calls, map[string]int{"GetAccountAuthorizationDetails": 4, "GetRole": 3})
	})
}

// TestUpdateKeepsWhatTheFileDoesNotSay changes the session duration alone.
func TestUpdateKeepsWhatTheFileDoesNotSay(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(admin("maxSessionDuration: 2h"))
		kindtest.Must[*iam.UpdateRoleOutput](r)(r.IAM().UpdateRole(t.Context(),
			&iam.UpdateRoleInput{RoleName: aws.String("admin"), Description: aws.String("theirs"), MaxSessionDuration: aws.Int32(7200)}))
		r.Settled(admin("maxSessionDuration: 2h"))
		r.Want(r.Apply(admin("maxSessionDuration: 3h")), "~ role/admin maxSessionDuration: 7200 -> 10800")
		got := r.GetRole("admin")
		r.Equal("role", []string{aws.ToString(got.Description), fmt.Sprint(*got.MaxSessionDuration)}, []string{"theirs", "10800"})
	})
}

// TestForeignPoliciesSurvive changes a role to which others have added, and
// takes that off only where the list is exclusive, or names it.
func TestForeignPoliciesSurvive(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const audit = "arn:aws:iam::aws:policy/SecurityAudit"
		r.Apply(admin(""))
		r.PutRolePolicy("admin", "theirs", "iam:*")
		r.AttachRole("admin", audit)
		r.Settled(admin(""))
		holds := func(want ...string) {
			t.Helper()
			inline, attached := r.RoleHolds("admin")
			r.Equal("policies", slices.Concat(inline, attached), want)
		}
		changed := strings.Replace(admin(""), "s3:*", "ec2:*", 1)
		r.Want(r.Apply(changed), "~ role/admin inline.in: "+kindtest.Granted("s3:*")+" -> "+kindtest.Granted("ec2:*"))
		holds("in", "theirs", audit)
		absent := admin("absent: [" + audit + "]")
		r.Want(r.Apply(absent), "~ role/admin inline.in: "+kindtest.Granted("ec2:*")+" -> "+kindtest.Granted("s3:*")+", managed."+audit+": attached -> none")
		r.Settled(absent)
		holds("in", "theirs")
		exclusive := admin("exclusive: true")
		r.Want(r.Apply(exclusive), "~ role/admin inline.theirs: "+kindtest.Granted("iam:*")+" -> none")
		r.Settled(exclusive)
		holds("in")
	})
}

// TestAdoption takes a role over, with the mark only where that is asked for.
func TestAdoption(t *testing.T) {
	for adopt, mark := range map[string]string{"adopt: true": "", "adopt: {own: true}": "acme"} {
		t.Run(adopt, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(org)
				r.Role("admin", "theirs", "stays")
				r.CatchUp()
				body := admin(adopt)
				lines := kindtest.Lines(r.Apply(body))
				if len(lines) != 1 || !strings.HasPrefix(lines[0], "@ role/admin inline.in: none -> ") || !strings.Contains(lines[0], "trust: ") {
					t.Errorf("plan %q", lines)
				}
				r.Settled(body)
				tags := r.RoleTags("admin")
				r.Equal("marks", []string{tags["reconciler:payer"], tags["theirs"]}, []string{mark, "stays"})
			})
		})
	}
}

// TestDanger4RoleMadeByOthersSinceThePlan finds the name taken at apply.
func TestDanger4RoleMadeByOthersSinceThePlan(t *testing.T) {
	for owner, words := range map[string]string{"": "is not ours", "other": `the mark of payer "other"`} {
		t.Run(owner, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(org)
				p := r.Plan(admin(""))
				kv := []string{"any", "tag"}
				if owner != "" {
					kv = []string{"reconciler:payer", owner}
				}
				r.Role("admin", kv...)
				before := r.RoleTags("admin")
				_, err := r.TryApply(p)
				r.Refused(err, "role/admin", words)
				r.Equal("tags", r.RoleTags("admin"), before)
				if inline, _ := r.RoleHolds("admin"); len(inline) > 0 {
					t.Errorf("%q was put into it", inline)
				}
			})
		})
	}
}

// TestDanger17LostAnswerOfCreateRole makes the role once, with all of it.
func TestDanger17LostAnswerOfCreateRole(t *testing.T) {
	for _, fault := range []awssim.FaultKind{awssim.Drop, awssim.DropAnswer, awssim.ServerError} {
		for _, lag := range []int{0, 4} {
			t.Run(fmt.Sprint(fault, "/lag ", lag), func(t *testing.T) {
				kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
					r.Apply(org)
					p := r.Plan(admin(""))
					r.Sim.Inject(awssim.Fault{Operation: "CreateRole", Nth: 1, Kind: fault})
					r.Sim.ResetCalls()
					if _, err := r.TryApply(p); err != nil && fault == awssim.DropAnswer {
						t.Error(err)
					}
					if n := r.Calls()["CreateRole"]; n != 1 {
						t.Errorf("%d requests, though nobody looked what became of the first", n)
					}
					if len(kindtest.Lines(r.Plan(admin("")))) > 0 {
						r.Apply(admin(""))
					}
					r.Settled(admin(""))
					r.Equal("mark", r.RoleTags("admin")["reconciler:payer"], "acme")
				})
			})
		}
	}
}

// TestKilledBetweenRoleAndPolicies makes a role and cannot fill it; the next
// apply goes on.
func TestKilledBetweenRoleAndPolicies(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		p := r.Plan(admin(""))
		r.Sim.Inject(awssim.Fault{Operation: "PutRolePolicy", Kind: awssim.Deny})
		_, err := r.TryApply(p)
		r.Refused(err, "role/admin", "put policy in into admin", "PutRolePolicy")
		r.Sim.ClearFaults()
		r.Want(r.Apply(admin("")), "~ role/admin inline.in: none -> "+kindtest.Granted("s3:*"))
		r.Settled(admin(""))
	})
}

// TestPrincipalThatAWSDoesNotKnowYet trusts a user that the same apply makes,
// at creation and later, and waits until AWS knows it.
func TestPrincipalThatAWSDoesNotKnowYet(t *testing.T) {
	kindtest.Run(t, awssim.Options{RoleSettle: 50 * time.Millisecond}, func(t *testing.T, r *kindtest.Rig) {
		friend := func(user string) string {
			return org + "users: [{name: " + user + "}]\nroles: [{name: friend, trust: {principals: [\"${{ user:" + user + ".arn }}\"]}}]\n"
		}
		r.Sim.ResetCalls()
		r.Want(r.Apply(friend("a")), "+ organization", "+ ou/Keep", "+ role/friend", "+ user/a")
		if n := r.Calls()["CreateRole"]; n < 2 {
			t.Errorf("%d calls of CreateRole: nothing was refused", n)
		}
		r.Settled(friend("a"))
		lines := kindtest.Lines(r.Apply(friend("b")))
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "~ role/friend trust: ") || lines[1] != "+ user/b" {
			t.Errorf("plan %q", lines)
		}
		if n := r.Calls()["UpdateAssumeRolePolicy"]; n < 2 {
			t.Errorf("%d calls of UpdateAssumeRolePolicy: nothing was refused", n)
		}
		r.Settled(friend("b"))
	})
}

// TestPrincipalThatIsNotThere ends after a while, and names who it is.
func TestPrincipalThatIsNotThere(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		p := r.Plan(org + "roles: [{name: friend, trust: {principals: [\"arn:aws:iam::" + kindtest.Account + ":user/nobody\"]}}]\n")
		a, err := r.TryApply(p)
		r.Refused(err, "role/friend", "Invalid principal", "user/nobody")
		r.Equal("failed", a.Result.Count(executor.Failed), 1)
	})
}

// TestReadOfEverything reads all of every role where there is no file: also
// what the sweep does not tell, and nothing more of AWS's own.
func TestReadOfEverything(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(admin("description: for them"))
		r.Role("theirs")
		kindtest.Must[*iam.CreateServiceLinkedRoleOutput](r)(r.IAM().CreateServiceLinkedRole(t.Context(),
			&iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("config.amazonaws.com")}))
		s, err := r.Options().Open(t.Context(), r.Payer(org))
		if err != nil {
			t.Fatal(err)
		}
		r.Sim.ResetCalls()
		objects, err := role.Kind.Live(t.Context(), s, nil, &resource.State{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, o := range objects {
			got[o.Ref.String()] = o.Attrs["description"].Value() + " " + o.Attrs["maxSessionDuration"].Value() + " " + o.Owner
		}
		r.Equal("roles", got, map[string]string{"role/admin": "for them 3600 acme", "role/theirs": " 3600 ", "role/AWSServiceRoleForConfig": "  "})
		r.Equal("calls", r.Calls(), map[string]int{"GetAccountAuthorizationDetails": 1, "GetRole": 2})
	})
}

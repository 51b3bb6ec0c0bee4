package group_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const org = "organization: {create: true}\nous: [{name: Keep}]\n"

func group(more string) string { return org + "groups: [{name: G, members: [a]" + more + "}]\n" }

func join(r *kindtest.Rig, user string) {
	r.Helper()
	kindtest.Must[*iam.AddUserToGroupOutput](r)(r.IAM().AddUserToGroup(r.Context(), &iam.AddUserToGroupInput{GroupName: aws.String("G"), UserName: &user}))
}

// TestMembers are additive: who else is in stays, until the file says absent
// or exclusive.
func TestMembers(t *testing.T) {
	kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		for _, name := range []string{"a", "b", "c", "d"} {
			r.User(name)
		}
		r.CatchUp()
		r.Want(r.Apply(group("")), "+ group/G")
		r.Settled(group(""))
		for _, name := range []string{"b", "c", "d"} {
			join(r, name)
		}
		r.CatchUp()
		r.Settled(group(""))
		absent := group(", absentMembers: [b, nobody]")
		r.Want(r.Apply(absent), "~ group/G member.b: member -> none")
		r.Settled(absent)
		exclusive := group(", exclusive: true")
		r.Want(r.Apply(exclusive), "~ group/G member.c: member -> none, member.d: member -> none")
		r.Settled(exclusive)
		r.Want(r.Plan(org+"groups: [{name: G, exclusive: true, members: []}]\n"), "~ group/G member.a: member -> none")
		if g := r.GetGroup("G"); len(g.Users) != 1 || aws.ToString(g.Users[0].UserName) != "a" {
			t.Errorf("members %+v", g.Users)
		}
	})
}

// TestExclusiveHoldsForTheListsThatAreSet has a group with a member and policies
// of each sort that the file does not name.
func TestExclusiveHoldsForTheListsThatAreSet(t *testing.T) {
	const audit, read = "arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam::aws:policy/ReadOnlyAccess"
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		r.User("a")
		r.Group("G")
		join(r, "a")
		kindtest.Must[*iam.AttachGroupPolicyOutput](r)(r.IAM().AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{GroupName: aws.String("G"), PolicyArn: aws.String(audit)}))
		kindtest.Must[*iam.PutGroupPolicyOutput](r)(r.IAM().PutGroupPolicy(t.Context(), &iam.PutGroupPolicyInput{
			GroupName: aws.String("G"), PolicyName: aws.String("theirs"), PolicyDocument: aws.String(kindtest.Grant("s3:*"))}))
		member, inline, managed := "member.a: member -> none", "inline.theirs: "+kindtest.Granted("s3:*")+" -> none", "managed."+audit+": attached -> none"
		for lists, want := range map[string]string{
			"members: [a]":                                                "",
			"absentMembers: [b], members: []":                             member,
			"inlinePolicies: {}":                                          inline,
			"managedPolicies: []":                                         managed,
			"managedPolicies: [" + read + "]":                             "managed." + read + ": none -> attached, " + managed,
			"members: [a], inlinePolicies: {}, managedPolicies: []":       inline + ", " + managed,
			"members: [], managedPolicies: [], inlinePolicies: {b: null}": inline + ", " + managed + ", " + member,
		} {
			p := r.Plan(org + "groups: [{name: G, exclusive: true, " + lists + "}]\n")
			if want != "" {
				want = "~ group/G " + want
			}
			if got := strings.Join(kindtest.Lines(p), "\n"); got != want {
				t.Errorf("%s:\n%s\nwant\n%s", lists, got, want)
			}
		}
	})
}

// TestUserThatIsNotThere names the member that AWS does not have.
func TestUserThatIsNotThere(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		_, err := r.TryApply(r.Plan(group("")))
		r.Refused(err, "group/G", "put user a into group G", "NoSuchEntity")
		r.User("a")
		r.Want(r.Apply(group("")), "~ group/G member.a: none -> member")
		r.Settled(group(""))
	})
}

// TestGroupsAreNeverDeleted leaves one that left the file, as anybody's.
func TestGroupsAreNeverDeleted(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + "groups: [{name: G}]\n")
		p := r.Apply(org + "safety: {prune: true}\n")
		r.Want(p)
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{"group/G"})
	})
}

// TestDanger24NamesThatARefEscapes has names that hold what a Ref uses as marks.
func TestDanger24NamesThatARefEscapes(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := org + "users: [{name: a@b.example}, {name: 'a,b+c=d'}]\ngroups: [{name: g@1, members: [a@b.example, 'a,b+c=d']}]\n"
		r.Want(r.Apply(body), "+ group/g%401", "+ organization", "+ ou/Keep", "+ user/a%40b.example", "+ user/a,b+c=d")
		r.Settled(body)
		p := r.Apply(org + "safety: {prune: true}\n")
		r.Want(p, "- user/a%40b.example", "- user/a,b+c=d")
	})
}

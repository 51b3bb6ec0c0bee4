package managedpolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const org = "organization: {create: true}\nous: [{name: Keep}]\n"

func policy(action, more string) string {
	return org + "iamPolicies: [{name: P, document: " + kindtest.Grant(action) + more + "}]\n"
}

// versions gives the ids of a policy's versions, the default's with a star.
func versions(r *kindtest.Rig) string {
	r.Helper()
	out := kindtest.Must[*iam.ListPolicyVersionsOutput](r)(r.IAM().ListPolicyVersions(r.Context(),
		&iam.ListPolicyVersionsInput{PolicyArn: aws.String(kindtest.PolicyARN("P"))}))
	var all []string
	for _, v := range out.Versions {
		id := aws.ToString(v.VersionId)
		if v.IsDefaultVersion {
			id += "*"
		}
		all = append(all, id)
	}
	return strings.Join(all, " ")
}

// TestTheOldestVersionGoes changes a policy until it has as many versions as
// AWS keeps, and on; the oldest that is not in force makes room.
func TestTheOldestVersionGoes(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		for i := range 5 {
			r.Apply(policy(fmt.Sprintf("s3:Get%d", i), ""))
		}
		r.Equal("versions", versions(r), "v5* v4 v3 v2 v1")
		r.Apply(policy("s3:Get5", ""))
		r.Equal("versions", versions(r), "v6* v5 v4 v3 v2")

		// Somebody went back to the oldest one: it is in force, and is not deleted.
		kindtest.Must[*iam.SetDefaultPolicyVersionOutput](r)(r.IAM().SetDefaultPolicyVersion(t.Context(),
			&iam.SetDefaultPolicyVersionInput{PolicyArn: aws.String(kindtest.PolicyARN("P")), VersionId: aws.String("v2")}))
		r.Want(r.Apply(policy("s3:Get7", "")), "~ iam-policy/P document: "+kindtest.Granted("s3:get1")+" -> "+kindtest.Granted("s3:get7"))
		r.Equal("versions", versions(r), "v7* v6 v5 v4 v2")
		r.Settled(policy("s3:Get7", ""))
	})
}

// TestBackToAVersionThatIsThere makes no new one.
func TestBackToAVersionThatIsThere(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(policy("s3:*", ""))
		kindtest.Must[*iam.CreatePolicyVersionOutput](r)(r.IAM().CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(kindtest.PolicyARN("P")), PolicyDocument: aws.String(kindtest.Grant("*")), SetAsDefault: true}))
		r.Want(r.Apply(policy("s3:*", "")), "~ iam-policy/P document: "+kindtest.Granted("*")+" -> "+kindtest.Granted("s3:*"))
		r.Equal("versions", versions(r), "v2 v1*")
		r.Settled(policy("s3:*", ""))
	})
}

// TestDanger17LostAnswers makes the policy and its next version once.
func TestDanger17LostAnswers(t *testing.T) {
	for _, operation := range []string{"CreatePolicy", "CreatePolicyVersion"} {
		for _, fault := range []awssim.FaultKind{awssim.Drop, awssim.DropAnswer, awssim.ServerError} {
			for _, lag := range []int{0, 4} {
				t.Run(fmt.Sprint(operation, "/", fault, "/lag ", lag), func(t *testing.T) {
					kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
						r.Apply(org)
						body := policy("s3:*", "")
						if operation == "CreatePolicyVersion" {
							r.Apply(body)
							r.Settled(body)
							body = policy("ec2:*", "")
						}
						p := r.Plan(body)
						r.Sim.Inject(awssim.Fault{Operation: operation, Nth: 1, Kind: fault})
						if _, err := r.TryApply(p); err != nil && fault == awssim.DropAnswer {
							t.Error(err)
						}
						if len(kindtest.Lines(r.Plan(body))) > 0 {
							r.Apply(body)
						}
						r.Settled(body)
						want := map[string]string{"CreatePolicy": "v1*", "CreatePolicyVersion": "v2* v1"}[operation]
						r.Equal("versions", versions(r), want)
					})
				})
			}
		}
	}
}

// TestDanger4PolicyMadeByOthersSinceThePlan finds the name taken at apply, also
// under another path.
func TestDanger4PolicyMadeByOthersSinceThePlan(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		p := r.Plan(policy("s3:*", ""))
		kindtest.Must[*iam.CreatePolicyOutput](r)(r.IAM().CreatePolicy(t.Context(), &iam.CreatePolicyInput{
			PolicyName: aws.String("P"), Path: aws.String("/theirs/"), PolicyDocument: aws.String(kindtest.Grant("*"))}))
		before := r.Writes()
		_, err := r.TryApply(p)
		r.Refused(err, "iam-policy/P", "policy/theirs/P exists and is not ours")
		if n := r.Writes() - before; n != 1 {
			t.Errorf("%d writes, want the refused one", n)
		}
	})
}

// TestTagsAndWhatIsFixed changes tags, and not what AWS takes once.
func TestTagsAndWhatIsFixed(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(policy("s3:*", ", description: one, tags: {a: b, c: d}"))
		body := policy("s3:*", ", description: one, tags: {a: x, c: null}")
		r.Want(r.Apply(body), "~ iam-policy/P tags.a: b -> x, tags.c: d -> none")
		r.Settled(body)
		r.Want(r.Plan(policy("s3:*", ", description: two")),
			"!~ iam-policy/P description: one -> two (blocked: AWS takes the description of an IAM policy at its creation only)")
		r.Settled(policy("s3:*", "")) // not said, not managed
	})
}

// TestAttachedSinceThePlan keeps a policy, and its versions, that somebody has
// attached since.
func TestAttachedSinceThePlan(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(policy("s3:*", ""))
		r.Apply(policy("ec2:*", ""))
		p := r.Plan(org + "safety: {prune: true}\n")
		r.Want(p, "- iam-policy/P")
		r.Role("theirs")
		r.AttachRole("theirs", kindtest.PolicyARN("P"))
		_, err := r.TryApply(p)
		r.Refused(err, "iam-policy/P", "attached 1 times; detach it there first")
		r.Equal("versions", versions(r), "v2* v1")
	})
}

package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// shared is a payer whose bucket and role others work with too.
func shared(turn string) string {
	return bucketOf("acme-bills", ", tags: {turn: t"+turn+"}, lifecycle: [{id: ours, prefix: ours/, expireAfterDays: "+turn+"}], "+
		"statements: ["+strings.Replace(statementOf("s3:GetObject"), "bills/*", "bills/"+turn+"/*", 1)+"]") +
		"roles: [{name: R, trust: {services: [ec2.amazonaws.com]}, tags: {turn: t" + turn + "}, inlinePolicies: {ours: {document: " + kindtest.Grant("s3:Get"+turn+"*") + "}}}]\n"
}

// others put what is theirs beside it.
func others(r *kindtest.Rig) {
	r.Helper()
	c, name := r.S3("us-east-1"), aws.String("acme-bills")
	r.TagBucket("acme-bills", "turn", "t1", "theirs", "stays", "reconciler:payer", "acme", "reconciler:name", "acme-bills")
	have := kindtest.Must[*s3.GetBucketLifecycleConfigurationOutput](r)(c.GetBucketLifecycleConfiguration(r.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: name})).Rules
	kindtest.Must[*s3.PutBucketLifecycleConfigurationOutput](r)(c.PutBucketLifecycleConfiguration(r.Context(), &s3.PutBucketLifecycleConfigurationInput{Bucket: name,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: append(have, types.LifecycleRule{ID: aws.String("theirs"), Status: types.ExpirationStatusEnabled,
			Filter: &types.LifecycleRuleFilter{Prefix: aws.String("theirs/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(9)}})}}))
	r.BucketPolicy("acme-bills", strings.Replace(statementOf("s3:GetObject"), "bills/*", "bills/1/*", 1), foreignDeny)
	r.PutRolePolicy("R", "theirs", "ec2:*")
	kindtest.Must[*iam.TagRoleOutput](r)(r.IAM().TagRole(r.Context(), &iam.TagRoleInput{RoleName: aws.String("R"), Tags: []iamtypes.Tag{{Key: aws.String("theirs"), Value: aws.String("stays")}}}))
}

// foreign tells what of theirs is there.
func foreign(r *kindtest.Rig) []string {
	r.Helper()
	rules := kindtest.Must[*s3.GetBucketLifecycleConfigurationOutput](r)(r.S3("us-east-1").GetBucketLifecycleConfiguration(r.Context(),
		&s3.GetBucketLifecycleConfigurationInput{Bucket: aws.String("acme-bills")})).Rules
	inline, _ := r.RoleHolds("R")
	return []string{
		"tag " + r.BucketTags("acme-bills")["theirs"],
		fmt.Sprint("rule ", slices.ContainsFunc(rules, func(l types.LifecycleRule) bool { return aws.ToString(l.ID) == "theirs" })),
		fmt.Sprint("statement ", r.Sids("acme-bills")["TLS"]),
		fmt.Sprint("policy ", slices.Contains(inline, "theirs")),
		"role tag " + r.RoleTags("R")["theirs"],
	}
}

// TestDanger3AFailedReadAtTheWrite breaks each read by which an apply looks once
// more before it writes a whole again: what others put there stays.
func TestDanger3AFailedReadAtTheWrite(t *testing.T) {
	planned := func(r *kindtest.Rig) *reconcile.Planned {
		r.Helper()
		r.Apply(shared("1"))
		others(r)
		p := r.Plan(shared("2"))
		r.Sim.ResetCalls()
		return p
	}
	var reads []string
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		if _, err := r.TryApply(planned(r)); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Sim.Calls() {
			if !c.Write && !slices.Contains(reads, c.Operation) {
				reads = append(reads, c.Operation)
			}
		}
		r.Equal("theirs", foreign(r), []string{"tag stays", "rule true", "statement 1", "policy true", "role tag stays"})
	})
	if !slices.Contains(reads, "GetBucketPolicy") {
		t.Fatalf("an apply reads only %q", reads)
	}
	for _, operation := range reads {
		for _, fault := range []awssim.FaultKind{awssim.ServerError, awssim.Deny, awssim.Drop, awssim.Throttle} {
			t.Run(fmt.Sprint(operation, "/", fault), func(t *testing.T) {
				kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
					p := planned(r)
					r.Sim.Inject(awssim.Fault{Operation: operation, Kind: fault})
					if _, err := r.TryApply(p); err == nil {
						t.Error("the apply found nothing wrong")
					}
					r.Sim.ClearFaults()
					r.Equal("theirs", foreign(r), []string{"tag stays", "rule true", "statement 1", "policy true", "role tag stays"})
					r.Apply(shared("2"))
					r.Settled(shared("2"))
				})
			})
		}
	}
}

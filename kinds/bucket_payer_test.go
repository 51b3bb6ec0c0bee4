package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// full is a bucket with every setting that a file can name.
const full = `versioning: true, encryption: {algorithm: "aws:kms", bucketKey: true},
  publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: false}, ownership: BucketOwnerPreferred,
  lifecycle: [{id: tmp, prefix: tmp/, expireAfterDays: 60, abortMultipartAfterDays: 2, transitions: [{afterDays: 30, storageClass: STANDARD_IA}]}],
  tags: {course: a}, statements: [`

func fullBucket(name string) string {
	return bucketOf(name, ", "+full+strings.ReplaceAll(statementOf("s3:GetObject"), "acme-bills", name)+"]")
}

// TestBucketOfEightCalls reads no more than it needs, and writes nothing where
// nothing differs.
func TestBucketOfEightCalls(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(fullBucket("acme-bills"))
		r.Settled(fullBucket("acme-bills"))
		count := func(body string) map[string]int {
			r.Sim.ResetCalls()
			r.Want(r.Plan(body))
			n := map[string]int{}
			for operation, calls := range r.Calls() {
				if strings.Contains(operation, "Bucket") || strings.Contains(operation, "PublicAccess") {
					n[operation] = calls
				}
			}
			return n
		}
		r.Equal("calls of all settings", count(fullBucket("acme-bills")), map[string]int{"HeadBucket": 1, "GetBucketVersioning": 1,
			"GetBucketEncryption": 1, "GetPublicAccessBlock": 1, "GetBucketOwnershipControls": 1,
			"GetBucketLifecycleConfiguration": 1, "GetBucketTagging": 1, "GetBucketPolicy": 1})
		r.Equal("calls of one setting", count(bucketOf("acme-bills", ", versioning: true")), map[string]int{"HeadBucket": 1, "GetBucketVersioning": 1})
	})
}

// TestBucketKeepsWhatOthersSet changes one thing in each part that holds more.
func TestBucketKeepsWhatOthersSet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		name, client := aws.String("acme-bills"), r.S3("us-east-1")
		r.Apply(fullBucket(*name))
		marks := r.BucketTags(*name)
		r.Equal("tags", marks, map[string]string{"course": "a", "reconciler:payer": "acme", "reconciler:name": *name})
		theirs := types.LifecycleRule{ID: aws.String("theirs"), Status: types.ExpirationStatusEnabled,
			Filter:     &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{Prefix: aws.String("x/"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(3)}}
		kindtest.Must[*s3.PutBucketLifecycleConfigurationOutput](r)(client.PutBucketLifecycleConfiguration(t.Context(),
			&s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{theirs}}}))
		kindtest.Must[*s3.PutPublicAccessBlockOutput](r)(client.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: name,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
				BlockPublicPolicy: aws.Bool(false), RestrictPublicBuckets: aws.Bool(true)}}))
		r.TagBucket(*name, "course", "b", "theirs", "stays", "reconciler:payer", "acme", "reconciler:name", *name)
		rule := `{"enabled":true,"prefix":"tmp/","expireAfterDays":60,"abortMultipartAfterDays":2,"transitions":[{"afterDays":30,"storageClass":"STANDARD_IA"}]}`
		body := strings.Replace(fullBucket(*name), ", restrictPublicBuckets: false", "", 1)
		want(t, "plan", r.Apply(body), []string{"~ bucket/acme-bills lifecycle.tmp: none -> " + rule +
			", publicAccessBlock.blockPublicPolicy: false -> true, tags.course: b -> a"})
		r.Settled(body)
		marks["theirs"] = "stays"
		r.Equal("tags", r.BucketTags(*name), marks)
		block := kindtest.Must[*s3.GetPublicAccessBlockOutput](r)(client.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: name}))
		if !aws.ToBool(block.PublicAccessBlockConfiguration.RestrictPublicBuckets) {
			t.Error("a switch that the file does not name was changed")
		}
		rules := kindtest.Must[*s3.GetBucketLifecycleConfigurationOutput](r)(client.GetBucketLifecycleConfiguration(t.Context(),
			&s3.GetBucketLifecycleConfigurationInput{Bucket: name})).Rules
		i := slices.IndexFunc(rules, func(l types.LifecycleRule) bool { return aws.ToString(l.ID) == "theirs" })
		if i < 0 || len(rules) != 2 {
			t.Fatalf("rules %v", rules)
		}
		r.Equal("the rule of others", len(rules[i].Filter.And.Tags), 1)

		gone := bucketOf(*name, ", absentLifecycle: [tmp, theirs], tags: {course: null, theirs: null}")
		r.Apply(gone)
		r.Settled(gone)
	})
}

// TestDanger4BucketOfAnotherAccount is a blocked line, and its creation is not tried.
func TestDanger4BucketOfAnotherAccount(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		cfg := r.Config()
		id, secret := r.Sim.Key("999988887777")
		cfg.Credentials = credentials.NewStaticCredentialsProvider(id, secret, "")
		for name, region := range map[string]string{"acme-bills": "us-east-1", "acme-west": "eu-west-1"} {
			in := &s3.CreateBucketInput{Bucket: &name}
			if region != "us-east-1" {
				in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
			}
			kindtest.Must[*s3.CreateBucketOutput](r)(s3.NewFromConfig(cfg, func(o *s3.Options) { o.Region = region }).CreateBucket(t.Context(), in))
		}
		body := organizationOnly + "buckets: [{name: acme-bills, versioning: true}, {name: acme-west}]\n"
		r.Organize()
		r.Sim.ResetCalls()
		p := r.Plan(body)
		const taken = " (blocked: the name is taken by another AWS account: S3 refuses to show the bucket, and it is not among ours)"
		want(t, "plan", p, []string{"!+ bucket/acme-bills" + taken, "!+ bucket/acme-west" + taken})
		for _, c := range r.Sim.Calls() {
			if c.Write {
				t.Errorf("a write: %s", c.Operation)
			}
		}
	})
}

// TestBucketThatWeMayNotLookAt is an error that tells it from one of another account.
func TestBucketThatWeMayNotLookAt(t *testing.T) {
	for _, there := range []bool{true, false} {
		t.Run(fmt.Sprintf("there %v", there), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Organize()
				if there {
					r.Bucket("acme-bills")
				}
				r.Sim.Inject(awssim.Fault{Operation: "HeadBucket", Kind: awssim.Deny})
				r.Sim.Inject(awssim.Fault{Operation: "GetBucketLocation", Kind: awssim.Deny})
				_, err := r.TryPlan(bucketOf("acme-bills", ""))
				if !there { // S3 says so without a permission; where it does not, there is no telling
					r.Equal("error", err, error(nil))
					return
				}
				r.Refused(err, "read bucket acme-bills", "HeadBucket")
			})
		})
	}
}

// TestBucketInAnotherRegion is ours, and nothing can move it.
func TestBucketInAnotherRegion(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(bucketOf("acme-bills", ", region: eu-west-1, versioning: true"))
		r.Settled(bucketOf("acme-bills", ", region: eu-west-1, versioning: true"))
		p := r.Plan(bucketOf("acme-bills", ", region: us-east-1, tags: {a: b}"))
		got := kindtest.Lines(p)
		if len(got) != 1 || !strings.Contains(got[0], "region: eu-west-1 -> us-east-1") ||
			!strings.HasSuffix(got[0], "(blocked: the bucket is in eu-west-1; AWS cannot move a bucket)") {
			t.Errorf("plan %q", got)
		}
	})
}

// TestBucketThatLeftTheFile is reported wherever a region is spoken of.
func TestBucketThatLeftTheFile(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		two := organizationOnly + "buckets: [{name: acme-bills}, {name: acme-west, region: eu-west-1}, {name: acme-north, region: eu-west-1}]\n"
		r.Apply(two)
		r.Bucket("foreign", "reconciler:payer", "other")
		body := organizationOnly + "buckets: [{name: acme-north, region: eu-west-1}]\nsafety: {prune: true}\n"
		p := r.Plan(body)
		r.Want(p)
		r.Equal("left", kindtest.Left(p), []string{"bucket/acme-bills", "bucket/acme-west"})
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{})
		r.Equal("left of none", kindtest.Left(r.Plan(organizationOnly+"ous: [{name: Keep}]\n")), []string{"bucket/acme-bills"})
	})
}

// TestDanger17BucketIsMadeOnce loses the answer of each write of its making in turn,
// and applies again.
func TestDanger17BucketIsMadeOnce(t *testing.T) {
	for _, operation := range []string{"CreateBucket", "PutBucketVersioning", "PutBucketLifecycleConfiguration", "PutBucketPolicy"} {
		for _, fault := range []awssim.FaultKind{awssim.DropAnswer, awssim.Drop} {
			t.Run(fmt.Sprint(operation, " ", fault), func(t *testing.T) {
				kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
					r.Organize()
					r.Sim.Inject(awssim.Fault{Operation: operation, Kind: fault, Nth: 1})
					p := r.Plan(fullBucket("acme-bills"))
					if _, err := r.TryApply(p); err != nil {
						t.Log(err)
					}
					r.Sim.ClearFaults()
					r.Apply(fullBucket("acme-bills"))
					r.Settled(fullBucket("acme-bills"))
					r.Equal("mark", r.BucketTags("acme-bills")["reconciler:payer"], "acme")
				})
			})
		}
	}
}

// TestDanger4BucketThatAppearsAfterThePlan is somebody else's: it is not touched,
// though S3 would say yes to making it again.
func TestDanger4BucketThatAppearsAfterThePlan(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Organize()
		p := r.Plan(bucketOf("acme-bills", ", versioning: true"))
		r.Bucket("acme-bills")
		a, err := r.TryApply(p)
		if err == nil || !strings.Contains(err.Error(), "exists and is not ours") {
			t.Errorf("the error is %v, %v", err, a.Result.Errs)
		}
		r.Equal("tags", r.BucketTags("acme-bills"), map[string]string{})
	})
}

// TestBucketIsAdopted shows all of the difference, and marks only where it is told to.
func TestBucketIsAdopted(t *testing.T) {
	for _, tt := range []struct{ adopt, owner string }{{"true", ""}, {"{own: true}", "acme"}} {
		t.Run(tt.adopt, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Organize()
				r.Bucket("acme-bills", "theirs", "stays")
				body := bucketOf("acme-bills", ", versioning: true, adopt: "+tt.adopt)
				want(t, "plan", r.Apply(body), []string{"@ bucket/acme-bills versioning: false -> true"})
				r.Settled(body)
				tags := r.BucketTags("acme-bills")
				r.Equal("tags", []string{tags["theirs"], tags["reconciler:payer"]}, []string{"stays", tt.owner})
			})
		})
	}
}

// TestTakenNameReadsWholeList: a bucket of ours behind an empty page of the
// list is not another account's.
func TestTakenNameReadsWholeList(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := bucketOf("acme-bills", ", versioning: true")
		r.Apply(body)
		r.Sim.Inject(awssim.Fault{Operation: "HeadBucket", Kind: awssim.Deny})
		r.Sim.Inject(awssim.Fault{Operation: "GetBucketLocation", Kind: awssim.Deny})
		r.Sim.Inject(awssim.Fault{Operation: "ListBuckets", Nth: 1, Kind: awssim.EmptyPage})
		_, err := r.TryPlan(body)
		r.Refused(err, "read bucket acme-bills", "HeadBucket")
		if hint := cloud.Hint(err); !strings.Contains(hint, "not taken by another AWS account") {
			t.Errorf("the hint is %q", hint)
		}
	})
}

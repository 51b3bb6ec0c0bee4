package awssim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/payer-reconciler/reconciler/awssim"
)

// message is what an API error says.
func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

func TestBucketNames(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	for name, want := range map[string]string{
		"abc": "200", "a.b-c": "200", "1st": "200", strings.Repeat("a", 63): "200",
		"ab": "400 InvalidBucketName", strings.Repeat("a", 64): "400 InvalidBucketName", "Abc": "400 InvalidBucketName",
		"-abc": "400 InvalidBucketName", "abc-": "400 InvalidBucketName", "a..b": "400 InvalidBucketName", "a_b": "400 InvalidBucketName",
		"192.168.5.4": "400 InvalidBucketName", "xn--abc": "400 InvalidBucketName", "sthree-abc": "400 InvalidBucketName",
		"abc-s3alias": "400 InvalidBucketName", "abc--ol-s3": "400 InvalidBucketName",
	} {
		if got := answered(err2(b.CreateBucket(r.ctx, &s3.CreateBucketInput{Bucket: &name}))); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// allow is a policy of one statement that allows, with what follows in it.
func allow(rest string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + rest + `}]}`
}

func TestBucketPolicyRules(t *testing.T) {
	const (
		us     = `"Principal":{"AWS":"111122223333"},`
		read   = `"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing/*"`
		list   = `"Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-billing"`
		public = "are prevented by the BlockPublicPolicy"
	)
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	r.sim.AddRole("111122223333", "reader", "")
	for _, tt := range []struct{ name, policy, want string }{
		{"an account", allow(us + read), ""},
		{"a role", allow(`"Principal":{"AWS":["arn:aws:iam::111122223333:role/reader"]},` + read), ""},
		{"a vendor's account", allow(`"Principal":{"AWS":"arn:aws:iam::117530877863:root"},` + read), ""},
		{"a service", allow(`"Principal":{"Service":"billingreports.amazonaws.com"},` + list), ""},
		{"both sorts of actions on both", allow(us + `"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::acme-billing","arn:aws:s3:::acme-billing/*"]`), ""},
		{"everything on the bucket", allow(us + `"Action":"s3:*","Resource":"arn:aws:s3:::acme-billing"`), ""},
		{"a Deny for everybody", strings.Replace(allow(`"Principal":"*",`+read), "Allow", "Deny", 1), ""},
		{"everybody of an organization", allow(`"Principal":"*",` + read + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}`), ""},
		{"20 KB", allow(us+read) + strings.Repeat(" ", 20480-len(allow(us+read))), ""},

		{"not JSON", "notjson", "Policies must be valid JSON"},
		{"a list", "[]", "Policies must be valid JSON"},
		{"over 20 KB", allow(us+read) + strings.Repeat(" ", 20481-len(allow(us+read))), "exceeds the maximum allowed size"},
		{"no statement", `{"Version":"2012-10-17"}`, "Missing required field Statement"},
		{"an unknown version", `{"Version":"2020-01-01","Statement":[]}`, "valid version"},
		{"an unknown element", allow(us + `"Why":"x",` + read), "Unknown field Why"},
		{"no principal", allow(read), "Missing required field Principal"},
		{"no action", allow(us + `"Resource":"arn:aws:s3:::acme-billing"`), "Missing required field Action"},
		{"no resource", allow(us + `"Action":"s3:GetObject"`), "Missing required field Resource"},
		{"no effect", `{"Statement":{` + us + read + `}}`, "Missing required field Effect"},
		{"an action of another service", allow(us + `"Action":"iam:PassRole","Resource":"arn:aws:s3:::acme-billing"`), "Policy has invalid action"},
		{"an action that S3 does not have", allow(us + `"Action":"s3:HeadBucket","Resource":"arn:aws:s3:::acme-billing"`), "Policy has invalid action"},
		{"an object's action on the bucket", allow(us + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing"`), "Action does not apply"},
		{"a bucket's action on objects", allow(us + `"Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::acme-billing/*"`), "Action does not apply"},
		{"another bucket", allow(us + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-other/*"`), "Policy has invalid resource"},
		{"every resource", allow(us + `"Action":"s3:GetObject","Resource":"*"`), "Policy has invalid resource"},
		{"every bucket", allow(us + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::*/*"`), "Policy has invalid resource"},
		{"a principal that is nobody", allow(`"Principal":{"AWS":"reader"},` + read), "Invalid principal in policy"},
		{"a role that is missing", allow(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/nobody"},` + read), "Invalid principal in policy"},
		{"a user that is missing", allow(`"Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/nobody"]},` + read), "Invalid principal in policy"},
		{"a role of an account that nobody has seen", allow(`"Principal":{"AWS":"arn:aws:iam::451234325714:role/production_customer_access"},` + read), ""},
		{"a pattern for roles", allow(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/*"},` + read), "Invalid principal in policy"},
		{"a Sid twice", `{"Statement":[{"Sid":"A","Effect":"Allow",` + us + read + `},{"Sid":"A","Effect":"Allow",` + us + list + `}]}`, "must be unique"},
		{"an operator that IAM does not have", allow(us + read + `,"Condition":{"StringIs":{"aws:userid":"a"}}`), "Invalid Condition type"},
		{"a key without a service", allow(us + read + `,"Condition":{"StringEquals":{"userid":"a"}}`), "invalid condition key"},
		{"everybody", allow(`"Principal":"*",` + read), public},
		{"everybody of AWS", allow(`"Principal":{"AWS":"*"},` + read), public},
		{"everybody from everywhere", allow(`"Principal":"*",` + read + `,"Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`), public},
		{"everybody under TLS", allow(`"Principal":"*",` + read + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`), public},
	} {
		err := b.policy("acme-billing", tt.policy)
		got, code := message(err), "400 MalformedPolicy"
		if tt.want == public {
			code = "403 AccessDenied"
		}
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (!strings.Contains(got, tt.want) || answered(err) != code):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestBucketPolicyAsItIsKept(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	name := aws.String("acme-billing")
	if err := b.policy("acme-billing", allow(` "Principal": {"AWS": "444455556666"}, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::acme-billing", "Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}`)); err != nil {
		t.Fatal(err)
	}
	got := *must[*s3.GetBucketPolicyOutput](t)(b.GetBucketPolicy(r.ctx, &s3.GetBucketPolicyInput{Bucket: name})).Policy
	want := allow(`"Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-billing","Condition":{"StringEquals":{"aws:SourceAccount":"444455556666"}}`)
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	isPublic := func() bool {
		return *must[*s3.GetBucketPolicyStatusOutput](t)(b.GetBucketPolicyStatus(r.ctx, &s3.GetBucketPolicyStatusInput{Bucket: name})).PolicyStatus.IsPublic
	}
	if isPublic() {
		t.Error("it is public")
	}
	_ = must[*s3.DeletePublicAccessBlockOutput](t)(b.DeletePublicAccessBlock(r.ctx, &s3.DeletePublicAccessBlockInput{Bucket: name}))
	if err := b.policy("acme-billing", allow(`"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing/*"`)); err != nil {
		t.Fatal(err)
	}
	if !isPublic() {
		t.Error("it is not public")
	}
	for range 2 {
		_ = must[*s3.DeleteBucketPolicyOutput](t)(b.DeleteBucketPolicy(r.ctx, &s3.DeleteBucketPolicyInput{Bucket: name}))
	}
}

// TestBucketPolicyOfTheGone deletes a role that a policy names: it shows as its
// id, which S3 does not take back, and a role of its name is not meant.
func TestBucketPolicyOfTheGone(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	roles := iam.NewFromConfig(r.cfg)
	name, bucket := aws.String("vendor"), aws.String("acme-billing")
	create := func() string {
		t.Helper()
		out := must[*iam.CreateRoleOutput](t)(roles.CreateRole(r.ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"117530877863"},"Action":"sts:AssumeRole"}}`)}))
		return *out.Role.RoleId
	}
	read := func() string {
		t.Helper()
		return *must[*s3.GetBucketPolicyOutput](t)(b.GetBucketPolicy(r.ctx, &s3.GetBucketPolicyInput{Bucket: bucket})).Policy
	}
	id := create()
	if err := b.policy("acme-billing", allow(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/vendor"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing/*"`)); err != nil {
		t.Fatal(err)
	}
	if got := read(); !strings.Contains(got, "role/vendor") {
		t.Errorf("with the role: %s", got)
	}
	_ = must[*iam.DeleteRoleOutput](t)(roles.DeleteRole(r.ctx, &iam.DeleteRoleInput{RoleName: name}))
	gone := read()
	if !strings.Contains(gone, `"AWS":"`+id+`"`) {
		t.Errorf("without the role: %s", gone)
	}
	if got := answered(b.policy("acme-billing", gone)); got != "400 MalformedPolicy" {
		t.Errorf("the same again: %s", got)
	}
	create()
	if got := read(); got != gone {
		t.Errorf("with another role of its name: %s", got)
	}
}

// TestBucketPolicyDecides reads a bucket as a vendor's account does, as its own
// account under a Deny, and as everybody.
func TestBucketPolicyDecides(t *testing.T) {
	r := newRig(t, awssim.Options{})
	mine, theirs := bucketsOf(r, "us-east-1"), bucketsOf(on(t, r.sim, "444455556666"), "us-east-1")
	mine.create("acme-billing")
	name, key := aws.String("acme-billing"), aws.String("bill.csv")
	_ = must[*s3.PutObjectOutput](t)(mine.PutObject(r.ctx, &s3.PutObjectInput{Bucket: name, Key: key, Body: strings.NewReader("1")}))
	read := func(b buckets) string {
		return answered(err2(b.GetObject(r.ctx, &s3.GetObjectInput{Bucket: name, Key: key})))
	}
	set := func(policy string) {
		t.Helper()
		if err := mine.policy(*name, policy); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	want("without a policy", read(theirs), "403 AccessDenied")
	set(allow(`"Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing/*"`))
	want("allowed", read(theirs), "200")
	want("another action", answered(err2(theirs.HeadBucket(r.ctx, &s3.HeadBucketInput{Bucket: name}))), "403 Forbidden")
	want("one that is missing, and no list", answered(err2(theirs.GetObject(r.ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("none")}))), "403 AccessDenied")
	set(strings.Replace(allow(`"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-billing/*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/vendor"}}`), "Allow", "Deny", 1))
	want("denied to its own account", read(mine), "403 AccessDenied")
	r.sim.AddRole("111122223333", "vendor", "x-1", "117530877863")
	vendor := on(t, r.sim, "117530877863")
	got := must[*sts.AssumeRoleOutput](t)(vendor.sts.AssumeRole(r.ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/vendor"), RoleSessionName: aws.String("vendor"), ExternalId: aws.String("x-1")})).Credentials
	session := with(t, r.sim, "http://aws.example", &http.Client{Transport: r.sim.Transport()}, *got.AccessKeyId, *got.SecretAccessKey, *got.SessionToken)
	want("the one who is spared", read(bucketsOf(session, "us-east-1")), "200")
}

func TestBucketSettingsRefused(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	name, s := aws.String("acme-billing"), aws.String
	tags := func(tags ...types.Tag) error {
		return err2(b.PutBucketTagging(r.ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &types.Tagging{TagSet: tags}}))
	}
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = types.Tag{Key: s(fmt.Sprint("k", i)), Value: s("")}
	}
	encrypt := func(d types.ServerSideEncryptionByDefault) error {
		rules := []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &d}}
		return err2(b.PutBucketEncryption(r.ctx, &s3.PutBucketEncryptionInput{Bucket: name, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules}}))
	}
	rule := func(change func(*types.LifecycleRule)) error {
		l := types.LifecycleRule{ID: s("a"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: s("")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(60)}}
		change(&l)
		return err2(b.PutBucketLifecycleConfiguration(r.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{l}}}))
	}
	move := func(days int32, class types.TransitionStorageClass) func(*types.LifecycleRule) {
		return func(l *types.LifecycleRule) { l.Transitions = []types.Transition{{Days: &days, StorageClass: class}} }
	}
	for _, tt := range []struct {
		what string
		err  error
		want string
	}{
		{"a tag twice", tags(types.Tag{Key: s("a"), Value: s("1")}, types.Tag{Key: s("a"), Value: s("2")}), "400 InvalidTag"},
		{"a tag of AWS's", tags(types.Tag{Key: s("aws:a"), Value: s("1")}), "400 InvalidTag"},
		{"a tag with a strange letter", tags(types.Tag{Key: s("a#"), Value: s("1")}), "400 InvalidTag"},
		{"51 tags", tags(many...), "400 BadRequest"},
		{"a key of SSE-S3", encrypt(types.ServerSideEncryptionByDefault{SSEAlgorithm: "AES256", KMSMasterKeyID: s("k")}), "400 InvalidArgument"},
		{"an unknown algorithm", encrypt(types.ServerSideEncryptionByDefault{SSEAlgorithm: "ROT13"}), "400 MalformedXML"},
		{"an unknown state of versions", err2(b.PutBucketVersioning(r.ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: "On"}})), "400 IllegalVersioningConfigurationException"},
		{"an unknown ownership", err2(b.PutBucketOwnershipControls(r.ctx, &s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: "Mine"}}}})), "400 MalformedXML"},
		{"a rule that is well", rule(func(*types.LifecycleRule) {}), "200"},
		{"a rule that does nothing", rule(func(l *types.LifecycleRule) { l.Expiration = nil }), "400 InvalidRequest"},
		{"a rule after 0 days", rule(func(l *types.LifecycleRule) { l.Expiration.Days = aws.Int32(0) }), "400 InvalidArgument"},
		{"a rule without a filter", rule(func(l *types.LifecycleRule) { l.Filter = nil }), "400 MalformedXML"},
		{"a rule with a long id", rule(func(l *types.LifecycleRule) { l.ID = s(strings.Repeat("a", 256)) }), "400 InvalidArgument"},
		{"colder too soon", rule(move(29, "STANDARD_IA")), "400 InvalidArgument"},
		{"colder after its end", rule(move(60, "GLACIER")), "400 InvalidArgument"},
		{"an unknown class", rule(move(40, "ICE")), "400 MalformedXML"},
		{"archived at once", rule(move(0, "GLACIER")), "200"},
		{"a request that is not simulated", err2(b.ListMultipartUploads(r.ctx, &s3.ListMultipartUploadsInput{Bucket: name})), "501 NotImplemented"},
	} {
		if got := answered(tt.err); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.what, got, tt.want)
		}
	}
}

// TestBucketNamesRest has the name of a deleted bucket to be had only later.
func TestBucketNamesRest(t *testing.T) {
	r := newRig(t, awssim.Options{Manual: true, BucketTime: time.Hour})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	again := func() string {
		return answered(err2(b.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String("acme-billing")})))
	}
	_ = must[*s3.DeleteBucketOutput](t)(b.DeleteBucket(r.ctx, &s3.DeleteBucketInput{Bucket: aws.String("acme-billing")}))
	if got := again(); got != "409 OperationAborted" {
		t.Errorf("at once: %s", got)
	}
	r.sim.Advance(time.Hour)
	if got := again(); got != "200" {
		t.Errorf("later: %s", got)
	}
}

// TestBucketFaults meets what S3 calls the errors of every operation.
func TestBucketFaults(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	for kind, want := range map[awssim.FaultKind]string{awssim.Throttle: "503 SlowDown", awssim.ServerError: "500 InternalError", awssim.Deny: "403 AccessDenied"} {
		r.sim.Inject(awssim.Fault{Operation: "ListBuckets", Nth: 1, Kind: kind})
		if got := answered(err2(b.ListBuckets(r.ctx, &s3.ListBucketsInput{}))); got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
}

// TestBucketsInEmptyPages finds buckets and quotas behind pages that have none.
func TestBucketsInEmptyPages(t *testing.T) {
	r := newRig(t, awssim.Options{})
	b := bucketsOf(r, "us-east-1")
	b.create("acme-billing")
	b.create("acme-other")
	r.sim.Inject(awssim.Fault{Operation: "ListBuckets", Nth: 2, Kind: awssim.EmptyPage})
	var sizes []int
	p := s3.NewListBucketsPaginator(b, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1)})
	for p.HasMorePages() {
		sizes = append(sizes, len(must[*s3.ListBucketsOutput](t)(p.NextPage(r.ctx)).Buckets))
	}
	if fmt.Sprint(sizes) != "[1 0 1]" {
		t.Errorf("pages of %v, want [1 0 1]", sizes)
	}
	q := quotasOf(r)
	r.sim.Inject(awssim.Fault{Operation: "ListServiceQuotas", Nth: 1, Kind: awssim.EmptyPage})
	sizes = nil
	l := servicequotas.NewListServiceQuotasPaginator(q, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("organizations")})
	for l.HasMorePages() {
		sizes = append(sizes, len(must[*servicequotas.ListServiceQuotasOutput](t)(l.NextPage(r.ctx)).Quotas))
	}
	if fmt.Sprint(sizes) != "[0 1]" {
		t.Errorf("pages of %v, want [0 1]", sizes)
	}
}

// FuzzS3 sends anything to S3: the answer is never a panic, and a 5xx only
// where S3 would say that it does not know the request.
func FuzzS3(f *testing.F) {
	for _, seed := range [][3]string{
		{"PUT", "/acme-billing", ""}, {"PUT", "/acme-billing?policy", deliver("acme-billing", "111122223333")},
		{"PUT", "/acme-billing?lifecycle", `<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`},
		{"PUT", "/acme-billing?encryption", `<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>`},
		{"PUT", "/acme-billing?tagging", `<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>`},
		{"GET", "/acme-billing?list-type=2&max-keys=0&continuation-token=e.", ""}, {"PUT", "/acme-billing/%00", "x"}, {"GET", "/acme-billing?policy", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	sim := awssim.New(awssim.Options{})
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(r.URL.Path, "/_sim") {
			return
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/s3/aws4_request, x")
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
		}
	})
}

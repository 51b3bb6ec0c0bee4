package awssim

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/wire"
	"github.com/payer-reconciler/reconciler/awssim/world"
)

var s3Words = words{
	throttled: "SlowDown", broken: "InternalError", conflict: "OperationAborted", denied: "AccessDenied",
	status: map[string]int{
		"SlowDown": 503, "InternalError": 500, "NotImplemented": 501, "InvalidAccessKeyId": 403,
		"PermanentRedirect": 301, "NotModified": 304, "PreconditionFailed": 412,
		"NoSuchBucket": 404, "NoSuchKey": 404, "NoSuchBucketPolicy": 404, "NoSuchTagSet": 404, "NoSuchLifecycleConfiguration": 404,
		"NoSuchPublicAccessBlockConfiguration": 404, "OwnershipControlsNotFoundError": 404, "NoSuchCORSConfiguration": 404,
		"NoSuchWebsiteConfiguration": 404, "ReplicationConfigurationNotFoundError": 404, "ObjectLockConfigurationNotFoundError": 404,
		"BucketAlreadyExists": 409, "BucketAlreadyOwnedByYou": 409, "BucketNotEmpty": 409, "OperationAborted": 409,
		"ConditionalRequestConflict": 409,
	},
}

// failureS3 calls what any operation may answer as S3 does.
func failureS3(f wire.Failure) wire.Failure {
	switch f.Code {
	case "UnknownOperationException":
		f.Status, f.Code = http.StatusNotImplemented, "NotImplemented"
	case "InvalidClientTokenId":
		f.Code = "InvalidAccessKeyId"
	case "ExpiredToken":
		f.Status = http.StatusBadRequest
	case "MissingAuthenticationToken":
		f.Code = "AccessDenied"
	case "InternalFailure":
		f.Code = "InternalError"
	}
	return f
}

// s3Buckets are the operations on buckets and on what is set on them.
var s3Buckets = map[string]operation{
	"CreateBucket":                    {write: true, run: createBucket},
	"HeadBucket":                      {noConflict: true, run: headBucket},
	"DeleteBucket":                    {write: true, run: remove((*world.World).DeleteBucket)},
	"ListBuckets":                     {noConflict: true, list: "Buckets", empty: noBuckets, run: listBuckets},
	"GetBucketLocation":               {noConflict: true, run: bucketLocation},
	"PutBucketVersioning":             {write: true, run: put("VersioningConfiguration", (*world.World).PutBucketVersioning)},
	"GetBucketVersioning":             {noConflict: true, run: get("VersioningConfiguration", (*world.World).GetBucketVersioning)},
	"PutBucketEncryption":             {write: true, run: put("ServerSideEncryptionConfiguration", (*world.World).PutBucketEncryption)},
	"GetBucketEncryption":             {noConflict: true, run: get("ServerSideEncryptionConfiguration", (*world.World).GetBucketEncryption)},
	"DeleteBucketEncryption":          {write: true, run: remove((*world.World).DeleteBucketEncryption)},
	"PutPublicAccessBlock":            {write: true, run: put("PublicAccessBlockConfiguration", (*world.World).PutPublicAccessBlock)},
	"GetPublicAccessBlock":            {noConflict: true, run: get("PublicAccessBlockConfiguration", (*world.World).GetPublicAccessBlock)},
	"DeletePublicAccessBlock":         {write: true, run: remove((*world.World).DeletePublicAccessBlock)},
	"PutBucketOwnershipControls":      {write: true, run: put("OwnershipControls", (*world.World).PutBucketOwnershipControls)},
	"GetBucketOwnershipControls":      {noConflict: true, run: get("OwnershipControls", (*world.World).GetBucketOwnershipControls)},
	"DeleteBucketOwnershipControls":   {write: true, run: remove((*world.World).DeleteBucketOwnershipControls)},
	"PutBucketLifecycleConfiguration": {write: true, run: putLifecycle},
	"GetBucketLifecycleConfiguration": {noConflict: true, run: getLifecycle},
	"DeleteBucketLifecycle":           {write: true, run: remove((*world.World).DeleteBucketLifecycle)},
	"PutBucketTagging":                {write: true, run: putTagging},
	"GetBucketTagging":                {noConflict: true, run: getTagging},
	"DeleteBucketTagging":             {write: true, run: remove((*world.World).DeleteBucketTagging)},
	"PutBucketPolicy":                 {write: true, run: putPolicy},
	"GetBucketPolicy":                 {noConflict: true, run: getPolicy},
	"DeleteBucketPolicy":              {write: true, run: remove((*world.World).DeleteBucketPolicy)},
	"GetBucketPolicyStatus":           {noConflict: true, run: policyStatus},
	"GetBucketAcl":                    {noConflict: true, run: bucketACL},
}

// ask is what a call says of the bucket that it is about.
func ask(c *call) world.Ask {
	r := c.Rest
	return world.Ask{
		Caller: c.who, Bucket: r.Bucket, Key: r.Key, Region: c.Region,
		Owner: r.Header.Get("X-Amz-Expected-Bucket-Owner"), Hosted: r.Hosted,
	}
}

func noContent() *wire.Document { return &wire.Document{Status: http.StatusNoContent} }

func malformedXML() error {
	return &world.Error{Code: "MalformedXML", Message: "The XML you provided was not well-formed or did not validate against our published schema"}
}

// put makes an operation of one that replaces a document on a bucket.
func put[T any](root string, do func(*world.World, world.Ask, T) error) func(*world.World, *call) (any, error) {
	return func(w *world.World, c *call) (any, error) {
		var in T
		if !wire.DecodeXML(c.Body, root, &in) {
			return nil, malformedXML()
		}
		return nil, do(w, ask(c), in)
	}
}

// get makes one of an operation that tells a document.
func get[T any](root string, do func(*world.World, world.Ask) (T, error)) func(*world.World, *call) (any, error) {
	return func(w *world.World, c *call) (any, error) {
		out, err := do(w, ask(c))
		if err != nil {
			return nil, err
		}
		return &wire.Document{Root: root, Value: out}, nil
	}
}

// remove makes one of an operation that answers nothing.
func remove(do func(*world.World, world.Ask) error) func(*world.World, *call) (any, error) {
	return func(w *world.World, c *call) (any, error) {
		if err := do(w, ask(c)); err != nil {
			return nil, err
		}
		return noContent(), nil
	}
}

// tagSet is a list of tags as S3 writes it.
type tagSet struct {
	Tag []world.Tag
}

func createBucket(w *world.World, c *call) (any, error) {
	var in struct {
		LocationConstraint string  `xml:",omitempty"`
		Tags               *tagSet `xml:",omitempty"`
	}
	if len(c.Body) > 0 && !wire.DecodeXML(c.Body, "CreateBucketConfiguration", &in) {
		return nil, malformedXML()
	}
	h := c.Rest.Header
	b := world.NewBucket{Location: in.LocationConstraint, Ownership: h.Get("X-Amz-Object-Ownership")}
	if in.Tags != nil {
		b.Tags = in.Tags.Tag
	}
	if acl := h.Get("X-Amz-Acl"); acl != "" && acl != "private" {
		return nil, &world.Error{Code: "InvalidBucketAclWithObjectOwnership", Message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"}
	}
	if h.Get("X-Amz-Bucket-Object-Lock-Enabled") == "true" {
		return nil, notImplemented()
	}
	region, err := w.CreateBucket(ask(c), b)
	if err != nil {
		return nil, err
	}
	location := "/" + c.Rest.Bucket
	if region != home {
		location = "http://" + c.Rest.Bucket + ".s3.amazonaws.com/"
	}
	return &wire.Document{Header: http.Header{"Location": {location}}}, nil
}

func notImplemented() error {
	return &world.Error{Code: "NotImplemented", Message: "A header you provided implies functionality that is not implemented"}
}

func headBucket(w *world.World, c *call) (any, error) {
	region, err := w.HeadBucket(ask(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Header: http.Header{"X-Amz-Bucket-Region": {region}, "X-Amz-Access-Point-Alias": {"false"}}}, nil
}

// s3Owner is an account as S3 shows it.
type s3Owner struct{ ID string }

// s3PageMax is the most that S3 lists at once: buckets, and a tenth of it
// objects.
const s3PageMax = 10000

// bucketList is the answer of ListBuckets.
type bucketList struct {
	Buckets           struct{ Bucket []world.BucketShape }
	Owner             s3Owner
	ContinuationToken string `xml:",omitempty"`
	Prefix            string `xml:",omitempty"`
}

// noBuckets is a page without buckets, and a token to the real one.
func noBuckets(c *call) any {
	out := bucketList{Owner: s3Owner{world.CanonicalID(c.who.Account)}, Prefix: c.Rest.Query.Get("prefix")}
	out.ContinuationToken = emptyToken + strings.TrimPrefix(c.Rest.Query.Get("continuation-token"), emptyToken)
	return &wire.Document{Root: "ListAllMyBucketsResult", Value: out}
}

func listBuckets(w *world.World, c *call) (any, error) {
	q := c.Rest.Query
	max, err := s3Number(q.Get("max-buckets"), 1, s3PageMax)
	if err != nil {
		return nil, err
	}
	after, err := s3After(c, q.Get("continuation-token"))
	if err != nil {
		return nil, err
	}
	page, next := w.ListBuckets(c.who.Account, q.Get("prefix"), q.Get("bucket-region"), after, max)
	var out bucketList
	out.Buckets.Bucket, out.Owner, out.Prefix = page, s3Owner{world.CanonicalID(c.who.Account)}, q.Get("prefix")
	out.ContinuationToken = s3Token(c, next)
	return &wire.Document{Root: "ListAllMyBucketsResult", Value: out}, nil
}

// s3Number reads a number of a query, 0 where none is given.
func s3Number(s string, low, high int) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, &world.Error{Code: "InvalidArgument", Message: "Argument must be an integer between " + strconv.Itoa(low) + " and " + strconv.Itoa(high)}
	}
	return n, nil
}

func bucketLocation(w *world.World, c *call) (any, error) {
	location, err := w.GetBucketLocation(ask(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Root: "LocationConstraint", Value: location}, nil
}

// sizeDefault is from which size on the rules of a bucket move objects.
var sizeDefault = http.Header{"X-Amz-Transition-Default-Minimum-Object-Size": {"all_storage_classes_128K"}}

func putLifecycle(w *world.World, c *call) (any, error) {
	if _, err := put("LifecycleConfiguration", (*world.World).PutBucketLifecycleConfiguration)(w, c); err != nil {
		return nil, err
	}
	return &wire.Document{Header: sizeDefault}, nil
}

func getLifecycle(w *world.World, c *call) (any, error) {
	out, err := w.GetBucketLifecycleConfiguration(ask(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Root: "LifecycleConfiguration", Value: out, Header: sizeDefault}, nil
}

type taggingDocument struct {
	TagSet *tagSet
}

func putTagging(w *world.World, c *call) (any, error) {
	var in taggingDocument
	if !wire.DecodeXML(c.Body, "Tagging", &in) || in.TagSet == nil {
		return nil, malformedXML()
	}
	if err := w.PutBucketTagging(ask(c), in.TagSet.Tag); err != nil {
		return nil, err
	}
	return noContent(), nil
}

func getTagging(w *world.World, c *call) (any, error) {
	tags, err := w.GetBucketTagging(ask(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Root: "Tagging", Value: taggingDocument{&tagSet{tags}}}, nil
}

func putPolicy(w *world.World, c *call) (any, error) {
	if err := w.PutBucketPolicy(ask(c), string(c.Body)); err != nil {
		return nil, err
	}
	return noContent(), nil
}

func getPolicy(w *world.World, c *call) (any, error) {
	text, err := w.GetBucketPolicy(ask(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Raw: []byte(text), Header: http.Header{"Content-Type": {"application/json"}}}, nil
}

func policyStatus(w *world.World, c *call) (any, error) {
	is, err := w.GetBucketPolicyStatus(ask(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Root: "PolicyStatus", Value: struct{ IsPublic bool }{is}}, nil
}

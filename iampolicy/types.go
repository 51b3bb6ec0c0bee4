package iampolicy

// The documents of the IAM policy language that are no policies of Organizations
// have no type name of AWS's own; these are ours, for [Check], [CheckStatement]
// and [CanonicalFor].
const (
	// IdentityPolicy is what a role, user or group has, embedded or attached, and
	// a permissions boundary: no Principal.
	IdentityPolicy = "IDENTITY_POLICY"
	// TrustPolicy says who may assume a role: a Principal, actions of STS, and
	// no Resource, for that is the role.
	TrustPolicy = "TRUST_POLICY"
	// ResourcePolicy is the policy of a resource: a Principal and a Resource.
	ResourcePolicy = "RESOURCE_POLICY"
	// BucketPolicy is the ResourcePolicy of an S3 bucket: actions of S3 only.
	BucketPolicy = "BUCKET_POLICY"

	servicePolicy   = "SERVICE_CONTROL_POLICY"
	resourceControl = "RESOURCE_CONTROL_POLICY"
)

// document is what AWS asks of the documents of one type, beyond what it asks of
// all. Sources: the pages "SCP syntax" and "RCP syntax" of the Organizations User
// Guide, "IAM JSON policy elements reference" and "IAM and AWS STS quotas" of the
// IAM User Guide, "Bucket policies" of the S3 User Guide.
type document struct {
	name      string // with its article, for messages
	anyAge    bool   // Version may be 2008-10-17, or missing, which is the same
	principal need
	resource  need
	anySid    bool // a Sid may have blanks and punctuation
	latin     bool // only tab, line ends and U+0020 to U+00FF
}

// need is whether an element must, may or must not stand in a statement.
type need byte

const (
	needed need = iota
	forbidden
)

var documents = map[string]document{
	servicePolicy:   {name: "a service control policy", principal: forbidden},
	resourceControl: {name: "a resource control policy"},
	IdentityPolicy:  {name: "an identity policy", anyAge: true, principal: forbidden, latin: true},
	TrustPolicy:     {name: "a trust policy", anyAge: true, resource: forbidden, latin: true},
	ResourcePolicy:  {name: "a resource policy", anyAge: true, anySid: true},
	BucketPolicy:    {name: "a bucket policy", anyAge: true, anySid: true},
}

// inLanguage reports whether documents of the type are in the IAM policy language.
func inLanguage(policyType string) bool {
	_, ok := documents[policyType]
	return ok
}

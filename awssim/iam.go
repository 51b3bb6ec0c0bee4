package awssim

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// iamInput holds the members of every input of IAM that is simulated.
type iamInput struct {
	RoleName, UserName, GroupName, PolicyName, PolicyArn    string
	Path, PathPrefix                                        string
	AssumeRolePolicyDocument, PolicyDocument                string
	Description                                             *string
	MaxSessionDuration                                      *int
	PermissionsBoundary                                     string
	Tags                                                    []world.Tag
	TagKeys                                                 []string
	VersionId, Scope, EntityFilter, PolicyUsageFilter       string
	SetAsDefault, OnlyAttached, PasswordResetRequired       bool
	Marker                                                  string
	MaxItems                                                *int
	Filter                                                  []string
	AWSServiceName, CustomSuffix, AccessKeyId, SerialNumber string
	AuthenticationCode1, AuthenticationCode2, Password      string
	SSHPublicKeyBody, SSHPublicKeyId                        string
	CertificateBody, CertificateId                          string
	ServiceName, ServiceSpecificCredentialId                string
}

var iamWords = words{
	throttled: "Throttling", broken: "InternalFailure", conflict: "ConcurrentModification", denied: "AccessDenied",
	status: map[string]int{
		"NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409,
		"ConcurrentModification": 409, "EntityTemporarilyUnmodifiable": 409, "InternalFailure": 500,
		"DuplicateCertificate": 409, "NotSupportedService": 404,
	},
}

// iam is what the simulator knows of the IAM API. Roles, users and groups have
// much in common, so their operations are made of the same parts.
func iam() map[string]operation {
	return all(iamRoles, iamUsers, iamKeys, iamCredentials, iamGroups, iamPolicies, iamVersions, iamAccount,
		ofKind(world.RoleKind, "Role"), ofKind(world.UserKind, "User"), ofKind(world.GroupKind, "Group"),
		taggedKind(world.RoleKind, "Role"), taggedKind(world.UserKind, "User"))
}

// named is the name that an operation about a kind is given.
func (in *iamInput) named(k world.Kind) string {
	return [...]string{world.RoleKind: in.RoleName, world.UserKind: in.UserName, world.GroupKind: in.GroupName}[k]
}

var (
	iamName    = regexp.MustCompile(`^[\w+=,.@-]+$`)
	iamPath    = regexp.MustCompile(`^(/|/[!-~]+/)$`)
	iamPrefix  = regexp.MustCompile(`^/[!-\x7f]*$`)
	policyPath = regexp.MustCompile(`^((/[A-Za-z0-9.,+@=_-]+)*)/$`)
	iamText    = regexp.MustCompile(`^[\t\n\r -ÿ]+$`)
	iamWordsOf = regexp.MustCompile(`^[\t\n\r -~¡-ÿ]*$`)
	iamMarker  = regexp.MustCompile(`^[ -ÿ]+$`)
	versionOf  = regexp.MustCompile(`^v[1-9][0-9]*(\.[A-Za-z0-9-]*)?$`)
	keyText    = regexp.MustCompile(`^\w+$`)
	serialText = regexp.MustCompile(`^[\w+=/:,.@-]+$`)
	sixDigits  = regexp.MustCompile(`^\d{6}$`)
)

// fields are the rules of the service model. The name of a user or role is
// longer where it exists already, which makes no difference here.
func (in *iamInput) fields(operation string) []field {
	path := iamPath
	if strings.Contains(operation, "Polic") {
		path = policyPath
	}
	return []field{
		is("RoleName", in.RoleName, rule{1, 64, iamName}),
		is("UserName", in.UserName, rule{1, 64, iamName}),
		is("GroupName", in.GroupName, rule{1, 128, iamName}),
		is("PolicyName", in.PolicyName, rule{1, 128, iamName}),
		is("PolicyArn", in.PolicyArn, rule{20, 2048, nil}),
		is("PermissionsBoundary", in.PermissionsBoundary, rule{20, 2048, nil}),
		is("Path", in.Path, rule{1, 512, path}),
		is("PathPrefix", in.PathPrefix, rule{1, 512, iamPrefix}),
		is("AssumeRolePolicyDocument", in.AssumeRolePolicyDocument, rule{1, 131072, iamText}),
		is("PolicyDocument", in.PolicyDocument, rule{1, 131072, iamText}),
		maybe("Description", in.Description, rule{0, 1000, iamWordsOf}),
		is("VersionId", in.VersionId, rule{1, 0, versionOf}),
		is("Scope", in.Scope, rule{}, "All", "AWS", "Local"),
		is("EntityFilter", in.EntityFilter, rule{}, "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"),
		is("PolicyUsageFilter", in.PolicyUsageFilter, rule{}, "PermissionsPolicy", "PermissionsBoundary"),
		is("Marker", in.Marker, rule{1, 320, iamMarker}),
		is("AWSServiceName", in.AWSServiceName, rule{1, 128, iamName}),
		is("CustomSuffix", in.CustomSuffix, rule{1, 64, iamName}),
		is("AccessKeyId", in.AccessKeyId, rule{16, 128, keyText}),
		is("SerialNumber", in.SerialNumber, rule{9, 256, serialText}),
		is("AuthenticationCode1", in.AuthenticationCode1, rule{6, 6, sixDigits}),
		is("AuthenticationCode2", in.AuthenticationCode2, rule{6, 6, sixDigits}),
		is("Password", in.Password, rule{1, 128, iamText}),
		is("SSHPublicKeyBody", in.SSHPublicKeyBody, rule{1, 16384, iamText}),
		is("SSHPublicKeyId", in.SSHPublicKeyId, rule{20, 128, keyText}),
		is("CertificateBody", in.CertificateBody, rule{1, 16384, iamText}),
		is("CertificateId", in.CertificateId, rule{24, 128, keyText}),
		is("ServiceName", in.ServiceName, rule{}),
		is("ServiceSpecificCredentialId", in.ServiceSpecificCredentialId, rule{20, 128, keyText}),
		{name: "Tags", given: in.Tags != nil},
		{name: "TagKeys", given: in.TagKeys != nil},
	}
}

func (f field) valid() bool {
	n := utf8.RuneCountInString(f.value)
	return n >= f.rule.min && (f.rule.max == 0 || n <= f.rule.max) && (f.rule.pattern == nil || f.rule.pattern.MatchString(f.value)) &&
		(len(f.enum) == 0 || slices.Contains(f.enum, f.value))
}

// readIAM decodes and checks an input of IAM.
func readIAM(c *call, op operation) error {
	in, err := readForm[iamInput](c)
	if err != nil {
		return err
	}
	for _, f := range in.fields(c.Operation) {
		switch {
		case f.given || c.Form.Has(f.name) && f.name != "Tags" && f.name != "TagKeys":
			if f.name != "Tags" && f.name != "TagKeys" && !f.valid() {
				return notValid(lowerFirst(f.name))
			}
		case slices.Contains(op.need, f.name):
			return notValid(lowerFirst(f.name))
		}
	}
	if n := in.MaxSessionDuration; n != nil && (*n < 3600 || *n > 43200) {
		return notValid("maxSessionDuration")
	}
	if n := in.MaxItems; n != nil && (*n < 1 || *n > 1000) {
		return notValid("maxItems")
	}
	for _, f := range in.Filter {
		if !slices.Contains([]string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}, f) {
			return notValid("filter")
		}
	}
	if _, ok := c.afterName(in.Marker); !ok {
		return &world.Error{Code: "ValidationError", Message: "Invalid Marker."}
	}
	return checkIAMTagText(in)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func checkIAMTagText(in *iamInput) error {
	keys := slices.Clone(in.TagKeys)
	for _, t := range in.Tags {
		keys = append(keys, t.Key)
		if (rule{0, 256, tagText}).check("Tags.Value", t.Value) != nil {
			return notValid("tags.value")
		}
	}
	for _, k := range keys {
		if (rule{1, 128, tagText}).check("Tags.Key", k) != nil {
			return notValid("tags.key")
		}
	}
	if len(in.Tags) > 50 || len(in.TagKeys) > 50 {
		return notValid("tags")
	}
	return nil
}

// afterName reads a marker that the same operation gave.
func (c *call) afterName(marker string) (name string, ok bool) {
	marker = strings.TrimPrefix(marker, emptyToken)
	if marker == "" {
		return "", true
	}
	b, err := base64.RawURLEncoding.DecodeString(marker)
	op, name, found := strings.Cut(string(b), " ")
	return name, err == nil && found && op == c.Operation
}

// namedPage is the page that a list of IAM is asked for.
func (c *call) namedPage() world.NamedPage {
	in := input[iamInput](c)
	after, _ := c.afterName(in.Marker)
	p := world.NamedPage{After: after, Max: 100}
	if in.MaxItems != nil {
		p.Max = *in.MaxItems
	}
	return p
}

// more is how a list of IAM ends.
type more struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

func (c *call) more(next string) more {
	if next == "" {
		return more{}
	}
	return more{true, base64.RawURLEncoding.EncodeToString([]byte(c.Operation + " " + next))}
}

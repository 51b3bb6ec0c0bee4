package iams

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The attributes of roles, users and groups. Behind a prefix stands a name: of
// an inline policy, the ARN of an attached one, a user, a tag.
const (
	Path     = "path"
	Boundary = "permissionsBoundary"
	Inline   = "inline."
	Managed  = "managed."
	Member   = "member."
	Tag      = "tags."

	// Attached is the value of every managed policy that is attached, and Joined
	// that of every member.
	Attached = "attached"
	Joined   = "member"
)

// PathFixed is why a path that differs blocks a change.
const PathFixed = "its path is {before}, and changing that would change its ARN"

// Principal is what a role, user or group of AWS has, and what all three of
// them may hold.
type Principal struct {
	Ref             resource.Ref
	Name, ID, ARN   string
	Path            string
	InlinePolicies  []types.PolicyDetail
	ManagedPolicies []types.AttachedPolicy
	Boundary        *types.AttachedPermissionsBoundary
	Tags            []types.Tag
	// Marked says that Tags were read: whose it is can be told from them.
	Marked bool
}

// Object is the live object of a principal. It hangs on the customer-managed
// policies of its account that are attached to it or bound it.
func (p Principal) Object() resource.Object {
	o := resource.Object{
		Ref: p.Ref, Attrs: resource.Attrs{}, Facts: map[string]string{},
		Outputs: map[string]string{"id": p.ID, "arn": p.ARN, "name": p.Name},
	}
	o.Attrs[Path] = resource.Lit(p.Path)
	for _, d := range p.InlinePolicies {
		o.Attrs[Inline+aws.ToString(d.PolicyName)] = resource.Lit(Canonical(aws.ToString(d.PolicyDocument)))
	}
	for _, a := range p.ManagedPolicies {
		arn := aws.ToString(a.PolicyArn)
		o.Attrs[Managed+arn] = resource.Lit(Attached)
		o.After = hang(o.After, arn)
	}
	if p.Boundary != nil {
		arn := aws.ToString(p.Boundary.PermissionsBoundaryArn)
		o.Attrs[Boundary] = resource.Lit(arn)
		o.After = hang(o.After, arn)
	}
	if p.Marked {
		o = orgs.Confirm(o, TagMap(p.Tags))
	}
	return o
}

func hang(on []resource.Ref, arn string) []resource.Ref {
	if r, ok := policyRef(arn); ok && !slices.Contains(on, r) {
		on = append(on, r)
	}
	return on
}

// policyRef names the customer-managed policy that an ARN is of. A name is
// there once in an account, whatever the path.
func policyRef(arn string) (resource.Ref, bool) {
	parts := strings.SplitN(arn, ":", 6)
	ours := len(parts) == 6 && parts[4] != "aws" && strings.HasPrefix(parts[5], "policy/")
	return spec.IAMPolicyRef(PolicyName(arn)), ours
}

// PolicyName is the name of a policy, which ends its ARN behind the path.
func PolicyName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// Canonical is the canonical form of a document as IAM gives it. One that is
// not a policy as we know it is shown as it is.
func Canonical(document string) string {
	c, err := iampolicy.Canonical([]byte(document))
	if err != nil {
		return document
	}
	return c
}

// TagMap turns tags of IAM into a map.
func TagMap(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}

// TagList turns tags into IAM's form, sorted by key.
func TagList(sets ...map[string]string) []types.Tag {
	tags := []types.Tag{}
	for _, t := range orgs.List(sets...) {
		tags = append(tags, types.Tag{Key: t.Key, Value: t.Value})
	}
	return tags
}

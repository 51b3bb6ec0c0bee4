package bucket

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
)

// part is one setting of a bucket that one call reads and one call writes.
// Those whose name ends in a point are groups of attributes.
type part struct {
	name string
	// read gives the attributes that the bucket has; want is for values that
	// AWS gives in another form than the file does.
	read func(h *handle, ctx context.Context, want resource.Attrs) (resource.Attrs, error)
	// write sets those attributes of want that are the part's. What else the
	// part holds is read just before, and stays.
	write func(h *handle, ctx context.Context, want resource.Attrs) error
}

// parts are all settings but the tags, in the order in which they are written:
// what closes a bucket comes first.
var parts = []part{
	{access, (*handle).readAccess, (*handle).writeAccess},
	{attrOwnership, (*handle).readOwnership, (*handle).writeOwnership},
	{encryption, (*handle).readEncryption, (*handle).writeEncryption},
	{attrVersioning, (*handle).readVersioning, (*handle).writeVersioning},
	{lifecycle, (*handle).readLifecycle, (*handle).writeLifecycle},
}

// has says that an attribute is the part's.
func (p part) has(attr string) bool {
	return attr == p.name || strings.HasSuffix(p.name, ".") && strings.HasPrefix(attr, p.name)
}

// named says that attributes speak of the part.
func (p part) named(attrs resource.Attrs) bool {
	for k := range attrs {
		if p.has(k) {
			return true
		}
	}
	return false
}

func (h *handle) readVersioning(ctx context.Context, _ resource.Attrs) (resource.Attrs, error) {
	out, err := h.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	if err != nil {
		return nil, err
	}
	return resource.Attrs{attrVersioning: yes(out.Status == types.BucketVersioningStatusEnabled)}, nil
}

func (h *handle) writeVersioning(ctx context.Context, want resource.Attrs) error {
	status := types.BucketVersioningStatusSuspended
	if want[attrVersioning].Value() == "true" {
		status = types.BucketVersioningStatusEnabled
	}
	_, err := h.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: h.name, ExpectedBucketOwner: h.owner,
		VersioningConfiguration: &types.VersioningConfiguration{Status: status}})
	return err
}

func (h *handle) readOwnership(ctx context.Context, _ resource.Attrs) (resource.Attrs, error) {
	out, err := h.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	switch {
	case cloud.Code(err) == "OwnershipControlsNotFoundError":
		return resource.Attrs{}, nil
	case err != nil:
		return nil, err
	}
	attrs := resource.Attrs{}
	for _, r := range out.OwnershipControls.Rules {
		attrs[attrOwnership] = resource.Lit(string(r.ObjectOwnership))
	}
	return attrs, nil
}

func (h *handle) writeOwnership(ctx context.Context, want resource.Attrs) error {
	_, err := h.s3.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{Bucket: h.name, ExpectedBucketOwner: h.owner,
		OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
			{ObjectOwnership: types.ObjectOwnership(want[attrOwnership].Value())}}}})
	return err
}

func (h *handle) accessBlock(ctx context.Context) (*types.PublicAccessBlockConfiguration, error) {
	out, err := h.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	switch {
	case cloud.Code(err) == "NoSuchPublicAccessBlockConfiguration":
		return &types.PublicAccessBlockConfiguration{}, nil
	case err != nil:
		return nil, err
	}
	return out.PublicAccessBlockConfiguration, nil
}

func (h *handle) readAccess(ctx context.Context, _ resource.Attrs) (resource.Attrs, error) {
	c, err := h.accessBlock(ctx)
	if err != nil {
		return nil, err
	}
	attrs := resource.Attrs{}
	for name, v := range switches(c) {
		attrs[access+name] = yes(aws.ToBool(*v))
	}
	return attrs, nil
}

// switches are the four of a public access block, by the file's names.
func switches(c *types.PublicAccessBlockConfiguration) map[string]**bool {
	return map[string]**bool{
		"blockPublicAcls": &c.BlockPublicAcls, "ignorePublicAcls": &c.IgnorePublicAcls,
		"blockPublicPolicy": &c.BlockPublicPolicy, "restrictPublicBuckets": &c.RestrictPublicBuckets,
	}
}

func (h *handle) writeAccess(ctx context.Context, want resource.Attrs) error {
	c, err := h.accessBlock(ctx)
	if err != nil {
		return err
	}
	for name, v := range switches(c) {
		if w, ok := want[access+name]; ok {
			*v = aws.Bool(w.Value() == "true")
		}
	}
	_, err = h.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: h.name, ExpectedBucketOwner: h.owner,
		PublicAccessBlockConfiguration: c})
	return err
}

// encryptionRules gives what the bucket encrypts by, none where it has none of
// its own.
func (h *handle) encryptionRules(ctx context.Context) ([]types.ServerSideEncryptionRule, error) {
	out, err := h.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	switch {
	case cloud.Code(err) == "ServerSideEncryptionConfigurationNotFoundError":
		return nil, nil
	case err != nil:
		return nil, err
	}
	return out.ServerSideEncryptionConfiguration.Rules, nil
}

func (h *handle) readEncryption(ctx context.Context, want resource.Attrs) (resource.Attrs, error) {
	rules, err := h.encryptionRules(ctx)
	if err != nil {
		return nil, err
	}
	attrs := resource.Attrs{}
	for _, r := range rules {
		attrs[encryption+"bucketKey"] = yes(aws.ToBool(r.BucketKeyEnabled))
		d := r.ApplyServerSideEncryptionByDefault
		if d == nil {
			continue
		}
		attrs[encryption+"algorithm"] = resource.Lit(string(d.SSEAlgorithm))
		if key := aws.ToString(d.KMSMasterKeyID); key != "" {
			attrs[encryption+"kmsKey"] = resource.Lit(keyName(key, want[encryption+"kmsKey"].Value()))
		}
	}
	return attrs, nil
}

// keyName gives the key that AWS names as the file names it, where both mean
// one: an ARN may stand for the id or the alias at its end.
func keyName(have, want string) string {
	if strings.HasPrefix(have, "arn:") && want != "" &&
		(strings.HasSuffix(have, ":key/"+want) || strings.HasPrefix(want, "alias/") && strings.HasSuffix(have, ":"+want)) {
		return want
	}
	return have
}

func (h *handle) writeEncryption(ctx context.Context, want resource.Attrs) error {
	rules, err := h.encryptionRules(ctx)
	if err != nil {
		return err
	}
	if len(rules) == 0 {
		rules = []types.ServerSideEncryptionRule{{}}
	}
	r := &rules[0]
	if r.ApplyServerSideEncryptionByDefault == nil {
		r.ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}
	}
	d := r.ApplyServerSideEncryptionByDefault
	if v, ok := want[encryption+"algorithm"]; ok {
		d.SSEAlgorithm = types.ServerSideEncryption(v.Value())
	}
	switch v, ok := want[encryption+"kmsKey"]; {
	case d.SSEAlgorithm == types.ServerSideEncryptionAes256, ok && v.IsNone():
		d.KMSMasterKeyID = nil
	case ok:
		d.KMSMasterKeyID = aws.String(v.Value())
	}
	if v, ok := want[encryption+"bucketKey"]; ok {
		r.BucketKeyEnabled = aws.Bool(v.Value() == "true")
	}
	_, err = h.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: h.name, ExpectedBucketOwner: h.owner,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules}})
	return err
}

func yes(b bool) resource.Text { return resource.Lit(strconv.FormatBool(b)) }

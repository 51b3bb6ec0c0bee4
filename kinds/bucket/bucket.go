// Package bucket is the kind of an S3 bucket of the payer: where it is and how
// it is set up. What is in it, and its policy, is not its business.
package bucket

import (
	"cmp"
	"strconv"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is a bucket. A setting that the file does not name is not read and stays
// as it is; a new bucket has AWS's own defaults there. No bucket is ever
// deleted: one of ours that left the file is reported.
var Kind = &kind.Kind{
	Name:    "bucket",
	Doc:     "an S3 bucket: region, versioning, encryption, public access block, ownership, lifecycle rules, tags",
	Marked:  true,
	Fixed:   map[string]string{attrRegion: "the bucket is in {before}; AWS cannot move a bucket"},
	Calls:   map[string][]string{"create": {"CreateBucket"}},
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Create:  create,
	Update:  update,
}

// The attributes of a bucket; those that end in a point are groups.
const (
	attrRegion     = "region"
	attrVersioning = "versioning"
	attrOwnership  = "ownership"
	encryption     = "encryption."
	access         = "publicAccessBlock."
	lifecycle      = "lifecycle."
	tags           = "tags."
)

func desired(p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	objects := make([]resource.Object, 0, len(p.Buckets))
	for _, b := range p.Buckets {
		o := resource.Object{Ref: b.Ref(), Attrs: wanted(p, b), Origin: b.Pos.String(), Facts: map[string]string{}}
		switch {
		case b.Adopt.Own:
			o.Facts[resource.FactAdopt] = "own"
		case b.Adopt.Adopt:
			o.Facts[resource.FactAdopt] = "true"
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// Region is where the file wants a bucket: its own region, else the home region.
func Region(p *spec.Payer, b spec.Bucket) string {
	return cmp.Or(b.Region, p.HomeRegion, "us-east-1")
}

// wanted gives the attributes that the file sets.
func wanted(p *spec.Payer, b spec.Bucket) resource.Attrs {
	attrs := resource.Attrs{attrRegion: resource.Lit(Region(p, b))}
	setBool(attrs, attrVersioning, b.Versioning)
	if e := b.Encryption; e != nil {
		if e.Algorithm != "" {
			attrs[encryption+"algorithm"] = resource.Lit(e.Algorithm)
		}
		if e.KMSKey != nil {
			attrs[encryption+"kmsKey"] = *e.KMSKey
		}
		setBool(attrs, encryption+"bucketKey", e.BucketKey)
	}
	if a := b.PublicAccessBlock; a != nil {
		setBool(attrs, access+"blockPublicAcls", a.BlockPublicACLs)
		setBool(attrs, access+"ignorePublicAcls", a.IgnorePublicACLs)
		setBool(attrs, access+"blockPublicPolicy", a.BlockPublicPolicy)
		setBool(attrs, access+"restrictPublicBuckets", a.RestrictPublicBuckets)
	}
	if b.Ownership != "" {
		attrs[attrOwnership] = resource.Lit(b.Ownership)
	}
	for _, r := range b.Lifecycle {
		attrs[lifecycle+r.ID] = resource.Lit(ruleOf(r).String())
	}
	for _, n := range b.AbsentLifecycle {
		attrs[lifecycle+n.Value] = resource.None()
	}
	orgs.SetWanted(attrs, b.Tags)
	return attrs
}

func setBool(attrs resource.Attrs, name string, v *bool) {
	if v != nil {
		attrs[name] = resource.Lit(strconv.FormatBool(*v))
	}
}

package bucket

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// live reads the buckets that the file names, of each only what the file sets,
// and finds those of ours that it does not name, in the home region and the
// regions it speaks of.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	if p == nil {
		return everything(ctx, s)
	}
	objects := make([]resource.Object, len(p.Buckets))
	err := orgs.Each(ctx, p.Buckets, func(ctx context.Context, i int, b spec.Bucket) (err error) {
		if objects[i], err = read(ctx, s, b.Ref(), wanted(p, b)); err != nil {
			return fmt.Errorf("read bucket %s: %w", b.Name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	objects = slices.DeleteFunc(objects, func(o resource.Object) bool { return o.Ref.IsZero() })
	left, err := marked(ctx, s, p)
	return append(objects, left...), err
}

// read gives what want names of one bucket: nothing where there is none.
func read(ctx context.Context, s *cloud.Session, ref resource.Ref, want resource.Attrs) (resource.Object, error) {
	h, taken, err := find(ctx, s, want[attrRegion].Value(), ref.Name)
	switch {
	case err != nil:
		return resource.Object{}, err
	case taken:
		return resource.Object{Ref: ref, Facts: map[string]string{resource.FactAbsent: "true",
			resource.FactBlocked: "the name is taken by another AWS account: S3 refuses to show the bucket, and it is not among ours"}}, nil
	case h == nil:
		return resource.Object{}, nil
	}
	o := resource.Object{Ref: ref, Attrs: resource.Attrs{attrRegion: resource.Lit(h.region)}, Outputs: h.outputs()}
	if h.region != want[attrRegion].Value() {
		return o, nil // it cannot be what the file wants, whatever else it is
	}
	attrs, err := h.settings(ctx, want)
	if err != nil {
		return o, err
	}
	maps.Copy(o.Attrs, attrs)
	if !(part{name: tags}).named(want) {
		return o, nil
	}
	all, err := h.tags(ctx)
	if err != nil {
		return o, err
	}
	return orgs.Confirm(o, all), nil
}

// settings reads the parts that want names, without the tags.
func (h *handle) settings(ctx context.Context, want resource.Attrs) (resource.Attrs, error) {
	attrs := resource.Attrs{}
	for _, p := range parts {
		if !p.named(want) {
			continue
		}
		got, err := p.read(h, ctx, want)
		if err != nil {
			return nil, err
		}
		maps.Copy(attrs, got)
	}
	return attrs, nil
}

// find looks for a bucket of ours: nil where nobody has one of the name, and
// taken where another account has. In a region that the answer names it is
// looked for again, for an answer of another region does not say whose it is.
func find(ctx context.Context, s *cloud.Session, region, name string) (h *handle, taken bool, err error) {
	for range 2 {
		h = open(s, region, name)
		_, err = h.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
		code, at := status(err)
		switch {
		case err == nil:
			return h, false, nil
		case missing(err):
			return nil, false, nil
		case at != "" && at != region:
			region = at
		case code == http.StatusForbidden:
			taken, err = h.taken(ctx, err)
			return nil, taken, err
		default:
			return nil, false, err
		}
	}
	return nil, false, err
}

// taken says whether S3 refused us a bucket because it is another account's.
// The refusal has no text, and one for want of a permission looks the same, so
// it asks where the bucket is: to that AWS gives a reason where the bucket, or
// the lack of one, is our own. Where there is none still, our own list decides.
func (h *handle) taken(ctx context.Context, refused error) (bool, error) {
	_, err := h.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: h.name, ExpectedBucketOwner: h.owner})
	switch {
	case err == nil, missing(err), strings.Contains(err.Error(), "is not authorized to perform"):
		return false, &notAllowed{refused}
	case cloud.Code(err) != "AccessDenied":
		return false, err
	}
	listed, err := h.listed(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("%w; whether the bucket is another account's is not known either: %w", &notAllowed{refused}, err)
	case listed:
		return false, &notAllowed{refused}
	}
	return true, nil
}

// listed says whether the bucket is among those of the account.
func (h *handle) listed(ctx context.Context) (found bool, err error) {
	err = orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := h.s3.ListBuckets(ctx, &s3.ListBucketsInput{Prefix: h.name, BucketRegion: aws.String(h.region),
			ContinuationToken: token, MaxBuckets: aws.Int32(1000)})
		if err != nil {
			return nil, err
		}
		for _, b := range page.Buckets {
			found = found || aws.ToString(b.Name) == *h.name
		}
		return page.ContinuationToken, nil
	})
	return found, err
}

// notAllowed is a bucket that we may not look at although it is not another
// account's.
type notAllowed struct{ err error }

func (e *notAllowed) Error() string { return e.err.Error() }

func (e *notAllowed) Unwrap() error { return e.err }

// Hint is what the user may do about it.
func (e *notAllowed) Hint() string {
	return "the name is not taken by another AWS account: to look at the bucket needs s3:ListBucket on it, in our policies and in the bucket's own"
}

// marked finds the buckets with our mark that the file does not name.
func marked(ctx context.Context, s *cloud.Session, p *spec.Payer) ([]resource.Object, error) {
	regions := []string{s.Config("").Region}
	named := map[string]bool{}
	for _, b := range p.Buckets {
		regions, named[b.Name] = append(regions, Region(p, b)), true
	}
	slices.Sort(regions)
	var objects []resource.Object
	for _, region := range slices.Compact(regions) {
		names, err := markedIn(ctx, s, region)
		if err != nil {
			return nil, fmt.Errorf("look for our buckets in %s: %w", region, err)
		}
		for _, name := range names {
			if !named[name] {
				named[name] = true
				objects = append(objects, resource.Object{Ref: spec.BucketRef(name), Outputs: open(s, region, name).outputs()})
			}
		}
	}
	return objects, nil
}

func markedIn(ctx context.Context, s *cloud.Session, region string) ([]string, error) {
	client := resourcegroupstaggingapi.NewFromConfig(s.Config(region))
	var names []string
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := client.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{
			ResourceTypeFilters: []string{"s3"}, ResourcesPerPage: aws.Int32(100), PaginationToken: token,
			TagFilters: []tagtypes.TagFilter{{Key: aws.String(orgs.KeyPayer), Values: []string{s.Payer()}}}})
		if err != nil {
			return nil, err
		}
		for _, r := range page.ResourceTagMappingList {
			// S3 has other things than buckets; only a bucket's ARN names no region.
			if _, name, ok := strings.Cut(aws.ToString(r.ResourceARN), ":s3:::"); ok && !strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
		return page.PaginationToken, nil
	})
	slices.Sort(names)
	return names, err
}

// everything reads all buckets of the account with all their settings.
func everything(ctx context.Context, s *cloud.Session) ([]resource.Object, error) {
	home := Client(s, "")
	all := resource.Attrs{attrVersioning: {}, attrOwnership: {}, encryption: {}, access: {}, lifecycle: {}, tags: {}}
	var objects []resource.Object
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := home.ListBuckets(ctx, &s3.ListBucketsInput{ContinuationToken: token, MaxBuckets: aws.Int32(1000)})
		if err != nil {
			return nil, err
		}
		for _, b := range page.Buckets {
			want := maps.Clone(all)
			want[attrRegion] = resource.Lit(aws.ToString(b.BucketRegion))
			if b.BucketRegion == nil {
				want[attrRegion] = resource.Lit(home.Options().Region)
			}
			o, err := read(ctx, s, spec.BucketRef(aws.ToString(b.Name)), want)
			if err != nil {
				return nil, fmt.Errorf("read bucket %s: %w", aws.ToString(b.Name), err)
			}
			if !o.Ref.IsZero() {
				objects = append(objects, o)
			}
		}
		return page.ContinuationToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list buckets: %w", err)
	}
	return objects, nil
}

// confirm reads tags and owner afresh. A bucket that is gone comes back as
// absent, and so does one that only bears another payer's name by now.
func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	h := open(s, have.Outputs["region"], have.Ref.Name)
	all, err := h.tags(ctx)
	switch {
	case missing(err):
		facts := maps.Clone(have.Facts)
		if facts == nil {
			facts = map[string]string{}
		}
		facts[resource.FactAbsent] = "true"
		have.Facts, have.OwnerRead = facts, true
		return have, nil
	case err != nil:
		return have, fmt.Errorf("read tags of bucket %s: %w", have.Ref.Name, err)
	}
	return orgs.Confirm(have, all), nil
}

// errTaken is a bucket of a name that another account has.
var errTaken = errors.New("the name is taken by another AWS account")

// Package bucketpolicy is the kind of the statements of a bucket's policy that
// the payer file names, by their Sid. There is one object for each bucket;
// statements that the file does not name are somebody else's and stay.
package bucketpolicy

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/bucket"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is what the file says of a bucket's policy. It bears no mark: a Sid that
// the file names is the file's, whoever wrote the statement.
var Kind = &kind.Kind{
	Name:     "bucket-policy",
	Doc:      "the statements of a bucket's policy, by their Sid",
	Requires: []*kind.Kind{bucket.Kind},
	Calls:    map[string][]string{"create": {"PutBucketPolicy"}, "update": {"PutBucketPolicy"}},
	Desired:  desired,
	Live:     live,
	Create:   create,
	Update:   update,
	Resume:   resume,
}

const (
	statement = "statement." // and the Sid: an attribute, and the input with what is sent
	region    = "region"     // an input

	// factDocument on a live object is the whole policy as AWS has it.
	factDocument = "document"

	// limit is how many bytes a bucket's policy may have (Amazon S3 user guide,
	// bucket policies, 2026).
	limit = 20480
)

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	var objects []resource.Object
	protected := self.Of(p)
	if org, ok := read.Get(spec.OrganizationRef); ok {
		protected = protected.In(org.ID())
	}
	for _, b := range p.Buckets {
		ref := spec.BucketPolicyRef(b.Name)
		have, there := read.Get(ref)
		if len(b.Statements) == 0 && (len(b.AbsentStatements) == 0 || !there) {
			continue
		}
		o := resource.Object{Ref: ref, Attrs: resource.Attrs{}, Facts: map[string]string{}, After: []resource.Ref{b.Ref()},
			Inputs: resource.Attrs{region: resource.Lit(bucket.Region(p, b))}}
		for _, n := range b.AbsentStatements {
			o.Attrs[statement+n.Value], o.Origin = resource.None(), n.Pos.String()
		}
		for i, w := range b.Statements {
			text, err := w.Document.Resolve(read.Output).Map(canonical)
			if err != nil {
				return nil, fmt.Errorf("%s: statement %s of bucket %s: %w", w.Pos, w.Sid, b.Name, err)
			}
			o.Attrs[statement+w.Sid], o.Inputs[statement+w.Sid] = text, w.Document
			if i == 0 {
				o.Origin = w.Pos.String()
			}
			if denied := protected.Denied(w.Document.Resolve(arns(p, read)).String()); len(denied) > 0 {
				o.Facts[resource.FactBlocked] = fmt.Sprintf("statement %s denies %s%s", w.Sid, strings.Join(denied, ", "), self.Lift)
			}
		}
		if why := orphan(have.Facts[factDocument], o.Attrs); why != "" && o.Facts[resource.FactBlocked] == "" {
			o.Facts[resource.FactBlocked] = why
		}
		if err := measure(&o, have, read); err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// arns finds outputs, and the ARNs of roles and users of the file that are still
// to be made.
func arns(p *spec.Payer, read *resource.State) func(r resource.Ref, output string) (string, bool) {
	made := map[resource.Ref]string{}
	iam := "arn:" + p.Partition() + ":iam::" + p.AccountID + ":"
	for _, r := range p.Roles {
		made[r.Ref()] = iam + "role" + cmp.Or(r.Path, "/") + r.Name
	}
	for _, u := range p.Users {
		made[u.Ref()] = iam + "user" + cmp.Or(u.Path, "/") + u.Name
	}
	return func(r resource.Ref, output string) (string, bool) {
		if value, ok := read.Output(r, output); ok {
			return value, true
		}
		arn, ok := made[r]
		return arn, ok && output == "arn"
	}
}

// measure counts the policy as it would be, where all of it is known, and
// blocks one that is too long.
func measure(o *resource.Object, have resource.Object, read *resource.State) error {
	mine := statements{}
	for k, v := range o.Inputs {
		if sid, ok := sidOf(k); ok {
			text, known := v.Resolve(read.Output).Known()
			if !known {
				return nil
			}
			mine[sid] = &text
		}
	}
	for k, v := range o.Attrs {
		if sid, ok := sidOf(k); ok && v.IsNone() {
			mine[sid] = nil
		}
	}
	after, _, err := merge(have.Facts[factDocument], mine)
	if err != nil {
		return nil // what is there cannot be read; the plan shows it, and the write says why
	}
	n := len(after)
	o.Facts[resource.FactCharacters] = fmt.Sprintf("%d/%d", iampolicy.Size([]byte(after)), limit)
	if n > limit && o.Facts[resource.FactBlocked] == "" {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("the bucket's policy would have %d of %d bytes, those of statements that the file does not name counted", n, limit)
	}
	return nil
}

package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// The Sids of the statements that let AWS deliver billing reports into a bucket.
const (
	deliveryReadSid  = "ReconcilerBillingReportsRead"
	deliveryWriteSid = "ReconcilerBillingReportsWrite"
)

// statements reads those of a bucket's policy that the file names.
func (b *builder) statements(f file.Bucket, out *Bucket) {
	first := map[string]int{}
	size, most := 0, iampolicy.IAMLimits().BucketPolicyBytes
	for _, v := range f.Statements.Value {
		if !b.fits(v.At) {
			continue
		}
		if size > most { // told by policySizes
			break
		}
		d, ok := b.inlineJSON(v, func(doc []byte) error {
			if err := iampolicy.CheckStatement(iampolicy.BucketPolicy, doc); err != nil {
				return err
			}
			return iampolicy.CheckPartition(doc, b.p.Partition())
		})
		if !ok {
			continue
		}
		s, ok := b.statement(v.At, d)
		if !ok {
			continue
		}
		if line := first[s.Sid]; line > 0 {
			b.add(v.At, "the Sid %q stands on two statements, first on line %d", strictyaml.Shown(s.Sid), line)
			continue
		}
		first[s.Sid] = v.Line
		b.ofBucket(v.At, d, out.Name)
		if p := out.PublicAccessBlock; p != nil && p.BlockPublicPolicy != nil && *p.BlockPublicPolicy && public(d.small) {
			b.add(v.At, "the statement lets everybody in, and publicAccessBlock has S3 refuse such a policy")
		}
		size += d.least
		out.Statements = append(out.Statements, s)
	}
	out.AbsentStatements = b.names(f.Absent, func(at file.At, s string) {
		if line := first[s]; line > 0 {
			b.add(at, "the statement %q must be there by line %d and absent here", strictyaml.Shown(s), line)
		}
	})
}

// policySizes counts what the policy of each bucket will have at least.
func (b *builder) policySizes() {
	most := iampolicy.IAMLimits().BucketPolicyBytes
	for i, k := range b.p.Buckets {
		f := b.f.Buckets.Value[i]
		size, note := len(`{"Version":"2012-10-17","Statement":[]}`), ""
		for _, s := range k.Statements {
			size += leastOf(s.Document) + 1
			if s.Sid == deliveryReadSid {
				note = ", those of billing reports counted,"
			}
		}
		if size > most {
			at := f.At
			if f.Value.Statements.Set() {
				at = f.Value.Statements.At
			}
			b.add(at, "the statements%s have %s characters", note, of(size, most))
		}
	}
}

// statement finds the Sid of a statement that is right.
func (b *builder) statement(at file.At, d document) (Statement, bool) {
	var read struct{ Sid string }
	if err := json.Unmarshal(d.small, &read); err != nil {
		b.add(at, "%v", err)
		return Statement{}, false
	}
	switch {
	case read.Sid == "":
		b.add(at, "a statement without a Sid: it is known by that in the bucket's policy")
		return Statement{}, false
	case strings.Contains(read.Sid, "${{"):
		b.add(at, "the Sid must be known when the file is read: no reference in it")
		return Statement{}, false
	}
	return Statement{Pos: pos(at), Sid: read.Sid, Document: d.text}, true
}

// ofBucket wants the resources of a statement in its bucket: S3 refuses others.
func (b *builder) ofBucket(at file.At, d document, name string) {
	var read struct{ Resource, NotResource any }
	if json.Unmarshal([]byte(d.text.String()), &read) != nil {
		return
	}
	own := b.bucketARN(name)
	for _, r := range append(values(read.Resource), values(read.NotResource)...) {
		bucket, _, _ := strings.Cut(r, "/")
		if strings.HasPrefix(r, "arn:") && !strings.ContainsAny(bucket, "*?$") && bucket != own {
			b.add(at, "the resource %q is not in the bucket %s: S3 refuses the policy", strictyaml.Shown(r), strictyaml.Shown(name))
		}
	}
}

// public says that a statement lets everybody in without a condition. What S3
// calls public goes further; this much is sure.
func public(statement []byte) bool {
	var read struct {
		Effect    string
		Principal any
		Condition map[string]any
	}
	if json.Unmarshal(statement, &read) != nil || read.Effect != "Allow" || len(read.Condition) > 0 {
		return false
	}
	if m, ok := read.Principal.(map[string]any); ok {
		return slices.Contains(values(m["AWS"]), "*")
	}
	return read.Principal == "*"
}

// values gives a JSON string, or a list of them, as a list.
func values(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, values(e)...)
		}
		return all
	}
	return nil
}

// delivery adds to a bucket's policy what AWS needs to deliver billing reports
// (AWS Cost and Usage Reports User Guide, "Setting up an Amazon S3 bucket").
func (b *builder) delivery(at file.At, bucket *Bucket) {
	for _, s := range bucket.Statements {
		if s.Sid == deliveryReadSid && s.Pos != (Pos{}) && s.Document.Equal(b.deliveryStatement(deliveryReadSid, bucket.Name)) {
			return // another report has them put in
		}
	}
	for _, sid := range []string{deliveryReadSid, deliveryWriteSid} {
		for _, s := range bucket.Statements {
			if s.Sid == sid {
				b.add(at, "the statement %s, which the report needs, stands on line %d otherwise", sid, s.Pos.Line)
				return
			}
		}
		for _, s := range bucket.AbsentStatements {
			if s.Value == sid {
				b.add(at, "the statement %s, which the report needs, must be absent by line %d", sid, s.Pos.Line)
				return
			}
		}
		bucket.Statements = append(bucket.Statements, Statement{Pos: pos(at), Sid: sid, Document: b.deliveryStatement(sid, bucket.Name)})
	}
}

func (b *builder) deliveryStatement(sid, bucket string) resource.Text {
	action, on := `["s3:GetBucketAcl","s3:GetBucketPolicy"]`, b.bucketARN(bucket)
	if sid == deliveryWriteSid {
		action, on = `"s3:PutObject"`, on+"/*"
	}
	from := "arn:" + b.p.Partition() + ":cur:" + ReportRegion(b.p.HomeRegion) + ":" + b.p.AccountID + ":definition/*"
	return resource.Lit(`{"Sid":"` + sid + `","Effect":"Allow","Principal":{"Service":"billingreports.amazonaws.com"},"Action":` + action +
		`,"Resource":` + quoteJSON(on) + `,"Condition":{"StringEquals":{"aws:SourceAccount":` + quoteJSON(b.p.AccountID) +
		`,"aws:SourceArn":` + quoteJSON(from) + `}}}`)
}

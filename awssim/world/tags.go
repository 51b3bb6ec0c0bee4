package world

import (
	"cmp"
	"slices"
	"strings"
)

// tagged is a thing with tags: a node or a policy.
type tagged interface {
	sequenced
	get() []Tag
	set([]Tag)
	describe(*org) (typ, arn string)
}

type nodeTags struct{ n *node }

func (t nodeTags) order() uint64  { return t.n.seq }
func (t nodeTags) get() []Tag     { return t.n.tags }
func (t nodeTags) set(tags []Tag) { t.n.tags = tags }
func (t nodeTags) describe(o *org) (string, string) {
	switch t.n.typ() {
	case "ACCOUNT":
		return "organizations:account", o.nodeArn(t.n)
	case "ROOT":
		return "organizations:root", o.nodeArn(t.n)
	}
	return "organizations:ou", o.nodeArn(t.n)
}

type policyTags struct{ p *policy }

func (t policyTags) order() uint64  { return t.p.seq }
func (t policyTags) get() []Tag     { return t.p.tags }
func (t policyTags) set(tags []Tag) { t.p.tags = tags }
func (t policyTags) describe(o *org) (string, string) {
	return "organizations:policy", o.policyArn(t.p)
}

// checkTags looks at tags that would be set over others.
func checkTags(old, tags []Tag) error {
	seen := make(map[string]bool, len(tags))
	n := len(old)
	for _, t := range tags {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return Invalid("INVALID_SYSTEM_TAGS_PARAMETER", "You specified a tag key that is a system tag: %s.", t.Key)
		}
		if seen[t.Key] {
			return Invalid("DUPLICATE_TAG_KEY", "Tag keys must be unique among the tags attached to the same entity: %s.", t.Key)
		}
		seen[t.Key] = true
		if !slices.ContainsFunc(old, func(o Tag) bool { return o.Key == t.Key }) {
			n++
		}
	}
	if n > maxTags {
		return Constraint("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource.")
	}
	return nil
}

// setTags merges tags into those a thing has. The slice is made anew, so that
// answers that hold the old one stay as they were.
func (w *World) setTags(o *org, to tagged, tags []Tag) {
	if len(tags) == 0 {
		return
	}
	all := slices.Clone(to.get())
	for _, t := range tags {
		t.Key = w.same(t.Key)
		if i := slices.IndexFunc(all, func(o Tag) bool { return o.Key == t.Key }); i >= 0 {
			all[i] = t
		} else {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
	to.set(slices.Clip(all))
	o.tagged.add(to)
}

func (o *org) taggable(id string) (tagged, error) {
	if n := o.nodes[id]; n != nil {
		return nodeTags{n}, nil
	}
	if p := o.policies[id]; p != nil {
		if p.aws {
			return nil, Invalid("TARGET_NOT_SUPPORTED", "You can't perform the specified operation on that target entity.")
		}
		return policyTags{p}, nil
	}
	return nil, refuse("TargetNotFoundException", "You specified a target that doesn't exist.")
}

// TagResource sets tags on an account, a unit, the root or a policy.
func (w *World) TagResource(who, id string, tags []Tag) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	to, err := o.taggable(id)
	if err != nil {
		return err
	}
	if err := checkTags(to.get(), tags); err != nil {
		return err
	}
	w.setTags(o, to, tags)
	return nil
}

// UntagResource takes tags off; keys that are not there are no mistake.
func (w *World) UntagResource(who, id string, keys []string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	to, err := o.taggable(id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return Invalid("INVALID_SYSTEM_TAGS_PARAMETER", "You specified a tag key that is a system tag: %s.", k)
		}
	}
	to.set(slices.DeleteFunc(slices.Clone(to.get()), func(t Tag) bool { return slices.Contains(keys, t.Key) }))
	return nil
}

// ListTagsForResource lists tags in the order of their keys.
func (w *World) ListTagsForResource(who, id string) ([]Tag, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, err
	}
	to, err := o.taggable(id)
	if err != nil {
		return nil, err
	}
	return append([]Tag{}, to.get()...), nil
}

// TagFilter keeps resources that have the key, with one of the values where
// any is given.
type TagFilter struct {
	Key    string
	Values []string
}

// Wanted is what GetResources looks for: what has, or had, tags. Types are
// those of the tagging API, such as organizations:ou or s3.
type Wanted struct {
	Region  string
	Types   []string
	Filters []TagFilter
	ARNs    []string
}

func (q Wanted) fits(typ, arn string, tags []Tag) bool {
	service, _, _ := strings.Cut(typ, ":")
	if len(q.Types) > 0 && !slices.Contains(q.Types, typ) && !slices.Contains(q.Types, service) {
		return false
	}
	return (len(q.ARNs) == 0 || slices.Contains(q.ARNs, arn)) && matchTags(tags, q.Filters)
}

// GetResources is the tagging API's look at an account: at its organization,
// where it is the management account of one and asks in the one region that
// this is told in, and at its buckets in the region.
func (w *World) GetResources(who string, q Wanted, p Page) ([]ResourceTagMapping, uint64) {
	type line struct {
		seq     uint64
		mapping ResourceTagMapping
	}
	var found []line
	more := false
	if o, err := w.payer(who); err == nil && q.Region == home {
		page, next := o.tagged.page(p, func(t tagged) bool {
			typ, arn := t.describe(o)
			return q.fits(typ, arn, t.get())
		})
		more = next != 0
		for _, t := range page {
			_, arn := t.describe(o)
			found = append(found, line{t.order(), ResourceTagMapping{arn, append([]Tag{}, t.get()...)}})
		}
	}
	buckets, next := w.taggedBuckets(who, q.Region).page(p, func(b *bucket) bool { return q.fits("s3:bucket", b.arn(), b.Tags) })
	for _, b := range buckets {
		found = append(found, line{b.Seq, ResourceTagMapping{b.arn(), append([]Tag{}, b.Tags...)}})
	}
	slices.SortFunc(found, func(a, b line) int { return cmp.Compare(a.seq, b.seq) })
	more = more || next != 0 || len(found) > p.Max
	found = found[:min(len(found), p.Max)]
	out := make([]ResourceTagMapping, len(found))
	for i, l := range found {
		out[i] = l.mapping
	}
	if !more {
		return out, 0
	}
	return out, found[len(found)-1].seq
}

func matchTags(tags []Tag, filters []TagFilter) bool {
	for _, f := range filters {
		ok := slices.ContainsFunc(tags, func(t Tag) bool {
			return t.Key == f.Key && (len(f.Values) == 0 || slices.Contains(f.Values, t.Value))
		})
		if !ok {
			return false
		}
	}
	return true
}

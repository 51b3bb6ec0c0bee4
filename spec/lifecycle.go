package spec

import (
	"strings"
	"unicode"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// What S3 asks of rules of a lifecycle (Amazon S3 User Guide, "Lifecycle
// configuration elements" and "Transitioning objects using Amazon S3 Lifecycle").
const (
	maxLifecycleRules = 1000
	maxLifecycleID    = 255
	maxPrefix         = 1024
	leastIADays       = 30
	maxDays           = 1<<31 - 1
)

var storageClasses = []string{"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"}

func (b *builder) lifecycle(f file.Bucket, out *Bucket) {
	first := map[string]int{}
	for _, v := range f.Lifecycle.Value {
		if !b.fits(v.At) {
			continue
		}
		r := b.lifecycleRule(v)
		if line := first[r.ID]; line > 0 && r.ID != "" {
			b.add(v.Value.ID.At, "the rule %q stands here twice, first on line %d", strictyaml.Shown(r.ID), line)
			continue
		}
		first[r.ID] = v.Line
		out.Lifecycle = append(out.Lifecycle, r)
	}
	if n := len(out.Lifecycle); n > maxLifecycleRules {
		b.add(f.Lifecycle.At, "%s rules", of(n, maxLifecycleRules))
	}
	out.AbsentLifecycle = b.names(f.AbsentLifecycle, func(at file.At, s string) {
		if line := first[s]; line > 0 {
			b.add(at, "the rule %q must be there by line %d and absent here", strictyaml.Shown(s), line)
		}
	})
}

func (b *builder) lifecycleRule(v file.V[file.LifecycleRule]) LifecycleRule {
	f := v.Value
	r := LifecycleRule{Pos: pos(v.At), ID: b.plain(f.ID, ""), Prefix: b.plain(f.Prefix, ""), Enabled: !f.Enabled.Set() || f.Enabled.Value}
	switch n := runes(r.ID); {
	case !b.fits(f.ID.At):
	case n == 0:
		b.add(f.ID.At, "the id is empty")
	case n > maxLifecycleID:
		b.add(f.ID.At, "the id has %s characters", of(n, maxLifecycleID))
	}
	if len(r.Prefix) > maxPrefix {
		b.add(f.Prefix.At, "the prefix has %s bytes", of(len(r.Prefix), maxPrefix))
	}
	for _, v := range []file.V[string]{f.ID, f.Prefix} {
		if strings.ContainsFunc(v.Value, unicode.IsControl) {
			b.add(v.At, "holds a control character: %q", strictyaml.Shown(v.Value))
		}
	}
	r.ExpireDays = b.days(f.Expire, 1)
	r.NoncurrentExpireDays = b.days(f.ExpireNoncurrent, 1)
	r.AbortIncompleteMultipartDays = b.days(f.AbortMultipart, 1)
	r.Transitions = b.transitions(f, r)
	if !f.Expire.Set() && !f.ExpireNoncurrent.Set() && !f.AbortMultipart.Set() && len(f.Transitions.Value) == 0 && !b.unfit(f.Transitions.At) {
		b.add(v.At, "the rule does nothing: expireAfterDays, expireNoncurrentAfterDays, abortMultipartAfterDays or transitions")
	}
	return r
}

func (b *builder) days(v file.V[int], least int) int {
	if b.fits(v.At) && (v.Value < least || v.Value > maxDays) {
		b.add(v.At, "want %d or more days, have %d", least, v.Value)
	}
	return v.Value
}

func (b *builder) transitions(f file.LifecycleRule, r LifecycleRule) []Transition {
	var all []Transition
	first := map[string]int{}
	for _, v := range f.Transitions.Value {
		if !b.fits(v.At) || !b.fits(v.Value.StorageClass.At) {
			continue
		}
		t := Transition{Days: b.days(v.Value.After, 0), StorageClass: b.oneOf(v.Value.StorageClass, storageClasses...)}
		at := v.Value.After.At
		switch {
		case t.StorageClass != v.Value.StorageClass.Value: // told by oneOf
		case first[t.StorageClass] > 0:
			b.add(v.Value.StorageClass.At, "%s stands here twice, first on line %d", t.StorageClass, first[t.StorageClass])
		case strings.HasSuffix(t.StorageClass, "_IA") && t.Days < leastIADays && b.fits(at):
			b.add(at, "S3 moves nothing to %s before %d days", t.StorageClass, leastIADays)
		case r.ExpireDays > 0 && t.Days >= r.ExpireDays:
			b.add(at, "the objects are deleted after %d days, before they would be moved", r.ExpireDays)
		}
		first[t.StorageClass] = v.Line
		all = append(all, t)
	}
	return all
}

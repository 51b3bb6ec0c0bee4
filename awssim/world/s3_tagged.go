package world

import (
	"cmp"
	"slices"
)

// GetTaggedBuckets is GetResources for the buckets of an account in a region:
// those that have tags, or had some.
func (w *World) GetTaggedBuckets(who, region string, filters []TagFilter, p Page) ([]ResourceTagMapping, uint64) {
	var all []*bucket
	for _, b := range w.buckets {
		if b.Owner == who && b.Region == region && b.Tagged && b.Seq > p.After && matchTags(b.Tags, filters) {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b *bucket) int { return cmp.Compare(a.Seq, b.Seq) })
	out := []ResourceTagMapping{}
	for i, b := range all {
		if i == p.Max {
			return out, all[i-1].Seq
		}
		out = append(out, ResourceTagMapping{ResourceARN: b.arn(), Tags: append([]Tag{}, b.Tags...)})
	}
	return out, 0
}

package world

import (
	"cmp"
	"slices"
)

// taggedBuckets are the buckets of an account in a region that have tags, or
// had some, in the order in which they were made.
func (w *World) taggedBuckets(who, region string) *list[*bucket] {
	var out list[*bucket]
	for _, b := range w.buckets {
		if b.Owner == who && b.Region == region && b.Tagged {
			out.items = append(out.items, b)
		}
	}
	slices.SortFunc(out.items, func(a, b *bucket) int { return cmp.Compare(a.Seq, b.Seq) })
	return &out
}

func (b *bucket) order() uint64 { return b.Seq }

package impact

import (
	"math/bits"
	"slices"
)

// set is a set of atoms.
type set []uint64

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }

func (s set) empty() bool {
	return !slices.ContainsFunc(s, func(w uint64) bool { return w != 0 })
}

// each calls f for every member.
func (s set) each(f func(i int)) {
	for at, w := range s {
		for ; w != 0; w &= w - 1 {
			f(at*64 + bits.TrailingZeros64(w))
		}
	}
}

func (s set) or(o set) {
	for i := range o {
		s[i] |= o[i]
	}
}

func (s set) andNot(o set) set {
	out := slices.Clone(s)
	for i := range o {
		out[i] &^= o[i]
	}
	return out
}

func (s set) and(o set) set {
	out := slices.Clone(s)
	for i := range o {
		out[i] &= o[i]
	}
	return out
}

package world

import (
	"fmt"
	"hash/fnv"
)

const (
	alnum = "0123456789abcdefghijklmnopqrstuvwxyz"
	hexa  = "0123456789abcdef"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// scramble spreads a counter over 64 bits (the finalizer of splitmix64), so
// that ids look like AWS's and yet repeat from run to run.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func letters(set string, n int, seed uint64) string {
	out := make([]byte, n)
	for i := range out {
		seed = scramble(seed)
		out[i] = set[seed%uint64(len(set))]
	}
	return string(out)
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// next is a number that no earlier call of this world got.
func (w *World) next() uint64 {
	w.seq++
	return w.seq
}

// newID makes prefix plus n letters, seeded by the owner of the thing, so that
// two payers do not disturb each other's ids.
func (o *org) newID(prefix, set string, n int) string {
	o.ids++
	return prefix + letters(set, n, hash(o.master.id, prefix)+o.ids*0x9e3779b97f4a7c15)
}

// newAccountID makes twelve digits that no account of this world has.
func (w *World) newAccountID(o *org) string {
	for {
		o.ids++
		id := fmt.Sprintf("%012d", 100000000000+scramble(hash(o.master.id, "account")+o.ids)%900000000000)
		if w.accounts[id] == nil && !w.reserved[id] {
			w.reserved[id] = true
			return id
		}
	}
}

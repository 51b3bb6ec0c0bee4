package world

import (
	"cmp"
	"slices"
)

// Page asks for the entries after one, at most Max of them.
type Page struct {
	After uint64
	Max   int
}

// sequenced is what a list can hold: a thing with a number that never changes.
type sequenced interface{ order() uint64 }

// list keeps things in the order of their numbers. A page of it costs the
// page, and stays where it is while entries come and go.
type list[T sequenced] struct{ items []T }

func (l *list[T]) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(l.items, seq, func(t T, s uint64) int { return cmp.Compare(t.order(), s) })
}

func (l *list[T]) add(t T) {
	if i, ok := l.find(t.order()); !ok {
		l.items = slices.Insert(l.items, i, t)
	}
}

func (l *list[T]) remove(t T) {
	if i, ok := l.find(t.order()); ok {
		l.items = slices.Delete(l.items, i, i+1)
	}
}

func (l *list[T]) len() int { return len(l.items) }

// page returns the entries asked for that keep accepts, and the number to go
// on after: zero at the end. A nil keep accepts all.
func (l *list[T]) page(p Page, keep func(T) bool) ([]T, uint64) {
	i, found := l.find(p.After)
	if found {
		i++
	}
	out := make([]T, 0, min(p.Max, len(l.items)-i))
	for ; i < len(l.items); i++ {
		if keep != nil && !keep(l.items[i]) {
			continue
		}
		if len(out) == p.Max {
			return out, out[len(out)-1].order()
		}
		out = append(out, l.items[i])
	}
	return out, 0
}

package planner

import (
	"fmt"
	"slices"
	"strings"
)

// walk is one pass over the changes, needs first.
type walk struct {
	d     *differ
	turn  int // tells this walk's marks on After slices from an earlier one's
	state []uint8
	path  []int // from the start to the change that is looked at
	order []int
}

const (
	fresh uint8 = iota
	open        // on the path
	done
)

// sort gives all changes with each behind its needs, or the members of a ring.
// Each call has a turn of its own, counted from 1.
func (d *differ) sort(turn int) (order, ring []int) {
	w := &walk{d: d, turn: turn, state: make([]uint8, len(d.changes)), order: make([]int, 0, len(d.changes))}
	for i := range d.changes {
		if ring := w.visit(i); ring != nil {
			return nil, ring
		}
	}
	return w.order, nil
}

// visit gives the ring that it meets below change i.
func (w *walk) visit(i int) []int {
	switch w.state[i] {
	case done:
		return nil
	case open:
		return slices.Clone(w.path[slices.Index(w.path, i):])
	}
	w.state[i] = open
	w.path = append(w.path, i)
	l := &w.d.links[i]
	for _, list := range l.each() {
		if ring := w.visitAll(list); ring != nil {
			return ring
		}
	}
	if a := l.after; a != nil && a.walked != w.turn {
		if ring := w.visitAll(a.needs); ring != nil {
			return ring
		}
		a.walked = w.turn
	}
	w.path = w.path[:len(w.path)-1]
	w.state[i] = done
	w.order = append(w.order, i)
	return nil
}

func (w *walk) visitAll(list []int) []int {
	for _, j := range list {
		if ring := w.visit(j); ring != nil {
			return ring
		}
	}
	return nil
}

// cutRings drops the waits that only make a detach come later where they close
// a ring, and says so of any other ring.
func (d *differ) cutRings() error {
	for turn := 2; ; turn++ {
		_, ring := d.sort(turn)
		if ring == nil {
			return nil
		}
		if !d.cut(ring) {
			return d.ringError(ring)
		}
	}
}

// cut drops the soft needs of the first member of a ring that is in it by them.
func (d *differ) cut(ring []int) bool {
	for k, i := range ring {
		next := ring[(k+1)%len(ring)]
		if slices.Contains(d.links[i].soft, next) {
			d.links[i].soft = nil
			return true
		}
	}
	return false
}

// ringError names all members of a ring.
func (d *differ) ringError(ring []int) error {
	var names []string
	for _, i := range append(ring, ring[0]) {
		names = append(names, d.changes[i].Ref.String())
	}
	return fmt.Errorf("no order is right: %s", strings.Join(names, " needs "))
}

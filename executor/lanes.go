package executor

import (
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
)

// queue is a first-in, first-out list of changes.
type queue struct {
	items []int
	head  int
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(i int) { q.items = append(q.items, i) }

func (q *queue) pop() int {
	i := q.items[q.head]
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return i
}

// lane is a queue of changes that are ready, and the places that it has.
type lane struct {
	width   int // 0: no bound of its own
	taken   int // places of changes that were started and have not ended
	resumes queue
	ready   queue
}

// push puts in a change that is ready. Requests that AWS has under way go
// first, for they take AWS's own places already.
func (l *lane) push(i int, op planner.Op) {
	if op == planner.Resume {
		l.resumes.push(i)
		return
	}
	l.ready.push(i)
}

// pop takes a place for the next change, where there are both.
func (l *lane) pop() (int, bool) {
	q := &l.resumes
	if q.len() == 0 {
		q = &l.ready
	}
	if q.len() == 0 || l.width > 0 && l.taken >= l.width {
		return 0, false
	}
	l.taken++
	return q.pop(), true
}

// lanes are the lanes of a pass. They take turns, so that one with ten thousand
// changes does not hold up a narrow and slow one.
type lanes struct {
	all  []*lane
	turn int
}

// next takes the next change that may start. Its cost is the number of lanes.
func (ls *lanes) next() (int, bool) {
	for range ls.all {
		l := ls.all[ls.turn]
		ls.turn = (ls.turn + 1) % len(ls.all)
		if i, ok := l.pop(); ok {
			return i, true
		}
	}
	return 0, false
}

// laneOf gives every kind its lane. Kinds that name the same lane share it, and
// where they differ on its width the narrower holds; kinds without a lane share
// one that has no bound.
func laneOf(kinds []*kind.Kind) (map[string]*lane, lanes) {
	var ls lanes
	byKind, byName := map[string]*lane{}, map[string]*lane{}
	for _, k := range kinds {
		key := "lane " + k.Lane.Name
		switch {
		case k.Lane.Width <= 0:
			key = ""
		case k.Lane.Name == "":
			key = "kind " + k.Name
		}
		l := byName[key]
		if l == nil {
			l = &lane{width: max(k.Lane.Width, 0)}
			byName[key] = l
			ls.all = append(ls.all, l)
		}
		if l.width > 0 {
			l.width = min(l.width, k.Lane.Width)
		}
		byKind[k.Name] = l
	}
	return byKind, ls
}

package forecast

import "container/heap"

// run goes through a plan as an apply would that AWS alone holds back: a change
// is ready when all that it needs is over.
type run struct {
	in    Input
	lines map[string]*line
	last  float64 // when the last change is over

	ready  queue
	groups []group
	behind map[int][]int // by change: the groups that need it
}

// group are changes that need the same ones; plans share such lists.
type group struct {
	left    int // of what they need
	at      float64
	members []int
}

// newRun makes a run and goes through all of it.
func newRun(in Input) *run {
	r := &run{in: in, lines: map[string]*line{}, behind: map[int][]int{}}
	r.gather()
	heap.Init(&r.ready)
	for r.ready.Len() > 0 {
		r.step(heap.Pop(&r.ready).(waiting))
	}
	return r
}

// step makes the next call of a change. What is ready first goes first, so that
// a call which is far off does not hold up one that is not.
func (r *run) step(w waiting) {
	calls := r.in.Cost(&r.in.Plan.Changes[w.change])
	if w.calls < len(calls) {
		heap.Push(&r.ready, waiting{r.line(calls[w.calls]).take(w.at), w.change, w.calls + 1})
		return
	}
	r.last = max(r.last, w.at)
	for _, g := range r.behind[w.change] {
		r.pass(g, w.at)
	}
}

// gather puts the changes that are done into groups, and those that need none
// of the others into the queue.
func (r *run) gather() {
	type key struct {
		first *int
		n     int
	}
	byNeeds := map[key]int{}
	for i := range r.in.Plan.Changes {
		c := &r.in.Plan.Changes[i]
		if c.Held() {
			continue
		}
		if len(c.Needs) == 0 {
			r.ready = append(r.ready, waiting{0, i, 0})
			continue
		}
		k := key{&c.Needs[0], len(c.Needs)}
		g, ok := byNeeds[k]
		if !ok {
			g = len(r.groups)
			byNeeds[k] = g
			r.groups = append(r.groups, group{})
			r.need(g, c.Needs)
		}
		r.groups[g].members = append(r.groups[g].members, i)
	}
	for i := range r.groups {
		if g := &r.groups[i]; g.left == 0 {
			for _, m := range g.members {
				r.ready = append(r.ready, waiting{0, m, 0})
			}
		}
	}
}

// need notes what a group needs of the changes that are done.
func (r *run) need(g int, needs []int) {
	for _, n := range needs {
		if !r.in.Plan.Changes[n].Held() {
			r.groups[g].left++
			r.behind[n] = append(r.behind[n], g)
		}
	}
}

// pass tells a group that one of those it needs is over.
func (r *run) pass(g int, end float64) {
	of := &r.groups[g]
	of.left--
	of.at = max(of.at, end)
	if of.left == 0 {
		for _, m := range of.members {
			heap.Push(&r.ready, waiting{of.at, m, 0})
		}
	}
}

// line is the queue in front of an operation.
func (r *run) line(operation string) *line {
	l := r.lines[operation]
	if l == nil {
		l = r.in.line(operation)
		r.lines[operation] = l
	}
	return l
}

// waiting is a change, of which some calls are over, and when it is ready for
// the next; the queue gives the earliest, and of those the first of the plan.
type waiting struct {
	at     float64
	change int
	calls  int
}

type queue []waiting

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].change < q[j].change
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(waiting)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	w := (*q)[last]
	*q = (*q)[:last]
	return w
}

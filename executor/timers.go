package executor

import (
	"container/heap"
	"time"
)

// timers are the changes under way in AWS, by the time at which to ask again.
// One timer serves them all, so that none is left behind when a pass ends.
type timers struct {
	heap  alarms
	seq   int
	timer *time.Timer
	armed time.Time // what the timer is set to; zero: it is not
}

// alarm is one change under way.
type alarm struct {
	at  time.Time
	seq int // of two at one time the earlier goes first
	i   int
}

type alarms []alarm

func (a alarms) Len() int      { return len(a) }
func (a alarms) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a alarms) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].seq < a[j].seq
}
func (a *alarms) Push(x any) { *a = append(*a, x.(alarm)) }
func (a *alarms) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (t *timers) len() int { return len(t.heap) }

// add has change i asked for again after d.
func (t *timers) add(i int, d time.Duration) {
	t.seq++
	heap.Push(&t.heap, alarm{time.Now().Add(d), t.seq, i})
}

// c is the channel of the next alarm, nil where there is none.
func (t *timers) c() <-chan time.Time {
	if len(t.heap) == 0 {
		return nil
	}
	next := t.heap[0].at
	switch {
	case t.timer == nil:
		t.timer = time.NewTimer(time.Until(next))
	case !next.Equal(t.armed):
		t.timer.Reset(time.Until(next))
	}
	t.armed = next
	return t.timer.C
}

// due takes out the changes whose time has come.
func (t *timers) due() []int {
	t.armed = time.Time{}
	var is []int
	for now := time.Now(); len(t.heap) > 0 && !t.heap[0].at.After(now); {
		is = append(is, heap.Pop(&t.heap).(alarm).i)
	}
	return is
}

// clear takes out every change, in the order of their alarms.
func (t *timers) clear() []int {
	var is []int
	for len(t.heap) > 0 {
		is = append(is, heap.Pop(&t.heap).(alarm).i)
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	return is
}

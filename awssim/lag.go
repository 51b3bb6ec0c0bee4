package awssim

import (
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// replica is a second world that runs every change of the first one again,
// later. Worlds are deterministic, so it is what the first one was.
type replica struct {
	world  *world.World
	lag    time.Duration
	reads  int
	served int // lagging lists so far
	queue  []change
}

type change struct {
	at     time.Time
	served int
	run    func(*world.World)
}

func (r *replica) later(at time.Time, run func(*world.World)) {
	r.queue = append(r.queue, change{at, r.served, run})
}

// view is the world as a lagging list shows it now.
func (r *replica) view(now time.Time) *world.World {
	n := 0
	for _, c := range r.queue {
		if now.Before(c.at.Add(r.lag)) || r.served < c.served+r.reads {
			break
		}
		n++
	}
	r.replay(n)
	r.served++
	r.world.SetNow(r.until(now.Add(-r.lag)))
	return r.world
}

// until is how far the clock may go: not past a change that is still to come,
// or what it begins would end later here than it did.
func (r *replica) until(now time.Time) time.Time {
	if len(r.queue) > 0 && r.queue[0].at.Before(now) {
		return r.queue[0].at
	}
	return now
}

// catchUp shows all that was done.
func (r *replica) catchUp() { r.replay(len(r.queue)) }

// replay runs the first n changes that wait.
func (r *replica) replay(n int) {
	for _, c := range r.queue[:n] {
		r.world.SetNow(c.at)
		c.run(r.world)
	}
	r.queue = append([]change(nil), r.queue[n:]...)
}

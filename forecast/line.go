package forecast

import (
	"github.com/payer-reconciler/reconciler/cloud"
)

// line is the queue in front of one operation of AWS: calls start in their
// order, each as early as the rate, the requests in progress and the cap let it.
// The bucket is full at the beginning, as that of an account which did nothing
// for a while.
type line struct {
	rate    cloud.Rate
	cap     int // calls in rate.Cap.Days days; 0: no bound
	perCall float64
	full    float64   // when the bucket would be full again
	starts  []float64 // of the calls, those used before at 0
	used    int
}

// oneCall is how many seconds AWS takes for a call, as measured of MoveAccount.
const oneCall = 0.35

// line makes the queue of an operation.
func (in *Input) line(operation string) *line {
	r, _ := in.Rates.Of(operation)
	l := &line{rate: r}
	if r.PerSecond > 0 {
		l.perCall = 1 / r.PerSecond
	} else {
		l.rate.Burst = 1
	}
	if c := r.Cap; c != nil {
		l.cap = max(c.Calls, in.Members*c.PercentOfMembers/100, in.AccountQuota*c.PercentOfAccountQuota/100)
		if c.Most > 0 {
			l.cap = min(l.cap, c.Most)
		}
		l.used = max(in.Used[operation], 0)
		l.starts = make([]float64, l.used)
	}
	return l
}

// take starts a call that is ready at a time, in seconds from now, and gives the
// time at which it is over.
func (l *line) take(ready float64) float64 {
	start, took := max(ready, l.full-float64(l.rate.Burst-1)*l.perCall), oneCall
	n := len(l.starts)
	if n > 0 {
		start = max(start, l.starts[n-1])
	}
	if k := l.rate.InProgress; k > 0 {
		took = l.rate.Seconds
		if n-l.used >= k {
			start = max(start, l.starts[n-k]+l.rate.Seconds)
		}
	}
	if l.cap > 0 && n >= l.cap {
		start = max(start, l.starts[n-l.cap]+float64(l.rate.Cap.Days)*day)
	}
	l.full = max(start, l.full) + l.perCall
	l.starts = append(l.starts, start)
	return start + took
}

// landings counts the calls by the day on which they start.
func (l *line) landings(operation string) []Landing {
	if l == nil {
		return nil
	}
	var out []Landing
	for _, start := range l.starts[l.used:] {
		d := int((start + 1e-6) / day)
		if n := len(out); n > 0 && out[n-1].Day == d {
			out[n-1].Calls++
			continue
		}
		out = append(out, Landing{Day: d, Operation: operation, Calls: 1})
	}
	return out
}

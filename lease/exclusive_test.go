package lease

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// world is several writers, one store, and what goes wrong with them.
type world struct {
	t     *testing.T
	store *memory
	end   time.Time

	mu      sync.Mutex
	rand    *rand.Rand
	holders map[string]*Lease // those alive
	writing string            // who writes
	many    int               // writes of that one
	writes  int
	wins    map[string]int
	lost    int
	died    int
}

// chance is true once in n.
func (w *world) chance(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n) == 0
}

func (w *world) pick(d time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return upTo(w.rand, d)
}

// enter and leave are around a write: one writer at a time has any under way.
func (w *world) enter(who string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.many > 0 && w.writing != who {
		w.t.Errorf("%s writes while %s does", who, w.writing)
	}
	w.writing = who
	w.many++
	w.writes++
}

func (w *world) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.many--
}

// write makes one, which takes its time or is cut short.
func (w *world) write(who string, l *Lease, crash <-chan struct{}) bool {
	ctx, cancel := context.WithTimeout(w.t.Context(), w.pick(5*time.Minute)+time.Second)
	defer cancel()
	ctx, done, err := l.Gate(ctx)
	if err != nil {
		if !errors.Is(err, ErrLost) && !errors.Is(err, context.DeadlineExceeded) {
			w.t.Errorf("gate: %v", err)
		}
		return !errors.Is(err, ErrLost)
	}
	defer done()
	w.enter(who)
	defer w.leave()
	select {
	case <-ctx.Done():
	case <-crash:
	case <-time.After(w.pick(3 * time.Minute)):
	}
	return true
}

// hold is the life of one lease: writes, until it is lost, released, or its
// process dies.
func (w *world) hold(who string, l *Lease) {
	w.mu.Lock()
	w.holders[who] = l
	w.wins[who]++
	w.mu.Unlock()
	crash := make(chan struct{})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for w.write(who, l, crash) && time.Now().Before(w.end) {
				select {
				case <-crash:
					return
				case <-l.Lost():
					return
				case <-time.After(w.pick(time.Minute)):
				}
			}
		})
	}
	var dies bool
	select {
	case <-l.Lost():
	case <-time.After(w.pick(40 * time.Minute)):
		dies = w.chance(2)
	}
	close(crash)
	all.Wait()
	w.mu.Lock()
	delete(w.holders, who)
	if l.Err() != nil {
		w.lost++
	}
	if dies {
		w.died++
	}
	w.mu.Unlock()
	if dies {
		l.discard()
		<-l.stopped
		return
	}
	_ = l.Release(w.t.Context()) // what cannot be removed runs out
}

// live is a process that wants the lease, and another after it.
func (w *world) live(who string) {
	clock, way := &jumpy{}, &link{memory: w.store}
	stop := make(chan struct{})
	var clocks sync.WaitGroup
	clocks.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(w.pick(30 * time.Minute)):
				way.set(true)
				time.Sleep(w.pick(9 * time.Minute))
				way.set(false)
			}
		}
	})
	clocks.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(w.pick(40 * time.Minute)):
				clock.jump(w.pick(2*time.Hour) - time.Hour)
			}
		}
	})
	holder := NewHolder()
	for time.Now().Before(w.end) {
		if w.chance(4) {
			holder = NewHolder() // another process
		}
		l, err := Acquire(w.t.Context(), way, Options{Holder: holder, wall: clock.now})
		if err == nil {
			w.hold(who, l)
		}
		time.Sleep(w.pick(20 * time.Second))
	}
	close(stop)
	clocks.Wait()
}

// watch looks every second how many gates are open.
func (w *world) watch() {
	for ; time.Now().Before(w.end); time.Sleep(time.Second) {
		w.mu.Lock()
		var open []string
		for who, l := range w.holders {
			l.mu.Lock()
			if l.over == nil && l.o.now().left(l.start, l.o.TTL) >= l.o.Left {
				open = append(open, who)
			}
			l.mu.Unlock()
		}
		w.mu.Unlock()
		if len(open) > 1 {
			w.t.Errorf("the gates of %v are open", open)
		}
	}
}

// trouble takes the store away now and then.
func (w *world) trouble() {
	for time.Now().Before(w.end) {
		time.Sleep(w.pick(20 * time.Minute))
		w.store.set(func(m *memory) { m.away = true })
		time.Sleep(w.pick(7 * time.Minute))
		w.store.set(func(m *memory) { m.away = false })
	}
}

// TestDangerOneWriter runs three processes for some hours on a store that is
// slow, goes away and loses answers, with clocks that jump by an hour and
// processes that die: no two ever write at once.
func TestDangerOneWriter(t *testing.T) {
	seeds := 40
	if testing.Short() {
		seeds = 5
	}
	var writes, wins, lost, died int
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, rand: rand.New(rand.NewPCG(uint64(seed), 7)), end: time.Now().Add(6 * time.Hour),
					holders: map[string]*Lease{}, wins: map[string]int{}}
				w.store = &memory{
					offset: w.pick(2*time.Hour) - time.Hour,
					lose:   func() bool { return w.chance(8) },
					slow: func() time.Duration {
						if w.chance(20) {
							return w.pick(2 * time.Minute)
						}
						return w.pick(2 * time.Second)
					},
				}
				var all sync.WaitGroup
				for _, who := range []string{"a", "b", "c"} {
					all.Go(func() { w.live(who) })
				}
				all.Go(w.watch)
				all.Go(w.trouble)
				all.Wait()
				writes, lost, died = writes+w.writes, lost+w.lost, died+w.died
				for _, n := range w.wins {
					wins += n
				}
			})
		})
	}
	if writes < 100*seeds || wins < 10*seeds || lost < seeds || died < seeds {
		t.Errorf("only %d writes, %d leases, %d lost, %d died: the test proves little", writes, wins, lost, died)
	}
	t.Logf("%d writes, %d leases, %d lost, %d died", writes, wins, lost, died)
}

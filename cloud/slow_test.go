package cloud

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A throttle halves the rate, down to an eighth; each half minute without one
// gives a tenth of the table's back.
func TestSlowness(t *testing.T) {
	began := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	s := slowness{published: 2, factor: 1}
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	for _, tt := range []struct {
		at, sent int // sent: a throttle of a try that was sent then
		want     float64
	}{
		{0, -1, 2},
		{10, 9, 1},
		{10, 10, 1}, // sent before the first was known: one word
		{11, 11, 0.5},
		{12, 12, 0.25},
		{13, 13, 0.25}, // no slower
		{42, -1, 0.25},
		{43, -1, 0.45},
		{72, -1, 0.45},
		{73, -1, 0.65},
		{100, 99, 0.325},
		{129, -1, 0.325},
		{130, -1, 0.525},
		{3600, -1, 2}, // and no faster than the table
		{3601, 3601, 1},
	} {
		if tt.sent >= 0 {
			s.halve(at(tt.sent), at(tt.at))
		} else {
			s.recover(at(tt.at))
		}
		if got := float64(s.limit()); got < tt.want-1e-9 || got > tt.want+1e-9 {
			t.Errorf("after %d s: %v a second, want %v", tt.at, got, tt.want)
		}
	}
}

// Of a session: the calls after a throttle come at the slower rate and get back
// to the table's; it is said once.
func TestSlowerAfterAThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFake(), &Limits{}
		s := ratedSession(t, f, l)
		s.opts.WriteLevel = slog.LevelDebug
		var log bytes.Buffer
		s.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		f.answers["AttachPolicy"] = first(2, fails(400, "TooManyRequestsException"), ok)
		atOnce(t, 1, s)
		began := time.Now()
		f.calls = nil
		atOnce(t, 12, s)
		at := arrived(f, "AttachPolicy", began)
		if n := len(at); n != 12 {
			t.Fatalf("%d calls", n)
		}
		for i := 1; i < 6; i++ { // a quarter of two a second
			if gap := at[i] - at[i-1]; gap != 2*time.Second {
				t.Errorf("gap %d is %v", i, gap)
			}
		}
		const want = `level=INFO msg="slower after a throttle" payer=acme-labs account=111122223333 service=Organizations operation=AttachPolicy perSecond=1 published=2` + "\n"
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		began = time.Now()
		f.calls = nil
		atOnce(t, 5, s)
		const half = time.Second / 2
		if diff := cmp.Diff([]time.Duration{0, 0, 0, half, 2 * half}, arrived(f, "AttachPolicy", began)); diff != "" {
			t.Errorf("an hour later (-want +got):\n%s", diff)
		}
	})
}

// Who waits already goes by the slower rate, too, and in its turn.
func TestWhoWaitsGoesSlower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(Rate{PerSecond: 2, Burst: 1})
		began := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := b.wait(t.Context(), nil); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Since(began))
			})
		}
		synctest.Wait()
		b.throttle(time.Now(), time.Now())
		all.Wait()
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}, at); diff != "" {
			t.Errorf("times (-want +got):\n%s", diff)
		}
	})
}

// Whatever the throttles: in no time are there more calls than the table allows.
func TestNeverFasterThanTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond, burst = 4, 5
		b := newBucket(Rate{PerSecond: perSecond, Burst: burst})
		var mu sync.Mutex
		var at []time.Time
		var all sync.WaitGroup
		for i := range 300 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(100+i)*time.Second)
				defer cancel()
				if b.wait(ctx, nil) != nil {
					return // some give up
				}
				mu.Lock()
				at = append(at, time.Now())
				n := len(at)
				mu.Unlock()
				if n%17 == 0 {
					sent := time.Now()
					time.Sleep(time.Duration(n) * time.Millisecond)
					b.throttle(sent, time.Now())
				}
			})
		}
		all.Wait()
		if len(at) < 50 {
			t.Fatalf("%d calls only", len(at))
		}
		for i := range at {
			for j := i; j < len(at); j++ {
				if most := burst + perSecond*at[j].Sub(at[i]).Seconds() + 1e-6; float64(j-i+1) > most {
					t.Fatalf("%d calls in %v", j-i+1, at[j].Sub(at[i]))
				}
			}
		}
	})
}

// A session without rates is not slowed, and neither is what has no rate.
func TestThrottleWithoutRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFake(), &Limits{}
		f.answers["AttachPolicy"] = first(3, fails(400, "TooManyRequestsException"), ok)
		o := options(f)
		o.APIRate, o.Limits = "none", l
		s := opened(t, o)
		atOnce(t, 1, s)
		if len(l.all) != 0 {
			t.Errorf("buckets %v", l.all)
		}
		ratedSession(t, f, l).throttled(t.Context(), "IAM", "CreateRole", time.Now())
		for key := range l.all {
			if strings.Contains(key.service, "IAM") {
				t.Errorf("a bucket %v", key)
			}
		}
	})
}

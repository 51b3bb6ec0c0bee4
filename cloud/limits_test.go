package cloud

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"
)

// arrived is when each call of an operation came, counted from began.
func arrived(f *fake, operation string, began time.Time) []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	var at []time.Duration
	for _, c := range f.calls {
		if c.Operation == operation {
			at = append(at, c.At.Sub(began).Round(time.Microsecond))
		}
	}
	return at
}

// atOnce attaches in so many goroutines at once, through each of the sessions.
func atOnce(t *testing.T, n int, sessions ...*Session) {
	t.Helper()
	var all sync.WaitGroup
	for _, s := range sessions {
		for range n {
			all.Go(func() {
				if err := attach(t.Context(), s); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
}

// ratedSession enters a fake at the rates of AWS.
func ratedSession(t *testing.T, f *fake, l *Limits) *Session {
	t.Helper()
	f.answers["AttachPolicy"] = ok
	o := options(f)
	o.APIRate, o.Limits = "aws", l
	return opened(t, o)
}

// Three at once and two a second: so AWS takes AttachPolicy.
func TestCallsKeepToTheRate(t *testing.T) {
	const s = time.Second
	want := []time.Duration{0, 0, 0, s / 2, s, s * 3 / 2, 2 * s, s * 5 / 2}
	for name, open := range map[string]func(t *testing.T, f *fake) []*Session{
		"one session": func(t *testing.T, f *fake) []*Session { return []*Session{ratedSession(t, f, nil)} },
		"two that share": func(t *testing.T, f *fake) []*Session {
			l := &Limits{}
			return []*Session{ratedSession(t, f, l), ratedSession(t, f, l)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				sessions := open(t, f)
				began := time.Now()
				atOnce(t, len(want)/len(sessions), sessions...)
				if diff := cmp.Diff(want, arrived(f, "AttachPolicy", began)); diff != "" {
					t.Errorf("times (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour) // the bucket is full again, and not fuller
				began = time.Now()
				f.calls = nil
				atOnce(t, 4, sessions[0])
				if diff := cmp.Diff(want[:4], arrived(f, "AttachPolicy", began)); diff != "" {
					t.Errorf("times after an hour (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What another account has used is no matter, nor what another operation has;
// and what has no published rate, and a session without rates, never wait.
func TestWhatDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limits{}
		f := newFake()
		one := ratedSession(t, f, l)
		began := time.Now()
		atOnce(t, 3, one)

		g := newFake()
		g.answers["GetCallerIdentity"], g.answers["DescribeOrganization"], g.answers["AttachPolicy"] = identity(otherID), organization(otherID), ok
		o := options(g)
		o.AccountID, o.APIRate, o.Limits = otherID, "aws", l
		atOnce(t, 3, opened(t, o))

		free := options(f)
		free.APIRate, free.Limits = "none", l
		atOnce(t, 30, opened(t, free))

		f.answers["ListRoots"], f.answers["ListHandshakesForAccount"] = ok, ok
		if _, err := one.Organizations().ListRoots(t.Context(), nil); err != nil {
			t.Error(err)
		}
		for range 50 {
			if _, err := one.Organizations().ListHandshakesForAccount(t.Context(), &organizations.ListHandshakesForAccountInput{}); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %v", took)
		}
	})
}

// Every try takes its turn, not only the first of a call.
func TestRepeatedTriesKeepToTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := ratedSession(t, f, nil)
		f.answers["AttachPolicy"] = first(6, fails(400, "TooManyRequestsException"), ok)
		began := time.Now()
		if err := attach(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		at := arrived(f, "AttachPolicy", began)
		if len(at) != 7 || at[6] < 2*time.Second {
			t.Errorf("tries at %v, want 7 in no less than 2 s", at)
		}
	})
}

// A call whose context ends while it waits is not sent, and leaves its turn to
// the next.
func TestCanceledWaitIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := ratedSession(t, f, nil)
		began := time.Now()
		atOnce(t, 3, s)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := attach(ctx, s)
		if !errors.Is(err, context.DeadlineExceeded) || Lost(err) || Fatal(err) {
			t.Errorf("lost %v, fatal %v, error %v", Lost(err), Fatal(err), err)
		}
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("gave up after %v", took)
		}
		atOnce(t, 1, s)
		const ms = time.Millisecond
		if diff := cmp.Diff([]time.Duration{0, 0, 0, 500 * ms}, arrived(f, "AttachPolicy", began)); diff != "" {
			t.Errorf("times (-want +got):\n%s", diff)
		}
	})
}

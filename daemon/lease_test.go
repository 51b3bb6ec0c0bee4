package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

const leaseLine = `lease: {bucket: acme-lease, key: p1.lease}`

// leased makes a repository of p1 with a lease in a bucket that is there.
func leased(t *testing.T, accounts int) *rig {
	t.Helper()
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", accounts, leaseLine)})
	r.behind().Bucket("acme-lease")
	return r
}

// named gives a daemon a state folder of its own, and a timer that comes.
func named(name string, interval time.Duration) func(*setup) {
	return func(s *setup) {
		s.Config.StateDir = filepath.Join(filepath.Dir(s.Config.StateDir), name)
		s.Config.Interval = interval
		s.Who = name
	}
}

const often = 200 * time.Millisecond

// race waits until of two daemons one writes to p1 and the other stands by.
func race(a, b *run) (writer, standby *run) {
	a.Helper()
	a.wait("one of two", func() bool {
		x, y := a.payer("p1").State, b.payer("p1").State
		return x == status.OK && y == status.Standby || x == status.Standby && y == status.OK
	})
	if a.payer("p1").State == status.OK {
		return a, b
	}
	return b, a
}

func TestBadDayTwoDaemonsRaceForOnePayer(t *testing.T) {
	t.Parallel()
	r := leased(t, 4)
	writer, standby := race(r.start(named("a", often)), r.start(named("b", often)))
	if n := r.calls("p1", "CreateAccount"); n != 4 || r.accounts() != 4 {
		t.Errorf("%d accounts, %d asked for", r.accounts(), n)
	}
	p := standby.payer("p1")
	if p.Lease == nil || p.Lease.Mine || p.Lease.Kind != "s3" || p.Lease.Holder != writer.payer("p1").Lease.Holder {
		t.Errorf("the standby knows of %+v, the writer of %+v", p.Lease, writer.payer("p1").Lease)
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 6, leaseLine)})
	standby.pushed()
	writer.wait("6 rows", func() bool { return r.rows("main", "p1") == 6 })
	for _, w := range standby.audit {
		if w.Outcome != "PreconditionFailed" { // that of a lease that the other was faster to take
			t.Errorf("the standby wrote: %+v", w)
		}
	}

	// The writer ends: the other takes over at once.
	if err := writer.stop(); err != nil {
		t.Error(err)
	}
	standby.settled("p1", status.OK)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 7, leaseLine)})
	standby.pushed()
	standby.wait("7 rows", func() bool { return r.rows("main", "p1") == 7 })
	if n := r.calls("p1", "CreateAccount"); n != 7 || r.accounts() != 7 {
		t.Errorf("%d accounts, %d asked for", r.accounts(), n)
	}
}

// TestAStandbyTakesOverFromACrash: the writer is gone without a word.
func TestAStandbyTakesOverFromACrash(t *testing.T) {
	t.Parallel()
	r := leased(t, 2)
	writer, standby := race(r.start(named("a", often)), r.start(named("b", often)))
	writer.wire.put(func(string, *http.Request) (*http.Response, error) { return nil, errors.New("the machine is gone") })
	for range 3 {
		standby.passes("p1", func() {})
	}
	if p := standby.payer("p1"); p.State != status.Standby {
		t.Fatalf("it takes over from a writer whose lease has not run out: %s", p.State)
	}
	r.sim.Advance(lease.DefaultTTL + 3*time.Second)
	p := standby.settled("p1", status.OK)
	if !standby.log.says(slog.LevelWarn, "lease has run out") && !standby.log.says(slog.LevelInfo, "lease has run out") {
		t.Errorf("nobody is told\n%s", standby.log)
	}
	// The old writer comes back to its end, and leaves the lease alone.
	writer.wire.put(nil)
	writer.stop()
	standby.passes("p1", func() {})
	if now := standby.payer("p1"); now.State != status.OK || now.Lease.Holder != p.Lease.Holder {
		t.Errorf("now %s, held by %+v", now.State, now.Lease)
	}
	if n := r.accounts(); n != 2 {
		t.Errorf("%d accounts", n)
	}
}

// TestAWriterThatCannotRenewStops: cut off from the lease alone it writes nothing
// any more by the time the other begins.
func TestAWriterThatCannotRenewStops(t *testing.T) {
	t.Parallel()
	const accounts = 45
	r := leased(t, accounts)
	var mu sync.Mutex
	made := map[string][]time.Time{}
	hurried := func(name string, slow time.Duration) func(*setup) {
		return func(s *setup) {
			named(name, often)(s)
			s.pace.lease = 2 * time.Second
			s.Config.Parallelism.Changes = 1
			s.wire.put(func(_ string, q *http.Request) (*http.Response, error) {
				if !strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".CreateAccount") {
					return nil, nil
				}
				select {
				case <-q.Context().Done():
					return nil, q.Context().Err()
				case <-time.After(slow):
				}
				mu.Lock()
				defer mu.Unlock()
				made[name] = append(made[name], time.Now())
				return nil, nil
			})
		}
	}
	a := r.start(hurried("a", 100*time.Millisecond))
	a.wait("the first accounts", func() bool { return r.calls("p1", "CreateAccount") > 2 })
	b := r.start(hurried("b", 0))
	slow := a.wire.in
	a.wire.put(func(payer string, q *http.Request) (*http.Response, error) {
		if isS3(q) {
			return nil, errors.New("no route to the bucket")
		}
		return slow(payer, q)
	})
	a.wait("the loss", func() bool { return a.log.says(slog.LevelError, "the right to write is lost") })
	b.wait("all rows", func() bool { return r.rows("main", "p1") == accounts })
	b.settled("p1", status.OK)
	a.stop()
	mu.Lock()
	defer mu.Unlock()
	if len(made["a"]) == 0 || len(made["b"]) == 0 || len(made["a"]) >= accounts {
		t.Fatalf("a made %d accounts, b %d", len(made["a"]), len(made["b"]))
	}
	if last, first := slices.MaxFunc(made["a"], time.Time.Compare), slices.MinFunc(made["b"], time.Time.Compare); !last.Before(first) {
		t.Errorf("a wrote at %s, b from %s on", last, first)
	}
	if n := r.accounts(); n != accounts {
		t.Errorf("%d accounts", n)
	}
}

func TestBadDayTheLeasesBucketIsAway(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		code   string
		want   string
	}{
		{"unavailable", http.StatusServiceUnavailable, "SlowDown", "SlowDown"},
		{"denied", http.StatusForbidden, "AccessDenied", "s3:GetObject"},
		{"no bucket", http.StatusNotFound, "NoSuchBucket", "make the bucket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := leased(t, 2)
			away := func(_ string, q *http.Request) (*http.Response, error) {
				if isS3(q) {
					return refusedS3(q, tt.status, tt.code), nil
				}
				return nil, nil
			}
			d := r.start(func(s *setup) { s.wire.put(away) })
			p := d.settled("p1", status.Failed)
			if !strings.Contains(p.Error, tt.want) || !strings.Contains(p.Error, "acme-lease") {
				t.Errorf("the error is %s", p.Error)
			}
			if n := r.writes("p1"); n != 1 { // that of the bucket, by the test
				t.Errorf("%d writes", n)
			}
			if !d.log.says(slog.LevelError, "pass failed", "acme-lease") {
				t.Errorf("it is not loud\n%s", d.log)
			}
			d.wire.put(nil)
			d.again("p1")
			d.settled("p1", status.OK)

			// While it holds the lease, the pause cannot be read: nothing is written.
			before := r.writes("p1")
			d.wire.put(away)
			r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3, leaseLine)})
			d.pushed()
			d.settled("p1", status.Failed)
			if n := r.writes("p1"); n != before {
				t.Errorf("%d writes", n-before)
			}
			d.wire.put(nil)
			d.again("p1")
			d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
		})
	}
}

// operator applies a payer file as an operator does at the first time.
func (r *rig) operator(body string) {
	r.Helper()
	r.file("checkout/payers/p1.yaml", body)
	payers, err := spec.Load([]string{filepath.Join(r.dir, "checkout", "payers")}, spec.Options{})
	if err != nil {
		r.Fatal(err)
	}
	d := &run{rig: r, wire: &wire{sim: r.sim}}
	planned, err := reconcile.Plan(r.Context(), payers[0], reconcile.Options{Kinds: kinds.All(), Heal: true,
		Open: func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) { return d.enter(ctx, p, Entry{}) }})
	if err != nil {
		r.Fatal(err)
	}
	if _, err := planned.Apply(r.Context(), reconcile.ApplyOptions{}); err != nil {
		r.Fatal(err)
	}
}

// TestTheLeasesBucketComesWithTheFirstApply: that is an operator's then, for a lock
// on this machine keeps off no other daemon. The bucket is missed when it goes later.
func TestTheLeasesBucketComesWithTheFirstApply(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := payerFile("p1", 2, leaseLine, "buckets: [{name: acme-lease}]")
	r.commit(map[string]string{"payers/p1.yaml": body})
	d := r.start()
	if p := d.settled("p1", status.FirstApply); p.Lease != nil || r.writes("p1") != 0 {
		t.Errorf("%d writes, lease %+v", r.writes("p1"), p.Lease)
	}
	if !d.log.says(slog.LevelWarn, "run reconciler apply once") {
		t.Errorf("nobody is told what to do\n%s", d.log)
	}
	r.operator(body)
	d.again("p1")
	if p := d.settled("p1", status.OK); p.Lease == nil || p.Lease.Kind != "s3" || !p.Lease.Mine || r.accounts() != 2 || r.rows("main", "p1") != 2 {
		t.Errorf("lease %+v, %d accounts, %d rows", p.Lease, r.accounts(), r.rows("main", "p1"))
	}
	before := r.writes("p1")
	d.wire.put(func(_ string, q *http.Request) (*http.Response, error) {
		if isS3(q) && strings.Contains(q.URL.Path, "p1.lease") {
			return refusedS3(q, http.StatusNotFound, "NoSuchBucket"), nil
		}
		return nil, nil
	})
	r.commit(map[string]string{"payers/p1.yaml": body + "# again\n"})
	d.again("p1")
	p := d.payer("p1")
	if p.State != status.Failed || r.writes("p1") != before {
		t.Errorf("%s: %s; %d writes", p.State, p.Error, r.writes("p1")-before)
	}
}

// TestTwoDaemonsOnOneStateFolder: where no lease is named, a lock in the folder
// that they share keeps them apart.
func TestTwoDaemonsOnOneStateFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	soon := func(s *setup) { s.Config.Interval = often }
	writer, standby := race(r.start(soon), r.start(soon))
	for n := 3; n < 8; n++ {
		r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", n)})
		standby.pushed()
		writer.wait("rows", func() bool { return r.rows("main", "p1") == n })
	}
	if len(standby.audit) > 0 || r.accounts() != 7 {
		t.Errorf("the standby wrote %d times; %d accounts", len(standby.audit), r.accounts())
	}
	for _, d := range []*run{writer, standby} {
		if d.log.says(slog.LevelError, "") || d.log.says(slog.LevelWarn, "") {
			t.Errorf("they are in each other's way:\n%s", d.log)
		}
	}
	writer.stop()
	standby.settled("p1", status.OK)
	if _, err := r.once(); err != nil { // an operator looks
		t.Error(err)
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 8)})
	standby.pushed()
	standby.wait("8 rows", func() bool { return r.rows("main", "p1") == 8 })
}

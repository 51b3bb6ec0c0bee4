package daemon

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// pauses is where the pause of p1 stands: in the state folder, or in the bucket.
func (r *rig) pauses(inBucket bool) lease.Store {
	r.Helper()
	p := &spec.Payer{Name: "p1", AccountID: accountOf("p1"), HomeRegion: "us-east-1"}
	if !inBucket {
		return reconcile.PauseStore(nil, p, r.config("state").StateDir)
	}
	p.Lease = &spec.Lease{Bucket: "acme-lease", Key: "p1.lease", Region: "us-east-1"}
	id, key := r.sim.Key(p.AccountID)
	s, err := cloud.Open(r.Context(), cloud.Options{Payer: "p1", AccountID: p.AccountID, Region: "us-east-1", APIRate: "none",
		Credentials: credentials.NewStaticCredentialsProvider(id, key, ""), HTTPClient: &http.Client{Transport: r.sim.Transport()}})
	if err != nil {
		r.Fatal(err)
	}
	return reconcile.PauseStore(s, p, "")
}

func (r *rig) pause(s lease.Store) {
	r.Helper()
	if err := lease.SetPause(r.Context(), s, lease.Pause{By: "bob@laptop", Reason: "INC-42", For: time.Hour}); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) resume(s lease.Store) {
	r.Helper()
	if was, err := lease.ClearPause(r.Context(), s); err != nil || was == nil {
		r.Fatalf("resume: %v, %v", was, err)
	}
}

// TestDanger21APauseIsSeenByAll: while an operator has paused the payer, nothing
// that he does is put back, and it is said who paused it and why.
func TestDanger21APauseIsSeenByAll(t *testing.T) {
	t.Parallel()
	for name, inBucket := range map[string]bool{"in the state folder": false, "in the bucket": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var more []string
			if inBucket {
				more = []string{leaseLine}
				r.behind().Bucket("acme-lease")
			}
			r.commit(map[string]string{"payers/p1.yaml": guardedFile(2, more...)})
			d := r.start()
			d.settled("p1", status.OK)
			store := r.pauses(inBucket)
			r.pause(store)
			r.detach()
			before := r.writes("p1")
			r.commit(map[string]string{"payers/p1.yaml": guardedFile(3, more...)})
			d.pushed()
			p := d.settled("p1", status.Paused)
			if p.Pause == nil || p.Pause.By != "bob@laptop" || p.Pause.Reason != "INC-42" || p.Pause.From != "command" || p.Pause.Until.IsZero() {
				t.Errorf("pause %+v", p.Pause)
			}
			if p.Lease != nil {
				t.Errorf("the lock is kept from the operator: %+v", p.Lease)
			}
			if p.Summary == nil || p.Summary.Create != 2 {
				t.Errorf("it does not go on planning: %+v", p.Summary)
			}
			d.stop()
			d = r.start()
			d.settled("p1", status.Paused)
			if r.writes("p1") != before || r.guarded() || r.rows("main", "p1") != 2 {
				t.Error("something was written while paused")
			}
			if !d.log.says(slog.LevelInfo, "paused: nothing is written", "bob@laptop", "INC-42") {
				t.Errorf("the log does not say who and why\n%s", d.log)
			}
			if !strings.Contains(d.get("/metrics"), `reconciler_paused{payer="p1"} 1`) {
				t.Error("the metric does not say so")
			}
			r.resume(store)
			d.again("p1")
			if p := d.settled("p1", status.OK); p.Pause != nil || !r.guarded() || r.rows("main", "p1") != 3 {
				t.Errorf("pause %+v, guarded %v, %d rows", p.Pause, r.guarded(), r.rows("main", "p1"))
			}
		})
	}
}

func TestAPauseByThePayerFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": guardedFile(2)})
	d := r.start()
	d.settled("p1", status.OK)
	r.detach()
	r.commit(map[string]string{"payers/p1.yaml": guardedFile(3, "paused: {reason: moving house}")})
	d.pushed()
	p := d.settled("p1", status.Paused)
	if p.Pause == nil || p.Pause.From != "file" || p.Pause.Reason != "moving house" || !strings.Contains(p.Pause.By, "payers/p1.yaml:") {
		t.Errorf("pause %+v", p.Pause)
	}
	if r.guarded() || r.accounts() != 2 {
		t.Error("something was written while paused")
	}
	r.commit(map[string]string{"payers/p1.yaml": guardedFile(3, "paused: {reason: moving house, until: 2026-01-01T00:00:00Z}")})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if !r.guarded() {
		t.Error("the policy is not put back")
	}
}

// slowly makes the creation of an account take a while.
func slowly(d time.Duration) func(string, *http.Request) (*http.Response, error) {
	return func(_ string, q *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".CreateAccount") {
			return nil, nil
		}
		select {
		case <-q.Context().Done():
			return nil, context.Cause(q.Context())
		case <-time.After(d):
			return nil, nil
		}
	}
}

// TestAPauseEndsAnApply: no new changes start, those under way come to their end,
// and what was made is published.
func TestAPauseEndsAnApply(t *testing.T) {
	t.Parallel()
	const accounts = 50
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", accounts)})
	d := r.start(func(s *setup) {
		s.pace.pauseLook = 20 * time.Millisecond
		s.Config.Parallelism.Changes = 1
		s.wire.put(slowly(50 * time.Millisecond))
	})
	d.wait("the first accounts", func() bool { return r.calls("p1", "CreateAccount") > 3 })
	store := r.pauses(false)
	r.pause(store)
	p := d.settled("p1", status.Paused)
	if p.Failures != 0 || p.Pause == nil || p.Pause.By != "bob@laptop" {
		t.Errorf("%d failures, pause %+v: %s", p.Failures, p.Pause, p.Error)
	}
	made := r.accounts()
	if rows := r.rows("main", "p1"); made < 3 || made > accounts/2 || rows == 0 || rows > made || rows < made-8 {
		t.Errorf("%d accounts, %d rows", made, rows)
	}
	if p.Lease != nil {
		t.Errorf("the lock is kept from the operator: %+v", p.Lease)
	}
	r.resume(store)
	d.wire.put(nil)
	d.again("p1")
	d.settled("p1", status.OK)
	if r.accounts() != accounts || r.rows("main", "p1") != accounts {
		t.Errorf("%d accounts, %d rows", r.accounts(), r.rows("main", "p1"))
	}
	if n := len(d.log.find("change failed")); n > 0 {
		t.Errorf("%d changes failed", n)
	}
}

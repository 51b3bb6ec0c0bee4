package daemon

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

func TestWhatIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	r.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 1, Kind: awssim.HoldBefore})
	d := r.start()
	if r.sim.WaitHeld(t.Context()) == nil {
		t.Fatal("no account is made")
	}
	// While the first pass runs.
	if got := d.get("/healthz"); got != "200 ok" {
		t.Errorf("healthz %s", got)
	}
	if got := d.get("/readyz"); !strings.HasPrefix(got, "503 ") || !strings.Contains(got, "first pass") {
		t.Errorf("readyz %s", got)
	}
	if p := d.payer("p1"); p.Running == nil || p.Running.Phase != "apply" || p.File != "payers/p1.yaml" {
		t.Errorf("on the board: %+v", p)
	}
	r.sim.ClearFaults()
	p := d.settled("p1", status.OK)
	if got := d.get("/readyz"); got != "200 ok" {
		t.Errorf("readyz %s", got)
	}
	if p.AccountID != accountOf("p1") || p.Accounts["ACTIVE"] != 2 || len(p.Pools) != 1 || p.Pools[0].Ready != 2 || p.Lease == nil || p.LastCleanAt.IsZero() {
		t.Errorf("on the board: %+v", p)
	}
	metrics := d.get("/metrics")
	for _, want := range []string{
		`reconciler_passes_total{payer="p1",result="ok"} 1`, `reconciler_pool_accounts{payer="p1",pool="students",state="ready"} 2`,
		`reconciler_accounts{payer="p1",state="ACTIVE"} 2`, `reconciler_changes_total{kind="account",op="create",outcome="done",payer="p1"} 2`,
		`reconciler_lease_holder{payer="p1"} 1`, `reconciler_git_operations_total{operation="push",result="ok"} 1`,
		`reconciler_aws_calls_total{operation="CreateAccount"`, `reconciler_payer_state{payer="p1",state="ok"} 1`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
	for path, want := range map[string]string{"/": "404", "/webhook": "405", "/reconcile": "405", "/status/p1": "404"} {
		if got := d.get(path); !strings.HasPrefix(got, want) {
			t.Errorf("GET %s: %s", path, got)
		}
	}
	for _, text := range []string{d.get("/status"), metrics, d.log.String()} {
		if strings.Contains(text, secret) || strings.Contains(text, token) {
			t.Error("a secret is seen")
		}
	}
}

func TestAPassNeedsTheToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	for _, wrong := range []string{"", "guess", token + "x", token[:len(token)-1]} {
		if got := d.reconcile("p1", wrong); got != http.StatusUnauthorized {
			t.Errorf("the token %q: %d", wrong, got)
		}
	}
	if got := d.reconcile("nobody", token); got != http.StatusNotFound {
		t.Errorf("a payer that is none: %d", got)
	}
	if got := d.again("p1"); !slices.Equal(got, []string{"request"}) || len(d.triggers("p2")) != 1 {
		t.Errorf("passes by %q", got)
	}
	if got := d.passes("p2", func() { d.reconcile("", token) }); !slices.Equal(got, []string{"request"}) {
		t.Errorf("passes by %q", got)
	}
	d.stop()

	// Without a token nothing can be started; one that is too short is none.
	for file, text := range map[string]string{"": "", "short": "abc\n"} {
		d = r.start(func(s *setup) {
			s.Config.APITokenFile = ""
			if file != "" {
				s.Config.APITokenFile = r.file(file, text)
			}
		})
		d.settled("p1", status.OK)
		if got := d.reconcile("p1", strings.TrimSpace(text)); got != http.StatusUnauthorized {
			t.Errorf("with the token file %q: %d", file, got)
		}
		d.stop()
	}
}

// TestBadDayTheWebhookIsAttacked: too long, wrongly signed, replayed, and thousands
// at once. None of it makes a pass, or holds one up.
func TestBadDayTheWebhookIsAttacked(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start()
	d.settled("p1", status.OK)
	head := r.repo.Head("main")
	fetches := func() int { return strings.Count(d.log.String(), `"msg":"webhook"`) }

	big := d.webhook("big", secret, bytes.Repeat([]byte("x"), 10<<20))
	if got, err := http.DefaultClient.Do(big); err == nil { // the server may hang up before it is sent
		got.Body.Close()
		if got.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("10 MB: %d", got.StatusCode)
		}
	}
	if got := send(d, d.webhook("wrong", "not-the-secret-of-the-webhook", pushed(head))); got != http.StatusUnauthorized {
		t.Errorf("a wrong signature: %d", got)
	}
	if fetches() != 0 {
		t.Error("it made a look at the repository")
	}
	for range 3 {
		if got := send(d, d.webhook("once", secret, pushed(head))); got != http.StatusOK {
			t.Errorf("a replay: %d", got)
		}
	}
	if n := fetches(); n != 1 {
		t.Errorf("three times the same made %d looks", n)
	}

	var answered [600]atomic.Int32
	var all sync.WaitGroup
	for worker := range 20 {
		all.Go(func() {
			for n := range 100 {
				key := secret
				if n%2 == 0 {
					key = "not-the-secret-of-the-webhook"
				}
				res, err := http.DefaultClient.Do(d.webhook(fmt.Sprint(worker, "/", n), key, pushed(head)))
				if err != nil {
					t.Errorf("a call: %v", err)
					return
				}
				res.Body.Close()
				answered[res.StatusCode].Add(1)
			}
		})
	}
	all.Wait()
	if answered[200].Load() == 0 || answered[429].Load() == 0 || answered[200].Load()+answered[429].Load()+answered[401].Load() != 2000 {
		t.Errorf("2,000 calls: %d taken, %d too many, %d unsigned", answered[200].Load(), answered[429].Load(), answered[401].Load())
	}
	if got := d.again("p1"); !slices.Equal(got, []string{"request"}) {
		t.Errorf("passes by %q", got)
	}
	if got := d.triggers("p1"); len(got) != 2 {
		t.Errorf("passes by %q", got)
	}
	if got := d.get("/healthz"); got != "200 ok" {
		t.Errorf("healthz %s", got)
	}
	if !d.log.says(slog.LevelWarn, "webhook") {
		t.Errorf("what is turned away is not told\n%s", d.log)
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.hangUp() // the webhook may still have too many
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
}

// TestTriggersThatComeWhileAPassRuns are absorbed into one more.
func TestTriggersThatComeWhileAPassRuns(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start()
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	r.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 1, Kind: awssim.HoldBefore})
	before := len(d.triggers("p1"))
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	if r.sim.WaitHeld(t.Context()) == nil {
		t.Fatal("no account is made")
	}
	for n := 4; n < 8; n++ {
		r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", n)})
		d.pushed()
		d.reconcile("p1", token)
		d.hangUp()
	}
	// No payer waits for another's pass.
	d.again("p2")
	if n := len(d.triggers("p1")); n != before {
		t.Errorf("%d passes at once", n-before+1)
	}
	r.sim.ClearFaults()
	d.wait("7 rows", func() bool { return r.rows("main", "p1") == 7 })
	d.settled("p1", status.OK)
	if got := d.triggers("p1")[before:]; len(got) != 2 {
		t.Errorf("passes by %q, want the one that ran and one more", got)
	}
}

package daemon

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/metrics"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// TestHealthOfALoopThatHangs: /healthz fails where the timetable stands still.
func TestHealthOfALoopThatHangs(t *testing.T) {
	d := &deps{log: newLogbook().logger(), board: status.NewBoard("test", "plan"), metrics: metrics.New("test")}
	l := newLoop(d, &config.Config{}, &teller{})
	for quiet, want := range map[time.Duration]int{0: 200, heartbeat: 200, 4 * heartbeat: 503} {
		w := httptest.NewRecorder()
		l.handler(func() time.Time { return time.Now().Add(-quiet) }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		if w.Code != want {
			t.Errorf("still for %s: %d", quiet, w.Code)
		}
	}
}

// TestKeysOfVerifyThatComeLater: from then on only what they signed is applied.
func TestKeysOfVerifyThatComeLater(t *testing.T) {
	t.Parallel()
	gitserver.Need(t, "ssh-keygen")
	r := newRig(t, "p1")
	key := filepath.Join(r.dir, "signer")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %s", out)
	}
	var keys atomic.Bool
	d := r.start(func(s *setup) {
		strict := *s.Config
		strict.Git.Verify.Keys = []string{key + ".pub"}
		cfg := s.Config
		s.Reload = func() (*config.Config, error) {
			if keys.Load() {
				return &strict, nil
			}
			return cfg, nil
		}
	})
	d.settled("p1", status.OK)
	keys.Store(true)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 9)})
	d.hangUp()
	d.wait("the word", func() bool { g := d.status().Git; return g.Error != "" || g.Unverified != "" })
	d.again("p1")
	if n := r.accounts(); n != 2 {
		t.Errorf("%d accounts: what nobody signed is applied", n)
	}
	r.repo.Commit(gitserver.Commit{Sign: []string{"gpg.format=ssh", "user.signingKey=" + key}, Files: map[string]string{"payers/p1.yaml": payerFile("p1", 3)}})
	d.pushed()
	d.wait("3 rows", func() bool { return r.rows("main", "p1") == 3 })
	if s := d.status(); s.Git.Error != "" || s.Git.Unverified != "" {
		t.Errorf("git %+v", s.Git)
	}
}

// TestAWSIsAway: no answer at all, for every payer; and then again.
func TestAWSIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	d := r.start(func(s *setup) {
		s.wire.put(func(_ string, q *http.Request) (*http.Response, error) {
			return answer(q, http.StatusServiceUnavailable, "text/html", "<html>we will be right back</html>"), nil
		})
	})
	for _, p := range []string{"p1", "p2"} {
		if got := d.settled(p, status.Failed); got.Error == "" || strings.Contains(got.Error, "<html>") && len(got.Error) > 1000 {
			t.Errorf("%s: %s", p, got.Error)
		}
	}
	d.wire.put(nil)
	d.hangUp()
	for _, p := range []string{"p1", "p2"} {
		d.settled(p, status.OK)
	}
	if r.accounts() != 2 || r.rows("main", "p2") != 2 {
		t.Errorf("%d accounts", r.accounts())
	}
}

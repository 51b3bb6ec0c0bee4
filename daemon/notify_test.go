package daemon

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/notify"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// inbox is a server that takes notifications.
type inbox struct {
	url    string
	file   string // that holds it
	mu     sync.Mutex
	events []notify.Event
	status int
}

// notified starts an inbox.
func (r *rig) notified() *inbox {
	r.Helper()
	n := &inbox{status: http.StatusOK}
	server := httptest.NewServer(n)
	r.Cleanup(server.Close)
	n.url = server.URL
	n.file = r.file("notify-url", server.URL+"/hook-of-acme\n")
	return n
}

func (n *inbox) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var e notify.Event
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := json.NewDecoder(q.Body).Decode(&e); err == nil && n.status == http.StatusOK {
		n.events = append(n.events, e)
	}
	w.WriteHeader(n.status)
}

// on has a daemon tell the inbox of everything.
func (n *inbox) on(s *setup) {
	s.Config.Notify = []config.Notify{{Webhook: &config.Target{URLFile: n.file}, On: notify.Kinds()}}
}

// of gives what was told of a payer.
func (n *inbox) of(payer string) []notify.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.events), func(e notify.Event) bool { return e.Payer != payer })
}

func (n *inbox) kinds(payer string) []string {
	var all []string
	for _, e := range n.of(payer) {
		all = append(all, e.Kind)
	}
	return all
}

// TestNotificationsAreSentOnce: for what is news, however many passes see it.
func TestNotificationsAreSentOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	n := r.notified()
	d := r.start(n.on)
	d.settled("p1", status.OK)
	d.again("p1")
	d.wire.put(denying("p1"))
	for range 3 {
		d.again("p1")
	}
	d.wire.put(nil)
	for range 2 {
		d.again("p1")
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 2000)})
	d.pushed()
	d.settled("p1", status.Guarded)
	for range 2 {
		d.again("p1")
	}
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.pushed()
	d.settled("p1", status.OK)
	d.again("p1")
	r.commit(map[string]string{"payers/p1.yaml": brokenFile("p1")})
	d.pushed()
	d.settled("p1", status.Broken)
	for range 2 {
		d.again("p1")
	}
	d.stop()
	want := []string{notify.Changes, notify.Failure, notify.Recovery, notify.Blocked, notify.Changes, notify.Blocked, notify.Failure}
	if got := n.kinds("p1"); !slices.Equal(got, want) {
		t.Fatalf("told: %q, want %q", got, want)
	}
	events := n.of("p1")
	for i, word := range []string{"4 changes", "AccessDenied", "works again", "maxAccountCreates", "1 change", "nothing is blocked any more", "polices: unknown key"} {
		if text := events[i].Title + "\n" + events[i].Text; !strings.Contains(text, word) {
			t.Errorf("event %d lacks %q:\n%s", i, word, text)
		}
	}
	if strings.Contains(d.log.String(), "hook-of-acme") {
		t.Error("the URL is in the log")
	}
}

// TestNotificationsThatCannotBeSent never hold up a pass.
func TestNotificationsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	n := r.notified()
	n.status = http.StatusInternalServerError
	d := r.start(n.on, func(s *setup) {
		s.Config.Notify = append(s.Config.Notify, config.Notify{Slack: &config.Target{URLFile: r.file("metadata", "http://169.254.169.254/latest/meta-data")}})
	})
	d.settled("p1", status.OK)
	for range 3 {
		d.again("p1")
	}
	if got := d.settled("p1", status.OK); got.Failures != 0 || r.rows("main", "p1") != 2 {
		t.Errorf("%d failures", got.Failures)
	}
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	if text := d.log.String(); strings.Contains(text, "hook-of-acme") || strings.Contains(text, filepath.Base("/latest/meta-data")) {
		t.Error("the URL is in the log")
	}
}

// TestARepositoryThatIsAwayIsTold once, when it has been for a while, and when it
// is back.
func TestARepositoryThatIsAwayIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	n := r.notified()
	d := r.start(n.on)
	d.settled("p1", status.OK)
	back := r.away()
	errors := func() int { return strings.Count(d.log.String(), "the repository cannot be read") }
	for i := range failsTold + 2 {
		d.hangUp()
		d.wait("one more look", func() bool { return errors() > i })
	}
	back()
	d.pushed()
	d.wait("the repository", func() bool { return d.status().Git.Error == "" })
	d.wait("both", func() bool { return len(n.of("")) >= 2 })
	d.stop()
	if got, want := n.kinds(""), []string{notify.Failure, notify.Recovery}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

package main

import (
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// manager is what a service manager hears by sd_notify(3).
type manager struct {
	socket string
	mu     sync.Mutex
	heard  []string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{socket: filepath.Join(t.TempDir(), "notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		b := make([]byte, 64<<10)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.heard = append(m.heard, string(b[:n]))
			m.mu.Unlock()
		}
	})
	t.Cleanup(func() { conn.Close(); reader.Wait() })
	return m
}

// since gives what was heard behind the first n messages.
func (m *manager) since(n int) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.heard[min(n, len(m.heard)):])
}

// count tells how many messages match a pattern.
func (m *manager) count(pattern string) int {
	re, n := regexp.MustCompile(pattern), 0
	for _, s := range m.since(0) {
		if re.MatchString(s) {
			n++
		}
	}
	return n
}

// A service manager hears that the daemon is ready, what it does, that it
// reloads and is ready again, that it lives, and that it stops.
func TestDaemonTellsSystemd(t *testing.T) {
	s := siteOf(t, labOf(3, ""), awssim.Options{})
	m := newManager(t)
	p := s.daemon(s.config("daemon", ""), "NOTIFY_SOCKET="+m.socket, "WATCHDOG_USEC=900000")
	s.published(3)
	s.inState(p, "ok")
	s.until("the status", func() bool { return m.count(`^STATUS=1 payer, 1 ok, at [0-9a-f]{8}$`) > 0 })
	heard := m.since(0)
	if n := m.count(`^READY=1$`); n != 1 || !strings.HasPrefix(heard[0], "STATUS=") && heard[0] != "READY=1" {
		t.Errorf("READY=1 came %d times: %q", n, heard)
	}

	began := len(heard)
	s.hup(p)
	s.until("READY=1 behind the reload", func() bool { return m.count(`^READY=1$`) == 2 })
	reload := regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]{6,}$`)
	var order []string
	for _, x := range m.since(began) {
		switch {
		case reload.MatchString(x):
			order = append(order, "reloading")
		case x == "READY=1":
			order = append(order, "ready")
		}
	}
	if !slices.Equal(order, []string{"reloading", "ready"}) {
		t.Errorf("the reload is told as %v: %q", order, m.since(began))
	}

	// It is told every third of its time, also where nothing is due for a day.
	beats, now := m.count(`^WATCHDOG=1$`), time.Now()
	s.until("the watchdog, for longer than its time", func() bool { return m.count(`^WATCHDOG=1$`) >= beats+9 })
	if took := time.Since(now); took > 15*time.Second {
		t.Errorf("nine times within 2.7 s, and it took %v", took)
	}
	s.send(p, syscall.SIGTERM)
	if code := p.code(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, &p.stderr)
	}
	if n := m.count(`^STOPPING=1$`); n != 1 {
		t.Errorf("STOPPING=1 came %d times: %q", n, m.since(0))
	}
	if all := m.since(0); slices.Index(all, "STOPPING=1") < slices.Index(all, "READY=1") {
		t.Errorf("out of order: %q", all)
	}
	for _, x := range m.since(0) {
		if strings.Contains(x, siteToken) {
			t.Errorf("the service manager is told a secret: %q", x)
		}
	}
}

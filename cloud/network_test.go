package cloud

import (
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// pemOf is the certificate of a test server.
func pemOf(srv *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
}

// overHTTP serves a fake on a real connection, which is cut where the fake has
// no answer.
func overHTTP(f *fake) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := f.Do(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		for name, values := range res.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	})
}

// atServer gives options against a server, with ambient credentials.
func atServer(t *testing.T, srv *httptest.Server) Options {
	t.Helper()
	bare(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
	return Options{Payer: "acme-labs", AccountID: payerID, RoleARN: "arn:aws:iam::" + payerID + ":role/reconciler"}
}

// connections counts those that a server has open.
type connections struct{ open, made atomic.Int32 }

func (c *connections) watch(srv *httptest.Server) {
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			c.open.Add(1)
			c.made.Add(1)
		case http.StateClosed:
			c.open.Add(-1)
		}
	}
}

// atMost waits until no more than n are open. A connection on which an answer
// came before the SDK was done with the request is not used again, and is
// closed at once.
func (c *connections) atMost(t *testing.T, n int32) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); c.open.Load() > n; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d of %d connections are open, want %d at most", c.open.Load(), c.made.Load(), n)
		}
	}
}

// TestDangerManyOpens: a process that opens sessions for months keeps neither
// goroutines nor descriptors of those that are gone.
func TestDangerManyOpens(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = assumed(time.Hour)
	var conns connections
	srv := httptest.NewUnstartedServer(overHTTP(f))
	conns.watch(srv)
	srv.Start()
	defer srv.Close()
	o := atServer(t, srv)
	o.Network = NewNetwork()
	opened(t, o)
	conns.atMost(t, 3)
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	for range 1000 {
		if s := opened(t, o); s.rated {
			t.Fatal("rated against an endpoint that is not AWS")
		}
	}
	conns.atMost(t, 3)
	if n := runtime.NumGoroutine(); n > goroutines+10 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	if n := descriptors(t); files > 0 && n > files+6 {
		t.Errorf("%d descriptors, %d before", n, files)
	}
	o.Network.Close()
	conns.atMost(t, 0)
	opened(t, o) // it may be used after Close
	o.Network.Close()
}

// descriptors counts those that the process has open, 0 where it cannot tell.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestNetworkBesideCABundle: the certificates of the user's environment hold
// for the shared connections, which are few for all that.
func TestNetworkBesideCABundle(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = assumed(time.Hour)
	var conns connections
	srv := httptest.NewUnstartedServer(overHTTP(f))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	conns.watch(srv)
	srv.StartTLS()
	defer srv.Close()
	o := atServer(t, srv)
	o.Network = NewNetwork()
	defer o.Network.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pemOf(srv), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	for range 20 {
		opened(t, o)
	}
	conns.atMost(t, 3)
}

// TestNetworkIsRated as any network: what is not AWS is not.
func TestNetworkIsRated(t *testing.T) {
	bare(t)
	for endpoint, want := range map[string]bool{"": true, "http://127.0.0.1:1": false, "https://organizations.us-east-1.amazonaws.com": true} {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		o := Options{Payer: "acme-labs", AccountID: payerID, Network: NewNetwork()}
		o, err := o.complete()
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := load(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := rated(o, cfg); got != want {
			t.Errorf("%q: rated %v, want %v", endpoint, got, want)
		}
	}
}

package notify

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// quickly is how the senders of tests with real connections wait.
var quickly = timing{waitMin: time.Millisecond, waitMax: 2 * time.Millisecond}

// outcome sends one event and gives what the log says when the notifier is
// closed, and what was observed.
func outcome(t *testing.T, o Options, url string) (said string, seen map[string]int) {
	t.Helper()
	log, results := &record{}, &tally{}
	o.Log, o.Observe = log.logger(), results.add
	o.timing.waitMin, o.timing.waitMax = quickly.waitMin, quickly.waitMax
	n := start(t, o, Target{Format: JSON, URLFile: urlFile(t, url)})
	n.Send(Event{Kind: Failure, Payer: "acme-labs", Title: "the pass failed"})
	_ = finish(n, 30*time.Second) // may know of what was lost, or not, by who was first
	seen = results.get()
	if said = log.String(); strings.Contains(said, "hunter2") || strings.Contains(said, "T00000000") {
		t.Errorf("the log has the URL:\n%s", said)
	}
	return said, seen
}

// quiet makes a server that does not write to the test's output.
func quiet(t *testing.T, tls bool, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// TestServers: what real servers do, and what comes of it.
func TestServers(t *testing.T) {
	var calls atomic.Int32
	work := func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Method != http.MethodPost || r.URL.Path != "/"+theSecret || r.Header.Get("Content-Type") != "application/json; charset=utf-8" || r.UserAgent() != "reconciler/1.2.3" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
	}
	for _, tt := range []struct {
		name  string
		tls   bool
		trust bool
		serve http.HandlerFunc
		calls int32
		want  string // in the log; "" where it is sent
	}{
		{"plain", false, false, work, 1, ""},
		{"TLS", true, true, work, 1, ""},
		{"TLS of nobody known", true, false, work, 0, "certificate"},
		{"fails, then works", false, false, func(w http.ResponseWriter, r *http.Request) {
			if calls.Load() < 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
			work(w, r)
		}, 3, ""},
		{"hangs up", false, false, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); panic(http.ErrAbortHandler) }, 5, "5 tries: EOF"},
		{"redirects", false, false, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
		}, 1, "answered 307: redirects are not followed"},
		{"repeats the URL", false, false, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Error(w, "no such hook: "+r.URL.Path, http.StatusNotFound)
		}, 1, "answered 404: no such hook: …"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls.Store(0)
			s := quiet(t, tt.tls, tt.serve)
			o := Options{Version: "1.2.3"}
			if tt.trust {
				o.roots = x509.NewCertPool()
				o.roots.AddCert(s.Certificate())
			}
			said, seen := outcome(t, o, s.URL+"/"+theSecret)
			if calls.Load() != tt.calls {
				t.Errorf("%d calls, want %d", calls.Load(), tt.calls)
			}
			if sent := seen[Sent] == 1; sent != (tt.want == "") || !strings.Contains(said, tt.want) {
				t.Errorf("%v, want %q in\n%s", seen, tt.want, said)
			}
		})
	}
}

// TestProxy: where a proxy is named it is asked, and a forbidden address is
// refused all the same where the URL has it.
func TestProxy(t *testing.T) {
	var asked atomic.Value
	s := quiet(t, false, func(_ http.ResponseWriter, r *http.Request) { asked.Store(r.URL.Host) })
	by, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Proxy: http.ProxyURL(by)}
	if said, seen := outcome(t, o, "http://127.0.0.1:1/"+theSecret); seen[Sent] != 1 || asked.Load() != "127.0.0.1:1" {
		t.Errorf("the proxy was asked for %v, %v\n%s", asked.Load(), seen, said)
	}
	if said, seen := outcome(t, o, "https://169.254.169.254/"+theSecret); seen[Failed] != 1 {
		t.Errorf("%v\n%s", seen, said)
	}
}

// TestSlowServer: a try that gets no answer ends in time, and is made again.
func TestSlowServer(t *testing.T) {
	var calls atomic.Int32
	s := quiet(t, false, func(_ http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}
	})
	said, seen := outcome(t, Options{timing: timing{try: time.Second}}, s.URL+"/"+theSecret)
	if seen[Sent] != 1 || calls.Load() < 2 || !strings.Contains(said, "Client.Timeout exceeded") {
		t.Errorf("%d calls, %v\n%s", calls.Load(), seen, said)
	}
}

// TestMetadataByName: a name that leads to a forbidden address is refused when
// it is dialled, once, whatever it led to before.
func TestMetadataByName(t *testing.T) {
	for _, addr := range []string{"169.254.169.254", "100.100.100.200", "0.0.0.0", "224.0.0.1"} {
		said, seen := outcome(t, Options{resolver: names(t, addr)}, "https://chat.example.com/"+theSecret)
		if seen[Failed] != 1 || !strings.Contains(said, addr+" is a link-local, metadata or multicast address: notifications are never sent there") {
			t.Errorf("%s: %v\n%s", addr, seen, said)
		}
		if strings.Contains(said, "tries") || strings.Contains(said, "retrying") {
			t.Errorf("%s was tried again:\n%s", addr, said)
		}
	}
	// The name localhost is let through by its name; where it leads elsewhere,
	// plain HTTP is refused.
	said, seen := outcome(t, Options{resolver: names(t, "192.0.2.1")}, "http://LOCALHOST.:80/"+theSecret)
	if seen[Failed] != 1 {
		t.Errorf("%v\n%s", seen, said)
	}
	if err := control(true)("tcp4", "192.0.2.1:80", nil); !errors.Is(err, errAddress) {
		t.Errorf("plain HTTP to 192.0.2.1: %v", err)
	}
}

// names is a resolver whose name server gives one IPv4 address for each name.
func names(t *testing.T, addr string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	to := netip.MustParseAddr(addr).As4()
	go func() { // ends with the connection
		query := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(nameAnswer(query[:n], to), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// nameAnswer answers a DNS query (RFC 1035) of one question: with an address
// where an A record is asked for, else with nothing.
func nameAnswer(query []byte, to [4]byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root, type and class
	isA := binary.BigEndian.Uint16(query[end-4:]) == 1
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	if isA {
		answer[7] = 1
		answer = append(answer, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		answer = append(answer, to[:]...)
	}
	return answer
}

// TestPermit: which addresses are sent to.
func TestPermit(t *testing.T) {
	for addr, want := range map[string]bool{
		"93.184.216.34": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "127.0.0.1": true, "::1": true,
		"100.64.0.1": true, "fd12:3456::1": true, "2001:db8::1": true, "64:ff9b::a01:203": true,
		"169.254.169.254": false, "169.254.170.2": false, "100.100.100.200": false, "168.63.129.16": false, "192.0.0.192": false,
		"0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "239.255.255.255": false, "255.255.255.255": false,
		"::": false, "fe80::1": false, "fe80::1%eth0": false, "febf::1": false, "fd00:ec2::254": false, "fd20:ce::254": false, "ff02::1": false,
		"::ffff:169.254.169.254": false, "::169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "2002:a9fe:a9fe::1": false,
	} {
		if err := permit(netip.MustParseAddr(addr), false); (err == nil) != want {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := permit(netip.MustParseAddr("10.1.2.3"), true); err == nil {
		t.Error("10.1.2.3 is taken for loopback")
	}
	if err := control(false)("tcp", "no address", nil); !errors.Is(err, errAddress) {
		t.Errorf("no address: %v", err)
	}
}

// TestURLs: which files are taken, and that no mistake in one is repeated.
func TestURLs(t *testing.T) {
	for url, want := range map[string]string{
		"https://hooks.example.com/services/" + theSecret:  "",
		"  https://10.0.0.7:8065/hooks/" + theSecret + " ": "",
		"http://127.0.0.1:9000/" + theSecret:               "",
		"http://localhost/" + theSecret:                    "",
		"http://[::1]:80/" + theSecret:                     "",
		"http://hooks.example.com/" + theSecret:            "http://hooks.example.com/…: the URL must begin with https://",
		"http://10.0.0.7/" + theSecret:                     "must begin with https://",
		"http://127.0.0.1.example.com/" + theSecret:        "must begin with https://",
		"http://u:" + theSecret + "@localhost.example/":    "must hold one URL",
		"https://169.254.169.254/" + theSecret:             "https://169.254.169.254/…: 169.254.169.254 is a link-local",
		"https://[::ffff:169.254.169.254]/" + theSecret:    "is a link-local",
		"https://[fd00:ec2::254]/" + theSecret:             "is a link-local",
		"hunter2://" + theSecret:                           "must begin with https://",
		"ftp://example.com/" + theSecret:                   "must begin with https://",
		"file:///etc/" + theSecret:                         "must begin with https://",
		"https:///" + theSecret:                            "must hold one URL",
		"https:" + theSecret:                               "must hold one URL",
		theSecret:                                          "must begin with https://",
		"https://a.example/%zz" + theSecret:                "must hold one URL",
		"https://a.example/\nhttps://b.example/hunter2":    "must hold one URL",
		"": "must hold one URL",
		"https://a.example/" + strings.Repeat("x", urlLimit): "must hold one URL",
	} {
		_, err := readURL(urlFile(t, url))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60q: %v, want %q", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error has the secret: %v", err)
		}
	}
}

// TestFileChanges: the file is read at each send; that it is not there is said
// at once and is no reason not to start.
func TestFileChanges(t *testing.T) {
	got := make(chan string, 10)
	s := quiet(t, false, func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.Path })
	file, log := t.TempDir()+"/url", &record{}
	n := start(t, Options{Log: log.logger(), timing: quickly}, Target{Format: Slack, URLFile: file})
	if !strings.Contains(log.String(), "nothing can be sent to a target yet") {
		t.Errorf("New says nothing of the file:\n%s", log)
	}
	for _, path := range []string{"/one", "/two"} {
		if err := os.WriteFile(file, []byte(s.URL+path), 0o600); err != nil {
			t.Fatal(err)
		}
		n.Send(event(0))
		if have := <-got; have != path {
			t.Errorf("sent to %s, want %s", have, path)
		}
	}
	if err := finish(n, 10*time.Second); err != nil {
		t.Error(err)
	}
}

// TestMistakes: New says all that is wrong with the targets.
func TestMistakes(t *testing.T) {
	_, err := New([]Target{
		{Format: "telegram", URLFile: "x"}, {Format: Slack}, {Name: "ops", Format: JSON, URLFile: "x", On: []string{"failures"}}, {Format: JSON, URLFile: "x"},
	}, Options{})
	want := `notify[0]: format "telegram": want slack or json
notify[1]: no file that holds the URL
ops: on "failures": want some of [failure recovery changes blocked]`
	if err == nil || err.Error() != want {
		t.Errorf("New: %v\nwant: %s", err, want)
	}
}

// TestNoLeak: after Close nothing is left of what was sent, or was not.
func TestNoLeak(t *testing.T) {
	s := quiet(t, false, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "bad") {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	good, bad := urlFile(t, s.URL+"/good"), urlFile(t, s.URL+"/bad")
	round := func() {
		n := start(t, Options{timing: quickly}, Target{Format: Slack, URLFile: good}, Target{Format: JSON, URLFile: bad})
		for i := range 12 {
			n.Send(event(i))
		}
		_ = finish(n, 10*time.Second) // the bad one says that it lost some
	}
	before := runtime.NumGoroutine()
	for range 20 {
		round()
	}
	if after := settle(before); after > before {
		t.Errorf("%d goroutines, and %d before", after, before)
	}
}

// settle waits, within bounds, until there are no more goroutines than
// wanted, since those of a server end a little after its connections.
func settle(want int) int {
	n := runtime.NumGoroutine()
	for end := time.Now().Add(2 * time.Second); n > want && time.Now().Before(end); n = runtime.NumGoroutine() {
		time.Sleep(10 * time.Millisecond)
	}
	return n
}

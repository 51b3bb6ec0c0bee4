package daemon

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// wait polls until ok, and ends the test where that does not come.
func (d *run) wait(what string, ok func() bool) {
	d.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("%s: not in %s\nstatus: %s\nlog:\n%s", what, patience, d.get("/status"), d.log)
		}
	}
}

// url is where the daemon listens.
func (d *run) url(path string) string {
	d.Helper()
	if d.addr == "" {
		for end := time.Now().Add(patience); d.addr == ""; time.Sleep(time.Millisecond) {
			for _, l := range d.log.find("daemon runs") {
				d.addr, _ = l["listen"].(string)
			}
			if time.Now().After(end) {
				d.Fatalf("the daemon does not run\n%s", d.log)
			}
		}
	}
	return "http://" + d.addr + path
}

// get gives what a path of the daemon answers.
func (d *run) get(path string) string {
	d.Helper()
	res, err := http.Get(d.url(path))
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", res.StatusCode, b))
}

// status is the board.
func (d *run) status() status.Status {
	d.Helper()
	res, err := http.Get(d.url("/status"))
	if err != nil {
		d.Fatal(err)
	}
	defer res.Body.Close()
	var s status.Status
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		d.Fatal(err)
	}
	return s
}

// payer is a payer on the board, the zero one where it is not there.
func (d *run) payer(name string) status.Payer {
	d.Helper()
	for _, p := range d.status().Payers {
		if p.Name == name {
			return p
		}
	}
	return status.Payer{}
}

// settled waits until a payer is in a state and nothing of it runs.
func (d *run) settled(name, state string) status.Payer {
	d.Helper()
	var p status.Payer
	d.wait(name+" is "+state, func() bool {
		p = d.payer(name)
		return p.State == state && p.Running == nil && p.LastPass != nil
	})
	return p
}

// triggers gives what asked for the passes over a payer that have ended.
func (d *run) triggers(name string) []string {
	var all []string
	for _, l := range d.log.all() {
		if why, ok := l["trigger"].(string); ok && l["payer"] == name {
			all = append(all, why)
		}
	}
	return all
}

// passes waits until a pass over a payer ends that do asks for, and gives what
// asked for the passes that ended meanwhile.
func (d *run) passes(name string, do func()) []string {
	d.Helper()
	before := len(d.triggers(name))
	do()
	d.wait("a pass over "+name, func() bool { return len(d.triggers(name)) > before && d.payer(name).Running == nil })
	return d.triggers(name)[before:]
}

// again makes one more pass over a payer, by the API.
func (d *run) again(name string) []string {
	d.Helper()
	return d.passes(name, func() {
		if got := d.reconcile(name, token); got != http.StatusAccepted {
			d.Fatalf("POST /reconcile: %d", got)
		}
	})
}

// reconcile asks for a pass and gives the answer's status.
func (d *run) reconcile(name, bearer string) int {
	d.Helper()
	req, err := http.NewRequest(http.MethodPost, d.url("/reconcile?payer="+name), nil)
	if err != nil {
		d.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return send(d, req)
}

func send(d *run, req *http.Request) int {
	d.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// webhook is a call of GitHub's for a push to main.
func (d *run) webhook(delivery, key string, body []byte) *http.Request {
	d.Helper()
	req, err := http.NewRequest(http.MethodPost, d.url("/webhook"), bytes.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("X-GitHub-Event", "push")
	req.Header.Set("X-GitHub-Delivery", delivery)
	req.Header.Set("Content-Type", "application/json")
	return req
}

func pushed(commit string) []byte {
	return []byte(`{"ref":"refs/heads/main","after":"` + commit + `"}`)
}

// pushed tells the daemon of the head of main, as its server does, and waits until
// it has it.
func (d *run) pushed() string {
	d.Helper()
	head := d.repo.Head("main")
	if got := send(d, d.webhook(head, secret, pushed(head))); got != http.StatusOK {
		d.Fatalf("the webhook answers %d", got)
	}
	d.wait("commit "+head, func() bool { // or one of the daemon's own that came upon it
		have := d.status().Git.Commit
		return have == head || have != "" && d.repo.Git("rev-list", "--max-count=1", head, "^"+have) == ""
	})
	return head
}

// logbook keeps what is logged.
type logbook struct {
	mu    sync.Mutex
	lines []map[string]any
	text  bytes.Buffer
	ended map[string]int // passes, by payer
}

func newLogbook() *logbook { return &logbook{ended: map[string]int{}} }

func (b *logbook) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(b, nil)) }

func (b *logbook) Write(p []byte) (int, error) {
	var l map[string]any
	if err := json.Unmarshal(p, &l); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, l)
	if name, ok := l["payer"].(string); ok && l["trigger"] != nil {
		b.ended[name]++
	}
	return b.text.Write(p)
}

// count gives how many passes over each payer have ended.
func (b *logbook) count() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.ended)
}

func (b *logbook) all() []map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// find gives the lines whose message has a word.
func (b *logbook) find(word string) []map[string]any {
	return slices.DeleteFunc(b.all(), func(l map[string]any) bool { return !strings.Contains(l["msg"].(string), word) })
}

// says tells whether a line of a level has all the words anywhere.
func (b *logbook) says(level slog.Level, words ...string) bool {
	return slices.ContainsFunc(b.all(), func(l map[string]any) bool {
		text := fmt.Sprint(l)
		return l["level"] == level.String() && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
}

func (b *logbook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// wire is the way of a daemon's sessions to AWS. What stands in it answers in
// AWS's place.
type wire struct {
	sim *awssim.Server
	mu  sync.Mutex
	in  func(payer string, q *http.Request) (*http.Response, error)
}

// put has f asked before AWS is; where it gives nothing, AWS answers. Nil takes
// it away.
func (w *wire) put(f func(payer string, q *http.Request) (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in = f
}

func (w *wire) of(payer string) http.RoundTripper {
	return tripper(func(q *http.Request) (*http.Response, error) {
		w.mu.Lock()
		f := w.in
		w.mu.Unlock()
		if f != nil {
			if res, err := f(payer, q); res != nil || err != nil {
				return res, err
			}
		}
		return w.sim.Transport().RoundTrip(q)
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// isS3 says that a request is one to a bucket.
func isS3(q *http.Request) bool { return strings.Contains(q.URL.Host, "s3.") }

// answer is one in AWS's place.
func answer(q *http.Request, code int, contentType, body string) *http.Response {
	return &http.Response{StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {contentType}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: q}
}

// denied is AWS's word that a call of one of its JSON services is not allowed.
func denied(q *http.Request) *http.Response {
	return answer(q, http.StatusBadRequest, "application/x-amz-json-1.1", `{"__type":"AccessDeniedException","Message":"You don't have permissions to access this resource."}`)
}

// refusedS3 is S3's word for a failure.
func refusedS3(q *http.Request, status int, code string) *http.Response {
	return answer(q, status, "application/xml", "<Error><Code>"+code+"</Code><Message>so it is</Message></Error>")
}

// denying has AWS deny a payer everything.
func denying(name string) func(string, *http.Request) (*http.Response, error) {
	return func(payer string, q *http.Request) (*http.Response, error) {
		if payer == name && !isS3(q) && strings.HasPrefix(q.URL.Host, "organizations.") {
			return denied(q), nil
		}
		return nil, nil
	}
}

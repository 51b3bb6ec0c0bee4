package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
)

// bench is a repository, a simulated AWS on loopback, and real processes of the
// command between them.
type bench struct {
	t    *testing.T
	dir  string // the repository, a copy of a folder of testdata
	sim  *awssim.Server
	url  string
	door *door
	lags bool // lists lag what was written
}

// newBench has the payer of testdata/lab, and an AWS without organization.
func newBench(t *testing.T, o awssim.Options) *bench {
	t.Helper()
	b := benchOf(t, "lab", awssim.New(o))
	b.lags = o.LagReads > 0
	return b
}

// benchOf has a copy of a folder of testdata.
func benchOf(t *testing.T, folder string, sim *awssim.Server) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), sim: sim}
	if err := os.CopyFS(b.dir, os.DirFS(filepath.Join("testdata", folder))); err != nil {
		t.Fatal(err)
	}
	b.door = &door{sim: b.sim}
	server := httptest.NewServer(b.door)
	t.Cleanup(func() { b.sim.ClearFaults(); server.Close() })
	b.url = server.URL
	return b
}

// process is one call of the command.
type process struct {
	cmd    *exec.Cmd
	stdout output
	stderr output
	gone   chan struct{} // closed when it has ended
}

// output is what a process has printed so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// start runs the command in the background.
func (b *bench) start(args ...string) *process {
	b.t.Helper()
	p := b.prepare(args...)
	b.launch(p)
	return p
}

// prepare gives the command, not started yet.
func (b *bench) prepare(args ...string) *process {
	p := &process{cmd: exec.Command("reconciler", args...), gone: make(chan struct{})}
	p.cmd.Dir = b.dir
	p.cmd.Env = []string{
		"AWS_ENDPOINT_URL=" + b.url, "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any-secret", "AWS_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true", "HOME=" + b.dir, "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p
}

// launch starts the command; it is the one that the door kills.
func (b *bench) launch(p *process) {
	b.t.Helper()
	b.door.mu.Lock() // so that no call of it comes before it is known
	defer b.door.mu.Unlock()
	if err := p.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.door.process = p
	go func() {
		_ = p.cmd.Wait() // ProcessState says how it ended
		close(p.gone)
	}()
	b.t.Cleanup(p.kill)
}

// kill ends the process at once, and waits until it has ended.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.gone
}

// code waits for the end of the process and gives its exit code, -1 where a
// signal ended it.
func (p *process) code() int {
	<-p.gone
	return p.cmd.ProcessState.ExitCode()
}

// must runs the command, which must end with a code.
func (b *bench) must(code int, args ...string) *process {
	b.t.Helper()
	p := b.start(args...)
	if got := p.code(); got != code {
		b.t.Fatalf("reconciler %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &p.stdout, &p.stderr)
	}
	return p
}

// moment is where in a write the process is killed.
type moment string

const (
	never  moment = ""
	before moment = "before" // AWS never got it
	inside moment = "inside" // it is done, and the answer is lost
	after  moment = "after"  // the answer came; killed at whatever it asks next
)

// door stands before the simulated AWS: it does one write after the other,
// keeps what was asked and answered, and kills the process at a moment of the
// nth write.
type door struct {
	sim *awssim.Server

	mu      sync.Mutex
	process *process
	at      int
	when    moment
	armed   bool // kill at the next call
	writes  int
	steps   []step
}

// step is one write that was answered with success.
type step struct {
	Op      string
	Name    string         // what it makes
	In, Out map[string]any // where they are JSON
}

// reads are operations that change nothing.
var reads = regexp.MustCompile(`(?i)^(List|Describe|Get|Head|Assume)`)

// operation tells what a request asks for: in the header, in the form, in the
// path or, of S3, by the method.
func operation(r *http.Request, asked []byte) string {
	if _, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return op
	}
	if form, err := url.ParseQuery(string(asked)); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	if r.Method == http.MethodPost && !r.URL.Query().Has("delete") {
		return strings.Trim(r.URL.Path, "/")
	}
	return r.Method + " " + r.URL.RequestURI()
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the process went away while it asked
	}
	r.Body = io.NopCloser(bytes.NewReader(asked))
	op := operation(r, asked)
	if reads.MatchString(op) {
		d.mu.Lock()
		armed := d.armed
		d.armed = false
		p := d.process
		d.mu.Unlock()
		if armed {
			p.kill()
			panic(http.ErrAbortHandler)
		}
		d.sim.ServeHTTP(w, r)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.armed {
		d.armed = false
		d.abort()
	}
	d.writes++
	hit := d.writes == d.at
	if hit && d.when == before {
		d.abort()
	}
	answer := httptest.NewRecorder()
	d.serve(answer, r, op, asked)
	if answer.Code < http.StatusMultipleChoices {
		d.note(op, asked, answer.Body.Bytes())
	}
	if hit && d.when == inside {
		d.abort()
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // nobody may be there to read it
	d.armed = hit && d.when == after
}

// serve lets the simulator answer. Where it drops the answer of a write that is
// done, that is noted too.
func (d *door) serve(w http.ResponseWriter, r *http.Request, op string, asked []byte) {
	_, was := d.sim.Writes()
	defer func() {
		if p := recover(); p != nil {
			if _, is := d.sim.Writes(); is > was {
				d.note(op, asked, nil)
			}
			panic(p)
		}
	}()
	d.sim.ServeHTTP(w, r)
}

// abort kills the process in the middle of a call. The caller holds the lock.
func (d *door) abort() {
	d.process.kill()
	panic(http.ErrAbortHandler)
}

func (d *door) note(op string, asked, answered []byte) {
	s := step{Op: op}
	if form, err := url.ParseQuery(string(asked)); err == nil {
		for key := range form {
			if strings.HasSuffix(key, "Name") {
				s.Name += form.Get(key)
			}
		}
	}
	_ = json.Unmarshal(asked, &s.In)     // the simulator took it
	_ = json.Unmarshal(answered, &s.Out) // some answers are empty
	d.steps = append(d.steps, s)
}

// killAt arms the door.
func (d *door) killAt(n int, when moment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.when, d.writes, d.armed = n, when, 0, false
}

// count tells how many writes came since killAt.
func (d *door) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes
}

package daemon

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/internal/gitserver"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/spec"
)

const (
	secret = "a-secret-of-the-webhook"
	token  = "a-token-for-the-api-of-tests"
)

// rig is a repository of payers and a simulated AWS; daemons run on it.
type rig struct {
	testing.TB
	repo *gitserver.Repo
	sim  *awssim.Server
	dir  string // of the state and of the files that configs name
}

// newRig makes a repository that holds payers of these names, p1 and so on, with
// two accounts each.
func newRig(t testing.TB, names ...string) *rig {
	t.Helper()
	r := &rig{TB: t, repo: gitserver.Init(t), sim: awssim.New(awssim.Options{}), dir: t.TempDir()}
	files := map[string]string{}
	for _, n := range names {
		files["payers/"+n+".yaml"] = payerFile(n, 2)
	}
	if len(files) > 0 {
		r.commit(files)
	}
	r.file("webhook-secret", secret+"\n")
	r.file("api-token", token+"\n")
	r.file("reconciler.yaml", "git: {url: /nowhere}\n")
	return r
}

// accountOf is the management account of a payer: that of kindtest for p1.
func accountOf(name string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "p"))
	if err != nil || n == 1 {
		return kindtest.Account
	}
	return fmt.Sprintf("2222%08d", n)
}

// payerFile is the file of a payer with a unit, and a pool of so many accounts in
// it. The lines of more stand at its end.
func payerFile(name string, count int, more ...string) string {
	text := fmt.Sprintf(`apiVersion: reconciler/v1
kind: Payer
name: %[1]s
accountId: "%[2]s"
organization: {create: true}
ous: [{name: Labs}]
pools:
  - name: students
    ou: Labs
    ids: {from: 1, count: %[3]d, width: 3}
    account: {name: "%[1]s-${{ id }}", email: "%[1]s-${{ id }}@acme.example"}
    csv: accounts/%[1]s.csv
`, name, accountOf(name), count)
	return text + strings.Join(more, "\n") + "\n"
}

// commit puts files on main, whatever a daemon pushes meanwhile, and gives the
// commit.
func (r *rig) commit(files map[string]string, remove ...string) string {
	r.Helper()
	for range 20 {
		head := r.repo.Head("main")
		c := gitserver.Commit{Branch: "rig", Onto: head, Files: files, Remove: remove, Time: time.Now()}
		if head == "" {
			c.Onto = "none"
		}
		made := r.repo.Commit(c)
		cmd := exec.Command("git", "update-ref", "refs/heads/main", made, cmp.Or(head, strings.Repeat("0", 40)))
		cmd.Dir, cmd.Env = r.repo.Path, gitserver.Env()
		if cmd.Run() == nil {
			r.repo.Git("update-ref", "-d", "refs/heads/rig")
			return made
		}
	}
	r.Fatal("main never stands still")
	return ""
}

// file puts a file beside the config and gives its path.
func (r *rig) file(name, text string) string {
	r.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
	return path
}

// behind is the payer p1, to act behind the daemon's back.
func (r *rig) behind() *kindtest.Rig {
	return &kindtest.Rig{TB: r, Sim: r.sim, Dir: r.dir, ID: kindtest.Account}
}

// accounts counts the member accounts of p1, none of them made twice.
func (r *rig) accounts() int {
	r.Helper()
	return len(r.behind().Accounts())
}

// writes counts the writes that a payer got, those of the lease and of pauses
// aside.
func (r *rig) writes(payer string) int {
	n := 0
	for _, c := range r.sim.Calls() {
		if c.Account == accountOf(payer) && c.Write && !strings.HasSuffix(c.Operation, "Object") {
			n++
		}
	}
	return n
}

// calls counts the calls of an operation, or of all with "", that a payer got.
func (r *rig) calls(payer, operation string) int {
	n := 0
	for _, c := range r.sim.Calls() {
		if c.Account == accountOf(payer) && (operation == "" || c.Operation == operation) {
			n++
		}
	}
	return n
}

// rows counts the rows of a payer's CSV on a branch; none where there is no file.
func (r *rig) rows(branch, payer string) int {
	r.Helper()
	path := "accounts/" + payer + ".csv"
	if r.repo.Head(branch) == "" || r.repo.Git("ls-tree", "--name-only", "refs/heads/"+branch, path) == "" {
		return 0
	}
	return strings.Count(r.repo.Read("refs/heads/"+branch, path), "\n")
}

// setup is how one daemon of a test is started.
type setup struct {
	Options
	wire *wire
}

// config is that of a daemon that applies, and whose timer never comes.
func (r *rig) config(state string) *config.Config {
	return &config.Config{
		Git: config.Git{URL: r.repo.Path, Branch: "main", Path: ".", Push: config.Push{Branch: "main"},
			Author: config.Author{Name: "reconciler", Email: "reconciler@localhost"}},
		Mode: "apply", FirstApply: "auto", Interval: time.Hour, Listen: "127.0.0.1:0",
		Parallelism:  config.Parallelism{Payers: 4, Changes: 8},
		Webhook:      &config.Webhook{SecretFile: filepath.Join(r.dir, "webhook-secret")},
		APITokenFile: filepath.Join(r.dir, "api-token"),
		StateDir:     filepath.Join(r.dir, state), File: filepath.Join(r.dir, "reconciler.yaml"),
	}
}

// run is a daemon that runs in this process.
type run struct {
	*rig
	cfg    *config.Config
	hangup chan struct{}
	abort  chan struct{}
	cancel context.CancelFunc
	ended  chan error
	log    *logbook
	wire   *wire

	mu    sync.Mutex
	audit []cloud.Write
	addr  string
}

// start runs a daemon until the test ends.
func (r *rig) start(change ...func(*setup)) *run {
	r.Helper()
	d := &run{
		rig: r, hangup: make(chan struct{}), abort: make(chan struct{}), ended: make(chan error, 1), log: newLogbook(), wire: &wire{sim: r.sim},
	}
	s := &setup{wire: d.wire, Options: Options{
		Config: r.config("state"), Kinds: kinds.All(), Presets: presets.FS, Version: "test", Who: "ann@host", Log: d.log.logger(),
		Hangup: d.hangup, Abort: d.abort, Grace: 20 * time.Second, Audit: d.audited, Open: d.enter,
	}}
	for _, c := range change {
		c(s)
	}
	d.cfg = s.Config
	if s.Reload == nil {
		s.Reload = func() (*config.Config, error) { return s.Config, nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go func() { d.ended <- Run(ctx, s.Options) }()
	r.Cleanup(func() { d.stop() })
	return d
}

// once runs a daemon with --once and gives its error.
func (r *rig) once(change ...func(*setup)) (*run, error) {
	r.Helper()
	d := r.start(append(change, func(s *setup) { s.Once = true })...)
	err := d.end()
	return d, err
}

// enter opens a session over the daemon's own wire.
func (d *run) enter(ctx context.Context, p *spec.Payer, e Entry) (*cloud.Session, error) {
	id, key := d.sim.Key(p.AccountID)
	return cloud.Open(ctx, cloud.Options{
		Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, Commit: p.Run.Commit, APIRate: "none",
		Credentials: credentials.NewStaticCredentialsProvider(id, key, ""), HTTPClient: &http.Client{Transport: d.wire.of(p.Name)},
		Gate: e.Gate, Observe: e.Observe, Audit: e.Audit,
	})
}

func (d *run) audited(w cloud.Write) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.audit = append(d.audit, w)
}

// stop ends the daemon as SIGTERM does, and waits for it.
func (d *run) stop() error {
	d.cancel()
	return d.end()
}

// end waits for the end of the daemon and gives its error.
func (d *run) end() error {
	d.Helper()
	select {
	case err := <-d.ended:
		d.ended <- err
		return err
	case <-time.After(patience):
		d.Errorf("the daemon does not end\n%s", d.log)
		return nil
	}
}

// parent is where an account of p1 is.
func (r *rig) parent(id string) string {
	r.Helper()
	b := r.behind()
	out := kindtest.Must[*organizations.ListParentsOutput](b)(b.Org().ListParents(r.Context(), &organizations.ListParentsInput{ChildId: &id}))
	return *out.Parents[0].Id
}

// fastImport tells git fast-import to make commits.
func (r *rig) fastImport(stream string) {
	r.Helper()
	cmd := exec.Command("git", "fast-import", "--quiet", "--force")
	cmd.Dir, cmd.Env, cmd.Stdin = r.repo.Path, gitserver.Env(), strings.NewReader(stream)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.Fatalf("git fast-import: %v\n%s", err, out)
	}
}

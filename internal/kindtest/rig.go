package kindtest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// Account is the management account of the payer that a Rig tests.
const Account = "111122223333"

// head begins every payer file of a Rig: the line after it is line 5.
const head = "apiVersion: reconciler/v1\nkind: Payer\nname: acme\naccountId: %q\n"

// Rig is a repository of one payer file, and a simulated AWS. A test owns it.
type Rig struct {
	testing.TB
	Sim *awssim.Server
	Dir string // the root of the repository
	ID  string // the account that the payer file names and the tool enters
	// Through is asked instead of the simulator where it is set.
	Through http.RoundTripper
	// Instead answers the calls of the tool's sessions where it is set, or sends
	// them.
	Instead func(ctx context.Context, q cloud.Question, send func(context.Context) (any, error)) (any, error)
	// Snapshots lets every plan hold itself against one from a snapshot.
	Snapshots bool
	// As is by what the tool enters; nil: by the key of the account ID.
	As aws.CredentialsProvider
	// Run is what every pass knows beyond the file.
	Run spec.Run
	lag int // of awssim.Options
	aws awssim.Options
}

// New makes a repository without a payer file, and an AWS without organization.
func New(t testing.TB, o awssim.Options) *Rig {
	t.Helper()
	r := &Rig{TB: t, Sim: awssim.New(o), Dir: t.TempDir(), ID: Account, lag: o.LagReads, aws: o}
	r.Write(".git/HEAD", "ref: refs/heads/main\n")
	return r
}

// Write puts a file into the repository.
func (r *Rig) Write(path, text string) {
	r.Helper()
	path = filepath.Join(r.Dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
}

// Read gives a file of the repository, "" where there is none.
func (r *Rig) Read(path string) string {
	r.Helper()
	b, err := os.ReadFile(filepath.Join(r.Dir, filepath.FromSlash(path)))
	if err != nil && !os.IsNotExist(err) {
		r.Fatal(err)
	}
	return string(b)
}

// Payer loads a payer file with that body, which must have no mistake.
func (r *Rig) Payer(body string) *spec.Payer {
	r.Helper()
	r.Write("payers/acme.yaml", fmt.Sprintf(head, r.ID)+body)
	payers, err := spec.Load([]string{filepath.Join(r.Dir, "payers")}, spec.Options{})
	if err != nil {
		r.Fatal(err)
	}
	payers[0].Run = r.Run
	return payers[0]
}

// Options are those of every pass.
func (r *Rig) Options() reconcile.Options {
	return reconcile.Options{Kinds: kinds.All(), Open: r.open}
}

func (r *Rig) open(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
	as := r.As
	if as == nil {
		id, secret := r.Sim.Key(r.ID)
		as = credentials.NewStaticCredentialsProvider(id, secret, "")
	}
	return cloud.Open(ctx, cloud.Options{Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, Credentials: as, HTTPClient: client{r}, Answer: r.Instead})
}

// client is the HTTP client of the Rig's sessions.
type client struct{ r *Rig }

func (c client) Do(q *http.Request) (*http.Response, error) {
	if c.r.Through != nil {
		return c.r.Through.RoundTrip(q)
	}
	return c.r.Sim.Transport().RoundTrip(q)
}

// Plan plans a payer file with that body.
func (r *Rig) Plan(body string) *reconcile.Planned {
	r.Helper()
	p, err := r.TryPlan(body)
	if err != nil {
		r.Fatalf("plan: %v", err)
	}
	return p
}

// TryPlan plans a payer file with that body and gives the error of the pass.
func (r *Rig) TryPlan(body string) (*reconcile.Planned, error) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	r.compare(ctx, body)
	return reconcile.Plan(ctx, r.Payer(body), r.Options())
}

// Apply plans and applies a payer file with that body, and gives the plan.
// Nothing in it may be blocked, and all of it must get done.
func (r *Rig) Apply(body string) *reconcile.Planned {
	r.Helper()
	p := r.Plan(body)
	a, err := r.TryApply(p)
	if err != nil {
		r.Fatalf("apply: %v", err)
	}
	for i, c := range p.Plan.Changes {
		if o := a.Result.Outcomes[i]; o != executor.Done {
			r.Fatalf("%s: %s %v", line(c), o, a.Result.Errs[i])
		}
	}
	return p
}

// TryApply applies a plan and gives the error of the apply.
func (r *Rig) TryApply(p *reconcile.Planned) (*reconcile.Applied, error) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	return p.Apply(ctx, reconcile.ApplyOptions{})
}

// Settled fails the test unless a plan of that body has no change, asks for no
// row of a CSV, and an apply of it writes nothing to AWS.
func (r *Rig) Settled(body string) {
	r.Helper()
	before := r.Writes()
	p := r.Plan(body)
	if got := Lines(p); len(got) > 0 {
		r.Errorf("a second plan is not empty: %q", got)
	}
	for _, f := range p.Files {
		if f.Changed {
			r.Errorf("%s would change: %d rows to add, %d to remove", f.CSV.Path, f.Add, f.Remove)
		}
	}
	if _, err := r.TryApply(p); err != nil {
		r.Errorf("apply of no changes: %v", err)
	}
	if after := r.Writes(); after != before {
		r.Errorf("a second plan and apply made %d writes", after-before)
	}
}

// Writes counts the writes that came to AWS.
func (r *Rig) Writes() int {
	begun, _ := r.Sim.Writes()
	return begun
}

// Calls counts the calls since the log was reset, by operation.
func (r *Rig) Calls() map[string]int {
	n := map[string]int{}
	for _, c := range r.Sim.Calls() {
		n[c.Operation]++
	}
	return n
}

// Org is the SDK's own client in the payer, to act behind the tool's back.
func (r *Rig) Org() *organizations.Client { return organizations.NewFromConfig(r.Config()) }

// Config is the configuration of any client in the payer that is not ours.
func (r *Rig) Config() aws.Config { return r.ConfigOf(Account) }

// ConfigOf is the configuration of any client inside an account, by its own key.
func (r *Rig) ConfigOf(account string) aws.Config {
	id, secret := r.Sim.Key(account)
	return aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: r.Sim.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

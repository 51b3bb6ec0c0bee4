package moto

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/internal/tools"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// labs is a payer that has more of everything than fits on a page of 20.
func labs() string {
	var b strings.Builder
	b.WriteString(`apiVersion: reconciler/v1
kind: Payer
name: labs
accountId: "` + tools.MotoAccount + `"
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY], trustedServices: [account.amazonaws.com]}
policies:
`)
	for i := range 25 {
		fmt.Fprintf(&b, "  - name: Deny%d\n    description: denies %d\n    document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: \"s3:*\", Resource: \"arn:aws:s3:::b%d/*\"}]}\n", i, i, i)
	}
	b.WriteString("root: {policies: [Deny0, Deny1]}\nous:\n  - name: Labs\n    policies: [Deny2, Deny3]\n    ous:\n")
	for i := range 25 {
		fmt.Fprintf(&b, "      - {name: Course%d, policies: [Deny%d]}\n", i, i)
	}
	b.WriteString(`  - name: Parked
pools:
  - name: students
    ou: Labs/Course0
    ids: {from: 101, count: 50}
    account: {name: "${{ id }}", email: "lab${{ id }}@example.com", tags: {course: aws-101}}
    csv: accounts/labs.csv
`)
	return b.String()
}

// repo is a repository with payer files, and the moto that they are about.
type repo struct {
	*testing.T
	dir   string
	moto  *tools.Moto
	proxy *tools.Proxy
	// without are kinds whose services moto does not have.
	without []string
}

// newRepo starts a moto, makes it this process's AWS, and lays the payer files.
func newRepo(t *testing.T, payers ...string) *repo {
	t.Helper()
	m, err := tools.StartMoto(t.Context())
	m = tools.Use(t, m, err)
	t.Cleanup(m.Stop)
	p, err := tools.NewProxy(m.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	tools.SetEnvironment(t, p.URL, "test", "test")
	r := &repo{T: t, dir: t.TempDir(), moto: m, proxy: p}
	for _, d := range []string{".git", "payers"} {
		if err := os.Mkdir(filepath.Join(r.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range payers {
		r.write(fmt.Sprintf("payers/p%d.yaml", i), text)
	}
	return r
}

func (r *repo) write(name, text string) {
	r.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
}

// csv gives the lines of a CSV of the repository.
func (r *repo) csv(name string) []string {
	r.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// open enters a payer as the command does: with the ambient credentials.
func open(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
	o := cloud.Options{Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, Version: "test"}
	if p.Access != nil {
		o.RoleARN, o.ExternalID = p.Access.RoleARN, p.Access.ExternalID
	}
	return cloud.Open(ctx, o)
}

// plan plans all payers of the repository, in the order of their files.
func (r *repo) plan() []*reconcile.Planned {
	r.Helper()
	payers, err := spec.Load([]string{r.dir}, spec.Options{Presets: presets.FS})
	if err != nil {
		r.Fatal(err)
	}
	known := slices.DeleteFunc(kinds.All(), func(k *kind.Kind) bool { return slices.Contains(r.without, k.Name) })
	var plans []*reconcile.Planned
	for _, p := range payers {
		planned, err := reconcile.Plan(r.Context(), p, reconcile.Options{Kinds: known, Open: open})
		if err != nil {
			r.Fatalf("plan %s: %v", p.Name, err)
		}
		plans = append(plans, planned)
	}
	return plans
}

// apply plans and applies all payers.
func (r *repo) apply() {
	r.Helper()
	for _, p := range r.plan() {
		if _, err := p.Apply(r.Context(), reconcile.ApplyOptions{}); err != nil {
			r.Fatalf("apply %s: %v", p.Payer.Name, err)
		}
	}
}

// settled plans once more: there must be nothing to do, nothing may be written
// on the way, and applying that must write nothing either.
func (r *repo) settled() {
	r.Helper()
	r.proxy.Forget()
	for _, p := range r.plan() {
		if got := lines(p.Plan); len(got) > 0 || len(p.Plan.Guards) > 0 {
			r.Errorf("%s: the plan is not empty: %q %v", p.Payer.Name, got, p.Plan.Guards)
		}
		for _, f := range p.Files {
			if f.Changed {
				r.Errorf("%s: %s would change", p.Payer.Name, f.CSV.Path)
			}
		}
		if _, err := p.Apply(r.Context(), reconcile.ApplyOptions{}); err != nil {
			r.Errorf("apply nothing: %v", err)
		}
	}
	if w := r.proxy.Writes(); len(w) > 0 {
		r.Errorf("a plan without changes wrote %q", w)
	}
}

// lines says a plan shortly: a line a change, with its fields.
func lines(p *planner.Plan) []string {
	var all []string
	for _, c := range p.Changes {
		line := string(c.Op) + " " + c.Ref.String()
		for _, f := range c.Fields {
			line += " " + f.Name
		}
		if c.Blocked != "" {
			line += " blocked: " + c.Blocked
		}
		all = append(all, line)
	}
	return all
}

// heals compares what the only payer's plan says with want, and applies it.
func (r *repo) heals(want ...string) *reconcile.Planned {
	r.Helper()
	p := r.plan()[0]
	if diff := cmp.Diff(want, lines(p.Plan)); diff != "" {
		r.Errorf("plan (-want +got):\n%s", diff)
	}
	if _, err := p.Apply(r.Context(), reconcile.ApplyOptions{}); err != nil {
		r.Fatal(err)
	}
	return p
}

// client is the SDK's own client of the organization, for what others do there.
func (r *repo) client() *organizations.Client {
	r.Helper()
	cfg, err := config.LoadDefaultConfig(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	cfg.BaseEndpoint = aws.String(r.moto.URL)
	return organizations.NewFromConfig(cfg)
}

// ids gives the AWS ids that the objects of the only payer have now, by Ref.
func (r *repo) ids() func(ref string) *string {
	r.Helper()
	live := r.plan()[0].Live
	return func(ref string) *string {
		r.Helper()
		for o := range live.All() {
			switch {
			case ref == "root" && o.Ref.Kind == "organization":
				return aws.String(o.Outputs["rootId"])
			case o.Ref.String() == ref:
				return aws.String(o.ID())
			}
		}
		r.Fatalf("no %s", ref)
		return nil
	}
}

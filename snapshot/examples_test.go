package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/snapshot"
	"github.com/payer-reconciler/reconciler/spec"
)

// house is a payer of an example with an AWS of its own.
type house struct {
	t   *testing.T
	sim *awssim.Server
}

type client struct{ http.RoundTripper }

func (c client) Do(r *http.Request) (*http.Response, error) { return c.RoundTrip(r) }

// options are those of a pass over a payer whose calls answer, if it is not nil,
// answers.
func (h house) options(answer snapshot.Answerer) reconcile.Options {
	return reconcile.Options{Kinds: kinds.All(), Open: func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
		id, secret := h.sim.Key(p.AccountID)
		o := cloud.Options{Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, Answer: answer,
			Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: client{h.sim.Transport()}}
		if p.Access != nil {
			o.RoleARN, o.ExternalID = p.Access.RoleARN, p.Access.ExternalID
		}
		return cloud.Open(ctx, o)
	}}
}

func (h house) take(p *spec.Payer) *snapshot.File {
	h.t.Helper()
	f, err := snapshot.Take(h.t.Context(), snapshot.Options{
		Payer: p.Name, AccountID: p.AccountID, Tool: "test",
		Open: func(ctx context.Context, answer snapshot.Answerer) (*cloud.Session, error) {
			return h.options(answer).Open(ctx, p)
		},
		Plan: func(ctx context.Context, s *cloud.Session) error {
			o := h.options(nil)
			o.Open = func(context.Context, *spec.Payer) (*cloud.Session, error) { return s, nil }
			_, err := reconcile.Plan(ctx, p, o)
			return err
		},
		Settle: reconcile.Unsettled,
		Refuse: func(err error) bool { var half *reconcile.HalfReadError; return errors.As(err, &half) },
		Told:   func(err error) { h.t.Errorf("no plan beside the snapshot: %v", err) },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

var requestID = regexp.MustCompile(` \[request id [^\]]*\]`)

func (h house) plan(p *spec.Payer, o reconcile.Options) string {
	h.t.Helper()
	planned, err := reconcile.Plan(h.t.Context(), p, o)
	var b bytes.Buffer
	if err := report.New(tell.Planned(p, planned, err)).WriteJSON(&b); err != nil {
		h.t.Fatal(err)
	}
	return requestID.ReplaceAllString(b.String(), "")
}

// same holds the plan from a snapshot of now against the one of AWS.
func (h house) same(when string, p *spec.Payer) {
	h.t.Helper()
	f := h.take(p)
	without := h.options(f.Answer)
	open := without.Open
	without.Open = func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
		of := *p
		of.Access = nil // no plan from a snapshot enters it
		return open(ctx, &of)
	}
	before := len(h.sim.Calls())
	have := h.plan(p, without)
	if n := len(h.sim.Calls()) - before; n != 0 {
		h.t.Errorf("%s: the plan from the snapshot made %d calls", when, n)
	}
	if diff := cmp.Diff(h.plan(p, h.options(nil)), have); diff != "" {
		h.t.Errorf("%s: plan from the snapshot (-live +snapshot):\n%s", when, diff)
	}
}

// apply applies until nothing is left to do.
func (h house) apply(p *spec.Payer) {
	h.t.Helper()
	for range 5 {
		planned, err := reconcile.Plan(h.t.Context(), p, h.options(nil))
		if err != nil {
			h.t.Fatal(err)
		}
		if planned.Differences() == 0 {
			return
		}
		if _, err := planned.Apply(h.t.Context(), reconcile.ApplyOptions{}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// TestExamplesPlanFromSnapshots: of every payer of the examples, before there is
// an organization, while it is as the file says, and after others were at work.
func TestExamplesPlanFromSnapshots(t *testing.T) {
	dirs, err := filepath.Glob("../examples/*/payers")
	if err != nil || len(dirs) < 3 {
		t.Fatalf("examples: %q, %v", dirs, err)
	}
	for _, dir := range dirs {
		example := filepath.Dir(dir)
		copied := filepath.Join(t.TempDir(), filepath.Base(example))
		if err := os.CopyFS(copied, os.DirFS(example)); err != nil {
			t.Fatal(err)
		}
		_ = os.RemoveAll(filepath.Join(copied, "accounts"))
		if err := os.Mkdir(filepath.Join(copied, ".git"), 0o755); err != nil {
			t.Fatal(err)
		}
		payers, err := spec.Load([]string{copied}, spec.Options{Presets: presets.FS})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range payers {
			t.Run(filepath.Base(example)+"/"+p.Name, func(t *testing.T) {
				h := house{t, awssim.New(awssim.Options{})}
				if p.Access != nil {
					h.sim.AddRole(p.AccountID, "reconciler", p.Access.ExternalID)
				}
				h.same("nothing there", p)
				h.apply(p)
				h.same("applied", p)
				h.meddle(p)
				h.same("drifted", p)
				p.Safety.Prune = true
				h.same("with prune", p)
			})
		}
	}
}

// meddle is what somebody does behind the tool's back: a unit renamed, a policy
// taken off the root, one of nobody put there, a tag lost.
func (h house) meddle(p *spec.Payer) {
	h.t.Helper()
	id, secret := h.sim.Key(p.AccountID)
	c := organizations.New(organizations.Options{Region: "us-east-1", HTTPClient: client{h.sim.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	ctx := h.t.Context()
	roots, err := c.ListRoots(ctx, &organizations.ListRootsInput{})
	if err != nil {
		h.t.Fatal(err)
	}
	root := roots.Roots[0].Id
	units, err := c.ListOrganizationalUnitsForParent(ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: root})
	if err != nil {
		h.t.Fatal(err)
	}
	for i, u := range units.OrganizationalUnits {
		if i == 0 {
			_, err = c.UpdateOrganizationalUnit(ctx, &organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: u.Id, Name: aws.String("Renamed")})
		} else {
			_, err = c.UntagResource(ctx, &organizations.UntagResourceInput{ResourceId: u.Id, TagKeys: []string{"reconciler:payer"}})
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	on, err := c.ListPoliciesForTarget(ctx, &organizations.ListPoliciesForTargetInput{TargetId: root, Filter: "SERVICE_CONTROL_POLICY"})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range on.Policies {
		if !s.AwsManaged {
			if _, err := c.DetachPolicy(ctx, &organizations.DetachPolicyInput{PolicyId: s.Id, TargetId: root}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	made, err := c.CreatePolicy(ctx, &organizations.CreatePolicyInput{Name: aws.String("Foreign"), Type: "SERVICE_CONTROL_POLICY", Description: aws.String(""),
		Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}`)})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := c.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: made.Policy.PolicySummary.Id, TargetId: root}); err != nil {
		h.t.Fatal(err)
	}
}

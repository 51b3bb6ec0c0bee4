package spec_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

func TestDriftOf(t *testing.T) {
	p := &spec.Payer{Drift: spec.DriftReport, Policies: []spec.Policy{
		{Name: "Plain", Type: spec.SCP},
		{Name: "Heal", Type: spec.SCP, Drift: spec.DriftHeal},
		{Name: "a@b%c\nd", Type: spec.SCP, Drift: spec.DriftHeal},
		{Name: "Cost", Type: spec.SCP},
		{Name: "Cost", Type: "TAG_POLICY", Drift: spec.DriftHeal},
		{Name: "Heal@root", Type: spec.SCP, Drift: spec.DriftReport},
	}}
	node := resource.Ref{Kind: "ou", Name: resource.JoinPath("A@B", `x/y`)}
	for _, tt := range []struct {
		ref  resource.Ref
		want string
	}{
		{spec.PolicyRef(spec.SCP, "Plain"), spec.DriftReport},
		{spec.PolicyRef(spec.SCP, "Heal"), spec.DriftHeal},
		{spec.PolicyRef(spec.SCP, "Heal@root"), spec.DriftReport},
		{spec.PolicyRef(spec.SCP, "Nobody's"), spec.DriftReport},
		{spec.PolicyRef(spec.SCP, "a@b%c\nd"), spec.DriftHeal},
		{spec.PolicyRef(spec.SCP, "Cost"), spec.DriftReport},
		{spec.PolicyRef("TAG_POLICY", "Cost"), spec.DriftHeal},
		{spec.AttachmentRef(spec.PolicyRef(spec.SCP, "Plain"), spec.RootRef), spec.DriftReport},
		{spec.AttachmentRef(spec.PolicyRef(spec.SCP, "Heal"), spec.RootRef), spec.DriftHeal},
		{spec.AttachmentRef(spec.PolicyRef(spec.SCP, "Heal@root"), spec.RootRef), spec.DriftReport},
		{spec.AttachmentRef(spec.PolicyRef(spec.SCP, "a@b%c\nd"), node), spec.DriftHeal},
		{spec.AttachmentRef(spec.PolicyRef("TAG_POLICY", "Cost"), node), spec.DriftHeal},
		{spec.AttachmentRef(spec.PolicyRef(spec.SCP, "Cost"), node), spec.DriftReport},
		{resource.Ref{Kind: "ou", Name: "Heal"}, spec.DriftReport},
		{resource.Ref{Kind: "role", Name: "Heal"}, spec.DriftReport},
		{spec.RootRef, spec.DriftReport},
	} {
		if got := p.DriftOf(tt.ref); got != tt.want {
			t.Errorf("DriftOf(%s) = %s, want %s", tt.ref, got, tt.want)
		}
	}
	if got := (&spec.Payer{}).DriftOf(spec.RootRef); got != spec.DriftHeal {
		t.Errorf("a payer that says nothing: %s", got)
	}
}

func TestPausedAt(t *testing.T) {
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		p    *spec.Paused
		want bool
	}{
		{"nothing", nil, false},
		{"no end", &spec.Paused{}, true},
		{"before the end", &spec.Paused{Until: now.Add(time.Second)}, true},
		{"at the end", &spec.Paused{Until: now}, false},
		{"after the end", &spec.Paused{Until: now.Add(-time.Second)}, false},
	} {
		if got := tt.p.At(now); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// operation says all that a daemon goes by.
const operation = `
homeRegion: eu-west-1
buckets: [{name: acme-locks, region: eu-north-1}]
lease: {bucket: acme-locks, key: "${{ payer.name }}/${{ payer.accountId }}.lease"}
drift: report
paused: {reason: "moving ${{ house }}", until: 2026-12-01T08:00:00+01:00}
policies: [{name: A, type: TAG_POLICY, document: {}, drift: heal}, {name: B, type: TAG_POLICY, document: {}}]
`

func TestOperation(t *testing.T) {
	p := one(t, "-- a.yaml --\n"+head+operation)
	if got := *p.Lease; got.Bucket != "acme-locks" || got.Key != "acme/111122223333.lease" || got.Region != "eu-north-1" || !got.Declared || got.Pos.Line != 8 {
		t.Errorf("lease %+v", got)
	}
	if p.Drift != spec.DriftReport || p.Policies[0].Drift != spec.DriftHeal || p.Policies[1].Drift != "" {
		t.Errorf("drift %q, of policies %q and %q", p.Drift, p.Policies[0].Drift, p.Policies[1].Drift)
	}
	want := time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC)
	if got := *p.Paused; got.Reason != "moving ${{ house }}" || !got.Until.Equal(want) || got.Pos.Line != 10 {
		t.Errorf("paused %+v", got)
	}
	none := one(t, "-- a.yaml --\n"+head)
	if none.Lease != nil || none.Paused != nil || none.Drift != spec.DriftHeal {
		t.Errorf("a file that says nothing: %+v %+v %q", none.Lease, none.Paused, none.Drift)
	}
}

// TestOperationOfDefaults: a payer has its own lock by the key of the Defaults,
// in its own home region, and what it says itself goes before them.
func TestOperationOfDefaults(t *testing.T) {
	dir := repository(t, head+"homeRegion: eu-west-1\n")
	write(t, filepath.Join(dir, "beta.yaml"), strings.NewReplacer("acme", "beta", "111122223333", "222233334444").Replace(head)+
		"drift: heal\nlease: {bucket: beta-locks, key: x}\n")
	write(t, filepath.Join(dir, "defaults.yaml"), `apiVersion: reconciler/v1
kind: Defaults
drift: report
lease: {bucket: "locks-${{ payer.accountId }}", key: "reconciler/${{payer.name}}.lease"}
`)
	payers, err := spec.Load([]string{dir}, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []spec.Lease{
		{Pos: spec.Pos{File: "defaults.yaml", Line: 4, Column: 8}, Bucket: "locks-111122223333", Key: "reconciler/acme.lease", Region: "eu-west-1"},
		{Pos: spec.Pos{File: "beta.yaml", Line: 6, Column: 8}, Bucket: "beta-locks", Key: "x", Region: "us-east-1"},
	}
	if diff := cmp.Diff(want, []spec.Lease{*payers[0].Lease, *payers[1].Lease}); diff != "" {
		t.Errorf("leases (-want +got):\n%s", diff)
	}
	if payers[0].Drift != spec.DriftReport || payers[1].Drift != spec.DriftHeal {
		t.Errorf("drift %s and %s", payers[0].Drift, payers[1].Drift)
	}
}

package spec_test

import (
	"testing"
	"time"

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

package bootstrap_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/snapshot"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestSnapshotNeedsNoMoreThanPlan takes a snapshot of every example by the
// policy for plan alone, on an AWS that enforces it: nothing is refused, nothing
// written, and nothing called that the table does not name.
func TestSnapshotNeedsNoMoreThanPlan(t *testing.T) {
	for _, p := range payers(t) {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, p)
				s.attach(s.needs.Apply)
				if _, err := s.plan(p).Apply(t.Context(), reconcile.ApplyOptions{}); err != nil {
					t.Fatalf("apply: %v", err)
				}
				arn := "arn:aws:iam::" + s.needs.AccountID + ":policy/" + s.needs.Apply.Name
				if _, err := s.admin.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{RoleName: &s.needs.Role, PolicyArn: &arn}); err != nil {
					t.Fatal(err)
				}
				begun, _ := s.sim.Writes()
				s.sim.ResetCalls()
				f, err := s.take(p)
				if err != nil {
					t.Fatal(err)
				}
				if len(f.Refused) > 0 {
					t.Errorf("AWS refuses to %q", f.Refused)
				}
				if now, _ := s.sim.Writes(); now != begun {
					t.Errorf("%d writes", now-begun)
				}
				s.listed(map[string]bool{})
			})
		})
	}
}

func (s *site) take(p *spec.Payer) (*snapshot.File, error) {
	return snapshot.Take(s.Context(), snapshot.Options{
		Payer: p.Name, AccountID: p.AccountID, Tool: "test",
		Open: func(ctx context.Context, answer snapshot.Answerer) (*cloud.Session, error) {
			id, secret := s.sim.Key(runner)
			return cloud.Open(ctx, cloud.Options{
				Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, RoleARN: p.Access.RoleARN, ExternalID: p.Access.ExternalID,
				Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: client{s.sim.Transport()}, Answer: answer,
			})
		},
		Plan: func(ctx context.Context, session *cloud.Session) error {
			_, err := reconcile.Plan(ctx, p, reconcile.Options{Kinds: kinds.All(),
				Open: func(context.Context, *spec.Payer) (*cloud.Session, error) { return session, nil }})
			return err
		},
		Settle: reconcile.Unsettled,
		Refuse: func(error) bool { return true },
	})
}

package tell_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

func TestErrorOfSeveral(t *testing.T) {
	cause := errors.New("b\x1b[2J")
	err := fmt.Errorf("x: %w", multierror.Append(nil, errors.New("payer acme: a"), multierror.Append(nil, cause)))
	got := tell.Error(err, "acme")
	if diff := cmp.Diff("a\n"+tell.Line(cause), got.Error()); diff != "" {
		t.Errorf("Error (-want +got):\n%s", diff)
	}
	if !errors.Is(got, cause) {
		t.Error("the cause is lost")
	}
	if tell.Error(nil, "acme") != nil {
		t.Error("an error of none")
	}
}

func TestAppliedSaysEveryErrorOnce(t *testing.T) {
	p := &spec.Payer{Name: "acme", AccountID: "111122223333"}
	plan := &planner.Plan{Changes: []planner.Change{{Op: planner.Create, Ref: resource.Ref{Kind: "ou", Name: "A"}}}}
	refused := errors.New("refused")
	for _, tt := range []struct {
		name    string
		applied *reconcile.Applied
		err     error
		want    string // of the payer
		change  string
	}{
		{"not begun", nil, refused, "refused", ""},
		{"done", &reconcile.Applied{Result: &executor.Result{Outcomes: []executor.Outcome{executor.Done}, Errs: make([]error, 1)}}, nil, "", ""},
		{"a change", &reconcile.Applied{Result: &executor.Result{Outcomes: []executor.Outcome{executor.Failed}, Errs: []error{refused}}}, refused, "", "refused"},
		{"something else", &reconcile.Applied{Result: &executor.Result{Outcomes: []executor.Outcome{executor.Done}, Errs: make([]error, 1)}}, refused, "refused", ""},
		{"ended", &reconcile.Applied{Result: &executor.Result{Outcomes: []executor.Outcome{""}, Errs: make([]error, 1), Ended: "interrupted"}}, refused, "interrupted", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := tell.Planned(p, &reconcile.Planned{Payer: p, Plan: plan}, nil)
			tell.Applied(&in, tt.applied, tt.err)
			got := report.New(in).Payers[0]
			if got.Error != tt.want || got.Changes[0].Error != tt.change {
				t.Errorf("error %q, of the change %q; want %q and %q", got.Error, got.Changes[0].Error, tt.want, tt.change)
			}
		})
	}
}

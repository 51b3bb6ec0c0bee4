package executor

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// A change that waited for AWS's rate when the pass was interrupted, and wrote
// nothing, counts as one that was not reached, and nothing comes of it for what
// needs it. What AWS has under way is left to AWS.
func TestInterruptedBeforeTheFirstWrite(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	f := newFake()
	f.does = func(_ context.Context, op planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		interrupt()
		if ref.Name == "sent" {
			return map[string]string{"id": "1"}, nil
		}
		return nil, fmt.Errorf("make it: %w", cloud.ErrStopped)
	}
	resumed := change(planner.Resume, "resumed")
	resumed.Have.Pending = "token"
	p := plan(change(planner.Create, "held"), change(planner.Create, "sent"), resumed, change(planner.Create, "needs", 0))
	var told []string
	r, err := Run(ctx, session(t, "none"), []*kind.Kind{f.kind("a", kind.Lane{})}, p, nil, Options{Parallelism: 3, Observe: func(e Event) {
		if e.Outcome != NotReached {
			told = append(told, e.Change.Ref.Name+" "+string(e.Outcome))
		}
	}})
	if err == nil || err.Error() == "" {
		t.Error("an interrupted pass has no error")
	}
	want := []string{"a/held ", "a/sent done", "a/resumed waiting: waiting: under way, and left to AWS", "a/needs "}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(told) != 2 {
		t.Errorf("told of %v", told)
	}
}

package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

func TestAccessDeniedEndsThePass(t *testing.T) {
	for _, code := range []string{"AccessDeniedException", "ExpiredTokenException"} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
				if ref.Name == "1" {
					return nil, fmt.Errorf("tag it: %w", &smithy.GenericAPIError{Code: code, Message: "no"})
				}
				return nil, nil
			}
			p := many(4, "a")
			events := 0
			r, err := Run(t.Context(), nil, kinds(f), p, nil, Options{Parallelism: 1, Observe: func(e Event) {
				if e.Outcome != NotReached {
					events++
				}
			}})
			rest := "skipped: the pass has ended: AWS does not let us in: " + code
			want := []string{"a/0 done", "a/1 failed: tag it: api error " + code + ": no", "a/2 " + rest, "a/3 " + rest}
			if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			var causes *multierror.Error
			if !errors.As(err, &causes) || len(causes.Errors) != 1 || events != 4 || !strings.Contains(r.Ended, code) {
				t.Errorf("error %v, %d events, ended %q", err, events, r.Ended)
			}
		})
	}
}

func TestWhatRunsEndsAfterAccessDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		normal := newFake()
		f.does = func(ctx context.Context, op planner.Op, ref resource.Ref, token string) (map[string]string, error) {
			switch ref.Name {
			case "0":
				return nil, &smithy.GenericAPIError{Code: "AccessDenied"}
			case "1":
				return nil, &kind.Pending{Token: "t", Again: 1}
			}
			return normal.write(ctx, op, resource.Object{Ref: ref}, token)
		}
		p := many(5, "a")
		r, _ := Run(t.Context(), session(t, "aws"), kinds(f), p, nil, Options{Parallelism: 3})
		if r.Outcomes[0] != Failed || r.Outcomes[4] == NotReached {
			t.Errorf("outcomes %v", outcomes(p, r))
		}
		if r.Count(Failed) != 1 || r.Count(NotReached) != 0 {
			t.Errorf("outcomes %v", outcomes(p, r))
		}
	})
}

func TestEqualCausesEndThePass(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "about this very one"} }
	tests := []struct {
		name  string
		err   func(i int) error
		limit int
		calls int // that are made of 100
	}{
		{"one code", func(int) error { return api("ServiceException") }, 0, 20},
		{"one code, limit 3", func(int) error { return api("ServiceException") }, 3, 3},
		{"two codes in turn", func(i int) error { return api([]string{"A", "B"}[i%2]) }, 0, 39},
		{"a code of its own each", func(i int) error { return api(fmt.Sprint("E", i)) }, 0, 100},
		{"no answer", func(i int) error {
			return &cloud.Error{Message: fmt.Sprintf("no answer from port %d", i)}
		}, 0, 20},
		{"our own text", func(i int) error { return fmt.Errorf("account %d: %w", i, errors.New("no such parent")) }, 0, 20},
		{"our own texts", func(i int) error { return fmt.Errorf("account %d is odd", i) }, 0, 100},
		{"throttled", func(int) error { return fmt.Errorf("make it: %w", api("TooManyRequestsException")) }, 3, 100},
		{"waiting", func(int) error { return &kind.Waiting{Reason: "full"} }, 0, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake()
			f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
				var i int
				_, _ = fmt.Sscan(ref.Name, &i)
				return nil, tt.err(i)
			}
			p := many(100, "a")
			r, err := Run(t.Context(), nil, kinds(f), p, nil, Options{Parallelism: 1, MaxEqual: tt.limit})
			if len(f.calls) != tt.calls {
				t.Errorf("%d calls, want %d", len(f.calls), tt.calls)
			}
			if got, want := r.Count(Skipped), 100-tt.calls; got != want || (want > 0) != (r.Ended != "") {
				t.Errorf("%d skipped, want %d; ended %q", got, want, r.Ended)
			}
			if (err == nil) != (tt.name == "waiting") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestEqualCausesOfTwoKindsAreTwo(t *testing.T) {
	f := newFake()
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) {
		return nil, &smithy.GenericAPIError{Code: "ServiceException"}
	}
	p := many(19, "a")
	p.Changes = append(p.Changes, many(19, "b").Changes...)
	for i := range 19 {
		p.Changes = append(p.Changes, change(planner.Delete, fmt.Sprint("d", i)))
	}
	r, _ := Run(t.Context(), session(t, "none"), kinds(f), p, nil, Options{})
	if r.Count(Failed) != 57 || r.Ended != "" {
		t.Errorf("%d failed, ended %q", r.Count(Failed), r.Ended)
	}
}

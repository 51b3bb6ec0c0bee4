package tell_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/reconcile/tell"
)

// What went wrong twice over in one pass is told as a whole: what was gathered,
// and what stands beside it.
func TestFlat(t *testing.T) {
	a, b, c, d := errors.New("a"), errors.New("b"), errors.New("c"), errors.New("d")
	gathered := multierror.Append(nil, a, b)
	for name, tt := range map[string]struct {
		err  error
		want []string
	}{
		"one":                    {a, []string{"a"}},
		"gathered":               {gathered, []string{"a", "b"}},
		"beside what is":         {errors.Join(gathered, c), []string{"a", "b", "c"}},
		"gathered from a join":   {multierror.Append(nil, errors.Join(a, b), c), []string{"a", "b", "c"}},
		"joined twice":           {errors.Join(errors.Join(a, b), errors.Join(c, d)), []string{"a", "b", "c", "d"}},
		"one that wraps two":     {fmt.Errorf("%w: %w", a, b), []string{"a: b"}},
		"gathered below a verb":  {fmt.Errorf("plan: %w", gathered), []string{"a", "b"}},
		"joined with a wrapping": {errors.Join(fmt.Errorf("%w: %w", a, b), c), []string{"a: b", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tell.Lines(tt.err, "")); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

package spec_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestMoreMistakes: what is not listed is counted, behind what is.
func TestMoreMistakes(t *testing.T) {
	dir := repository(t, head+"accounts: ["+strings.Repeat("5, ", 20_000)+"]\n")
	write(t, filepath.Join(dir, "beta.yaml"), strings.NewReplacer("acme", "beta", "1111", "2222").Replace(head)+"pools: ["+strings.Repeat("5, ", 501)+"]\n")
	_, err := spec.Load([]string{dir}, spec.Options{})
	var all *multierror.Error
	if !errors.As(err, &all) {
		t.Fatalf("the error is a %T", err)
	}
	type row struct {
		At   int
		Text string
		More int
	}
	var got []row
	for i, e := range all.Errors {
		var one *spec.Error
		if errors.As(e, &one) && one.More > 0 {
			got = append(got, row{i, e.Error(), one.More})
		}
	}
	want := []row{{500, "acme.yaml: and 19,500 more mistakes", 19_500}, {len(all.Errors) - 1, "beta.yaml: and 1 more mistake", 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

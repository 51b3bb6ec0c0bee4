package gitrepo

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// TestObserve: each operation is told once, and how it ended.
func TestObserve(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	o := options(t, repo)
	var got []string
	o.Observe = func(op string, took time.Duration, err error) {
		if took <= 0 {
			t.Errorf("%s took %s", op, took)
		}
		got = append(got, fmt.Sprintf("%s %v", op, err == nil))
	}
	r := open(t, o)
	publish(t, r, csv("a.csv", "1"))
	publish(t, r, csv("a.csv", "1")) // nothing
	fetch(t, r)
	if err := r.Export(t.Context(), r.Head(), filepath.Join(t.TempDir(), "x")); err != nil {
		t.Fatal(err)
	}
	repo.Hook("pre-receive", "exit 1")
	if _, err := r.Publish(t.Context(), csv("a.csv", "2")); err == nil {
		t.Error("the hook was not asked")
	}
	r.remote.path += "x"
	if _, err := r.Fetch(t.Context()); err == nil {
		t.Error("a fetch from nowhere went through")
	}
	want := []string{"clone true", "commit true", "push true", "fetch true", "export true", "commit true", "push false", "fetch false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not tell which files are open")
	}
	return len(all)
}

// TestNoLeaks: what goes well and what goes wrong, many times over, leaves no
// goroutine and no open file behind.
func TestNoLeaks(t *testing.T) {
	for _, remote := range remotes[1:] { // a path is as a file URL
		t.Run(remote.name, func(t *testing.T) {
			repo := gitserver.Init(t)
			repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
			o := options(t, repo)
			remote.set(t, repo, &o)
			r := open(t, o)
			dir := t.TempDir()
			rounds := 12
			if remote.name == "ssh" {
				rounds = 4 // each is a login
			}
			round := func(i int) {
				publish(t, r, csv("a.csv", fmt.Sprint(i)))
				repo.Commit(gitserver.Commit{Files: map[string]string{"a": fmt.Sprint(i)}})
				h := fetch(t, r)
				if err := r.Export(t.Context(), h.Commit, filepath.Join(dir, "x")); err != nil {
					t.Fatal(err)
				}
				repo.Hook("pre-receive", "exit 1")
				if _, err := r.Publish(t.Context(), csv("b.csv", fmt.Sprint(i))); err == nil {
					t.Fatal("the hook was not asked")
				}
				repo.Hook("pre-receive", "")
				if err := os.Rename(repo.Path, repo.Path+"x"); err != nil {
					t.Fatal(err)
				}
				if _, err := r.Fetch(t.Context()); err == nil {
					t.Fatal("a fetch from nowhere went through")
				}
				if err := os.Rename(repo.Path+"x", repo.Path); err != nil {
					t.Fatal(err)
				}
			}
			round(-1)
			files, routines := descriptors(t), runtime.NumGoroutine()
			for i := range rounds {
				round(i)
			}
			for end := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
				f, g := descriptors(t), runtime.NumGoroutine()
				if f <= files && g <= routines {
					break
				}
				if time.Now().After(end) {
					buf := make([]byte, 1<<20)
					t.Fatalf("%d files and %d goroutines, were %d and %d\n%s", f, g, files, routines, buf[:runtime.Stack(buf, true)])
				}
			}
		})
	}
}

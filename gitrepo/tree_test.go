package gitrepo

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// anyFiles are a few files at paths that sort in awkward ways: git sorts a
// folder as if its name ended in a slash.
func anyFiles(rng *rand.Rand, n int, suffix string) map[string]string {
	names := []string{"a", "a-b", "a.b", "a0", "ab", "A", "z", "accounts", "é", "a b"}
	files := map[string]string{}
	for range n {
		var path []string
		for range rng.IntN(4) {
			path = append(path, names[rng.IntN(len(names))]+[]string{"", ".d"}[rng.IntN(2)])
		}
		path = append(path, names[rng.IntN(len(names))]+suffix)
		files[strings.Join(path, "/")] = fmt.Sprint(rng.IntN(3))
	}
	return files
}

// TestRewriteLikeGit: the tree that we make of another is the one that git makes.
func TestRewriteLikeGit(t *testing.T) {
	repo := gitserver.Init(t)
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		base := repo.Commit(gitserver.Commit{Onto: "none", Files: anyFiles(rng, 12, ".x")})
		base = repo.Commit(gitserver.Commit{Onto: base, Files: anyFiles(rng, 6, ".csv")})
		files := anyFiles(rng, 8, ".csv")
		want := repo.Git("rev-parse", repo.Commit(gitserver.Commit{Onto: base, Files: files})+"^{tree}")

		s := openStore(repo.Path)
		w := newRewriter(s, nil)
		change := map[string][]byte{}
		for p, text := range files {
			change[p] = []byte(text)
		}
		got, err := w.rewrite(plumbing.NewHash(repo.Git("rev-parse", base+"^{tree}")), "", change)
		if err != nil || got.String() != want {
			t.Errorf("seed %d: tree %s, %v; git makes %s", seed, got, err, want)
		}
		again, err := newRewriter(s, nil).rewrite(got, "", change)
		if err != nil || again != got {
			t.Errorf("seed %d: once more makes %s of %s, %v", seed, again, got, err)
		}
	}
}

// FuzzCheckPath: what may be published is a clean path to a CSV.
func FuzzCheckPath(f *testing.F) {
	for _, p := range []string{"a.csv", "a/b.csv", "../a.csv", "a/../b.csv", ".git/a.csv", "/a.csv", "a//b.csv", "a.csv/", "\x00.csv"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if checkPath(p) != nil {
			return
		}
		low := "/" + strings.ToLower(p) + "/"
		for _, bad := range []string{"/../", "/./", "//", "/.git/", "/git~1/", "\\", "\n", "\x00"} {
			if strings.Contains(low, bad) {
				t.Errorf("%q may be published", p)
			}
		}
		if !strings.HasSuffix(p, ".csv") {
			t.Errorf("%q may be published", p)
		}
	})
}

// TestLargeRepository: a publication into 10,000 files reads the folders on its
// way, not the files.
func TestLargeRepository(t *testing.T) {
	repo := gitserver.Init(t)
	files := map[string]string{}
	for i := range 10_000 {
		files[fmt.Sprintf("d%02d/f%04d.yaml", i%100, i)] = strings.Repeat(fmt.Sprint(i), 2000)
	}
	repo.Commit(gitserver.Commit{Files: files})
	r := open(t, options(t, repo))
	before := allocated()
	publish(t, r, csv("accounts/a.csv", "1\n"))
	publish(t, r, csv("d42/a.csv", "1\n"))
	// 10,000 files of 8 kB are 80 MB.
	if used := (allocated() - before) >> 20; used > 12 {
		t.Errorf("two publications took %d MB", used)
	}
	repo.Fsck()
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

package gitrepo

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// TestBrokenClone: whatever a kill, a full disk or a hand does to the clone, the
// next start has a good one.
func TestBrokenClone(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a: 1\n"}})
	second := repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a: 2\n", "big": strings.Repeat("0123456789", 1000)}})
	one := func(t *testing.T, dir, pattern string) string {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s in the clone", pattern)
		}
		if err := os.Chmod(found[0], 0o600); err != nil {
			t.Fatal(err)
		}
		return found[0]
	}
	for name, spoil := range map[string]func(t *testing.T, dir string) error{
		"pack cut off": func(t *testing.T, dir string) error { return os.Truncate(one(t, dir, "objects/pack/*.pack"), 100) },
		"pack empty":   func(t *testing.T, dir string) error { return os.Truncate(one(t, dir, "objects/pack/*.pack"), 0) },
		"pack gone":    func(t *testing.T, dir string) error { return os.Remove(one(t, dir, "objects/pack/*.pack")) },
		"index cut off": func(t *testing.T, dir string) error {
			return os.Truncate(one(t, dir, "objects/pack/*.idx"), 100)
		},
		"index gone":   func(t *testing.T, dir string) error { return os.Remove(one(t, dir, "objects/pack/*.idx")) },
		"objects gone": func(t *testing.T, dir string) error { return os.RemoveAll(filepath.Join(dir, "objects")) },
		"ref empty":    func(t *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, "refs/heads/main"), 0) },
		"config broken": func(t *testing.T, dir string) error {
			return os.WriteFile(filepath.Join(dir, "config"), []byte("[core\n"), 0o600)
		},
		"a bit flipped": func(t *testing.T, dir string) error {
			path := one(t, dir, "objects/pack/*.pack")
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(path, b, 0o600)
		},
		"half cloned beside": func(t *testing.T, dir string) error {
			if err := os.Rename(dir, dir+".new"); err != nil {
				return err
			}
			return os.RemoveAll(filepath.Join(dir+".new", "refs"))
		},
		"killed between two renames": func(t *testing.T, dir string) error { return os.Rename(dir, dir+".old") },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, repo)
			open(t, o)
			if err := spoil(t, o.Dir); err != nil {
				t.Fatal(err)
			}
			r := open(t, o)
			if got, err := r.File(r.Head(), "payers/a.yaml"); r.Head() != second || err != nil || string(got) != "a: 2\n" {
				t.Errorf("head %s, file %q, %v", r.Head(), got, err)
			}
			if err := r.Export(t.Context(), second, filepath.Join(t.TempDir(), "x")); err != nil {
				t.Error(err)
			}
			around, err := os.ReadDir(filepath.Dir(o.Dir))
			if err != nil || len(around) != 1 {
				t.Errorf("beside the clone is something left: %v, %v", around, err)
			}
		})
	}
}

// TestBrokenWhileRunning: a clone that is spoiled under a running process is
// made anew by the next fetch.
func TestBrokenWhileRunning(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	o := options(t, repo)
	r := open(t, o)
	if err := os.RemoveAll(filepath.Join(o.Dir, "objects")); err != nil {
		t.Fatal(err)
	}
	second := repo.Commit(gitserver.Commit{Files: map[string]string{"b": "b"}})
	if h := fetch(t, r); h.Commit != second {
		t.Errorf("head %s, want %s", h.Commit, second)
	}
	if got, err := r.File(second, "a"); err != nil || string(got) != "a" {
		t.Errorf("file %q, %v", got, err)
	}
}

// TestRotWhileRunning: a file of the clone goes bad, the remote has nothing new.
// Who meets it gets an error, the next fetch makes the clone anew.
func TestRotWhileRunning(t *testing.T) {
	repo := gitserver.Init(t)
	head := repo.Commit(gitserver.Commit{Files: map[string]string{"a": strings.Repeat("abc", 1000), "b": "b"}})
	for name, meet := range map[string]func(r *Repo) error{
		"export": func(r *Repo) error { return r.Export(t.Context(), head, filepath.Join(t.TempDir(), "x")) },
		"file":   func(r *Repo) error { _, err := r.File(head, "a"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, repo)
			r := open(t, o)
			found, err := filepath.Glob(filepath.Join(o.Dir, "objects/pack/*.pack"))
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			b, err := os.ReadFile(found[0])
			if err != nil {
				t.Fatal(err)
			}
			for i := 12; i < len(b); i++ {
				b[i] ^= 0x55
			}
			if err := os.Chmod(found[0], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(found[0], b, 0o600); err != nil {
				t.Fatal(err)
			}
			r.mu.Lock()
			r.store = openStore(o.Dir) // without what it has in memory
			r.mu.Unlock()
			if err := meet(r); err == nil {
				t.Fatal("rot was read")
			}
			fetch(t, r)
			if err := meet(r); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOtherClone: the clone of another URL is replaced, and what is no clone of
// ours is never touched.
func TestOtherClone(t *testing.T) {
	repo, other := gitserver.Init(t), gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	want := other.Commit(gitserver.Commit{Files: map[string]string{"b": "b"}})
	o := options(t, repo)
	open(t, o)
	o.URL = other.Path
	if r := open(t, o); r.Head() != want {
		t.Errorf("head %s, want %s", r.Head(), want)
	}
	other.Commit(gitserver.Commit{Branch: "next", Onto: want, Files: map[string]string{"c": "c"}})
	o.Branch = "next"
	if r := open(t, o); r.Head() != other.Head("next") {
		t.Errorf("head %s, want that of the other branch", r.Head())
	}

	mine := filepath.Join(t.TempDir(), "mine")
	put(t, filepath.Join(mine, "thesis.txt"), "years of work")
	for _, dir := range []string{mine, repo.Path} {
		o.Dir = dir
		_, err := Open(t.Context(), o)
		refuse(t, err, "holds something else than a clone of ours")
	}
	o.Dir = filepath.Join(filepath.Dir(mine), "clone")
	if err := os.Rename(mine, o.Dir+".old"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), o)
	refuse(t, err, "is in the way, and is not ours")
	if _, err := os.Stat(filepath.Join(o.Dir+".old", "thesis.txt")); err != nil {
		t.Error(err)
	}
}

// TestRemoteAway: a start and all reads go on from what was fetched, a fetch and
// a publication say what is wrong, and all is well when the remote is back.
func TestRemoteAway(t *testing.T) {
	repo := gitserver.Init(t)
	first := repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server := gitserver.HTTP(t, repo.Root, "")
	o := options(t, repo)
	o.URL = server.URL + "/" + repo.Name
	open(t, o)
	server.Down()
	r := open(t, o)
	if r.Head() != first {
		t.Errorf("head %s, want %s", r.Head(), first)
	}
	for range 3 {
		_, err := r.Fetch(t.Context())
		refuse(t, err, "reach "+o.URL)
		_, err = r.Publish(t.Context(), csv("a.csv", "1"))
		refuse(t, err, "reach "+o.URL)
	}
	if err := r.Export(t.Context(), first, filepath.Join(t.TempDir(), "x")); err != nil {
		t.Error(err)
	}
	fresh := o
	fresh.Dir += "2"
	if _, err := Open(t.Context(), fresh); err == nil {
		t.Error("a clone without a remote was made")
	}
	if _, err := os.Stat(fresh.Dir); !os.IsNotExist(err) {
		t.Errorf("a clone that was not made left its folder: %v", err)
	}
	server.Up()
	made := publish(t, r, csv("a.csv", "1"))
	if h := fetch(t, r); h.Commit != made || repo.Head("main") != made {
		t.Errorf("head %s, want %s", h.Commit, made)
	}
}

// TestCutOff: a remote that goes away amid a pack leaves nothing behind.
func TestCutOff(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server := gitserver.HTTP(t, repo.Root, "")
	o := options(t, repo)
	o.URL = server.URL + "/" + repo.Name
	r := open(t, o)
	second := repo.Commit(gitserver.Commit{Files: map[string]string{"b": strings.Repeat("b", 100)}})
	server.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		_, _ = w.Write([]byte("0008NAK\n0015\x01PACK\x00\x00\x00\x02\x00\x00\x00\x03half"))
		return true
	})
	for range 5 {
		if h, err := r.Fetch(t.Context()); err == nil {
			t.Errorf("half a pack gave %+v", h)
		}
	}
	left, err := filepath.Glob(filepath.Join(o.Dir, "objects", "pack", tmpPack+"*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left in the clone: %v, %v", left, err)
	}
	server.Before(nil)
	if h := fetch(t, r); h.Commit != second {
		t.Errorf("head %s, want %s", h.Commit, second)
	}
}

// TestOnDisk tells a disk that takes no more from a remote that goes away.
func TestOnDisk(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "file"), "")
	if err := savePack(file, strings.NewReader("PACK")); !onDisk(err) {
		t.Errorf("no folder to write to: %v", err)
	}
	if err := savePack(t.TempDir(), strings.NewReader("PACK")); err == nil || onDisk(err) {
		t.Errorf("half a pack: %v", err)
	}
	closed, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = closed.Close(), other.Close()
	if err := savePack(t.TempDir(), closed); err == nil || onDisk(err) {
		t.Errorf("a process that is gone: %v", err)
	}
}

// TestCrowded: a clone does not grow for ever, and goes on while it is made anew.
func TestCrowded(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	o := options(t, repo)
	r := open(t, o)
	found, err := filepath.Glob(filepath.Join(o.Dir, "objects", "pack", "*.idx"))
	if err != nil || len(found) != 1 {
		t.Fatalf("packs %v, %v", found, err)
	}
	for i := range maxPacks {
		put(t, filepath.Join(o.Dir, "objects", "pack", "old"+strings.Repeat("x", i)+".idx"), "")
	}
	second := repo.Commit(gitserver.Commit{Files: map[string]string{"b": "b"}})
	if h := fetch(t, r); h.Commit != second {
		t.Errorf("head %s, want %s", h.Commit, second)
	}
	found, err = filepath.Glob(filepath.Join(o.Dir, "objects", "pack", "*.idx"))
	if err != nil || len(found) != 1 {
		t.Errorf("%d packs, %v; want one", len(found), err)
	}
	if got, err := r.File(second, "a"); err != nil || string(got) != "a" {
		t.Errorf("file %q, %v", got, err)
	}
}

// TestCanceled: nothing is begun for one who has gone.
func TestCanceled(t *testing.T) {
	repo := gitserver.Init(t)
	head := repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	r := open(t, options(t, repo))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Fetch(ctx); err == nil {
		t.Error("a fetch went through")
	}
	if _, err := r.Publish(ctx, csv("a.csv", "1")); err == nil {
		t.Error("a publication went through")
	}
	if err := r.Export(ctx, head, filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("an export went through")
	}
}

package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// gitSource is a clone of a repository. Every commit that is looked at has a
// folder of its own below trees/, so that a pass goes on from its commit while
// the branch moves.
type gitSource struct {
	options func(*config.Config) (gitrepo.Options, error)
	trees   string // the folder that holds them
	folder  string // of the payer files, in the repository
	presets fs.FS
	log     *slog.Logger

	wanted  atomic.Pointer[config.Config] // of the next look
	repo    atomic.Pointer[gitrepo.Repo]  // nil until the first look that worked
	opened  gitrepo.Options               // of repo; looks alone use it, one at a time
	past    past
	mu      sync.Mutex   // one export at a time
	reading sync.RWMutex // no tree is removed while one is read
}

func (g *gitSource) configure(cfg *config.Config) { g.wanted.Store(cfg) }

// ensure opens the clone, or makes it, and opens it anew for a new config. Trees
// of an earlier process are removed: what they hold that git has not is written
// again by the next pass.
func (g *gitSource) ensure(ctx context.Context) (*gitrepo.Repo, error) {
	o, err := g.options(g.wanted.Load())
	if err != nil {
		return nil, err
	}
	repo := g.repo.Load()
	if repo != nil && sameRepo(g.opened, o) {
		return repo, nil
	}
	if repo == nil {
		if err := os.RemoveAll(g.trees); err != nil {
			return nil, fmt.Errorf("clear %s: %w", g.trees, err)
		}
	}
	if repo, err = gitrepo.Open(ctx, o); err != nil {
		return nil, err
	}
	g.opened = o
	g.repo.Store(repo)
	return repo, nil
}

// sameRepo says that a clone opened with a needs not be opened anew for b: the
// keys that sign count by what their files hold now.
func sameRepo(a, b gitrepo.Options) bool {
	a.Log, b.Log, a.Observe, b.Observe = nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}

func (g *gitSource) look(ctx context.Context, old *view) (*view, error) {
	repo, err := g.ensure(ctx)
	if err != nil {
		return nil, err
	}
	head, err := repo.Fetch(ctx)
	commit := head.Commit
	if err != nil {
		commit = repo.Head()
		if old != nil || commit == "" {
			return nil, err
		}
		g.log.Warn("the remote cannot be read; what was fetched before stays in force", "commit", commit, "error", err)
	}
	v := &view{commit: commit, fetched: head.Time, unverified: head.Unverified, behind: err}
	if old != nil && old.commit == commit {
		v.entries, v.mistakes = old.entries, old.mistakes
		return v, nil
	}
	if old != nil {
		if same, err := repo.OnlyCSV(old.commit, commit); err == nil && same { // such as our own
			v.entries, v.mistakes = old.entries, old.mistakes
			return v, nil
		}
	}
	l, err := g.load(ctx, commit)
	if err != nil {
		return nil, err
	}
	was := map[string]*entry{}
	switch {
	case old != nil:
		was = old.entries
	case l.err != nil:
		if was, err = g.lastSound(ctx, l); err != nil {
			return nil, err
		}
	}
	if noFile(l.err) {
		return v.empty(old, &pathError{g.folder, l.err})
	}
	v.entries, v.mistakes, err = settle(l, was)
	return v, err
}

// load reads the payer files of a commit.
func (g *gitSource) load(ctx context.Context, commit string) (loaded, error) {
	g.reading.RLock()
	defer g.reading.RUnlock()
	tree, err := g.export(ctx, commit)
	if err != nil {
		return loaded{}, err
	}
	payers, err := spec.Load([]string{filepath.Join(tree, filepath.FromSlash(g.folder))}, spec.Options{Presets: g.presets, Root: tree})
	return loaded{
		commit: commit, tree: tree, payers: payers, err: err,
		digest: func(p *spec.Payer) (string, error) { return g.digest(commit, p) },
	}, nil
}

// below is the name of a file from a folder above it, with slashes.
func below(root, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

// export makes the folder of a commit, once.
func (g *gitSource) export(ctx context.Context, commit string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	tree := filepath.Join(g.trees, commit)
	if _, err := os.Lstat(tree); err == nil {
		return tree, nil
	}
	if err := g.repo.Load().Export(ctx, commit, tree); err != nil {
		return "", err
	}
	return tree, nil
}

// digest names the content of all files that a payer was read from.
func (g *gitSource) digest(commit string, p *spec.Payer) (string, error) {
	h := sha256.New()
	for _, path := range p.Sources {
		id, _, err := g.repo.Load().Blob(commit, path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %s\n", path, id)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// lookBack is how many commits are searched for the last sound form of a payer
// file that is broken when the process starts. Commits of CSVs do not count: ours
// pile up on a broken file.
const lookBack = 100

// lastSound walks back from a commit whose files are not all sound, and gives
// the newest sound form of each payer that it lacks.
func (g *gitSource) lastSound(ctx context.Context, l loaded) (map[string]*entry, error) {
	found := map[string]*entry{}
	newer, walked := l.commit, 0
	var failed error
	err := g.repo.Load().History(l.commit, func(commit string) bool {
		if commit == l.commit {
			return true
		}
		same, err := g.repo.Load().OnlyCSV(commit, newer)
		newer = commit
		if failed = errors.Join(err, ctx.Err()); failed != nil {
			return false
		}
		if same {
			return true
		}
		walked++
		older, err := g.load(ctx, commit)
		if err == nil {
			err = g.adopt(older, l, found)
		}
		failed = err
		return err == nil && older.err != nil && walked < lookBack
	})
	return found, errors.Join(err, failed)
}

// adopt takes those payers of an older commit whose files the newer one has and
// cannot read. Their CSVs are those of the newer commit.
func (g *gitSource) adopt(older, l loaded, found map[string]*entry) error {
	have := map[string]bool{}
	for _, p := range l.payers {
		have[p.Name] = true
	}
	for _, p := range older.payers {
		e := &entry{name: p.Name, file: below(older.tree, p.Path), payer: p, commit: older.commit, tree: older.tree}
		if have[p.Name] || found[p.Name] != nil || find(spec.Broken(l.err), e) == nil {
			continue
		}
		var err error
		if e.digest, err = older.digest(p); err != nil {
			return err
		}
		for _, csv := range p.CSVs() {
			b, err := g.repo.Load().File(l.commit, csv.Path)
			if err == nil && b != nil {
				err = inventory.Write(older.tree, csv.Path, b)
			}
			if err != nil {
				return err
			}
		}
		found[p.Name] = e
	}
	return nil
}

// The longest that a look, and the first, which clones, may take: a server that
// takes connections and says nothing must not hold the daemon.
const (
	fetchTime = 2 * time.Minute
	cloneTime = 20 * time.Minute
)

func (g *gitSource) lookTime() time.Duration {
	if g.repo.Load() == nil {
		return cloneTime
	}
	return fetchTime
}

// refresh writes the CSVs as the push branch has them into the payer's tree: what
// was committed there and is not merged yet is not lost, and what an earlier pass
// wrote and could not publish is written anew.
func (g *gitSource) refresh(e *entry) error {
	for _, csv := range e.payer.CSVs() {
		b, err := g.repo.Load().Tracked(csv.Path)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		if _, err := inventory.IDs(reconcile.Columns(csv), b); err != nil {
			continue // what the commit in force has counts, and Publish refuses to write over it
		}
		if have, err := os.ReadFile(filepath.Join(e.tree, filepath.FromSlash(csv.Path))); err == nil && bytes.Equal(have, b) {
			continue
		}
		if err := inventory.Write(e.tree, csv.Path, b); err != nil {
			return err
		}
	}
	return nil
}

func (g *gitSource) facts(e *entry) spec.Run {
	return spec.Run{Commit: e.commit, Changed: sync.OnceValue(func() time.Time {
		at, err := g.repo.Load().Changed(e.commit, e.file)
		if err != nil {
			g.log.Warn("when a payer file last changed is not known", "payer", e.name, "error", err)
		}
		return at
	})}
}

func (g *gitSource) committed(e *entry, path string) ([]byte, error) {
	return g.repo.Load().File(e.commit, path)
}

// pastCommits is how many earlier commits are kept as they were read: where drift
// is reported, every pass asks for the same one or two.
const pastCommits = 8

func (g *gitSource) before(ctx context.Context, e *entry, commit string) (*spec.Payer, error) {
	if _, known, err := g.repo.Load().Blob(commit, e.file); err != nil || !known {
		return nil, fmt.Errorf("%w: %s has no %s", reconcile.ErrNoCommit, words.Commit(commit), e.file)
	}
	payers, err := g.past.of(commit, func() ([]*spec.Payer, error) {
		l, err := g.load(ctx, commit)
		return l.payers, err
	})
	if err != nil {
		return nil, err
	}
	for _, p := range payers {
		if p.Name == e.name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %s is not sound in %s", reconcile.ErrNoCommit, e.file, words.Commit(commit))
}

// past keeps the payers of earlier commits.
type past struct {
	mu  sync.Mutex
	all map[string][]*spec.Payer
}

// of gives the payers of a commit, read where they are not kept.
func (p *past) of(commit string, read func() ([]*spec.Payer, error)) ([]*spec.Payer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept, ok := p.all[commit]; ok {
		return kept, nil
	}
	payers, err := read()
	if err != nil {
		return nil, err
	}
	if p.all == nil || len(p.all) >= pastCommits {
		p.all = map[string][]*spec.Payer{}
	}
	p.all[commit] = payers
	return payers, nil
}

func (g *gitSource) publish(ctx context.Context, p publication) (string, error) {
	repo := g.repo.Load()
	was := map[string][]byte{}
	for path := range p.files {
		b, err := repo.Tracked(path)
		if err != nil {
			return "", err
		}
		if was[path] = b; !p.keep(b) {
			delete(p.files, path)
		}
	}
	return repo.Publish(ctx, gitrepo.Change{
		Files: p.files, Message: p.message(func(path string) []byte { return was[path] }),
		Payer: p.entry.name, Source: p.entry.payer.Run.Commit, Check: p.check, Now: time.Now(),
	})
}

// keep removes the trees that are not in use; where one is being read, the next
// call does it.
func (g *gitSource) keep(inUse map[string]bool) {
	if !g.reading.TryLock() {
		return
	}
	defer g.reading.Unlock()
	all, err := os.ReadDir(g.trees)
	if err != nil {
		return // there is none yet
	}
	for _, t := range all {
		if path := filepath.Join(g.trees, t.Name()); !inUse[path] {
			if err := os.RemoveAll(path); err != nil {
				g.log.Warn("an old tree cannot be removed", "path", path, "error", err)
			}
		}
	}
}

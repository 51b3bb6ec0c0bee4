package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// localSource is a folder without a remote: payer files are read as they stand
// there, and CSVs are written beside them and committed by nobody.
type localSource struct {
	folder  string
	presets fs.FS
}

func (l *localSource) look(_ context.Context, old *view) (*view, error) {
	root, err := spec.Root(l.folder)
	if err != nil {
		return nil, err
	}
	payers, err := spec.Load([]string{l.folder}, spec.Options{Presets: l.presets})
	if noFile(err) {
		return (&view{fetched: time.Now()}).empty(old, &pathError{l.folder, err})
	}
	read := loaded{
		tree: root, payers: payers, err: err,
		digest: func(p *spec.Payer) (string, error) { return contents(root, p) },
	}
	history := gitrepo.LocalHistory(root)
	v := &view{commit: history.Commit(), fetched: time.Now()}
	read.commit = v.commit
	var was map[string]*entry
	if old != nil {
		was = old.entries
	}
	v.entries, v.mistakes, err = settle(read, was)
	return v, err
}

// contents names the content of all files that a payer was read from.
func contents(root string, p *spec.Payer) (string, error) {
	h := sha256.New()
	for _, path := range p.Sources {
		b, err := content(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			return "", fmt.Errorf("read %s again: %w", path, err)
		}
		fmt.Fprintf(h, "%q %x\n", path, sha256.Sum256(b))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// content is that of a file, or of a link where it leads.
func content(path string) ([]byte, error) {
	if to, err := os.Readlink(path); err == nil {
		return []byte("-> " + to), nil
	}
	return os.ReadFile(path)
}

func (l *localSource) lookTime() time.Duration { return time.Hour } // a disk

func (l *localSource) refresh(*entry) error { return nil }

// facts are those of the commit that is checked out, where there is one and the
// payer's files are as it has them.
func (l *localSource) facts(e *entry) spec.Run {
	h := gitrepo.LocalHistory(e.tree)
	return spec.Run{Commit: h.Commit(), Changed: h.Changed(e.payer.Path)}
}

func (l *localSource) committed(e *entry, path string) ([]byte, error) {
	return gitrepo.LocalHistory(e.tree).Committed(path)
}

func (l *localSource) before(context.Context, *entry, string) (*spec.Payer, error) {
	return nil, fmt.Errorf("%w: a folder without a remote has no history to read", reconcile.ErrNoCommit)
}

func (l *localSource) publish(context.Context, publication) (string, error) { return "", nil }

func (l *localSource) keep(map[string]bool) {}

func (l *localSource) configure(*config.Config) {}

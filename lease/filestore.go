package lease

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// fileStore keeps an object in a file, with the promises of a [Store] among the
// processes of one machine. Its clock is the machine's.
type fileStore struct{ dir, name string }

// PauseFile is the store of a payer's pause where no lease is named: the file
// PAYER.pause in the state folder.
func PauseFile(dir, payer string) Store { return &fileStore{dir, payer + ".pause"} }

// Get reads the file.
func (s *fileStore) Get(context.Context) (Object, error) {
	none := Object{Now: time.Now()}
	if err := s.check(); err != nil {
		return none, err
	}
	f, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return none, fmt.Errorf("read %s: %w", s.path(), ErrNone)
	}
	if err != nil {
		return none, fmt.Errorf("read pause: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return none, fmt.Errorf("read pause: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > biggest {
		return none, fmt.Errorf("read %s: %w", s.path(), &ForeignError{What: "pause", Why: errors.New("it is no small file")})
	}
	body := make([]byte, info.Size())
	if _, err := f.ReadAt(body, 0); err != nil && len(body) > 0 {
		return none, fmt.Errorf("read %s: %w", s.path(), err)
	}
	now := time.Now()
	return Object{Body: body, Tag: tagOf(body), Age: max(0, now.Sub(info.ModTime())), Now: now}, nil
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Create makes the file where there is none.
func (s *fileStore) Create(ctx context.Context, body []byte) (string, error) {
	return s.write(ctx, body, "")
}

// Replace puts a file in place of the one with the tag.
func (s *fileStore) Replace(ctx context.Context, body []byte, tag string) (string, error) {
	return s.write(ctx, body, tag)
}

// Remove removes the file with the tag.
func (s *fileStore) Remove(ctx context.Context, tag string) error {
	return s.change(ctx, tag, func() error { return os.Remove(s.path()) })
}

func (s *fileStore) write(ctx context.Context, body []byte, tag string) (string, error) {
	err := s.change(ctx, tag, func() error {
		f, err := os.CreateTemp(s.dir, "."+s.name+".*")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		_, err = f.Write(body)
		err = errors.Join(err, f.Chmod(0o644), giveTo(s.dir, f.Name()), f.Sync(), f.Close())
		if err != nil {
			return err
		}
		return os.Rename(f.Name(), s.path())
	})
	return tagOf(body), err
}

// change does something where the file has the tag, or, where that is empty, is
// not there. Those who change files of the folder do it one after the other.
func (s *fileStore) change(ctx context.Context, tag string, do func() error) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	l := flock.New(filepath.Join(s.dir, ".changes"), flock.SetPermissions(0o644))
	if _, err := l.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", l.Path(), err)
	}
	defer l.Close()
	if err := giveTo(s.dir, l.Path()); err != nil {
		return err
	}
	have, err := s.Get(ctx)
	switch {
	case errors.Is(err, ErrNone):
		have.Tag = ""
	case err != nil:
		return err
	}
	if have.Tag != tag {
		return fmt.Errorf("write %s: %w", s.path(), ErrConflict)
	}
	if err := do(); err != nil {
		return fmt.Errorf("write %s: %w", s.path(), err)
	}
	return nil
}

func (s *fileStore) path() string { return filepath.Join(s.dir, s.name) }

func (s *fileStore) check() error { return checkName(s.name) }

// checkName refuses a name that would lead out of the folder.
func checkName(name string) error {
	if strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%q is no name of a file", name)
	}
	return nil
}

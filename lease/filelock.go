package lease

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// FileLock is a lock among the processes of one machine, see [File].
type FileLock struct {
	o    Options
	file *flock.Flock
	lost chan struct{}

	mu       sync.Mutex
	over     error
	released bool
	writes   context.Context // ends when the writes under way must
	cut      context.CancelCauseFunc
}

var _ Lock = (*FileLock)(nil)

// File takes the lock of a payer by the file PAYER.lock in the state folder,
// which it makes. It is there as long as the process: nobody has to take it
// over. Where another has it, the error is a *HeldError; the file says who that
// is. The file stays when the lock is released: if it were removed, one process
// could lock the old one and another the new.
func File(dir, payer string, o Options) (*FileLock, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if err := checkName(payer + ".lock"); err != nil {
		return nil, fmt.Errorf("lock payer: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	path := filepath.Join(dir, payer+".lock")
	l := &FileLock{o: o, lost: make(chan struct{}), file: flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o644))}
	got, err := l.file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock payer: %w", err)
	}
	if !got {
		return nil, holderOf(path)
	}
	l.writes, l.cut = context.WithCancelCause(context.Background())
	b := body{Holder: o.Holder, Who: o.Who, Command: o.Command, Since: o.wall().Round(0).UTC(), Version: o.Version}
	err = giveTo(dir, path)
	if err == nil {
		err = os.WriteFile(path, b.encode(), 0o644)
	}
	if err != nil {
		l.file.Close()
		return nil, fmt.Errorf("lock payer: %w", err)
	}
	o.Log.Info("lock acquired", "file", path, "holder", o.Holder)
	return l, nil
}

// holderOf says who has a lock, as far as the file tells.
func holderOf(path string) error {
	e := &HeldError{Left: -1}
	var b body
	if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &b) == nil {
		e.Holder, e.Who, e.Command, e.Since = b.Holder, b.Who, b.Command, b.Since
	}
	return fmt.Errorf("lock payer: %w", e)
}

// Gate lets a write through as long as the lock is held, and the file that is
// locked is still the one that others would lock.
func (l *FileLock) Gate(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if err := l.check(); err != nil {
		return nil, nil, err
	}
	ctx, cut := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.writes, func() { cut(context.Cause(l.writes)) })
	return ctx, func() {
		stop()
		cut(nil)
	}, nil
}

// check says why the lock is not held any more, if it is not.
func (l *FileLock) check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return l.over
	}
	err := l.same()
	if err == nil {
		return nil
	}
	l.over = fmt.Errorf("%w: %w", ErrLost, err)
	l.cut(l.over)
	close(l.lost)
	l.o.Log.Error("lock lost", "file", l.file.Path(), "error", l.over)
	if l.o.Lost != nil {
		go l.o.Lost(l.over) // it may ask the lock
	}
	return l.over
}

// same says why the file is not the one that was locked, if it is not.
func (l *FileLock) same() error {
	ours, err := l.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(l.file.Path())
	if err != nil {
		return err
	}
	if !os.SameFile(ours, there) {
		return errors.New("somebody replaced the file " + l.file.Path())
	}
	return nil
}

// Lost is closed when somebody took the file away, which Gate finds out.
func (l *FileLock) Lost() <-chan struct{} { return l.lost }

// Release gives the lock back. What the file said of us is gone before.
func (l *FileLock) Release(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released {
		return nil
	}
	l.released = true
	var err error
	if l.over == nil {
		l.over = errReleased
		err = os.Truncate(l.file.Path(), 0)
	}
	l.cut(l.over)
	if err = errors.Join(err, l.file.Close()); err != nil {
		return fmt.Errorf("release lock: %w", err)
	}
	return nil
}

// Holder is the id under which the lock is held.
func (l *FileLock) Holder() string { return l.o.Holder }

// Expires is zero: the lock does not run out.
func (l *FileLock) Expires() time.Time { return time.Time{} }

package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/spec"
)

// A Writer is the right of this process to write to one payer: the lease where
// the payer names one, else a lock in the state folder. It may be kept from pass
// to pass, while another process stands by. One goroutine takes and releases it;
// [Writer.Gate] may be asked from many.
type Writer struct {
	// PauseLook is how often Watch looks whether somebody paused the payer; 0 is
	// half a minute.
	PauseLook time.Duration

	stateDir string
	who      lease.Options
	held     atomic.Pointer[held]
	others   *spec.Payer // with the lease that another process had when it was last asked for
}

// held is a lock that is ours.
type held struct {
	key, kind string
	lock      lease.Lock
}

// NewWriter makes the writer of one payer. stateDir is the folder of the file
// locks; it is made where it is missing.
func NewWriter(stateDir string, who lease.Options) *Writer {
	if who.Holder == "" {
		who.Holder = lease.NewHolder()
	}
	if who.Seen == nil {
		who.Seen = &lease.Seen{}
	}
	who.Call = leaseCall
	return &Writer{stateDir: stateDir, who: who}
}

// leaseCall is the context for the calls of a lease: they are what the gate
// itself lives on, and their renewals would fill the audit log.
func leaseCall(ctx context.Context, renewal bool) context.Context {
	ctx = cloud.WithoutGate(ctx)
	if renewal {
		ctx = cloud.WithoutAudit(ctx)
	}
	return ctx
}

// errNotHeld is the error of a write without the lock. It is never seen unless
// a pass writes where it must only plan.
var errNotHeld = errors.New("the right to write to this payer is not held, so nothing is written")

// Gate lets a write through while the lock is held for long enough: for
// [cloud.Options].Gate.
func (w *Writer) Gate(ctx context.Context) (context.Context, context.CancelFunc, error) {
	h := w.held.Load()
	if h == nil {
		return nil, nil, errNotHeld
	}
	return h.lock.Gate(ctx)
}

// Lost is closed when the lock that is held is not ours any more; nil where none
// is held.
func (w *Writer) Lost() <-chan struct{} {
	if h := w.held.Load(); h != nil {
		return h.lock.Lost()
	}
	return nil
}

// Holds says that the lock is held, and was not lost.
func (w *Writer) Holds() bool {
	h := w.held.Load()
	return h != nil && !over(h.lock.Lost())
}

// Take makes sure of the lock that the payer wants now; one that is held still
// is kept. Where another process has it, the error holds a [*lease.HeldError].
func (w *Writer) Take(ctx context.Context, s *cloud.Session, p *spec.Payer) error {
	key := lockKey(p)
	if h := w.held.Load(); h != nil {
		if h.key == key && !over(h.lock.Lost()) {
			return nil
		}
		// One that is lost, or of another bucket, is not ours to wait for.
		if err := w.Release(ctx); err != nil && !over(h.lock.Lost()) {
			return err
		}
	}
	if err := w.takenOver(ctx, s, key); err != nil {
		return err
	}
	if p.Lease == nil {
		return w.TakeFile(p)
	}
	lock, err := lease.Acquire(ctx, leaseStore(s, p, ""), w.who)
	if err != nil {
		w.others = p
		return fmt.Errorf("take the lease %s: %w", leaseName(p), err)
	}
	w.others = nil
	w.held.Store(&held{key, "s3", lock})
	return nil
}

// takenOver waits for the lease that another held when the payer named another
// place for it: who holds that one may not have read the new commit yet, and
// writes still.
func (w *Writer) takenOver(ctx context.Context, s *cloud.Session, key string) error {
	if w.others == nil || lockKey(w.others) == key || s == nil {
		return nil
	}
	lock, err := lease.Acquire(ctx, leaseStore(s, w.others, ""), w.who)
	switch {
	case errors.Is(err, lease.ErrNoBucket):
	case err != nil:
		return fmt.Errorf("take the lease %s, where it was before: %w", leaseName(w.others), err)
	default:
		if err := lock.Release(ctx); err != nil {
			return fmt.Errorf("release the lease %s, where it was before: %w", leaseName(w.others), err)
		}
	}
	w.others = nil
	return nil
}

// TakeFile takes the lock in the state folder, whatever the payer names.
func (w *Writer) TakeFile(p *spec.Payer) error {
	if h := w.held.Load(); h != nil && h.kind == "file" {
		return nil
	}
	if err := os.MkdirAll(w.stateDir, 0o755); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	lock, err := lease.File(w.stateDir, p.Name, w.who)
	if err != nil {
		return fmt.Errorf("take the lock of %s in %s: %w", p.Name, w.stateDir, err)
	}
	w.held.Store(&held{"file", "file", lock})
	return nil
}

// releaseTime bounds the release of a lease; one that is not released runs out.
const releaseTime = 10 * time.Second

// Release lets another process take the lock. It is no error where none is held.
func (w *Writer) Release(ctx context.Context) error {
	h := w.held.Swap(nil)
	if h == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	if err := h.lock.Release(ctx); err != nil {
		return fmt.Errorf("release the lock: %w", err)
	}
	return nil
}

// Held says what is held, if anything: a lease of kind "s3" or a lock of kind
// "file", who holds it, and until when it lasts unless it is renewed.
func (w *Writer) Held() (kind, holder string, expires time.Time, ok bool) {
	h := w.held.Load()
	if h == nil {
		return "", "", time.Time{}, false
	}
	return h.kind, h.lock.Holder(), h.lock.Expires(), true
}

// lockKey names what is locked: another bucket, or another way into it, is
// another lock.
func lockKey(p *spec.Payer) string {
	if p.Lease == nil {
		return "file"
	}
	role := ""
	if p.Access != nil {
		role = p.Access.RoleARN
	}
	return p.AccountID + " " + role + " " + leaseName(p)
}

func leaseName(p *spec.Payer) string { return "s3://" + p.Lease.Bucket + "/" + p.Lease.Key }

// leaseStore is an object in the lease's bucket: the lease, or what lies beside it.
func leaseStore(s *cloud.Session, p *spec.Payer, suffix string) lease.Store {
	return lease.S3(s3.NewFromConfig(s.Config(p.Lease.Region)), p.Lease.Bucket, p.Lease.Key+suffix, p.AccountID)
}

// PauseStore is where a payer's pause stands: beside its lease, else in the
// state folder. s is only asked where the payer names a lease.
func PauseStore(s *cloud.Session, p *spec.Payer, stateDir string) lease.Store {
	if p.Lease == nil {
		return lease.PauseFile(stateDir, p.Name)
	}
	return ungated{leaseStore(s, p, ".pause")}
}

// ungated is a store whose calls need no lock: who pauses does not hold it.
type ungated struct{ lease.Store }

func (u ungated) Create(ctx context.Context, body []byte) (string, error) {
	return u.Store.Create(cloud.WithoutGate(ctx), body)
}

func (u ungated) Replace(ctx context.Context, body []byte, tag string) (string, error) {
	return u.Store.Replace(cloud.WithoutGate(ctx), body, tag)
}

func (u ungated) Remove(ctx context.Context, tag string) error {
	return u.Store.Remove(cloud.WithoutGate(ctx), tag)
}

// Pause says who paused the payer, by its file or by a command, and why; nil
// where it is not paused. What cannot be read is an error, and then nothing may
// be written.
func Pause(ctx context.Context, s *cloud.Session, p *spec.Payer, stateDir string) (pause *lease.Pause, byFile bool, err error) {
	if f := p.Paused; f.At(time.Now()) {
		return &lease.Pause{By: f.Pos.String(), Reason: f.Reason, Until: f.Until}, true, nil
	}
	pause, err = lease.ReadPause(ctx, PauseStore(s, p, stateDir))
	if err != nil {
		return nil, false, fmt.Errorf("read whether %s is paused: %w", p.Name, err)
	}
	return pause, false, nil
}

// pauseLook is how often a pause is looked for while somebody writes.
const pauseLook = 30 * time.Second

// Watch gives a context for writing: it ends, with the reason as its cause, when
// the lock is lost, and, unless paused is true, when somebody pauses the payer or
// nobody can read any more whether he did. It looks once before it returns: a
// person may have paused while the plan was made, or looked at. stop ends the
// watching, and is called by whoever called Watch.
func (w *Writer) Watch(ctx context.Context, s *cloud.Session, p *spec.Payer, paused bool) (watched context.Context, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	if why := w.look(ctx, s, p, paused); why != nil {
		cancel(why)
		return watched, func() {}
	}
	var watcher sync.WaitGroup
	watcher.Go(func() { cancel(w.watch(watched, s, p, paused)) })
	return watched, func() {
		cancel(nil)
		watcher.Wait()
	}
}

// watch gives the reason why nothing may be written any more.
func (w *Writer) watch(ctx context.Context, s *cloud.Session, p *spec.Payer, paused bool) error {
	tick := time.NewTicker(cmp.Or(w.PauseLook, pauseLook))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.Lost():
			return fmt.Errorf("%w: no new changes start", lease.ErrLost)
		case <-tick.C:
		}
		if why := w.look(ctx, s, p, paused); why != nil {
			return why
		}
	}
}

// look gives the reason why nothing may be written, if there is one by now.
func (w *Writer) look(ctx context.Context, s *cloud.Session, p *spec.Payer, paused bool) error {
	if paused || w.Provisional(p) {
		return nil
	}
	pause, byFile, err := Pause(ctx, s, p, w.stateDir)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	case pause != nil:
		return &PausedError{Pause: *pause, ByFile: byFile}
	}
	return nil
}

// PausedError is why a context of [Writer.Watch] ended: somebody has paused the
// payer while it was written to.
type PausedError struct {
	Pause  lease.Pause
	ByFile bool // the payer file says so
}

// Error says who did, and why.
func (e *PausedError) Error() string { return e.Pause.String() + ": no new changes start" }

// Provisional says that the payer names a lease and is written to under a lock
// in the state folder, because the lease's bucket comes with the first apply.
func (w *Writer) Provisional(p *spec.Payer) bool {
	kind, _, _, ok := w.Held()
	return ok && kind == "file" && p.Lease != nil
}

// May makes sure that this process may write to the payer: nobody has paused it,
// and the lock is ours. pause is not nil where somebody has; then the lock is let
// go of, unless whilePaused. Where the lease's bucket is declared in the payer
// file and is not there, the lock is provisional: only a first apply may write.
func (w *Writer) May(ctx context.Context, s *cloud.Session, p *spec.Payer, whilePaused bool) (pause *lease.Pause, byFile bool, err error) {
	pause, byFile, err = Pause(ctx, s, p, w.stateDir)
	switch {
	case errors.Is(err, lease.ErrNoBucket) && p.Lease != nil && p.Lease.Declared:
		return nil, false, w.TakeFile(p)
	case err != nil:
		return nil, false, err
	case pause != nil && !whilePaused:
		return pause, byFile, w.Release(ctx)
	}
	return pause, byFile, w.Take(ctx, s, p)
}

// ErrProvisional is the error of a payer whose lease has no bucket, and whose
// first apply was long ago.
var ErrProvisional = errors.New("the bucket of the lease is not there, so nobody can tell who else writes")

func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

package lease

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

var errAway = errors.New("no answer")

// memory is a store that keeps its object in memory, on a clock of its own, and
// goes wrong in the ways that a store does.
type memory struct {
	mu       sync.Mutex
	body     []byte
	tag      string
	modified time.Time
	n        int
	changes  []string // each change, by its verb

	offset   time.Duration        // of its clock from the machine's
	away     bool                 // nothing comes through
	slow     func() time.Duration // how long a call is under way, each way; nil: no time
	lose     func() bool          // the answer is lost
	timeless bool                 // it tells no time
	noRemove bool                 // it removes nothing under a condition
}

// now is the store's clock, in whole seconds as S3 tells it.
func (m *memory) now() time.Time { return time.Now().Add(m.offset).Truncate(time.Second) }

// call is the way to the store and back.
func (m *memory) call(ctx context.Context, do func() error) error {
	if err := m.travel(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	if m.away {
		m.mu.Unlock()
		return errAway
	}
	err := do()
	lost := m.lose != nil && m.lose()
	m.mu.Unlock()
	if terr := m.travel(ctx); terr != nil {
		return terr
	}
	if lost {
		return errAway
	}
	return err
}

func (m *memory) travel(ctx context.Context) error {
	if m.slow == nil {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(m.slow()):
		return nil
	}
}

func (m *memory) Get(ctx context.Context) (o Object, err error) {
	err = m.call(ctx, func() error {
		o = Object{Age: -1}
		if !m.timeless {
			o.Now = m.now()
		}
		if m.body == nil {
			return ErrNone
		}
		o.Body, o.Tag = m.body, m.tag
		if !m.timeless {
			o.Age = max(0, m.now().Sub(m.modified))
		}
		return nil
	})
	return o, err
}

// put changes the object where it has the tag.
func (m *memory) put(ctx context.Context, verb, tag string, body []byte) (now string, err error) {
	err = m.call(ctx, func() error {
		if m.tag != tag {
			return ErrConflict
		}
		m.n++
		m.body, m.tag, m.modified = body, strconv.Itoa(m.n), m.now()
		if body == nil {
			m.tag = ""
		}
		now = m.tag
		m.changes = append(m.changes, verb)
		return nil
	})
	return now, err
}

func (m *memory) Create(ctx context.Context, body []byte) (string, error) {
	return m.put(ctx, "create", "", body)
}

func (m *memory) Replace(ctx context.Context, body []byte, tag string) (string, error) {
	return m.put(ctx, "replace", tag, body)
}

func (m *memory) Remove(ctx context.Context, tag string) error {
	if m.noRemove {
		return errNoRemove
	}
	_, err := m.put(ctx, "remove", tag, nil)
	return err
}

// set changes how the store goes wrong.
func (m *memory) set(do func(*memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do(m)
}

// text is the object's.
func (m *memory) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.body)
}

// count is how many changes were made.
func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.changes)
}

// jumpy is a wall clock that somebody sets.
type jumpy struct {
	mu  sync.Mutex
	off time.Duration
}

func (j *jumpy) now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Now().Round(0).Add(j.off)
}

func (j *jumpy) jump(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.off += d
}

// link is one machine's way to a store, which may go away for that one alone.
type link struct {
	*memory
	mu  sync.Mutex
	cut bool
}

func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
}

func (l *link) gone() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return errAway
	}
	return nil
}

func (l *link) Get(ctx context.Context) (Object, error) {
	if err := l.gone(); err != nil {
		return Object{}, err
	}
	return l.memory.Get(ctx)
}

func (l *link) put(do func() (string, error)) (string, error) {
	if err := l.gone(); err != nil {
		return "", err
	}
	tag, err := do()
	if gone := l.gone(); gone != nil {
		return "", gone
	}
	return tag, err
}

func (l *link) Create(ctx context.Context, body []byte) (string, error) {
	return l.put(func() (string, error) { return l.memory.Create(ctx, body) })
}

func (l *link) Replace(ctx context.Context, body []byte, tag string) (string, error) {
	return l.put(func() (string, error) { return l.memory.Replace(ctx, body, tag) })
}

func (l *link) Remove(ctx context.Context, tag string) error {
	_, err := l.put(func() (string, error) { return "", l.memory.Remove(ctx, tag) })
	return err
}

// upTo is a time below d, by chance.
func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

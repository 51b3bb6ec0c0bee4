package lease

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Pause says that nobody may write to a payer, and why. Everybody who writes
// asks for it.
type Pause struct {
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`          // by the store's clock; SetPause fills it in
	Until  time.Time `json:"until,omitzero"` // by the store's clock; zero: until it is cleared

	// For is how long it lasts, for SetPause: it sets Until from that.
	For time.Duration `json:"-"`
}

// String says who paused, since when, until when and why.
func (p Pause) String() string {
	text := "paused by " + p.By
	if !p.Since.IsZero() {
		text += " since " + p.Since.UTC().Format(time.RFC3339)
	}
	if !p.Until.IsZero() {
		text += " until " + p.Until.UTC().Format(time.RFC3339)
	}
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}

func (p Pause) encode() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic("lease: encode pause: " + err.Error()) // a time beyond the year 9999
	}
	return append(text, '\n')
}

func decodePause(text []byte) (*Pause, error) {
	var p Pause
	if err := strict(text, &p); err != nil {
		return nil, &ForeignError{What: "pause", Why: err}
	}
	if p.By == "" {
		return nil, &ForeignError{What: "pause", Why: errors.New("it does not say who paused")}
	}
	return &p, nil
}

// over reports whether a pause has ended. Where the store does not tell the
// time, it has not.
func (p Pause) over(now time.Time) bool {
	return !p.Until.IsZero() && !now.IsZero() && now.After(p.Until)
}

// ReadPause reads the pause that a store keeps: nil where there is none, or it
// is over. After an error nobody knows, and nobody may write.
func ReadPause(ctx context.Context, s Store) (*Pause, error) {
	o, err := s.Get(ctx)
	if errors.Is(err, ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read pause: %w", err)
	}
	p, err := decodePause(o.Body)
	if err != nil {
		return nil, fmt.Errorf("read pause: %w", err)
	}
	if p.over(o.Now) {
		return nil, nil
	}
	return p, nil
}

// pauseTries is how often a pause is written where others write it, too.
const pauseTries = 8

// SetPause pauses: in place of a pause that is there, and never of anything
// else.
func SetPause(ctx context.Context, s Store, p Pause) error {
	if p.By == "" {
		return errors.New("set pause: it does not say who pauses")
	}
	err := changePause(ctx, s, func(o Object, old *Pause) error {
		next := p
		if next.Since.IsZero() {
			next.Since = o.Now.UTC()
		}
		if next.For > 0 && o.Now.IsZero() {
			return errors.New("the store does not tell the time, so a pause cannot have an end")
		}
		if next.For > 0 {
			next.Until = o.Now.Add(next.For).UTC()
		}
		var err error
		if old == nil {
			_, err = s.Create(ctx, next.encode())
		} else {
			_, err = s.Replace(ctx, next.encode(), o.Tag)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set pause: %w", err)
	}
	return nil
}

// ClearPause ends a pause, and returns it: nil where there was none.
func ClearPause(ctx context.Context, s Store) (*Pause, error) {
	var was *Pause
	err := changePause(ctx, s, func(o Object, old *Pause) error {
		if old == nil {
			return nil
		}
		was = old
		err := s.Remove(ctx, o.Tag)
		if errors.Is(err, errNoRemove) {
			ended := *old
			ended.Until = time.Unix(0, 0).UTC()
			_, err = s.Replace(ctx, ended.encode(), o.Tag)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clear pause: %w", err)
	}
	return was, nil
}

// changePause reads the pause and changes it, again where somebody else was
// faster.
func changePause(ctx context.Context, s Store, do func(Object, *Pause) error) error {
	for try := 1; ; try++ {
		o, err := s.Get(ctx)
		var old *Pause
		switch {
		case errors.Is(err, ErrNone):
		case err != nil:
			return err
		default:
			if old, err = decodePause(o.Body); err != nil {
				return err
			}
		}
		if err = do(o, old); err == nil || !errors.Is(err, ErrConflict) || try == pauseTries {
			return err
		}
	}
}

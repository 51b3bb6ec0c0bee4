package gitrepo

import "context"

// turn is a lock whose wait ends with a context: a remote that says nothing
// holds it for as long as the caller who talks to it is patient.
type turn chan struct{}

func (t turn) lock(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) unlock() { <-t }

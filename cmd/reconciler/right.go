package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/lease"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// rights are the rights to write of an apply, one a payer, from before a payer
// is planned until the apply has ended.
type rights struct {
	state       string // of --state-dir
	whilePaused bool
	log         func(format string, args ...any)
	all         map[string]*reconcile.Writer // by payer; several payers are planned at once
}

// besideDaemon gives the state folder of the daemon of a config, unless another
// one is named.
func besideDaemon(file, state string) (string, error) {
	if file == "" || state != "" {
		return state, nil
	}
	cfg, err := loadServed(file)
	if err != nil {
		return "", err
	}
	return cfg.StateDir, nil
}

// of gives the writer of a payer.
func (r *rights) of(p *spec.Payer) (*reconcile.Writer, error) {
	if w := r.all[p.Name]; w != nil {
		return w, nil
	}
	dir, err := stateDir(p, r.state)
	if err != nil {
		return nil, err
	}
	w := reconcile.NewWriter(dir, lease.Options{Who: whoami(), Command: "apply", Version: version()})
	r.all[p.Name] = w
	return w, nil
}

// enter opens a payer to be written to: a daemon, or a colleague, who writes to
// it at this moment is an error that says so.
func (r *rights) enter(ctx context.Context, a *aws, w *reconcile.Writer, p *spec.Payer) (*cloud.Session, error) {
	o := a.sessionOptions(p)
	o.Gate = w.Gate
	s, err := cloud.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	pause, _, err := w.May(ctx, s, p, r.whilePaused)
	var held *lease.HeldError
	switch {
	case errors.As(err, &held):
		return nil, hinted{err, fmt.Sprintf("where that is the daemon: `reconciler pause %s`, and it lets go at its next pass; then apply --while-paused, and resume", p.Name)}
	case err != nil:
		return nil, err
	case pause != nil && !r.whilePaused:
		return nil, hinted{fmt.Errorf("%s", pause), fmt.Sprintf("`reconciler resume %s` ends the pause; --while-paused applies all the same", p.Name)}
	case w.Provisional(p):
		r.log("%s: the bucket %s of the lease is not there yet; a lock on this machine stands in for it", p.Name, p.Lease.Bucket)
	}
	return s, nil
}

// release lets others write.
func (r *rights) release(ctx context.Context) error {
	var all []error
	for name, w := range r.all {
		if err := w.Release(ctx); err != nil {
			all = append(all, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(all...)
}

// Package live reads what AWS has now, through the kinds.
//
// Call [Read] first: it reads every kind and gives one State. [Confirm] then
// reads the marks of some of its objects afresh, and [Content] what was left out of
// some. None of them writes, and none gives half an answer: a failed read is never an empty read.
package live

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// confirms is how many objects are confirmed at once, or read more of. AWS gives out tags at ten
// calls a second.
const confirms = 8

// reading is one kind that is being read. Its objects belong to its goroutine
// until done is closed; after that nobody writes them.
type reading struct {
	kind    *kind.Kind
	needs   []*reading // what it requires, and what that requires, in order
	done    chan struct{}
	objects []resource.Object
}

// Read reads all kinds, each as soon as those it requires are read, several at
// once. The objects stand in the order of kinds, then in the order of each
// kind's Live, whatever the timing was. The State that a kind's Live is given
// holds the kinds that it requires, and those that these require, and no others.
//
// The first error cancels the other reads and is returned with the name of its
// kind; then there is no State.
func Read(ctx context.Context, s *cloud.Session, p *spec.Payer, kinds []*kind.Kind) (*resource.State, error) {
	all, err := readings(kinds)
	if err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range all {
		g.Go(func() error { return r.read(ctx, s, p) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return state(all)
}

// readings gives every kind its needs.
func readings(kinds []*kind.Kind) ([]*reading, error) {
	all := make([]*reading, 0, len(kinds))
	byKind := make(map[*kind.Kind]*reading, len(kinds))
	for _, k := range kinds {
		r := &reading{kind: k, done: make(chan struct{})}
		needed := map[*reading]bool{}
		for _, q := range k.Requires {
			n, ok := byKind[q]
			if !ok {
				return nil, fmt.Errorf("read %s: it requires %s, which is not read before it", k.Name, q.Name)
			}
			needed[n] = true
			for _, m := range n.needs {
				needed[m] = true
			}
		}
		for _, n := range all {
			if needed[n] {
				r.needs = append(r.needs, n)
			}
		}
		all, byKind[k] = append(all, r), r
	}
	return all, nil
}

// read waits for what the kind needs, and reads it.
func (r *reading) read(ctx context.Context, s *cloud.Session, p *spec.Payer) error {
	for _, n := range r.needs {
		select {
		case <-n.done:
		case <-ctx.Done():
			return fmt.Errorf("read %s: %w", r.kind.Name, context.Cause(ctx))
		}
	}
	st, err := state(r.needs)
	if err != nil {
		return err
	}
	if r.objects, err = r.kind.Live(ctx, s, p, st); err != nil {
		return fmt.Errorf("read %s: %w", r.kind.Name, err)
	}
	close(r.done)
	return nil
}

// state puts together what was read. Its error names the kind that gave an
// object which was there already.
func state(rs []*reading) (*resource.State, error) {
	st, n := &resource.State{}, 0
	for _, r := range rs {
		n += len(r.objects)
	}
	st.Grow(n)
	for _, r := range rs {
		for _, o := range r.objects {
			if err := st.Add(o); err != nil {
				return nil, fmt.Errorf("read %s: %w", r.kind.Name, err)
			}
		}
	}
	return st, nil
}

// Confirm reads tags and owner of some objects afresh, several at once, and
// gives a State in which these are replaced; st stays as it is. An object whose
// kind has nothing to confirm stays too. A Ref that st does not have is an
// error, and so is any failed read.
func Confirm(ctx context.Context, s *cloud.Session, kinds []*kind.Kind, st *resource.State, refs []resource.Ref) (*resource.State, error) {
	return again(ctx, s, kinds, st, refs, more{"confirm", func(k *kind.Kind) readOne { return k.Confirm }})
}

// Content is as [Confirm] is, and reads what Live left out of the objects.
func Content(ctx context.Context, s *cloud.Session, kinds []*kind.Kind, st *resource.State, refs []resource.Ref) (*resource.State, error) {
	return again(ctx, s, kinds, st, refs, more{"read the content of", func(k *kind.Kind) readOne { return k.Content }})
}

type readOne = func(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error)

// more is a further read of one object: what it is called, and how a kind does it.
type more struct {
	verb string
	of   func(k *kind.Kind) readOne
}

// again reads more of some objects.
func again(ctx context.Context, s *cloud.Session, kinds []*kind.Kind, st *resource.State, refs []resource.Ref, m more) (*resource.State, error) {
	byName := make(map[string]*kind.Kind, len(kinds))
	for _, k := range kinds {
		byName[k.Name] = k
	}
	refs = slices.Clone(refs)
	slices.SortFunc(refs, resource.Ref.Compare)
	refs = slices.Compact(refs)

	fresh := make([]resource.Object, len(refs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(confirms)
	for i, ref := range refs {
		g.Go(func() (err error) {
			if fresh[i], err = one(ctx, s, byName[ref.Kind], st, ref, m.of); err != nil {
				return fmt.Errorf("%s %s: %w", m.verb, ref, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := st.Clone()
	for _, o := range fresh {
		out.Put(o)
	}
	return out, nil
}

// one reads more of one object.
func one(ctx context.Context, s *cloud.Session, k *kind.Kind, st *resource.State, ref resource.Ref, of func(*kind.Kind) readOne) (resource.Object, error) {
	have, ok := st.Get(ref)
	switch {
	case ctx.Err() != nil:
		return have, context.Cause(ctx)
	case !ok:
		return have, errors.New("no such object was read")
	case k == nil:
		return have, fmt.Errorf("there is no kind %q", ref.Kind)
	}
	read := of(k)
	if read == nil {
		return have, nil
	}
	fresh, err := read(ctx, s, have)
	if err == nil && fresh.Ref != ref {
		return have, fmt.Errorf("the kind answered with %s", fresh.Ref)
	}
	return fresh, err
}

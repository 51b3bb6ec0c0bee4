package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// Where the files of a payer were broken when the work tree parted, a merge that
// mends them lets go of what they said when they were sound: a daemon has kept AWS
// to that ever since. So the payer is held against its last sound form, and where
// none is found the report says that it was held against nothing.

// soundWithin is how many older commits are searched, as by a daemon that starts;
// those of CSVs alone do not count.
const soundWithin = 100

// soundForm is what a payer was when it was sound last.
type soundForm struct {
	payer  *spec.Payer
	commit string
}

// wasOf gives what a payer was before: where the work tree parted, else when it
// was sound last; nil where it is new or no sound form is known.
func (ch *changes) wasOf(p *spec.Payer) *spec.Payer {
	if was := ch.before.wasOf(p); was != nil {
		return was
	}
	if f := ch.sound[p.Name]; f != nil {
		return f.payer
	}
	return nil
}

// named gives the form before of the payer of a name, as wasOf does.
func (ch *changes) named(name string) *spec.Payer {
	if was := ch.before.payers[name]; was != nil {
		return was
	}
	if f := ch.sound[name]; f != nil && f.payer.Name == name {
		return f.payer
	}
	return nil
}

// findSound looks for the last sound forms of the payers that were broken before,
// and says of each what it is held against.
func (t *touched) findSound(ctx context.Context) error {
	for _, ch := range t.all {
		var lost []*spec.Payer
		for _, p := range t.payers {
			if p.Root == ch.root && ch.before.wasOf(p) == nil && t.brokenAt(&ch.before, p) {
				lost = append(lost, p)
			}
		}
		if len(lost) == 0 {
			continue
		}
		left, why, err := t.searchSound(ctx, ch, lost)
		if err != nil {
			return err
		}
		at := words.Commit(ch.before.Commit())
		for _, p := range lost {
			var n report.Notice
			switch f := ch.sound[p.Name]; {
			case f != nil:
				n = report.Notice{Name: report.NotCompared, Level: report.Note, Text: fmt.Sprintf(
					"the files of %s were broken at %s, where this branch began: what a merge changes in how the payer is guarded is told against %s, the last commit at which they were sound",
					p.Name, at, words.Commit(f.commit))}
			case slices.Contains(left, p):
				n = report.Notice{Name: report.NotCompared, Level: report.Caution, Text: fmt.Sprintf(
					"the files of %s were broken at %s, where this branch began, and no sound form of them was found: %s. Its guards, tests and access are compared with nothing, and neither is what its files let go of: read them whole",
					p.Name, at, why)}
			default: // it was not there when the files were sound last
				continue
			}
			t.s.of[p.Name] = append(t.s.of[p.Name], n)
		}
	}
	return nil
}

// searchSound goes back until each payer was sound or not there yet. It gives
// those of which neither was found, and why.
func (t *touched) searchSound(ctx context.Context, ch *changes, lost []*spec.Payer) (left []*spec.Payer, why string, err error) {
	left = slices.Clone(lost)
	walked := 0
	var failed error
	err = ch.past.Older(func(at gitrepo.Point) bool {
		if walked == soundWithin {
			return false
		}
		walked++
		var older side
		if older, failed = sideAt(ctx, at, ch.inside); failed != nil {
			return false
		}
		left = slices.DeleteFunc(left, func(p *spec.Payer) bool {
			if was := older.wasOf(p); was != nil {
				ch.sound[p.Name] = &soundForm{was, at.Commit()}
				return true
			}
			return !t.brokenAt(&older, p)
		})
		return len(left) > 0
	})
	var e *gitrepo.UnknownError
	switch {
	case failed != nil:
		return nil, "", failed
	case errors.As(err, &e):
		why = "the clone does not have what came before (fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 in GitLab CI)"
	case err != nil:
		return nil, "", err
	case walked == soundWithin:
		why = fmt.Sprintf("they are broken in the %d commits before, too", walked)
	default:
		why = "they were never sound"
	}
	return left, why, nil
}

// brokenAt says that the payer may be of a broken file of a commit. A file without
// a name may be of any payer, but where it still stands as it is.
func (t *touched) brokenAt(s *side, p *spec.Payer) bool {
	return slices.ContainsFunc(s.files, func(b spec.BrokenFile) bool {
		return b.Payer == p.Name || b.File == p.Pos.File || b.Payer == "" && !slices.Contains(t.oldFiles, b.File)
	})
}

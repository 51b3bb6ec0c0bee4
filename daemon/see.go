package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// see takes what a look at the repository gave.
func (l *loop) see(s seen) {
	now := time.Now()
	l.sight.end(now, s.err != nil || s.view.behind != nil, l.cfg.Interval, 0)
	if latest := now.Add(l.cfg.Interval); l.sight.due.After(latest) { // a look costs little
		l.sight.due = latest
	}
	l.teller.looked(s, l.sight.fails)
	if s.err != nil {
		return
	}
	old := l.view
	l.view = s.view
	if old != nil && old.commit == s.view.commit && sameEntries(old, s.view) {
		return
	}
	l.teller.mistakes(s.view.mistakes)
	l.watchView(s.view)
	l.retire(s.view.gone(old))
	changed := s.view.differ(old)
	for name, e := range s.view.entries {
		p := l.payers[name]
		if p == nil {
			p = &payer{runner: newRunner(l.deps, name, l.cfg.StateDir)}
			l.payers[name] = p
		}
		p.entry, p.gone = e, false
		p.runner.gone.Store(false)
		l.teller.entry(e)
		if slices.Contains(changed, name) {
			if p.running && e.broken == nil {
				p.supersede(e)
			}
			p.turn.ask(time.Now(), s.why2(old == nil))
		}
	}
	l.tidy()
	if len(l.payers) == 0 {
		l.teller.settled.Store(true)
	}
}

// supersede ends a pass from an older commit, at once where the newer one pauses
// the payer.
func (p *payer) supersede(e *entry) {
	if e.payer.Paused.At(time.Now()) {
		p.halt(fmt.Errorf("the payer file pauses the payer: %s", e.payer.Paused.Reason))
	}
	p.newer(fmt.Errorf("%s is in force now", cmp.Or(words.Commit(e.commit), "another file")))
}

// why2 is what asks for passes over the payers that changed.
func (s seen) why2(first bool) string {
	switch {
	case first:
		return "start"
	case s.why == "webhook":
		return "webhook"
	}
	return "commit"
}

func sameEntries(a, b *view) bool {
	if len(a.entries) != len(b.entries) {
		return false
	}
	for name, e := range b.entries {
		if a.entries[name] == nil || a.entries[name].digest != e.digest || a.entries[name].broken != e.broken {
			return false
		}
	}
	return true
}

// retire lets go of payers whose files left the branch. Nothing of theirs is
// deleted; it is said once.
func (l *loop) retire(names []string) {
	for _, name := range names {
		p := l.payers[name]
		l.log.Warn("the payer file is gone: the payer is managed no longer, and nothing of it is deleted", "payer", name, "file", p.entry.file)
		p.gone = true
		p.runner.gone.Store(true)
		if p.running {
			p.halt(errors.New("the payer file is gone"))
			continue
		}
		l.remove(context.Background(), p)
	}
}

// remove takes a payer off the timetable.
func (l *loop) remove(ctx context.Context, p *payer) {
	delete(l.payers, p.runner.name)
	l.teller.forget(p.runner.name)
	l.passes.Go(func() {
		if err := p.runner.writer.Release(ctx); err != nil {
			l.log.Warn("the lock of a payer that is gone is not released; it runs out", "payer", p.runner.name, "error", err)
		}
	})
}

// tidy removes trees of commits that no payer needs. A look may be making one.
func (l *loop) tidy() {
	if l.sight.running {
		return
	}
	use := map[string]bool{}
	for _, p := range l.payers {
		use[p.inTree], use[p.entry.tree] = true, true
	}
	l.source.keep(use)
}

package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

const (
	// pageEvery is how often, at the most, CSVs are committed while an apply runs.
	pageEvery = time.Minute
	// publishTime bounds a publication, with its wait for those of fifty others.
	publishTime = 10 * time.Minute
	// lastTime bounds it behind the end of the daemon: TimeoutStopSec in the unit
	// counts on it.
	lastTime = 30 * time.Second
)

// pages publishes CSVs while an apply runs, one publication at a time; what
// comes meanwhile is published with the next.
type pages struct {
	wake chan struct{}
	done chan struct{}
}

func (r *runner) pages(ctx context.Context, w work) *pages {
	p := &pages{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for range p.wake {
			ctx, cancel := r.publishing(ctx)
			_, err := r.commit(ctx, w, nil)
			cancel()
			if err != nil {
				// The publication at the end of the pass comes again, and tells.
				r.log.Warn("the CSVs cannot be published yet", "payer", r.name, "error", err)
			}
		}
	}()
	return p
}

// put is told that CSVs were written.
func (p *pages) put([]reconcile.File) {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pages) wait() {
	close(p.wake)
	<-p.done
}

// publish brings the payer's CSVs where others read them, also when the daemon
// is to end: an account that no list names is one that nobody finds.
func (r *runner) publish(ctx context.Context, w work, have *resource.State, o *outcome) error {
	ctx, cancel := r.publishing(ctx)
	defer cancel()
	var err error
	if o.pushed, err = r.commit(ctx, w, have); err != nil {
		return fmt.Errorf("publish the CSVs: %w", err)
	}
	return nil
}

// abortTime is what is left of a publication once everything is cut short.
const abortTime = 5 * time.Second

// publishing gives the context of a publication: it outlives the end of the
// daemon for a while, and what is cut short for a shorter one.
func (r *runner) publishing(stop context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), publishTime)
	go func() {
		after := func(d time.Duration) bool {
			t := time.NewTimer(d)
			defer t.Stop()
			select {
			case <-ctx.Done():
				return true
			case <-t.C:
				cancel()
				return true
			case <-r.abort:
				return false
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-stop.Done():
			if after(lastTime) {
				return
			}
		case <-r.abort:
		}
		t := time.NewTimer(abortTime)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
			cancel()
		}
	}()
	return ctx, cancel
}

// commit publishes the CSVs as they are on disk. have says what became of
// accounts that left them; nil where that is not known yet.
func (r *runner) commit(ctx context.Context, w work, have *resource.State) (string, error) {
	if !r.writer.Holds() { // another writes the lists by now
		return "", errors.New("the right to write to the payer is lost: its CSVs are left to who has it")
	}
	p := w.entry.payer
	files, columns := map[string][]byte{}, map[string]inventory.File{}
	for _, f := range p.CSVs() {
		b, err := os.ReadFile(filepath.Join(p.Root, filepath.FromSlash(f.Path)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", f.Path, err)
		}
		files[f.Path], columns[f.Path] = b, reconcile.Columns(f)
	}
	if len(files) == 0 {
		return "", nil
	}
	commit, err := r.source.publish(ctx, publication{
		entry: w.entry, files: files,
		keep:    func(tracked []byte) bool { return tracked != nil || !r.gone.Load() },
		message: func(tracked func(string) []byte) string { return message(p, files, tracked, columns, have) },
		check: func(path string, tracked []byte) error {
			_, err := inventory.IDs(columns[path], tracked)
			return err
		},
	})
	if commit != "" {
		r.log.Info("CSVs are committed", "payer", r.name, "commit", commit)
	}
	return commit, err
}

// message says what became of a payer's CSVs, as "accounts: acme: 37 added, 2 parked".
func message(p *spec.Payer, files map[string][]byte, tracked func(string) []byte, columns map[string]inventory.File, have *resource.State) string {
	counts := map[string]int{}
	states := map[string]string{}
	if have != nil {
		for a := range have.Kind("account") {
			states[a.ID()] = a.Facts[resource.FactState]
		}
	}
	for _, f := range p.CSVs() {
		now, ok := files[f.Path]
		if was := tracked(f.Path); ok && !bytes.Equal(was, now) {
			compare(columns[f.Path], was, now, states, counts)
		}
	}
	var words []string
	for _, w := range []string{"added", "parked", "closed", "removed", "changed"} {
		if counts[w] > 0 {
			words = append(words, fmt.Sprintf("%d %s", counts[w], w))
		}
	}
	if len(words) == 0 {
		words = []string{"list written anew"}
	}
	return "accounts: " + p.Name + ": " + strings.Join(words, ", ")
}

// compare counts what became of the rows of one CSV.
func compare(f inventory.File, was, now []byte, states map[string]string, counts map[string]int) {
	before, err1 := inventory.IDs(f, was)
	after, err2 := inventory.IDs(f, now)
	add, remove, err3 := inventory.Diff(was, now, f)
	if errors.Join(err1, err2, err3) != nil {
		return // the message says less
	}
	had := map[string]bool{}
	for _, id := range before {
		had[id] = true
	}
	added, gone := 0, 0
	for _, id := range after {
		if !had[id] {
			added++
		}
		delete(had, id)
	}
	for id := range had {
		gone++
		switch state := states[id]; {
		case state == "ACTIVE":
			counts["parked"]++
		case state != "":
			counts["closed"]++
		default:
			counts["removed"]++
		}
	}
	if len(before)+len(after) == 0 { // it has no account ids
		counts["added"] += add
		counts["removed"] += remove
		return
	}
	counts["added"] += added
	counts["changed"] += max(0, min(add-added, remove-gone))
}

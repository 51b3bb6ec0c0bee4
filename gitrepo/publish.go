package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// maxTries is how often Publish puts the files on a head that has moved.
const maxTries = 5

// Change is what to publish.
type Change struct {
	Files   map[string][]byte // whole files by their path from the root, with slashes; only *.csv
	Message string            // the first line, and more below it where there is more to say
	Payer   string            // trailer Reconciler-Payer
	Source  string            // trailer Reconciler-Source: the commit that was planned from
	// Check says whether a file that is there, and differs, is ours to replace;
	// its error ends the Publish. It must not call a method of the Repo. nil: all
	// are.
	Check func(path string, tracked []byte) error
	Now   time.Time // the time of the commit; zero: now
}

// publishTime bounds a publication once it has the remote to itself, so that one
// to a remote that says nothing does not hold up all others.
const publishTime = 2 * time.Minute

// Publish puts files upon the head of the push branch, in one commit, and pushes
// it. It gives that commit, or "" where the branch has all of them byte by byte.
//
// Where others pushed in between, the files are put on the new head, a few times
// over; then the error is [ErrRace]. A [*RefusedError] is the remote's no. After
// an error nothing of the change is kept: publish again. A commit whose answer
// was lost is found by the next Fetch, and publishing again then gives "".
//
// A push branch of its own is begun at the head of the branch where it is
// missing or has been merged, and continued otherwise.
func (r *Repo) Publish(ctx context.Context, c Change) (commit string, err error) {
	for p := range c.Files {
		if err := checkPath(p); err != nil {
			return "", err
		}
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	if err := r.net.lock(ctx); err != nil {
		return "", fmt.Errorf("wait for another call of the remote: %w", err)
	}
	defer r.net.unlock()
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	var last plumbing.Hash // where the branch was when it was said to have moved
	for try := range maxTries {
		if try > 0 {
			if err := pause(ctx, try); err != nil {
				return "", err
			}
			if err := r.pull(ctx); err != nil {
				return "", err
			}
		}
		at, old, w, err := r.build(c)
		if err != nil || at.IsZero() {
			return "", err
		}
		if try > 0 && old == last && r.beginsAnew() {
			// It has not moved: the remote takes no forced push, so that the branch goes on
			// from where it is, whatever conflicts that gives.
			r.setContinues(old)
			if at, old, w, err = r.build(c); err != nil || at.IsZero() {
				return "", err
			}
		}
		last = old
		err = r.send(ctx, old, at, w)
		if errors.Is(err, errMoved) {
			r.o.Log.Info("push branch: it has moved", "branch", r.o.PushBranch, "try", try+1)
			continue
		}
		if err != nil {
			return "", err
		}
		return at.String(), r.keep(at, w)
	}
	return "", fmt.Errorf("push to branch %s: %w", r.o.PushBranch, ErrRace)
}

// pause waits, the longer the more tries there were, and by chance, so that two
// who race do not meet again.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(rand.N(100 * time.Millisecond << try))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// build makes the commit in memory; the zero hash where nothing differs. old is
// where the push branch must be for it to be pushed.
func (r *Repo) build(c Change) (at, old plumbing.Hash, w *rewriter, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old = r.push
	base := r.baseOf()
	parent, err := r.commit(base)
	if err != nil {
		return at, old, nil, err
	}
	w = newRewriter(r.store, c.Check)
	tree, err := w.rewrite(parent.TreeHash, "", c.Files)
	r.suspect = r.suspect || errors.Is(err, errBroken)
	if err != nil || tree == parent.TreeHash {
		return at, old, nil, err
	}
	defer r.observe("commit", &err)()
	when := c.Now.UTC().Truncate(time.Second)
	who := object.Signature{Name: r.o.AuthorName, Email: r.o.AuthorEmail, When: when}
	at, err = w.add(&object.Commit{
		Author: who, Committer: who, Message: message(c),
		TreeHash: tree, ParentHashes: []plumbing.Hash{base},
	})
	return at, old, w, err
}

// message is the message of the commit, with its trailers.
func message(c Change) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(strings.ReplaceAll(c.Message, "\x00", "")))
	b.WriteString("\n")
	for i, t := range []struct{ key, value string }{{"Reconciler-Payer", c.Payer}, {"Reconciler-Source", c.Source}} {
		if i == 0 {
			b.WriteString("\n")
		}
		if t.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", t.key, oneLine(t.value))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// send pushes a commit onto the push branch, which must be at old.
func (r *Repo) send(ctx context.Context, old, at plumbing.Hash, w *rewriter) (err error) {
	defer r.observe("push", &err)()
	var pack bytes.Buffer
	if err := encodePack(&pack, w.made, w.order); err != nil {
		return fmt.Errorf("pack the commit: %w", err)
	}
	return r.remote.talk(ctx, receivePack, func(ctx context.Context, s session, refs *packp.AdvRefs) error {
		if branchOf(refs, r.o.PushBranch) != old {
			return &ownError{errMoved}
		}
		said := &some{}
		req := packp.NewReferenceUpdateRequestFromCapabilities(refs.Capabilities)
		for _, c := range []capability.Capability{capability.Sideband64k, capability.Sideband} {
			if refs.Capabilities.Supports(c) {
				_ = req.Capabilities.Set(c)
				req.Progress = said
				break
			}
		}
		req.Commands = []*packp.Command{{Name: plumbing.NewBranchReferenceName(r.o.PushBranch), Old: old, New: at}}
		req.Packfile = io.NopCloser(&pack)
		report, err := s.receive(ctx, req)
		if err != nil {
			return err
		}
		if err := r.judge(report, said.String()); err != nil {
			return &ownError{err}
		}
		return nil
	})
}

// judge reads what the remote says of a push. It tells a branch that moved, or
// is being moved, from a no.
func (r *Repo) judge(report *packp.ReportStatus, said string) error {
	token, _ := r.remote.token()
	reason := ""
	if report.UnpackStatus != "ok" {
		reason = "it could not take the objects in: " + report.UnpackStatus
	}
	for _, c := range report.CommandStatuses {
		if c.Status != "ok" {
			reason = c.Status
		}
	}
	if reason == "" {
		return nil
	}
	for _, race := range []string{"fetch first", "non-fast-forward", "stale info", "failed to update ref", "cannot lock ref", "failed to lock", "incorrect old value", "reference already exists"} {
		if strings.Contains(reason, race) {
			return errMoved
		}
	}
	return &RefusedError{Branch: r.o.PushBranch, Reason: oneLine(reason, token), Words: oneLine(said, token)}
}

// keep writes what was pushed into the clone, so that it need not be fetched.
func (r *Repo) keep(at plumbing.Hash, w *rewriter) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := tips{branch: r.tip, push: at}
	if r.o.PushBranch == r.o.Branch {
		now.branch = at
	}
	r.o.Log.Info("push branch", "branch", r.o.PushBranch, "to", at.String())
	for _, h := range w.order {
		o, err := w.made.EncodedObject(plumbing.AnyObject, h)
		if err == nil {
			_, err = r.store.SetEncodedObject(o)
		}
		if err != nil { // the next Fetch brings it
			r.o.Log.Warn("the commit was pushed, but is not in the clone yet", "commit", at.String(), "err", err)
			return nil
		}
	}
	if err := setRefs(r.store, r.o, now); err != nil {
		r.o.Log.Warn("the commit was pushed, but is not in the clone yet", "commit", at.String(), "err", err)
		return nil
	}
	r.tip, r.push = now.branch, now.push
	return r.decide()
}

// checkAuthor refuses what git cannot write into a commit.
func checkAuthor(name, email string) error {
	for what, s := range map[string]string{"name": name, "email": email} {
		if strings.TrimSpace(s) == "" || strings.ContainsAny(s, "<>\n\x00") {
			return fmt.Errorf("the author of commits: %s %q: want text without < and >", what, s)
		}
	}
	return nil
}

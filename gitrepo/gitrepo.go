// Package gitrepo keeps a clone of one branch of a git repository, and puts
// CSV files of ours upon it.
//
// Call [Open], then [Repo.Fetch] as often as the remote is to be looked at.
// [Repo.Head] is the commit in force: the one to read payers from. A pass reads
// all it needs from one commit, with [Repo.Export] or [Repo.File], and hands
// what it wrote to [Repo.Publish].
//
// The clone has no work tree and holds nothing that the remote does not have:
// a commit that could not be pushed is gone, and the caller publishes the same
// bytes again. Credentials are read from their files at every use and are in
// neither the clone, nor a log, nor an error.
//
// [LocalHistory] is for a checkout that somebody else keeps.
package gitrepo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Options say which branch to clone, from where and to where. URL, Branch and
// Dir must be set.
type Options struct {
	// URL is https://…, http://… (with a token on loopback only), ssh://…,
	// user@host:path, file:///… or an absolute path. It must hold no password.
	URL string
	// Branch is read, PushBranch is pushed to; "" is the same as Branch.
	Branch, PushBranch string
	// Dir is the folder of the clone. It is made where it is missing, and made
	// anew where it is broken or of another URL or branch.
	Dir string

	// TokenFile holds the password of HTTPS, and is read at every use.
	// UserName is "x-access-token" where it is empty.
	TokenFile, UserName string
	// SSHKeyFile is a private key without a passphrase. A host whose key is not
	// in KnownHostsFile is not talked to. Both are read at every use.
	SSHKeyFile, KnownHostsFile string

	// AuthorName and AuthorEmail stand on the commits that Publish makes.
	AuthorName, AuthorEmail string

	// VerifyKeys are armored OpenPGP public keys, lines of authorized_keys, or
	// lines of allowed_signers. Where there is one, only commits that one of
	// them signed come into force.
	VerifyKeys [][]byte

	// Log is told of what is worth knowing; nil: nobody is.
	Log *slog.Logger
	// Observe is told of each clone, fetch, push, commit and export.
	Observe func(op string, took time.Duration, err error)
}

// Head is what a Fetch has found.
type Head struct {
	Commit     string    // the commit in force
	From       string    // the one in force before, "" at first
	Rewritten  bool      // the branch was force-pushed: its old head is no ancestor of the new
	Time       time.Time // when the remote was asked
	Unverified string    // a newer head that no key of VerifyKeys signed; it is not in force
}

// Repo is a clone. All its methods may be called at once from many goroutines.
type Repo struct {
	o      Options
	remote *remote
	keys   *keyring

	// net is held for as long as the remote is talked to or the clone written.
	net turn
	// swap is held for writing while the folder of the clone is exchanged.
	swap sync.RWMutex
	// mu guards what follows. It is never held while the network is waited for.
	mu      sync.Mutex
	store   *filesystem.Storage
	tip     plumbing.Hash // the branch
	push    plumbing.Hash // the push branch, zero where it is missing
	head    plumbing.Hash // in force
	newer   plumbing.Hash // the tip where it is not in force, else zero
	touched map[string]touch
	descent descent
	suspect bool          // something could not be read: look through the clone at the next fetch
	goesOn  plumbing.Hash // a head of the push branch that the remote lets nobody leave
	// squashed is whether the branch has what the push branch would bring, as of
	// two tips.
	squashed struct {
		at [2]plumbing.Hash
		is bool
	}
}

// Open opens the clone of o.Dir, or makes it. It talks to the remote only where
// the clone is not there yet or is no good, so that a start while the remote is
// away goes on from what was fetched before.
func Open(ctx context.Context, o Options) (*Repo, error) {
	r, err := newRepo(o)
	if err != nil {
		return nil, err
	}
	if err := r.net.lock(ctx); err != nil {
		return nil, err
	}
	defer r.net.unlock()
	state, err := r.load()
	if err != nil {
		return nil, err
	}
	if state != "" {
		r.o.Log.Info("clone repository", "url", r.remote.shown, "branch", r.o.Branch, "why", state)
		if err := r.clone(ctx); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	err = r.decide()
	r.mu.Unlock()
	if err != nil { // there may be a commit by now that comes into force
		err = r.pull(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// newRepo checks what can be checked without the clone.
func newRepo(o Options) (*Repo, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Observe == nil {
		o.Observe = func(string, time.Duration, error) {}
	}
	if o.PushBranch == "" {
		o.PushBranch = o.Branch
	}
	if o.UserName == "" {
		o.UserName = "x-access-token"
	}
	for _, b := range []string{o.Branch, o.PushBranch} {
		if err := plumbing.NewBranchReferenceName(b).Validate(); err != nil || b == "" {
			return nil, fmt.Errorf("branch %q: git has no such names", b)
		}
	}
	if err := checkAuthor(o.AuthorName, o.AuthorEmail); err != nil {
		return nil, err
	}
	if o.Dir == "" {
		return nil, fmt.Errorf("no folder for the clone is named")
	}
	remote, err := newRemote(o)
	if err != nil {
		return nil, err
	}
	keys, err := newKeyring(o.VerifyKeys)
	if err != nil {
		return nil, err
	}
	return &Repo{o: o, remote: remote, keys: keys, net: make(turn, 1), touched: map[string]touch{}}, nil
}

// Head is the commit in force: the newest that VerifyKeys let pass. Commits
// that change nothing but CSVs pass with the signed one they stand upon.
func (r *Repo) Head() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head.String()
}

// observe calls what is to be called once the operation has ended.
func (r *Repo) observe(op string, err *error) func() {
	start := time.Now()
	return func() { r.o.Observe(op, time.Since(start), *err) }
}

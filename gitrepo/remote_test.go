package gitrepo

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// remotes are the ways to reach one repository.
var remotes = []struct {
	name string
	set  func(t *testing.T, repo *gitserver.Repo, o *Options)
}{
	{"path", func(*testing.T, *gitserver.Repo, *Options) {}},
	{"file", func(_ *testing.T, repo *gitserver.Repo, o *Options) { o.URL = "file://" + repo.Path }},
	{"http", func(t *testing.T, repo *gitserver.Repo, o *Options) {
		server := gitserver.HTTP(t, repo.Root, secret)
		o.URL = server.URL + "/" + repo.Name
		o.TokenFile = write(t, filepath.Join(t.TempDir(), "token"), secret+"\n")
	}},
	{"ssh", func(t *testing.T, repo *gitserver.Repo, o *Options) {
		server := gitserver.SSH(t)
		o.URL, o.SSHKeyFile, o.KnownHostsFile = server.URL(repo.Path), server.KeyFile, server.KnownHostsFile
	}},
}

// TestRemotes takes one way through all that is done with a remote, over each
// way to reach it.
func TestRemotes(t *testing.T) {
	for _, remote := range remotes {
		t.Run(remote.name, func(t *testing.T) {
			repo := gitserver.Init(t)
			first := repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a: 1\n", "a.csv": "0\n"}})
			o := options(t, repo)
			remote.set(t, repo, &o)
			r := open(t, o)
			if r.Head() != first {
				t.Fatalf("head %s, want %s", r.Head(), first)
			}
			made := publish(t, r, csv("accounts/a.csv", "1\n"))
			if got := repo.Head("main"); got != made || r.Head() != made {
				t.Errorf("the remote is at %s, we at %s, want %s", got, r.Head(), made)
			}
			repo.Fsck()
			if again := publish(t, r, csv("accounts/a.csv", "1\n")); again != "" {
				t.Errorf("the same bytes made commit %s", again)
			}
			theirs := repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a: 2\n"}})
			before := time.Now()
			if h := fetch(t, r); h.Commit != theirs || h.From != made || h.Rewritten || h.Time.Before(before) {
				t.Errorf("head %+v, want %s", h, theirs)
			}
			if got, err := r.File(theirs, "payers/a.yaml"); err != nil || string(got) != "a: 2\n" {
				t.Errorf("file %q, %v", got, err)
			}
			other := repo.Commit(gitserver.Commit{Onto: first, Files: map[string]string{"payers/a.yaml": "a: 3\n"}})
			if h := fetch(t, r); h.Commit != other || !h.Rewritten {
				t.Errorf("head %+v, want %s, rewritten", h, other)
			}
			if h := fetch(t, r); h.Commit != other || h.Rewritten {
				t.Errorf("head %+v, want %s, no longer rewritten", h, other)
			}
			noSecret(t, o.Dir)
		})
	}
}

// TestURLs: what may show a credential, or cannot work, is refused before
// anything is called.
func TestURLs(t *testing.T) {
	for _, tt := range []struct {
		url, token string
		want       string // part of the error; "" for none
	}{
		{"https://git.acme.example/a.git", "f", ""},
		{"https://git.acme.example:8443/a/b", "", ""},
		{"http://git.acme.example/a.git", "", ""},
		{"http://git.acme.example/a.git", "f", "use https://"},
		{"http://127.0.0.1.acme.example/a.git", "f", "use https://"},
		{"http://localhost:1/a.git", "f", ""},
		{"http://127.0.0.1:1/a.git", "f", ""},
		{"http://[::1]:1/a.git", "f", ""},
		{"https://ann:" + secret + "@git.acme.example/a.git", "", "holds a user or a password"},
		{"https://" + secret + "@git.acme.example/a.git", "", "holds a user or a password"},
		{"ssh://ann:" + secret + "@git.acme.example/a.git", "", "holds a user or a password"},
		{"https://git.acme.example/a.git?token=" + secret, "", "behind ? or #"},
		{"https://ann:" + secret + "%zz@git.acme.example/a", "", "cannot be read"},
		{"ssh://git@git.acme.example/a.git", "", ""},
		{"ssh://git.acme.example:2222/~ann/a.git", "", ""},
		{"git@git.acme.example:acme/a.git", "", ""},
		{"[::1]:acme/a.git", "", ""},
		{"/srv/a.git", "", ""},
		{"file:///srv/a.git", "", ""},
		{"file://srv/a.git", "", "three slashes"},
		{"a.git", "", "want https://"},
		{"../a.git", "", "want https://"},
		{"git://git.acme.example/a.git", "", `scheme "git"`},
		{"ext::sh -c x", "", "want https://"},
		{"https://git.acme.example/", "", "want a host and a path"},
		{"", "", "no URL"},
	} {
		_, err := newRemote(Options{URL: tt.url, TokenFile: tt.token, SSHKeyFile: "k", KnownHostsFile: "h"})
		if tt.want != "" {
			refuse(t, err, tt.want)
		} else if err != nil {
			t.Errorf("%s: %v", tt.url, err)
		}
	}
	_, err := newRemote(Options{URL: "git@git.acme.example:a.git", SSHKeyFile: "k"})
	refuse(t, err, "needs sshKeyFile and knownHostsFile")
}

// TestToken: it is read at every use, and a wrong one is told without showing it.
func TestToken(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server := gitserver.HTTP(t, repo.Root, secret)
	o := options(t, repo)
	o.URL = server.URL + "/" + repo.Name
	_, err := Open(t.Context(), o)
	refuse(t, err, "it asks for a password: name a tokenFile")
	o.TokenFile = filepath.Join(t.TempDir(), "token")
	_, err = Open(t.Context(), o)
	refuse(t, err, "read the token")
	write(t, o.TokenFile, " \n")
	_, err = Open(t.Context(), o)
	refuse(t, err, "is empty")
	write(t, o.TokenFile, "  "+secret+"\r\n")
	r := open(t, o)

	server.Token("another")
	_, err = r.Fetch(t.Context()) // the server says the token back
	refuse(t, err, "does not accept the token of "+o.TokenFile)
	if _, ok := errors.AsType[*AuthError](err); !ok {
		t.Errorf("%T, want an AuthError", err)
	}
	_, err = r.Publish(t.Context(), csv("a.csv", "1"))
	refuse(t, err, "does not accept the token")
	write(t, o.TokenFile, "another")
	fetch(t, r)
	server.Fail(http.StatusForbidden)
	_, err = r.Fetch(t.Context())
	refuse(t, err, "does not allow this")
	server.Fail(http.StatusBadGateway)
	_, err = r.Fetch(t.Context())
	refuse(t, err, "status 502")
	noSecret(t, o.Dir)
}

// TestRedirect: one on the same server is followed, one to another is not, and
// carries no token there.
func TestRedirect(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server := gitserver.HTTP(t, repo.Root, secret)
	o := options(t, repo)
	o.TokenFile = write(t, filepath.Join(t.TempDir(), "token"), secret)
	stolen := false
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen = true
		http.NotFound(w, r)
	}))
	defer thief.Close()
	server.Before(func(w http.ResponseWriter, r *http.Request) bool {
		for from, to := range map[string]string{"/old/": "/acme/", "/away/": thief.URL + "/acme/"} {
			if rest, ok := strings.CutPrefix(r.URL.Path, from); ok {
				http.Redirect(w, r, to+rest+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
				return true
			}
		}
		return false
	})
	o.URL = server.URL + "/away/payers.git"
	_, err := Open(t.Context(), o)
	refuse(t, err, "redirects to "+thief.URL+", which is not followed")
	if stolen {
		t.Error("the other server was asked")
	}
	o.URL = server.URL + "/old/payers.git"
	r := open(t, o)
	publish(t, r, csv("a.csv", "1"))
	repo.Fsck()
}

// TestSSHKeys: a host that is not known, or is another, is not talked to.
func TestSSHKeys(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server, other := gitserver.SSH(t), gitserver.SSH(t)
	o := options(t, repo)
	o.URL, o.SSHKeyFile, o.KnownHostsFile = server.URL(repo.Path), server.KeyFile, server.KnownHostsFile
	r := open(t, o)
	try := func(change func(o *Options), want string) {
		t.Helper()
		bad := o
		bad.Dir = filepath.Join(t.TempDir(), "clone")
		change(&bad)
		_, err := Open(t.Context(), bad)
		refuse(t, err, want)
	}
	dir := t.TempDir()
	line, err := os.ReadFile(other.KnownHostsFile)
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.SplitAfter(strings.SplitAfter(server.URL(""), "@")[1], "/")[0], "/")
	host, port, _ := strings.Cut(address, ":")
	changed := "[" + host + "]:" + port + " " + strings.SplitN(string(line), " ", 2)[1]
	try(func(o *Options) { o.KnownHostsFile = write(t, filepath.Join(dir, "empty"), "") }, "its host key ssh-ed25519 SHA256:")
	try(func(o *Options) { o.KnownHostsFile = other.KnownHostsFile }, "is not in "+other.KnownHostsFile)
	try(func(o *Options) { o.KnownHostsFile = write(t, filepath.Join(dir, "changed"), changed) }, "somebody may be in between")
	try(func(o *Options) { o.KnownHostsFile = filepath.Join(dir, "none") }, "read the known hosts")
	try(func(o *Options) { o.SSHKeyFile = other.KeyFile }, "does not accept the key "+other.KeyFile)
	try(func(o *Options) { o.SSHKeyFile = other.KnownHostsFile }, "is not a private SSH key")
	try(func(o *Options) { o.URL = server.URL("/none.git") }, "is not a repository")
	server.Down()
	_, err = r.Fetch(t.Context())
	refuse(t, err, "reach ssh://")
	server.Up()
	fetch(t, r)
}

// TestNotThere: what is wrong is told in a line.
func TestNotThere(t *testing.T) {
	repo := gitserver.Init(t)
	server := gitserver.HTTP(t, repo.Root, "")
	o := options(t, repo)
	_, err := Open(t.Context(), o)
	refuse(t, err, `has no branch "main": it is empty`)
	repo.Commit(gitserver.Commit{Branch: "master", Files: map[string]string{"a": "a"}})
	_, err = Open(t.Context(), o)
	refuse(t, err, `has no branch "main"`)
	for _, url := range []string{repo.Path + "x", server.URL + "/none.git"} {
		o.URL = url
		_, err = Open(t.Context(), o)
		refuse(t, err, "is not a repository")
	}
	stranger := httptest.NewTLSServer(http.NotFoundHandler())
	defer stranger.Close()
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.URL = stranger.URL + "/a.git"
	_, err = Open(t.Context(), o)
	refuse(t, err, "certificate signed by unknown authority")
	o.Branch = "a..b"
	_, err = Open(t.Context(), o)
	refuse(t, err, "git has no such names")
	o.Branch, o.AuthorEmail = "main", "a>"
	_, err = Open(t.Context(), o)
	refuse(t, err, "the author of commits")
}

// TestHangingRemote: a remote that takes the connection and says nothing is
// given up when the time is over, over each protocol.
func TestHangingRemote(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
	server := gitserver.HTTP(t, repo.Root, "")
	release := make(chan struct{})
	defer close(release)
	server.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	})
	silent := silentListener(t)
	key := gitserver.SSH(t)
	for _, url := range []string{server.URL + "/" + repo.Name, "http://" + silent + "/a.git", "ssh://a@" + silent + "/a.git"} {
		o := options(t, repo)
		o.URL, o.SSHKeyFile, o.KnownHostsFile = url, key.KeyFile, key.KnownHostsFile
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		start := time.Now()
		_, err := Open(ctx, o)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %s, want the deadline", url, err, time.Since(start))
		}
	}
}

// TestHangingHook: a push that takes for ever is given up when the time is over.
// What became of it the next look tells.
func TestHangingHook(t *testing.T) {
	for _, remote := range remotes[1:] {
		t.Run(remote.name, func(t *testing.T) {
			repo := gitserver.Init(t)
			repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}})
			o := options(t, repo)
			remote.set(t, repo, &o)
			r := open(t, o)
			release := filepath.Join(t.TempDir(), "release")
			if out, err := exec.Command("mkfifo", release).CombinedOutput(); err != nil {
				t.Skipf("no pipe with a name: %s", out)
			}
			repo.Hook("pre-receive", "read x <"+release+"; exit 1")
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			start := time.Now()
			_, err := r.Publish(ctx, csv("a.csv", "1"))
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 8*time.Second {
				t.Errorf("%v after %s, want the deadline", err, time.Since(start))
			}
			f, err := os.OpenFile(release, os.O_RDWR, 0) // lets the hook go, whether it still runs or not
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteString("x\n"); err != nil {
				t.Fatal(err)
			}
			repo.Hook("pre-receive", "")
			publish(t, r, csv("a.csv", "1"))
		})
	}
}

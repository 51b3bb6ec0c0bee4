package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// remote is a URL that was taken apart, and the credentials for it.
type remote struct {
	scheme string // https, http, ssh or file
	user   string // ssh
	host   string // with the port, where one is named
	path   string
	shown  string // how logs, errors and the clone's config name it: without secrets

	// multiACK is asked for where the server answers nobody who does not. The
	// haves and the end of them are one message of ours, so that there is
	// nothing more to it than a few lines before the pack.
	multiACK bool

	tokenFile, userName     string
	keyFile, knownHostsFile string
}

// scp is the short form of an SSH URL, user@host:path. What has a slash before
// the colon is a path.
var scp = regexp.MustCompile(`^(?:([^@/:\s]+)@)?([^@/:\s]+|\[[0-9a-fA-F:]+\]):([^:].*)$`)

// newRemote takes a URL apart. No error of it quotes a URL that may hold a
// secret.
func newRemote(o Options) (*remote, error) {
	r := &remote{shown: o.URL, tokenFile: o.TokenFile, userName: o.UserName, keyFile: o.SSHKeyFile, knownHostsFile: o.KnownHostsFile}
	if o.URL == "" {
		return nil, errors.New("no URL of a repository is named")
	}
	if filepath.IsAbs(o.URL) {
		r.scheme, r.path = "file", filepath.Clean(o.URL)
		return r, r.check()
	}
	if !strings.Contains(o.URL, "://") {
		m := scp.FindStringSubmatch(o.URL)
		if m == nil {
			return nil, errors.New("the URL of the repository: want https://…, ssh://…, user@host:path, file:///… or an absolute path")
		}
		r.scheme, r.user, r.host, r.path = "ssh", m[1], m[2], m[3]
		return r, r.check()
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("the URL of the repository cannot be read: a character in it needs escaping")
	}
	if err := r.take(u); err != nil {
		return nil, err
	}
	return r, r.check()
}

// take copies the parts of a URL, and refuses those that may hold a secret.
func (r *remote) take(u *url.URL) error {
	_, password := u.User.Password()
	if password || u.User != nil && (u.Scheme == "http" || u.Scheme == "https") {
		return fmt.Errorf("the URL of the repository at %s holds a user or a password: take them out, and put the password into a file that tokenFile names", u.Host)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("the URL of the repository at %s has a part behind ? or #: take it out", u.Host)
	}
	r.scheme, r.user, r.host, r.path = u.Scheme, u.User.Username(), u.Host, u.Path
	if r.scheme == "ssh" && strings.HasPrefix(r.path, "/~") {
		r.path = r.path[1:] // as git does: below the home folder of that user
	}
	return nil
}

// check refuses what cannot work or would show a credential to others.
func (r *remote) check() error {
	switch r.scheme {
	case "file":
		if r.host != "" && r.host != "localhost" {
			return fmt.Errorf("%s: a file URL has three slashes: file:///path", r.shown)
		}
		if !filepath.IsAbs(r.path) {
			return fmt.Errorf("%s: want an absolute path", r.shown)
		}
		return nil
	case "ssh":
		if r.keyFile == "" || r.knownHostsFile == "" {
			return fmt.Errorf("%s: SSH needs sshKeyFile and knownHostsFile", r.shown)
		}
		if r.user == "" {
			r.user = "git"
		}
	case "http":
		if r.tokenFile != "" && !loopback(r.hostname()) {
			return fmt.Errorf("%s: the token would go over the network unencrypted: use https://", r.shown)
		}
	case "https":
	default:
		return fmt.Errorf("the URL of the repository: scheme %q is none of https, http, ssh and file", r.scheme)
	}
	host := r.hostname()
	r.multiACK = host == "dev.azure.com" || host == "ssh.dev.azure.com" || strings.HasSuffix(host, ".visualstudio.com")
	if host == "" || r.path == "" || r.path == "/" {
		return fmt.Errorf("%s: want a host and a path", r.shown)
	}
	return nil
}

// hostname is the host without its port.
func (r *remote) hostname() string {
	u := url.URL{Host: r.host}
	return u.Hostname()
}

// address is where SSH is dialed.
func (r *remote) address() string {
	u := url.URL{Host: r.host}
	port := u.Port()
	if port == "" {
		port = "22"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// loopback is true of a host that is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// token reads the token, "" where none is named.
func (r *remote) token() (string, error) {
	if r.tokenFile == "" || r.scheme != "http" && r.scheme != "https" {
		return "", nil
	}
	b, err := os.ReadFile(r.tokenFile)
	if err != nil {
		return "", &AuthError{Remote: r.shown, Err: fmt.Errorf("read the token: %w", err)}
	}
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return "", &AuthError{Remote: r.shown, Err: fmt.Errorf("the token file %s is empty", r.tokenFile)}
	}
	if bytes.ContainsAny(b, "\r\n\x00") {
		return "", &AuthError{Remote: r.shown, Err: fmt.Errorf("the token file %s holds more than one line", r.tokenFile)}
	}
	return string(b), nil
}

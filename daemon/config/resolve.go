package config

import (
	"net"
	"net/netip"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The defaults.
const (
	defaultBranch      = "main"
	defaultListen      = "127.0.0.1:9464"
	defaultInterval    = 5 * time.Minute
	defaultPayers      = 4
	defaultChanges     = 8
	defaultUserName    = "x-access-token"
	defaultAuthor      = "reconciler"
	defaultAuthorEmail = "reconciler@localhost"
)

// What an interval may be.
const (
	minInterval = 10 * time.Second
	maxInterval = 24 * time.Hour
	maxParallel = 64
)

// events are what somebody may be told of.
func events() []string { return []string{"failure", "recovery", "changes", "blocked"} }

// resolver fills in the defaults and the paths, and checks what stands there.
type resolver struct {
	*decoder
	c   *Config
	dir string // of the config file
	env func(string) string
}

func (r *resolver) resolve() {
	c := r.c
	r.files("", reflect.ValueOf(c).Elem())
	r.git()
	r.oneOf("mode", &c.Mode, "plan", "apply")
	r.oneOf("firstApply", &c.FirstApply, "operator", "auto")
	r.interval()
	r.listen()
	r.count("parallelism.payers", &c.Parallelism.Payers, defaultPayers)
	r.count("parallelism.changes", &c.Parallelism.Changes, defaultChanges)
	r.stateDir()
	for i := range c.Notify {
		r.notify(entry("notify", i), &c.Notify[i])
	}
}

// or sets the default where the file does not have a key. It says whether the file
// has a value that is fit to check.
func or[T any](r *resolver, key string, v *T, otherwise T) bool {
	if _, ok := r.places[key]; !ok {
		*v = otherwise
	}
	return r.has(key)
}

// oneOf takes one of some words; the first is the default.
func (r *resolver) oneOf(key string, v *string, words ...string) {
	if or(r, key, v, words[0]) && !slices.Contains(words, *v) {
		r.bad(key, "want %s, have %q%s", choice(words), shown(*v), meant(*v, words))
	}
}

// count takes a number of things at once.
func (r *resolver) count(key string, v *int, otherwise int) {
	if or(r, key, v, otherwise) && (*v < 1 || *v > maxParallel) {
		r.bad(key, "want 1 to %d, have %d", maxParallel, *v)
	}
}

func (r *resolver) interval() {
	if !or(r, "interval", &r.c.Interval, defaultInterval) {
		return
	}
	switch t := r.c.Interval; {
	case t < minInterval:
		r.bad("interval", "%v is too short: want 10s at least", t)
	case t > maxInterval:
		r.bad("interval", "%v is too long: want 24h at most", t)
	}
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// listen takes HOST:PORT, or off.
func (r *resolver) listen() {
	c := r.c
	if or(r, "listen", &c.Listen, defaultListen) {
		if c.Listen == "off" {
			c.Listen = ""
		} else if why := wrongAddress(c.Listen); why != "" {
			r.bad("listen", "%s", why)
		}
	}
	if c.Listen != "" || r.unfit["listen"] {
		return
	}
	for key, what := range map[string]string{"webhook": "a webhook", "apiTokenFile": "a token"} {
		if r.has(key) {
			r.bad(key, "%s is of no use while listen is off", what)
		}
	}
}

// wrongAddress says what is wrong with an address to listen on, "" for nothing.
func wrongAddress(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return `want HOST:PORT as in ` + defaultListen + `, or off; an IPv6 address stands in brackets, as in [::1]:9464`
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "want a port from 0 to 65535, have " + strconv.Quote(shown(port))
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !hostName.MatchString(host) {
		return strconv.Quote(shown(host)) + " is neither an address nor the name of a host"
	}
	return ""
}

// ListensBeyondLoopback says that other machines may reach the address of Listen.
func (c *Config) ListensBeyondLoopback() bool {
	if c.Listen == "" {
		return false
	}
	host, _, err := net.SplitHostPort(c.Listen)
	return err != nil || !loopback(host)
}

// loopback says that a host is this machine, without asking anybody for its
// address.
func loopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// stateDir takes the state folder from the file, from systemd, or from the
// repository of the local folder.
func (r *resolver) stateDir() {
	if _, ok := r.places["stateDir"]; ok {
		return
	}
	given, _, _ := strings.Cut(r.env("STATE_DIRECTORY"), ":") // systemd joins several with colons
	switch {
	case given != "":
		r.c.StateDir = filepath.Join(r.dir, given)
		if filepath.IsAbs(given) {
			r.c.StateDir = filepath.Clean(given)
		}
	case r.has("git.path") && !r.isSet("git.url"):
		r.c.StateDir = filepath.Join(repository(r.c.Git.Path), ".reconciler")
	case r.isSet("git.url"):
		r.add("stateDir", "is missing, and the environment has no STATE_DIRECTORY: name a folder that outlives the daemon, or set StateDirectory= in the systemd unit")
	}
}

// isSet says that the file has a key, right or wrong.
func (r *resolver) isSet(key string) bool {
	_, ok := r.places[key]
	return ok
}

var payerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$`)

func (r *resolver) notify(key string, n *Notify) {
	if r.unfit[key] {
		return
	}
	switch slack, webhook := r.isSet(key+".slack"), r.isSet(key+".webhook"); {
	case slack && webhook:
		r.bad(key, "slack and webhook both stand here: make two entries of them")
	case !slack && !webhook:
		r.bad(key, "want slack or webhook")
	}
	if or(r, key+".on", &n.On, events()) {
		r.words(key+".on", n.On, func(at, word string) {
			if !slices.Contains(events(), word) {
				r.bad(at, "want %s, have %q%s", choice(events()), shown(word), meant(word, events()))
			}
		})
	}
	if r.has(key + ".payers") {
		r.words(key+".payers", n.Payers, func(at, word string) {
			if !payerName.MatchString(word) {
				r.bad(at, "%q is not the name of a payer", shown(word))
			}
		})
	}
}

// words checks a list of words: it has one at least, and none twice.
func (r *resolver) words(key string, list []string, check func(at, word string)) {
	if len(list) == 0 {
		r.bad(key, "is empty: leave the key out for all")
	}
	for i, word := range list {
		at := entry(key, i)
		switch {
		case !r.has(at):
		case slices.Index(list, word) < i:
			r.bad(at, "%q stands here twice", shown(word))
		default:
			check(at, word)
		}
	}
}

// inside cleans a path in a repository; ok says that it stays there.
func inside(p string) (clean string, ok bool) {
	clean = path.Clean(p)
	return clean, !path.IsAbs(p) && clean != ".." && !strings.HasPrefix(clean, "../")
}

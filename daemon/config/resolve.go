package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/strictyaml"
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

// resolver fills in the defaults and the paths, and checks what stands there.
type resolver struct {
	*decoder
	c   *Config
	dir string // of the config file
	env func(string) string
}

func (r *resolver) resolve() {
	c := r.c
	eachFile("", reflect.ValueOf(c).Elem(), func(key, _ string, v reflect.Value) { v.SetString(r.file(key, v.String())) })
	r.git()
	r.oneOf("mode", &c.Mode, "plan", "apply")
	r.oneOf("firstApply", &c.FirstApply, "operator", "auto")
	r.interval()
	r.listen()
	r.count("parallelism.payers", &c.Parallelism.Payers, defaultPayers)
	r.count("parallelism.changes", &c.Parallelism.Changes, defaultChanges)
	r.stateDir()
	for i := range c.Notify {
		r.notify(strictyaml.Entry("notify", i), &c.Notify[i])
	}
}

// or sets the default where the file does not have a key. It says whether the file
// has a value that is fit to check.
func or[T any](r *resolver, key string, v *T, otherwise T) bool {
	if !r.isSet(key) {
		*v = otherwise
	}
	return r.has(key)
}

// oneOf takes one of some words; the first is the default.
func (r *resolver) oneOf(key string, v *string, words ...string) {
	if or(r, key, v, words[0]) && !slices.Contains(words, *v) {
		r.bad(key, "want %s, have %q%s", choice(words), strictyaml.Shown(*v), strictyaml.Meant(*v, words))
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

// stateDir takes the state folder from the file, from systemd, or from the
// repository of the local folder.
func (r *resolver) stateDir() {
	if r.isSet("stateDir") {
		return
	}
	given, _, _ := strings.Cut(r.env("STATE_DIRECTORY"), ":") // systemd joins several with colons
	switch {
	case filepath.IsAbs(given):
		r.c.StateDir = filepath.Clean(given)
	case given != "":
		r.add("stateDir", "is missing, and STATE_DIRECTORY of the environment is not an absolute path")
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

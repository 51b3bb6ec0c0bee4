package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// restarts are the keys that take effect when the daemon starts, and not before.
func restarts() []string { return []string{"git.url", "git.path", "listen", "stateDir"} }

// Diff says what differs from an older config, one key a line in the order of the
// keys, as in "interval: 5m -> 10m". Where a secret is kept is not told. Where
// nothing differs in meaning it is nil.
func (c *Config) Diff(old *Config) []string {
	var lines []string
	for _, d := range differences(old, c) {
		lines = append(lines, d.line)
	}
	return lines
}

// NeedsRestart gives those lines of Diff that take effect at the next start of the
// daemon only. With another url these are all of git, since the credentials go with
// it.
func (c *Config) NeedsRestart(old *Config) []string {
	var lines []string
	moved := old != nil && c.Git.URL != old.Git.URL
	for _, d := range differences(old, c) {
		if slices.Contains(restarts(), d.key) || moved && strings.HasPrefix(d.key, "git.") {
			lines = append(lines, d.line)
		}
	}
	return lines
}

// Running gives the config of a daemon that was started with old and takes on c:
// it is c, but for what needs a restart, which is old's. Neither is changed.
func (c *Config) Running(old *Config) *Config {
	r := *c
	r.Listen, r.StateDir, r.Git.Path = old.Listen, old.StateDir, old.Git.Path
	if c.Git.URL != old.Git.URL {
		r.Git = old.Git
	}
	return &r
}

// Equal says that two configs mean the same.
func (c *Config) Equal(other *Config) bool { return len(differences(c, other)) == 0 }

type difference struct{ key, line string }

func differences(before, after *Config) []difference {
	was, is := said(before), said(after)
	var found []difference
	for _, s := range is {
		if i := slices.IndexFunc(was, func(w saying) bool { return w.key == s.key }); i < 0 {
			found = append(found, difference{s.key, s.key + ": none -> " + s.shown()})
		} else if was[i].text != s.text {
			line := s.key + ": " + was[i].shown() + " -> " + s.shown()
			if s.secret {
				line = s.key + ": another file"
			}
			found = append(found, difference{s.key, line})
		}
	}
	for _, w := range was {
		if !slices.ContainsFunc(is, func(s saying) bool { return s.key == w.key }) {
			found = append(found, difference{w.key, w.key + ": " + w.shown() + " -> none"})
		}
	}
	return found
}

// saying is one key of a config and what it says.
type saying struct {
	key, text string
	secret    bool
}

func (s saying) shown() string {
	if s.secret {
		return "a file"
	}
	return strictyaml.Shown(strings.ReplaceAll(s.text, "\n", ", ")) // of a list
}

// said gives what a config says, key by key; nothing for nil.
func said(c *Config) (all []saying) {
	if c == nil {
		return nil
	}
	var walk func(key, kind string, v reflect.Value)
	walk = func(key, kind string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(key, kind, v.Elem())
			}
		case reflect.Struct:
			fields, names := keysOf(v.Type())
			for _, name := range names {
				walk(strictyaml.Child(key, name), v.Type().Field(fields[name]).Tag.Get("kind"), v.Field(fields[name]))
			}
		case reflect.Slice:
			if texts, ok := v.Interface().([]string); !ok {
				for i := range v.Len() {
					walk(strictyaml.Entry(key, i), kind, v.Index(i))
				}
			} else if len(texts) > 0 {
				all = append(all, saying{key, strings.Join(slices.Sorted(slices.Values(texts)), "\n"), kind == "secret"})
			}
		default:
			if text := inWords(key, v); text != "" {
				all = append(all, saying{key, text, kind == "secret"})
			}
		}
	}
	walk("", "", reflect.ValueOf(c).Elem())
	return all
}

// inWords writes a value as the config file has it.
func inWords(key string, v reflect.Value) string {
	switch t := v.Interface().(type) {
	case time.Duration:
		s := t.String() // 1h0m0s
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	case int:
		return strconv.Itoa(t)
	case string:
		if key == "listen" && t == "" {
			return "off"
		}
		return t
	}
	panic(fmt.Sprintf("config: no words for %v", v.Type()))
}

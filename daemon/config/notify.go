package config

import (
	"regexp"
	"slices"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// events are what somebody may be told of.
func events() []string { return []string{"failure", "recovery", "changes", "blocked"} }

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
				r.bad(at, "want %s, have %q%s", choice(events()), strictyaml.Shown(word), strictyaml.Meant(word, events()))
			}
		})
	}
	if r.has(key + ".payers") {
		r.words(key+".payers", n.Payers, func(at, word string) {
			if !payerName.MatchString(word) {
				r.bad(at, "%q is not the name of a payer", strictyaml.Shown(word))
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
		at := strictyaml.Entry(key, i)
		switch {
		case !r.has(at):
		case slices.Index(list, word) < i:
			r.bad(at, "%q stands here twice", strictyaml.Shown(word))
		default:
			check(at, word)
		}
	}
}

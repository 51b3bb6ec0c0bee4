package spec

import (
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// whole wants two values to say the same.
func (m *merger) whole(own, add *yaml.Node, path string) {
	if at, key, o, a, same := differ(own, add, ""); !same {
		m.contradict(at, add, path+key, say(o, path+key), say(a, path+key))
	}
}

// differ finds the first difference between two values: the key, and what each
// has there. The order of keys does not count, nor a list of one.
func differ(own, add *yaml.Node, path string) (at *yaml.Node, key string, o, a *yaml.Node, same bool) {
	o, a = single(strictyaml.Deref(own)), single(strictyaml.Deref(add))
	if o.Kind != a.Kind {
		return own, path, o, a, false
	}
	switch o.Kind {
	case yaml.MappingNode:
		return differKeys(own, o, a, path)
	case yaml.SequenceNode:
		if len(o.Content) != len(a.Content) {
			return own, path, o, a, false
		}
		for i := range o.Content {
			if at, key, x, y, same := differ(o.Content[i], a.Content[i], path+"["+itoa(i)+"]"); !same {
				return at, key, x, y, false
			}
		}
		return nil, "", nil, nil, true
	}
	return own, path, o, a, sameScalar(o, a, "")
}

func differKeys(own, o, a *yaml.Node, path string) (at *yaml.Node, key string, x, y *yaml.Node, same bool) {
	var muted mistakes
	d := &decoder{mistakes: &muted, unfit: map[string]bool{}}
	mine, theirs := d.pairs(o, ""), map[string]*yaml.Node{}
	for _, p := range d.pairs(a, "") {
		theirs[p.name] = p.value
	}
	for _, p := range mine {
		t := theirs[p.name]
		if t == nil {
			return p.key, step(path, p.name), p.value, nil, false
		}
		delete(theirs, p.name)
		if at, key, x, y, same := differ(p.value, t, step(path, p.name)); !same {
			return at, key, x, y, false
		}
	}
	for _, p := range d.pairs(a, "") {
		if theirs[p.name] != nil {
			return own, path, nil, p.key, false
		}
	}
	return nil, "", nil, nil, true
}

// step is the path of a key behind a path that begins in the middle.
func step(path, key string) string {
	if next := strictyaml.Child(path, key); path != "" || next[0] == '[' {
		return next
	}
	return "." + key
}

// single takes the entry out of a list of one.
func single(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 1 && strictyaml.Deref(n.Content[0]).Kind == yaml.ScalarNode {
		return strictyaml.Deref(n.Content[0])
	}
	return n
}

// sameScalar says that two scalars say the same: a number in quotes is a
// number, and 12h is 43200 seconds.
func sameScalar(a, b *yaml.Node, key string) bool {
	if a.Value == b.Value {
		return strictyaml.IsNull(a) == strictyaml.IsNull(b)
	}
	if key != "maxSessionDuration" {
		return false
	}
	x, okx := asSeconds(a.Value)
	y, oky := asSeconds(b.Value)
	return okx && oky && x == y
}

func asSeconds(s string) (time.Duration, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(n) * time.Second, true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

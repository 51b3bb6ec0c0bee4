package strictyaml

import (
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// Deref gives what an alias stands for, and any other node as it is.
func Deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// IsNull says that a value is null: written so, as ~, or not at all.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// Child is the path of a key in the mapping at path: ous.name, or tags["a b"].
func Child(path, key string) string {
	switch {
	case len(key) > most || !plainKey.MatchString(key):
		return path + "[" + strconv.Quote(Shown(key)) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// Entry is the path of an entry of the list at path, counted from 0.
func Entry(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

func itoa(i int) string { return strconv.Itoa(i) }

// declareOUs notes the paths of the units and makes them, without policies and
// tags, which may refer to others.
func (b *builder) declareOUs(list []file.V[file.OU], parent string, level int) []OU {
	var ous []OU
	first, before := map[string]int{}, map[resource.Ref]int{}
	for _, v := range list {
		name := b.plain(v.Value.Name, "")
		if depth := b.p.Limits.Depth(); level == depth+1 {
			b.add(v.At, "level %d: units nest %d levels deep at most", level, depth)
		}
		if len(name) > 4*128 { // a mistake, told below; its path need not be long too
			name = strictyaml.Shown(name)
			b.add(v.Value.Name.At, "the name has more than 128 characters")
		}
		o := OU{Node: Node{Pos: pos(v.At)}, Name: name, Path: resource.JoinPath(parent, name)}
		if b.fits(v.Value.Name.At) {
			if b.straight(v.Value.Name.At, name) {
				b.objectName(v.Value.Name.At, name)
			}
			if line := first[name]; line > 0 {
				b.add(v.Value.Name.At, "a second OU %q here, the first is on line %d", strictyaml.Shown(name), line)
			}
			first[name] = v.Line
			b.ous[o.Path] = true
		}
		o.Previously = b.names(v.Value.Previously, func(at file.At, s string) {
			b.objectName(at, s)
			b.claimed(at, before, resource.Ref{Kind: "ou", Name: s})
		})
		o.OUs = b.declareOUs(v.Value.OUs.Value, o.Path, level+1)
		ous = append(ous, o)
	}
	for i, o := range ous {
		for j, old := range o.Previously {
			if first[old.Value] > 0 {
				b.add(b.previousAt(list[i].Value.Previously, j, old), "OU %q is declared too: both names are alive", strictyaml.Shown(old.Value))
			}
		}
	}
	return ous
}

// findOU gives the path of the unit that a file names, where a slash inside a
// name is written \/.
func (b *builder) findOU(written string) (string, error) {
	path := ""
	for _, name := range splitWritten(written) {
		path = resource.JoinPath(path, name)
	}
	if b.ous[path] {
		return path, nil
	}
	if b.full() {
		return "", fmt.Errorf("no OU %s", strictyaml.Quoted(written))
	}
	var known []string
	for p := range b.ous {
		names := resource.SplitPath(p)
		for i, n := range names {
			names[i] = strings.NewReplacer(`\`, `\\`, "/", `\/`).Replace(n)
		}
		known = append(known, strings.Join(names, "/"))
	}
	slices.Sort(known)
	hint := ""
	for _, k := range known {
		if hint == "" && strings.HasSuffix(k, "/"+written) {
			hint = fmt.Sprintf(" (did you mean %s?)", strictyaml.Quoted(k))
		}
	}
	if hint == "" {
		hint = strictyaml.Meant(written, known)
	}
	return "", fmt.Errorf("no OU %s%s", strictyaml.Quoted(written), hint)
}

// splitWritten gives the names along a path as a person writes it.
func splitWritten(path string) []string {
	var names []string
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path) && (path[i+1] == '/' || path[i+1] == '\\'):
			i++
			name.WriteByte(path[i])
		case c == '/':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(c)
		}
	}
	return append(names, name.String())
}

// ou reads the path of a unit that something is in; "" where there is none.
func (b *builder) ou(v file.V[string]) string {
	if !b.fits(v.At) || v.Value == "" {
		return ""
	}
	path, err := b.findOU(b.plain(v, ""))
	if err != nil && b.fits(v.At) {
		b.add(v.At, "%v", err)
	}
	return path
}

func (b *builder) ouTags(ous []OU, list []file.V[file.OU]) {
	for i := range ous {
		ous[i].Tags = b.tags(list[i].Value.Tags, "", ownTags)
		b.ouTags(ous[i].OUs, list[i].Value.OUs.Value)
	}
}

package spec

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxLinks are followed on the way to one file; Linux gives up at 40.
const maxLinks = 40

// saw notes a file that the payer was read from, by its name from the root.
func (s *source) saw(name string) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	if _, known := s.seen[name]; !known {
		s.seen[name] = false
		for _, n := range way(s.root, name) {
			s.seen[n] = true
		}
	}
}

// sources gives every file that the payer was read from, sorted.
func (s *source) sources() []string {
	s.saw(s.name)
	if s.withDefaults != nil {
		s.saw(s.withDefaults.name)
	}
	for _, u := range s.uses {
		if !u.p.shelf.embedded {
			s.saw(u.p.file)
		}
	}
	maps.DeleteFunc(s.seen, func(_ string, read bool) bool { return !read })
	return slices.Sorted(maps.Keys(s.seen))
}

// way gives what decides the text of a file: the symbolic links that its name
// leads through, each a file of the repository too, and the file at their end.
func way(root, name string) []string {
	var all []string
	at, rest, links := "", strings.Split(name, "/"), 0
	for len(rest) > 0 {
		step := rest[0]
		rest = rest[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			if at = path.Dir(at); at == "." {
				at = ""
			}
			continue
		}
		next := path.Join(at, step)
		target, err := os.Readlink(filepath.Join(root, filepath.FromSlash(next)))
		if err != nil { // no link
			at = next
			continue
		}
		all = append(all, next)
		if links++; links > maxLinks {
			return all
		}
		if filepath.IsAbs(target) {
			if real, err := filepath.EvalSymlinks(root); err == nil {
				root = real
			}
			at, target = "", relative(root, target)
		}
		rest = append(strings.Split(filepath.ToSlash(target), "/"), rest...)
	}
	return append(all, at)
}

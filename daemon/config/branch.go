package config

import (
	"strings"
	"unicode"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// branch checks the name of a branch as git check-ref-format does.
func (r *resolver) branch(key, name string) {
	if short, ok := strings.CutPrefix(name, "refs/heads/"); ok {
		r.bad(key, "want the name of the branch alone: %q", strictyaml.Shown(short))
		return
	}
	if why := wrongBranch(name); why != "" {
		r.bad(key, "%q is not the name of a branch: %s", strictyaml.Shown(name), why)
	}
}

func wrongBranch(name string) string {
	switch {
	case name == "HEAD" || name == "@":
		return "git has another meaning for it"
	case strings.HasPrefix(name, "-"):
		return "it begins with -"
	case strings.HasSuffix(name, "."):
		return "it ends with a dot"
	case strings.Contains(name, ".."):
		return "it has two dots in a row"
	case strings.Contains(name, "@{"):
		return "it has @{"
	case len(name) > 244: // a file of git's holds it: 255 bytes with .lock behind it
		return "it is too long"
	}
	if i := strings.IndexFunc(name, func(c rune) bool { return unicode.IsControl(c) || strings.ContainsRune(" ~^:?*[\\", c) }); i >= 0 {
		return "it has a space, a control character or one of ~ ^ : ? * [ \\"
	}
	for _, part := range strings.Split(name, "/") {
		switch {
		case part == "":
			return "it begins or ends with a slash, or has two in a row"
		case strings.HasPrefix(part, "."):
			return "a part of it begins with a dot"
		case strings.HasSuffix(part, ".lock"):
			return "a part of it ends with .lock"
		}
	}
	return ""
}

package resource

import (
	"cmp"
	"fmt"
	"strings"
)

// Ref names one thing of a payer: a kind and a human name, never an AWS id.
// The name of a kind that exists once (organization, root) is empty.
type Ref struct{ Kind, Name string }

// String gives kind/name, or the kind alone where there is no name.
func (r Ref) String() string {
	if r.Name == "" {
		return r.Kind
	}
	return r.Kind + "/" + r.Name
}

// IsZero says that r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Compare orders refs by kind, then by name.
func (r Ref) Compare(o Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, o.Kind), cmp.Compare(r.Name, o.Name))
}

// CompareNatural orders refs by kind, then by name as a person counts: numbers in
// names by their value, so that host-9 stands before host-10.
func (r Ref) CompareNatural(o Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, o.Kind), natural(r.Name, o.Name), cmp.Compare(r.Name, o.Name))
}

// natural compares two texts, their numbers by value; 7 and 07 are equal to it.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x == 0 || y == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		n, m := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
		if c := cmp.Or(cmp.Compare(len(n), len(m)), cmp.Compare(n, m)); c != 0 {
			return c
		}
		a, b = a[x:], b[y:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits counts those at the beginning of a text.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// ParseRef reads what [Ref.String] wrote.
func ParseRef(s string) (Ref, error) {
	kind, name, slash := strings.Cut(s, "/")
	if kind == "" || slash && name == "" {
		return Ref{}, fmt.Errorf("parse ref %q: want KIND or KIND/NAME", s)
	}
	return Ref{kind, name}, nil
}

// MarshalText writes the form of [Ref.String].
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the form of [Ref.String]; empty text is the zero Ref.
func (r *Ref) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = Ref{}
		return nil
	}
	v, err := ParseRef(string(b))
	if err == nil {
		*r = v
	}
	return err
}

// AccountOf gives the account that an ARN of AWS is of, "" where it names none, as
// that of a bucket, or no twelve digits.
func AccountOf(arn string) string {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || len(p[4]) != 12 || strings.Trim(p[4], "0123456789") != "" {
		return ""
	}
	return p[4]
}

var (
	nameEscapes = strings.NewReplacer(
		"%", "%25", "@", "%40", "\n", "%0A", "\v", "%0B", "\f", "%0C", "\r", "%0D",
		"\u0085", "%C2%85", "\u2028", "%E2%80%A8", "\u2029", "%E2%80%A9")
	nameUnescapes = strings.NewReplacer(
		"%25", "%", "%40", "@", "%0A", "\n", "%0B", "\v", "%0C", "\f", "%0D", "\r",
		"%C2%85", "\u0085", "%E2%80%A8", "\u2028", "%E2%80%A9", "\u2029")
)

// Escape percent-encodes what would make a name ambiguous inside a Ref: %, @
// and line breaks.
func Escape(name string) string { return nameEscapes.Replace(name) }

// Unescape gives back the name that [Escape] was given.
func Unescape(s string) string { return nameUnescapes.Replace(s) }

// PathElem is one step of a path of names: escaped, and with each slash of the
// name written as \/.
func PathElem(name string) string {
	return strings.NewReplacer(`\`, `\\`, "/", `\/`).Replace(Escape(name))
}

// JoinPath gives the path of a child; an empty parent is the top.
func JoinPath(parent, name string) string {
	if parent == "" {
		return PathElem(name)
	}
	return parent + "/" + PathElem(name)
}

// SplitPath gives the raw names along a path, undoing [PathElem].
func SplitPath(path string) []string {
	if path == "" {
		return nil
	}
	var names []string
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case c == '/':
			names = append(names, Unescape(b.String()))
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(names, Unescape(b.String()))
}

// ParentPath gives the path without its last step; the top has the parent "".
func ParentPath(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' && !escaped(path, i) {
			return path[:i]
		}
	}
	return ""
}

// escaped says whether the byte at i follows an odd run of backslashes.
func escaped(s string, i int) bool {
	n := 0
	for i--; i >= 0 && s[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

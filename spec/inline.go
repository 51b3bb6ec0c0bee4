package spec

import (
	"encoding/json"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// jsonWriter writes a YAML mapping as JSON, from its source text: a date or an
// account id without quotes stays as it is written. It knows which value each
// column of the JSON came from.
type jsonWriter struct {
	d       *decoder
	out     strings.Builder
	columns int
	places  []place
}

type place struct {
	column int
	at     file.At
}

// at gives the place of the value that a column of the JSON belongs to.
func (w *jsonWriter) at(column int, top file.At) file.At {
	i := sort.Search(len(w.places), func(i int) bool { return w.places[i].column > column })
	if i == 0 {
		return top
	}
	return w.places[i-1].at
}

func (w *jsonWriter) write(s string) {
	w.out.WriteString(s)
	w.columns += utf8.RuneCountInString(s)
}

func (w *jsonWriter) mark(n *yaml.Node, path string) {
	w.places = append(w.places, place{w.columns + 1, w.d.at(n, path)})
}

func (w *jsonWriter) value(n *yaml.Node, path string) bool {
	w.mark(n, path)
	n = strictyaml.Deref(n)
	if w.out.Len() > maxPolicyFile {
		w.d.bad(n, path, "the document is too big: more than %s bytes", humanize.Comma(maxPolicyFile))
		return false
	}
	switch n.Kind {
	case yaml.MappingNode:
		return w.object(n, path)
	case yaml.SequenceNode:
		w.write("[")
		for i, c := range n.Content {
			if i > 0 {
				w.write(",")
			}
			if !w.value(c, path+"["+itoa(i)+"]") {
				return false
			}
		}
		w.write("]")
		return true
	}
	return w.scalar(n, path)
}

func (w *jsonWriter) object(n *yaml.Node, path string) bool {
	before := len(w.d.list) + w.d.more
	w.write("{")
	for i, p := range w.d.pairs(n, path) {
		if i > 0 {
			w.write(",")
		}
		at := strictyaml.Child(path, p.name)
		w.mark(p.key, at)
		w.write(quoteJSON(p.name) + ":")
		if !w.value(p.value, at) {
			return false
		}
	}
	w.write("}")
	return len(w.d.list)+w.d.more == before
}

// scalar writes truth values, nulls and numbers as such where JSON has them so,
// but an account id as text, since IAM takes it only so.
func (w *jsonWriter) scalar(n *yaml.Node, path string) bool {
	switch n.ShortTag() {
	case "!!null":
		w.write("null")
	case "!!bool":
		w.write(strings.ToLower(n.Value))
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) && !accountID.MatchString(n.Value) {
			w.write(n.Value)
		} else {
			w.write(quoteJSON(n.Value))
		}
	case "!!str", "!!timestamp":
		w.write(quoteJSON(n.Value))
	default:
		w.d.bad(n, path, "the tag %s has no meaning here", strictyaml.Shown(n.Tag))
		return false
	}
	return true
}

// quoteJSON writes a JSON string without the escapes that only HTML needs.
func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string in a builder cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// document reads a policy document beside the preset, and fills it in. The
// values that it becomes know their places in it.
func (f *filler) document(at *yaml.Node, name string) *yaml.Node {
	full := path.Join(path.Dir(f.u.p.name), name)
	shown := f.u.p.shelf.shown(full)
	if name == "" || path.IsAbs(name) || !fs.ValidPath(full) {
		f.wrong(at, "want the path of a document below presets/, have %s", strictyaml.Quoted(name))
		return nil
	}
	src, err := f.u.p.shelf.readFrom(full, maxPolicyFile)
	if err != nil {
		f.wrong(at, "%s: %v", shown, err)
		return nil
	}
	if !f.u.p.shelf.embedded {
		f.u.saw(shown)
	}
	r := jsonReader{src: src, dec: json.NewDecoder(bytes.NewReader(src))}
	r.dec.UseNumber()
	n, err := r.document()
	if err != nil {
		f.wrong(at, "%s:%v", shown, err)
		return nil
	}
	in := *f
	in.file = shown
	return in.node(n, false)
}

// jsonReader makes YAML nodes of JSON, each with its line and column. (JSON is
// not quite YAML: tabs, and characters beyond the first plane.)
type jsonReader struct {
	src []byte
	dec *json.Decoder
	at  int // the offset that line and column stand for
	row int // lines before at
}

// document reads the one value of the file.
func (r *jsonReader) document() (*yaml.Node, error) {
	n, err := r.value(0)
	if err == nil {
		if _, err = r.dec.Token(); errors.Is(err, io.EOF) {
			return n, nil
		}
		err = errors.Join(err, errors.New("a second value behind the document"))
	}
	offset := int(r.dec.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = max(0, int(syntax.Offset)-1)
	}
	var at yaml.Node
	r.place(&at, offset)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	return nil, fmt.Errorf("%d:%d: not JSON: %w", at.Line, at.Column, err)
}

var errTooDeep = fmt.Errorf("values nest deeper than %d levels", maxDepth)

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	from := r.next()
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode}
	r.place(n, from)
	switch t := token.(type) {
	case json.Delim:
		return n, r.inside(n, t, depth)
	case string:
		n.Tag, n.Value = "!!str", t
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(t)
	case nil:
		n.Tag, n.Value = "!!null", "null"
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
		if digits.MatchString(n.Value) {
			n.Tag = "!!int"
		}
	}
	return n, nil
}

// inside reads an object or an array to its end.
func (r *jsonReader) inside(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind = yaml.SequenceNode
	if open == '{' {
		n.Kind = yaml.MappingNode
	}
	for r.dec.More() {
		c, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, c)
	}
	_, err := r.dec.Token()
	return err
}

// next gives the offset at which the next token begins.
func (r *jsonReader) next() int {
	i := int(r.dec.InputOffset())
	for i < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[i]) >= 0 {
		i++
	}
	return i
}

// place gives a node the line and column of an offset. Offsets only grow.
func (r *jsonReader) place(n *yaml.Node, offset int) {
	offset = min(offset, len(r.src))
	if offset > r.at {
		r.row += bytes.Count(r.src[r.at:offset], []byte("\n"))
		r.at = offset
	}
	n.Line = 1 + r.row
	n.Column = 1 + utf8.RuneCount(r.src[bytes.LastIndexByte(r.src[:offset], '\n')+1:offset])
}

package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"gopkg.in/yaml.v3"
)

// File is what a sort of file may be.
type File struct {
	// Name is what it is called, with its article: "a payer file".
	Name string
	// Begin says what an empty one has to begin with or needs.
	Begin string
	// Depth is of nested values, and Values how many there may be in all. Of
	// those that stand there only by an alias there may be Aliased, with Copied
	// bytes of texts.
	Depth, Values, Aliased, Copied int
}

// Mistake is what is wrong with a file, and where: lines and columns count from
// 1, columns in characters.
type Mistake struct {
	Line, Column int
	Msg          string
}

// Parse gives the top value of the one document of a file, or what is wrong.
// Aliases stay in the tree, and following them is within the limits.
func Parse(src []byte, f File) (*yaml.Node, *Mistake) {
	if bad := badByte(src); bad >= 0 {
		line, column := placeOf(src, bad)
		return nil, &Mistake{line, column, fmt.Sprintf("byte 0x%02x is not text in UTF-8", src[bad])}
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	doc, err := decode(dec)
	switch {
	case errors.Is(err, io.EOF), err == nil && (len(doc.Content) == 0 || IsNull(doc.Content[0])):
		return nil, &Mistake{1, 1, "is empty: " + f.Begin}
	case err != nil:
		return nil, syntax(src, err)
	}
	next, err := decode(dec)
	for err == nil && isNothing(next) {
		next, err = decode(dec)
	}
	switch {
	case err == nil:
		return nil, &Mistake{max(1, next.Line), max(1, next.Column), "a second document: " + f.Name + " has one"}
	case !errors.Is(err, io.EOF):
		return nil, syntax(src, err)
	}
	b := budget{File: f}
	if m := b.walk(doc.Content[0], 0, false); m != nil {
		return nil, m
	}
	return doc.Content[0], nil
}

// decode reads the next document. The parser is given text that anybody may
// have written, so that what it panics on is an error too.
func decode(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("yaml: the parser gave up: %v", r)
		}
	}()
	doc = new(yaml.Node)
	if err := dec.Decode(doc); err != nil {
		return nil, err
	}
	return doc, nil
}

// badByte finds the first byte that is not UTF-8, or is NUL; -1 where all is well.
func badByte(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// placeOf gives the line and the column of a byte.
func placeOf(src []byte, at int) (line, column int) {
	before := src[:at]
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// budget stops a file whose aliases explode, or that nests without end.
type budget struct {
	File
	values, aliased, copied int // so far
}

func (b *budget) walk(n *yaml.Node, depth int, aliased bool) *Mistake {
	at := n
	if n.Kind == yaml.AliasNode {
		n, aliased = n.Alias, true
	}
	b.values++
	if aliased {
		b.aliased++
		b.copied += len(n.Value)
	}
	if why := b.broken(depth); why != "" {
		return &Mistake{at.Line, at.Column, why}
	}
	for _, c := range n.Content {
		if m := b.walk(c, depth+1, aliased); m != nil {
			return m
		}
	}
	return nil
}

// broken says which limit is passed.
func (b *budget) broken(depth int) string {
	switch {
	case depth > b.Depth:
		return fmt.Sprintf("values nest deeper than %d levels", b.Depth)
	case b.aliased > b.Aliased:
		return fmt.Sprintf("aliases stand for more than %s values", humanize.Comma(int64(b.Aliased)))
	case b.copied > b.Copied:
		return fmt.Sprintf("aliases stand for more than %s bytes of text", humanize.Comma(int64(b.Copied)))
	case b.values > b.Values:
		return fmt.Sprintf("more than %s values", humanize.Comma(int64(b.Values)))
	}
	return ""
}

// isNothing says that a document has only comments, as behind a stray ---.
func isNothing(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || IsNull(doc.Content[0]) && doc.Content[0].Value == "" && doc.Content[0].Anchor == ""
}

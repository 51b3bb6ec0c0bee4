package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
)

// What a payer file may be at most. 35,000 named accounts fit.
const (
	maxFileSize = 4 << 20
	maxDepth    = 100       // of nested values; five levels of units need 20
	maxAliased  = 100_000   // values that stand there only by an alias
	maxCopied   = 4 << 20   // bytes of their texts
	maxValues   = 1_000_000 // values in all
)

// errCSV is the mistake of reading a payer from what the tool itself writes: a
// commit of CSVs needs nobody's signature, so it must not change anything else.
var errCSV = errors.New("is a CSV: those are written by the tool, and nothing is read from them but rows of accounts")

// isCSV says that a file, links followed, is named as a CSV.
func isCSV(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return strings.EqualFold(filepath.Ext(path), ".csv")
}

// readFile reads a file of at most limit bytes that is a regular one.
func readFile(path string, limit int64) ([]byte, error) {
	if isCSV(path) {
		return nil, errCSV
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("%s bytes is too big", of64(info.Size(), limit))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, reason(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("more than %s bytes is too big", humanize.Comma(limit))
	}
	return b, nil
}

func of64(used, limit int64) string { return humanize.Comma(used) + " of " + humanize.Comma(limit) }

// reason drops the path from a file error, which stands before the message.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Op, p.Err)
	}
	return err
}

// parse reads the one document of a payer file. It gives nil after a mistake.
func parse(name string, src []byte, m *mistakes) *yaml.Node {
	top := file.At{File: name, Line: 1, Column: 1}
	if bad := badByte(src); bad >= 0 {
		at := top
		at.Line += bytes.Count(src[:bad], []byte("\n"))
		at.Column += utf8.RuneCount(src[bytes.LastIndexByte(src[:bad], '\n')+1 : bad])
		m.add(at, "byte 0x%02x is not text in UTF-8", src[bad])
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	doc, err := decode(dec)
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) == 0 || isNull(doc.Content[0])) {
		m.add(top, "is empty: a payer file begins with apiVersion: %s", APIVersion)
		return nil
	}
	if err != nil {
		m.addYAML(top, src, err)
		return nil
	}
	next, err := decode(dec)
	for err == nil && isNothing(next) {
		next, err = decode(dec)
	}
	switch {
	case err == nil:
		m.add(file.At{File: name, Line: max(1, next.Line), Column: max(1, next.Column)}, "a second document: a payer file has one")
		return nil
	case !errors.Is(err, io.EOF):
		m.addYAML(top, src, err)
		return nil
	}
	b := budget{m: m, file: name, aliased: maxAliased, copied: maxCopied, values: maxValues}
	if !b.walk(doc.Content[0], 0, false) {
		return nil
	}
	return doc.Content[0]
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

// budget stops a file whose aliases explode, or that nests without end.
type budget struct {
	m    *mistakes
	file string

	aliased, copied, values int // what is left
}

func (b *budget) walk(n *yaml.Node, depth int, aliased bool) bool {
	at := file.At{File: b.file, Line: n.Line, Column: n.Column}
	if n.Kind == yaml.AliasNode {
		n, aliased = n.Alias, true
	}
	b.values--
	if aliased {
		b.aliased--
		b.copied -= len(n.Value)
	}
	switch {
	case depth > maxDepth:
		b.m.add(at, "values nest deeper than %d levels", maxDepth)
		return false
	case b.aliased < 0:
		b.m.add(at, "aliases stand for more than %s values", humanize.Comma(maxAliased))
		return false
	case b.copied < 0:
		b.m.add(at, "aliases stand for more than %s bytes of text", humanize.Comma(maxCopied))
		return false
	case b.values < 0:
		b.m.add(at, "more than %s values", humanize.Comma(maxValues))
		return false
	}
	for _, c := range n.Content {
		if !b.walk(c, depth+1, aliased) {
			return false
		}
	}
	return true
}

// isNothing says that a document has only comments, as behind a stray ---.
func isNothing(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || isNull(doc.Content[0]) && doc.Content[0].Value == "" && doc.Content[0].Anchor == ""
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

package spec

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// maxPolicyFile is more than any policy has, white space and all.
const maxPolicyFile = 1 << 20

// document reads the document of a policy, from its file or from the payer
// file itself, checks it and puts it in as it is sent.
func (b *builder) document(v file.V[file.Policy], p *Policy) {
	f := v.Value
	switch {
	case f.File.Set() && f.Document.Set():
		b.add(f.Document.At, "a policy has file or document, not both")
	case f.File.Set():
		if b.fits(f.File.At) {
			b.documentFile(f.File, p)
		}
	case f.Document.Set():
		if b.fits(f.Document.At) {
			b.inlineDocument(f.Document, p)
		}
	case !b.unfit(v.At):
		b.add(v.At, "a policy needs its document: file or document")
	}
}

func (b *builder) documentFile(v file.V[string], p *Policy) {
	written := b.plain(v, "")
	if !b.fits(v.At) {
		return
	}
	abs, name, err := inside(b.src.root, b.src.dir, written)
	if err != nil {
		b.add(v.At, "%v", err)
		return
	}
	doc, err := readFile(abs, maxPolicyFile)
	if err != nil {
		b.add(v.At, "%s: %v", name, err)
		return
	}
	p.Source = name
	if err := iampolicy.Check(p.Type, doc); err != nil {
		problems := iampolicy.Problems(err)
		for _, e := range problems {
			b.add(v.At, "%s:%d:%d: %s", name, e.Line, e.Column, e.Msg)
		}
		if len(problems) == 0 {
			b.add(v.At, "%s: %v", name, err)
		}
		return
	}
	b.checkRefs(string(doc), "", unquoteJSON, func(offset int, msg string) {
		line, column := 1+bytes.Count(doc[:offset], []byte("\n")), 1+utf8.RuneCount(doc[bytes.LastIndexByte(doc[:offset], '\n')+1:offset])
		b.add(v.At, "%s:%d:%d: %s", name, line, column, msg)
	})
	b.sent(v.At, doc, p)
}

func (b *builder) inlineDocument(v file.V[file.Raw], p *Policy) {
	w := &jsonWriter{d: &decoder{mistakes: b.mistakes, file: b.src.name, unfit: b.src.unfit, from: b.src.from}}
	if !w.value(v.Value.Node, v.Path) {
		return
	}
	doc := []byte(w.out.String())
	if err := iampolicy.Check(p.Type, doc); err != nil {
		problems := iampolicy.Problems(err)
		for _, e := range problems {
			b.add(w.at(e.Column, v.At), "%s", e.Msg)
		}
		if len(problems) == 0 {
			b.add(v.At, "%v", err)
		}
		return
	}
	b.checkRefs(string(doc), "", unquoteJSON, func(offset int, msg string) {
		b.add(w.at(1+utf8.RuneCount(doc[:offset]), v.At), "%s", msg)
	})
	b.sent(v.At, doc, p)
}

// sent minifies a document that is right, puts in its references and counts.
func (b *builder) sent(at file.At, doc []byte, p *Policy) {
	small, err := iampolicy.Minify(doc)
	if err != nil {
		b.add(at, "%v", err)
		return
	}
	var least int
	p.Document, least = b.resolve(string(small), "", unquoteJSON)
	b.allows[p.Ref()] = iampolicy.Allows(small)
	if limit := b.p.Limits.Policy(p.Type).Characters; limit > 0 && least > limit {
		b.add(at, "the document has %s characters", of(least, limit))
	}
}

// unquoteJSON undoes the escapes of what stands inside a JSON string.
func unquoteJSON(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}

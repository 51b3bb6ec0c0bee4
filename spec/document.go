package spec

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// maxPolicyFile is more than any policy has, white space and all.
const maxPolicyFile = 1 << 20

// written is where the document of a policy stands: in a file or in the payer
// file itself.
type written struct {
	at   file.At // of the policy
	what string  // with its article, for messages
	kind string  // of the document, for package iampolicy
	file file.V[string]
	doc  file.V[file.Raw]
}

// document is one that is right, as it is sent.
type document struct {
	text   resource.Text // minified, references inside it
	small  []byte        // minified, as written
	least  int           // the least number of characters that is sent
	source string        // the policy file from the repository's root
	at     file.At       // where the document stands
}

// document reads the document of a policy, checks it and puts in its references.
func (b *builder) document(w written) (document, bool) {
	switch {
	case w.file.Set() && w.doc.Set():
		b.add(w.doc.At, "%s has file or document, not both", w.what)
	case w.file.Set():
		if b.fits(w.file.At) {
			return b.documentFile(w)
		}
	case w.doc.Set():
		if b.fits(w.doc.At) {
			return b.inlineDocument(w)
		}
	case !b.unfit(w.at):
		b.add(w.at, "%s needs its document: file or document", w.what)
	}
	return document{}, false
}

// policyDocument reads the document of a policy of Organizations.
func (b *builder) policyDocument(v file.V[file.Policy], p *Policy) {
	d, ok := b.document(written{at: v.At, what: "a policy", kind: p.Type, file: v.Value.File, doc: v.Value.Document})
	p.Source = d.source
	if !ok {
		return
	}
	p.Document, p.Characters = d.text, d.least
	b.allows[p.Ref()] = iampolicy.Allows(d.small)
	if limit := b.p.Limits.Policy(p.Type).Characters; limit > 0 && d.least > limit {
		b.add(d.at, "the document has %s characters", of(d.least, limit))
	}
}

func (b *builder) documentFile(w written) (document, bool) {
	v := w.file
	named := b.plain(v, "")
	if !b.fits(v.At) {
		return document{}, false
	}
	abs, name, err := inside(b.src.root, b.src.dir, named)
	if err != nil {
		b.add(v.At, "%v", err)
		return document{}, false
	}
	doc, err := readFile(abs, maxPolicyFile)
	if err != nil {
		b.add(v.At, "%s: %v", name, err)
		return document{}, false
	}
	b.src.saw(name)
	if err := b.checkDocument(w.kind, doc); err != nil {
		problems := iampolicy.Problems(err)
		for _, e := range problems {
			b.add(v.At, "%s:%d:%d: %s", name, e.Line, e.Column, e.Msg)
		}
		if len(problems) == 0 {
			b.add(v.At, "%s: %v", name, err)
		}
		return document{source: name}, false
	}
	b.checkRefs(string(doc), "", unquoteJSON, func(offset int, msg string) {
		line, column := 1+bytes.Count(doc[:offset], []byte("\n")), 1+utf8.RuneCount(doc[bytes.LastIndexByte(doc[:offset], '\n')+1:offset])
		b.add(v.At, "%s:%d:%d: %s", name, line, column, msg)
	})
	d, ok := b.sent(v.At, doc)
	d.source = name
	return d, ok
}

func (b *builder) inlineDocument(w written) (document, bool) {
	return b.inlineJSON(w.doc, func(doc []byte) error { return b.checkDocument(w.kind, doc) })
}

// checkDocument checks a document, and that of an account the partition too.
func (b *builder) checkDocument(kind string, doc []byte) error {
	err := iampolicy.Check(kind, doc)
	if err == nil && (kind == iampolicy.IdentityPolicy || kind == iampolicy.TrustPolicy) {
		err = iampolicy.CheckPartition(doc, b.p.Partition())
	}
	return err
}

// inlineJSON writes a mapping as JSON and checks it; each mistake stands where
// the value does that it is in.
func (b *builder) inlineJSON(v file.V[file.Raw], check func(doc []byte) error) (document, bool) {
	w := &jsonWriter{d: &decoder{mistakes: b.mistakes, file: b.src.name, unfit: b.src.unfit, from: b.src.from}}
	if !w.value(v.Value.Node, v.Path) {
		return document{}, false
	}
	tell := func(at file.At, msg string) {
		if secret(at.Path) {
			msg = "this is no external id that AWS takes"
		}
		b.add(at, "%s", msg)
	}
	doc := []byte(w.out.String())
	if err := check(doc); err != nil {
		problems := iampolicy.Problems(err)
		for _, e := range problems {
			tell(w.at(e.Column, v.At), e.Msg)
		}
		if len(problems) == 0 {
			b.add(v.At, "%v", err)
		}
		return document{}, false
	}
	b.checkRefs(string(doc), "", unquoteJSON, func(offset int, msg string) {
		tell(w.at(1+utf8.RuneCount(doc[:offset]), v.At), msg)
	})
	return b.sent(v.At, doc)
}

// sent minifies a document that is right, puts in its references and counts.
func (b *builder) sent(at file.At, doc []byte) (document, bool) {
	small, err := iampolicy.Minify(doc)
	if err != nil {
		b.add(at, "%v", err)
		return document{}, false
	}
	d := document{small: small, at: at}
	d.text, d.least = b.resolve(string(small), "", unquoteJSON)
	return d, true
}

// unquoteJSON undoes the escapes of what stands inside a JSON string.
func unquoteJSON(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}

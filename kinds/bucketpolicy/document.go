package bucketpolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// canonical is the form in which two statements are compared.
func canonical(text string) (string, error) {
	doc, err := iampolicy.Canonical([]byte(`{"Version":"2012-10-17","Statement":[` + text + `]}`))
	if err != nil {
		return "", err
	}
	var p policy
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return "", err
	}
	if len(p.Statement) != 1 {
		return "", errors.New("it is not one statement")
	}
	return string(p.Statement[0]), nil
}

// sidOf takes the Sid out of the name of an attribute or input.
func sidOf(attr string) (string, bool) { return strings.CutPrefix(attr, statement) }

// policy is the part of a document that we look into.
type policy struct {
	Statement list
}

// list is a list of statements, or a statement alone.
type list []json.RawMessage

// UnmarshalJSON reads either form.
func (l *list) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*l = list{json.RawMessage(bytes.Clone(b))}
		return nil
	}
	var all []json.RawMessage
	err := json.Unmarshal(b, &all)
	*l = all
	return err
}

// sid is the Sid of a statement, "" where it has none.
func sid(text json.RawMessage) string {
	var s struct{ Sid string }
	if json.Unmarshal(text, &s) != nil {
		return "" // not a statement as we know it: nobody's
	}
	return s.Sid
}

// statements are those that the file names, by Sid; nil must be absent.
type statements map[string]*string

// merge puts the named statements into a policy, "" where there is none, and
// leaves everything else as it is, in its order. It says whether anything
// differs. The result is minified, and "" where no statement is left.
//
// A policy keeps its Version: to set another would change what the statements
// of others mean.
func merge(document string, mine statements) (after string, differs bool, err error) {
	top := map[string]json.RawMessage{}
	var have policy
	if document != "" {
		if err := errors.Join(json.Unmarshal([]byte(document), &top), json.Unmarshal([]byte(document), &have)); err != nil {
			return "", false, fmt.Errorf("read the bucket's policy: %w", err)
		}
	} else {
		top["Version"] = json.RawMessage(`"2012-10-17"`)
	}
	var result list
	placed := map[string]bool{}
	for _, text := range have.Statement {
		want, named := mine[sid(text)]
		switch {
		case !named:
			result = append(result, text)
		case want == nil || placed[sid(text)]:
			differs = true
		case same(string(text), *want):
			result = append(result, text)
		default:
			result, differs = append(result, json.RawMessage(*want)), true
		}
		placed[sid(text)] = placed[sid(text)] || named
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) {
		if mine[id] != nil && !placed[id] {
			result, differs = append(result, json.RawMessage(*mine[id])), true
		}
	}
	if len(result) == 0 {
		return "", differs, nil
	}
	after, err = encode(top, result)
	return after, differs, err
}

// same says that two statements mean the same.
func same(a, b string) bool {
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && x == y
}

// encode writes a document with these statements and nothing of it escaped.
func encode(top map[string]json.RawMessage, all list) (string, error) {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, s := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(s)
	}
	b.WriteByte(']')
	top = maps.Clone(top)
	top["Statement"] = b.Bytes()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(top); err != nil {
		return "", fmt.Errorf("write the bucket's policy: %w", err)
	}
	min, err := iampolicy.Minify(out.Bytes())
	return string(min), err
}

package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// value is a JSON value that keeps the order of its members: the documents of
// IAM come back as they were sent.
type value struct {
	scalar json.RawMessage // a string, number, boolean or null
	text   string          // of a string
	isText bool
	names  []string // of an object
	items  []value  // of an object or a list
	object bool
}

var errSyntax = errors.New("not one JSON value")

// parseJSON reads one JSON value. A member that stands twice is an error.
func parseJSON(text string) (value, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := readValue(dec, 0)
	if err != nil {
		return value{}, errSyntax
	}
	if _, err := dec.Token(); err != io.EOF {
		return value{}, errSyntax
	}
	return v, nil
}

func readValue(dec *json.Decoder, depth int) (value, error) {
	if depth > 32 {
		return value{}, errSyntax
	}
	t, err := dec.Token()
	if err != nil {
		return value{}, err
	}
	d, ok := t.(json.Delim)
	if !ok {
		raw, err := json.Marshal(t)
		s, isText := t.(string)
		return value{scalar: raw, text: s, isText: isText}, err
	}
	v := value{object: d == '{', items: []value{}}
	for dec.More() {
		if v.object {
			key, err := dec.Token()
			if err != nil {
				return value{}, err
			}
			name := key.(string)
			if v.get(name) != nil {
				return value{}, errSyntax
			}
			v.names = append(v.names, name)
		}
		item, err := readValue(dec, depth+1)
		if err != nil {
			return value{}, err
		}
		v.items = append(v.items, item)
	}
	_, err = dec.Token()
	return v, err
}

// get is a member of an object, nil where it has none of that name.
func (v *value) get(name string) *value {
	for i, n := range v.names {
		if n == name && i < len(v.items) {
			return &v.items[i]
		}
	}
	return nil
}

// texts are the strings of a string or of a list of strings; ok tells whether
// it is one of these.
func (v *value) texts() (list []*value, ok bool) {
	if v.isText {
		return []*value{v}, true
	}
	if v.object || v.scalar != nil {
		return nil, false
	}
	for i := range v.items {
		if !v.items[i].isText {
			return nil, false
		}
		list = append(list, &v.items[i])
	}
	return list, true
}

// write gives the value as JSON without white space.
func (v *value) write(b *bytes.Buffer) {
	switch {
	case v.isText:
		writeText(b, v.text)
		return
	case v.scalar != nil:
		b.Write(v.scalar)
		return
	}
	open, end := byte('['), byte(']')
	if v.object {
		open, end = '{', '}'
	}
	b.WriteByte(open)
	for i := range v.items {
		if i > 0 {
			b.WriteByte(',')
		}
		if v.object {
			writeText(b, v.names[i])
			b.WriteByte(':')
		}
		v.items[i].write(b)
	}
	b.WriteByte(end)
}

func writeText(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) == nil { // no string fails to encode
		b.Truncate(b.Len() - 1)
	}
}

// letters counts the characters of a JSON text, white space between its parts
// left out.
func lettersOf(text string) int {
	n, inside, escaped := 0, false, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case inside && r == '\\':
			escaped = true
		case r == '"':
			inside = !inside
		case !inside && strings.ContainsRune(" \t\r\n", r):
			continue
		}
		n++
	}
	return n
}

package iampolicy

import (
	"cmp"
	"slices"
	"strconv"
)

// appendNode writes n without white space, its keys in byte order. Strings keep
// every character that JSON lets stand: no escape for <, > and &.
func appendNode(b []byte, n *node) []byte {
	switch n.kind {
	case nodeString:
		return appendString(b, n.text)
	case nodeList:
		b = append(b, '[')
		for i := range n.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendNode(b, &n.list[i])
		}
		return append(b, ']')
	case nodeObject:
		slices.SortFunc(n.members, func(a, b member) int { return cmp.Compare(a.key, b.key) })
		b = append(b, '{')
		for i := range n.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, n.members[i].key)
			b = append(b, ':')
			b = appendNode(b, &n.members[i].value)
		}
		return append(b, '}')
	}
	return append(b, n.text...)
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// describe names what n is, for a message.
func (n *node) describe() string {
	switch n.kind {
	case nodeString:
		return "the string " + strconv.Quote(n.text)
	case nodeList:
		return "a list"
	case nodeObject:
		return "an object"
	}
	return n.text
}

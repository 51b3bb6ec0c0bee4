package iampolicy

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func (p *parser) digits() bool {
	from := p.pos
	for c := p.next(); c >= '0' && c <= '9'; c = p.next() {
		p.pos++
	}
	return p.pos > from
}

func (p *parser) number() (string, error) {
	from := p.pos
	if p.next() == '-' {
		p.pos++
	}
	if p.next() == '0' {
		p.pos++
	} else if !p.digits() {
		return "", p.unexpected("a digit")
	}
	if p.next() == '.' {
		p.pos++
		if !p.digits() {
			return "", p.unexpected("a digit")
		}
	}
	if c := p.next(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.next(); c == '+' || c == '-' {
			p.pos++
		}
		if !p.digits() {
			return "", p.unexpected("a digit")
		}
	}
	return string(p.doc[from:p.pos]), nil
}

func (p *parser) string() (string, error) {
	open := p.pos
	p.pos++
	from := p.pos
	var b strings.Builder
	for p.pos < len(p.doc) {
		switch c := p.doc[p.pos]; {
		case c == '"':
			b.Write(p.doc[from:p.pos])
			p.pos++
			return b.String(), nil
		case c < 0x20:
			return "", p.fail(p.pos, "control character %q inside a string: write it as an escape", c)
		case c == '\\':
			b.Write(p.doc[from:p.pos])
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			from = p.pos
		default:
			p.pos++
		}
	}
	return "", p.fail(open, "the string that begins here has no end")
}

const (
	escapeLetters = `"\/bfnrt`
	escapeValues  = "\"\\/\b\f\n\r\t"
)

func (p *parser) escape() (rune, error) {
	at := p.pos
	p.pos++
	c := p.next()
	if i := strings.IndexByte(escapeLetters, c); i >= 0 && c != 0 {
		p.pos++
		return rune(escapeValues[i]), nil
	}
	if c != 'u' {
		return 0, p.fail(at, "unknown escape in a string")
	}
	r, ok := p.hex4()
	if !ok {
		return 0, p.fail(at, `an escape \u needs four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if p.next() == '\\' && p.pos+1 < len(p.doc) && p.doc[p.pos+1] == 'u' {
		p.pos++
		if low, ok := p.hex4(); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return both, nil
			}
		}
	}
	return 0, p.fail(at, "the escape is one half of a surrogate pair")
}

// hex4 reads the u of an escape and its four digits.
func (p *parser) hex4() (rune, bool) {
	if p.pos+5 > len(p.doc) {
		return 0, false
	}
	var r rune
	for _, c := range p.doc[p.pos+1 : p.pos+5] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	p.pos += 5
	return r, true
}

package strictyaml

import (
	"bytes"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	yamlLine      = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '([A-Za-z0-9_-]+)' referenced$`)

	// fromZero are the messages of the grammar of YAML. yaml.v3 counts their
	// lines from 0, and those of all other messages from 1.
	fromZero = regexp.MustCompile(`^did not find expected (<stream-start>|<document start>|node content|'-' indicator|key|',' or '[\]}]')$`)
)

// Of a block the parser names the line on which it begins. The line that breaks
// it is looked for in files of at most maxSearched bytes.
const maxSearched = 256 << 10

var brokenBlock = regexp.MustCompile(`^did not find expected (key|'-' indicator)$`)

// syntax says what the parser says of src, at the line that it means.
func syntax(src []byte, err error) *Mistake {
	msg, line := told(err)
	m := &Mistake{1, 1, "not YAML: " + msg}
	g := unknownAnchor.FindStringSubmatch(msg)
	switch {
	case g != nil:
		m.Line, m.Column = aliasAt(src, g[1])
	case brokenBlock.MatchString(msg) && len(src) <= maxSearched:
		m.Line = breakingLine(src, msg)
	case line > 0 && fromZero.MatchString(msg):
		m.Line = line + 1
	case line > 0:
		m.Line = line
	}
	m.Line = min(m.Line, linesOf(src)) // the end of a file is no line
	return m
}

// told splits what the parser says into the message and its line, 0 for none.
func told(err error) (msg string, line int) {
	msg = err.Error()
	if g := yamlLine.FindStringSubmatch(msg); g != nil {
		msg = msg[len(g[0]):]
		line, _ = strconv.Atoi(g[1])
	}
	return strings.TrimSpace(msg), line
}

// breakingLine gives the first line with which the parser says msg: what stands
// before it says nothing of the kind, and what follows is never read.
func breakingLine(src []byte, msg string) int {
	var ends []int
	for i, c := range src {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	return 1 + sort.Search(len(ends), func(i int) bool {
		dec := yaml.NewDecoder(bytes.NewReader(src[:ends[i]]))
		_, err := decode(dec)
		for err == nil {
			_, err = decode(dec)
		}
		said, _ := told(err)
		return said == msg
	})
}

func linesOf(src []byte) int {
	return max(1, bytes.Count(bytes.TrimSuffix(src, []byte("\n")), []byte("\n"))+1)
}

// aliasAt finds *name where it stands in the text once; else it gives 1, 1,
// since one of them may be in a comment or a text.
func aliasAt(src []byte, name string) (line, column int) {
	found := regexp.MustCompile(`\*`+regexp.QuoteMeta(name)+`(?:[^A-Za-z0-9_-]|$)`).FindAllIndex(src, 2)
	if len(found) != 1 {
		return 1, 1
	}
	return placeOf(src, found[0][0])
}

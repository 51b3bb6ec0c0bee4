package spec

import (
	"maps"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// How many tags our own mark takes: payer and name, and of a pool's account
// pool and id.
const (
	ownTags  = 2
	poolTags = 4
	maxTags  = 50
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// payerTags are those that every object has: of the Defaults, then of the payer.
func (b *builder) payerTags() map[string]*resource.Text {
	var tags map[string]*resource.Text
	if b.defs != nil {
		tags = b.tagMap(b.defs.Tags, "", tags)
	}
	return b.tagMap(b.f.Tags, "", tags)
}

// tags puts the tags of one object over those of the payer. Without own tags
// the map is the payer's, which nobody writes into.
func (b *builder) tags(v file.V[file.Map[file.Tag]], id string, ours int) map[string]*resource.Text {
	tags := b.tagMap(v, id, b.p.Tags)
	n := ours
	for _, t := range tags {
		if t != nil {
			n++
		}
	}
	if n > maxTags {
		at := v.At
		if !at.Set() {
			at = b.f.Tags.At
		}
		if !at.Set() && b.defs != nil {
			at = b.defs.Tags.At
		}
		b.add(at, "%s tags, our own %d counted", of(n, maxTags), ours)
	}
	return tags
}

func (b *builder) tagMap(v file.V[file.Map[file.Tag]], id string, below map[string]*resource.Text) map[string]*resource.Text {
	if len(v.Value) == 0 {
		return below
	}
	tags := maps.Clone(below)
	if tags == nil {
		tags = map[string]*resource.Text{}
	}
	for _, e := range v.Value {
		b.tagKey(e.Key)
		if e.Value.Value.Null {
			tags[e.Key.Value] = nil
			continue
		}
		t := b.text(e.Value.At, e.Value.Value.Text, id)
		b.tagValue(e.Value.At, t)
		tags[e.Key.Value] = &t
	}
	return tags
}

func (b *builder) tagKey(k file.V[string]) {
	lower := strings.ToLower(k.Value)
	switch n := utf8.RuneCountInString(k.Value); {
	case n == 0:
		b.add(k.At, "the key of a tag is empty")
	case n > 128:
		b.add(k.At, "%s characters are too many for the key of a tag", of(n, 128))
	case strings.HasPrefix(lower, "reconciler:"):
		b.add(k.At, "tags that begin with reconciler: are our own mark")
	case strings.HasPrefix(lower, "aws:"):
		b.add(k.At, "tags that begin with aws: are AWS's own")
	case !tagText.MatchString(k.Value):
		b.add(k.At, "the key of a tag has letters, digits, spaces and _.:/=+-@; have %q", strictyaml.Shown(k.Value))
	}
}

// tagValue checks what is known of a value.
func (b *builder) tagValue(at file.At, t resource.Text) {
	s, known := t.Known()
	switch n := utf8.RuneCountInString(s); {
	case !known || strings.Contains(s, "${{"): // a mistake that is told already
	case n > 256:
		b.add(at, "%s characters are too many for a tag", of(n, 256))
	case !tagText.MatchString(s):
		b.add(at, "a tag has letters, digits, spaces and _.:/=+-@; have %q", strictyaml.Shown(s))
	}
}

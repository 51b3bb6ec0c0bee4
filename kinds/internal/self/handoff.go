package self

import (
	"crypto/sha256"
	"fmt"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// What is handed over bears a tag of our mark, so that it is known for what it
// is after it left the file too. The value tells which trust we wrote last, so
// that a change behind our back is told from one in the file.

// Handoff is the attribute of what bears the mark of what is handed over.
const Handoff = "handoff"

// HandedOver is the reason why what is handed over must stay.
const HandedOver = "it is handed to a vendor"

// The values of [Handoff]: the tag is there, and speaks of the trust that is
// there too; the tag is there, and speaks of another.
const (
	handed  = "true"
	another = "true, and its trust is another than was handed over"
)

const tagAttr = "tags." + orgs.KeyHandoff

// tagOf is the value of the tag: a hash of the trust policy in canonical form,
// of what has none a word.
func tagOf(trust string) string {
	if trust == "" {
		return handed
	}
	if c, err := iampolicy.Canonical([]byte(trust)); err == nil {
		trust = c
	}
	sum := sha256.Sum256([]byte(trust))
	return fmt.Sprintf("%x", sum[:16])
}

// Handed says in a live object that bears the tag that it is handed over. trust
// is its trust policy, "" of what has none.
func Handed(o *resource.Object, trust string) {
	tag, ok := o.Attrs[tagAttr]
	switch {
	case !ok:
	case trust == "" || tag.Value() == tagOf(trust):
		o.Attrs[Handoff] = resource.Lit(handed)
	default:
		o.Attrs[Handoff] = resource.Lit(another)
	}
}

// Keep says of a live object that no file wants and that is handed over why it
// must stay.
func (s Set) Keep(o resource.Object) {
	if _, ok := o.Attrs[Handoff]; ok && s.on && o.Facts[resource.FactProtected] == "" {
		o.Facts[resource.FactProtected] = "it is handed over; take the tag " + orgs.KeyHandoff + " off or set handoff: false first" + Lift
	}
}

// Hand gives the attribute [Handoff] that a wanted object has, and whether it
// has one. have is the live one. What is not the payer's, and is not to be, bears
// no mark of ours.
func Hand(payer string, have, want resource.Object, handoff bool) (v resource.Text, ok bool) {
	there := have.Outputs["id"] != "" && have.Facts[resource.FactAbsent] == ""
	_, was := have.Attrs[Handoff]
	switch {
	case there && have.Owner != payer && want.Facts[resource.FactAdopt] != "own":
		return resource.Text{}, false
	case handoff:
		return resource.Lit(handed), true
	}
	return resource.None(), there && was
}

// Heals says that to write a trust policy is to put back what was written last
// and was changed behind our back: nobody whom that shuts out was ever let in by
// the file. have is the live object.
func Heals(have resource.Object, trust resource.Text) bool {
	tag, tagged := have.Attrs[tagAttr]
	document, known := trust.Known()
	return tagged && known && document != "" && tag.Value() == tagOf(document)
}

// Mark gives the tags that what is made bears beside those of the file: that it
// is the payer's, and that it is handed over where it is. trust is its trust
// policy, "" of what has none.
func Mark(payer string, want resource.Object, trust string) map[string]string {
	tags := orgs.Mark(payer, want.Ref)
	if isHanded(want) {
		tags[orgs.KeyHandoff] = tagOf(trust)
	}
	return tags
}

// Retag gives the value that the tag of what is handed over is to have, where
// it has another or is not there.
func Retag(have, want resource.Object, trust string) (value string, differs bool) {
	value = tagOf(trust)
	return value, isHanded(want) && have.Attrs[tagAttr].Value() != value
}

// Takes says that the tag is to go.
func Takes(have, want resource.Object) bool {
	v, named := want.Attrs[Handoff]
	_, there := have.Attrs[tagAttr]
	return named && v.IsNone() && there
}

func isHanded(want resource.Object) bool { return want.Attrs[Handoff].Value() != "" }

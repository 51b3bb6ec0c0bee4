package planner

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// Whose an object is decides what may be done to it:
//
//   - ours, or of a kind that is used as it is found: it is changed;
//   - of another payer: never, whatever the file says;
//   - nobody's: only with adopt.
//
// A mark that was not read is asked for (Unsure), and until then the object
// counts as nobody's.

const (
	notOurs   = `exists, not ours; "adopt: true" on it takes it over`
	noUpdate  = "AWS cannot change it"
	noDelete  = "objects of this kind are never deleted"
	underWay  = "a request for it is under way in AWS"
	otherMark = "the mark says that payer %q owns it"
)

// compare adds the change that makes h equal to w, where they differ.
func (d *differ) compare(w, h resource.Object) {
	if h.Pending != "" {
		d.add(Change{
			Op: Resume, Ref: w.Ref, Want: ptr(w), Have: ptr(h),
			Blocked: cmp.Or(w.Facts[resource.FactBlocked], h.Facts[resource.FactBlocked], d.others(h)),
		})
		return
	}
	rules := d.o.Kinds[w.Ref.Kind]
	fields := d.fields(&w, &h)
	marks := rules.Marked && w.Facts[resource.FactAdopt] == "own" && h.Owner != d.o.Payer
	if len(fields) == 0 && !marks {
		return
	}
	if rules.Marked && !h.OwnerRead {
		d.ask(h.Ref)
		if len(fields) == 0 {
			return // whether there is anything to do is what the mark says
		}
	}
	op, blocked := d.claim(w, h, rules)
	d.add(Change{
		Op: op, Ref: w.Ref, Want: ptr(w), Have: ptr(h), Fields: fields,
		Blocked: cmp.Or(
			w.Facts[resource.FactBlocked], h.Facts[resource.FactBlocked],
			blocked, fixed(fields, rules),
		),
	})
}

// claim says by what right w may change h, or why it may not.
func (d *differ) claim(w, h resource.Object, rules Rules) (op Op, blocked string) {
	switch {
	case !rules.Marked, h.Owner == d.o.Payer:
		return Update, ""
	case h.Owner != "":
		return Update, fmt.Sprintf(otherMark, h.Owner)
	case is(w, resource.FactAdopt):
		return Adopt, ""
	case rules.UseExisting:
		return Update, ""
	}
	return Adopt, notOurs
}

// fixed says why AWS cannot make a change, "" where it can.
func fixed(fields []Field, rules Rules) string {
	for _, f := range fields {
		if reason, found := rules.Fixed[f.Name]; found {
			return strings.ReplaceAll(reason, "{before}", f.Before.String())
		}
	}
	if !rules.CanUpdate {
		return noUpdate
	}
	return ""
}

// absent says why h may not be deleted although the file says that it must not
// be there, "" where it may.
func (d *differ) absent(w, h resource.Object) string {
	rules := d.o.Kinds[h.Ref.Kind]
	blocked := ""
	switch {
	case !rules.Marked || h.Owner == d.o.Payer:
	case h.Owner != "":
		blocked = fmt.Sprintf(otherMark, h.Owner)
	default:
		blocked = notOurs
	}
	if (rules.Marked || rules.Confirms) && !h.OwnerRead {
		d.ask(h.Ref)
	}
	return cmp.Or(w.Facts[resource.FactBlocked], d.undeletable(h), blocked)
}

// undeletable says why a live object cannot be deleted, whoever owns it.
func (d *differ) undeletable(h resource.Object) string {
	reason := cmp.Or(h.Facts[resource.FactBlocked], h.Facts[resource.FactProtected])
	if reason == "" && h.Pending != "" {
		reason = underWay
	}
	if n := d.elsewhere(h); reason == "" && n > 0 {
		reason = fmt.Sprintf("attached to %s that the file does not name; detach it there first", words.Count(n, "node", "nodes"))
	}
	if reason == "" && !d.o.Kinds[h.Ref.Kind].CanDelete {
		reason = noDelete
	}
	return reason
}

// fate is what becomes of a live object that no file names.
type fate int

const (
	ignored fate = iota
	deleted
	left
	unmanaged
)

// unwanted deletes, reports or passes over a live object that no file names.
func (d *differ) unwanted(h resource.Object) {
	f := d.fate(h, nil)
	if d.unread(h) {
		d.ask(h.Ref)
	}
	switch f {
	case deleted:
		blocked := cmp.Or(d.undeletable(h), d.foreign(h))
		h.Origin = d.origin(h)
		d.add(Change{Op: Delete, Ref: h.Ref, Have: ptr(h), Blocked: blocked})
	case left:
		n, _ := strconv.Atoi(h.Facts[resource.FactAttachments])
		rules := d.o.Kinds[h.Ref.Kind]
		d.plan.Left = append(d.plan.Left, Left{Ref: h.Ref, Name: h.Facts[resource.FactName], Attachments: n,
			Prunes: rules.Prunes && rules.CanDelete})
	case unmanaged:
		d.plan.Unmanaged = append(d.plan.Unmanaged, h.Ref)
	}
}

// fate decides about a live object that no file names. seen are the objects
// that follow this one.
func (d *differ) fate(h resource.Object, seen []resource.Ref) fate {
	rules := d.o.Kinds[h.Ref.Kind]
	switch {
	case is(h, resource.FactAbsent), is(h, resource.FactSystem):
		return ignored
	case h.Pending != "":
		return unmanaged
	case is(h, resource.FactExact):
		return deleted
	case h.Facts[resource.FactFollows] != "":
		return d.follows(h, seen)
	case !rules.Marked || !h.OwnerRead || h.Owner != d.o.Payer:
		return unmanaged
	case rules.Prunes && d.o.Prune && rules.CanDelete:
		return deleted
	}
	return left
}

// follows gives an object the fate of the one that it follows. Where that one
// stays and is reported as left, its followers are part of that report.
func (d *differ) follows(h resource.Object, seen []resource.Ref) fate {
	lead, err := resource.ParseRef(h.Facts[resource.FactFollows])
	l, found := d.have.Get(lead)
	for _, r := range seen {
		found = found && r != lead
	}
	if err != nil || !found {
		return unmanaged
	}
	f := unmanaged
	if w, wanted := d.want.Get(lead); !wanted {
		f = d.fate(l, append(seen, h.Ref))
	} else if is(w, resource.FactAbsent) {
		f = deleted
	}
	if f == left {
		return ignored
	}
	return f
}

// unread says that the mark of an unwanted object decides about it and was not read.
func (d *differ) unread(h resource.Object) bool {
	special := is(h, resource.FactAbsent) || is(h, resource.FactSystem) || is(h, resource.FactExact) ||
		h.Facts[resource.FactFollows] != "" || h.Pending != ""
	return d.o.Kinds[h.Ref.Kind].Marked && !h.OwnerRead && !special
}

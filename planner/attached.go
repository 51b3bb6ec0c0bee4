package planner

import (
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// An object that is attached to nodes goes after it was detached from each: by
// the delete of an attachment that was read (its follower), or with the delete of
// the node itself, which needs no detach.

// elsewhere counts the nodes that an object to delete is attached to and that the
// plan does not free it from: they are neither read nor to be deleted.
func (d *differ) elsewhere(h resource.Object) int {
	n, _ := strconv.Atoi(h.Facts[resource.FactAttachments])
	if n == 0 {
		return 0
	}
	if d.followers == nil {
		d.followers = map[string][]string{}
		for o := range d.have.All() {
			if lead := o.Facts[resource.FactFollows]; lead != "" {
				node, _ := cutNode(o.Facts[resource.FactNode])
				d.followers[lead] = append(d.followers[lead], node)
			}
		}
	}
	followed := d.followers[h.Ref.String()]
	n -= len(followed)
	for _, node := range d.targets(h) {
		if o, live := d.have.Get(node); live && d.goes(o) && !slices.Contains(followed, node.String()) {
			n--
		}
	}
	return n
}

// targets lists the live nodes that an object is attached to, as far as they
// were read.
func (d *differ) targets(h resource.Object) []resource.Ref {
	ids := strings.Fields(h.Facts[resource.FactTargets])
	if len(ids) == 0 {
		return nil
	}
	if d.byID == nil {
		d.byID = map[string]resource.Ref{}
		for o := range d.have.All() {
			if _, other := d.byID[o.ID()]; other {
				d.byID[o.ID()] = resource.Ref{} // of two kinds: nobody knows which is meant
			} else if !is(o, resource.FactAbsent) {
				d.byID[o.ID()] = o.Ref
			}
		}
	}
	var refs []resource.Ref
	for _, id := range ids {
		if r := d.byID[id]; r != (resource.Ref{}) {
			refs = append(refs, r)
		}
	}
	return refs
}

// goes says that a live object is to be deleted, whether or not something stands
// in the way of that.
func (d *differ) goes(h resource.Object) bool {
	if w, wanted := d.want.Get(h.Ref); wanted {
		return is(w, resource.FactAbsent)
	}
	return d.fate(h, nil) == deleted
}

package account

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// FactMovers on a live object of any kind: the ids of accounts, with commas
// between them, that move only once the object is what the file says. Nothing
// that the object refers to may be an account.
const FactMovers = "movers"

// movers gives by account id what its move comes after.
func movers(read *resource.State) map[string][]resource.Ref {
	all := map[string][]resource.Ref{}
	for o := range read.All() {
		for id := range strings.FieldsFuncSeq(o.Facts[FactMovers], func(r rune) bool { return r == ',' }) {
			all[id] = append(all[id], o.Ref)
		}
	}
	return all
}

// behind adds to what an account waits for what its move comes after. Those that
// share both lists share the result.
func (w *wanter) behind(path, id string, after []resource.Ref) []resource.Ref {
	first := w.movers[id]
	if len(first) == 0 {
		return after
	}
	key := path
	for _, r := range first {
		key += "\x00" + r.String()
	}
	refs, ok := w.behinds[key]
	if !ok {
		refs = slices.Concat(after, first)
		w.behinds[key] = refs
	}
	return refs
}

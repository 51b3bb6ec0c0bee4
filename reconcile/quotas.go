package reconcile

import (
	"fmt"
	"maps"
	"strings"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// counted are the kinds of which every live object is read, and AWS lets there
// be so many. The quota of accounts is read from AWS, and kind account keeps to
// it.
var counted = []string{"ou", "policy", "role"}

// quotaOf is the name of the quota that an object counts against, "" for none.
func quotaOf(r resource.Ref) string {
	switch r.Kind {
	case "ou":
		return cloud.QuotaUnits
	case "role":
		return cloud.QuotaRoles
	case "policy":
		if head, _, typed := strings.Cut(r.Name, ":"); typed && strings.Contains(head, "_POLICY") && strings.ToUpper(head) == head {
			return cloud.QuotaPolicies(head)
		}
		return cloud.QuotaPolicies(spec.SCP)
	}
	return ""
}

// taken counts what there is of each quota. What AWS made by itself is not
// counted.
func taken(have *resource.State) map[string]int {
	n := map[string]int{}
	for _, k := range counted {
		for o := range have.Kind(k) {
			if o.Facts[resource.FactAbsent] == "" && o.Facts[resource.FactSystem] == "" {
				n[quotaOf(o.Ref)]++
			}
		}
	}
	return n
}

// await lets those creations wait for which a quota has no room, the last of the
// file first. What goes in the same pass makes no room: it may go later. Where
// there is more already than a quota allows, AWS has raised it, and knows best.
func await(want, have *resource.State, rates *cloud.Rates) {
	limits, needs := map[string]int{}, map[string]int{}
	used := taken(have)
	var late []resource.Object
	for _, k := range counted {
		for o := range want.Kind(k) {
			live, there := have.Get(o.Ref)
			if o.Facts[resource.FactAbsent] != "" || there && live.Facts[resource.FactAbsent] == "" {
				continue
			}
			name := quotaOf(o.Ref)
			q, known := rates.Quota(name)
			if !known || used[name] > q.Limit {
				continue
			}
			if needs[name]++; needs[name] > q.Limit-used[name] {
				limits[name] = q.Limit
				late = append(late, o)
			}
		}
	}
	for _, o := range late {
		name := quotaOf(o.Ref)
		o.Facts = maps.Clone(o.Facts)
		if o.Facts == nil {
			o.Facts = map[string]string{}
		}
		o.Facts[resource.FactWaiting] = fmt.Sprintf("a quota of %s %s, needs %s; where AWS has raised it, a file for --api-rate says so",
			words.Comma(limits[name]), name, words.Comma(used[name]+needs[name]))
		want.Put(o)
	}
}

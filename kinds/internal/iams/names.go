package iams

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// Names finds which wanted object a live name is: IAM takes names that differ
// only in case for the same, and refuses to make the second.
type Names map[string]wanted

type wanted struct {
	name string
	ref  resource.Ref
}

// Add notes a wanted name.
func (n Names) Add(name string, ref resource.Ref) { n[strings.ToLower(name)] = wanted{name, ref} }

// Claim puts a live object under the Ref of the wanted one that it is, and says
// whether there is one. Where the names differ in case, nothing may be done to it.
func (n Names) Claim(o *resource.Object) bool {
	live := o.Outputs["name"]
	w, ok := n[strings.ToLower(live)]
	if !ok {
		return false
	}
	if o.Ref = w.ref; w.name != live {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("it exists as %q, and IAM does not tell names apart by their case: write it so", live)
	}
	return true
}

// Protect says of a live object why it must stay. One that no file wants and
// that bears nobody's mark is the way in, and no stranger to be counted.
func Protect(o resource.Object, why string, wanted bool) {
	o.Facts[resource.FactProtected] = why
	if o.Owner == "" && !wanted {
		o.Facts[resource.FactSystem] = "true"
	}
}

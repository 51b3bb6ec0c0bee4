package account

import (
	"fmt"

	"github.com/payer-reconciler/reconciler/kinds/quota"
	"github.com/payer-reconciler/reconciler/resource"
)

// await lets those creations wait for which the quota has no room, the last of
// the file first. Where the quota was not read, AWS says it at the creation.
//
// What AWS lists counts, closed accounts too, and so does a creation that is
// under way.
func await(wanted []resource.Object, read *resource.State, needed string) {
	applied, known := quota.Applied(read)
	if !known {
		return
	}
	taken := 0
	for have := range read.Kind("account") {
		if have.ID() != "" || have.Pending != "" {
			taken++
		}
	}
	for i := range wanted {
		have, there := read.Get(wanted[i].Ref)
		switch {
		case there && have.Facts[resource.FactAbsent] == "", have.Facts[resource.FactBlocked] != "":
		case taken < applied:
			taken++
		default:
			wanted[i].Facts[resource.FactWaiting] = fmt.Sprintf("account quota %d, needs %s", applied, needed)
		}
	}
}

package tell

import (
	"github.com/payer-reconciler/reconciler/reconcile"
)

// members are the ids of the accounts that AWS has in the organization now, the
// payer among them; nil where nobody has read them.
func members(planned *reconcile.Planned) map[string]bool {
	if planned.Live == nil {
		return nil
	}
	out := map[string]bool{planned.Payer.AccountID: true}
	for o := range planned.Live.Kind("account") {
		if id := o.ID(); id != "" {
			out[id] = true
		}
	}
	return out
}

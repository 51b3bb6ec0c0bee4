package tell

import (
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
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

// organization is the id of the organization, "" where AWS has none yet or where
// nobody has read it.
func organization(planned *reconcile.Planned) string {
	if planned.Live == nil {
		return ""
	}
	id, _ := planned.Live.Output(spec.OrganizationRef, "id")
	return id
}

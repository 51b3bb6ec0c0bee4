package reconcile

import (
	"context"

	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// StateMissing is the state of a wanted account that AWS does not have,
// StatePending that of one it is making.
const (
	StateMissing = "missing"
	StatePending = "creating"
)

// Accounts reads the payer and gives the accounts that its file names, in file
// order, as AWS has them.
func Accounts(ctx context.Context, p *spec.Payer, o Options) ([]inventory.Account, error) {
	in, err := open(ctx, p, o)
	if err != nil {
		return nil, err
	}
	var rows []inventory.Account
	for a := range p.AllAccounts() {
		rows = append(rows, accountRow(a, in.have))
	}
	return rows, nil
}

func accountRow(a spec.Account, have *resource.State) inventory.Account {
	o, ok := have.Get(a.Ref())
	switch {
	case !ok || o.ID() == "" && o.Pending == "":
		return inventory.Account{MyID: a.ID, Name: a.Name, Email: a.Email, Pool: a.Pool, State: StateMissing}
	case o.ID() == "":
		return inventory.Account{MyID: a.ID, Name: a.Name, Email: a.Email, Pool: a.Pool, State: StatePending}
	}
	r := row(o, a.ID, a.Pool)
	r.State = o.Facts[resource.FactState]
	return r
}

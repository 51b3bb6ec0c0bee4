package reconcile

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// content gives the bytes of one CSV: the accounts of its pools in file order
// and the order of the ids, then those that left the ids and live on.
func content(p *spec.Payer, f spec.CSV, have *resource.State, old []byte) ([]byte, error) {
	before := parseOld(f, old)
	wanted := make(map[string]bool, len(before))
	rows := make([]inventory.Account, 0, len(before)) // in most passes it has the rows that it had
	for _, pool := range p.Pools {
		if pool.CSV == nil || pool.CSV.Path != f.Path {
			continue
		}
		for _, a := range pool.Accounts {
			o, ok := have.Get(a.Ref())
			if !ok || o.ID() == "" || o.ID() == p.AccountID {
				continue
			}
			wanted[o.ID()] = true
			if closed(o) {
				continue
			}
			if _, was := before[o.ID()]; was || inPlace(o, a) {
				rows = append(rows, row(o, a.ID, pool.Name))
			}
		}
	}
	rows = append(rows, stayed(p, f, have, before, wanted)...)
	if len(rows) == 0 && old == nil {
		return nil, nil
	}
	return inventory.Bytes(file(f), rows)
}

// inPlace says that the account is ready: ACTIVE, and where the file wants it.
func inPlace(o resource.Object, a spec.Account) bool {
	return active(o) && o.Attrs["email"].Value() == a.Ref().Name && (!a.OUSet || o.Attrs["ou"].Value() == resource.Unit(a.OU).String())
}

// stayed gives the rows of accounts that left the ids of their pool, in the
// order they had: such a row goes only when the account is closed, suspended
// or parked.
func stayed(p *spec.Payer, f spec.CSV, have *resource.State, before map[string]oldRow, wanted map[string]bool) []inventory.Account {
	parking := map[string]bool{}
	for _, pool := range p.Pools {
		if pool.Surplus.Action == "park" && pool.CSV != nil && pool.CSV.Path == f.Path {
			parking[resource.Unit(pool.Surplus.OU).String()] = true
		}
	}
	claimed := map[resource.Ref]bool{}
	for a := range p.AllAccounts() {
		claimed[a.Ref()] = true
	}
	var ids []string
	live := map[string]resource.Object{}
	for o := range have.Kind("account") {
		id := o.ID()
		if _, was := before[id]; was && !wanted[id] && !claimed[o.Ref] && !closed(o) && id != p.AccountID && !parking[o.Attrs["ou"].Value()] {
			ids, live[id] = append(ids, id), o
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return before[a].at - before[b].at })
	var rows []inventory.Account
	for _, id := range ids {
		rows = append(rows, row(live[id], before[id].myID, before[id].pool))
	}
	return rows
}

// row makes the row of one live account.
func row(o resource.Object, myID, pool string) inventory.Account {
	a := inventory.Account{
		ID: o.ID(), MyID: myID, Pool: pool, Name: o.Attrs["name"].Value(), Email: o.Outputs["email"],
		OU: o.Attrs["ou"].Value(), ARN: o.Outputs["arn"], State: state(o), Joined: o.Facts[resource.FactJoined],
	}
	a.OU = strings.TrimPrefix(a.OU, "ou/")
	if a.Email == "" {
		a.Email = o.Attrs["email"].Value()
	}
	if a.Joined == "" {
		a.Joined = o.Outputs["joined"]
	}
	for k, v := range o.Attrs {
		if key, ok := strings.CutPrefix(k, "tags."); ok && !v.IsNone() {
			if a.Tags == nil {
				a.Tags = map[string]string{}
			}
			a.Tags[key] = v.Value()
		}
	}
	return a
}

// oldRow is what the CSV on disk says of an account.
type oldRow struct {
	at         int // its place in the file
	myID, pool string
}

// parseOld reads the rows of a CSV by account id. Where the columns changed
// since it was written, only the ids and their order are taken.
func parseOld(f spec.CSV, old []byte) map[string]oldRow {
	ids, err := inventory.IDs(file(f), old)
	if err != nil {
		return nil // readCSVs has refused such a file
	}
	rows := make(map[string]oldRow, len(ids))
	for i, id := range ids {
		rows[id] = oldRow{at: i}
	}
	old = bytes.TrimPrefix(old, []byte("\xef\xbb\xbf")) // a spreadsheet may have saved it
	records, err := csv.NewReader(bytes.NewReader(old)).ReadAll()
	idAt := slices.Index(f.Columns, "account_id")
	if err != nil || idAt < 0 {
		return rows
	}
	for _, r := range records {
		was, ok := oldRow{}, false
		if len(r) == len(f.Columns) {
			was, ok = rows[r[idAt]]
		}
		if !ok {
			continue
		}
		for i, c := range f.Columns {
			switch c {
			case "my_id":
				was.myID = r[i]
			case "pool":
				was.pool = r[i]
			}
		}
		rows[r[idAt]] = was
	}
	return rows
}

// active says whether the account may enter a CSV.
func active(o resource.Object) bool {
	s := o.Facts[resource.FactState]
	return s == "" || s == "ACTIVE"
}

// closed says whether the account leaves a CSV. Any other state, also one that
// AWS adds later, leaves its row as it is.
func closed(o resource.Object) bool {
	switch o.Facts[resource.FactState] {
	case "SUSPENDED", "PENDING_CLOSURE", "CLOSED":
		return true
	}
	return false
}

package reconcile

import (
	"strconv"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Stats are the figures of a payer.
type Stats struct {
	// Accounts counts the member accounts by AWS's word for their state;
	// StatePending are those that AWS is making.
	Accounts map[string]int
	Pools    []Pool // in file order
	// Quota is nil where the file does not speak of the quota of accounts: then
	// nobody has read it.
	Quota *Quota
}

// Pool are the figures of one pool.
type Pool struct {
	Name     string
	Wanted   int // ids in the file
	Ready    int // ACTIVE, and where the file wants them
	Creating int // AWS is making them
	// Surplus are live accounts that bear the pool's mark and are not among its
	// ids, parked ones too, as far as their marks were read.
	Surplus int
}

// Quota is how many accounts the organization may have, and how many AWS
// counts, the management account and closed ones among them.
type Quota struct{ Limit, Used int }

// Stats counts what the plan was made of. It makes no call.
func (p *Planned) Stats() Stats { return StatsOf(p.Payer, p.Live) }

// StatsOf counts a live state, such as that of a Result.
func StatsOf(p *spec.Payer, have *resource.State) Stats {
	s := Stats{Accounts: map[string]int{}}
	used := 0
	surplus := map[string]int{}
	claimed := map[resource.Ref]bool{}
	for a := range p.AllAccounts() {
		claimed[a.Ref()] = true
	}
	for o := range have.Kind("account") {
		switch {
		case o.Facts[resource.FactAbsent] != "":
			continue
		case o.ID() == "" && o.Pending != "":
			s.Accounts[StatePending]++
			continue
		case o.ID() == "":
			continue
		}
		used++
		if o.ID() == p.AccountID {
			continue
		}
		s.Accounts[state(o)]++
		if o.OwnerRead && o.Owner == p.Name && !claimed[o.Ref] && !closed(o) {
			surplus[o.Facts[resource.FactPool]]++
		}
	}
	for _, pool := range p.Pools {
		s.Pools = append(s.Pools, poolStats(pool, have, surplus[pool.Name]))
	}
	if limit, ok := have.Output(spec.QuotaRef, "accounts"); ok {
		if n, err := strconv.Atoi(limit); err == nil {
			s.Quota = &Quota{Limit: n, Used: used}
		}
	}
	return s
}

func poolStats(pool spec.Pool, have *resource.State, surplus int) Pool {
	out := Pool{Name: pool.Name, Wanted: len(pool.Accounts), Surplus: surplus}
	for _, a := range pool.Accounts {
		o, ok := have.Get(a.Ref())
		switch {
		case !ok:
		case o.ID() == "" && o.Pending != "":
			out.Creating++
		case o.ID() != "" && inPlace(o, a):
			out.Ready++
		}
	}
	return out
}

// state is AWS's word for the state of a live account.
func state(o resource.Object) string {
	if s := o.Facts[resource.FactState]; s != "" {
		return s
	}
	return "ACTIVE" // made in this pass
}

// Package quota is the kind of the one quota that a payer asks AWS for: how
// many accounts its organization may have.
package quota

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is the quota of accounts. Where the file says nothing of it, it is not
// read. It is asked for only upwards, and never while a request is open: AWS,
// or a person there, decides on it, which takes minutes to days.
var Kind = &kind.Kind{
	Name:     "quota",
	Doc:      "the most accounts that the organization may have",
	Requires: []*kind.Kind{organization.Kind},
	Calls:    map[string][]string{"create": {"RequestServiceQuotaIncrease"}, "update": {"RequestServiceQuotaIncrease"}},
	Desired:  desired,
	Live:     live,
	Create:   create,
	Update:   update,
}

// attr is the attribute and the output: the number of accounts.
const attr = "accounts"

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	q := p.Quotas.Accounts
	if q == nil {
		return nil, nil
	}
	n := asked(p, read)
	if applied, ok := Applied(read); ok {
		n = max(n, applied) // it is never lowered
	}
	return []resource.Object{{Ref: spec.QuotaRef, Origin: q.Pos.String(), After: []resource.Ref{spec.OrganizationRef},
		Attrs: resource.Attrs{attr: resource.Lit(strconv.Itoa(n))}}}, nil
}

// asked is the number that a file asks for which speaks of the quota.
func asked(p *spec.Payer, read *resource.State) int {
	if p.Quotas.Accounts.Auto {
		return Needed(p, read)
	}
	return p.Quotas.Accounts.Number
}

// Outlook says, of a quota that AWS calls full, who does what about it.
func Outlook(p *spec.Payer, read *resource.State) string {
	if p.Quotas.Accounts == nil {
		return "raise \"" + quotaName + "\" in Service Quotas, or let the file ask for it (quotas: {accounts: auto})"
	}
	have, _ := read.Get(spec.QuotaRef)
	if text := cmp.Or(have.Facts[resource.FactWaiting], have.Facts[resource.FactBlocked]); text != "" {
		return text
	}
	n, needs := asked(p, read), Needed(p, read)
	applied, known := Applied(read)
	switch {
	case n < needs:
		return fmt.Sprintf("the file asks AWS for %d only (quotas.accounts)", n)
	case known && n <= applied:
		return fmt.Sprintf("Service Quotas tells of %d, which AWS may need a while to go by", applied)
	}
	return fmt.Sprintf("the file asks AWS for %d (quotas.accounts); apply again once AWS has granted it", n)
}

// Needed counts the accounts that the organization must have room for: all that
// there are, the management account and closed ones that AWS still lists among
// them, and those that the file wants beside.
func Needed(p *spec.Payer, read *resource.State) int {
	n := 0
	for have := range read.Kind("account") {
		if have.ID() != "" {
			n++
		}
	}
	if n == 0 {
		n = 1 // the management account, where there is no organization yet
	}
	for a := range p.AllAccounts() {
		if have, ok := read.Get(a.Ref()); !ok || have.ID() == "" {
			n++
		}
	}
	return n
}

// Applied is the quota that is in force, and whether it was read.
func Applied(read *resource.State) (int, bool) {
	text, ok := read.Output(spec.QuotaRef, attr)
	n, err := strconv.Atoi(text)
	return n, ok && err == nil
}

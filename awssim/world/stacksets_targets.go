package world

import "slices"

// StackFilter narrows an operation to some accounts in its units, or widens it.
type StackFilter struct {
	Type     string   `json:",omitempty"`
	Accounts []string `json:",omitempty"`
}

// check refuses what AWS refuses in a filter: a create has no union, and must
// say what its accounts mean.
func (f StackFilter) check(action string) error {
	switch create := action == "CREATE"; f.Type {
	case "", "NONE":
		if create && f.Type == "" && len(f.Accounts) > 0 {
			return invalidStack("AccountFilterType must be specified with Accounts")
		}
	case "UNION":
		if create {
			return invalidStack("AccountFilterType UNION is not supported for this operation")
		}
	case "INTERSECTION", "DIFFERENCE":
		if len(f.Accounts) == 0 {
			return invalidStack("Accounts are required with AccountFilterType %s", f.Type)
		}
	default:
		return invalidStack("1 validation error detected: Value '%s' at 'deploymentTargets.accountFilterType' failed to satisfy constraint", f.Type)
	}
	return nil
}

// narrows says that a filter leaves accounts of the units out.
func (f StackFilter) narrows() bool { return f.Type == "INTERSECTION" || f.Type == "DIFFERENCE" }

// takes says whether an account in the units passes the filter.
func (f StackFilter) takes(account string) bool {
	return !f.narrows() || slices.Contains(f.Accounts, account) == (f.Type == "INTERSECTION")
}

// adds says whether an account elsewhere belongs to the operation too.
func (f StackFilter) adds(account string) bool {
	return (f.Type == "UNION" || f.Type == "") && slices.Contains(f.Accounts, account)
}

// stackTargets lists the member accounts under some units that pass a filter.
func (o *org) stackTargets(units, regions []string, f StackFilter) []StackTarget {
	var all []StackTarget
	seen := map[string]bool{}
	for _, u := range units {
		for _, n := range o.accounts.items {
			if seen[n.id] || n.acct == o.master || !n.under(u) || !f.takes(n.id) {
				continue
			}
			seen[n.id] = true
			for _, r := range regions {
				all = append(all, StackTarget{n.id, r, u})
			}
		}
	}
	return all
}

// under says that a node is in a unit, or in one below it.
func (n *node) under(unit string) bool {
	for up := n.parent; up != nil; up = up.parent {
		if up.id == unit {
			return true
		}
	}
	return false
}

// within lists the instances of a set that are under some units and pass a
// filter, with those that the filter adds.
func (s *StackSet) within(o *org, units, regions []string, f StackFilter) []StackTarget {
	var all []StackTarget
	for _, i := range s.Instances {
		if f.adds(i.Account) && slices.Contains(regions, i.Region) {
			all = append(all, StackTarget{i.Account, i.Region, i.OrganizationalUnitId})
			continue
		}
		if !f.takes(i.Account) {
			continue
		}
		n := o.nodes[i.Account]
		for _, u := range units {
			if slices.Contains(regions, i.Region) && (i.OrganizationalUnitId == u || n != nil && n.under(u)) {
				all = append(all, StackTarget{i.Account, i.Region, u})
				break
			}
		}
	}
	return all
}

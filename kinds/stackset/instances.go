package stackset

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// The facts of a live stack set that its next change works with.
const (
	factRetry   = "retry"   // whose stacks failed: jobs
	factLacking = "lacking" // who has no stack and ought to: jobs
	factStuck   = "stuck"   // whose stacks CloudFormation no longer updates
	factStacks  = "stacks"  // how many there are
)

// change are the facts that a wanted stack set takes over from the live one.
var change = []string{factRetry, factLacking, factStuck, factStacks}

// place is where a member is, and where the file wants it.
type place struct {
	unit, wanted string
	active       bool
}

// places finds the members that were read, by account id. One in a unit that is
// younger than the list of units is none of them.
func places(p *spec.Payer, read *resource.State, units map[string]string) map[string]place {
	wanted, parked := map[resource.Ref]string{}, map[string]string{}
	if p != nil {
		for _, pool := range p.Pools {
			if pool.Surplus.Action == "park" {
				parked[pool.Name] = pool.Surplus.OU
			}
		}
		for a := range p.AllAccounts() {
			if a.OUSet {
				wanted[a.Ref()] = a.OU
			}
		}
	}
	all := map[string]place{}
	for o := range read.Kind("account") {
		unit, known := units[o.Outputs["parent"]]
		if o.ID() == "" || !known || o.Facts[resource.FactSystem] != "" || o.Facts[resource.FactAbsent] != "" {
			continue
		}
		at := place{unit: unit, wanted: unit, active: o.Facts[resource.FactState] == "ACTIVE"}
		path, named := wanted[o.Ref]
		if !named && o.Owner != "" && p != nil && o.Owner == p.Name {
			path, named = parked[o.Facts[resource.FactPool]]
		}
		if named {
			at.wanted = path
		}
		all[o.ID()] = at
	}
	return all
}

// within says that a path is a unit, or is below it; the root is "".
func within(path, unit string) bool {
	for path != unit {
		if path == "" {
			return false
		}
		path = resource.ParentPath(path)
	}
	return true
}

// withinAny finds the first of some units that holds a path.
func withinAny(path string, units []string) (unit string, ok bool) {
	i := slices.IndexFunc(units, func(u string) bool { return within(path, u) })
	if i < 0 {
		return "", false
	}
	return units[i], true
}

// listStacks lists the stacks of a set, a hundred a call.
func listStacks(ctx context.Context, s *cloud.Session, name string) ([]types.StackInstanceSummary, error) {
	var all []types.StackInstanceSummary
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := client(s).ListStackInstances(ctx, &cloudformation.ListStackInstancesInput{StackSetName: &name, MaxResults: aws.Int32(100), NextToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Summaries...)
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list stacks of %s: %w", name, err)
	}
	return all, nil
}

// through gives the units of a list that a stack set deploys to, by path.
func (r reader) through(d *types.StackSet, units []string) (ids map[string]string, paths []string) {
	ids = map[string]string{}
	for _, id := range d.OrganizationalUnitIds {
		if path, ok := r.units[id]; ok && slices.Contains(units, path) {
			ids[path], paths = id, append(paths, path)
		}
	}
	return ids, paths
}

// broken notes on a live stack set whose stacks are not what it says, and gives
// a text about them, "" for none. An account is reached through the unit where
// it is; where that is not known, through the one where it was.
func (r reader) broken(o *resource.Object, m spec.MemberRole, d *types.StackSet, list []types.StackInstanceSummary) string {
	var bad, stuck []string
	again := jobs{}
	ids, units := r.through(d, m.OUs)
	for _, i := range list {
		status := types.StackInstanceDetailedStatus("")
		if i.StackInstanceStatus != nil {
			status = i.StackInstanceStatus.DetailedStatus
		}
		id := aws.ToString(i.Account)
		switch status {
		case types.StackInstanceDetailedStatusFailed, types.StackInstanceDetailedStatusCancelled:
			unit := aws.ToString(i.OrganizationalUnitId)
			if path, in := withinAny(r.members[id].unit, units); in {
				unit = ids[path]
			}
			again.add(unit, id)
		case types.StackInstanceDetailedStatusInoperable:
			stuck = append(stuck, id)
		default:
			continue
		}
		bad = append(bad, strings.TrimSuffix(fmt.Sprintf("%s %s: %s", id, status, aws.ToString(i.StatusReason)), ": "))
	}
	o.Facts[factStacks] = strconv.Itoa(len(list))
	if len(bad) == 0 {
		return ""
	}
	o.Facts[factRetry], o.Facts[factStuck] = again.String(), strings.Join(stuck, ",")
	hint := ""
	if slices.ContainsFunc(bad, func(s string) bool { return strings.Contains(s, alreadyExists) }) {
		hint = existsHint
	}
	return fmt.Sprintf("%d not current: %s%s", len(bad), reasons(bad), hint)
}

// lacking notes on a live stack set which members ought to have a stack and have
// none, and gives a text about them, "" for none. Who is to leave the units is
// none of them, nor is anybody in a unit that the set does not deploy to yet.
func (r reader) lacking(o *resource.Object, m spec.MemberRole, d *types.StackSet, list []types.StackInstanceSummary) string {
	has := map[string]bool{}
	for _, i := range list {
		has[aws.ToString(i.Account)] = true
	}
	ids, units := r.through(d, m.OUs)
	var names []string
	add := jobs{}
	for _, id := range slices.Sorted(maps.Keys(r.members)) {
		at := r.members[id]
		unit, in := withinAny(at.unit, units)
		if _, stays := withinAny(at.wanted, m.OUs); !in || !stays || !at.active || has[id] {
			continue
		}
		add.add(ids[unit], id)
		names = append(names, id)
	}
	if names == nil {
		return ""
	}
	o.Facts[factLacking] = add.String()
	return fmt.Sprintf("%d have no stack: %s", len(names), words.Some(names, shown))
}

// losers are the accounts that lose the role where a unit goes and units below
// it stay: those with a stack that are in none that stays, nor are to come there.
func (r reader) losers(unit string, stay []string, list []types.StackInstanceSummary) []string {
	var ids []string
	for _, i := range list {
		id := aws.ToString(i.Account)
		at, known := r.members[id]
		_, is := withinAny(at.unit, stay)
		_, comes := withinAny(at.wanted, stay)
		if known && within(at.unit, unit) && !is && !comes {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// holds counts the accounts with a stack in a unit that goes as a whole.
func (r reader) holds(id string, list []types.StackInstanceSummary) int {
	path, known := r.units[id]
	accounts := map[string]bool{}
	for _, i := range list {
		account := aws.ToString(i.Account)
		at, is := r.members[account]
		if aws.ToString(i.OrganizationalUnitId) == id || known && is && within(at.unit, path) {
			accounts[account] = true
		}
	}
	return len(accounts)
}

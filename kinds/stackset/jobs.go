package stackset

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// jobs are accounts by the id of the unit through which a stack set reaches them.
type jobs map[string][]string

func (j jobs) add(unit, account string) { j[unit] = append(j[unit], account) }

// String writes jobs down, to be read by targets.
func (j jobs) String() string {
	var parts []string
	for _, unit := range slices.Sorted(maps.Keys(j)) {
		parts = append(parts, unit+"="+strings.Join(j[unit], ","))
	}
	return strings.Join(parts, ";")
}

// atOnce is how many accounts one call names: some 30 kB of a request.
const atOnce = 500

// targets are the targets of the operations that jobs take: just these accounts,
// whoever else is in the units.
func targets(text string) []*types.DeploymentTargets {
	var all []*types.DeploymentTargets
	var last *types.DeploymentTargets
	for part := range strings.SplitSeq(text, ";") {
		unit, accounts, found := strings.Cut(part, "=")
		if !found {
			continue
		}
		for chunk := range slices.Chunk(strings.Split(accounts, ","), atOnce) {
			if last == nil || len(last.OrganizationalUnitIds) == batch || len(last.Accounts)+len(chunk) > atOnce {
				last = &types.DeploymentTargets{AccountFilterType: types.AccountFilterTypeIntersection}
				all = append(all, last)
			}
			last.OrganizationalUnitIds = append(last.OrganizationalUnitIds, unit)
			last.Accounts = append(last.Accounts, chunk...)
		}
	}
	return all
}

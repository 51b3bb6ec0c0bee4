package kinds_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestDanger2RemovedLinesOfMemberRoles takes a role, and then a whole pool, out of
// the file: every account that would lose a role is a removal, and none loses one
// where the file does not prune.
func TestDanger2RemovedLinesOfMemberRoles(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		const trust = "trust: {services: [ec2.amazonaws.com]}"
		head := organizationOnly + "ous: [{name: Labs}]\npools: [{name: s, ou: Labs, ids: {from: 1, count: 7}, csv: s.csv, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"}}]\n" +
			"memberRoles:\n  - {name: Keep, in: {pools: [s]}, " + trust + "}\n"
		gone := "  - {name: Gone, in: {pools: [s]}, " + trust + "}\n"
		r.Apply(head + gone)
		p := r.Plan(head)
		r.Want(p)
		r.Equal("left", len(kindtest.Left(p)), 7)
		p = r.Plan(head + prune)
		if lines := kindtest.Lines(p); len(lines) != 7 || slices.ContainsFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "- member-role/") || !strings.HasSuffix(l, "/Gone") }) {
			t.Errorf("plan %q", lines)
		}
		if g := p.Plan.Guards; len(g) != 1 || g[0].Name != "maxRemovals" || g[0].Planned != 7 {
			t.Errorf("guards %+v", g)
		}
		before := r.Writes()
		if _, err := r.TryApply(p); err == nil || r.Writes() != before {
			t.Errorf("the guarded plan was applied: %v, %d writes", err, r.Writes()-before)
		}
		r.Apply(head + "safety: {prune: true, maxRemovals: 7}\n")
		r.Settled(head + prune)
	})
}

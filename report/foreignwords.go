package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// foreign says whom a change lets in from outside, and whom of them it asks for no
// external id any more; form is how a name stands.
func (c *Change) foreign(form func(string) string) []string {
	var out []string
	if len(c.Foreign) > 0 {
		out = append(out, "lets in "+letIn(c.Foreign, form))
	}
	if len(c.NoExternalID) > 0 {
		out = append(out, "no longer asks "+listWho(c.NoExternalID, form)+" for an external id")
	}
	if n := len(out); n > 0 && c.ForeignAccounts > 0 {
		out[n-1] += " (in " + count(c.ForeignAccounts, "account") + ")"
	}
	return out
}

// unitOf begins the name of an attribute of a stack set that says of a unit, by its
// path or / for the root, that it is deployed to.
const unitOf = "ous."

// deployedTo is how many accounts a stack set deploys to, by the tree of units.
func deployedTo(c *planner.Change, tree []Unit) int {
	if c.Ref.Kind != "stack-set" || c.Want == nil {
		return 0
	}
	n := 0
	for i := range tree {
		for path := tree[i].Path; ; path = resource.ParentPath(path) {
			if at, ok := c.Want.Attrs[unitOf+cmp.Or(path, "/")]; ok && !at.IsNone() {
				n += tree[i].After
				break
			}
			if path == "" {
				break
			}
		}
	}
	return n
}

// letIn names those who are let in, and says of which organization they are.
func letIn(all []string, form func(string) string) string {
	accounts, orgs := 0, 0
	for _, id := range all {
		switch {
		case isAccount(id):
			accounts++
		case isOrganization(id):
			orgs++
		}
	}
	list := listWho(all, form)
	switch {
	case slices.Contains(all, anyone):
		return "anyone, of whatever organization"
	case len(all) > accounts+orgs:
		return list + ", who may be of any organization"
	case orgs == 1 && accounts == 0:
		return list + ", which is not this one"
	case len(all) == 1:
		return list + ", which is not of this organization"
	case orgs == 0:
		return "accounts that are not of this organization: " + listOf(all, form)
	}
	return list + ", which are not of this organization"
}

func isOrganization(id string) bool { return strings.HasPrefix(id, "o-") }

// listWho names some, each with what they are.
func listWho(all []string, form func(string) string) string {
	return listOf(all, func(id string) string { return who(id, form) })
}

func listOf(all []string, form func(string) string) string {
	return words.List(each(all, form), maxListed)
}

// who says what somebody from outside is.
func who(id string, form func(string) string) string {
	for _, sort := range []struct{ prefix, words string }{
		{anyoneFrom, "anyone from "}, {canonicalUser, "canonical user "}, {federated, "whoever signs in with "},
	} {
		if name, ok := strings.CutPrefix(id, sort.prefix); ok {
			return sort.words + form(name)
		}
	}
	switch {
	case id == anyone:
		return "anyone"
	case isAccount(id):
		return "account " + form(id)
	case isOrganization(id):
		return "organization " + form(id)
	}
	return form(id)
}

// lets says which changes let in somebody from outside.
func (p *Payer) lets() []string {
	var changes []Change
	for _, c := range p.Changes {
		if len(c.Foreign)+len(c.NoExternalID) > 0 && c.Blocked == "" && c.Outcome == "" {
			changes = append(changes, c)
		}
	}
	var out []string
	lines := groups(changes, false)
	for i := range lines {
		if i == maxListed && len(lines) > maxListed+1 {
			return append(out, "and "+count(len(lines)-i, "more change")+" that let in somebody from outside")
		}
		g := &lines[i]
		said := g.foreign(func(s string) string { return code(clip(s, maxClip)) })
		out = append(out, code(clip(g.subject(), maxClip))+" "+strings.Join(said, ", and "))
	}
	return out
}

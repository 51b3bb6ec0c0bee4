// Package impact says what a change of policies newly denies and newly allows,
// and to how many accounts: [Of] a tree of nodes before and after.
//
// Accounts that stand in one unit have one chain of policies, so units are held
// against each other and not accounts; units whose chains read alike are one.
// The actions are the patterns that any statement names, before or after, each
// without those that are narrower, and every other action. Conditions and
// resources are kept as they stand and never evaluated: what was denied under a
// condition and is denied under the same one, or under one that plainly asks for
// more, is no news. What is denied in one scope no longer and in another one like
// it still, as where a list of regions grows, is told with both.
//
// The package is pure.
package impact

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// Policy is one policy on one node.
type Policy struct {
	Ref        resource.Ref // of the policy
	Attachment resource.Ref // of the policy on this node
	Type       string
	// Document is "" where nobody has read it. Such a policy is taken to deny
	// nothing, and to allow everything but what the other policies of the node
	// give up; so what is told as denied is too much rather than too little.
	Document string
}

// Node is a unit, or the root, with what hangs on it before and after.
type Node struct {
	Path          string // "" is the root
	Accounts      int    // that stand in the node itself and are there already
	Before, After []Policy
}

// Group are accounts that do not stay as a node has them: they move, or policies
// hang on themselves.
type Group struct {
	// Path is the unit where they will stand, From the one where they stand now.
	Path, From string
	Accounts   int
	// Before and After hang on the accounts.
	Before, After []Policy
}

// Tree is an organization before and after a change. A node whose parent is
// missing stands under the nearest that is there. Of accounts that move all is
// told that becomes of them; where nothing else changes on the way to where they
// stand, or to where they will, they are told and not counted.
type Tree struct {
	Nodes  []Node
	Groups []Group
	// Changed are the changes that are made: of policies and of attachments.
	Changed map[resource.Ref]bool
}

// The effects of an [Impact].
const (
	Denied  = "denied"
	Allowed = "allowed"
)

// Impact is one thing that is newly denied or newly allowed.
type Impact struct {
	Effect string
	// Actions are patterns, sorted; one that begins with ! is taken out of the
	// others. What is meant all the same inside of what is taken out is an Impact
	// of its own, so that a pattern never brings back what another takes out. An
	// action that was denied before may stand among what is denied.
	Actions []string
	// Resource and Condition are those of the statements that deny; "" is every
	// resource, and no condition.
	Resource, Condition string
	// Unless says where it is not so, sorted: each of these alone is enough.
	Unless []Scope
	By     []resource.Ref // the changes of policies that do it, sorted; none where only a move does
	// From is where the accounts stand now, sorted as OUs is, of accounts that move
	// and would have other policies if they stayed; nil of all others. What is alike
	// is one Impact, whichever of the units they leave and come to.
	From     []string
	OUs      []string // where the accounts stand afterwards: paths, sorted; "" is the root
	Accounts int
}

// Scope is on which resources and under which condition; "" is every resource, and
// no condition.
type Scope struct {
	Resource, Condition string
	// Denied says that what is newly allowed is denied there still, or what is newly
	// denied was denied there already; if not, it is allowed there.
	Denied bool
}

// Compare orders scopes, those that are allowed first.
func (s Scope) Compare(o Scope) int {
	return cmp.Or(strings.Compare(strconv.FormatBool(s.Denied), strconv.FormatBool(o.Denied)),
		strings.Compare(s.Condition, o.Condition), strings.Compare(s.Resource, o.Resource))
}

// Result is the whole impact of a change.
type Result struct {
	Impacts []Impact // what is denied first, what hits most accounts first
	// NewlyDenied is how many accounts something is newly denied to, leaving out
	// those to which only a move does that.
	NewlyDenied int
}

// Of says what becomes of a tree. Its error names a policy whose document cannot
// be read.
func Of(t Tree) (*Result, error) {
	m, err := newMatrix(t)
	if err != nil {
		return nil, err
	}
	g := gathered{changed: t.Changed, found: map[string]*found{}, denied: map[int]int{}}
	for _, k := range m.classes(t) {
		for _, n := range m.compare(k) {
			g.add(k, n)
		}
	}
	out := &Result{}
	for _, n := range g.denied {
		out.NewlyDenied += n
	}
	for _, n := range g.found {
		n.By, n.OUs, n.From = sorted(n.By, resource.Ref.Compare), sorted(n.OUs, strings.Compare), sorted(n.From, strings.Compare)
		out.Impacts = append(out.Impacts, n.Impact)
	}
	slices.SortFunc(out.Impacts, func(a, b Impact) int {
		return cmp.Or(-cmp.Compare(a.Effect, b.Effect), cmp.Compare(b.Accounts, a.Accounts), slices.Compare(a.Actions, b.Actions),
			cmp.Compare(a.Condition, b.Condition), cmp.Compare(a.Resource, b.Resource), slices.Compare(a.From, b.From), slices.Compare(a.OUs, b.OUs),
			slices.CompareFunc(a.Unless, b.Unless, Scope.Compare))
	})
	return out, nil
}

// gathered puts together what is alike in several units.
type gathered struct {
	changed map[resource.Ref]bool
	found   map[string]*found
	denied  map[int]int // accounts by unit
}

// found is an impact, and on which units: an SCP and an RCP may say the same.
type found struct {
	Impact
	units map[int]bool
}

func (g *gathered) add(k *class, n news) {
	for _, u := range k.units {
		all := g.of(&n.Impact, u.moves)
		if all.OUs = append(all.OUs, u.path); u.moves {
			all.From = append(all.From, u.from)
		}
		if !all.units[u.number] {
			all.units[u.number] = true
			all.Accounts += u.accounts
		}
		if n.Effect == Denied && u.changed {
			g.denied[u.number] = u.accounts
		}
		for _, at := range n.from {
			p := u.levels[at.level].side(at.after)[at.policy]
			for _, r := range []resource.Ref{p.Ref, p.Attachment} {
				if g.changed[r] {
					all.By = append(all.By, r)
				}
			}
		}
	}
}

// of is what is found that is like an impact on accounts that move, or that stay.
func (g *gathered) of(i *Impact, move bool) *found {
	key := strings.Join([]string{i.Effect, strings.Join(i.Actions, ","), i.Resource, i.Condition, fmt.Sprintf("%#v", i.Unless), strconv.FormatBool(move)}, "\n")
	all := g.found[key]
	if all == nil {
		all = &found{*i, map[int]bool{}}
		g.found[key] = all
	}
	return all
}

// sorted gives each value once.
func sorted[T comparable](all []T, compare func(a, b T) int) []T {
	all = slices.Clone(all)
	slices.SortFunc(all, compare)
	return slices.Compact(all)
}

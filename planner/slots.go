package planner

import (
	"fmt"
	"strconv"

	"github.com/payer-reconciler/reconciler/resource"
)

// The policies of one type on one node take slots, and of the SCPs there at
// least one must allow something at every moment, or all below is denied. The
// changes of such a group are arranged so:
//
//   - attach before detach: while something is between, more is in force;
//   - where the slots are full, detach first, one at a time: what only denies,
//     then what nobody knows, then what allows while another one allows still;
//   - a policy that ceases to allow does so after what allows was attached, and
//     one that begins to before anything that allows is detached.
//
// What cannot be arranged is blocked, and what others would be for want of it.

const scp = "SERVICE_CONTROL_POLICY"

// slots are the groups that the changes touch.
type slots struct {
	d      *differ
	groups []*group
	by     map[string]*group
	denied map[int]bool // creates that were blocked here, for want of room
}

// group is the attachments of one policy type on one node.
type group struct {
	node, policyType string
	slots, minimum   int
	live             []hold
	creates          []hold // in plan order
	missing          int    // a create that is blocked for another reason than room, else -1
	used             int    // slots after the plan
	chain            []int  // the order of all changes, where slots are short
}

// hold is one attachment, live or to be made.
type hold struct {
	change        int          // its create or delete, -1 where there is none
	policy        resource.Ref // whose
	before, after string       // what FactAllows says before and after the plan
	turns         int          // the update of the policy that changes it, else -1
}

// denies says that the policy never allows anything, so that nobody can miss it.
func (h hold) denies() bool { return h.before == "false" && h.after == "false" }

// loses and gains say that an update of the policy ends or begins its allowing.
func (h hold) loses() bool { return h.turns >= 0 && h.before != "false" && h.after != "true" }
func (h hold) gains() bool { return h.turns >= 0 && h.before != "true" && h.after == "true" }

// newSlots finds the groups of the changes.
func (d *differ) newSlots() *slots {
	s := &slots{d: d, by: map[string]*group{}, denied: map[int]bool{}}
	for i := range d.changes {
		c := &d.changes[i]
		if c.Want != nil {
			s.group(c.Want.Facts)
		}
		if c.Have != nil {
			s.group(c.Have.Facts)
		}
	}
	if turning := d.turning(); len(turning) > 0 {
		for h := range d.have.All() {
			if r, err := resource.ParseRef(h.Facts[resource.FactPolicy]); err == nil && turning[r] {
				s.group(h.Facts)
			}
		}
	}
	return s
}

// turning lists the policies whose update may change whether they allow.
func (d *differ) turning() map[resource.Ref]bool {
	refs := map[resource.Ref]bool{}
	for i := range d.changes {
		c := &d.changes[i]
		if c.Want != nil && c.Have != nil && c.Want.Facts[resource.FactAllows] != c.Have.Facts[resource.FactAllows] {
			refs[c.Ref] = true
		}
	}
	return refs
}

// group notes the group that the facts name and what they say of its limits.
func (s *slots) group(facts map[string]string) {
	name := facts[resource.FactNode]
	if name == "" {
		return
	}
	g := s.by[name]
	if g == nil {
		g = &group{}
		g.node, g.policyType = cutNode(name)
		s.by[name] = g
		s.groups = append(s.groups, g)
	}
	if n, err := strconv.Atoi(facts[resource.FactSlots]); err == nil {
		g.slots = n
	}
	if n, err := strconv.Atoi(facts[resource.FactMinimum]); err == nil {
		g.minimum = n
	}
}

// arrange finds an order for every group and blocks what has none. It says
// whether it blocked anything; then blocks must be passed on and it is called
// again.
func (s *slots) arrange() bool {
	s.fill()
	blocked := false
	for _, g := range s.groups {
		blocked = s.await(g) || blocked
	}
	if blocked {
		return true
	}
	for _, g := range s.groups {
		r := run{s: s, g: g, guard: g.policyType == scp && !s.doomed(g)}
		blocked = r.run() || blocked
	}
	return blocked
}

// await blocks the detaches of a group in which something that is to be
// attached is blocked: nothing is taken away before its replacement is there.
func (s *slots) await(g *group) bool {
	blocked := false
	for _, h := range g.live {
		if g.missing >= 0 && h.change >= 0 {
			s.d.holdFor(h.change, g.missing)
			blocked = true
		}
	}
	return blocked
}

// doomed says that the node of a group goes away itself, so that nobody is
// left below it.
func (s *slots) doomed(g *group) bool {
	r, err := resource.ParseRef(g.node)
	i, planned := s.d.at[r]
	return err == nil && planned && s.d.changes[i].Op == Delete && !s.d.changes[i].Held()
}

// fill reads the members of every group afresh.
func (s *slots) fill() {
	if len(s.groups) == 0 {
		return
	}
	for _, g := range s.groups {
		g.live, g.creates, g.chain, g.missing = nil, nil, nil, -1
	}
	for h := range s.d.have.All() {
		g := s.by[h.Facts[resource.FactNode]]
		if g == nil || is(h, resource.FactAbsent) {
			continue
		}
		change := -1
		if i, planned := s.d.at[h.Ref]; planned && s.d.changes[i].Op == Delete && !s.d.changes[i].Held() {
			change = i
		}
		g.live = append(g.live, s.hold(h.Facts, change))
	}
	for i := range s.d.changes {
		c := &s.d.changes[i]
		if c.Op != Create {
			continue
		}
		switch g := s.by[c.Want.Facts[resource.FactNode]]; {
		case g == nil, s.denied[i]:
		case !c.Held():
			g.creates = append(g.creates, s.hold(c.Want.Facts, i))
		case g.missing < 0:
			g.missing = i
		}
	}
}

// hold reads one attachment. What its policy says of allowing goes before what
// the attachment says.
func (s *slots) hold(facts map[string]string, change int) hold {
	h := hold{change: change, turns: -1}
	h.policy, _ = resource.ParseRef(facts[resource.FactPolicy])
	if p, found := s.d.have.Get(h.policy); found {
		h.before = p.Facts[resource.FactAllows]
	}
	if h.before == "" {
		h.before = facts[resource.FactAllows]
	}
	h.after = h.before
	i, planned := s.d.at[h.policy]
	if !planned || s.d.changes[i].Held() || s.d.changes[i].Want == nil || s.d.changes[i].Op == Delete {
		return h
	}
	h.after = s.d.changes[i].Want.Facts[resource.FactAllows]
	switch {
	case s.d.changes[i].Op == Create:
		h.before = h.after
	case h.before != h.after:
		h.turns = i
	}
	return h
}

func full(used, slots int) string { return fmt.Sprintf("%d of %d slots are taken", used, slots) }

// typeGoes says that the plan deletes the policy type of a group, and AWS with it
// all attachments.
func (s *slots) typeGoes(g *group) bool {
	i, planned := s.d.at[resource.Ref{Kind: "policy-type", Name: g.policyType}]
	return planned && s.d.changes[i].Op == Delete && !s.d.changes[i].Held()
}

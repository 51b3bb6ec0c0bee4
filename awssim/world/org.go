package world

import (
	"slices"
	"strings"
	"time"
)

// org is an organization: a tree of nodes, its policies, and the work under way.
type org struct {
	id, features string
	created      time.Time
	ids          uint64
	master       *account
	root         *node
	nodes        map[string]*node // root, units and accounts by id
	units        int
	accounts     list[*node]
	policies     map[string]*policy
	byType       map[string]*list[*policy]
	types        map[string]*policyType
	requests     map[string]*request
	journal      list[*request]
	creating     []*request
	closing      []*account  // PENDING_CLOSURE and CLOSED
	closures     []time.Time // of the last thirty days
	services     map[string]time.Time
	admins       map[string]map[string]time.Time // account, service
	tagged       list[tagged]
	stacks       bool // CloudFormation's stack sets were let in
}

// node is the root, a unit or an account: what a policy can hang on.
type node struct {
	id, name string // the name of an account is the account's
	seq      uint64
	parent   *node
	policies []*policy
	tags     []Tag
	kids     *kids    // nil on an account
	acct     *account // nil on root and units
	joined   time.Time
	created  bool // by CreateAccount; false: it made the organization
}

type kids struct{ units, accounts list[*node] }

func (n *node) order() uint64 { return n.seq }

func (n *node) typ() string {
	switch {
	case n.acct != nil:
		return "ACCOUNT"
	case n.parent == nil:
		return "ROOT"
	}
	return "ORGANIZATIONAL_UNIT"
}

func (n *node) label() string {
	if n.acct != nil {
		return n.acct.name
	}
	return n.name
}

// path is AWS's path of ids, with a slash at its end.
func (o *org) path(n *node) string {
	var b strings.Builder
	b.WriteString(o.id)
	b.WriteByte('/')
	var up func(*node)
	up = func(n *node) {
		if n.parent != nil {
			up(n.parent)
		}
		b.WriteString(n.id)
		b.WriteByte('/')
	}
	up(n)
	return b.String()
}

func (o *org) arn(kind, rest string) string {
	return "arn:aws:organizations::" + o.master.id + ":" + kind + "/" + o.id + rest
}

func (o *org) nodeArn(n *node) string {
	switch n.typ() {
	case "ACCOUNT":
		return o.arn("account", "/"+n.id)
	case "ROOT":
		return o.arn("root", "/"+n.id)
	}
	return o.arn("ou", "/"+n.id)
}

// inOrg finds the organization of the account that calls, whoever it is.
func (w *World) inOrg(who string) (*org, error) {
	a := w.account(who)
	if a.org == nil {
		return nil, notInUse()
	}
	return a.org, nil
}

// payer is inOrg for operations that only the management account may call.
func (w *World) payer(who string) (*org, error) {
	o, err := w.inOrg(who)
	if err == nil && o.master.id != who {
		return nil, denied()
	}
	return o, err
}

// reader is inOrg for operations that delegated administrators may call, too.
func (w *World) reader(who string) (*org, error) {
	o, err := w.inOrg(who)
	if err == nil && o.master.id != who && len(o.admins[who]) == 0 {
		return nil, denied()
	}
	return o, err
}

// CreateOrganization makes an organization with who as its management account.
// With all features, service control policies are enabled from the start,
// unless the world is configured otherwise.
func (w *World) CreateOrganization(who, features string) (*Organization, error) {
	a := w.account(who)
	if a.org != nil {
		return nil, refuse("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
	}
	if features == "" {
		features = "ALL"
	}
	o := &org{
		features: features, created: w.now, master: a,
		nodes: map[string]*node{}, policies: map[string]*policy{}, byType: map[string]*list[*policy]{},
		types: map[string]*policyType{}, requests: map[string]*request{},
		services: map[string]time.Time{}, admins: map[string]map[string]time.Time{},
	}
	o.ids = w.next() << 20
	o.id = o.newID("o-", alnum, 10)
	o.root = &node{id: o.newID("r-", alnum, 4), name: "Root", seq: w.next(), kids: &kids{}}
	o.nodes[o.root.id] = o.root
	w.orgs = append(w.orgs, o)
	w.addManaged(o)
	if features == "ALL" && !w.cfg.SCPsOff {
		o.types[SCP] = &policyType{status: enabled}
		o.attachDefaults(o.root)
	}
	w.join(o, a, false)
	return o.shape(), nil
}

// join puts an account into the root of an organization.
func (w *World) join(o *org, a *account, created bool) {
	n := &node{id: a.id, seq: w.next(), parent: o.root, acct: a, joined: w.now, created: created}
	a.org, a.node = o, n
	o.nodes[a.id] = n
	o.accounts.add(n)
	o.root.kids.accounts.add(n)
	o.attachDefaults(n)
	w.stacksFollow(o, a.id)
}

// DescribeOrganization tells any member of an organization about it.
func (w *World) DescribeOrganization(who string) (*Organization, error) {
	o, err := w.inOrg(who)
	if err != nil {
		return nil, err
	}
	if w.cfg.EagerTypes {
		w.settleTypes(o, true)
	}
	return o.shape(), nil
}

func (o *org) shape() *Organization {
	out := &Organization{
		Id: o.id, Arn: o.arn("organization", ""), FeatureSet: o.features,
		MasterAccountArn: o.nodeArn(o.master.node), MasterAccountId: o.master.id, MasterAccountEmail: o.master.email,
		AvailablePolicyTypes: []PolicyTypeSummary{},
	}
	if o.features == "ALL" {
		out.AvailablePolicyTypes = append(out.AvailablePolicyTypes, PolicyTypeSummary{SCP, "ENABLED"})
	}
	return out
}

// DeleteOrganization ends an organization that has no member left, closed
// ones counted.
func (w *World) DeleteOrganization(who string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	if o.accounts.len() > 1 {
		return refuse("OrganizationNotEmptyException", "The organization still has member accounts.")
	}
	w.orgs = slices.DeleteFunc(w.orgs, func(x *org) bool { return x == o })
	o.master.org, o.master.node = nil, nil
	return nil
}

// ListRoots tells of the one root that an organization has.
func (w *World) ListRoots(who string, p Page) ([]Root, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	if w.cfg.EagerTypes {
		w.settleTypes(o, true)
	}
	if p.After != 0 {
		return []Root{}, 0, nil
	}
	return []Root{o.rootShape()}, 0, nil
}

func (o *org) rootShape() Root {
	r := Root{Id: o.root.id, Arn: o.nodeArn(o.root), Name: o.root.name, PolicyTypes: []PolicyTypeSummary{}}
	for t := range limits {
		if s := o.types[t]; s != nil {
			r.PolicyTypes = append(r.PolicyTypes, PolicyTypeSummary{t, s.status})
		}
	}
	slices.SortFunc(r.PolicyTypes, func(a, b PolicyTypeSummary) int { return strings.Compare(a.Type, b.Type) })
	return r
}

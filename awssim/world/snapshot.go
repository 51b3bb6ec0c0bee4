package world

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// The structures of this file are the state of a world as JSON. A file that
// one version wrote, a later one reads: names stay.
type savedWorld struct {
	Version  int               `json:"version"`
	Now      time.Time         `json:"now"`
	Seq      uint64            `json:"seq"`
	Burnt    map[string]string `json:"burnt,omitempty"` // addresses without an account of theirs
	Accounts []savedAccount    `json:"accounts"`
	Orgs     []savedOrg        `json:"organizations"`
	Sessions []savedSession    `json:"sessions,omitempty"`
	Docs     []string          `json:"documents,omitempty"` // of IAM
	Stacks   []*StackSet       `json:"stackSets,omitempty"`
	S3       *savedS3          `json:"s3,omitempty"`
	Quotas   *quotas           `json:"quotas,omitempty"`
	Reports  []*report         `json:"reports,omitempty"`
}

type savedAccount struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Email    string             `json:"email"`
	Created  time.Time          `json:"created"`
	State    State              `json:"state,omitempty"`
	Closing  *time.Time         `json:"closing,omitempty"`
	Roles    []savedRole        `json:"roles,omitempty"` // of files that have no iam
	IAM      *savedIAM          `json:"iam,omitempty"`
	Contacts map[string]Contact `json:"contacts,omitempty"`
}

type savedRole struct {
	Name       string   `json:"name"`
	ExternalID string   `json:"externalId,omitempty"`
	Trusted    []string `json:"trusted,omitempty"`
}

type savedSession struct {
	Key, Account, Role, Name, Token, User string
	Expires                               time.Time
	Policies, Arns                        []string `json:",omitempty"`
	MFA                                   bool     `json:",omitempty"`
}

type savedOrg struct {
	ID       string                          `json:"id"`
	Features string                          `json:"features"`
	Created  time.Time                       `json:"created"`
	IDs      uint64                          `json:"ids"`
	Master   string                          `json:"master"`
	Nodes    []savedNode                     `json:"nodes"` // parents before children
	Policies []savedPolicy                   `json:"policies"`
	Types    map[string]savedType            `json:"types,omitempty"`
	Requests []savedRequest                  `json:"requests,omitempty"`
	Closures []time.Time                     `json:"closures,omitempty"`
	Services map[string]time.Time            `json:"services,omitempty"`
	Admins   map[string]map[string]time.Time `json:"admins,omitempty"`
	Stacks   bool                            `json:"stacks,omitempty"`
}

type savedNode struct {
	ID       string     `json:"id"`
	Name     string     `json:"name,omitempty"`
	Seq      uint64     `json:"seq"`
	Parent   string     `json:"parent,omitempty"`
	Account  bool       `json:"account,omitempty"`
	Created  bool       `json:"created,omitempty"`
	Joined   *time.Time `json:"joined,omitempty"`
	Policies []string   `json:"policies,omitempty"`
	Tags     []Tag      `json:"tags,omitempty"`
	Tagged   bool       `json:"tagged,omitempty"` // has, or had, tags
}

type savedPolicy struct {
	ID      string `json:"id"`
	Seq     uint64 `json:"seq"`
	Name    string `json:"name"`
	Desc    string `json:"description,omitempty"`
	Type    string `json:"type"`
	Content string `json:"content"`
	AWS     bool   `json:"aws,omitempty"`
	Tags    []Tag  `json:"tags,omitempty"`
	Tagged  bool   `json:"tagged,omitempty"`
}

type savedType struct {
	Status string    `json:"status"`
	Asked  time.Time `json:"asked"`
}

type savedRequest struct {
	ID, Name, Email, Role, State, Reason, Account string
	Seq                                           uint64
	Tags                                          []Tag `json:",omitempty"`
	Asked, Done                                   time.Time
}

const version = 1

// MarshalJSON gives the whole state of a world. Sessions are in it, with their
// tokens: keep the file to yourself.
func (w *World) MarshalJSON() ([]byte, error) {
	s := savedWorld{Version: version, Now: w.now, Seq: w.seq, Burnt: maps.Clone(w.emails), Stacks: w.stackSets}
	docs := &shelf{places: map[*document]int{}}
	for _, id := range slices.Sorted(maps.Keys(w.accounts)) {
		s.Accounts = append(s.Accounts, w.accounts[id].save(docs))
	}
	s.Docs = docs.texts
	for _, o := range w.orgs {
		s.Orgs = append(s.Orgs, o.save())
	}
	for _, k := range slices.Sorted(maps.Keys(w.sessions)) {
		x := w.sessions[k]
		s.Sessions = append(s.Sessions, savedSession{k, x.account, x.role, x.name, x.token, x.user, x.expires, x.policies, x.arns, x.mfa})
	}
	s.S3, s.Quotas, s.Reports = w.saveS3(), w.saveQuotas(), w.saveReports()
	return json.Marshal(s)
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *account) save(docs *shelf) savedAccount {
	s := savedAccount{ID: a.id, Name: a.name, Email: a.email, Created: a.created, State: a.state, Closing: moment(a.closing), Contacts: a.contacts}
	s.IAM = docs.save(a.iam)
	return s
}

func (o *org) save() savedOrg {
	s := savedOrg{
		ID: o.id, Features: o.features, Created: o.created, IDs: o.ids, Master: o.master.id,
		Types: map[string]savedType{}, Closures: o.closures, Services: o.services, Admins: o.admins, Stacks: o.stacks,
	}
	var walk func(*node)
	walk = func(n *node) {
		s.Nodes = append(s.Nodes, o.saveNode(n))
		if n.kids == nil {
			return
		}
		for _, k := range n.kids.units.items {
			walk(k)
		}
		for _, k := range n.kids.accounts.items {
			walk(k)
		}
	}
	walk(o.root)
	for _, id := range slices.Sorted(maps.Keys(o.policies)) {
		p := o.policies[id]
		_, was := o.tagged.find(p.seq)
		s.Policies = append(s.Policies, savedPolicy{p.id, p.seq, p.name, p.desc, p.typ, p.content, p.aws, p.tags, was})
	}
	for name, t := range o.types {
		s.Types[name] = savedType{t.status, t.asked}
	}
	for _, r := range o.journal.items {
		s.Requests = append(s.Requests, savedRequest{r.id, r.name, r.email, r.role, r.state, r.reason, r.account, r.seq, r.tags, r.asked, r.done})
	}
	return s
}

func (o *org) saveNode(n *node) savedNode {
	_, was := o.tagged.find(n.seq)
	s := savedNode{ID: n.id, Name: n.name, Seq: n.seq, Account: n.acct != nil, Created: n.created, Joined: moment(n.joined), Tags: n.tags, Tagged: was}
	if n.parent != nil {
		s.Parent = n.parent.id
	}
	for _, p := range n.policies {
		s.Policies = append(s.Policies, p.id)
	}
	return s
}

// Read makes a world from what MarshalJSON gave.
func Read(data []byte, cfg Config) (*World, error) {
	var s savedWorld
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Version != version {
		return nil, fmt.Errorf("version %d is not known", s.Version)
	}
	w := New(cfg)
	w.now, w.seq, w.stackSets = s.Now, s.Seq, s.Stacks
	if s.Burnt != nil {
		w.emails = s.Burnt
	}
	docs, err := w.readDocuments(s.Docs)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Accounts {
		if w.accounts[a.ID] != nil {
			return nil, fmt.Errorf("account %s stands twice", a.ID)
		}
		if a.State > Closed {
			return nil, fmt.Errorf("account %s is in an unknown state", a.ID)
		}
		if err := w.readAccount(a, docs); err != nil {
			return nil, fmt.Errorf("account %s: %w", a.ID, err)
		}
	}
	for _, x := range s.Sessions {
		w.sessions[x.Key] = &session{x.Account, x.Role, x.Name, x.Token, x.User, x.Expires, x.Policies, x.Arns, x.MFA}
	}
	if err := w.readS3(s.S3); err != nil {
		return nil, err
	}
	w.readQuotas(s.Quotas)
	w.readReports(s.Reports)
	for _, so := range s.Orgs {
		o, err := w.readOrg(so)
		if err != nil {
			return nil, fmt.Errorf("organization %s: %w", so.ID, err)
		}
		w.orgs = append(w.orgs, o)
	}
	w.settle()
	return w, nil
}

func (w *World) readAccount(s savedAccount, docs unshelf) error {
	a := &account{id: s.ID, name: s.Name, email: s.Email, created: s.Created, state: s.State, contacts: s.Contacts}
	if s.Closing != nil {
		a.closing = *s.Closing
	}
	w.accounts[a.id] = a
	for _, r := range s.Roles {
		w.AddRole(a.id, r.Name, r.ExternalID, r.Trusted...)
	}
	return w.readIAM(a, docs, s.IAM)
}

func (w *World) readOrg(s savedOrg) (*org, error) {
	o := &org{
		id: s.ID, features: s.Features, created: s.Created, ids: s.IDs, master: w.accounts[s.Master],
		nodes: map[string]*node{}, policies: map[string]*policy{}, byType: map[string]*list[*policy]{},
		types: map[string]*policyType{}, requests: map[string]*request{},
		services: s.Services, admins: s.Admins, closures: s.Closures, stacks: s.Stacks,
	}
	if o.master == nil {
		return nil, fmt.Errorf("its management account %s is missing", s.Master)
	}
	if o.services == nil {
		o.services = map[string]time.Time{}
	}
	if o.admins == nil {
		o.admins = map[string]map[string]time.Time{}
	}
	for _, p := range s.Policies {
		x := &policy{id: p.ID, name: p.Name, desc: p.Desc, typ: p.Type, content: p.Content, seq: p.Seq, aws: p.AWS, tags: p.Tags}
		o.addPolicy(x)
		if p.Tagged {
			o.tagged.add(policyTags{x})
		}
	}
	for _, n := range s.Nodes {
		if err := w.readNode(o, n); err != nil {
			return nil, err
		}
	}
	if o.root == nil || o.master.node == nil {
		return nil, fmt.Errorf("its root or its management account has no place")
	}
	if err := o.whole(); err != nil {
		return nil, err
	}
	for name, t := range s.Types {
		o.types[name] = &policyType{t.Status, t.Asked}
	}
	for _, r := range s.Requests {
		w.readRequest(o, r)
	}
	return o, nil
}

// whole tells whether what is taken for granted is there.
func (o *org) whole() error {
	for _, m := range managed {
		if p := o.policies[m.id]; p == nil || p.typ != m.typ {
			return fmt.Errorf("AWS's policy %s is missing", m.id)
		}
	}
	for id := range o.admins {
		if _, err := o.member(id); err != nil {
			return fmt.Errorf("the delegated administrator %s is no member", id)
		}
	}
	return nil
}

func (w *World) readNode(o *org, s savedNode) error {
	n := &node{id: s.ID, name: s.Name, seq: s.Seq, created: s.Created, tags: s.Tags, parent: o.nodes[s.Parent]}
	if s.Joined != nil {
		n.joined = *s.Joined
	}
	orphan := (n.parent == nil) != (s.Parent == "") || n.parent == nil && o.root != nil
	if orphan || o.nodes[s.ID] != nil || n.parent != nil && n.parent.kids == nil {
		return fmt.Errorf("node %s has no place", s.ID)
	}
	for i := range n.tags {
		n.tags[i].Key = w.same(n.tags[i].Key)
	}
	switch {
	case s.Account:
		a := w.accounts[s.ID]
		if a == nil || n.parent == nil || a.org != nil {
			return fmt.Errorf("node %s has no account of its own", s.ID)
		}
		n.acct, a.org, a.node = a, o, n
		o.accounts.add(n)
		n.parent.kids.accounts.add(n)
		if a.state != Active {
			o.closing = append(o.closing, a)
		}
	case n.parent == nil:
		n.kids, o.root = &kids{}, n
	default:
		n.kids = &kids{}
		o.units++
		n.parent.kids.units.add(n)
	}
	o.nodes[n.id] = n
	if s.Tagged {
		o.tagged.add(nodeTags{n})
	}
	for _, id := range s.Policies {
		p := o.policies[id]
		if p == nil {
			return fmt.Errorf("node %s has an unknown policy %s", s.ID, id)
		}
		o.hang(p, n)
	}
	return nil
}

func (w *World) readRequest(o *org, s savedRequest) {
	r := &request{s.ID, s.Name, s.Email, w.same(s.Role), s.Seq, s.State, s.Reason, s.Account, s.Tags, s.Asked, s.Done}
	o.requests[r.id] = r
	o.journal.add(r)
	if r.state == inProgress {
		o.creating = append(o.creating, r)
		w.reserved[r.account] = true
	}
}

// Clone makes an equal world that shares nothing with this one.
func (w *World) Clone() *World {
	data, err := w.MarshalJSON()
	if err == nil {
		var c *World
		if c, err = Read(data, w.cfg); err == nil {
			return c
		}
	}
	panic("world: clone: " + err.Error()) // what MarshalJSON gives, Read takes
}

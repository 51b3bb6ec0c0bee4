package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// Full is the document of FullAWSAccess, which AWS attaches to every node.
const Full = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// RCPFull is the document of RCPFullAWSAccess, which AWS attaches to every node
// where resource control policies are on.
const RCPFull = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`

// Tree is what hangs on the nodes of an organization. It does not change once
// it is made, and any number of goroutines may ask it.
type Tree struct {
	Source     string // "the payer file" or "AWS"
	Management string // the id of the management account, which nothing binds
	// Organization is the id of the organization; "" where nobody knows it.
	Organization string
	// RCPs says that resource control policies are on.
	RCPs bool
	// Off are the policy types that are known to be off in the root: none of
	// theirs counts, and the answer says so.
	Off      []string
	nodes    map[string]*node // by path; "" is the root
	accounts []account
	byRef    map[resource.Ref]int // those of [Tree.Add], into accounts
}

func (t *Tree) isOff(policyType string) bool { return slices.Contains(t.Off, policyType) }

// node is what hangs on the root, a unit or an account.
type node struct{ scps, rcps []*iampolicy.Policy }

// account is an account as a person may name it.
type account struct {
	ref            resource.Ref
	name, email    string
	id             string // "" where it is not known
	path           string // of its unit
	own            node   // what hangs on the account itself
	ownKnown       bool
	placementKnown bool
}

// Attached is a policy on a node: by its Ref, of its type, with its document.
type Attached struct {
	Policy         resource.Ref
	Type, Document string
	// Open says that references ${{ … }} of the document are not resolved, and
	// that nobody knows what they stand for.
	Open bool
}

// New makes a tree without accounts of what hangs on each node, by path; "" is
// the root. Each path needs its parent. The error names the policy whose
// document cannot be read.
func New(on map[string][]Attached) (*Tree, error) {
	t := &Tree{nodes: map[string]*node{}}
	c := compiler{}
	for path, list := range on {
		n, err := c.node(list)
		if err != nil {
			return nil, err
		}
		t.nodes[path] = n
	}
	return t, nil
}

// compiler compiles each document once.
type compiler map[string]*iampolicy.Policy

func (c compiler) node(list []Attached) (*node, error) {
	n := &node{}
	for _, a := range list {
		if a.Type != spec.SCP && a.Type != spec.RCP {
			continue
		}
		key := a.Policy.String() + "\n" + a.Document
		p := c[key]
		if p == nil {
			var err error
			if p, err = compile(a); err != nil {
				return nil, fmt.Errorf("read %s: %w", a.Policy, err)
			}
			p.Name = a.Policy.String()
			c[key] = p
		}
		if a.Type == spec.SCP {
			n.scps = append(n.scps, p)
		} else {
			n.rcps = append(n.rcps, p)
		}
	}
	return n, nil
}

func compile(a Attached) (*iampolicy.Policy, error) {
	if a.Open {
		return iampolicy.CompileOpen([]byte(a.Document))
	}
	return iampolicy.Compile([]byte(a.Document))
}

// Account is one account of a tree, for [Tree.Add].
type Account struct {
	Ref  resource.Ref
	Name string
	ID   string
	OU   string // the path of its unit; "" is the root
	On   []Attached
}

// Add puts an account into the tree, with what hangs on the account itself.
func (t *Tree) Add(a Account) error {
	n, err := compiler{}.node(a.On)
	if err != nil {
		return err
	}
	if t.byRef == nil {
		t.byRef = map[resource.Ref]int{}
	}
	t.byRef[a.Ref] = len(t.accounts)
	t.accounts = append(t.accounts, account{ref: a.Ref, name: a.Name, email: a.Ref.Name, id: a.ID, path: a.OU, placementKnown: true, own: *n, ownKnown: true})
	return nil
}

// meant names the unit that is nearly called so, "" where there is none. AWS is
// asked for one way down alone, and knows no other.
func (t *Tree) meant(path string) string {
	var known []string
	for p := range t.nodes {
		if p != "" {
			known = append(known, p)
		}
	}
	slices.Sort(known)
	return strictyaml.Meant(strings.TrimPrefix(path, "ou/"), known)
}

// find looks an account up by email, id or name.
func (t *Tree) find(named string) (*account, error) {
	var found []*account
	for i := range t.accounts {
		a := &t.accounts[i]
		switch {
		case strings.EqualFold(a.email, named), a.id != "" && a.id == named:
			return a, nil
		case a.name == named:
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		var known []string
		for _, a := range t.accounts {
			known = append(known, a.name, a.email)
		}
		return nil, fmt.Errorf("%s has no account %q%s", t.Source, named, strictyaml.Meant(named, known))
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("%s has %d accounts named %q: name it by its email", t.Source, len(found), named)
}

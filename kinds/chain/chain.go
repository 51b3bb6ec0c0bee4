// Package chain reads what binds one account, or the accounts of one unit: the
// policies of the way from the root down, with their documents as AWS has them.
// It is no kind. [Read] reads no more than that way, so that it is quick in an
// organization of many policies.
package chain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/kinds/policytype"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Chain is the way from the root to a unit or an account.
type Chain struct {
	// RCPs says that resource control policies are on, and Off which of the two
	// policy types are not.
	RCPs bool
	Off  []string
	// Nodes are the root, the units and, where one was asked for, the account.
	Nodes []Node
	// Organization is the id of the organization.
	Organization string
	// ID is the id of the account; "" where none was asked for.
	ID string
	// Management says that the account is the management account, which nothing
	// binds; Nodes is then empty.
	Management bool
}

// Node is one node of a chain. Path is that of the unit; "" is the root. The
// account has the path of its unit.
type Node struct {
	Ref      resource.Ref
	Path     string
	Policies []Policy
}

// Policy is a policy on a node, with its document as it was sent to AWS.
type Policy struct {
	Ref            resource.Ref
	Type, Document string
}

// Read reads the chain of the account that is named by its email, id or name,
// or, where named is "", that of the unit with the path. It writes nothing.
func Read(ctx context.Context, s *cloud.Session, path, named string) (*Chain, error) {
	kinds := []*kind.Kind{organization.Kind, policytype.Kind, ou.Kind}
	if named != "" {
		kinds = append(kinds, account.Kind)
	}
	have := &resource.State{}
	for _, k := range kinds {
		objects, err := k.Live(ctx, s, nil, have)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", k.Name, err)
		}
		for _, o := range objects {
			if err := have.Add(o); err != nil {
				return nil, err
			}
		}
	}
	o, ok := orgs.Organization(have)
	if !ok {
		return nil, fmt.Errorf("account %s has no organization, so nothing binds anybody yet", s.AccountID())
	}
	r := reader{s: s, have: have, chain: &Chain{Organization: o.ID()}, documents: map[string]string{}}
	return r.chain, r.read(ctx, path, named)
}

// reader is one read under way.
type reader struct {
	s         *cloud.Session
	have      *resource.State
	chain     *Chain
	types     []string
	documents map[string]string // by policy id
}

func (r *reader) read(ctx context.Context, path, named string) error {
	for _, t := range []string{spec.SCP, spec.RCP} {
		if o, on := r.have.Get(policytype.Ref(t)); on && o.Pending == "" && o.Facts[resource.FactAbsent] == "" {
			r.types = append(r.types, t)
			r.chain.RCPs = r.chain.RCPs || t == spec.RCP
		} else {
			r.chain.Off = append(r.chain.Off, t)
		}
	}
	var end *resource.Object
	if named != "" {
		a, err := r.account(named)
		if err != nil {
			return err
		}
		r.chain.ID = a.ID()
		if r.chain.Management = a.ID() == r.s.AccountID(); r.chain.Management {
			return nil
		}
		end = &a
		if path, _ = strings.CutPrefix(a.Attrs["ou"].Value(), "ou/"); path == spec.RootRef.String() {
			path = ""
		}
	}
	if _, there := r.have.Get(ou.Ref(path)); !there && path != "" { // a person may write its ref
		path = strings.TrimPrefix(path, "ou/")
	}
	for at := path; ; at = resource.ParentPath(at) {
		id, ok := r.have.Output(ou.Ref(at), "id")
		if at == "" {
			id, ok = r.have.Output(spec.OrganizationRef, "rootId")
		}
		if !ok {
			return fmt.Errorf("AWS has no unit %q", path)
		}
		if err := r.node(ctx, ou.Ref(at), at, id); err != nil {
			return err
		}
		if at == "" {
			break
		}
	}
	slices.Reverse(r.chain.Nodes)
	if end != nil {
		return r.node(ctx, end.Ref, path, end.ID())
	}
	return nil
}

// account finds an account by its email, id or name.
func (r *reader) account(named string) (resource.Object, error) {
	var found []resource.Object
	for a := range r.have.Kind(account.Kind.Name) {
		switch {
		case a.Ref == spec.AccountRef(named), a.ID() == named:
			return a, nil
		case a.Attrs["name"].Value() == named:
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return resource.Object{}, fmt.Errorf("AWS has no account %q", named)
	case 1:
		return found[0], nil
	}
	return resource.Object{}, fmt.Errorf("AWS has %d accounts named %q: name it by its email or its id", len(found), named)
}

// node reads what hangs on one node.
func (r *reader) node(ctx context.Context, ref resource.Ref, path, id string) error {
	n := Node{Ref: ref, Path: path}
	for _, t := range r.types {
		list, err := orgs.ListAttached(ctx, r.s, id, t)
		if err != nil {
			return err
		}
		for _, sum := range list {
			document, err := r.document(ctx, aws.ToString(sum.Id))
			if err != nil {
				return err
			}
			n.Policies = append(n.Policies, Policy{spec.PolicyRef(t, aws.ToString(sum.Name)), t, document})
		}
	}
	r.chain.Nodes = append(r.chain.Nodes, n)
	return nil
}

func (r *reader) document(ctx context.Context, id string) (string, error) {
	if d, ok := r.documents[id]; ok {
		return d, nil
	}
	out, err := r.s.Organizations().DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(id)})
	if err != nil {
		return "", fmt.Errorf("read policy %s: %w", id, err)
	}
	r.documents[id] = aws.ToString(out.Policy.Content)
	return r.documents[id], nil
}

package reconcile

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/impact"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// nodeOf is a node of the tree that policies hang on.
type nodeOf = impact.Node

var twelveDigits = regexp.MustCompile(`[0-9]{12}`)

// anyAccount stands for an account whose id is not known yet.
const anyAccount = "000000000000"

// execRole stands for the role by which CloudFormation works in a member.
const execRole = "stacksets-exec-0123456789abcdef0123456789abcdef"

// place is where an account stands, or will, and its id.
func (p *Planned) place(a *spec.Account) (path, id string) {
	have, _ := p.Live.Get(a.Ref())
	path = a.OU
	if !a.OUSet {
		path, _ = pathOf(have.Attrs["ou"].Value())
	}
	return path, cmp.Or(have.ID(), anyAccount)
}

// works lists the roles inside members by which we and the vendors work, one for
// each unit that has such accounts.
func (p *Planned) works() []works {
	w := worksOf{p: p, index: map[string]int{}}
	us := p.Payer.Run.Caller
	if p.Payer.Access != nil {
		us = p.Payer.Access.RoleARN
	}
	var vendors []string
	for _, r := range p.Payer.Roles {
		if r.Handoff {
			vendors = append(vendors, "arn:"+p.Payer.Partition()+":iam::"+p.Payer.AccountID+":role"+cmp.Or(r.Path, "/")+r.Name)
		}
	}
	for a := range p.Payer.AllAccounts() {
		path, id := p.place(&a)
		w.add(works{path: path, role: a.MemberRole, account: id, why: "reconciler enters the accounts by it", from: []string{us}})
		w.add(works{path: path, role: a.RoleName, account: id, why: "the accounts were made with it", from: vendors})
	}
	for _, m := range p.Payer.MemberRoles {
		if m.Gone {
			continue
		}
		w.memberRole(m)
	}
	return w.all
}

// worksOf gathers works, each once.
type worksOf struct {
	p     *Planned
	all   []works
	index map[string]int
}

func (w *worksOf) add(one works) {
	if one.role == "" {
		return
	}
	key := one.path + "\n" + strings.ToLower(one.role)
	i, ok := w.index[key]
	if !ok {
		w.index[key] = len(w.all)
		w.all = append(w.all, one)
		return
	}
	have := &w.all[i]
	if have.account == anyAccount {
		have.account = one.account
	}
	for _, f := range one.from {
		if !slices.Contains(have.from, f) {
			have.from = append(have.from, f)
		}
	}
	for _, n := range one.needs {
		if !slices.Contains(have.needs, n) {
			have.needs = append(have.needs, n)
		}
	}
}

// memberRole adds what a member role needs of who makes it, and where it is a
// vendor's the role itself.
func (w *worksOf) memberRole(m spec.MemberRole) {
	var trusted []string
	for _, word := range strings.Split(m.Trust.String(), `"`) {
		if _, err := iampolicy.PrincipalOf(word); err == nil {
			trusted = append(trusted, word)
		}
	}
	vendor := func(path, id string) {
		if m.Handoff {
			w.add(works{path: path, role: m.Name, account: id, why: "it is handed to a vendor", from: trusted})
		}
	}
	for i := range m.Accounts {
		path, id := w.p.place(&m.Accounts[i])
		w.add(works{path: path, role: m.Accounts[i].MemberRole, account: id, why: "reconciler enters the accounts by it", needs: []string{m.Name}})
		vendor(path, id)
	}
	if m.StackSet == nil {
		return
	}
	for _, path := range m.OUs {
		w.add(works{path: path, role: execRole, account: anyAccount, why: "CloudFormation's stack sets work by it", needs: []string{m.Name}})
		vendor(path, anyAccount)
	}
}

// memberWrite is a write inside a member that the plan makes.
type memberWrite struct {
	change  resource.Ref
	path    string // of the account's unit
	account string
	role    string // by which it is made
	arn     string // of what is written
	actions []string
}

// memberWrites lists the writes inside members, but those of stack sets that are
// there already.
func (p *Planned) memberWrites() []memberWrite {
	var all []memberWrite
	accounts := map[resource.Ref]spec.Account{}
	paths := map[string]string{}
	for _, m := range p.Payer.MemberRoles {
		paths[m.Name] = cmp.Or(m.Path, "/")
	}
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		if !isWrite(c) {
			continue
		}
		switch c.Ref.Kind {
		case "member-role":
			if len(accounts) == 0 {
				for a := range p.Payer.AllAccounts() {
					accounts[a.Ref()] = a
				}
			}
			email, name, _ := strings.Cut(c.Ref.Name, "/")
			a, ok := accounts[resource.Ref{Kind: "account", Name: email}]
			if !ok {
				continue
			}
			path, id := p.place(&a)
			all = append(all, memberWrite{c.Ref, path, id, a.MemberRole, p.roleARN(id, paths[resource.Unescape(name)], resource.Unescape(name)), roleActions(c)})
		case "stack-set":
			all = append(all, p.deployments(c)...)
		}
	}
	return all
}

func (p *Planned) roleARN(account, path, name string) string {
	return "arn:" + p.Payer.Partition() + ":iam::" + account + ":role" + cmp.Or(path, "/") + name
}

// deployments are the units that a stack set comes to.
func (p *Planned) deployments(c *planner.Change) []memberWrite {
	var all []memberWrite
	for _, m := range p.Payer.MemberRoles {
		if m.StackSet == nil || spec.StackSetRef(m.StackSet.Name) != c.Ref {
			continue
		}
		for _, path := range m.OUs {
			fresh := slices.ContainsFunc(c.Fields, func(f planner.Field) bool { return f.Name == "ous."+path && f.Before.IsNone() })
			if c.Op == planner.Create || fresh {
				all = append(all, memberWrite{c.Ref, path, anyAccount, execRole, p.roleARN(anyAccount, m.Path, m.Name), []string{"iam:CreateRole"}})
			}
		}
	}
	return all
}

// roleActions are the calls to IAM that a change of a role in a member costs.
func roleActions(c *planner.Change) []string {
	switch c.Op {
	case planner.Delete:
		return []string{"iam:DeleteRole"}
	case planner.Create:
		all := []string{"iam:CreateRole", "iam:TagRole"}
		for name := range c.Want.Attrs {
			switch {
			case strings.HasPrefix(name, "inline."):
				all = append(all, "iam:PutRolePolicy")
			case strings.HasPrefix(name, "managed."):
				all = append(all, "iam:AttachRolePolicy")
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	var all []string
	for _, f := range c.Fields {
		gone := f.After.IsNone()
		switch {
		case f.Name == "trust":
			all = append(all, "iam:UpdateAssumeRolePolicy")
		case f.Name == "description" || f.Name == "maxSessionDuration":
			all = append(all, "iam:UpdateRole")
		case strings.HasPrefix(f.Name, "inline.") && gone:
			all = append(all, "iam:DeleteRolePolicy")
		case strings.HasPrefix(f.Name, "inline."):
			all = append(all, "iam:PutRolePolicy")
		case strings.HasPrefix(f.Name, "managed.") && gone:
			all = append(all, "iam:DetachRolePolicy")
		case strings.HasPrefix(f.Name, "managed."):
			all = append(all, "iam:AttachRolePolicy")
		case strings.HasPrefix(f.Name, "tags.") && gone:
			all = append(all, "iam:UntagRole")
		case strings.HasPrefix(f.Name, "tags."):
			all = append(all, "iam:TagRole")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// anyAccount stands for an account whose id is not known yet.
const anyAccount = "000000000000"

// spot is where an account stands, where it will, and its id. What is not there
// yet stands where it will.
type spot struct {
	from, path, id string
	move           resource.Ref // the change that takes it there; zero where it stays
}

func (p *Planned) place(a *spec.Account, moves map[resource.Ref]bool) spot {
	ref := a.Ref()
	have, there := p.Live.Get(ref)
	at := spot{path: a.OU, id: cmp.Or(have.ID(), anyAccount)}
	live, known := pathOf(have.Attrs["ou"].Value())
	switch {
	case !a.OUSet:
		at.path = live
	case there && known && moves[ref]:
		at.from, at.move = live, ref
		return at
	}
	at.from = at.path
	return at
}

// moves are the accounts that the plan takes from one unit to another.
func (p *Planned) moves() map[resource.Ref]bool {
	all := map[resource.Ref]bool{}
	for i := range p.Plan.Changes {
		if c := &p.Plan.Changes[i]; c.Move && !c.Held() {
			all[c.Ref] = true
		}
	}
	return all
}

// works is a role in members by which somebody works.
type works struct {
	from, path string       // of the unit of its accounts, before the plan and after
	own        resource.Ref // its account, where edited policies hang on that itself; else zero
	role, why  string       // the role with its path, which begins with no slash
	account    string       // an account that has it
	by         []assumer    // who assumes it
	needs      []*call      // what it takes to keep member roles
	tags       map[string]string
	moves      []resource.Ref // of its accounts, where from is not path
}

// was is where the role works before the plan, will where it works after.
func (w *works) was() explain.At  { return explain.At{Path: w.from, Account: w.own} }
func (w *works) will() explain.At { return explain.At{Path: w.path, Account: w.own} }

// works lists the roles inside members by which we and the vendors work, one for
// each unit that has such accounts, and for each account that a policy names or
// hangs on.
func (p *Planned) works(b *bound, s *said) []works {
	w := worksOf{p: p, b: b, said: s, index: map[string]int{}, calls: map[string]*call{}, moves: p.moves()}
	us := p.Payer.Run.Caller
	if p.Payer.Access != nil {
		us = p.Payer.Access.RoleARN
	}
	var vendors []assumer
	for _, r := range p.Payer.Roles {
		if r.Handoff {
			vendors = append(vendors, assumer{arn: p.roleARN(p.Payer.AccountID, r.Path, r.Name)})
		}
	}
	for a := range p.Payer.AllAccounts() {
		w.add(&a, works{role: a.MemberRole, why: enters, by: []assumer{{arn: us, ours: true}}})
		w.add(&a, works{role: a.RoleName, why: "the accounts were made with it", by: vendors})
	}
	for i := range p.Payer.MemberRoles {
		if m := &p.Payer.MemberRoles[i]; !m.Gone {
			w.memberRole(m)
		}
	}
	return w.all
}

const enters = "reconciler enters the accounts by it"

// worksOf gathers works, each once.
type worksOf struct {
	p         *Planned
	b         *bound
	said      *said
	all       []works
	index     map[string]int
	moves     map[resource.Ref]bool
	calls     map[string]*call // by id
	standings []standing       // nil until a stack set asks for them
}

// add takes in a role of an account.
func (w *worksOf) add(a *spec.Account, one works) {
	w.at(a.Ref(), w.p.place(a, w.moves), one)
}

// at takes in a role of an account where that stands.
func (w *worksOf) at(account resource.Ref, at spot, one works) {
	one.from, one.path, one.account, one.own = at.from, at.path, at.id, w.b.itself(account)
	if !at.move.IsZero() {
		one.moves = []resource.Ref{at.move}
	}
	w.put(one)
}

func (w *worksOf) put(one works) {
	if one.role == "" {
		return
	}
	key := one.from + "\n" + one.path + "\n" + one.own.String() + "\n" + strings.ToLower(one.role)
	if of := w.said.sort(one.account); of != "" {
		key += "\n" + of
	}
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
	if have.tags == nil {
		have.tags = one.tags
	}
	have.moves = join(have.moves, one.moves)
	have.by, have.needs = join(have.by, one.by), join(have.needs, one.needs)
}

// join adds what is not there yet; it never writes to what others hold.
func join[T comparable](have, more []T) []T {
	for _, m := range more {
		if !slices.Contains(have, m) {
			have = append(slices.Clip(have), m)
		}
	}
	return have
}

// memberRole adds what a member role needs of who makes it, and where it is a
// vendor's the role itself.
func (w *worksOf) memberRole(m *spec.MemberRole) {
	vendor := works{role: strings.TrimPrefix(m.Path, "/") + m.Name, why: "it is handed to a vendor", by: trusted(m.Trust.String()), tags: plain(m.Tags)}
	needs := w.keeping(m)
	for i := range m.Accounts {
		a := &m.Accounts[i]
		w.add(a, works{role: a.MemberRole, why: enters, needs: needs})
		if m.Handoff {
			w.add(a, vendor)
		}
	}
	if m.StackSet != nil {
		w.deployed(m, vendor, needs)
	}
}

// keeping are the calls that keep a role; those that are alike are the same.
func (w *worksOf) keeping(m *spec.MemberRole) []*call {
	all := w.p.keeping(m)
	for i, c := range all {
		if same, ok := w.calls[c.id]; ok {
			all[i] = same
		} else {
			w.calls[c.id] = c
		}
	}
	return all
}

// tagsOf are the tags that the file gives to a role of the payer.
func (p *Planned) tagsOf(arn string) map[string]string {
	for i := range p.Payer.Roles {
		if r := &p.Payer.Roles[i]; p.roleARN(p.Payer.AccountID, r.Path, r.Name) == arn {
			return plain(r.Tags)
		}
	}
	return nil
}

// plain are the tags whose values are known.
func plain(tags map[string]*resource.Text) map[string]string {
	all := map[string]string{}
	for key, text := range tags {
		if text == nil {
			continue
		}
		if value, known := text.Known(); known {
			all[key] = value
		}
	}
	return all
}

// memberWrite is a write inside a member that the plan makes.
type memberWrite struct {
	change  resource.Ref
	path    string       // of the account's unit
	own     resource.Ref // the account, where edited policies hang on it
	account string
	role    string // by which it is made
	calls   []*call
}

// memberWrites lists the writes inside members, but those of stack sets that are
// there already.
func (p *Planned) memberWrites(b *bound) []memberWrite {
	var all []memberWrite
	accounts := map[resource.Ref]spec.Account{}
	paths, moves := map[string]string{}, p.moves()
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
			at := p.place(&a, moves)
			all = append(all, memberWrite{c.Ref, at.path, b.itself(a.Ref()), at.id, a.MemberRole,
				p.roleCalls(c, p.roleARN(at.id, paths[resource.Unescape(name)], resource.Unescape(name)))})
		case "stack-set":
			all = append(all, p.deployments(b, c, moves)...)
		}
	}
	return all
}

func (p *Planned) roleARN(account, path, name string) string {
	return "arn:" + p.Payer.Partition() + ":iam::" + account + ":role" + cmp.Or(path, "/") + name
}

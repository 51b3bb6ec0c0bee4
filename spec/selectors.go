package spec

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// selection is what a selector names.
type selection struct {
	accounts []int     // into builder.all, sorted
	ous      []string  // paths; "" is the root
	empty    []file.At // the units in which no account of the file is
}

// warnOfEmpty warns of units that select nobody.
func (b *builder) warnOfEmpty(s selection) {
	for _, at := range s.empty {
		b.warn(at, "no account of the file is in this unit or below")
	}
}

// everyAccount lists the wanted accounts in file order. They are complete from
// accountTags on, and do not move from poolAccounts on.
func (b *builder) everyAccount() []*Account {
	if b.all == nil {
		for i := range b.p.Accounts {
			b.all = append(b.all, &b.p.Accounts[i])
		}
		for i := range b.p.Pools {
			for j := range b.p.Pools[i].Accounts {
				b.all = append(b.all, &b.p.Pools[i].Accounts[j])
			}
		}
	}
	return b.all
}

// accountIndex finds accounts by name.
func (b *builder) accountIndex() map[string]int {
	if b.index == nil {
		b.index = map[string]int{}
		for i, a := range b.everyAccount() {
			b.index[a.Name] = i
		}
	}
	return b.index
}

// selected resolves a selector; each name that means nothing is a mistake.
func (b *builder) selected(pools, ous, accounts file.List[string]) selection {
	var s selection
	is := map[int]bool{}
	take := func(want func(a *Account) bool) (some bool) {
		for i, a := range b.everyAccount() {
			if want(a) {
				is[i], some = true, true
			}
		}
		return some
	}
	for _, n := range b.names(pools, b.poolName) {
		take(func(a *Account) bool { return a.Pool == n.Value })
	}
	for _, v := range ous.Value {
		if path, ok := b.unit(v, s.ous); ok {
			s.ous = append(s.ous, path)
			if !take(func(a *Account) bool { return inUnit(a, path) }) {
				s.empty = append(s.empty, v.At)
			}
		}
	}
	names := b.names(accounts, func(at file.At, s string) {
		if _, ok := b.accounts[s]; !ok {
			b.add(at, "no account %q%s", shown(s), b.meantAccount(s))
		}
	})
	for _, n := range names {
		if i, ok := b.accountIndex()[n.Value]; ok {
			is[i] = true
		}
	}
	for i := range is {
		s.accounts = append(s.accounts, i)
	}
	slices.Sort(s.accounts)
	return s
}

// inUnit says that an account is placed in a unit or below it.
func inUnit(a *Account, path string) bool {
	return path == "" || a.OUSet && (a.OU == path || strings.HasPrefix(a.OU, path+"/"))
}

func (b *builder) meantAccount(name string) string {
	if b.full() {
		return ""
	}
	return meant(name, b.accountNames())
}

func (b *builder) poolName(at file.At, s string) {
	var known []string
	for _, p := range b.p.Pools {
		if p.Name == s {
			return
		}
		known = append(known, p.Name)
	}
	b.add(at, "no pool %q%s", shown(s), meant(s, known))
}

// unit reads the path of a unit in a list in which each stands once; / is the
// root, whose path is "".
func (b *builder) unit(v file.V[string], before []string) (path string, ok bool) {
	if !b.fits(v.At) {
		return "", false
	}
	s := b.plain(v, "")
	if !b.fits(v.At) {
		return "", false
	}
	if s != "/" {
		var err error
		if path, err = b.findOU(s); err != nil {
			b.add(v.At, "%v", err)
			return "", false
		}
	}
	if slices.Contains(before, path) {
		b.add(v.At, "%q stands here twice", shown(s))
		return "", false
	}
	return path, true
}

// memberARN is the ARN that a role has in an account, whose id is known once
// the account is there.
func (b *builder) memberARN(a *Account, path, name string) resource.Text {
	return resource.Join(resource.Lit("arn:"+b.p.Partition()+":iam::"), resource.Output(a.Ref(), "id"), resource.Lit(":role"+path+name))
}

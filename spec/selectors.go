package spec

import (
	"errors"

	"github.com/dustin/go-humanize"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
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

// maxLooks bounds how many accounts all selectors of a file look at: two hundred
// selectors over all accounts that an organization can have.
const maxLooks = 200 * maxAccounts

// selected resolves a selector; each name that means nothing is a mistake.
func (b *builder) selected(at file.At, pools, ous, accounts file.List[string]) selection {
	var s selection
	is := make([]bool, len(b.everyAccount()))
	for _, n := range b.names(accounts, b.accountIs) {
		if i, ok := b.accountIndex()[n.Value]; ok {
			is[i] = true
		}
	}
	fromPool := map[string]bool{}
	for _, n := range b.names(pools, b.poolIs) {
		fromPool[n.Value] = true
	}
	s.ous = b.units(ous)
	hit := map[string]bool{}
	if b.looks += len(b.everyAccount()); b.looks > maxLooks {
		b.add(at, "the selectors of this file look at more than %s accounts", humanize.Comma(maxLooks))
		return selection{}
	}
	under := map[string]bool{}
	for _, path := range s.ous {
		under[path] = true
	}
	var before *Account // neighbours are often of one pool
	in := false
	for i, a := range b.everyAccount() {
		if before == nil || a.Pool != before.Pool || a.OU != before.OU || a.OUSet != before.OUSet {
			in = a.Pool != "" && fromPool[a.Pool]
			in = len(under) > 0 && inUnits(a, under, hit) || in
		}
		if before = a; in || is[i] {
			s.accounts = append(s.accounts, i)
		}
	}
	for _, v := range ous.Value {
		if path, err := b.unitPath(v); err == nil && !hit[path] {
			s.empty = append(s.empty, v.At)
		}
	}
	return s
}

// inUnits says that an account is placed in one of the units or below it, and
// notes which. The root, "", has every account.
func inUnits(a *Account, units, hit map[string]bool) (in bool) {
	if units[""] {
		in, hit[""] = true, true
	}
	if !a.OUSet {
		return in
	}
	for path := a.OU; path != ""; path = resource.ParentPath(path) {
		if units[path] {
			in, hit[path] = true, true
		}
	}
	return in
}

// accountIs wants the name of an account of the file.
func (b *builder) accountIs(at file.At, s string) {
	switch _, ok := b.accounts[s]; {
	case ok:
	case b.full():
		b.add(at, "no account %q", strictyaml.Shown(s))
	default:
		b.add(at, "no account %q%s", strictyaml.Shown(s), strictyaml.Meant(s, b.accountNames()))
	}
}

// poolIs wants the name of a pool of the file.
func (b *builder) poolIs(at file.At, s string) {
	var known []string
	for _, p := range b.p.Pools {
		if p.Name == s {
			return
		}
		known = append(known, p.Name)
	}
	if b.full() {
		known = nil
	}
	b.add(at, "no pool %q%s", strictyaml.Shown(s), strictyaml.Meant(s, known))
}

// units reads a list of paths of units, in which each stands once.
func (b *builder) units(list file.List[string]) []string {
	var paths []string
	first := map[string]int{}
	for _, v := range list.Value {
		path, err := b.unitPath(v)
		switch {
		case !b.fits(v.At):
		case err != nil:
			b.add(v.At, "%v", err)
		case first[path] > 0:
			b.add(v.At, "%q stands here twice, first on line %d", strictyaml.Shown(v.Value), first[path])
		default:
			first[path] = v.Line
			paths = append(paths, path)
		}
	}
	return paths
}

// unitPath gives the path of a unit; / is the root, whose path is "".
func (b *builder) unitPath(v file.V[string]) (string, error) {
	if !b.fits(v.At) {
		return "", errUnfit
	}
	if s := b.plain(v, ""); s != "/" {
		return b.findOU(s)
	}
	return "", nil
}

var errUnfit = errors.New("is told already")

// memberARN is the ARN that a role has in an account, whose id is known once
// the account is there.
func (b *builder) memberARN(a *Account, path, name string) resource.Text {
	return resource.Join(resource.Lit("arn:"+b.p.Partition()+":iam::"), resource.Output(a.Ref(), "id"), resource.Lit(":role"+path+name))
}

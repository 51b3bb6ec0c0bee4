package spec

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// columnValues checks what a file puts into the columns of a CSV and what is
// not checked for its own sake: the path of the unit, and the tags. One account
// of a pool tells the mistake for all.
func (b *builder) columnValues() {
	for i := range b.p.Pools {
		p, f := &b.p.Pools[i], b.f.Pools.Value[i].Value
		if p.CSV == nil {
			continue
		}
		for _, c := range p.CSV.Columns {
			if c == "ou" && spreadsheet(p.OU) {
				b.add(f.OU.At, "a spreadsheet would run %q in the column ou of %s: the name of the unit must not begin with = + or -",
					strictyaml.Shown(p.OU), strictyaml.Shown(p.CSV.Path))
			}
			if key, ok := strings.CutPrefix(c, "tag:"); ok {
				b.columnTag(p, key, b.tagAt(f.Account.Value.Tags, key))
			}
		}
	}
}

// columnTag checks one tag of a pool's accounts.
func (b *builder) columnTag(p *Pool, key string, at file.At) {
	first, n := "", 0
	for _, a := range p.Accounts {
		t := a.Tags[key]
		if t == nil || !spreadsheet(t.String()) {
			continue
		}
		if n++; n == 1 {
			first = t.String()
		}
	}
	if n > 0 && at.Set() {
		b.add(at, "a spreadsheet would run %q in the column tag:%s of %s: the tag must not begin with = + - or @%s",
			strictyaml.Shown(first), strictyaml.Shown(key), strictyaml.Shown(p.CSV.Path), andMore(n-1))
	}
}

// tagAt is where the value of a tag stands: on the object, the payer or in the Defaults.
func (b *builder) tagAt(own file.V[file.Map[file.Tag]], key string) file.At {
	lists := []file.V[file.Map[file.Tag]]{own, b.f.Tags}
	if b.defs != nil {
		lists = append(lists, b.defs.Tags)
	}
	for _, l := range lists {
		i := slices.IndexFunc(l.Value, func(e file.Entry[file.Tag]) bool { return e.Key.Value == key })
		if i >= 0 {
			return l.Value[i].Value.At
		}
	}
	return file.At{}
}

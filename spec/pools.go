package spec

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// maxAccounts is the most that AWS raises the quota of an organization to
// (AWS Organizations User Guide, Quotas: adjustable up to 50,000).
const maxAccounts = 50_000

// maxPattern bounds the pattern of a name or an email, and what a pool makes
// of it.
const maxPattern = 256

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	poolPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

func (b *builder) poolAccounts() {
	first := map[string]int{}
	total := len(b.p.Accounts)
	for _, v := range b.f.Pools.Value {
		f := v.Value
		p := Pool{Pos: pos(v.At), Name: b.plain(f.Name, ""), OU: b.ou(f.OU), Surplus: b.surplus(v)}
		if b.fits(f.Name.At) {
			switch line := first[p.Name]; {
			case line > 0:
				b.add(f.Name.At, "a second pool %q, the first is on line %d", strictyaml.Shown(p.Name), line)
			case !b.straight(f.Name.At, p.Name):
			case !poolPattern.MatchString(p.Name):
				b.add(f.Name.At, "want letters, digits, dots, dashes or underscores, 128 at most, a letter or digit first; have %q", strictyaml.Shown(p.Name))
			}
			first[p.Name] = v.Line
		}
		ids := b.poolIDs(f.IDs, maxAccounts-total)
		total += len(ids)
		p.CSV = b.csv(f.CSV)
		b.claim(&p, f.IDs.At, ids)
		b.expand(&p, f, ids)
		b.p.Pools = append(b.p.Pools, p)
	}
}

func (b *builder) surplus(v file.V[file.Pool]) Surplus {
	f := v.Value.Surplus
	s := Surplus{Pos: pos(v.At), Action: "keep"}
	if !b.fits(f.At) {
		return s
	}
	s.Pos, s.OU = pos(f.At), b.ou(f.Value.OU)
	if a := f.Value.Action; b.fits(a.At) {
		switch s.Action = a.Value; s.Action {
		case "keep":
			if f.Value.OU.Set() {
				b.add(f.Value.OU.At, "an ou goes with action: park")
			}
		case "park":
			if f.Value.OU.Value == "" {
				b.add(f.At, "action: park needs the ou to park in")
			}
		case "close":
			b.add(a.At, `closing accounts comes with a later version; "action: park" with an ou moves them aside`)
		default:
			b.add(a.At, "want keep or park, have %q%s", strictyaml.Shown(a.Value), strictyaml.Meant(a.Value, []string{"keep", "park"}))
		}
	}
	return s
}

// poolIDs lists the ids of a pool, each one right by itself.
// There is room for so many more.
func (b *builder) poolIDs(v file.V[file.IDs], room int) []string {
	count := v.Value.Range.Value.Count.Value
	n := max(len(v.Value.List.Value), count)
	if n > room && n > 0 && count <= maxAccounts {
		b.add(v.At, "%s accounts in this file are more than AWS lets an organization have", of(maxAccounts-room+n, maxAccounts))
		return nil
	}
	var ids []string
	if r := v.Value.Range; r.Set() {
		ids = b.idRange(r)
	}
	seen := map[string]int{}
	for _, e := range v.Value.List.Value {
		if !b.fits(e.At) {
			continue
		}
		s := b.plainAt(e.At, string(e.Value), "")
		if line, twice := seen[s]; twice {
			b.add(e.At, "the id %q stands here twice, first on line %d", strictyaml.Shown(s), line)
			continue
		}
		seen[s] = e.Line
		if b.id(e.At, s) {
			ids = append(ids, s)
		}
	}
	return ids
}

func (b *builder) id(at file.At, s string) bool {
	switch {
	case spreadsheet(s):
		b.add(at, "a spreadsheet would run the id %q: it must not begin with = + - or @", strictyaml.Shown(s))
	case !idPattern.MatchString(s):
		b.add(at, "an id has letters, digits, dots, dashes or underscores, 64 at most, a letter or digit first; have %q", strictyaml.Shown(s))
	default:
		return true
	}
	return false
}

func (b *builder) idRange(v file.V[file.IDRange]) []string {
	r := v.Value
	from, count, width := r.From.Value, r.Count.Value, r.Width.Value
	good := b.fits(r.From.At) && b.fits(r.Count.At)
	wrong := func(at file.At, format string, args ...any) {
		b.add(at, format, args...)
		good = false
	}
	if from < 0 || from > 1<<53 {
		wrong(r.From.At, "want a number from 0 up, have %d", from)
	}
	if count < 0 {
		wrong(r.Count.At, "want a number from 0 up, have %d", count)
	} else if count > maxAccounts {
		wrong(r.Count.At, "%s accounts are more than AWS lets an organization have", of(count, maxAccounts))
	}
	if width < 0 || width > 20 {
		wrong(r.Width.At, "want 0 to 20 digits, have %d", width)
	}
	prefix := b.plain(r.Prefix, "")
	if prefix != "" && !b.id(r.Prefix.At, prefix) {
		good = false
	}
	if !good {
		return nil
	}
	ids := make([]string, count)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s%0*d", prefix, width, from+i)
	}
	if count > 0 && len(ids[count-1]) > 64 {
		b.add(v.At, "the id %q has %s characters", strictyaml.Shown(ids[count-1]), of(len(ids[count-1]), 64))
		return nil
	}
	return ids
}

// claim notes whose ids they are; two pools may not have one.
func (b *builder) claim(p *Pool, at file.At, ids []string) {
	clash, n, other := "", 0, ""
	for _, id := range ids {
		if pool, taken := b.ids[id]; taken {
			if n++; n == 1 {
				clash, other = id, pool
			}
			continue
		}
		b.ids[id] = p.Name
	}
	if n > 0 {
		b.add(at, "the id %q is in pool %s already%s", clash, strictyaml.Shown(other), andMore(n-1))
	}
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", and %d more like it", n)
}

// expand makes one account of each id. A mistake in the pattern is told once,
// by the first id that shows it.
func (b *builder) expand(p *Pool, f file.Pool, ids []string) {
	t := f.Account.Value
	role, billing := b.creation(t.RoleName, t.Billing)
	member, contacts := b.memberRole(t.MemberRole, role), b.contacts(t.Contacts)
	p.Accounts = make([]Account, 0, len(ids))
	names, emails := clash{kind: "name", at: t.Name.At}, clash{kind: "email", at: t.Email.At}
	goodName, goodEmail := b.fits(t.Name.At), b.fits(t.Email.At)
	for _, v := range []file.V[string]{t.Name, t.Email} {
		if len(v.Value) > maxPattern {
			b.add(v.At, "the pattern has %s characters", of(len(v.Value), maxPattern))
			ids = nil
		}
	}
	if len(ids) == 0 { // check the pattern all the same
		b.plain(t.Name, "0")
		b.plain(t.Email, "0")
	}
	for _, id := range ids {
		a := Account{Pos: p.Pos, Name: b.plain(t.Name, id), Email: b.plain(t.Email, id), OU: p.OU, OUSet: p.OU != "",
			RoleName: role, Billing: billing, Pool: p.Name, ID: id, MemberRole: member, Contacts: contacts}
		me := claimant{a.Name, a.Email, p.Name, id}
		if goodName = goodName && b.fits(t.Name.At); goodName {
			goodName = b.accountName(t.Name.At, a.Name)
			who, taken := b.accounts[a.Name]
			names.note(me, who, taken, a.Name)
			b.accounts[a.Name] = me
		}
		if goodEmail = goodEmail && b.fits(t.Email.At); goodEmail {
			goodEmail = b.email(t.Email.At, a.Email)
			lower := strings.ToLower(a.Email)
			who, taken := b.emails[lower]
			emails.note(me, who, taken, a.Email)
			if !taken {
				b.emails[lower] = me
			}
		}
		p.Accounts = append(p.Accounts, a)
	}
	names.tell(b)
	emails.tell(b)
}

// clash counts what two accounts would have alike.
type clash struct {
	kind  string
	at    file.At
	first string
	n     int
}

// note compares one value with who has it already, if anybody.
func (c *clash) note(me, who claimant, taken bool, value string) {
	if !taken {
		return
	}
	if c.n++; c.n > 1 {
		return
	}
	c.first = fmt.Sprintf("%s has the %s %q already", who, c.kind, strictyaml.Shown(value))
	if who.pool == me.pool {
		c.first = fmt.Sprintf("ids %s and %s make the same %s %q", who.id, me.id, c.kind, strictyaml.Shown(value))
	}
}

func (c *clash) tell(b *builder) {
	if c.n > 0 {
		b.add(c.at, "%s%s", c.first, andMore(c.n-1))
	}
}

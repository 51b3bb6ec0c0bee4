package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// The patterns are those of the service model of account (EmailAddress,
// PhoneNumber), without white space at the ends.
var (
	contactEmail = regexp.MustCompile(`^[A-Za-z0-9_+=.#|!&-]+@[A-Za-z0-9_.-]+\.[A-Za-z0-9_]+$`)
	contactPhone = regexp.MustCompile(`^[ 0-9()+-]*$`)
)

// contacts reads the alternate contacts of an account.
func (b *builder) contacts(v file.V[file.Contacts]) Contacts {
	if !v.Set() {
		return Contacts{}
	}
	f := v.Value
	return Contacts{Pos: pos(v.At), Billing: b.contact(f.Billing), Operations: b.contact(f.Operations), Security: b.contact(f.Security)}
}

func (b *builder) contact(v file.V[file.Contact]) *Contact {
	switch {
	case !b.fits(v.At):
		return nil
	case v.Value.Absent.Set():
		return &Contact{Pos: pos(v.At), Absent: true}
	}
	f := v.Value.Person.Value
	c := &Contact{Pos: pos(v.At), Name: b.contactText(f.Name, 64), Title: b.contactText(f.Title, 50),
		Email: b.contactText(f.Email, 254), Phone: b.contactText(f.Phone, 25)}
	if b.fits(f.Email.At) && !contactEmail.MatchString(c.Email) && c.Email != "" {
		b.add(f.Email.At, "%q is not an email address that AWS takes", strictyaml.Shown(c.Email))
	}
	if b.fits(f.Phone.At) && !contactPhone.MatchString(c.Phone) && c.Phone != "" {
		b.add(f.Phone.At, "a telephone number has digits, spaces and ()+-; have %q", strictyaml.Shown(c.Phone))
	}
	return c
}

func (b *builder) contactText(v file.V[string], most int) string {
	if !b.fits(v.At) {
		return ""
	}
	if usesPoolID(v.Value) {
		b.add(v.At, "the contacts of a pool are those of all its accounts: no ${{ id }} here")
		return ""
	}
	s := b.plain(v, "")
	switch n := runes(s); {
	case !b.fits(v.At): // told by plain
	case strings.TrimSpace(s) == "":
		b.add(v.At, "is empty")
	case strings.TrimSpace(s) != s:
		b.add(v.At, "begins or ends with a space: %q", strictyaml.Shown(s))
	case n > most:
		b.add(v.At, "%s characters are too many", of(n, most))
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }):
		b.add(v.At, "holds a control character: %q", strictyaml.Shown(s))
	}
	return s
}

// usesPoolID says that a text has ${{ id }}.
func usesPoolID(s string) bool {
	list, _ := spans(s)
	return slices.ContainsFunc(list, func(p span) bool { return p.ref && p.text == "id" })
}

// quotas reads what AWS is asked to raise. The payer's own account counts.
func (b *builder) quotas() {
	v := b.f.Quotas
	if !b.fits(v.At) {
		return
	}
	b.p.Quotas = Quotas{Pos: pos(v.At)}
	a := v.Value.Accounts
	if !b.fits(a.At) {
		return
	}
	b.p.Quotas.Accounts = &AccountQuota{Pos: pos(a.At), Auto: a.Value.Auto, Number: a.Value.Number}
	wants := len(b.everyAccount()) + 1
	switch n := a.Value.Number; {
	case a.Value.Auto:
	case n < 1 || n > maxAccounts:
		b.add(a.At, "want 1 to 50,000 accounts, have %d", n)
	case n < wants:
		b.add(a.At, "the file wants %s accounts, the payer counted", of(wants, n))
	}
}

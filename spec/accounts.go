package spec

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// DefaultRole is the role that AWS makes in a new account where nobody names one.
const DefaultRole = "OrganizationAccountAccessRole"

func (b *builder) namedAccounts() {
	for _, v := range b.f.Accounts.Value {
		f := v.Value
		a := Account{Pos: pos(v.At), Name: b.plain(f.Name, ""), Email: b.plain(f.Email, ""), OU: b.ou(f.OU)}
		a.OUSet = a.OU != ""
		a.RoleName, a.Billing = b.creation(f.RoleName, f.Billing)
		a.MemberRole = b.memberRole(f.MemberRole, a.RoleName)
		a.Contacts = b.contacts(f.Contacts)
		if b.fits(f.Name.At) {
			b.accountName(f.Name.At, a.Name)
			if _, twice := b.accounts[a.Name]; twice {
				b.add(f.Name.At, "a second account with the name %q", strictyaml.Shown(a.Name))
			}
			b.accounts[a.Name] = claimant{name: a.Name, email: a.Email}
		}
		if b.fits(f.Email.At) {
			b.email(f.Email.At, a.Email)
			lower := strings.ToLower(a.Email)
			if who, twice := b.emails[lower]; twice {
				b.add(f.Email.At, "%s has the email %s already", who, strictyaml.Shown(a.Email))
			} else {
				b.emails[lower] = claimant{name: a.Name}
			}
		}
		b.p.Accounts = append(b.p.Accounts, a)
	}
}

// creation reads what only the creation of an account needs.
func (b *builder) creation(role, billing file.V[string]) (roleIs, billingIs string) {
	roleIs, billingIs = DefaultRole, "ALLOW"
	if role.Set() {
		roleIs = b.roleName(role)
	}
	if b.fits(billing.At) {
		if billingIs = billing.Value; billingIs != "ALLOW" && billingIs != "DENY" {
			b.add(billing.At, "want ALLOW or DENY, have %q", strictyaml.Shown(billingIs))
		}
	}
	return roleIs, billingIs
}

// payerMemberRole checks the role that is assumed inside all members.
func (b *builder) payerMemberRole() {
	if b.f.MemberRole.Set() {
		b.roleName(b.f.MemberRole)
	}
}

// memberRole reads the role that is assumed inside an account; its own, the
// payer's, or the one that AWS makes in it.
func (b *builder) memberRole(v file.V[string], made string) string {
	switch {
	case v.Set():
		return b.roleName(v)
	case b.fits(b.f.MemberRole.At):
		return b.plain(b.f.MemberRole, "")
	}
	return made
}

func (b *builder) roleName(v file.V[string]) string {
	s := b.plain(v, "")
	if b.fits(v.At) && !roleName.MatchString(s) {
		b.add(v.At, "want the name of a role: 1 to 64 letters, digits or +=,.@_-; have %q", strictyaml.Shown(s))
	}
	return s
}

// accountName checks a name as AWS does. It says whether it is right.
func (b *builder) accountName(at file.At, s string) bool {
	switch {
	case s == "":
		b.add(at, "the name is empty")
	case !b.straight(at, s):
	case len(s) > 50:
		b.add(at, "%q has %s characters", strictyaml.Shown(s), of(len([]rune(s)), 50))
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }):
		b.add(at, "%q has a character that is not printable ASCII", strictyaml.Shown(s))
	case strings.TrimSpace(s) != s:
		b.add(at, "the name begins or ends with a space: %q", strictyaml.Shown(s))
	case spreadsheet(s):
		b.add(at, "a spreadsheet would run %q: a name must not begin with = + - or @", strictyaml.Shown(s))
	default:
		return true
	}
	return false
}

// The local part is what CreateAccount documents for Email (API reference of
// AWS Organizations): no white space and none of "'()<>[]:;,\|%&, no dot first.
const emailNot = "\"'()<>[]:;,\\|%&@"

func emailForm(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || local[0] == '.' || strings.ContainsAny(local, emailNot) || !strings.Contains(domain, ".") {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i] | 0x20; (c < 'a' || c > 'z') && (label[i] < '0' || label[i] > '9') && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

// email checks an address as AWS does. It says whether it is right.
func (b *builder) email(at file.At, s string) bool {
	switch n := utf8.RuneCountInString(s); {
	case n < 6 || n > 64:
		b.add(at, "%q has %d characters, an email of an account has 6 to 64", strictyaml.Shown(s), n)
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		b.add(at, "%q has a character that is not 7-bit ASCII, or a space", strictyaml.Shown(s))
	case !emailForm(s):
		b.add(at, "%q is not an email address that AWS takes", strictyaml.Shown(s))
	case spreadsheet(s):
		b.add(at, "a spreadsheet would run %q: an email must not begin with = + - or @", strictyaml.Shown(s))
	default:
		return true
	}
	return false
}

func (b *builder) accountNames() []string { return slices.Sorted(maps.Keys(b.accounts)) }

// accountTags comes last, since a tag may refer to any other thing. Accounts of
// a pool share one map where their tags do not differ by id.
func (b *builder) accountTags() {
	for i := range b.p.Accounts {
		b.p.Accounts[i].Tags = b.tags(b.f.Accounts.Value[i].Value.Tags, "", ownTags)
	}
	for i := range b.p.Pools {
		accounts := b.p.Pools[i].Accounts
		tags := b.f.Pools.Value[i].Value.Account.Value.Tags
		each := usesID(tags) && len(tags.Value) <= maxTags
		for j := range accounts {
			if j == 0 || each {
				accounts[j].Tags = b.tags(tags, accounts[j].ID, poolTags)
			} else {
				accounts[j].Tags = accounts[0].Tags
			}
		}
	}
}

func usesID(tags file.V[file.Map[file.Tag]]) bool {
	for _, e := range tags.Value {
		if len(e.Value.Value.Text) > 4*256 { // a mistake, which the first account tells
			return false
		}
	}
	for _, e := range tags.Value {
		list, _ := spans(e.Value.Value.Text)
		for _, p := range list {
			if p.ref && p.text == "id" {
				return true
			}
		}
	}
	return false
}

package spec

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// builder makes a Payer of the decoded file. It goes on after a mistake, so
// that all are found; the Payer counts only where there was none.
type builder struct {
	*mistakes
	src  *source
	f    file.Payer
	defs *file.Defaults
	p    *Payer

	policies map[resource.Ref]int // into p.Policies
	allows   map[resource.Ref]bool
	ous      map[string]bool     // by path
	accounts map[string]claimant // by name
	emails   map[string]claimant // by email in lower case
	ids      map[string]string   // pool id -> pool
	csvs     map[string]*CSV     // the first of each path, in lower case
	things   things              // of IAM and S3
	folded   map[string]int      // names of IAM in lower case -> line
	all      []*Account          // see everyAccount
	index    map[string]int      // see accountIndex
	buckets  map[string]int      // by name, into p.Buckets
	looks    int                 // see maxLooks
	inside   int                 // see maxMemberRoles
}

// claimant is the account that has a name or an email.
type claimant struct{ name, email, pool, id string }

func (c claimant) String() string {
	switch {
	case c.pool != "":
		return "pool " + strictyaml.Shown(c.pool)
	case c.name != "":
		return "account " + strictyaml.Shown(c.name)
	}
	return "another account"
}

func (s *source) build(d *file.Defaults) {
	f := fill(*s.payer, d)
	b := &builder{
		mistakes: &s.errs, src: s, f: f, defs: d,
		p:        &Payer{Pos: pos(s.at), Root: s.root, Path: s.path, Dir: s.dir, HomeRegion: "us-east-1"},
		policies: map[resource.Ref]int{}, allows: map[resource.Ref]bool{}, ous: map[string]bool{},
		accounts: map[string]claimant{}, emails: map[string]claimant{}, ids: map[string]string{}, csvs: map[string]*CSV{},
		things: things{}, folded: map[string]int{}, buckets: map[string]int{},
	}
	b.identity()
	b.limits()
	b.organization()
	b.p.Tags = b.payerTags()
	b.declarePolicies()
	b.p.OUs = b.declareOUs(f.OUs.Value, "", 1)
	b.declareThings()
	b.payerMemberRole()
	b.namedAccounts()
	b.poolAccounts()
	b.policyTexts()
	b.nodes()
	b.ouTags(b.p.OUs, f.OUs.Value)
	b.accountTags()
	b.columnValues()
	b.safety()
	b.tests()
	b.lint()
	b.iam()
	b.storage()
	b.presets()
	b.rings()
	b.sortWarnings()
	b.p.Sources = s.sources()
	s.built = b.p
}

// iam builds roles, policies, groups and users, in the payer and in members.
func (b *builder) iam() {
	b.iamPolicies()
	b.roles()
	b.memberRoles()
	b.strayStackSets()
	b.groups()
	b.users()
}

// storage builds what the payer has beside IAM, and who may write to it.
func (b *builder) storage() {
	b.readBuckets()
	b.reports()
	b.policySizes()
	b.lease()
	b.p.Drift = cmp.Or(b.drift(b.f.Drift), DriftHeal)
	b.paused()
	b.quotas()
	b.p.Contacts = b.contacts(b.f.Contacts)
	b.servicesNeeded()
}

// fits says that a value was written and decoded without a mistake.
func (b *builder) fits(at file.At) bool { return at.Set() && !b.unfit(at) }

func (b *builder) unfit(at file.At) bool { return b.unfits(at)[at.Path] }

// spoil notes that a value cannot be used.
func (b *builder) spoil(at file.At) { b.unfits(at)[at.Path] = true }

// unfits are the values with a mistake in the file that a value stands in.
func (b *builder) unfits(at file.At) map[string]bool {
	if d := b.src.withDefaults; d != nil && at.File == d.name {
		return d.unfit
	}
	return b.src.unfit
}

var (
	payerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	roleARN   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/([\x21-\x7e]{1,500}/)?[A-Za-z0-9+=,.@_-]{1,64}$`)
	external  = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]+$`)
	roleName  = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,64}$`)
)

func (b *builder) identity() {
	if v := b.f.Name; b.fits(v.At) {
		if b.p.Name = v.Value; !payerName.MatchString(v.Value) {
			b.add(v.At, "want letters, digits, dots, dashes or underscores, 50 at most, a letter or digit first; have %q", strictyaml.Shown(v.Value))
		}
	}
	if v := b.f.AccountID; b.fits(v.At) {
		if b.p.AccountID = string(v.Value); !accountID.MatchString(b.p.AccountID) {
			b.add(v.At, "want the 12 digits of an account id, have %q", strictyaml.Shown(b.p.AccountID))
		}
	}
	if v := b.f.HomeRegion; b.fits(v.At) {
		if b.p.HomeRegion = v.Value; !region.MatchString(v.Value) {
			b.add(v.At, "want a region such as us-east-1, have %q", strictyaml.Shown(v.Value))
		}
	}
	if b.fits(b.f.Access.At) {
		b.access(b.f.Access.Value)
	}
}

func (b *builder) access(a file.Access) {
	b.p.Access = &Access{Pos: pos(b.f.Access.At), ExternalID: a.ExternalID.Value}
	if v := a.RoleARN; b.fits(v.At) {
		arn := b.plain(v, "")
		b.p.Access.RoleARN = arn
		switch g := roleARN.FindStringSubmatch(arn); {
		case !b.fits(v.At):
		case g == nil:
			b.add(v.At, "want the ARN of a role, such as arn:aws:iam::111122223333:role/reconciler; have %q", strictyaml.Shown(arn))
		case accountID.MatchString(b.p.AccountID) && g[1] != b.p.AccountID:
			b.add(v.At, "the role is in account %s, the payer is %s", g[1], b.p.AccountID)
		}
	}
	if v := a.ExternalID; b.fits(v.At) && (len(v.Value) < 2 || len(v.Value) > 1224 || !external.MatchString(v.Value)) {
		b.add(v.At, "want 2 to 1,224 letters, digits or _+=,.@:/-")
	}
}

func (b *builder) safety() {
	s := b.f.Safety.Value
	b.p.Safety = Safety{
		Pos:               b.p.Pos,
		Prune:             s.Prune.Value,
		MaxRemovals:       amount(s.MaxRemovals, Amount{Number: 5}),
		MaxMoves:          amount(s.MaxMoves, Amount{Number: 25, Percent: true}),
		MaxAccountCreates: amount(s.MaxAccountCreates, Amount{Number: 50}),
		MaxNewlyDenied:    amount(s.MaxNewlyDenied, Amount{Number: 100, Percent: true}),
	}
	if b.f.Safety.Set() {
		b.p.Safety.Pos = pos(b.f.Safety.At)
	}
	if b.p.Safety.PrunePos = b.p.Safety.Pos; s.Prune.Set() {
		b.p.Safety.PrunePos = pos(s.Prune.At)
	}
	if v := s.MaxAccountCreates; v.Value.Percent {
		b.add(v.At, "want a number, not a percentage")
	}
	if v := s.CloseAccounts; v.Value {
		b.add(v.At, `closing accounts comes with a later version; "surplus: {action: park}" moves them aside`)
	}
}

func amount(v file.V[file.Amount], def Amount) Amount {
	if !v.Set() {
		return def
	}
	return Amount{pos(v.At), v.Value.Number, v.Value.Percent}
}

// names checks the entries of a list that must differ.
func (b *builder) names(list file.List[string], check func(at file.At, s string)) []Name {
	var names []Name
	seen := map[string]int{}
	for _, v := range list.Value {
		if !b.fits(v.At) {
			continue
		}
		s := b.plain(v, "")
		if !b.fits(v.At) {
			continue
		}
		if first := seen[s]; first > 0 {
			b.add(v.At, "%q stands here twice, first on line %d", strictyaml.Shown(s), first)
			continue
		}
		seen[s] = v.Line
		check(v.At, s)
		names = append(names, Name{pos(v.At), s})
	}
	return names
}

// spreadsheet says that a spreadsheet would run a value as a formula.
func spreadsheet(s string) bool { return s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) }

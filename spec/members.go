package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// memberRoles reads the roles inside members. A role that the payer's own
// account gets too stands among the payer's roles as well.
func (b *builder) memberRoles() {
	taken := map[string][]int32{} // role in lower case -> account -> line
	var shared []membership
	sets := map[string]int{}
	for _, v := range b.f.MemberRoles.Value {
		f := v.Value
		in := b.selected(f.In.At, f.In.Value.Pools, f.In.Value.OUs, f.In.Value.Accounts)
		b.inMembers(v, in, taken)
		if f.Absent.Value.Role.Value {
			b.onlyGone(f)
			b.warnOfEmpty(in)
			b.p.MemberRoles = append(b.p.MemberRoles, MemberRole{Gone: true, OUs: in.ous, Accounts: b.members(f.In.At, in, &shared),
				Role: Role{Pos: pos(v.At), Name: b.plain(f.Name, "")}})
			continue
		}
		if !f.Trust.Set() && !b.unfit(v.At) {
			b.add(v.At, "trust is missing")
		}
		m := MemberRole{Role: b.role(v.At, asRole(f), true), Payer: f.In.Value.Payer.Value, OUs: in.ous}
		if b.deploys(f) {
			m.StackSet = b.stackSet(f, m.Name, sets)
		} else {
			b.warnOfEmpty(in)
			m.Accounts = b.members(f.In.At, in, &shared)
		}
		if m.Payer {
			b.payerToo(v.At, f, &m)
		}
		b.p.MemberRoles = append(b.p.MemberRoles, m)
	}
}

// maxMemberRoles are made one by one: ten in each of all accounts that an
// organization can have. A stack set has no such limit.
const maxMemberRoles = 10 * maxAccounts

// membership is a selection with its accounts.
type membership struct {
	of       []int
	accounts []Account
}

// members gives the accounts of a selection. Roles that select the same share
// one slice, which nobody writes into.
func (b *builder) members(at file.At, in selection, shared *[]membership) []Account {
	if b.inside += len(in.accounts); b.inside > maxMemberRoles {
		b.add(at, "more than %s roles in members, one by one; deploy: stackset takes more", humanize.Comma(maxMemberRoles))
		return nil
	}
	for _, m := range *shared {
		if slices.Equal(m.of, in.accounts) {
			return m.accounts
		}
	}
	all := make([]Account, len(in.accounts))
	for i, n := range in.accounts {
		all[i] = *b.everyAccount()[n]
	}
	*shared = append(*shared, membership{in.accounts, all})
	return all
}

// onlyGone finds what else an entry says that wants a role gone.
func (b *builder) onlyGone(f file.MemberRole) {
	const why = "absent: true deletes the role, and goes with name and in alone"
	for _, at := range []file.At{f.Path.At, f.Description.At, f.Trust.At, f.MaxSessionDuration.At, f.PermissionsBoundary.At, f.InlinePolicies.At,
		f.ManagedPolicies.At, f.Exclusive.At, f.Tags.At, f.Adopt.At, f.Handoff.At, f.Deploy.At, f.StackSet.At} {
		if b.fits(at) {
			b.add(at, why)
		}
	}
	if v := f.In.Value.Payer; v.Value && b.fits(v.At) {
		b.add(v.At, "the payer's own role goes where its entry leaves the file and safety.prune says so")
	}
}

// asRole is what a member role has in common with one of the payer.
func asRole(f file.MemberRole) file.Role {
	return file.Role{Name: f.Name, Path: f.Path, Description: f.Description, Trust: f.Trust, MaxSessionDuration: f.MaxSessionDuration,
		PermissionsBoundary: f.PermissionsBoundary, InlinePolicies: f.InlinePolicies, ManagedPolicies: f.ManagedPolicies,
		Absent: f.Absent.Value.Policies, Exclusive: f.Exclusive, Tags: f.Tags, Adopt: f.Adopt, Handoff: f.Handoff}
}

// payerToo puts the role among those of the payer.
func (b *builder) payerToo(at file.At, f file.MemberRole, m *MemberRole) {
	for _, p := range m.Policies.Managed {
		if s, known := p.ARN.Known(); known {
			if g := managedARN.FindStringSubmatch(s); g != nil && g[1] != "aws" {
				b.add(f.ManagedPolicies.At, "%s is in one account, and this role is in several", strictyaml.Shown(s))
			}
		}
	}
	r := m.Role
	r.Pos = pos(at)
	b.p.Roles = append(b.p.Roles, r)
}

// deploys says whether a stack set makes the role.
func (b *builder) deploys(f file.MemberRole) bool {
	v := f.Deploy
	if !b.fits(v.At) {
		return false
	}
	if v.Value != "direct" && v.Value != "stackset" {
		b.add(v.At, "want direct or stackset, have %q%s", strictyaml.Shown(v.Value), strictyaml.Meant(v.Value, []string{"direct", "stackset"}))
	}
	return v.Value == "stackset"
}

// inMembers checks that a role is in each account once, and is not the one by
// which we get in.
func (b *builder) inMembers(v file.V[file.MemberRole], in selection, taken map[string][]int32) {
	f := v.Value
	if s := f.In.Value; b.fits(f.In.At) && len(s.Pools.Value)+len(s.OUs.Value)+len(s.Accounts.Value) == 0 && !s.Payer.Value {
		b.add(f.In.At, "names no accounts: pools, ous, accounts, or payer: true")
	}
	if !f.In.Value.Payer.Value && f.Name.Value == "" {
		return
	}
	name := strings.ToLower(b.plain(f.Name, ""))
	if taken[name] == nil {
		taken[name] = make([]int32, len(b.everyAccount()))
	}
	doors, twice, line := 0, 0, 0
	var door, second *Account
	last, same := "", false
	for _, i := range in.accounts {
		a := b.everyAccount()[i]
		if a.MemberRole != last {
			last, same = a.MemberRole, strings.EqualFold(a.MemberRole, name)
		}
		if same {
			if doors++; doors == 1 {
				door = a
			}
		}
		if first := taken[name][i]; first > 0 {
			if twice++; twice == 1 {
				second, line = a, int(first)
			}
			continue
		}
		taken[name][i] = int32(f.Name.Line)
	}
	if door != nil {
		b.add(f.Name.At, "account %s is entered by this role (memberRole, or roleName): it cannot be changed from inside%s", strictyaml.Shown(door.Name), andMore(doors-1))
	}
	if second != nil {
		b.add(f.Name.At, "account %s gets a role of this name by line %d already%s", strictyaml.Shown(second.Name), line, andMore(twice-1))
	}
}

var (
	stackSetName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)
	notStackSet  = regexp.MustCompile(`[^A-Za-z0-9-]+`)
)

// stackSet reads how CloudFormation deploys a role. It works on units alone.
func (b *builder) stackSet(f file.MemberRole, role string, sets map[string]int) *StackSet {
	in, s := f.In.Value, f.StackSet.Value
	for _, v := range []file.List[string]{in.Pools, in.Accounts} {
		if v.Set() {
			b.add(v.At, "a stack set goes to units: name theirs in ous, or write deploy: direct")
		}
	}
	if b.fits(f.In.At) && len(in.OUs.Value) == 0 {
		b.add(f.In.At, "a stack set goes to units: ous names none")
	}
	b.unitsApart(in.OUs)
	b.onlyWhole(f)
	out := &StackSet{Pos: pos(f.Deploy.At), Name: "reconciler-" + notStackSet.ReplaceAllString(role, "-"), Region: b.p.HomeRegion,
		FailureTolerance: amount(s.FailureTolerance, Amount{}), MaxConcurrent: amount(s.MaxConcurrent, Amount{Number: 10}),
		RetainOnAccountRemoval: s.Retain.Value}
	at := f.Deploy.At
	if f.StackSet.Set() {
		out.Pos = pos(f.StackSet.At)
	}
	if v := s.Name; b.fits(v.At) {
		at = v.At
		if out.Name = b.plain(v, ""); b.fits(v.At) && !stackSetName.MatchString(out.Name) {
			b.add(v.At, "want the name of a stack set: a letter, then letters, digits or dashes, 128 at most; have %q", strictyaml.Shown(out.Name))
		}
	}
	if line := sets[out.Name]; line > 0 {
		b.add(at, "the stack set %s is on line %d already", strictyaml.Shown(out.Name), line)
	}
	sets[out.Name] = at.Line
	if v := s.Region; b.fits(v.At) {
		out.Region = b.region(v)
	}
	if v := s.MaxConcurrent; b.fits(v.At) && v.Value.Number < 1 {
		b.add(v.At, "want 1 or more accounts at once")
	}
	return out
}

// unitsApart finds units of one stack set that are in each other: a unit stands
// for all below it, and is deployed to and taken out with them.
func (b *builder) unitsApart(ous file.List[string]) {
	lines := map[string]file.V[string]{}
	for _, v := range ous.Value {
		if path, err := b.unitPath(v); err == nil {
			lines[path] = v
		}
	}
	for _, v := range ous.Value {
		path, err := b.unitPath(v)
		for err == nil && path != "" {
			path = resource.ParentPath(path)
			if above, ok := lines[path]; ok {
				b.add(v.At, "is in %q, which stands for all units below it", strictyaml.Shown(above.Value))
				break
			}
		}
	}
}

// onlyWhole finds what says something about policies of others: CloudFormation
// keeps what its template says, and nothing else.
func (b *builder) onlyWhole(f file.MemberRole) {
	const why = "a stack set keeps just what it puts into the role; with deploy: direct this works"
	if f.Exclusive.Value && b.fits(f.Exclusive.At) {
		b.add(f.Exclusive.At, why)
	}
	if list := f.Absent.Value.Policies; b.fits(list.At) {
		b.add(list.At, why)
	}
	for _, e := range f.InlinePolicies.Value {
		if e.Value.Value.Absent.Set() {
			b.add(e.Value.At, why)
		}
	}
}

// region reads the name of a region.
func (b *builder) region(v file.V[string]) string {
	s := b.plain(v, "")
	if b.fits(v.At) && !region.MatchString(s) {
		b.add(v.At, "want a region such as us-east-1, have %q", strictyaml.Shown(s))
	}
	return s
}

// strayStackSets finds the settings of stack sets that nobody deploys.
func (b *builder) strayStackSets() {
	for _, v := range b.f.MemberRoles.Value {
		if f := v.Value; f.StackSet.Set() && f.Deploy.Value != "stackset" && !b.unfit(f.Deploy.At) {
			b.add(f.StackSet.At, "goes with deploy: stackset")
		}
	}
}

// The services that need trusted access: CloudFormation to deploy to units, and
// Account Management to set the contacts of members.
const (
	stackSetService = "member.org.stacksets.cloudformation.amazonaws.com"
	accountService  = "account.amazonaws.com"
)

// servicesNeeded finds trusted services that the file wants off and needs.
func (b *builder) servicesNeeded() {
	for _, v := range b.f.Organization.Value.Absent.Value {
		switch v.Value {
		case stackSetService:
			for _, m := range b.p.MemberRoles {
				if m.StackSet != nil {
					b.add(v.At, "the stack set on line %d needs this service", m.StackSet.Pos.Line)
					break
				}
			}
		case accountService:
			for _, a := range b.everyAccount() {
				if a.Contacts != (Contacts{}) {
					b.add(v.At, "the contacts on line %d need this service", a.Contacts.Pos.Line)
					break
				}
			}
		}
	}
}

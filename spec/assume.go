package spec

import (
	"regexp"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// A group or user that may assume a role in members gets one inline policy a
// role and account, as vendors describe it, while all its inline policies fit
// into IAM's sum. Beyond that each role has one customer-managed policy: with the
// ARNs of all accounts while they fit, else with a pattern for all accounts of
// the organization. What assume makes is known again by its name, by what it
// says and by the accounts of the organization, so that it goes where the file
// does not want it any more.

// AssumePrefix begins the names of the inline policies that assume makes for a
// role; the name of the account follows.
func AssumePrefix(role string) string { return "assume-" + role + "-" }

// AssumeInline is the name of the inline policy that assume makes for a role in
// an account.
func AssumeInline(role, account string) string { return AssumePrefix(role) + policyNameOf(account) }

// AssumePolicy is the name of the customer-managed policy that assume makes for a
// role, where the inline policies of the holder do not fit.
func AssumePolicy(holder, role string) string { return holder + "-assume-" + role }

// assumption is one entry of assume with its accounts.
type assumption struct {
	at         file.At
	role, path string
	accounts   []int
}

// assume adds what a holder needs to assume its roles in members.
func (b *builder) assume(h holder, name string, list file.List[file.Assume], p *Policies) {
	var all []assumption
	p.Assume = list.Set()
	role, _, _, _ := iamKinds()
	first := map[string]int{}
	for _, v := range list.Value {
		f := v.Value
		a := assumption{at: v.At, role: b.plain(f.Role, ""), path: b.path(f.Path, iamPath)}
		if !b.fits(f.Role.At) || !b.iamName(role, f.Role.At, a.role) {
			continue
		}
		if line := first[a.role]; line > 0 {
			b.add(f.Role.At, "the role %s stands here twice, first on line %d", a.role, line)
			continue
		}
		first[a.role] = f.Role.Line
		in := f.In.Value
		if b.fits(f.In.At) && len(in.Pools.Value)+len(in.OUs.Value)+len(in.Accounts.Value) == 0 {
			b.add(f.In.At, "names no accounts: pools, ous or accounts")
		}
		found := b.selected(f.In.At, in.Pools, in.OUs, in.Accounts)
		b.warnOfEmpty(found)
		a.accounts = found.accounts
		all = append(all, a)
	}
	if len(all) == 0 {
		return
	}
	inline, fits := b.assumeInline(h, all, p)
	if !fits {
		for _, a := range all {
			b.assumeManaged(name, a, p)
		}
	}
	p.Inline = append(p.Inline, inline...)
	if limit := b.p.Limits.attached(h.attached); countAttached(*p) > limit {
		b.add(list.At, "%s policies attached to %s, those that assume needs counted", of(countAttached(*p), limit), h.what)
	}
}

func countAttached(p Policies) int {
	n := 0
	for _, m := range p.Managed {
		if !m.Absent {
			n++
		}
	}
	return n
}

// assumeInline makes one inline policy a role and account, if all of them fit.
// Most holders are full after a few dozen accounts, of thousands.
func (b *builder) assumeInline(h holder, all []assumption, p *Policies) (inline []InlinePolicy, fits bool) {
	room := h.inline
	for _, i := range p.Inline {
		if !i.Document.IsNone() {
			room -= leastOf(i.Document)
		}
	}
	taken := map[string]bool{}
	for _, a := range all {
		for _, i := range a.accounts {
			account := b.everyAccount()[i]
			doc := AssumeDocument([]resource.Text{b.memberARN(account, a.path, a.role)})
			if room -= leastOf(doc); room < 0 {
				return nil, false
			}
			name := AssumeInline(a.role, account.Name)
			if p.hasInline(name) || taken[name] {
				b.add(a.at, "the policy for account %s would be called %s, and one of that name is there already", strictyaml.Shown(account.Name), name)
			}
			taken[name] = true
			inline = append(inline, InlinePolicy{Pos: pos(a.at), Name: name, Document: doc, Account: account, Assumes: a.role})
		}
	}
	return inline, true
}

// assumeManaged makes the managed policy of one role.
func (b *builder) assumeManaged(holder string, a assumption, p *Policies) {
	_, policy, _, _ := iamKinds()
	name := AssumePolicy(holder, a.role)
	if !b.iamName(policy, a.at, name) {
		return
	}
	if old, taken := b.things["iamPolicy"][name]; taken {
		b.add(a.at, "the policy for the role %s would be called %s, which is declared on line %d", a.role, name, old.line)
		return
	}
	b.declare("iamPolicy", name, thing{IAMPolicyRef(name), a.at.Line})
	made := IAMPolicy{Pos: pos(a.at), Name: name, Path: "/", Tags: b.p.Tags}
	made.Document, made.Assumes = b.assumeAll(a)
	b.p.IAMPolicies = append(b.p.IAMPolicies, made)
	p.Managed = append(p.Managed, ManagedPolicy{Pos: pos(a.at), ARN: resource.Output(IAMPolicyRef(name), "arn"), Assumes: made.Assumes})
}

// assumeAll lists the roles of all accounts, or, where that is too long, lets
// assume all roles of the name in the organization.
func (b *builder) assumeAll(a assumption) (resource.Text, []AssumedRole) {
	const id = 12
	each := len(`"arn:`+b.p.Partition()+`:iam:::role`+a.path+a.role+`",`) + id
	most := iampolicy.IAMLimits().Managed
	if each*len(a.accounts) < most {
		var roles []AssumedRole
		var arns []resource.Text
		for _, i := range a.accounts {
			account := b.everyAccount()[i]
			arns = append(arns, b.memberARN(account, a.path, a.role))
			roles = append(roles, AssumedRole{account, arns[len(arns)-1]})
		}
		if doc := AssumeDocument(arns); leastOf(doc) <= most {
			return doc, roles
		}
	}
	var w textWriter
	w.lit(assumeStart).string(resource.Lit("arn:" + b.p.Partition() + ":iam::*:role" + a.path + a.role))
	w.lit(`,"Condition":{"StringEquals":{"aws:ResourceOrgID":`).string(resource.Output(OrganizationRef, "id"))
	return w.lit(`}}}]}`).text(), nil
}

const assumeStart = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":`

// AssumeDocument lets assume roles; an identity policy that is minified.
func AssumeDocument(arns []resource.Text) resource.Text {
	var w textWriter
	return w.lit(assumeStart).list(arns).lit(`}]}`).text()
}

var notPolicyName = regexp.MustCompile(`[^A-Za-z0-9+=,.@_-]+`)

// policyNameOf makes a name that IAM takes of the name of an account.
func policyNameOf(account string) string { return notPolicyName.ReplaceAllString(account, "-") }

package spec

import (
	"regexp"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// A group or user that may assume a role in members gets one inline policy an
// account, as vendors describe it, while all its inline policies fit into IAM's
// sum. Beyond that each role has one customer-managed policy: with the ARNs of
// all accounts while they fit, else with a pattern for all accounts of the
// organization.

// assumption is one entry of assume with its accounts.
type assumption struct {
	at         file.At
	role, path string
	accounts   []int
}

// assume adds what a holder needs to assume its roles in members.
func (b *builder) assume(h holder, name string, list file.List[file.Assume], p *Policies) {
	var all []assumption
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
	for _, a := range all {
		b.assumeManaged(name, a, fits, p)
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

// assumeInline makes one inline policy an account, if all of them fit.
func (b *builder) assumeInline(h holder, all []assumption, p *Policies) (inline []InlinePolicy, fits bool) {
	room := h.inline
	for _, i := range p.Inline {
		if !i.Document.IsNone() {
			room -= leastOf(i.Document)
		}
	}
	taken := map[string]bool{}
	next := make([]int, len(all)) // of each entry, the account that is not done yet
	for {
		i, at, arns := b.nextAccount(all, next)
		if i < 0 {
			return inline, true
		}
		doc := assumeDocument(arns, resource.Text{})
		if room -= leastOf(doc); room < 0 {
			return nil, false
		}
		account := b.everyAccount()[i]
		name := policyNameOf(account.Name)
		if p.hasInline(name) || taken[name] {
			b.add(at, "the policy for account %s would be called %s, and one of that name is there already", shown(account.Name), name)
		}
		taken[name] = true
		inline = append(inline, InlinePolicy{Pos: pos(at), Name: name, Document: doc})
	}
}

// nextAccount gives the first account of all entries that is not done yet, with
// its roles; -1 where there is none. Most holders are full after a few dozen
// accounts, of thousands.
func (b *builder) nextAccount(all []assumption, next []int) (account int, at file.At, arns []resource.Text) {
	account = -1
	for k, a := range all {
		if next[k] < len(a.accounts) && (account < 0 || a.accounts[next[k]] < account) {
			account, at = a.accounts[next[k]], a.at
		}
	}
	for k, a := range all {
		if account >= 0 && next[k] < len(a.accounts) && a.accounts[next[k]] == account {
			next[k]++
			arns = append(arns, b.memberARN(b.everyAccount()[account], a.path, a.role))
		}
	}
	return account, at, arns
}

// assumeManaged makes the managed policy of one role; where inline policies do,
// it must not be attached.
func (b *builder) assumeManaged(holder string, a assumption, absent bool, p *Policies) {
	_, policy, _, _ := iamKinds()
	name := holder + "-assume-" + a.role
	if absent {
		if _, declared := b.things["iamPolicy"][name]; !declared && len(name) <= policy.most {
			arn := resource.Lit("arn:" + b.p.Partition() + ":iam::" + b.p.AccountID + ":policy/" + name)
			p.Managed = append(p.Managed, ManagedPolicy{Pos: pos(a.at), ARN: arn, Absent: true})
		}
		return
	}
	if !b.iamName(policy, a.at, name) {
		return
	}
	if old, taken := b.things["iamPolicy"][name]; taken {
		b.add(a.at, "the policy for the role %s would be called %s, which is declared on line %d", a.role, name, old.line)
		return
	}
	b.declare("iamPolicy", name, thing{IAMPolicyRef(name), a.at.Line})
	b.p.IAMPolicies = append(b.p.IAMPolicies, IAMPolicy{Pos: pos(a.at), Name: name, Path: "/", Tags: b.p.Tags, Document: b.assumeAll(a)})
	p.Managed = append(p.Managed, ManagedPolicy{Pos: pos(a.at), ARN: resource.Output(IAMPolicyRef(name), "arn")})
}

// assumeAll lists the roles of all accounts, or, where that is too long, all
// roles of the name in the organization.
func (b *builder) assumeAll(a assumption) resource.Text {
	const id = 12
	each := len(`"arn:`+b.p.Partition()+`:iam:::role`+a.path+a.role+`",`) + id
	most := iampolicy.IAMLimits().Managed
	if each*len(a.accounts) < most {
		var arns []resource.Text
		for _, i := range a.accounts {
			arns = append(arns, b.memberARN(b.everyAccount()[i], a.path, a.role))
		}
		if doc := assumeDocument(arns, resource.Text{}); leastOf(doc) <= most {
			return doc
		}
	}
	every := resource.Lit("arn:" + b.p.Partition() + ":iam::*:role" + a.path + a.role)
	return assumeDocument([]resource.Text{every}, resource.Output(OrganizationRef, "id"))
}

// assumeDocument lets assume roles; of one organization, where one is given.
func assumeDocument(arns []resource.Text, organization resource.Text) resource.Text {
	var w textWriter
	w.lit(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":`).list(arns)
	if !organization.Equal(resource.Text{}) {
		w.lit(`,"Condition":{"StringEquals":{"aws:ResourceOrgID":`).string(organization).lit(`}}`)
	}
	return w.lit(`}]}`).text()
}

var notPolicyName = regexp.MustCompile(`[^A-Za-z0-9+=,.@_-]+`)

// policyNameOf makes a name that IAM takes of the name of an account.
func policyNameOf(account string) string { return notPolicyName.ReplaceAllString(account, "-") }

package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// What a plan does to ourselves and to the vendors by service and resource
// control policies, and what it then cannot do:
//
//   - a role inside members by which we or a vendor work is shut out where the
//     plan newly denies it whatever it asks, or newly denies us what the member
//     roles of the file need, or newly keeps us or the vendor from assuming it.
//     The change that does it is held, unless the pass allows itself that;
//   - a write inside a member that the policies would deny, once the plan is
//     done, is held with the statement that denies it.
//
// The management account is bound by none of them, so what is done from there
// (accounts, alternate contacts) is not asked about.

// lifted ends each reason that --allow-self lifts.
const lifted = "; --allow-self lifts this"

// protect holds what shuts us or a vendor out, and writes that would be denied,
// and compares again until nothing more is to be held.
func (p *Planned) protect() error {
	// A change that is held can bring another to light: each round holds one at
	// least, so there are no more rounds than changes.
	for range len(p.Plan.Changes) + 1 {
		hold, err := p.barred()
		if err != nil {
			return err
		}
		if len(hold) == 0 {
			return nil
		}
		if p.shut == nil {
			p.shut = map[resource.Ref]string{}
		}
		for r, why := range hold {
			p.shut[r] = why
		}
		if p.Plan, err = p.compare(p.Live); err != nil {
			return err
		}
	}
	return errors.New("find out whom the policies of the plan shut out: it does not come to an end; plan again")
}

// barred finds the changes that must not be made, each with the reason.
func (p *Planned) barred() (map[resource.Ref]string, error) {
	b := p.bound()
	writes := p.memberWrites()
	policies := b.restricts() && !p.Payer.Run.AllowSelf
	if !policies && len(writes) == 0 {
		return nil, nil
	}
	before, after, err := b.sides()
	if err != nil {
		return nil, fmt.Errorf("find out whom the policies of the plan shut out: %w", err)
	}
	g := guard{p: p, b: b, before: before, after: after, hold: map[resource.Ref]string{}, asked: map[string]string{}}
	if policies {
		g.roles()
	}
	for _, w := range writes {
		if why := g.denied(w); why != "" {
			g.hold[w.change] = why
		}
	}
	return g.hold, nil
}

// restricts says that the plan changes what hangs on any node.
func (b *bound) restricts() bool {
	return slices.ContainsFunc(b.tree.Nodes, func(n nodeOf) bool { return !slices.Equal(n.Before, n.After) })
}

// guard is one look at the plan.
type guard struct {
	p             *Planned
	b             *bound
	before, after *explain.Tree
	hold          map[resource.Ref]string
	asked         map[string]string // reasons by what was asked
}

// works is a role in members by which somebody works.
type works struct {
	path, role, why string
	account         string   // an account that has it
	from            []string // the principals in the payer that assume it
	needs           []string // the names of roles that it makes
}

// roles holds what shuts a role out.
func (g *guard) roles() {
	for _, w := range g.p.works() {
		for _, probe := range w.probes(g) {
			by := g.newly(w.path, probe)
			if by == nil {
				continue
			}
			reason := fmt.Sprintf("it would shut out role %s in %s (%s): %s%s", w.role, nodeName(w.path), w.why, by, lifted)
			for _, r := range g.causes(by) {
				if g.hold[r] == "" {
					g.hold[r] = reason
				}
			}
		}
	}
}

func nodeName(path string) string {
	if path == "" {
		return "accounts of the root"
	}
	return "accounts of ou/" + path
}

// probe are requests of one sort: it is a loss where all of them are newly
// denied.
type probe struct {
	policyType string
	requests   []*iampolicy.Request
}

// newly gives what denies all requests of a probe after the plan, where before
// it not all were denied; nil else.
func (g *guard) newly(path string, of probe) *explain.Barrier {
	var first *explain.Barrier
	was := true
	for _, r := range of.requests {
		by, _ := g.after.Bars(path, of.policyType, r)
		if by == nil {
			return nil
		}
		if old, _ := g.before.Bars(path, of.policyType, r); old == nil {
			if was {
				first = by
			}
			was = false
		}
	}
	if was {
		return nil
	}
	return first
}

// causes are the changes of the plan that a barrier comes from.
func (g *guard) causes(by *explain.Barrier) []resource.Ref {
	changed := g.b.tree.Changed
	if !by.Policy.IsZero() {
		if a := spec.AttachmentRef(by.Policy, by.Node); changed[a] {
			return []resource.Ref{a}
		}
		if changed[by.Policy] {
			return []resource.Ref{by.Policy}
		}
		return nil
	}
	path, _ := pathOf(by.Node.String())
	n := g.b.node(path)
	var all []resource.Ref
	for _, p := range n.Before {
		if p.Type == by.Type && changed[p.Attachment] {
			all = append(all, p.Attachment)
		}
	}
	for _, p := range append(slices.Clip(n.Before), n.After...) {
		if len(all) == 0 && p.Type == by.Type && changed[p.Ref] {
			all = append(all, p.Ref)
		}
	}
	return all
}

// probes are what is asked for a role.
func (w works) probes(g *guard) []probe {
	arn := "arn:" + g.p.Payer.Partition() + ":iam::" + w.account + ":role/" + w.role
	who := iampolicy.Principal{ARN: arn, Session: "arn:" + g.p.Payer.Partition() + ":sts::" + w.account + ":assumed-role/" + w.role + "/reconciler"}
	home := g.p.Payer.HomeRegion
	var any []*iampolicy.Request
	for _, action := range []string{"iam:GetAccountSummary", "s3:ListAllMyBuckets", "ec2:DescribeRegions", "logs:DescribeLogGroups", "cloudformation:ListStacks", "tag:GetResources"} {
		region := home
		if strings.HasPrefix(action, "iam:") {
			region = globalRegion(g.p.Payer)
		}
		any = append(any, g.request(who, action, "", region))
	}
	all := []probe{{spec.SCP, any}}
	for _, name := range w.needs {
		role := "arn:" + g.p.Payer.Partition() + ":iam::" + w.account + ":role/" + name
		for _, action := range []string{"iam:GetRole", "iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"} {
			all = append(all, probe{spec.SCP, []*iampolicy.Request{g.request(who, action, role, globalRegion(g.p.Payer))}})
		}
	}
	for _, from := range w.from {
		by, err := iampolicy.PrincipalOf(from)
		if err != nil {
			continue
		}
		all = append(all, probe{spec.RCP, []*iampolicy.Request{g.request(by, "sts:AssumeRole", arn, home)}})
	}
	return all
}

// globalRegion is the region that requests to IAM bear.
func globalRegion(p *spec.Payer) string {
	switch p.Partition() {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	}
	return "us-east-1"
}

// request is what somebody of the organization asks. Of keys that do not stand
// here it is not known what they are, but for those that such requests never have.
func (g *guard) request(who iampolicy.Principal, action, arn, region string) *iampolicy.Request {
	context := map[string][]string{
		"aws:requestedregion": {region}, "aws:securetransport": {"true"}, "aws:viaawsservice": {"false"},
		"aws:calledvia": nil, "aws:calledviafirst": nil, "aws:calledvialast": nil, "aws:sourcearn": nil, "aws:sourceaccount": nil,
		"aws:sourceorgid": nil, "aws:sourceorgpaths": nil, "aws:sourcevpc": nil, "aws:sourcevpce": nil, "aws:principalservicename": nil,
		"aws:federatedprovider": nil, "aws:username": nil,
	}
	if org, ok := g.p.Live.Output(spec.OrganizationRef, "id"); ok {
		context["aws:resourceorgid"] = []string{org}
		if who.Account() == g.p.Payer.AccountID || who.Account() == accountIn(arn) || arn == "" {
			context["aws:principalorgid"] = []string{org}
		}
	}
	return &iampolicy.Request{Action: action, Resource: arn, Principal: who, Context: context, Unknown: func(string) bool { return true }}
}

// accountIn is the account that an ARN names.
func accountIn(arn string) string {
	p := strings.SplitN(arn, ":", 6)
	if len(p) < 6 {
		return ""
	}
	return p[4]
}

// denied says why a write inside a member would be denied for sure once the plan
// is done; "" where it would not.
func (g *guard) denied(w memberWrite) string {
	key := strings.Join(append([]string{w.path, w.account, w.role, w.arn}, w.actions...), "\n")
	if !g.b.names(w.account) {
		key = strings.ReplaceAll(key, w.account, "")
	}
	if why, known := g.asked[key]; known {
		return why
	}
	partition := g.p.Payer.Partition()
	who := iampolicy.Principal{ARN: "arn:" + partition + ":iam::" + w.account + ":role/" + w.role,
		Session: "arn:" + partition + ":sts::" + w.account + ":assumed-role/" + w.role + "/reconciler"}
	why := ""
	for _, action := range w.actions {
		if by, sure := g.after.Bars(w.path, spec.SCP, g.request(who, action, w.arn, globalRegion(g.p.Payer))); by != nil && sure {
			why = fmt.Sprintf("%s of role %s would be denied: %s", action, w.role, by)
			break
		}
	}
	g.asked[key] = why
	return why
}

// names says that a document speaks of an account by its id.
func (b *bound) names(account string) bool {
	if b.ids == nil {
		b.ids = map[string]bool{}
		for _, n := range b.tree.Nodes {
			for _, p := range n.After {
				if b.read[p.Document] {
					continue
				}
				b.read[p.Document] = true
				for _, id := range twelveDigits.FindAllString(p.Document, -1) {
					b.ids[id] = true
				}
			}
		}
	}
	return b.ids[account]
}

// isWrite says that a change is made.
func isWrite(c *planner.Change) bool { return !c.Held() && c.Op != planner.Resume }

package world

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// Need is one thing that a caller must be allowed for a call.
type Need struct {
	Action, Resource string
	Context          map[string][]string

	policy    *iampolicy.Policy // of the resource
	account   string            // that the resource belongs to; "" is the caller's
	exclusive bool              // the policy of the resource must allow, too
}

// everyAction is what the all-powerful user of an account may do, and what
// everybody may where policies are not enforced.
var everyAction = sync.OnceValue(func() *iampolicy.Policy {
	return compile(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
})

// nothing is what stands for a policy of AWS whose document is not known.
var nothing = sync.OnceValue(func() *iampolicy.Policy {
	return compile(`{"Version":"2012-10-17","Statement":[]}`)
})

// Authorize holds a caller against all that decides: the policies of the
// resource and, with Config.Enforce, its own, what limits them, and the service
// control policies above its account. It refuses in AWS's words.
func (w *World) Authorize(c Caller, n Need) error {
	access := w.access(c)
	access.Resource, access.Account, access.Exclusive = n.policy, n.account, n.exclusive
	context := w.requestContext(c)
	for k, v := range n.Context {
		context[k] = v
	}
	d := access.Decide(&iampolicy.Request{Action: n.Action, Resource: n.Resource, Principal: w.principal(c), Context: context})
	if d.Allowed() {
		return nil
	}
	return refuse("AccessDenied", "User: %s is not authorized to perform: %s on resource: %s%s", c.Arn, n.Action, n.Resource, why(d, n.Action))
}

// stageWords are AWS's names of the sorts of policies.
var stageWords = map[string]string{
	iampolicy.StageSCP: "service control policy", iampolicy.StageIdentity: "identity-based policy", iampolicy.StageBoundary: "permissions boundary",
	iampolicy.StageSession: "session policy", iampolicy.StageResource: "resource-based policy",
}

// why is the end of AWS's message. AWS says nothing of the resource's policy
// where that only fails to allow.
func why(d iampolicy.Decision, action string) string {
	word := stageWords[d.Stage]
	switch {
	case d.Effect == iampolicy.ExplicitDeny && word == "identity-based policy":
		return " with an explicit deny in an " + word
	case d.Effect == iampolicy.ExplicitDeny && word != "":
		return " with an explicit deny in a " + word
	case word == "" || word == "resource-based policy":
		return ""
	}
	return fmt.Sprintf(" because no %s allows the %s action", word, action)
}

// principal is the caller as policies name it.
func (w *World) principal(c Caller) iampolicy.Principal {
	id, _, _ := strings.Cut(c.UserID, ":")
	p := iampolicy.Principal{ARN: c.Arn, ID: id}
	if c.session != nil {
		p.Session = c.Arn
		p.ARN = "arn:aws:iam::" + c.Account + ":role/" + c.session.role
		if r, err := w.role(c.Account, c.session.role); err == nil {
			p.ARN = r.arn(c.Account, RoleKind)
		}
	}
	return p
}

// access is all that decides about a caller, without the resource's part.
func (w *World) access(c Caller) iampolicy.Access {
	out := iampolicy.Access{Identity: []*iampolicy.Policy{everyAction()}}
	if !w.cfg.Enforce {
		return out
	}
	out.SCPs = w.scpsOver(c)
	switch {
	case c.session != nil:
		if r, err := w.role(c.Account, c.session.role); err == nil {
			out.Identity, out.Boundary = w.policiesOf(c.Account, &r.entity), w.boundaryOf(c.Account, &r.entity)
		}
		for _, text := range c.session.policies {
			if d, err := w.known(text); err == nil {
				out.Session = append(out.Session, d.compiled())
			}
		}
		for _, arn := range c.session.arns {
			out.Session = append(out.Session, w.rulesAt(c.Account, arn))
		}
	case c.user != "":
		if u, err := w.user(c.Account, c.user); err == nil {
			out.Identity, out.Boundary = w.policiesOf(c.Account, &u.entity), w.boundaryOf(c.Account, &u.entity)
			for _, g := range w.groupsOf(c.Account, u) {
				out.Identity = append(out.Identity, w.policiesOf(c.Account, &g.entity)...)
			}
		}
	}
	return out
}

// policiesOf are the policies of a role, user or group, inline and attached.
func (w *World) policiesOf(account string, e *entity) []*iampolicy.Policy {
	out := []*iampolicy.Policy{}
	for _, p := range e.inline {
		out = append(out, p.doc.compiled())
	}
	for _, arn := range e.attached {
		out = append(out, w.rulesAt(account, arn))
	}
	return out
}

func (w *World) boundaryOf(account string, e *entity) *iampolicy.Policy {
	if e.boundary == "" {
		return nil
	}
	return w.rulesAt(account, e.boundary)
}

// rulesAt is the version in force of a managed policy. One that is gone, or
// whose document is not known, allows nothing.
func (w *World) rulesAt(account, arn string) *iampolicy.Policy {
	if p := w.policyAt(account, arn); p != nil {
		for _, v := range p.versions {
			if v.number == p.current && v.doc != nil {
				return v.doc.compiled()
			}
		}
	}
	return nothing()
}

// scpsOver are the service control policies that bind a caller, from the root
// of the organization down. They bind neither the management account nor
// service-linked roles.
func (w *World) scpsOver(c Caller) []iampolicy.Level {
	a := w.account(c.Account)
	if a.org == nil || a.org.master == a || a.org.typeEnabled(SCP) != nil {
		return nil
	}
	if c.session != nil {
		if r, err := w.role(c.Account, c.session.role); err == nil && r.service != "" {
			return nil
		}
	}
	var levels []iampolicy.Level
	for n := a.node; n != nil; n = n.parent {
		l := iampolicy.Level{Name: n.id}
		for _, p := range n.policies {
			if p.typ == SCP {
				l.Policies = append(l.Policies, w.scpRules(p))
			}
		}
		levels = append([]iampolicy.Level{l}, levels...)
	}
	return levels
}

// scpRules is a service control policy made ready to be asked.
func (w *World) scpRules(p *policy) *iampolicy.Policy {
	d, err := w.known(p.content)
	if err != nil {
		return compile(p.content)
	}
	return d.compiled()
}

// requestContext is what every request tells of itself, as if it came from the
// internet under TLS.
func (w *World) requestContext(c Caller) map[string][]string {
	out := map[string][]string{
		"aws:securetransport": {"true"}, "aws:viaawsservice": {"false"}, "aws:sourceip": {"203.0.113.10"},
		"aws:currenttime": {w.now.UTC().Format(time.RFC3339)}, "aws:epochtime": {fmt.Sprint(w.now.Unix())},
	}
	if a := w.accounts[c.Account]; a != nil && a.org != nil {
		out["aws:principalorgid"] = []string{a.org.id}
		if a.node.parent != nil {
			out["aws:principalorgpaths"] = []string{a.org.path(a.node.parent)}
		}
	}
	if c.session != nil {
		out["aws:multifactorauthpresent"] = []string{fmt.Sprint(c.session.mfa)}
	}
	for _, t := range w.tagsOf(c) {
		out["aws:principaltag/"+strings.ToLower(t.Key)] = []string{t.Value}
	}
	return out
}

// tagsOf are the tags of the user or role that calls.
func (w *World) tagsOf(c Caller) []Tag {
	if c.session != nil {
		if r, err := w.role(c.Account, c.session.role); err == nil {
			return r.tags
		}
	}
	if c.user != "" {
		if u, err := w.user(c.Account, c.user); err == nil {
			return u.tags
		}
	}
	return nil
}

// ArnIn is the ARN of what an organization calls by an id, "*" where there is
// no such thing.
func (w *World) ArnIn(who, id string) string {
	a := w.accounts[who]
	if a == nil || a.org == nil {
		return "*"
	}
	if n := a.org.nodes[id]; n != nil {
		return a.org.nodeArn(n)
	}
	if p := a.org.policies[id]; p != nil {
		return a.org.policyArn(p)
	}
	return "*"
}

// ContactArn is the ARN of an account for Account Management: its own, or that
// of a member of the caller's organization.
func (w *World) ContactArn(who, id string) string {
	if id == "" || id == who {
		return "arn:aws:account::" + who + ":account"
	}
	if a := w.accounts[who]; a != nil && a.org != nil {
		return "arn:aws:account::" + who + ":account/" + a.org.id + "/" + id
	}
	return "*"
}

// EntityArn is the ARN of a role, user or group; of one that is not there, as
// it would be at that path.
func (w *World) EntityArn(who string, k Kind, path, name string) string {
	if e, err := w.entity(who, k, name); err == nil {
		return e.arn(who, k)
	}
	if path == "" {
		path = "/"
	}
	e := entity{name: name, path: path}
	return e.arn(who, k)
}

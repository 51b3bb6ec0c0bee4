package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The two decisions.
const (
	Allow = "allow"
	Deny  = "deny"
)

// Question is what is asked. Where Account is "", it is any account that stands
// in OU, the path of a unit; "" is the root.
type Question struct {
	OU, Account      string
	Action, Resource string // Resource "" is the action on no resource in particular
	// Context holds the condition keys of the request. A key that does not stand
	// in it is missing from the request, but for what aws:PrincipalArn says:
	// aws:PrincipalAccount, aws:PrincipalType and aws:username, and aws:PrincipalOrgID
	// where the tree knows that. [iampolicy.ImpossibleIn] finds what no request has.
	Context map[string][]string
}

// Answer says what the policies decide, and which statements do.
type Answer struct {
	// Decision is Allow or Deny, and "" where that hangs on what nobody knows.
	Decision string
	Where    resource.Ref
	// By are the statements that decide: all that deny, the root's first; of an
	// allow the first that allows on each level. Where there is no decision, they
	// are those that hang on what is not known.
	By []Statement
	// Hangs are the references that the decision hangs on, each as ${{ … }}; none
	// where there is a decision.
	Hangs []string
	// Closed are the levels on which nothing allows the action.
	Closed []Closed
	// Notes are what else a person should know.
	Notes []string
}

// Statement is one statement of a policy on a node.
type Statement struct {
	Type   string // of the policy
	Node   resource.Ref
	Policy resource.Ref
	Number int // in its document, from 1
	Sid    string
}

// Name is the Sid, and the number where there is none.
func (s Statement) Name() string {
	if s.Sid != "" {
		return s.Sid
	}
	return fmt.Sprint(s.Number)
}

// Closed is a level that allows nothing of what is asked.
type Closed struct {
	Type string
	Node resource.Ref
}

// Unbound is the note where the management account is asked for.
const Unbound = "SCPs never bind the management account, and RCPs do not either"

// Ask answers a question. Its error is for an account or a unit that the tree
// does not have, and for an organization that is not that of who asks.
func (t *Tree) Ask(q Question) (*Answer, error) {
	path, a := q.OU, (*account)(nil)
	out := &Answer{Decision: Allow, Where: resource.Unit(path)}
	if q.Account != "" {
		if q.Account == t.Management && t.Management != "" {
			out.Where = resource.Ref{Kind: "account", Name: q.Account}
			return out.unbound(Unbound), nil
		}
		var err error
		if a, err = t.find(q.Account); err != nil {
			return nil, err
		}
		path, out.Where = a.path, a.ref
		if !a.placementKnown {
			out.Notes = append(out.Notes, fmt.Sprintf("%s does not say where %s stands: the root is taken", t.Source, a.ref))
		}
	}
	if t.nodes[path] == nil {
		rest, ref := strings.CutPrefix(path, "ou/")
		if !ref || rest == "" || t.nodes[rest] == nil {
			return nil, fmt.Errorf("%s has no unit %q%s", t.Source, path, t.meant(path))
		}
		path, out.Where = rest, resource.Unit(rest)
	}
	if arn := principalOf(q.Context); serviceLinked(arn) {
		return out.unbound("SCPs and RCPs do not bind service-linked roles, and " + arn + " is one"), nil
	}
	scps, rcps := t.levels(path, a)
	r, err := t.request(q, a)
	if err != nil {
		return nil, err
	}
	var unsaid []string
	if t.isOff(spec.SCP) {
		out.Notes = append(out.Notes, "SCPs are off in the root")
	} else {
		scp := judge(spec.SCP, scps, r)
		out.add(scp)
		unsaid = append(unsaid, notGiven(spec.SCP, scps, r, scp)...)
		if id := resource.AccountOf(principalOf(q.Context)); id != "" && (id == t.Management || a != nil && a.id != "" && id != a.id) {
			out.Notes = append(out.Notes, "aws:PrincipalArn is of account "+id+", which the SCPs here do not bind: they are asked as if they did")
		}
	}
	if why := t.noRCPs(q, a); why != "" {
		out.Notes = append(out.Notes, why)
	} else if t.RCPs {
		rcp := judge(spec.RCP, rcps, r)
		out.add(rcp)
		unsaid = append(unsaid, notGiven(spec.RCP, rcps, r, rcp)...)
	}
	slices.Sort(unsaid)
	out.Notes = append(out.Notes, slices.Compact(unsaid)...)
	return out, nil
}

// noRCPs says why resource control policies do not count although there may be
// some; "" where they count, or where the tree has none.
func (t *Tree) noRCPs(q Question, a *account) string {
	owner := resource.AccountOf(q.Resource)
	service, _, _ := strings.Cut(q.Action, ":")
	switch {
	case t.isOff(spec.RCP):
		return "RCPs are off in the root"
	case !t.RCPs:
		return ""
	case owner != "" && owner == t.Management:
		return "the resource is of the management account, which RCPs do not bind"
	case owner != "" && a != nil && a.id != "" && owner != a.id:
		return "the resource is of account " + owner + ", whose RCPs are not asked here"
	case iampolicy.RCPReaches(q.Action):
		return ""
	case iampolicy.RCPReaches(service + ":*"):
		return "RCPs do not restrict " + q.Action
	}
	return "RCPs do not apply to " + service + ", by AWS's list of " + iampolicy.RCPServicesAsOf
}

// unbound is the answer where no policy counts.
func (a *Answer) unbound(why string) *Answer {
	a.Notes = append(a.Notes, why)
	return a
}

// levels gives the chains of both types. An account whose own policies are not
// known has FullAWSAccess, as AWS attaches it.
func (t *Tree) levels(path string, a *account) (scps, rcps []iampolicy.Level) {
	add := func(ref resource.Ref, n *node) {
		scps = append(scps, iampolicy.Level{Name: ref.String(), Policies: n.scps})
		rcps = append(rcps, iampolicy.Level{Name: ref.String(), Policies: n.rcps})
	}
	for _, p := range resource.Above(path) {
		if n := t.nodes[p]; n != nil {
			add(resource.Unit(p), n)
		}
	}
	if a != nil && a.ownKnown {
		add(a.ref, &a.own)
	}
	return scps, rcps
}

// principalOf is the ARN of who asks; "" where that is not said.
func principalOf(context map[string][]string) string {
	for key, values := range maps.All(context) {
		if strings.EqualFold(key, "aws:PrincipalArn") && len(values) == 1 {
			return values[0]
		}
	}
	return ""
}

// serviceLinked says that an ARN is that of a service-linked role or of one of
// its sessions.
func serviceLinked(arn string) bool {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 {
		return false
	}
	return p[2] == "iam" && strings.HasPrefix(p[5], "role/aws-service-role/") ||
		p[2] == "sts" && strings.HasPrefix(p[5], "assumed-role/AWSServiceRoleFor")
}

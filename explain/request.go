package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// request is the request of a question: what is not said, and does not follow
// from aws:PrincipalArn, is missing from it, also what every request of AWS has.
func (t *Tree) request(q Question, a *account) (*iampolicy.Request, error) {
	context := make(map[string][]string, len(q.Context)+8)
	for _, key := range []string{"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid", "aws:username",
		"aws:principalisawsservice", "aws:principalservicename"} {
		context[key] = nil
	}
	arn := principalOf(q.Context)
	for _, i := range iampolicy.ImpliedBy(arn) {
		context[strings.ToLower(i.Key)] = []string{i.Value}
	}
	const org = "aws:principalorgid"
	if t.ours(arn, a) {
		context[org] = []string{t.Organization}
	}
	for key, values := range q.Context {
		lower := strings.ToLower(key)
		if lower == org && t.ours(arn, a) && !slices.Equal(values, context[org]) {
			return nil, fmt.Errorf("aws:PrincipalArn is of account %s, so that %s is %s: it need not be given", resource.AccountOf(arn), key, t.Organization)
		}
		context[lower] = values
	}
	return &iampolicy.Request{Action: q.Action, Resource: q.Resource, Context: context}, nil
}

// ours says that an ARN is of an account of the organization, and that its id is
// known: the management account, or the one that is asked about.
func (t *Tree) ours(arn string, a *account) bool {
	id := resource.AccountOf(arn)
	return t.Organization != "" && id != "" && (id == t.Management || a != nil && id == a.id)
}

// always are the keys that no request of its kind lacks, by what the page "AWS
// global condition context keys" of the IAM User Guide says under Availability.
var always = map[string]struct{ key, who string }{
	"aws:currenttime":           {"aws:CurrentTime", "request"},
	"aws:epochtime":             {"aws:EpochTime", "request"},
	"aws:requestedregion":       {"aws:RequestedRegion", "request"},
	"aws:securetransport":       {"aws:SecureTransport", "request"},
	"aws:viaawsservice":         {"aws:ViaAWSService", "request"},
	"aws:useragent":             {"aws:UserAgent", "request"},
	"aws:principalaccount":      {"aws:PrincipalAccount", "request"},
	"aws:principaltype":         {"aws:PrincipalType", "request"},
	"aws:principalarn":          {"aws:PrincipalArn", "signed request"},
	"aws:userid":                {"aws:userid", "signed request"},
	"aws:principalisawsservice": {"aws:PrincipalIsAWSService", "signed request"},
	"aws:principalorgid":        {"aws:PrincipalOrgID", ofMember},
	"aws:principalorgpaths":     {"aws:PrincipalOrgPaths", ofMember},
}

// ofMember stands for the requests of those whom service control policies bind.
// Resource control policies are asked about strangers too, who lack these keys.
const ofMember = "request of a member account"

// notGiven tells of the keys that were not given, that every request has, and on
// which the answer hangs, or a statement that it names.
func notGiven(policyType string, levels []iampolicy.Level, r *iampolicy.Request, got *Answer) (notes []string) {
	asked := map[string]bool{}
	open := &iampolicy.Request{Action: r.Action, Resource: r.Resource, Context: map[string][]string{},
		Principal: iampolicy.Principal{Session: "somebody's"}} // of whom no key is known
	for key, values := range r.Context {
		if _, ok := always[key]; !ok || values != nil {
			open.Context[key] = values
		}
	}
	open.Unknown = func(key string) bool {
		k, ok := always[key]
		ok = ok && (k.who != ofMember || policyType == spec.SCP)
		if ok {
			asked[key] = true
		}
		return ok
	}
	unsure := iampolicy.Chain(levels, open).Unsure
	hang := map[string]bool{}
	for _, l := range levels {
		for _, p := range l.Policies {
			for i := range p.Len() {
				clear(asked)
				named := func(s Statement) bool {
					return s.Node.String() == l.Name && s.Policy.String() == p.Name && s.Number == i+1
				}
				if p.Match(i, open) == iampolicy.Maybe && (unsure || slices.ContainsFunc(got.By, named)) {
					for key := range asked {
						hang[key] = true
					}
				}
			}
		}
	}
	for key := range hang {
		notes = append(notes, fmt.Sprintf("%s was not given; every %s has it", always[key].key, always[key].who))
	}
	return notes
}

package reconcile

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The circumstances of a request are its condition keys. Some are known: who asks,
// in which organization, account and region, when, over TLS and not through
// a service. The others are guesses, of which the ordinary one is that the key is
// missing, but for those of usual. A world has other guesses for some keys.

// world are guesses that are not the ordinary ones, by key.
type world map[string][]string

// usual are guesses about keys that a request is likely to have: an address and
// a program that nobody names. A session that AssumeRole gives has no MFA of its
// own (IAM User Guide, "Secure API access with MFA").
var usual = world{
	"aws:sourceip":               {"198.18.77.7"},
	"aws:useragent":              {"reconciler"},
	"aws:multifactorauthpresent": {"false"},
	"sts:rolesessionname":        {"session"},
}

// ownKeys are condition keys of a service that its requests have.
var ownKeys = map[string]map[string]string{
	"s3":  {"s3:tlsversion": "1.3", "s3:authtype": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", "s3:resourceaccount": "{account}"},
	"ec2": {"ec2:region": "{region}"},
}

// notYet stands for an id that AWS has not given yet.
const notYet = "not-yet-known"

// known are the circumstances of a request that are no guesses. A key without
// values is missing.
func (g *gauge) known(a *ask, region string) map[string][]string {
	context := maps.Clone(g.always)
	context["aws:requestedregion"] = []string{region}
	context["aws:principalarn"] = []string{a.who.ARN}
	context["aws:principalaccount"] = []string{a.who.Account()}
	context["aws:resourceaccount"] = []string{a.account}
	context["aws:resourceorgpaths"] = []string{g.orgPath(a.path)}
	switch who := a.who.Account(); {
	case who == a.account:
		context["aws:principalorgpaths"] = context["aws:resourceorgpaths"]
	case who == g.p.Payer.AccountID:
		context["aws:principalorgpaths"] = []string{g.orgPath("")}
	case g.ours(who):
		delete(context, "aws:principalorgpaths") // a member's: in whatever unit
	default:
		context["aws:principalorgid"], context["aws:principalorgpaths"] = nil, nil
	}
	for key, value := range a.tags {
		context["aws:principaltag/"+strings.ToLower(key)] = []string{value}
	}
	service, _, _ := strings.Cut(a.action, ":")
	fill := strings.NewReplacer("{account}", a.account, "{region}", region)
	for key, value := range ownKeys[service] {
		context[key] = []string{fill.Replace(value)}
	}
	for _, key := range ofIAM {
		if a.call && !slices.Contains(a.open, key) {
			context[key] = nil
		}
	}
	maps.Copy(context, a.keys)
	return context
}

// constant are the circumstances that all requests have in common.
func (g *gauge) constant(now time.Time) map[string][]string {
	at := []string{now.UTC().Format(time.RFC3339)}
	all := map[string][]string{
		"aws:currenttime": at, "aws:epochtime": {strconv.FormatInt(now.Unix(), 10)}, "aws:tokenissuetime": at,
		"aws:securetransport": {"true"}, "aws:viaawsservice": {"false"},
		"aws:resourceorgid": {g.orgID()}, "aws:principalorgid": {g.orgID()},
	}
	for _, key := range []string{"calledvia", "calledviafirst", "calledvialast", "sourcearn", "sourceaccount", "sourceorgid", "sourceorgpaths",
		"principalservicename", "principalservicenameslist", "federatedprovider", "username", "assumedroot"} {
		all["aws:"+key] = nil
	}
	return all
}

// request is an ask in a region of a world. In the ordinary one too, the tags of
// a request that has some are not known.
func (g *gauge) request(a *ask, region string, w world) *iampolicy.Request {
	r := g.unsure(a, region)
	for _, guesses := range []world{w, usual} {
		for key, values := range guesses {
			if _, there := r.Context[key]; !there && a.guessed(key) {
				r.Context[key] = values
			}
		}
	}
	r.Unknown = func(key string) bool {
		return a.guessed(key) && (a.tagged && isTag(key) || slices.Contains(a.open, key))
	}
	return r
}

// unsure is an ask in a region of whose guesses nothing is known.
func (g *gauge) unsure(a *ask, region string) *iampolicy.Request {
	return &iampolicy.Request{Action: a.action, Resource: strings.ReplaceAll(a.arn, "{region}", region), Principal: a.who,
		Context: g.known(a, region), Unknown: a.guessed}
}

// guessed says of a key that is not known whether a request may have it: keys of
// another service and, where there is no resource, the tags of one are missing
// for sure.
func (a *ask) guessed(key string) bool {
	service, _, _ := strings.Cut(key, ":")
	own, _, _ := strings.Cut(a.action, ":")
	if slices.Contains(a.open, key) {
		return true
	}
	if isTag(key) {
		if a.exact && (key == keyTags || strings.HasPrefix(key, "aws:requesttag/")) {
			return false
		}
		return a.tagged || a.arn != "" && strings.HasPrefix(key, "aws:resourcetag/")
	}
	return service == "aws" || service == own
}

func isTag(key string) bool {
	return key == keyTags || strings.HasPrefix(key, "aws:requesttag/") || strings.HasPrefix(key, "aws:resourcetag/") || strings.HasPrefix(key, "iam:resourcetag/")
}

// orgID is the organization's id; of one that is still to be made it is what
// stands for it in documents.
func (g *gauge) orgID() string {
	if id, ok := g.p.Live.Output(spec.OrganizationRef, "id"); ok {
		return id
	}
	return standIn(spec.OrganizationRef, "id")
}

// standIn is what [resolved] puts where an output is not known yet.
func standIn(r resource.Ref, output string) string { return notYet + "-" + r.String() + "." + output }

// orgPath is the path of a unit as AWS has it in aws:PrincipalOrgPaths.
func (g *gauge) orgPath(path string) string {
	if at, ok := g.p.Live.Output(resource.Unit(path), "path"); ok {
		return at
	}
	if path == "" {
		return g.orgID() + "/" + notYet + "/"
	}
	return g.orgPath(resource.ParentPath(path)) + notYet + "/"
}

// ours says that an account is the payer or one of its members.
func (g *gauge) ours(account string) bool {
	if g.accounts == nil {
		g.accounts = map[string]bool{g.p.Payer.AccountID: true, anyAccount: true}
		for a := range g.p.Live.Kind("account") {
			g.accounts[a.ID()] = true
		}
	}
	return g.accounts[account]
}

// worlds are those worth a look where the ordinary one is shut already: somebody
// works there, so some guess is wrong. The first is made for the requests of the
// ledger to be let through by the policies before the plan, the others are that
// one with one more guess.
func (g *gauge) worlds(from explain.At, l *ledger) []world {
	first := world{}
	policies := g.chain(g.was, from)
	for _, p := range policies {
		for i := range p.Len() {
			if p.Denies(i) {
				g.past(p, i, l, first)
			}
		}
	}
	all := []world{first}
	known := g.known(&l.items[0][0], g.p.Payer.HomeRegion)
	for _, p := range policies {
		for _, c := range p.Circumstances() {
			if _, fixed := known[c.Key]; !fixed {
				next := maps.Clone(first)
				next[c.Key] = c.Values
				all = append(all, next)
			}
		}
	}
	return all[:min(len(all), maxWorlds)]
}

// maxWorlds keeps documents of nothing but conditions from taking long.
const maxWorlds = 64

// past adds to a world a guess with which a statement does not mean the first
// request of the ledger that it means, if there is one.
func (g *gauge) past(p *iampolicy.Policy, statement int, l *ledger, w world) {
	for _, it := range l.items {
		a := &it[0]
		if p.Match(statement, g.request(a, g.p.Payer.HomeRegion, w)) != iampolicy.Yes {
			continue
		}
		for _, c := range p.Circumstances() {
			if _, known := g.known(a, g.p.Payer.HomeRegion)[c.Key]; known || !a.guessed(c.Key) {
				continue
			}
			next := maps.Clone(w)
			next[c.Key] = c.Values
			if p.Match(statement, g.request(a, g.p.Payer.HomeRegion, next)) == iampolicy.No {
				w[c.Key] = c.Values
				return
			}
		}
	}
}

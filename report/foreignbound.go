package report

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Which conditions say who asks: those that compare, with an operator that holds
// for nothing but what it names, a key that AWS sets by who asks. Such a key must be
// there for the condition to hold, so not with ForAllValues: or …IfExists, unless
// Null says that it is. A value of nothing but wildcards, or of a variable that is
// not the resource's own, names nobody.

// bounds are what the conditions of a statement say of who asks.
type bounds struct {
	who       [][]string // by condition, those outside of the organization whom it names
	places    []string
	federated bool // something is asked of who signs in with a provider
}

// inside are keys that only services of AWS have.
var inside = []string{"aws:principalservicename", "aws:principalservicenameslist"}

// place are keys of where a request comes from.
var place = []string{"aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"}

func (s *strangers) bounds(conditions map[string]map[string]any) bounds {
	var b bounds
	for _, c := range positives(conditions) {
		switch {
		case c.op == "bool":
			if c.key == "aws:principalisawsservice" && slices.Equal(c.values, []string{"true"}) {
				b.who = append(b.who, nil)
			}
		case c.op == "ipaddress":
			if c.key == "aws:sourceip" && !slices.ContainsFunc(c.values, wide) {
				b.at(c.values)
			}
		case slices.Contains(inside, c.key):
			b.who = append(b.who, nil)
		case slices.Contains(place, c.key):
			if !slices.ContainsFunc(c.values, func(v string) bool { return wild(afterDash(v)) || variable(v) }) {
				b.at(c.values)
			}
		default:
			if who, ok := s.names(c); ok {
				b.who = append(b.who, who)
			}
			b.federated = b.federated || c.asksUser()
		}
	}
	return b
}

// at keeps the first places: the conditions of others only narrow them.
func (b *bounds) at(places []string) {
	if b.places == nil {
		b.places = places
	}
}

// anyone are those from outside whom anyone stands for: those whom the narrowest
// of the conditions names.
func (b *bounds) anyone() []string {
	if len(b.who) > 0 {
		return slices.MinFunc(b.who, func(a, b []string) int { return len(a) - len(b) })
	}
	var out []string
	for _, p := range b.places {
		out = append(out, anyoneFrom+p)
	}
	if out == nil {
		return []string{anyone}
	}
	return out
}

// admit says that the conditions can hold for somebody: each names them, or
// somebody who may be the same.
func (b *bounds) admit(who string) bool {
	return !slices.ContainsFunc(b.who, func(named []string) bool {
		return !slices.ContainsFunc(named, func(n string) bool { return n == who || !isAccount(n) || !isAccount(who) })
	})
}

// positive is a condition that holds only where its key is there and is one of
// its values; op and key are in lower case.
type positive struct {
	op, key string
	values  []string
}

// positives are those of the conditions, in order.
func positives(conditions map[string]map[string]any) []positive {
	there := map[string]bool{}
	for op, by := range conditions {
		for key, v := range by {
			if strings.EqualFold(op, "Null") && slices.Equal(values(v), []string{"false"}) {
				there[strings.ToLower(key)] = true
			}
		}
	}
	var out []positive
	for _, op := range slices.Sorted(maps.Keys(conditions)) {
		base := strings.TrimPrefix(strings.ToLower(op), "foranyvalue:")
		base, all := strings.CutPrefix(base, "forallvalues:")
		base, ifExists := strings.CutSuffix(base, "ifexists")
		switch base {
		case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "bool":
		default:
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(conditions[op])) {
			c := positive{base, strings.ToLower(key), values(conditions[op][key])}
			if len(c.values) > 0 && (there[c.key] || !all && !ifExists) {
				out = append(out, c)
			}
		}
	}
	return out
}

// asksExternalID says that a condition asks for an external id.
func asksExternalID(conditions map[string]map[string]any) bool {
	return slices.ContainsFunc(positives(conditions), func(c positive) bool {
		return c.key == "sts:externalid" && !slices.ContainsFunc(c.values, wild)
	})
}

// names lists those outside of the organization whom a condition names; ok says
// that nobody else can meet it.
func (s *strangers) names(c positive) (out []string, ok bool) {
	for _, v := range c.values {
		who, ok := s.named(c.key, v)
		if !ok {
			return nil, false
		}
		if who != "" {
			out = append(out, who)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), true
}

// named is whom a value of a key names, "" where that is of the organization; ok
// is false where it is anybody.
func (s *strangers) named(key, v string) (who string, ok bool) {
	v = resourceOwn.ReplaceAllLiteralString(v, "${{ payer }}")
	switch key {
	case "aws:principalorgid", "aws:sourceorgid", "aws:principalorgpaths", "aws:sourceorgpaths":
		id, _, _ := strings.Cut(v, "/")
		switch {
		case wild(afterDash(id)), variable(id):
			return "", false
		case ours.MatchString(id), id == s.organization:
			return "", true
		}
		return id, true
	case "aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "s3:dataaccesspointaccount":
		return s.principal(v), !wild(v) && !variable(v)
	case "aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn":
		account := accountPart(v)
		if wild(account) || variable(account) || account == "" && strings.ContainsAny(v, "*?$") {
			return "", false
		}
		return s.principal(v), true
	case "aws:userid":
		id, _, _ := strings.Cut(v, ":")
		if isAccount(id) {
			return s.outside(id), true
		}
		return v, !strings.ContainsAny(id, "*?$")
	}
	return "", false
}

// resourceOwn are variables that stand for the account of the resource, and for
// its organization: ours.
var resourceOwn = regexp.MustCompile(`(?i)\$\{aws:Resource(Account|OrgID|OrgPaths)\}`)

// claims are those of a token that say who signs in, or whose application is
// signed in to; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
// has them. Others (iss, amr, environment, job_workflow_ref, …) say nothing of who.
var claims = []string{"sub", "aud", "oaud", "azp", "app_id", "user_id", "email", "id", "repository", "repository_id",
	"repository_owner", "repository_owner_id", "project_path", "project_id", "namespace_path", "namespace_id"}

// anyAudience are providers whose users write the audience of their tokens.
var anyAudience = []string{"token.actions.githubusercontent.com", "gitlab.com"}

// asksUser says that something is asked of who signs in with a provider.
func (c positive) asksUser() bool {
	if strings.HasPrefix(c.key, "saml:") {
		return !slices.ContainsFunc(c.values, func(v string) bool { return strings.Trim(v, "*?") == "" })
	}
	at := strings.LastIndexByte(c.key, ':')
	if at < 0 || strings.HasPrefix(c.key, "aws:") || strings.HasPrefix(c.key, "sts:") || !slices.Contains(claims, c.key[at+1:]) {
		return false
	}
	if c.key[at+1:] == "aud" && slices.Contains(anyAudience, c.key[:at]) {
		return false
	}
	return !slices.ContainsFunc(c.values, func(v string) bool { return v == "sts.amazonaws.com" || anyUser(v) })
}

// anyUser says that a value leaves open who signs in: what stands before its first
// wildcard does not end the name of an owner, as in repo:acme/*.
func anyUser(v string) bool {
	name := v
	if at := strings.IndexAny(v, "*?$"); at >= 0 {
		name = v[:at]
	} else {
		return v == ""
	}
	kind, owner, said := strings.Cut(name, ":")
	switch {
	case !said:
		return !strings.Contains(name, "/")
	case kind == "repo" || kind == "project_path":
		return !strings.Contains(owner, "/")
	}
	return !strings.Contains(owner, ":")
}

// variable says that a value is not literal: AWS puts something of the request in.
func variable(v string) bool { return strings.Contains(v, "${") && !ours.MatchString(v) }

// afterDash is an id of AWS without what says of what it is, such as o- or vpc-.
func afterDash(id string) string {
	if _, rest, ok := strings.Cut(id, "-"); ok {
		return rest
	}
	return id
}

// wide says that a range of addresses is no place: wider than any that one owner
// has, or none.
func wide(cidr string) bool {
	if _, err := netip.ParseAddr(cidr); err == nil || ours.MatchString(cidr) {
		return false
	}
	p, err := netip.ParsePrefix(cidr)
	return err != nil || p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 32
}

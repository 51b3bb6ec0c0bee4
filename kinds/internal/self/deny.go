package self

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// Denied lists the protected principals that a statement of a bucket policy
// denies, as ARNs, sorted: those of the payer, and roles of members that the
// statement itself speaks of. Whatever it denies them counts. What it asks for
// may be known, a matter of choice, or neither:
//
//   - known: who asks, from which account and organization, by TLS, not on behalf
//     of a service and not through a VPC or an access point
//   - a matter of choice: how a request is made (s3:…, aws:Referer,
//     aws:UserAgent). There a plain request counts, which has none of it: what is
//     denied unless it has some is denied, but where all actions that are denied
//     are such that take it, the Deny is a rule for these, and shuts nobody out
//   - neither: the address, the time, tags, MFA. There the worst is taken
//
// A statement that cannot be read denies nobody, for AWS refuses it.
func (s Set) Denied(statement string) []string {
	if !s.on {
		return nil
	}
	p, err := iampolicy.CompileStatement([]byte(statement))
	if err != nil || !p.Denies(0) || isRule(statement, p.Keys()) {
		return nil
	}
	named := principalsIn(statement)
	asks := func(who iampolicy.Principal) bool { return p.MatchWho(0, s.request(who)) != iampolicy.No }
	var denied []string
	for _, who := range s.here {
		arn := who.found(named)
		if slices.ContainsFunc(sessions(arn, named), asks) {
			denied = append(denied, arn)
			continue
		}
		for _, other := range who.elsewhere(arn, statement) {
			if slices.ContainsFunc(sessions(other, named), asks) {
				denied = append(denied, arn)
				break
			}
		}
	}
	for _, arn := range s.memberRoles(named) {
		if who, err := iampolicy.PrincipalOf(arn); err == nil && asks(who) {
			denied = append(denied, arn)
		}
	}
	slices.Sort(denied)
	return slices.Compact(denied)
}

// chosen are the condition keys whose values whoever asks may choose.
func chosen(key string) bool {
	switch {
	case key == "aws:useragent", key == "aws:referer":
		return true
	case key == "s3:resourceaccount", strings.HasPrefix(key, "s3:dataaccesspoint"):
		return false
	}
	return strings.HasPrefix(key, "s3:")
}

// parameter is what actions take, by how the condition keys of it begin.
type parameter struct {
	key     string
	actions []string
}

// takes are the parameters of S3's actions (Service Authorization Reference, Amazon S3, read 2026-11).
var takes = []parameter{
	{"s3:x-amz-acl", []string{"s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl"}},
	{"s3:x-amz-grant-", []string{"s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl"}},
	{"s3:x-amz-", []string{"s3:putobject"}},
	{"s3:requestobjecttag", []string{"s3:putobject", "s3:putobjecttagging", "s3:putobjectversiontagging"}},
	{"s3:object-lock-", []string{"s3:putobject"}},
	{"s3:prefix", []string{"s3:listbucket", "s3:listbucketversions"}},
	{"s3:delimiter", []string{"s3:listbucket", "s3:listbucketversions"}},
	{"s3:max-keys", []string{"s3:listbucket", "s3:listbucketversions"}},
	{"s3:versionid", []string{"s3:getobjectversion", "s3:deleteobjectversion"}},
}

// isRule says that a Deny has a condition on a parameter that all its actions
// take: whoever asks may give what it wants to see.
func isRule(statement string, keys []string) bool {
	var s struct{ Action any }
	if err := json.Unmarshal([]byte(statement), &s); err != nil {
		return false
	}
	actions, list := s.Action.([]any)
	if !list {
		actions = []any{s.Action}
	}
	for _, key := range keys {
		i := slices.IndexFunc(takes, func(t parameter) bool { return strings.HasPrefix(key, t.key) })
		another := func(a any) bool {
			name, _ := a.(string)
			return !slices.Contains(takes[i].actions, strings.ToLower(name))
		}
		if i >= 0 && !slices.ContainsFunc(actions, another) {
			return true
		}
	}
	return false
}

// request is what somebody of ours asks of a bucket of the payer.
func (s Set) request(who iampolicy.Principal) *iampolicy.Request {
	org := s.org
	if org == "" {
		org = "${{ organization.id }}" // as a statement has it before it is known
	}
	context := map[string][]string{
		"aws:securetransport": {"true"},
		"aws:viaawsservice":   {"false"},
		"aws:principalorgid":  {org},
		"aws:resourceorgid":   {org},
		"aws:resourceaccount": {s.account},
		"s3:resourceaccount":  {s.account},
		// What a client of today does.
		"s3:tlsversion":       {"1.3"},
		"s3:signatureversion": {"AWS4-HMAC-SHA256"},
		"s3:authtype":         {"REST-HEADER"},
		"s3:signatureage":     {"0"},
		"aws:useragent":       {"reconciler"},
	}
	for _, missing := range []string{
		"aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn",
		"aws:vpcsourceip", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:federatedprovider",
		"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:dataaccesspointnetworkorigin", "aws:principalservicename",
	} {
		context[missing] = nil
	}
	// A role has no user name; of all else that is not said above nothing is known.
	return &iampolicy.Request{Principal: who, Context: context, Unknown: func(key string) bool { return key != "aws:username" && !chosen(key) }}
}

// principalsIn are the ARNs of users, roles, sessions and roots that stand in a
// statement, as principals or in conditions, wildcards and all.
func principalsIn(statement string) []string {
	var all []string
	for _, word := range strings.Split(statement, `"`) {
		if _, err := iampolicy.PrincipalOf(word); err == nil {
			all = append(all, word)
		}
	}
	return all
}

// found is the ARN of the principal. Where only its session is known, and so no
// path, an ARN of its account and name that the statement has is its own: names
// are unique.
func (p principal) found(named []string) string {
	if p.whole {
		return p.arn
	}
	for _, arn := range named {
		who, _ := iampolicy.PrincipalOf(arn)
		if who.Session == "" && strings.EqualFold(lastOf(arn), p.name) && head(arn) == head(p.arn) && !strings.ContainsAny(arn, "*?") {
			return arn
		}
	}
	return p.arn
}

// elsewhere are the ARNs that a principal whose path is not known has under the
// paths that patterns of the statement speak of.
func (p principal) elsewhere(found, statement string) []string {
	if p.whole || p.user || found != p.arn || !strings.HasSuffix(head(p.arn), ":role") {
		return nil
	}
	var all []string
	for _, word := range strings.Split(statement, `"`) {
		if !strings.ContainsAny(word, "*?") || strings.HasPrefix(word, "arn:") && !strings.Contains(word, ":iam:") {
			continue
		}
		last := word[strings.LastIndexByte(word, ':')+1:]
		at := strings.TrimPrefix(strings.TrimLeft(last[:strings.LastIndexByte(last, '/')+1], "*"), "role")
		if at = strings.Trim(strings.NewReplacer("*", "x", "?", "x").Replace(at), "/"); at != "" {
			all = append(all, head(p.arn)+"/"+at+"/"+p.name)
		}
	}
	return all
}

// sessions are the principals that ask where a role or user does: some session
// of the role, and those that the statement names.
func sessions(arn string, named []string) []iampolicy.Principal {
	who, err := iampolicy.PrincipalOf(arn)
	if err != nil {
		return nil
	}
	prefix, role := strings.CutSuffix(head(arn), ":role")
	if !role {
		return []iampolicy.Principal{who}
	}
	prefix = strings.Replace(prefix, ":iam:", ":sts:", 1) + ":assumed-role/" + lastOf(arn) + "/"
	who.Session = prefix + "any"
	all := []iampolicy.Principal{who}
	for _, n := range named {
		if strings.HasPrefix(n, prefix) {
			all = append(all, iampolicy.Principal{ARN: arn, Session: n})
		}
	}
	return all
}

// memberRoles are protected roles of members that a statement speaks of, in an
// account that stands for all where it says no account.
func (s Set) memberRoles(named []string) []string {
	var all []string
	for _, arn := range named {
		who, _ := iampolicy.PrincipalOf(arn)
		if who.Account() == s.account || who.Session != "" || !strings.HasSuffix(head(arn), ":role") {
			continue
		}
		last := lastOf(arn)
		for _, name := range s.names {
			if ok, err := path.Match(strings.ToLower(last), strings.ToLower(name)); err == nil && ok {
				parts := strings.SplitN(strings.TrimSuffix(arn, last)+name, ":", 6)
				parts[4] = strings.NewReplacer("*", "000000000000", "?", "0").Replace(parts[4])
				parts[5] = strings.NewReplacer("*", "x", "?", "x").Replace(parts[5])
				all = append(all, strings.Join(parts, ":"))
			}
		}
	}
	return all
}

// lastOf is the name at the end of an ARN, head what stands before the first
// slash.
func lastOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func head(arn string) string {
	h, _, _ := strings.Cut(arn, "/")
	return h
}

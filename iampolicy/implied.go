package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// What aws:PrincipalArn says of a request, by the page "AWS global condition
// context keys" of the IAM User Guide. Of a role it is the ARN of the role, for
// all of its sessions; the ARN of a session is a value that it never has. Its
// account and its type stand in the keys of every signed request, and the name
// of a user in that of every request of one. aws:userid is IAM's own id, and no
// ARN tells it.

// keyARN is aws:PrincipalArn in lower case.
const keyARN = "aws:principalarn"

// RoleOfSession gives the ARN of the role whose session an ARN names, without
// the role's path, which the ARN of a session does not tell. Both may be
// patterns. It is false for all other ARNs.
func RoleOfSession(arn string) (role string, ok bool) {
	head, session, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(session, "/")
	if p := strings.SplitN(head, ":", 5); len(p) == 5 && p[2] == "sts" {
		p[2] = "iam"
		head = strings.Join(p, ":")
	}
	return head + ":role/" + name, true
}

// Implied is a condition key that has a value because aws:PrincipalArn has one.
type Implied struct{ Key, Value string }

// ImpliedBy lists what aws:PrincipalArn says of other keys; nothing where it is
// no ARN of one principal.
func ImpliedBy(arn string) []Implied {
	p, err := PrincipalOf(arn)
	if err != nil || arn == p.Account() {
		return nil
	}
	var all []Implied
	for _, key := range []string{"aws:PrincipalAccount", "aws:PrincipalType", "aws:username"} {
		v := p.says(lower(key))
		if v == "" || key == "aws:PrincipalAccount" && !isAccountID(v) {
			continue
		}
		all = append(all, Implied{key, v})
	}
	return all
}

func isAccountID(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// Impossible is a key of a request's context whose values no request has.
type Impossible struct{ Key, Why string }

// ImpossibleIn lists the keys whose values no request has: the ARN of a session
// as aws:PrincipalArn, and what contradicts aws:PrincipalArn. Keys are as they
// are given.
func ImpossibleIn(context map[string][]string) []Impossible {
	var all []Impossible
	given, arns := "", []string(nil)
	for key, values := range context {
		if lower(key) == keyARN {
			given, arns = key, values
		}
	}
	for _, arn := range arns {
		if role, ok := RoleOfSession(arn); ok {
			all = append(all, Impossible{given, fmt.Sprintf("%q is the ARN of a session, and of a role's session aws:PrincipalArn is the ARN of the role: "+
				"write %s, with the role's path before its name where it has one", arn, role)})
		}
	}
	if len(all) > 0 || len(arns) != 1 {
		return all
	}
	for _, i := range ImpliedBy(arns[0]) {
		all = append(all, i.against(context)...)
	}
	return all
}

// against tells of the key in a context where it has other values.
func (i Implied) against(context map[string][]string) []Impossible {
	for key, values := range context {
		if lower(key) != lower(i.Key) || slices.Equal(values, []string{i.Value}) {
			continue
		}
		return []Impossible{{key, fmt.Sprintf("aws:PrincipalArn says that %s is %s, and here it is %s: it need not be given", i.Key, i.Value, shown(values))}}
	}
	return nil
}

func shown(values []string) string {
	if len(values) == 0 {
		return "missing"
	}
	return strings.Join(values, ", ")
}

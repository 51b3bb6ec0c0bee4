package iampolicy

import (
	"fmt"
	"strings"
)

// Request is what somebody asks of AWS.
type Request struct {
	Action    string // service:Action
	Resource  string // an ARN; "" where the action knows no resources
	Principal Principal
	// Context holds the condition keys and their values, in any letter case. A key
	// without values is known to be missing. What follows from Principal
	// (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:userid,
	// aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName) need not
	// stand in it, and counts where it does.
	Context map[string][]string
	// Unknown says of a key, in lower case, that stands nowhere whether it is
	// merely not known; nil: what stands nowhere is missing.
	Unknown func(key string) bool
}

// Principal is who asks. The zero Principal is somebody who is not signed in.
type Principal struct {
	ARN       string // of the user, the role or the root, as aws:PrincipalArn has it
	Session   string // of the session of a role or of a federated user; "" where it is none
	ID        string // IAM's unique id of the user or the role: AIDA…, AROA…
	Service   string // a service of AWS that asks by itself: cloudtrail.amazonaws.com
	Federated string // the provider of a web identity or of SAML, before it has a role
}

// PrincipalOf makes a principal of the ARN of a user, role, session or root, or
// of a bare account id. The ARN of a session does not tell its role's path: set
// ARN where the role has one.
func PrincipalOf(arn string) (Principal, error) {
	p := strings.SplitN(accountRoot(arn), ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[2] != "iam" && p[2] != "sts" {
		return Principal{}, fmt.Errorf("read principal %q: not the ARN of one", arn)
	}
	kind, name, _ := strings.Cut(p[5], "/")
	switch {
	case p[5] == "root", name != "" && (kind == "user" || kind == "role"):
		return Principal{ARN: strings.Join(p, ":")}, nil
	case kind == "assumed-role":
		role, session, ok := strings.Cut(name, "/")
		if ok && role != "" && session != "" {
			return Principal{ARN: "arn:" + p[1] + ":iam::" + p[4] + ":role/" + role, Session: arn}, nil
		}
	case kind == "federated-user" && name != "":
		return Principal{ARN: arn, Session: arn}, nil
	}
	return Principal{}, fmt.Errorf("read principal %q: not a user, role, session or root", arn)
}

// Account is the account of the principal; "" where it has none.
func (p Principal) Account() string {
	if parts := strings.SplitN(p.ARN, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// kind is what stands before the first slash of the ARN: user, role, root.
func (p Principal) kind() string {
	_, rest, _ := strings.Cut(p.ARN, "::")
	_, rest, _ = strings.Cut(rest, ":")
	kind, _, _ := strings.Cut(rest, "/")
	return kind
}

// says is what the principal itself tells of a condition key; "" for nothing.
func (p Principal) says(key string) string {
	switch key {
	case "aws:principalarn":
		return p.ARN
	case "aws:principalaccount":
		return p.Account()
	case "aws:principaltype":
		switch p.kind() {
		case "user":
			return "User"
		case "role":
			return "AssumedRole"
		case "federated-user":
			return "FederatedUser"
		case "root":
			return "Account"
		}
		if p == (Principal{}) {
			return "Anonymous"
		}
	case "aws:userid":
		return p.userID()
	case "aws:username":
		if p.kind() == "user" {
			return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
		}
	case "aws:principalisawsservice":
		switch {
		case p.Service != "":
			return "true"
		case p.ARN != "" || p.Federated != "": // the key is in signed requests only
			return "false"
		}
	case "aws:principalservicename":
		return p.Service
	}
	return ""
}

func (p Principal) userID() string {
	switch {
	case p == (Principal{}):
		return "anonymous"
	case p.kind() == "root":
		return p.Account()
	case p.ID != "" && p.kind() == "role":
		return p.ID + ":" + p.Session[strings.LastIndexByte(p.Session, '/')+1:]
	}
	return p.ID
}

// query is a request made ready to be asked about many statements.
type query struct {
	*Request
	action, resource string
	context          map[string][]string
	hangs            []string // references that were met and that nobody knows
}

func (q *query) hangOn(references ...string) { q.hangs = append(q.hangs, references...) }

func (r *Request) query() query {
	q := query{Request: r, action: lower(r.Action), resource: r.Resource, context: r.Context}
	if q.resource == "" {
		q.resource = "*"
	}
	for key := range r.Context {
		if lower(key) != key {
			q.context = make(map[string][]string, len(r.Context))
			for key, values := range r.Context {
				q.context[lower(key)] = values
			}
			break
		}
	}
	return q
}

// values are those of a condition key, given in lower case. one is room for what
// the principal says.
func (q *query) values(key string, one *[1]string) (values []string, unknown bool) {
	if v, ok := q.context[key]; ok {
		return v, false
	}
	if one[0] = q.Principal.says(key); one[0] != "" {
		return one[:], false
	}
	return nil, q.Unknown != nil && q.Unknown(key)
}

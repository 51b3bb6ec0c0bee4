package iampolicy

import (
	"testing"
)

const (
	full     = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	onlyRead = `{"Version":"2012-10-17","Statement":{"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`
	onlyEC2  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}`
	noRead   = `{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"s3:Get*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// grantsBoth allows an account, then one of its users.
const grantsBoth = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"},
	{"Effect":"Allow","Principal":{"AWS":"` + ann + `"},"Action":"*","Resource":"*"}]}`

// grants is the policy of a resource that allows a principal everything.
func grants(who string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + who + `"},"Action":"*","Resource":"*"}}`
}

// access is one case of what takes several policies: documents, "" for none.
type access struct {
	rule                                  string
	scps, rcps                            [][]string
	identity, boundary, session, resource string
	account, who                          string
	exclusive                             bool
	want                                  Effect
	says                                  string
}

var accesses = []access{
	{rule: "chain", scps: [][]string{{full}, {full}, {full}}, identity: full, want: Allow, says: "allowed by statement 1 of identity, identity policies"},
	{rule: "chain", scps: [][]string{{full}, {onlyEC2}, {full}}, identity: full, says: "not allowed of scp, service control policies of level 2"},
	{rule: "chain", scps: [][]string{{full}, {onlyEC2, onlyRead}, {full}}, identity: full, want: Allow},
	{rule: "chain", scps: [][]string{{full}, {}, {full}}, identity: full, says: "not allowed, service control policies of level 2"},
	{rule: "chain", scps: [][]string{{onlyEC2}, {full}, {full, noRead}}, identity: full, want: ExplicitDeny, says: "denied by statement 1 (No) of scp, service control policies of level 3"},
	{rule: "chain", scps: [][]string{{full}}, rcps: [][]string{{full}, {noRead}}, identity: full, want: ExplicitDeny, says: "denied by statement 1 (No) of rcp, resource control policies of level 2"},
	{rule: "chain", scps: [][]string{{onlyEC2}}, says: "not allowed of scp, service control policies of level 1"},
	{rule: "chain", scps: [][]string{{full}}, says: "not allowed, identity policies"},

	{rule: "boundary", identity: full, boundary: onlyRead, want: Allow},
	{rule: "boundary", identity: full, boundary: onlyEC2, says: "not allowed of boundary, permissions boundary"},
	{rule: "boundary", identity: onlyEC2, boundary: full},
	{rule: "boundary", identity: full, boundary: noRead, want: ExplicitDeny},

	{rule: "same account", resource: grants(ann), want: Allow},
	{rule: "same account", resource: grantsBoth, want: Allow},
	{rule: "same account", resource: grants(ann), boundary: onlyEC2, want: Allow},
	{rule: "same account", resource: grants(ann), identity: noRead, want: ExplicitDeny},
	{rule: "same account", resource: grants("arn:aws:iam::111122223333:role/op"), who: op, want: Allow},
	{rule: "same account", resource: grants("arn:aws:iam::111122223333:role/op"), who: op, boundary: onlyEC2},
	{rule: "same account", resource: grants("*"), want: Allow},
	{rule: "same account", resource: onlyRead, identity: full, want: Allow},
	{rule: "same account", resource: onlyRead},
	{rule: "delegated", resource: grants("111122223333"), says: "not allowed, identity policies"},
	{rule: "delegated", resource: grants("111122223333"), identity: onlyRead, want: Allow, says: "allowed by statement 1 (Read) of identity, identity policies"},
	{rule: "delegated", resource: grants("111122223333"), identity: full, exclusive: true, want: Allow},
	{rule: "delegated", resource: grants("444455556666"), identity: full, exclusive: true, says: "not allowed of resource, policy of the resource"},
	{rule: "delegated", resource: grants("444455556666"), identity: full, want: Allow},

	{rule: "cross account", account: "444455556666", resource: grants(ann), identity: full, want: Allow},
	{rule: "cross account", account: "444455556666", resource: grants(ann), says: "not allowed, identity policies"},
	{rule: "cross account", account: "444455556666", identity: full, says: "not allowed, policy of the resource"},
	{rule: "cross account", account: "444455556666", resource: grants("111122223333"), identity: full, want: Allow},
	{rule: "cross account", account: "444455556666", resource: grants(ann), identity: full, boundary: onlyEC2},

	{rule: "session", who: op, identity: full, session: onlyRead, want: Allow},
	{rule: "session", who: op, identity: full, session: onlyEC2, says: "not allowed of session, session policies"},
	{rule: "session", who: op, resource: grants(op), session: onlyEC2, want: Allow},

	{rule: "root user", who: "111122223333", want: Allow, says: "allowed, root of its account"},
	{rule: "root user", who: "111122223333", scps: [][]string{{full, noRead}}, want: ExplicitDeny},
	{rule: "root user", who: "111122223333", resource: `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`, want: ExplicitDeny},
}

func TestAccess(t *testing.T) {
	for i, tt := range accesses {
		one := func(name, doc string) *Policy {
			if doc == "" {
				return nil
			}
			p := compiled(t, doc)
			p.Name = name
			return p
		}
		list := func(name, doc string) []*Policy {
			if doc == "" {
				return nil
			}
			return []*Policy{one(name, doc)}
		}
		levels := func(name string, docs [][]string) []Level {
			var all []Level
			for n, docs := range docs {
				l := Level{Name: "level " + string(rune('1'+n))}
				for _, doc := range docs {
					l.Policies = append(l.Policies, one(name, doc))
				}
				all = append(all, l)
			}
			return all
		}
		a := Access{
			SCPs: levels("scp", tt.scps), RCPs: levels("rcp", tt.rcps),
			Identity: list("identity", tt.identity), Boundary: one("boundary", tt.boundary), Session: list("session", tt.session),
			Resource: one("resource", tt.resource), Account: tt.account, Exclusive: tt.exclusive,
		}
		got := a.Decide(asked{who: tt.who}.request(t))
		if got.Effect != tt.want || got.Unsure || tt.says != "" && got.String() != tt.says {
			t.Errorf("%d, %s: %v; want %d %s", i, tt.rule, got, tt.want, tt.says)
		}
	}
}

func TestAccessOfServicesAndStrangers(t *testing.T) {
	a := Access{Resource: compiled(t, `{"Statement":{"Effect":"Allow","Principal":{"Service":"x.amazonaws.com"},"Action":"*","Resource":"*"}}`), Account: "111122223333"}
	if got := a.Decide(asked{who: "service x.amazonaws.com"}.request(t)); !got.Allowed() {
		t.Errorf("a service that is named: %v", got)
	}
	if got := a.Decide(asked{who: "nobody"}.request(t)); got.Allowed() {
		t.Errorf("a stranger: %v", got)
	}
	a.RCPs = []Level{{Policies: []*Policy{compiled(t, noRead)}}}
	if got := a.Decide(asked{who: "service x.amazonaws.com"}.request(t)); got.Effect != ExplicitDeny {
		t.Errorf("a service that an RCP denies: %v", got)
	}
}

func TestChain(t *testing.T) {
	r := asked{}.request(t)
	if got := Chain(nil, r); got.Allowed() {
		t.Errorf("Chain without levels = %v", got)
	}
	if got := Chain([]Level{{"root", []*Policy{compiled(t, full)}}, {"ou", []*Policy{compiled(t, onlyRead)}}}, r); !got.Allowed() || got.Level != "ou" || got.Sid() != "Read" {
		t.Errorf("Chain = %v", got)
	}
}

func TestTrust(t *testing.T) {
	trust := compiled(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"444455556666"},
		"Condition":{"StringEquals":{"sts:ExternalId":"acme-1"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`)
	for _, tt := range []struct {
		who     string
		context keys
		want    bool
	}{
		{"arn:aws:iam::444455556666:user/x", keys{"sts:ExternalId": {"acme-1"}, "aws:MultiFactorAuthPresent": {"true"}}, true},
		{"arn:aws:iam::444455556666:user/x", keys{"sts:ExternalId": {"acme-2"}, "aws:MultiFactorAuthPresent": {"true"}}, false},
		{"arn:aws:iam::444455556666:user/x", keys{"aws:MultiFactorAuthPresent": {"true"}}, false},
		{"arn:aws:iam::444455556666:user/x", keys{"sts:ExternalId": {"acme-1"}}, false},
		{ann, keys{"sts:ExternalId": {"acme-1"}, "aws:MultiFactorAuthPresent": {"true"}}, false},
	} {
		p, err := PrincipalOf(tt.who)
		if err != nil {
			t.Fatal(err)
		}
		got := Trust(trust, &Request{Principal: p, Context: tt.context})
		if got.Allowed() != tt.want || got.Allowed() && (got.Through != ThroughAccount || got.Stage != StageTrust) {
			t.Errorf("Trust(%s, %v) = %v", tt.who, tt.context, got)
		}
	}
}

func TestUnknownKeys(t *testing.T) {
	unknown := func(key string) bool { return key == "aws:sourceip" || key == "aws:principaltag/d" }
	const ip = `"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`
	for _, tt := range []struct {
		statements string
		context    keys
		want       string
	}{
		{of(`"*"`), nil, "allowed by statement 1"},
		{`{"Effect":"Allow","Action":"*","Resource":"*",` + ip + `}`, nil, "denied perhaps by statement 1"},
		{`{"Effect":"Allow","Action":"*","Resource":"*",` + ip + `}`, keys{"aws:SourceIp": {"10.1.1.1"}}, "allowed by statement 1"},
		{`{"Effect":"Allow","Action":"*","Resource":"*",` + ip + `}`, keys{"aws:SourceIp": nil}, "not allowed"},
		{of(`"*"`) + `,{"Sid":"N","Effect":"Deny","Action":"*","Resource":"*",` + ip + `}`, nil, "denied perhaps by statement 2 (N)"},
		{`{"Sid":"N","Effect":"Deny","Action":"*","Resource":"*",` + ip + `}`, nil, "not allowed"},
		{of(`"*"`) + `,{"Effect":"Deny","Action":"iam:*","Resource":"*",` + ip + `}`, nil, "allowed by statement 1"},
		{on(`"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/d}"`), nil, "denied perhaps by statement 1"},
		{under(`"StringNotEquals":{"a:x":"${aws:PrincipalTag/d}"}`), keys{"a:x": {"1"}}, "denied perhaps by statement 1"},
		{under(`"Null":{"aws:SourceIp":"true"}`), nil, "denied perhaps by statement 1"},
	} {
		r := asked{context: tt.context}.request(t)
		r.Unknown = unknown
		p := compiled(t, `{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`)
		if got := Evaluate([]*Policy{p}, r); got.String() != tt.want {
			t.Errorf("%s: %v, want %s", tt.statements, got, tt.want)
		}
	}
}

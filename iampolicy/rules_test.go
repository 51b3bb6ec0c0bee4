package iampolicy

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

type keys = map[string][]string

// asked is one case of a rule: statements, what is asked of them, and whether
// they allow it. Statements with a Principal are the policy of a resource.
type asked struct {
	rule       string
	statements string
	action     string // s3:GetObject where there is none
	resource   string
	who        string // ARN
	context    keys
	want       Effect
}

const (
	object = "arn:aws:s3:::b/k"
	ann    = "arn:aws:iam::111122223333:user/team/ann"
	op     = "arn:aws:sts::111122223333:assumed-role/op/s1"
	allowS = `{"Effect":"Allow","Action":"s3:*","Resource":"*"},`
)

// under is an Allow of everything under a condition block.
func under(block string) string {
	return `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + block + `}}`
}

func of(action string) string {
	return `{"Effect":"Allow","Action":` + action + `,"Resource":"*"}`
}

func on(resource string) string {
	return `{"Effect":"Allow","Action":"*",` + resource + `}`
}

func to(principal string) string {
	return `{"Effect":"Allow","Action":"*","Resource":"*",` + principal + `}`
}

var cases = []asked{
	{rule: "implicit deny", statements: `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`},
	{rule: "implicit deny", statements: ``},
	{rule: "explicit deny", statements: allowS + `{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, want: ExplicitDeny},
	{rule: "explicit deny", statements: `{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"},` + of(`"*"`), want: Allow},

	{rule: "action", statements: of(`"S3:getobject"`), want: Allow},
	{rule: "action", statements: of(`"s3:Get*"`), want: Allow},
	{rule: "action", statements: of(`["ec2:*","s3:Get?bject"]`), want: Allow},
	{rule: "action", statements: of(`"s3:GetObjec"`)},
	{rule: "action", statements: of(`"s3:Get?"`)},
	{rule: "action", statements: of(`"*:GetObject"`), want: Allow},
	{rule: "not action", statements: `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, want: Allow},
	{rule: "not action", statements: `{"Effect":"Allow","NotAction":["iam:*","s3:GET*"],"Resource":"*"}`},

	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b/*"`), want: Allow},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::B/*"`)},
	{rule: "resource", statements: on(`"Resource":["arn:aws:s3:::a","arn:aws:s3:::?/?"]`), want: Allow},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b"`)},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b/*/test/*"`), resource: "arn:aws:s3:::b/1///test///o.jpg", want: Allow},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b/*/test/*"`), resource: "arn:aws:s3:::b/1-test/o.jpg"},
	{rule: "resource", statements: on(`"Resource":"arn:aws:sqs:u*1:1:q"`), resource: "arn:aws:sqs:us:1:1:1:q"},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b/*.jpg"`), resource: "arn:aws:s3:::b/a:b.jpg", want: Allow},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b/?.jpg"`), resource: "arn:aws:s3:::b/ü.jpg", want: Allow},
	{rule: "resource", statements: on(`"Resource":"arn:aws:s3:::b/*"`), resource: "*"},
	{rule: "resource runs on", statements: on(`"Resource":"arn:aws:dynamodb:*:table/p-*"`), resource: "arn:aws:dynamodb:us-east-1:111122223333:table/p-x", want: Allow},
	{rule: "resource runs on", statements: on(`"Resource":"arn:aws:s3*"`), want: Allow},
	{rule: "resource runs on", statements: on(`"Resource":"arn:aws:dynamodb:*:table/p-*"`), resource: "arn:aws:dynamodb:us-east-1:111122223333:table/d-x"},
	{rule: "not resource", statements: on(`"NotResource":"arn:aws:s3:::c/*"`), want: Allow},
	{rule: "not resource", statements: on(`"NotResource":["arn:aws:s3:::c/*","arn:aws:s3:::b*"]`)},

	{rule: "principal", statements: to(`"Principal":{"AWS":"` + ann + `"}`), want: Allow},
	{rule: "principal", statements: to(`"Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"}`)},
	{rule: "principal", statements: to(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/op"}`), who: op, want: Allow},
	{rule: "principal", statements: to(`"Principal":{"AWS":["` + op + `"]}`), who: op, want: Allow},
	{rule: "principal", statements: to(`"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/op/s2"}`), who: op},
	{rule: "principal", statements: to(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/o*"}`), who: op},
	{rule: "principal account", statements: to(`"Principal":{"AWS":"111122223333"}`), want: Allow},
	{rule: "principal account", statements: to(`"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`), who: op, want: Allow},
	{rule: "principal account", statements: to(`"Principal":{"AWS":"arn:aws:iam::444455556666:root"}`)},
	{rule: "principal anyone", statements: to(`"Principal":"*"`), who: "nobody", want: Allow},
	{rule: "principal anyone", statements: to(`"Principal":{"AWS":"*"}`), who: "service cloudtrail.amazonaws.com", want: Allow},
	{rule: "principal service", statements: to(`"Principal":{"Service":["a.amazonaws.com","cloudtrail.amazonaws.com"]}`), who: "service cloudtrail.amazonaws.com", want: Allow},
	{rule: "principal service", statements: to(`"Principal":{"Service":"a.amazonaws.com"}`), who: "service cloudtrail.amazonaws.com"},
	{rule: "principal service", statements: to(`"Principal":{"Service":"a.amazonaws.com"}`)},
	{rule: "principal federated", statements: to(`"Principal":{"Federated":"accounts.google.com"}`), who: "federated accounts.google.com", want: Allow},
	{rule: "principal federated", statements: to(`"Principal":{"Federated":"accounts.google.com"}`), who: "federated www.amazon.com"},
	{rule: "not principal", statements: to(`"Principal":"*"`) + `,{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":["` + ann + `","111122223333"]}}`, want: Allow},
	{rule: "not principal", statements: to(`"Principal":"*"`) + `,{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":"` + ann + `"}}`, want: ExplicitDeny},
	{rule: "not principal", statements: to(`"Principal":"*"`) + `,{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":"111122223333"}}`, want: ExplicitDeny},
	{rule: "not principal", statements: to(`"Principal":"*"`) + `,{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/op"]}}`, who: op, want: ExplicitDeny},
	{rule: "not principal", statements: to(`"Principal":"*"`) + `,{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/op","` + op + `"]}}`, who: op, want: Allow},
	{rule: "not principal", statements: to(`"Principal":"*"`) + `,{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"Service":"a.amazonaws.com"}}`, who: "service a.amazonaws.com", want: Allow},

	{rule: "condition and", statements: under(`"StringEquals":{"a:x":"1","a:y":"2"}`), context: keys{"a:x": {"1"}}},
	{rule: "condition and", statements: under(`"StringEquals":{"a:x":"1"},"StringLike":{"a:y":"2"}`), context: keys{"a:x": {"1"}, "a:y": {"3"}}},
	{rule: "condition and", statements: under(`"StringEquals":{"a:x":"1"},"StringLike":{"a:y":"2"}`), context: keys{"a:x": {"1"}, "a:y": {"2"}}, want: Allow},
	{rule: "condition or", statements: under(`"StringEquals":{"a:x":["1","2"]}`), context: keys{"a:x": {"2"}}, want: Allow},
	{rule: "condition or", statements: under(`"StringNotEquals":{"a:x":["1","2"]}`), context: keys{"a:x": {"2"}}},
	{rule: "condition or", statements: under(`"StringNotEquals":{"a:x":["1","2"]}`), context: keys{"a:x": {"3"}}, want: Allow},
	{rule: "several values", statements: under(`"StringEquals":{"a:x":["1"]}`), context: keys{"a:x": {"3", "1"}}, want: Allow},
	{rule: "several values", statements: under(`"StringNotEquals":{"a:x":["1"]}`), context: keys{"a:x": {"3", "1"}}},
	{rule: "condition keys", statements: under(`"StringEquals":{"AWS:principaltag/Team":"red"}`), context: keys{"aws:PrincipalTag/team": {"red"}}, want: Allow},

	{rule: "missing", statements: under(`"StringEquals":{"a:x":"1"}`)},
	{rule: "missing", statements: under(`"Bool":{"aws:MultiFactorAuthPresent":"false"}`)},
	{rule: "missing", statements: under(`"NumericLessThan":{"a:x":"1"}`)},
	{rule: "missing", statements: under(`"ArnLike":{"a:x":"*"}`), context: keys{"a:x": nil}},
	{rule: "missing negated", statements: under(`"StringNotEquals":{"a:x":"1"}`), want: Allow},
	{rule: "missing negated", statements: under(`"ArnNotLike":{"a:x":"*"},"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"},"NumericNotEquals":{"a:y":"1"}`), want: Allow},
	{rule: "if exists", statements: under(`"StringEqualsIfExists":{"a:x":"1"}`), want: Allow},
	{rule: "if exists", statements: under(`"StringEqualsIfExists":{"a:x":"1"}`), context: keys{"a:x": {"2"}}},
	{rule: "if exists", statements: under(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`), want: Allow},
	{rule: "null", statements: under(`"Null":{"a:x":"true"}`), want: Allow},
	{rule: "null", statements: under(`"Null":{"a:x":true}`), context: keys{"a:x": {"1"}}},
	{rule: "null", statements: under(`"Null":{"a:x":"false"}`), context: keys{"a:x": {"1"}}, want: Allow},
	{rule: "null", statements: under(`"Null":{"a:x":"false"}`)},

	{rule: "string", statements: under(`"StringEquals":{"a:x":"A*"}`), context: keys{"a:x": {"Ab"}}},
	{rule: "string", statements: under(`"StringEquals":{"a:x":"a"}`), context: keys{"a:x": {"A"}}},
	{rule: "string", statements: under(`"StringEqualsIgnoreCase":{"a:x":"a"}`), context: keys{"a:x": {"A"}}, want: Allow},
	{rule: "string", statements: under(`"StringNotEqualsIgnoreCase":{"a:x":"a"}`), context: keys{"a:x": {"A"}}},
	{rule: "string", statements: under(`"StringLike":{"a:x":["a*c?","z"]}`), context: keys{"a:x": {"abbc:"}}, want: Allow},
	{rule: "string", statements: under(`"StringNotLike":{"a:x":["a*","z"]}`), context: keys{"a:x": {"ab"}}},
	{rule: "string", statements: under(`"StringNotLikeIfExists":{"aws:PrincipalArn":"arn:aws:iam::*:role/o?"}`), who: op},

	{rule: "numeric", statements: under(`"NumericLessThanEquals":{"s3:max-keys":"10"}`), context: keys{"s3:max-keys": {"10"}}, want: Allow},
	{rule: "numeric", statements: under(`"NumericLessThan":{"s3:max-keys":10}`), context: keys{"s3:max-keys": {"9.5"}}, want: Allow},
	{rule: "numeric", statements: under(`"NumericLessThan":{"s3:max-keys":"10"}`), context: keys{"s3:max-keys": {"10"}}},
	{rule: "numeric", statements: under(`"NumericGreaterThan":{"s3:max-keys":"9"}`), context: keys{"s3:max-keys": {"10"}}, want: Allow},
	{rule: "numeric", statements: under(`"NumericGreaterThanEquals":{"s3:max-keys":"9"}`), context: keys{"s3:max-keys": {"8"}}},
	{rule: "numeric", statements: under(`"NumericEquals":{"s3:max-keys":"1.0"}`), context: keys{"s3:max-keys": {"1"}}, want: Allow},
	{rule: "numeric", statements: under(`"NumericNotEquals":{"s3:max-keys":["1","2"]}`), context: keys{"s3:max-keys": {"2"}}},
	{rule: "numeric", statements: under(`"NumericEquals":{"s3:max-keys":"NaN"}`), context: keys{"s3:max-keys": {"NaN"}}},
	{rule: "numeric", statements: under(`"NumericLessThan":{"s3:max-keys":"10"}`), context: keys{"s3:max-keys": {"few"}}},

	{rule: "date", statements: under(`"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-12-31T23:59:59Z"}`), context: keys{"aws:CurrentTime": {"2026-06-01T10:00:00+02:00"}}, want: Allow},
	{rule: "date", statements: under(`"DateLessThanEquals":{"aws:EpochTime":"1767225600"}`), context: keys{"aws:EpochTime": {"2026-01-01"}}, want: Allow},
	{rule: "date", statements: under(`"DateGreaterThanEquals":{"aws:CurrentTime":"2027"}`), context: keys{"aws:CurrentTime": {"2026-06-01T10:00:00Z"}}},
	{rule: "date", statements: under(`"DateEquals":{"aws:CurrentTime":"2026-06-01T10:00:00Z"}`), context: keys{"aws:CurrentTime": {"2026-06-01T12:00:00+02:00"}}, want: Allow},
	{rule: "date", statements: under(`"DateNotEquals":{"aws:CurrentTime":"2026-06"}`), context: keys{"aws:CurrentTime": {"2026-06-01"}}},
	{rule: "date", statements: under(`"DateLessThan":{"aws:CurrentTime":"soon"}`), context: keys{"aws:CurrentTime": {"2026-06-01"}}},

	{rule: "bool", statements: under(`"Bool":{"aws:SecureTransport":"true"}`), context: keys{"aws:SecureTransport": {"true"}}, want: Allow},
	{rule: "bool", statements: under(`"Bool":{"aws:SecureTransport":true}`), context: keys{"aws:SecureTransport": {"false"}}},
	{rule: "bool", statements: under(`"Bool":{"aws:SecureTransport":"maybe"}`), context: keys{"aws:SecureTransport": {"maybe"}}},
	{rule: "binary", statements: under(`"BinaryEquals":{"a:x":"QmluYXJ5"}`), context: keys{"a:x": {"QmluYXJ5"}}, want: Allow},
	{rule: "binary", statements: under(`"BinaryEquals":{"a:x":"QmluYXJ5"}`), context: keys{"a:x": {"qmluyxj5"}}},

	{rule: "ip", statements: under(`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8::/32"]}`), context: keys{"aws:SourceIp": {"203.0.113.9"}}, want: Allow},
	{rule: "ip", statements: under(`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8::/32"]}`), context: keys{"aws:SourceIp": {"2001:db8:1::1"}}, want: Allow},
	{rule: "ip", statements: under(`"IpAddress":{"aws:SourceIp":"203.0.113.9"}`), context: keys{"aws:SourceIp": {"203.0.113.10"}}},
	{rule: "ip", statements: under(`"NotIpAddress":{"aws:SourceIp":"203.0.113.9"}`), context: keys{"aws:SourceIp": {"::ffff:203.0.113.9"}}},
	{rule: "ip", statements: under(`"NotIpAddress":{"aws:SourceIp":"203.0.113.9/32"}`), context: keys{"aws:SourceIp": {"203.0.113.10"}}, want: Allow},

	{rule: "arn", statements: under(`"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:111122223333:t*"}`), context: keys{"aws:SourceArn": {"arn:aws:sns:eu-west-1:111122223333:topic"}}, want: Allow},
	{rule: "arn", statements: under(`"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:topic"}`), context: keys{"aws:SourceArn": {"arn:aws:sns:eu-west-1:111122223333:topic"}}},
	{rule: "arn", statements: under(`"ArnLike":{"aws:SourceArn":"arn:aws:cur:us-east-1:111122223333:definition/*"}`), context: keys{"aws:SourceArn": {"arn:aws:cur:us-east-1:111122223333:definition/a:b"}}, want: Allow},
	{rule: "arn", statements: under(`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/op"}`), who: op},
	{rule: "arn", statements: under(`"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/other"}`), who: op, want: Allow},
	{rule: "arn", statements: under(`"ArnLike":{"aws:SourceArn":"arn:aws:sns*"}`), context: keys{"aws:SourceArn": {"topic"}}},

	{rule: "for all", statements: under(`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`), context: keys{"aws:TagKeys": {"b", "a"}}, want: Allow},
	{rule: "for all", statements: under(`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`), context: keys{"aws:TagKeys": {"b", "c"}}},
	{rule: "for all", statements: under(`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`), want: Allow},
	{rule: "for all", statements: under(`"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`), context: keys{"aws:TagKeys": {""}}, want: Allow},
	{rule: "for all", statements: under(`"ForAllValues:StringNotLike":{"aws:TagKeys":["a*"]}`), context: keys{"aws:TagKeys": {"b", "ab"}}},
	{rule: "for all", statements: under(`"ForAllValues:StringEquals":{"a:x":["a","b"]}`), context: keys{"a:x": {"b"}}, want: Allow},
	{rule: "for all", statements: under(`"ForAllValues:StringEquals":{"a:x":["a","b"]}`), context: keys{"a:x": {"c"}}},
	{rule: "for all", statements: under(`"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":"a"}`), want: Allow},
	{rule: "for any", statements: under(`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`)},
	{rule: "for any", statements: under(`"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`)},
	{rule: "for any", statements: under(`"ForAnyValue:StringNotEqualsIfExists":{"aws:TagKeys":"a"}`), context: keys{"aws:TagKeys": {""}}},
	{rule: "for any", statements: under(`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`), context: keys{"aws:TagKeys": {"c", "b"}}, want: Allow},
	{rule: "for any", statements: under(`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`), context: keys{"aws:TagKeys": {"c"}}},
	{rule: "for any", statements: under(`"ForAnyValue:StringNotLikeIfExists":{"rds:DatabaseClass":"*.micro"}`)},
	{rule: "for any", statements: under(`"ForAnyValue:StringNotLike":{"rds:DatabaseClass":"*.micro"}`)},
	{rule: "for any", statements: under(`"ForAnyValue:StringNotLike":{"rds:DatabaseClass":["*.micro","*.small"]}`), context: keys{"rds:DatabaseClass": {"db.r5.large"}}, want: Allow},
	{rule: "for any", statements: under(`"ForAnyValue:StringNotLike":{"rds:DatabaseClass":["*.micro","*.small"]}`), context: keys{"rds:DatabaseClass": {"db.t3.small"}}},

	{rule: "variable", statements: on(`"Resource":"arn:aws:s3:::b/${aws:username}/*"`), resource: "arn:aws:s3:::b/ann/x", want: Allow},
	{rule: "variable", statements: on(`"Resource":"arn:aws:s3:::b/${aws:username}/*"`), resource: "arn:aws:s3:::b/bob/x"},
	{rule: "variable", statements: on(`"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/d}/*"`), resource: "arn:aws:s3:::b/x/y", context: keys{"aws:PrincipalTag/d": {"*"}}},
	{rule: "variable", statements: under(`"StringLike":{"s3:prefix":"${AWS:UserName}/*"}`), context: keys{"s3:prefix": {"ann/x"}}, want: Allow},
	{rule: "variable", statements: under(`"StringEquals":{"aws:ResourceTag/p":"${aws:PrincipalTag/p}"}`), context: keys{"aws:ResourceTag/p": {"x"}, "aws:PrincipalTag/p": {"x"}}, want: Allow},
	{rule: "variable", statements: under(`"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:${aws:PrincipalAccount}:*"}`), context: keys{"aws:SourceArn": {"arn:aws:sns:eu-west-1:111122223333:topic"}}, want: Allow},
	{rule: "variable missing", statements: on(`"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/d}*"`)},
	{rule: "variable missing", statements: on(`"NotResource":"arn:aws:s3:::b/${aws:PrincipalTag/d}*"`), want: Allow},
	{rule: "variable missing", statements: under(`"StringLike":{"s3:prefix":"${aws:PrincipalTag/d}*"}`), context: keys{"s3:prefix": {"x"}}},
	{rule: "variable missing", statements: under(`"StringNotLike":{"s3:prefix":"${aws:PrincipalTag/d}*"}`), context: keys{"s3:prefix": {"x"}}, want: Allow},
	{rule: "variable default", statements: on(`"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/d, 'all of us'}/*"`), resource: "arn:aws:s3:::b/all of us/x", want: Allow},
	{rule: "variable default", statements: on(`"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/d,'all'}/*"`), resource: "arn:aws:s3:::b/red/x", context: keys{"aws:PrincipalTag/d": {"red"}}, want: Allow},
	{rule: "variable letters", statements: under(`"StringLike":{"a:x":"${*}${?}${$}*"}`), context: keys{"a:x": {"*?$x"}}, want: Allow},
	{rule: "variable letters", statements: under(`"StringLike":{"a:x":"${*}"}`), context: keys{"a:x": {"x"}}},
	{rule: "variable letters", statements: under(`"StringEquals":{"a:x":"${b"}`), context: keys{"a:x": {"${b"}}, want: Allow},
}

func (a asked) request(t *testing.T) *Request {
	t.Helper()
	r := &Request{Action: a.action, Resource: a.resource, Context: a.context}
	if r.Action == "" {
		r.Action = "s3:GetObject"
	}
	if r.Resource == "" {
		r.Resource = object
	}
	kind, name, _ := strings.Cut(a.who, " ")
	switch kind {
	case "nobody":
	case "service":
		r.Principal.Service = name
	case "federated":
		r.Principal.Federated = name
	default:
		if a.who == "" {
			a.who = ann
		}
		p, err := PrincipalOf(a.who)
		if err != nil {
			t.Fatal(err)
		}
		r.Principal = p
	}
	return r
}

func TestRules(t *testing.T) {
	for _, tt := range cases {
		p := compiled(t, `{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`)
		if got := Evaluate([]*Policy{p}, tt.request(t)); got.Effect != tt.want || got.Unsure {
			t.Errorf("%s: %s\nasked %+v\nis %v", tt.rule, tt.statements, tt.request(t), got)
		}
	}
}

func TestRuleOldVersion(t *testing.T) {
	doc := `{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}"}}`
	r := asked{resource: "arn:aws:s3:::b/ann"}.request(t)
	if got := Evaluate([]*Policy{compiled(t, doc)}, r); got.Effect != ImplicitDeny {
		t.Errorf("a variable of an old version: %v", got)
	}
	old := strings.Replace(doc, "{", `{"Version":"2008-10-17",`, 1)
	if got := Evaluate([]*Policy{compiled(t, old)}, r); got.Effect != ImplicitDeny {
		t.Errorf("a variable of a version that says so: %v", got)
	}
	r.Resource = "arn:aws:s3:::b/${aws:username}"
	if got := Evaluate([]*Policy{compiled(t, doc)}, r); got.Effect != Allow {
		t.Errorf("the letters of a variable of an old version: %v", got)
	}
}

// Every rule of the table has a case, and every case is of a rule. Those that
// need more than one document have tests of their own.
func TestEveryRuleHasACase(t *testing.T) {
	have := map[string]bool{"old version": true}
	for _, tt := range cases {
		have[tt.rule] = true
	}
	for _, tt := range accesses {
		have[tt.rule] = true
	}
	for _, r := range rules {
		if !have[r.name] {
			t.Errorf("the rule %q (%s) has no case", r.name, r.says)
		}
		if r.source == "" || r.says == "" {
			t.Errorf("the rule %q has no source", r.name)
		}
		delete(have, r.name)
	}
	if len(have) > 0 {
		t.Errorf("cases of rules that are none: %v", slices.Sorted(maps.Keys(have)))
	}
}

func compiled(t testing.TB, doc string) *Policy {
	t.Helper()
	p, err := Compile([]byte(doc))
	if err != nil {
		t.Fatalf("Compile(%s): %v", doc, err)
	}
	return p
}

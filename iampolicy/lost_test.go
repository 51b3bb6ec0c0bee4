package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const vendor = `"Principal":{"AWS":"444455556666"}`

// trust is a trust policy of statements.
func trust(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

func lets(principal, block string) string {
	s := `{"Effect":"Allow","Action":"sts:AssumeRole",` + principal
	if block != "" {
		s += `,"Condition":{` + block + `}`
	}
	return s + `}`
}

func keeps(principal, block string) string {
	if block == "" {
		return `{"Effect":"Deny","Action":"sts:AssumeRole",` + principal + `}`
	}
	return `{"Effect":"Deny","Action":"sts:AssumeRole",` + principal + `,"Condition":{` + block + `}}`
}

func TestLostTrust(t *testing.T) {
	const (
		root   = "arn:aws:iam::444455556666:root"
		withID = `"StringEquals":{"sts:ExternalId":"acme-1"}`
		mfa    = `"Bool":{"aws:MultiFactorAuthPresent":"true"}`
		noMFA  = `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`
		falseM = `"Bool":{"aws:MultiFactorAuthPresent":"false"}`
		abroad = `"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24"]}`
	)
	for _, tt := range []struct {
		name, before, after string
		want                []string
	}{
		{"the same", lets(vendor, withID), lets(vendor, withID), nil},
		{"the same in another form", lets(vendor, withID), `{"Sid":"x","Effect":"Allow","Action":["STS:assumerole"],"Principal":{"AWS":["` + root + `"]},"Condition":{"StringEquals":{"sts:externalid":["acme-1"]}}}`, nil},
		{"as another partition gives it back", lets(vendor, withID), lets(`"Principal":{"AWS":"arn:aws-us-gov:iam::444455556666:root"}`, withID), nil},
		{"in two statements", lets(`"Principal":{"AWS":["444455556666","777788889999"]}`, ""), lets(vendor, "") + "," + lets(`"Principal":{"AWS":"777788889999"}`, ""), nil},
		{"one more", lets(vendor, withID), lets(`"Principal":{"AWS":["444455556666","777788889999"]}`, withID), nil},
		{"another external id", lets(vendor, withID), lets(vendor, `"StringEquals":{"sts:ExternalId":"acme-2"}`), []string{root + ` with external id "acme-1"`}},
		{"one more external id", lets(vendor, withID), lets(vendor, `"StringEquals":{"sts:ExternalId":["acme-1","acme-2"]}`), nil},
		{"one external id less", lets(vendor, `"StringEquals":{"sts:ExternalId":["acme-1","acme-2"]}`), lets(vendor, withID), []string{root + ` with external id "acme-2"`}},
		{"an external id at last", lets(vendor, ""), lets(vendor, withID), []string{root}},
		{"no external id", lets(vendor, withID), lets(vendor, ""), nil},
		{"a narrower pattern", lets(vendor, `"StringLike":{"sts:ExternalId":"acme-*"}`), lets(vendor, withID), []string{root + ` with external id "acme-x9"`}},
		{"a wider pattern", lets(vendor, withID), lets(vendor, `"StringLike":{"sts:ExternalId":"acme-*"}`), nil},
		{"a principal less", lets(`"Principal":{"AWS":["444455556666","777788889999"],"Service":"ec2.amazonaws.com"}`, ""), lets(vendor, ""),
			[]string{"arn:aws:iam::777788889999:root", "ec2.amazonaws.com"}},
		{"an account narrowed to a role", lets(vendor, ""), lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}`, ""), []string{root}},
		{"a role widened to its account", lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}`, ""), lets(vendor, ""), nil},
		{"everybody narrowed", lets(`"Principal":"*"`, ""), lets(vendor, ""), []string{"*"}},
		{"everybody of an organization narrowed to an account", lets(`"Principal":{"AWS":"*"}`, `"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), lets(vendor, ""), []string{"*"}},
		{"one role by condition, then by name", lets(`"Principal":"*"`, `"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x"}`), lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}`, ""), nil},
		{"a principal that is gone", lets(`"Principal":{"AWS":["AROA1234567890EXAMPLE","444455556666"]}`, ""), lets(vendor, ""), nil},
		{"MFA asked for", lets(vendor, withID), lets(vendor, withID+","+mfa), []string{root + ` with external id "acme-1"`}},
		{"MFA asked for no longer", lets(vendor, withID+","+mfa), lets(vendor, withID), nil},
		{"MFA kept", lets(vendor, mfa), lets(vendor, mfa), nil},
		{"MFA fresher", lets(vendor, `"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}`), lets(vendor, `"NumericLessThan":{"aws:MultiFactorAuthAge":"1800"}`), []string{root}},
		{"MFA less fresh", lets(vendor, `"NumericLessThan":{"aws:MultiFactorAuthAge":"1800"}`), lets(vendor, `"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}`), nil},
		{"a condition more", lets(vendor, ""), lets(vendor, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), []string{root}},
		{"a smaller range", lets(vendor, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), lets(vendor, `"IpAddress":{"aws:SourceIp":"203.0.113.0/25"}`), []string{root + ` where aws:sourceip is "203.0.113.255"`}},
		{"a smaller range for one of two",
			lets(vendor, `"StringEquals":{"sts:ExternalId":["acme-1","acme-2"]},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`),
			lets(vendor, withID+`,"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`) + "," + lets(vendor, `"StringEquals":{"sts:ExternalId":"acme-2"},"IpAddress":{"aws:SourceIp":"203.0.113.0/25"}`),
			[]string{root + ` with external id "acme-2" where aws:sourceip is "203.0.113.255"`}},
		{"an earlier end", lets(vendor, `"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}`), lets(vendor, `"DateLessThan":{"aws:CurrentTime":"2026-12-01T00:00:00Z"}`), []string{root}},
		{"a Deny without MFA", lets(vendor, ""), lets(vendor, "") + "," + keeps(vendor, noMFA), []string{root}},
		{"a Deny where MFA is known to be off", lets(vendor, ""), lets(vendor, "") + "," + keeps(vendor, falseM), []string{root + ` where aws:multifactorauthpresent is "false"`}},
		{"a Deny from abroad", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":"*"`, abroad), []string{root}},
		{"a Deny of another", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":{"AWS":"777788889999"}`, noMFA), nil},
		{"a Deny of all but one", lets(vendor, ""), lets(vendor, "") + `,{"Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"777788889999"}}`, []string{root}},
		{"a Deny that spares it", lets(vendor, ""), lets(vendor, "") + `,{"Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"444455556666"}}`, nil},
		{"the Denies as before", lets(vendor, withID) + "," + keeps(vendor, noMFA) + "," + keeps(vendor, abroad), lets(vendor, withID) + "," + keeps(vendor, noMFA) + "," + keeps(vendor, abroad), nil},
		{"the Denies as before, another id", lets(vendor, withID) + "," + keeps(vendor, noMFA) + "," + keeps(vendor, abroad), lets(vendor, `"StringEquals":{"sts:ExternalId":"acme-2"}`) + "," + keeps(vendor, noMFA) + "," + keeps(vendor, abroad),
			[]string{root + ` with external id "acme-1"`}},
		{"a Deny gone", lets(vendor, withID) + "," + keeps(vendor, noMFA), lets(vendor, withID), nil},
		{"tags of the session", `{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],` + vendor + `}`, lets(vendor, ""), []string{root + ", sts:tagsession"}},
		{"a wildcard that meant no more", `{"Effect":"Allow","Action":"sts:AssumeRole*",` + vendor + `}`, lets(vendor, ""), nil},
		{"a provider", `{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"accounts.google.com"},"Condition":{"StringEquals":{"accounts.google.com:aud":"1"}}}`,
			`{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"accounts.google.com"},"Condition":{"StringEquals":{"accounts.google.com:aud":"2"}}}`, []string{"accounts.google.com"}},
		{"a variable kept", lets(vendor, `"StringEquals":{"aws:PrincipalTag/a":"${aws:PrincipalTag/b}"}`), lets(vendor, `"StringEquals":{"aws:PrincipalTag/a":"${aws:PrincipalTag/b}"}`), nil},
		{"a variable changed", lets(vendor, `"StringEquals":{"aws:PrincipalTag/a":"${aws:PrincipalTag/b}"}`), lets(vendor, `"StringEquals":{"aws:PrincipalTag/a":"${aws:PrincipalTag/c}"}`), []string{root}},
		{"a principal that is not known yet", lets(vendor, withID), lets(`"Principal":{"AWS":["444455556666","${{ role:new.arn }}"]}`, withID), nil},
		{"only one that is not known yet", lets(vendor, withID), lets(`"Principal":{"AWS":"${{ role:new.arn }}"}`, withID), []string{root + ` with external id "acme-1"`}},
		{"a Deny of one of the account", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/prod"}`, ""), []string{"arn:aws:iam::444455556666:role/prod"}},
		{"a Deny of a session of one of the account", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":{"AWS":"arn:aws:sts::444455556666:assumed-role/prod/x"}`, ""), []string{"arn:aws:sts::444455556666:assumed-role/prod/x"}},
		{"a Deny of a session of the role", lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/a/prod"}`, ""), lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/a/prod"}`, "") + "," + keeps(`"Principal":{"AWS":"arn:aws:sts::444455556666:assumed-role/prod/x"}`, ""), []string{"arn:aws:sts::444455556666:assumed-role/prod/x"}},
		{"a Deny of one of everybody", lets(`"Principal":"*"`, ""), lets(`"Principal":"*"`, "") + "," + keeps(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/prod"}`, ""), []string{"arn:aws:iam::444455556666:role/prod"}},
		{"a Deny of one who gave an id", lets(vendor, withID), lets(vendor, withID) + "," + keeps(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/prod"}`, ""), []string{`arn:aws:iam::444455556666:role/prod with external id "acme-1"`}},
		{"a Deny of one of another account", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":{"AWS":"arn:aws:iam::777788889999:role/prod"}`, ""), nil},
		{"a Deny of one, as before", lets(vendor, withID) + "," + keeps(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/prod"}`, ""), lets(vendor, "") + "," + keeps(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/prod"}`, ""), nil},
		{"a Deny of one by ArnEquals", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":"*"`, `"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/prod"}`), []string{root + ` where aws:principalarn is "arn:aws:iam::444455556666:role/prod"`}},
		{"a Deny of all but some by ArnNotLike", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":"*"`, `"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x*"}`), []string{root}},
		{"an account narrowed by ArnLike", lets(vendor, ""), lets(vendor, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x*"}`), []string{root}},
		{"an account narrowed by ArnEquals", lets(vendor, withID), lets(vendor, withID+`,"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x"}`), []string{root + ` with external id "acme-1"`}},
		{"a pattern of ARNs narrowed", lets(vendor, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/*"}`), lets(vendor, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x*"}`), []string{root + ` where aws:principalarn is "arn:aws:iam::444455556666:role/q7"`}},
		{"a pattern of ARNs narrowed to what it was filled with", lets(vendor, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/*"}`), lets(vendor, `"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::444455556666:role/q*","arn:aws:iam::444455556666:role/x*"]}`), []string{root + ` where aws:principalarn is "arn:aws:iam::444455556666:role/Z5"`}},
		{"a pattern of ARNs of everybody narrowed", lets(`"Principal":"*"`, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/vendor/*"}`), lets(`"Principal":"*"`, `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/vendor/x*"}`), []string{`* where aws:principalarn is "arn:aws:iam::q7:role/vendor/q7"`}},
		{"an ARN less", lets(vendor, `"ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::444455556666:role/a","arn:aws:iam::444455556666:role/b"]}`), lets(vendor, `"ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::444455556666:role/b"]}`), []string{root}},
		{"a pattern of ids narrowed", lets(vendor, `"StringLike":{"sts:ExternalId":"a*"}`), lets(vendor, `"StringLike":{"sts:ExternalId":"ax*"}`), []string{root + ` with external id "aq7"`}},
		{"a Deny of all but its account", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":"*"`, `"StringNotEquals":{"aws:PrincipalAccount":"444455556666"}`), nil},
		{"a Deny of all but it", lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}`, ""), lets(`"Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}`, "") + "," + keeps(`"Principal":"*"`, `"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x"}`), nil},
		{"a Deny of all but another account", lets(vendor, ""), lets(vendor, "") + "," + keeps(`"Principal":"*"`, `"StringNotEquals":{"aws:PrincipalAccount":"777788889999"}`), []string{root}},
		{"nothing left", lets(vendor, ""), "", []string{root}},
	} {
		if diff := cmp.Diff(tt.want, LostTrust([]byte(trust(tt.before)), []byte(trust(tt.after)))); diff != "" {
			t.Errorf("%s: LostTrust (-want +got):\n%s", tt.name, diff)
		}
	}
	if got := LostTrust([]byte(trust(lets(vendor, ""))), []byte("nonsense")); len(got) != 1 {
		t.Errorf("LostTrust to what cannot be read = %v", got)
	}
	if got := LostTrust([]byte("nonsense"), []byte(trust(lets(vendor, "")))); got != nil {
		t.Errorf("LostTrust of what cannot be read = %v", got)
	}
}

// FuzzLostTrust asks that a policy loses nothing to itself, and all that it lets
// in when it is emptied.
func FuzzLostTrust(f *testing.F) {
	f.Add([]byte(trust(lets(vendor, `"StringEquals":{"sts:ExternalId":"acme-1"}`))))
	f.Add([]byte(trust(lets(vendor, `"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}`) + "," + keeps(vendor, `"NotIpAddress":{"aws:SourceIp":["2001:db8::/33"]}`))))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 4096 {
			return
		}
		if got := LostTrust(doc, append([]byte(" "), doc...)); got != nil {
			t.Fatalf("%q loses %v to itself", doc, got)
		}
		LostTrust(doc, []byte(trust("")))
	})
}

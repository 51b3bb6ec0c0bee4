package self

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec"
)

func TestDenied(t *testing.T) {
	const (
		tool   = "arn:aws:iam::" + payerID + ":role/ops/Reconciler"
		vendor = "arn:aws:iam::" + payerID + ":role/vendoradmin"
		user   = "arn:aws:iam::" + payerID + ":user/v/vendor"
		every  = "arn:aws:iam::" + payerID + ":role/everywhere"
		root   = "arn:aws:iam::" + payerID + ":root"
		lab    = "arn:aws:iam::444455556666:role/lab"
	)
	all := []string{every, tool, vendor, user}
	deny := func(rest string) string {
		return `{"Sid":"D","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/*",` + rest + `}`
	}
	aws := func(arns string) string { return deny(`"Principal":{"AWS":[` + arns + `]}`) }
	under := func(block string) string { return deny(`"Principal":"*","Condition":{` + block + `}`) }
	put := func(block string) string { return strings.Replace(under(block), "s3:*", "s3:PutObject", 1) }
	for _, tt := range []struct {
		name, statement string
		want            []string
	}{
		{"everybody", deny(`"Principal":"*"`), all},
		{"everybody of AWS", deny(`"Principal":{"AWS":"*"}`), all},
		{"the payer", aws(`"` + payerID + `"`), all},
		{"an Allow", `{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}`, nil},
		{"nonsense", `{"Effect":"Deny"`, nil},
		{"a stranger", aws(`"777788889999","arn:aws:iam::777788889999:role/Reconciler"`), nil},
		{"one role", aws(`"` + tool + `"`), []string{tool}},
		{"a role of another path", aws(`"arn:aws:iam::` + payerID + `:role/Reconciler"`), nil},
		{"a session", aws(`"arn:aws:sts::` + payerID + `:assumed-role/vendoradmin/x"`), []string{vendor}},
		{"a user", aws(`"` + user + `"`), []string{user}},
		{"a user of the name of a role", aws(`"arn:aws:iam::` + payerID + `:user/vendoradmin"`), nil},
		{"a service", deny(`"Principal":{"Service":"x.amazonaws.com"}`), nil},

		{"all but us, half", deny(`"NotPrincipal":{"AWS":["` + tool + `"]}`), all},
		{"all but one, without its sessions", deny(`"NotPrincipal":{"AWS":["` + root + `","` + vendor + `"]}`), all},
		{"all but the user", deny(`"NotPrincipal":{"AWS":["` + root + `","` + user + `"]}`), []string{every, tool, vendor}},
		{"all but strangers", deny(`"NotPrincipal":{"AWS":"777788889999"}`), all},

		{"the tool is exempt", under(`"StringNotLike":{"aws:PrincipalArn":"` + tool + `"}`), []string{every, vendor, user}},
		{"some are exempt by pattern", under(`"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/*"]}`), []string{user}},
		{"all are exempt", under(`"StringNotLikeIfExists":{"aws:PrincipalArn":["arn:aws:iam::` + payerID + `:role/*","arn:aws:iam::*:user/v/*"]}`), nil},
		{"the account is exempt", under(`"StringNotEquals":{"aws:PrincipalAccount":"` + payerID + `"}`), nil},
		{"another account is exempt", under(`"StringNotEquals":{"aws:PrincipalAccount":"777788889999"}`), all},
		{"the organization is exempt", under(`"StringNotEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}`), nil},
		{"another organization is exempt", under(`"StringNotEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"}`), all},
		{"services are exempt", under(`"BoolIfExists":{"aws:PrincipalIsAWSService":"false"},"StringNotEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}`), nil},
		{"only services", under(`"Bool":{"aws:PrincipalIsAWSService":"true"}`), nil},
		{"of a tag", under(`"StringNotEquals":{"aws:PrincipalTag/team":"ops"}`), all},
		{"by id", under(`"StringNotLike":{"aws:userId":["AROAEXAMPLE:*"]}`), all},

		{"without TLS", under(`"Bool":{"aws:SecureTransport":"false"}`), nil},
		{"old TLS", under(`"NumericLessThan":{"s3:TlsVersion":"1.2"}`), nil},
		{"unencrypted", put(`"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`), nil},
		{"unencrypted, none said", put(`"Null":{"s3:x-amz-server-side-encryption":"true"}`), nil},
		{"all that says nothing of encryption", under(`"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`), all},
		{"reads too, unless encrypted", strings.Replace(put(`"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`), `"s3:PutObject"`, `["s3:PutObject","s3:GetObject"]`, 1), all},
		{"all puts by pattern, unless encrypted", strings.Replace(put(`"Null":{"s3:x-amz-server-side-encryption":"true"}`), "PutObject", "Put*", 1), all},
		{"all but puts, unless encrypted", strings.Replace(put(`"Null":{"s3:x-amz-server-side-encryption":"true"}`), "Action", "NotAction", 1), all},
		{"uploads that give nothing to the owner", put(`"StringNotEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}`), nil},
		{"a list of all", strings.Replace(put(`"StringNotLike":{"s3:prefix":"home/*"}`), "PutObject", "ListBucket", 1), nil},
		{"uploads of another prefix", put(`"StringNotLike":{"s3:prefix":"home/*"}`), all},
		{"all from no page", under(`"StringNotLike":{"aws:Referer":"https://www.acme.example/*"}`), all},
		{"uploads from no page", put(`"StringNotLike":{"aws:Referer":"https://www.acme.example/*"}`), all},
		{"from a page", under(`"StringLike":{"aws:Referer":"https://www.acme.example/*"}`), nil},
		{"all programs but one", under(`"StringNotEquals":{"aws:UserAgent":"x"}`), all},
		{"one program", under(`"StringEquals":{"aws:UserAgent":"x"}`), nil},
		{"new TLS", under(`"NumericGreaterThan":{"s3:TlsVersion":"1.1"}`), all},
		{"lists of no such prefix", under(`"StringNotEquals":{"s3:prefix":"nothing"}`), all},
		{"all but forms", under(`"StringNotEquals":{"s3:authType":"POST"}`), all},
		{"signed by query", under(`"StringEquals":{"s3:authType":"REST-QUERY-STRING"}`), nil},
		{"signed as all do", under(`"StringEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}`), all},
		{"signed of old", under(`"StringEquals":{"s3:signatureversion":"AWS"}`), nil},
		{"signed long ago", under(`"NumericGreaterThan":{"s3:signatureAge":"600000"}`), nil},
		{"the latest", under(`"Null":{"s3:VersionId":"true"}`), all},
		{"without a tag", under(`"StringNotEquals":{"s3:ExistingObjectTag/class":"open"}`), all},
		{"if it has a referer of others", under(`"StringNotEqualsIfExists":{"aws:Referer":"x"}`), all},
		{"none of ours, unless encrypted", under(`"StringNotEquals":{"aws:PrincipalAccount":"` + payerID + `","s3:x-amz-server-side-encryption":"aws:kms"}`), nil},
		{"of another owner", under(`"StringNotEquals":{"s3:ResourceAccount":"` + payerID + `"}`), nil},
		{"of our own", under(`"StringEquals":{"s3:ResourceAccount":"` + payerID + `"}`), all},
		{"past the access points", under(`"StringNotEquals":{"s3:DataAccessPointAccount":"` + payerID + `"}`), all},
		{"outside a VPC endpoint", under(`"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`), all},
		{"inside a VPC", under(`"StringEquals":{"aws:SourceVpc":"vpc-1"}`), nil},
		{"from abroad", under(`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), all},
		{"without MFA", under(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`), all},
		{"of a time", under(`"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}`), all},

		{"a role of a member", aws(`"` + lab + `"`), []string{lab}},
		{"a role of a member that is none of ours", aws(`"arn:aws:iam::444455556666:role/labs"`), nil},
		{"a role of the payer that is called so", aws(`"arn:aws:iam::` + payerID + `:role/lab"`), nil},
		{"that role in all members", under(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/lab"}`), []string{"arn:aws:iam::000000000000:role/lab"}},
		{"roles by pattern in all members", under(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Bo*"}`), []string{"arn:aws:iam::000000000000:role/Born"}},
		{"all but the role in members", under(`"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/lab","arn:aws:iam::` + payerID + `:*"]}`), nil},
	} {
		p := payer()
		p.Accounts = []spec.Account{{Email: "a@acme.example", RoleName: "Born"}}
		if diff := cmp.Diff(tt.want, Of(p).In("o-abcdefghij").Denied(tt.statement)); diff != "" {
			t.Errorf("%s: Denied (-want +got):\n%s", tt.name, diff)
		}
		p.Run.AllowSelf = true
		if got := Of(p).Denied(tt.statement); got != nil {
			t.Errorf("%s: denied under --allow-self: %v", tt.name, got)
		}
	}
}

// Of a session the path of its role is not known: the ARN that the statement has
// for its name is its own.
func TestDeniedSession(t *testing.T) {
	p := &spec.Payer{AccountID: payerID, Run: spec.Run{Caller: "arn:aws:sts::" + payerID + ":assumed-role/Admin/me"}}
	const arn = "arn:aws:iam::" + payerID + ":role/team/Admin"
	named := `{"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":{"AWS":"` + arn + `"}}`
	if diff := cmp.Diff([]string{arn}, Of(p).Denied(named)); diff != "" {
		t.Errorf("a Deny that names it (-want +got):\n%s", diff)
	}
	spared := `{"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + arn + `"}}}`
	if got := Of(p).Denied(spared); got != nil {
		t.Errorf("a Deny that spares it: %v", got)
	}
	const short = "arn:aws:iam::" + payerID + ":role/Admin"
	for pattern, want := range map[string][]string{
		"arn:aws:iam::" + payerID + ":role/team/*":      {short},
		"arn:aws:iam::*:role/te*/Ad*":                   {short},
		"*/team/*":                                      {short},
		"*role/team/*":                                  {short},
		"arn:aws:iam::" + payerID + ":role/*":           {short},
		"arn:aws:iam::" + payerID + ":role/team/Bo*":    nil,
		"arn:aws:iam::" + payerID + ":role/Other*":      nil,
		"arn:aws:iam::" + payerID + ":user/team/*":      nil,
		"arn:aws:iam::444455556666:role/team/*":         nil,
		"arn:aws:sts::" + payerID + ":assumed-role/te*": nil,
	} {
		block := `{"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":"*","Condition":{"StringLike":{"aws:PrincipalArn":"` + pattern + `"}}}`
		if diff := cmp.Diff(want, Of(p).Denied(block)); diff != "" {
			t.Errorf("a Deny of %s (-want +got):\n%s", pattern, diff)
		}
	}
	unresolved := `{"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"${{ organization.id }}"}}}`
	if got := Of(p).Denied(unresolved); got != nil {
		t.Errorf("a Deny of all but an organization that is not known yet: %v", got)
	}
	root := &spec.Payer{AccountID: payerID, Run: spec.Run{Caller: "arn:aws:iam::" + payerID + ":root"}}
	if diff := cmp.Diff([]string{"arn:aws:iam::" + payerID + ":root"}, Of(root).Denied(`{"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":"*"}`)); diff != "" {
		t.Errorf("the root (-want +got):\n%s", diff)
	}
}

func TestLosesTrust(t *testing.T) {
	trust := func(account, block string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":` + account + `},"Condition":{` + block + `}}}`
	}
	const (
		vendor = `"444455556666"`
		id     = `"StringEquals":{"sts:ExternalId":"acme-1"}`
		want   = `arn:aws:iam::444455556666:root with external id "acme-1"`
	)
	for _, tt := range []struct {
		name, after string
		want        []string
	}{
		{"nothing", trust(vendor, id), nil},
		{"in canonical form", canonical(t, trust(vendor, id)), nil},
		{"a changed external id", trust(vendor, `"StringEquals":{"sts:ExternalId":"acme-2"}`), []string{want}},
		{"a removed principal", trust(`"777788889999"`, id), []string{want}},
		{"a condition that IAM does not have", trust(vendor, id+`,"StringSame":{}`), []string{want}},
		{"an added address", trust(vendor, id+`,"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), []string{want}},
		{"MFA", trust(vendor, id+`,"Bool":{"aws:MultiFactorAuthPresent":"true"}`), []string{want}},
		{"one more principal", trust(`["777788889999",`+vendor+`]`, id), nil},
	} {
		if diff := cmp.Diff(tt.want, LosesTrust(trust(vendor, id), tt.after)); diff != "" {
			t.Errorf("%s: LosesTrust (-want +got):\n%s", tt.name, diff)
		}
	}
}

func canonical(t *testing.T, doc string) string {
	t.Helper()
	c, err := iampolicy.Canonical([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

package iampolicy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckOfIAM(t *testing.T) {
	for _, tt := range []struct {
		name, documentType, doc string
		want                    []string
	}{
		{"an identity policy", IdentityPolicy, wrap(`"Sid":"","Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/x"`), nil},
		{"an old one", IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`, nil},
		{"a version that is none", IdentityPolicy, `{"Version":"2012-10-18","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
			[]string{`1:12: Version is "2012-10-17" or "2008-10-17", not the string "2012-10-18"`}},
		{"an identity policy with a principal", IdentityPolicy, wrap(`"Effect":"Allow","Principal":"*","Action":"s3"`), []string{
			"1:38: Resource or NotResource is missing",
			"1:56: an identity policy has no Principal: it is about whom it is attached to",
			`1:81: Action "s3": is not "*" or service:action`,
		}},
		{"letters that IAM does not take", IdentityPolicy, wrap(`"Sid":"${{ ou:Łódź.id }}ü€","Effect":"Allow","Action":"s3:*","Resource":"*"`), []string{
			`1:64: an identity policy holds no characters beyond U+00FF, such as '€'`}},

		{"a trust policy", TrustPolicy, wrap(`"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/a/b",
			"arn:aws-us-gov:sts::444455556666:assumed-role/a/b","AROA1234567890EXAMPLE","arn:aws:iam::${{ payer.accountId }}:root"],
			"Service":["ec2.amazonaws.com"],"Federated":"cognito-identity.amazonaws.com"},
			"Action":["sts:AssumeRole","STS:tagsession","sts:AssumeRole*","${{ x }}"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}`), nil},
		{"a trust policy that is none", TrustPolicy, `{"Statement":[
{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"},
{"Effect":"Allow","Principal":"*","Action":["sts:GetCallerIdentity","iam:PassRole"]},
{"Effect":"Allow","Principal":"ec2.amazonaws.com","NotAction":"sts:AssumeRole"},
{"Effect":"Allow","Principal":{},"NotPrincipal":7,"Action":"sts:AssumeRole"},
{"Effect":"Deny","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"},
{"Effect":"Allow","Action":"sts:AssumeRole"}]}`, []string{
			`2:52: Action "*": a trust policy has sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:TagSession, sts:SetSourceIdentity or sts:SetContext`,
			"2:56: a trust policy has no Resource: it speaks of its role",
			`3:45: Action "sts:GetCallerIdentity": a trust policy has sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:TagSession, sts:SetSourceIdentity or sts:SetContext`,
			`3:69: Action "iam:PassRole": a trust policy has sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:TagSession, sts:SetSourceIdentity or sts:SetContext`,
			`4:31: Principal is "*" or an object such as {"AWS": "111122223333"}, not the string "ec2.amazonaws.com"`,
			"4:51: a trust policy has Action, and no NotAction",
			"5:31: Principal is an empty object",
			`5:49: NotPrincipal is "*" or an object such as {"AWS": "111122223333"}, not 7`,
			"5:49: a statement has Principal or NotPrincipal, not both",
			"7:1: Principal is missing: a trust policy says whom it is about",
		}},
		{"principals", TrustPolicy, wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{
"AWS":["11112222333","arn:aws:s3:::b","arn:aws:iam::*:root","arn:aws:iam::111122223333:role/x*",
"arn:aws:iam::111122223333:x","arn:aws:iam::111122223333:role/",7],
"Service":"ec2","aws":"*","Who":"x"}`), []string{
			`2:8: AWS "11112222333": is not "*", an account id or an ARN of IAM or STS`,
			`2:22: AWS "arn:aws:s3:::b": is not "*", an account id or an ARN of IAM or STS`,
			`2:39: AWS "arn:aws:iam::*:root": no wildcard may stand in an ARN here; "*" alone is everybody, and Condition can narrow it`,
			`2:61: AWS "arn:aws:iam::111122223333:role/x*": no wildcard may stand in an ARN here; "*" alone is everybody, and Condition can narrow it`,
			`3:1: AWS "arn:aws:iam::111122223333:x": is the ARN of nobody: it ends in root, user/NAME, role/NAME or assumed-role/NAME/SESSION`,
			`3:31: AWS "arn:aws:iam::111122223333:role/": is the ARN of nobody: it ends in root, user/NAME, role/NAME or assumed-role/NAME/SESSION`,
			"3:65: AWS holds strings, not 7",
			`4:11: Service "ec2": is no service principal, such as ec2.amazonaws.com`,
			`4:17: unknown element "aws" in a principal (did you mean AWS?)`,
			`4:27: unknown element "Who" in a principal`,
		}},

		{"a bucket policy", BucketPolicy, wrap(`"Sid":"Let the site's visitors in.","Effect":"Allow","Principal":"*","Action":["s3:GetObject","*","S3:x"],"Resource":"arn:aws:s3:::b/*"`), nil},
		{"a bucket policy of another service", BucketPolicy, wrap(`"Effect":"Allow","Action":"ec2:*"`), []string{
			"1:38: Resource or NotResource is missing",
			"1:38: Principal is missing: a bucket policy says whom it is about",
			`1:65: Action "ec2:*": is no action of S3`,
		}},
		{"a resource policy", ResourcePolicy, wrap(`"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:*","Resource":"*"`), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, problems(Check(tt.documentType, []byte(tt.doc)))); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

func problems(err error) []string {
	var all []string
	for _, p := range Problems(err) {
		all = append(all, p.Error())
	}
	return all
}

func TestCheckStatement(t *testing.T) {
	doc := "{\"Sid\":\"a\",\n\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Version\":\"2012-10-17\"}"
	want := []string{"1:1: Resource or NotResource is missing", `2:50: unknown element "Version" in a statement`}
	if diff := cmp.Diff(want, problems(CheckStatement(BucketPolicy, []byte(doc)))); diff != "" {
		t.Errorf("CheckStatement (-want +got):\n%s", diff)
	}
	if err := CheckStatement(BucketPolicy, []byte(`[]`)); err == nil {
		t.Error("CheckStatement takes a list")
	}
}

func TestCanonicalForIAM(t *testing.T) {
	for _, documentType := range []string{IdentityPolicy, TrustPolicy, ResourcePolicy, BucketPolicy} {
		got, err := CanonicalFor(documentType, []byte(`{"Statement":{"Action":["A:B"]}}`))
		if want := `{"Statement":[{"Action":"a:b"}]}`; got != want || err != nil {
			t.Errorf("CanonicalFor(%s) = %s, %v; want %s", documentType, got, err, want)
		}
	}
}

func TestSizeIAM(t *testing.T) {
	for doc, want := range map[string]int{
		"":                                   0,
		" {\n \"a\" :\t[1, 2] }\r\n":         11,
		`{"a b":"c  d"}`:                     14,
		`{"\" ":" \\"  }`:                    13,
		`{"ü":"😀"}`:                          9,
		"\\":                                 1,
		`{"Version" : "2012-10-17"}` + "\n ": 24,
	} {
		if got := SizeIAM([]byte(doc)); got != want {
			t.Errorf("SizeIAM(%q) = %d, want %d", doc, got, want)
		}
	}
}

func TestIAMLimits(t *testing.T) {
	l := IAMLimits()
	got := []int{l.InlineUser, l.InlineGroup, l.InlineRole, l.Managed, l.Trust, l.Versions, l.AttachedRole, l.MinSession, l.MaxSession, l.RoleName}
	want := []int{2048, 5120, 10240, 6144, 2048, 5, 10, 3600, 43200, 64}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("IAMLimits (-want +got):\n%s", diff)
	}
	if l.Source == "" || len(l.Date) != len("2026-05-15") {
		t.Errorf("IAMLimits has the source %q of %q", l.Source, l.Date)
	}
}

func TestTrustsWithoutExternalID(t *testing.T) {
	const (
		own  = "111122223333"
		both = `"Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:root"]}`
	)
	allow := func(rest string) string { return wrap(`"Effect":"Allow","Action":"sts:AssumeRole",` + rest) }
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"none", allow(both), []string{"arn:aws:iam::444455556666:root"}},
		{"asked for", allow(both + `,"Condition":{"StringEquals":{"sts:externalid":["x"]}}`), nil},
		{"asked for in part", allow(both + `,"Condition":{"StringLike":{"sts:ExternalId":"acme-*"}}`), nil},
		{"anything will do", allow(both + `,"Condition":{"StringLike":{"sts:ExternalId":["x","*"]}}`), []string{"arn:aws:iam::444455556666:root"}},
		{"none will do too", allow(both + `,"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"x"}}`), []string{"arn:aws:iam::444455556666:root"}},
		{"another", allow(both + `,"Condition":{"StringNotEquals":{"sts:ExternalId":"x"}}`), []string{"arn:aws:iam::444455556666:root"}},
		{"some", allow(both + `,"Condition":{"Null":{"sts:ExternalId":"false"}}`), []string{"arn:aws:iam::444455556666:root"}},
		{"another key", allow(both + `,"Condition":{"StringEquals":{"aws:PrincipalTag/x":"y"}}`), []string{"arn:aws:iam::444455556666:root"}},
		{"our organization", allow(`"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"${{ organization.id }}"}}`), nil},
		{"our account", allow(`"Principal":{"AWS":"*"},"Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`), nil},
		{"two accounts", allow(`"Principal":{"AWS":"*"},"Condition":{"StringEquals":{"aws:PrincipalAccount":["111122223333","4"]}}`), []string{"*"}},
		{"everybody", allow(`"Principal":"*"`), []string{"*"}},
		{"all but one", allow(`"NotPrincipal":{"AWS":"4"}`), []string{"*"}},
		{"a service", allow(`"Principal":{"Service":"ec2.amazonaws.com"}`), nil},
		{"a reference", allow(`"Principal":{"AWS":"${{ role:x.arn }}"}`), nil},
		{"our own role", allow(`"Principal":{"AWS":"arn:aws:iam::111122223333:role/x"}`), nil},
		{"a denial", wrap(`"Effect":"Deny","Action":"sts:AssumeRole",` + both), nil},
		{"another action", wrap(`"Effect":"Allow","Action":"sts:TagSession",` + both), nil},
		{"two statements", `{"Statement":[{"Effect":"Allow","Action":"sts:*","Principal":{"AWS":"999"}},
			{"Effect":"Allow","Action":"STS:assumerole","Principal":{"AWS":["888","999"]}}]}`, []string{"888", "999"}},
		{"URL encoded", `%7B%22Statement%22:%7B%22Effect%22:%22Allow%22,%22Action%22:%22sts:AssumeRole%22,%22Principal%22:%22*%22%7D%7D`, []string{"*"}},
		{"no JSON", `{`, nil},
		{"no statement", `{}`, nil},
	} {
		if diff := cmp.Diff(tt.want, TrustsWithoutExternalID([]byte(tt.doc), own)); diff != "" {
			t.Errorf("%s: TrustsWithoutExternalID (-want +got):\n%s", tt.name, diff)
		}
	}
}

// FuzzMatches holds the matcher against its plainest form.
func FuzzMatches(f *testing.F) {
	f.Add("a*b?c*", "axxbyc")
	f.Add("***", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if strings.Count(pattern, "*") > 6 || len(s) > 30 {
			return
		}
		if got, want := matches(pattern, s), plainMatches(pattern, s); got != want {
			t.Errorf("matches(%q, %q) = %t, want %t", pattern, s, got, want)
		}
	})
}

func plainMatches(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	if pattern[0] == '*' {
		return plainMatches(pattern[1:], s) || s != "" && plainMatches(pattern, s[1:])
	}
	return s != "" && (pattern[0] == '?' || pattern[0] == s[0]) && plainMatches(pattern[1:], s[1:])
}

// What the examples of this repository send must pass.
func TestCheckTakesTheExamples(t *testing.T) {
	files, err := filepath.Glob("../examples/*/policies/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("find the examples: %v, %v", files, err)
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(doc), `"Statement"`) {
			continue
		}
		if err := Check(IdentityPolicy, doc); err != nil {
			t.Errorf("Check(%s): %v", file, err)
		}
	}
}

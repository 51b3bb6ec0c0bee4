package iampolicy

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// wrap makes a policy of one statement from the elements of it.
func wrap(statement string) string {
	return `{"Version":"2012-10-17","Statement":[{` + statement + `}]}`
}

// Documents of one group mean the same; those of two groups do not.
var groups = []struct {
	name string
	docs []string
}{
	{"full access", []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"{\n  \"Statement\": {\"Resource\": [\"*\"], \"Action\": [\"*\", \"*\"], \"Effect\": \"Allow\"},\r\n\t\"Version\": \"2012-10-17\"\n}\n",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"\u002a","Resource":["\u002A"]}]}`,
		`{"Version":"2012-10-17","Stat\u0065ment":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
		`%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22*%22%7D%7D`,
		`%0a%7b"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
	}},
	{"full access, no version", []string{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}},
	{"full access, old version", []string{`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}},
	{"full access, with a Sid", []string{wrap(`"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"`)}},
	{"full access, another Sid", []string{wrap(`"Sid":"all","Effect":"Allow","Action":"*","Resource":"*"`)}},
	{"full access, with an Id", []string{`{"Id":"x","Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}},
	{"effect in another letter case", []string{wrap(`"Effect":"allow","Action":"*","Resource":"*"`)}},
	{"NotAction", []string{wrap(`"Effect":"Allow","NotAction":"*","Resource":"*"`)}},
	{"lists", []string{
		wrap(`"Effect":"Deny","Action":["ec2:RunInstances","s3:GetObject"],"Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b"]`),
		wrap(`"Resource":["arn:aws:s3:::b","arn:aws:s3:::a/*","arn:aws:s3:::b"],"Action":["S3:getobject","EC2:RunInstances","ec2:runinstances"],"Effect":"Deny"`),
	}},
	{"a resource in another letter case", []string{
		wrap(`"Effect":"Deny","Action":["ec2:RunInstances","s3:GetObject"],"Resource":["arn:aws:s3:::A/*","arn:aws:s3:::b"]`),
	}},
	{"statements", []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:b","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["A:B"],"Resource":"*"}]}`,
	}},
	{"condition", []string{
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"false"},"NumericLessThan":{"s3:max-keys":["10","100"]}}`),
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"S3:Max-Keys":[100,10,"100"]},"Bool":{"AWS:viaawsservice":[false]}}`),
	}},
	{"condition, value in another letter case", []string{
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"False"},"NumericLessThan":{"s3:max-keys":["10","100"]}}`),
	}},
	{"condition, operator in another letter case", []string{
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"bool":{"aws:ViaAWSService":"false"},"NumericLessThan":{"s3:max-keys":["10","100"]}}`),
	}},
	{"condition with IfExists", []string{
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:ViaAWSService":"false"},"NumericLessThan":{"s3:max-keys":["10","100"]}}`),
	}},
	{"two keys that differ in letter case", []string{
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:SourceVpc":"a","AWS:sourcevpc":"b"}}`),
		wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"AWS:sourcevpc":["b"],"aws:SourceVpc":["a"]}}`),
	}},
	{"variables", []string{
		wrap(`"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:PrincipalTag/Team, 'None'}/${*}"`),
	}},
	{"variables in another letter case", []string{
		wrap(`"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:principaltag/team, 'None'}/${*}"`),
	}},
	{"principal: account", []string{
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}`),
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["arn:aws:iam::111122223333:root"]}`),
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root"]}`),
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws-us-gov:iam::111122223333:root"}`),
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws-cn:iam::111122223333:root"}`),
	}},
	{"principal: what ends like a root", []string{
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:user/root"}`),
	}},
	{"principal: a root of another service", []string{
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:sts::111122223333:root"}`),
	}},
	{"principal: two", []string{
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["444455556666","111122223333"],"Service":["a.amazonaws.com","b.amazonaws.com"]}`),
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["b.amazonaws.com","a.amazonaws.com"],"AWS":["arn:aws:iam::111122223333:root","444455556666"]}`),
	}},
	{"principal: all", []string{wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"`)}},
	{"principal: all of AWS", []string{wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}`)}},
	{"principal: not", []string{wrap(`"Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"111122223333"}`)}},
	{"principal: a service that looks like an account", []string{
		wrap(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"111122223333"}`),
	}},
}

func TestCanonicalSame(t *testing.T) {
	for _, g := range groups {
		want := canonical(t, g.docs[0])
		for _, doc := range g.docs[1:] {
			if got := canonical(t, doc); got != want {
				t.Errorf("%s: canonical form of\n%s\nis\n%s\nwant\n%s", g.name, doc, got, want)
			}
		}
	}
}

func TestCanonicalDifferent(t *testing.T) {
	seen := map[string]string{}
	for _, g := range groups {
		c := canonical(t, g.docs[0])
		if other, ok := seen[c]; ok {
			t.Errorf("%q and %q have one canonical form:\n%s", g.name, other, c)
		}
		seen[c] = g.name
	}
}

func canonical(t *testing.T, doc string) string {
	t.Helper()
	c, err := Canonical([]byte(doc))
	if err != nil {
		t.Fatalf("Canonical(%s): %v", doc, err)
	}
	if !json.Valid([]byte(c)) {
		t.Errorf("Canonical(%s) is not JSON: %s", doc, c)
	}
	if again, err := Canonical([]byte(c)); again != c {
		t.Errorf("Canonical is no fixed point: %s then %s, %v", c, again, err)
	}
	return c
}

func TestCanonicalText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"no HTML escapes, variables stay",
			`{"Statement":{"Resource":"a<b>&\u2028${aws:username}","Sid":"\u003c\t\u0001\"\\\/"}}`,
			"{\"Statement\":[{\"Resource\":\"a<b>&\u2028${aws:username}\",\"Sid\":\"<\\t\\u0001\\\"\\\\/\"}]}"},
		{"digits of a number stay",
			`{"Statement":[],"x":[12345678901234567890123, 1.0, 1e2, -0]}`,
			`{"Statement":[],"x":[12345678901234567890123,1.0,1e2,-0]}`},
		{"a condition value is its digits",
			`{"Statement":{"Condition":{"NumericEquals":{"a:B":12345678901234567890123}}}}`,
			`{"Statement":[{"Condition":{"NumericEquals":{"a:b":"12345678901234567890123"}}}]}`},
		{"shapes that are none stay",
			`{"Statement":[7,{"Action":[2,"B","A"],"Principal":["*"],"Condition":[],"Resource":[]}]}`,
			`{"Statement":[7,{"Action":[2,"B","A"],"Condition":[],"Principal":["*"],"Resource":[]}]}`},
		{"only an AWS principal is an account",
			`{"Statement":{"Principal":{"Service":"111122223333","AWS":"444455556666"},"Resource":"111122223333"}}`,
			`{"Statement":[{"Principal":{"AWS":"444455556666","Service":"111122223333"},"Resource":"111122223333"}]}`},
		{"equal statements stay two",
			`{"Statement":[{"Action":"a:b"},{"Action":["A:B"]}]}`,
			`{"Statement":[{"Action":"a:b"},{"Action":"a:b"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := canonical(t, tt.in); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "1:1: the document ends where a value should be"},
		{"not an object", " []", "1:2: a policy document is a JSON object, not a list"},
		{"a key twice", "{\"a\":1,\n \"\\u0061\":2}", `2:2: key "a" stands twice in one object`},
		{"a comma too many", `{"ü":[1,]}`, "1:9: found ']' where a value should be"},
		{"no comma", `{"a":1 "b":2}`, `1:8: found '"' where a comma or '}' should be`},
		{"more after the end", "{}\n{}", "2:1: found '{' where the end of the document should be"},
		{"an open string", `{"a": "b`, "1:7: the string that begins here has no end"},
		{"a line break in a string", "{\"a\": \"b\nc\"}", `1:9: control character '\n' inside a string: write it as an escape`},
		{"half a surrogate pair", `{"a":"\ud83d"}`, "1:7: the escape is one half of a surrogate pair"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "1:7: byte 0xff is not UTF-8"},
		{"a byte order mark", "\ufeff{}", "1:1: the document begins with a byte order mark: save it as UTF-8 without one"},
		{"a leading zero", `{"a":01}`, "1:7: found '1' where a comma or '}' should be"},
		{"too deep", strings.Repeat(`{"a":`, 300), "1:1001: the document nests deeper than 200 levels"},
		{"URL encoding cut short", "%7B%2", `decode policy document: invalid URL escape "%2"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Canonical([]byte(tt.in))
			if err == nil || err.Error() != tt.want {
				t.Errorf("Canonical = %q, %v; want the error %q", got, err, tt.want)
			}
		})
	}
}

func TestCanonicalFor(t *testing.T) {
	doc := []byte(`{"Statement": {"Action": ["B:b","A:a"]}, "Id": "\u0041"}`)
	inLanguage := `{"Id":"A","Statement":[{"Action":["a:a","b:b"]}]}`
	plain := `{"Id":"A","Statement":{"Action":["B:b","A:a"]}}`
	for policyType, want := range map[string]string{
		"SERVICE_CONTROL_POLICY":  inLanguage,
		"RESOURCE_CONTROL_POLICY": inLanguage,
		"TAG_POLICY":              plain,
		"A_TYPE_OF_NEXT_YEAR":     plain,
	} {
		if got, err := CanonicalFor(policyType, doc); got != want || err != nil {
			t.Errorf("CanonicalFor(%s) = %s, %v; want %s", policyType, got, err, want)
		}
	}
}

// TestCanonicalShuffled writes one policy in many ways that mean the same.
func TestCanonicalShuffled(t *testing.T) {
	var policy map[string]any
	doc := large(3)
	if err := json.Unmarshal(doc, &policy); err != nil {
		t.Fatal(err)
	}
	want := canonical(t, string(doc))
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		other, err := json.MarshalIndent(shuffled(random, "", policy), "", strings.Repeat(" ", random.IntN(4)))
		if err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, string(other)); got != want {
			t.Fatalf("canonical form of\n%s\nis\n%s\nwant\n%s", other, got, want)
		}
	}
}

func shuffled(random *rand.Rand, key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			if key == "StringNotLike" && random.IntN(2) == 0 {
				k = strings.ToUpper(k)
			}
			out[k] = shuffled(random, k, inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, j := range random.Perm(len(v)) {
			out[i] = shuffled(random, key, v[j])
		}
		if key != "Statement" && random.IntN(2) == 0 {
			out = append(out, out[0])
		}
		return out
	case string:
		if key == "Action" && random.IntN(2) == 0 {
			v = strings.ToUpper(v)
		}
		if key == "Resource" && random.IntN(2) == 0 {
			return []string{v}
		}
		return v
	}
	return v
}

// large makes a policy of n statements, each of about a kilobyte.
func large(n int) []byte {
	var statements []any
	for i := range n {
		var actions []string
		for j := range 25 {
			actions = append(actions, "service"+string(rune('a'+j))+":DescribeThings"+string(rune('A'+i%26))+"*")
		}
		statements = append(statements, map[string]any{
			"Sid": "Statement" + string(rune('A'+i%26)), "Effect": "Deny", "Action": actions, "Resource": "*",
			"Condition": map[string]any{"StringNotLike": map[string]any{"aws:PrincipalArn": []string{
				"arn:aws:iam::*:role/a", "arn:aws:iam::*:role/b"}}},
		})
	}
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err)
	}
	return b
}

// BenchmarkCanonical is one plan's worth: a hundred policies of ten kilobytes.
func BenchmarkCanonical(b *testing.B) {
	doc := large(9)
	b.SetBytes(int64(100 * len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		for range 100 {
			if _, err := Canonical(doc); err != nil {
				b.Fatal(err)
			}
		}
	}
}

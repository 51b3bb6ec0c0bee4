package iampolicy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	scp = "SERVICE_CONTROL_POLICY"
	rcp = "RESOURCE_CONTROL_POLICY"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, policyType, doc string
		want                  []string
	}{
		{"an allow list", scp, wrap(`"Effect":"Allow","NotAction":"iam:*","Resource":"*"`), nil},
		{"a deny with everything", scp, wrap(`"Sid":"A","Effect":"Deny","Action":["a:b","*"],"NotResource":["arn:aws:s3:::x","*"],
			"Condition":{"ForAnyValue:StringNotLikeIfExists":{"a:b":["x",1,true]},"Null":{"aws:PrincipalArn":true},"ArnLike":{"a:b":[]}}`), nil},
		{"references", scp, wrap(`"Effect":"Deny","Action":"${{ x }}","Resource":"${{ role:x.arn }}"`), nil},
		{"an RCP", rcp, wrap(`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"`), nil},
		{"not JSON", scp, "{\n  nope\n}", []string{"2:3: found 'n' where a key in quotation marks should be"}},
		{"nothing in it", scp, `{}`, []string{
			`1:1: Version is missing: a service control policy has "Version": "2012-10-17"`,
			"1:1: Statement is missing",
		}},
		{"several mistakes, in order", scp, `{"Version": "2008-10-17", "Statement": [
 {"effect": "Deny", "Action": [], "Resource": "*"},
 {"Effect": "deny", "NotAction": "s3", "Action": 7, "Resource": ["bucket", null]},
 "x"], "statement": 1, "Id": 2}`, []string{
			`1:13: Version is "2012-10-17" in a service control policy, not the string "2008-10-17"`,
			"2:2: Effect is missing",
			`2:3: unknown element "effect" in a statement (did you mean Effect?)`,
			"2:31: Action is an empty list",
			`3:13: Effect is "Allow" or "Deny", letter case counts; not the string "deny"`,
			`3:34: NotAction "s3": is not "*" or service:action`,
			"3:50: Action is a string or a list of strings, not 7",
			"3:50: a statement has Action or NotAction, not both",
			`3:66: Resource "bucket": is not "*" or an ARN`,
			"3:76: Resource holds strings, not null",
			`4:2: a statement is an object, not the string "x"`,
			`4:8: unknown element "statement" in a policy (did you mean Statement?)`,
			"4:30: Id is a string, not 2",
		}},
		{"no action, no resource", scp, wrap(`"Sid":1,"Effect":"Deny"`), []string{
			"1:38: Action or NotAction is missing", "1:38: Resource or NotResource is missing",
			"1:45: Sid is a string, not 1",
		}},
		{"statement names", scp, `{"Version":"2012-10-17","Statement":[
{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"},
{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"},
{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"},
{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"},
{"Sid":"${{ x }}","Effect":"Deny","Action":"*","Resource":"*"},
{"Sid":"no-dash","Effect":"Deny","Action":"*","Resource":"*"},
{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}]}`, []string{
			`7:8: Sid "no-dash" has other characters than A-Z, a-z and 0-9`,
			`8:8: Sid "A" stands on two statements`,
		}},
		{"statements", scp, `{"Version":"2012-10-17","Statement":[]}`, []string{"1:37: Statement is an empty list"}},
		{"one statement", scp, `{"Version":"2012-10-17","Statement":"x"}`,
			[]string{`1:37: Statement is an object or a list of objects, not the string "x"`}},
		{"a principal in an SCP", scp, wrap(`"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"`),
			[]string{"1:83: a service control policy has no Principal: it binds every principal of the accounts below"}},
		{"conditions", scp, wrap(`"Effect":"Deny","Action":"*","Resource":"*",
"Condition":{"stringEquals":{"aws:x":"a"},"forAnyValue:StringLikeifexists":{},"Same":{"a:b":{}},
"Bool":"x","NullIfExists":{"vpc":[null]}}`), []string{
			`2:14: unknown condition operator "stringEquals" (did you mean StringEquals?)`,
			`2:43: unknown condition operator "forAnyValue:StringLikeifexists" (did you mean ForAnyValue:StringLikeIfExists?)`,
			`2:79: unknown condition operator "Same"`,
			"2:93: the value of a:b is a string or a list of strings, not an object",
			`3:8: Bool is an object of condition keys, not the string "x"`,
			`3:12: condition operator "Null" takes no IfExists`,
			`3:28: condition key "vpc" is not service:name`,
			"3:35: the value of vpc is a string or a list of strings: found null in it",
		}},
		{"a condition that is a list", scp, wrap(`"Effect":"Deny","Action":"*","Resource":"*","Condition":[]`),
			[]string{"1:95: Condition is an object of operators, not a list"}},
		{"what an RCP may not", rcp, `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"},
{"Effect":"Deny","NotPrincipal":"*","NotAction":"s3:*","Resource":"*"},
{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`, []string{
			`2:11: Effect is "Deny" in a resource control policy; only RCPFullAWSAccess, which AWS keeps, allows`,
			`2:31: Principal is "*" in a resource control policy, not an object; name principals in Condition`,
			`2:63: Action "*": a resource control policy names the service: "s3:*", not "*"`,
			`3:18: a resource control policy has "Principal": "*", and no NotPrincipal`,
			"3:37: a resource control policy has Action, and no NotAction",
			`4:1: Principal is missing: a resource control policy has "Principal": "*"`,
		}},
		{"another type", "TAG_POLICY", `{"tags": {}}`, nil},
		{"another type, a list", "TAG_POLICY", `[1]`, []string{"1:1: a policy document is a JSON object, not a list"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := Check(tt.policyType, []byte(tt.doc))
			for _, p := range Problems(err) {
				got = append(got, p.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
			if (err == nil) != (len(tt.want) == 0) {
				t.Errorf("Check = %v", err)
			}
		})
	}
}

func TestCheckEndsAtAHundred(t *testing.T) {
	doc := `{"Version":"2012-10-17","Statement":[` + strings.Repeat("1,", 500) + "1]}"
	if got := len(Problems(Check(scp, []byte(doc)))); got != 100 {
		t.Errorf("Check finds %d mistakes, want 100", got)
	}
}

func TestProblemsOfWrapped(t *testing.T) {
	err := fmt.Errorf("read x.json: %w", Check(scp, []byte("{")))
	got := Problems(err)
	if len(got) != 1 || got[0].Line != 1 || got[0].Column != 2 {
		t.Errorf("Problems(%v) = %v", err, got)
	}
	if got := Problems(fmt.Errorf("no position")); got != nil {
		t.Errorf("Problems of an error without a position = %v", got)
	}
}

func TestLimits(t *testing.T) {
	got := Limits()
	type row struct{ characters, attached, min int }
	for policyType, want := range map[string]row{
		scp: {10240, 10, 1}, rcp: {5120, 5, 1}, "TAG_POLICY": {10000, 10, 0}, "BACKUP_POLICY": {10000, 10, 0},
		"AISERVICES_OPT_OUT_POLICY": {2500, 5, 0}, "CHATBOT_POLICY": {10000, 5, 0},
		"DECLARATIVE_POLICY_EC2": {10000, 10, 0}, "SECURITYHUB_POLICY": {10000, 10, 0}, "INSPECTOR_POLICY": {},
		"UPGRADE_ROLLOUT_POLICY": {}, "BEDROCK_POLICY": {}, "S3_POLICY": {}, "NETWORK_SECURITY_DIRECTOR_POLICY": {},
	} {
		l, ok := got[policyType]
		if have := (row{l.Characters, l.Attached, l.MinAttached}); !ok || have != want || l.Type != policyType {
			t.Errorf("Limits()[%s] = %+v, %t; want %+v", policyType, l, ok, want)
		}
		if l.Source == "" || len(l.Date) != len("2026-05-15") {
			t.Errorf("Limits()[%s] has the source %q of %q", policyType, l.Source, l.Date)
		}
		delete(got, policyType)
	}
	if len(got) != 0 {
		t.Errorf("limits that nobody checks: %v", got)
	}
	if len(Limits()) == 0 {
		t.Error("the map of Limits is not the caller's own")
	}
}

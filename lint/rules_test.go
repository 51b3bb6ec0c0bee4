package lint

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec"
)

// cases hold each rule that looks at one statement against statements that it
// speaks of, with a piece of what it says, and others of which it says nothing.
// One without an Effect is a Deny, one without actions of all, on everything.
var cases = []struct{ rule, name, statement, says string }{
	{ruleAnded, "two negated keys of a service", `"Condition":{"StringNotLike":{"rds:DatabaseClass":"*.micro","rds:DatabaseEngine":"mysql"}}`, "breaks rds:DatabaseClass and rds:DatabaseEngine at once"},
	{ruleAnded, "a negated key and a bound", `"Condition":{"StringNotEquals":{"ec2:VolumeType":"gp3"},"NumericGreaterThan":{"ec2:VolumeSize":"50"}}`, "ec2:VolumeType and ec2:VolumeSize"},
	{ruleAnded, "two bounds", `"Condition":{"NumericGreaterThanIfExists":{"ec2:VolumeSize":"50","ec2:VolumeIops":"0"}}`, "at once"},
	{ruleAnded, "negated sets", `"Condition":{"ForAnyValue:StringNotLike":{"ec2:InstanceType":"*.micro"},"StringNotEqualsIfExists":{"ec2:Tenancy":"default"}}`, "ec2:InstanceType and ec2:Tenancy"},
	{ruleAnded, "two tags that must be set", `"Condition":{"Null":{"aws:RequestTag/owner":"true","aws:RequestTag/course":"true"}}`, "aws:RequestTag/owner and aws:RequestTag/course"},
	{ruleAnded, "a tag that must be set and one of a list", `"Condition":{"Null":{"aws:RequestTag/owner":true},"StringNotEquals":{"aws:RequestTag/stage":["dev","prod"]}}`, "at once"},
	{ruleAnded, "missing or wrong in one block", `"Condition":{"Null":{"s3:x-amz-acl":"true"},"StringNotEquals":{"s3:x-amz-acl":"private"}}`, "StringNotEquals beside it adds nothing"},
	{ruleAnded, "an Allow", `"Effect":"Allow","Condition":{"StringNotLike":{"rds:DatabaseClass":"*.micro","rds:DatabaseEngine":"mysql"}}`, ""},
	{ruleAnded, "one key", `"Condition":{"StringNotLike":{"rds:DatabaseClass":["*.micro","*.small"]}}`, ""},
	{ruleAnded, "one key from two sides", `"Condition":{"NumericGreaterThan":{"s3:max-keys":"5"},"NumericLessThan":{"S3:Max-Keys":"9"}}`, ""},
	{ruleAnded, "regions, and who is exempt", `"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}}`, ""},
	{ruleAnded, "a network perimeter", `"Condition":{"NotIpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"},"StringNotEqualsIfExists":{"aws:SourceVpc":"vpc-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false","aws:ViaAWSService":"false"},"StringNotEquals":{"aws:PrincipalTag/exempt":"yes"}}`, ""},
	{ruleAnded, "an identity perimeter", `"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1","aws:ResourceAccount":"111122223333"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}`, ""},
	{ruleAnded, "a limit, and who is exempt", `"Condition":{"StringNotEquals":{"ec2:InstanceType":"t3.micro"},"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}}`, ""},
	{ruleAnded, "a limit outside of a region", `"Condition":{"StringNotEquals":{"ec2:InstanceType":"t3.micro","aws:RequestedRegion":"eu-west-1","ec2:Region":"eu-west-1"}}`, ""},
	{ruleAnded, "a limit for what bears a tag", `"Condition":{"StringNotEquals":{"ec2:InstanceType":"t3.micro","ec2:ResourceTag/owner":"${aws:username}"}}`, ""},
	{ruleAnded, "a limit where something is so", `"Condition":{"StringNotEquals":{"ec2:InstanceType":"t3.micro"},"StringEquals":{"ec2:Tenancy":"dedicated"},"Null":{"ec2:LaunchTemplate":"false"}}`, ""},
	{ruleAnded, "there and wrong", `"Condition":{"Null":{"s3:x-amz-acl":"false"},"StringNotEquals":{"s3:x-amz-acl":"private"}}`, ""},
	{ruleAnded, "no condition", ``, ""},

	{ruleNever, "NotAction of all", `"NotAction":"*"`, `NotAction "*" leaves no action out`},
	{ruleNever, "NotAction of all, and more", `"NotAction":["iam:*","*:*"]`, `NotAction "*:*"`},
	{ruleNever, "NotResource of all", `"NotResource":["arn:aws:s3:::b","*"]`, "leaves no resource out"},
	{ruleNever, "an action without a service", `"Action":[":GetObject","s3:GetObject"]`, "it names no service"},
	{ruleNever, "a service without an action", `"Action":"s3:"`, "all of a service are s3:*"},
	{ruleNever, "a regular expression", `"Action":"s3:Get.*"`, "no action has '.' in its name"},
	{ruleNever, "alternatives", `"Action":"ec2:{Run,Stop}Instances"`, "no action has '{'"},
	{ruleNever, "a blank", `"Action":["s3:GetObject "]`, "no action has ' '"},
	{ruleNever, "a blank before the service", `"NotAction":" s3:GetObject"`, "no service has ' '"},
	{ruleNever, "a third part", `"Action":"s3:object:Get"`, "no action has ':'"},
	{ruleNever, "a variable in an action", `"Action":"s3:${aws:username}"`, ""},
	{ruleNever, "wildcards in an action", `"Action":["s3:Get*","*:List?","*","ec2messages:*","s3-object-lambda:Get*"]`, ""},
	{ruleNever, "four of them", `"Action":["a:","b:","c:","d:"]`, "has 1 more that are never met"},

	{ruleNever, "a missing colon", `"Resource":"arn:aws:iam:111122223333:role/x"`, `'/' has no place in the account`},
	{ruleNever, "too few parts", `"Resource":["*","arn:aws:s3:bucket"]`, "it has 4 parts between colons"},
	{ruleNever, "too few parts under NotResource", `"NotResource":"arn:aws:sqs:eu-west-1:jobs"`, "it has 5 parts"},
	{ruleNever, "a wildcard behind too few parts", `"Resource":"arn:aws:s3:bucket/*"`, "'/' has no place in the region"},
	{ruleNever, "a short account id behind a wildcard that runs on", `"Resource":"arn:aws:sqs:*:1234:q"`, ""},
	{ruleNever, "a short account id", `"Resource":"arn:aws:sqs:eu-west-1:1234:q"`, "1234 is no account id"},
	{ruleNever, "an account id with dashes", `"Resource":"arn:aws:sqs:eu-west-1:1111-2222-3333:q"`, "is no account id"},
	{ruleNever, "IAM in a region", `"Resource":"arn:aws:iam:us-east-1:111122223333:role/x"`, "no region"},
	{ruleNever, "IAM without an account", `"Resource":"arn:aws:iam:::role/x"`, "have an account"},
	{ruleNever, "right ARNs", `"Resource":["arn:aws:s3:::b/*","arn:aws:iam::*:role/x","arn:aws:iam::aws:policy/x","arn:aws*:sns:*:111122223333:t","arn:aws:s3:*","arn:aws:*","*:role/x","arn:aws:apigateway:us-east-1::/restapis/*"]`, ""},
	{ruleNever, "a wildcard that runs on", `"Resource":"arn:aws:iam:*:role/x"`, ""},
	{ruleNever, "a variable early in an ARN", `"Resource":["arn:${Partition}:s3:b","arn:aws:s3:::b/${aws:username}/x y","arn:aws:s3:${{ ou/Labs.id }}"]`, ""},

	{ruleNever, "equal and not equal", `"Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]},"StringNotEquals":{"AWS:requestedregion":["eu-central-1","eu-west-1","us-east-1"]}}`, "nothing meets both StringEquals and StringNotEquals"},
	{ruleNever, "equal and not like", `"Condition":{"StringEquals":{"a:b":"x1"},"StringNotLikeIfExists":{"a:b":"x*"}}`, "nothing meets both"},
	{ruleNever, "two lists that share nothing", `"Condition":{"StringEquals":{"a:b":["x","y"]},"StringLike":{"a:b":["z"]}}`, "nothing meets both StringEquals and StringLike"},
	{ruleNever, "true and not true", `"Condition":{"Bool":{"aws:SecureTransport":"true"},"BoolIfExists":{"aws:SecureTransport":"false"}}`, "nothing meets both"},
	{ruleNever, "every value in the list, and one that is not", `"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"},"ForAllValues:StringNotEquals":{"aws:TagKeys":["a","b"]}}`, "nothing meets both"},
	{ruleNever, "equal, and not equal to some", `"Condition":{"StringEquals":{"a:b":["x","y"]},"StringNotEquals":{"a:b":"x"}}`, ""},
	{ruleNever, "equal if it exists", `"Condition":{"StringEqualsIfExists":{"a:b":"x"},"StringNotEquals":{"a:b":"x"}}`, ""},
	{ruleNever, "one of the values is, another is not", `"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"},"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}`, ""},
	{ruleNever, "letter case", `"Condition":{"StringEqualsIgnoreCase":{"a:b":"X"},"StringNotEquals":{"a:b":"X"}}`, ""},
	{ruleNever, "a variable", `"Condition":{"StringEquals":{"a:b":"${aws:username}"},"StringNotEquals":{"a:b":"x"}}`, ""},
	{ruleNever, "a variable on the other side", `"Condition":{"StringEquals":{"a:b":"x"},"StringNotEquals":{"a:b":"${aws:username}"}}`, ""},
	{ruleNever, "patterns that share something", `"Condition":{"StringLike":{"a:b":"x*"},"StringNotLike":{"a:b":"xy*"}}`, ""},
	{ruleNever, "other keys", `"Condition":{"StringEquals":{"a:b":"x"},"StringNotEquals":{"a:c":"x"}}`, ""},
	{ruleNever, "an address in a range and outside of another", `"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"NotIpAddress":{"aws:SourceIp":"10.1.0.0/16"}}`, ""},

	{ruleNever, "missing and equal", `"Condition":{"Null":{"a:b":"true"},"StringEquals":{"a:b":"x"}}`, "nothing meets both Null and StringEquals"},
	{ruleNever, "missing and one of its values", `"Condition":{"Null":{"a:b":true},"ForAnyValue:StringNotEquals":{"a:b":"x"}}`, "nothing meets both Null and ForAnyValue:StringNotEquals"},
	{ruleNever, "missing and there", `"Condition":{"Null":{"a:b":"true","A:B":"false"}}`, "nothing meets both Null and Null"},
	{ruleNever, "missing and all of its values", `"Condition":{"Null":{"a:b":"true"},"ForAllValues:StringEquals":{"a:b":"x"}}`, ""},
	{ruleNever, "missing, or equal if it exists", `"Condition":{"Null":{"a:b":"true"},"StringEqualsIfExists":{"a:b":"x"}}`, ""},
	{ruleNever, "there and equal", `"Condition":{"Null":{"a:b":"false"},"StringEquals":{"a:b":"x"}}`, ""},

	{ruleNever, "more than it may be", `"Condition":{"NumericGreaterThan":{"a:b":"10"},"NumericLessThan":{"a:b":"5"}}`, "nothing meets both NumericGreaterThan and NumericLessThan"},
	{ruleNever, "above and at most", `"Condition":{"NumericGreaterThan":{"a:b":"10"},"NumericLessThanEquals":{"a:b":"10.0"}}`, "nothing meets both"},
	{ruleNever, "exactly", `"Condition":{"NumericGreaterThanEquals":{"a:b":"10"},"NumericLessThanEquals":{"a:b":"10"}}`, ""},
	{ruleNever, "between", `"Condition":{"NumericGreaterThan":{"a:b":"5"},"NumericLessThan":{"a:b":"10"}}`, ""},
	{ruleNever, "after the end", `"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`, "nothing meets both DateGreaterThan and DateLessThan"},
	{ruleNever, "a while", `"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}`, ""},
	{ruleNever, "bounds of several", `"Condition":{"NumericGreaterThan":{"a:b":["10","1"]},"NumericLessThan":{"a:b":"5"}}`, ""},

	{ruleNever, "no number", `"Condition":{"NumericGreaterThan":{"ec2:VolumeSize":"50GB"}}`, "no value that it can read (50GB)"},
	{ruleNever, "no truth", `"Condition":{"Bool":{"aws:SecureTransport":"no"}}`, "no value that it can read (no)"},
	{ruleNever, "no truth under Null", `"Condition":{"Null":{"a:b":"yes"}}`, "no value that it can read (yes)"},
	{ruleNever, "no value", `"Condition":{"StringEquals":{"a:b":[]}}`, "there is none"},
	{ruleNever, "a number among them", `"Condition":{"NumericEquals":{"a:b":["x","5"]}}`, ""},
	{ruleNever, "a wildcard under equals", `"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","us-*"]}}`, `"us-*" is never met: * is no wildcard there`},
	{ruleNever, "a wildcard under equals, in an ARN", `"Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}`, "* is no wildcard there"},
	{ruleNever, "the source that AWS says of billing reports", `"Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cur:us-east-1:111122223333:definition/*"}}`, ""},
	{ruleNever, "another source", `"Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:*"}}`, "* is no wildcard there"},
	{ruleNever, "a letter * under equals", `"Condition":{"StringEquals":{"a:b":"x${*}","s3:prefix":"*"}}`, ""},
	{ruleNever, "no ARN", `"Condition":{"ArnNotLike":{"aws:PrincipalArn":["role/x","arn:aws:iam::*:role/y"]}}`, `"role/x" is never met: it is no ARN`},
	{ruleNever, "an ARN of five parts", `"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam:*:role/x"}}`, "it has 5 parts"},
	{ruleNever, "ARNs that may be", `"Condition":{"ArnLike":{"aws:PrincipalArn":["*","arn:*","arn:aws:iam::${aws:PrincipalAccount}:role/x","arn:aws:sts::*:federated-user/x","*role/x"]}}`, ""},
	{ruleNever, "a session as the principal", `"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/x/*"}}`, `"arn:aws:sts::*:assumed-role/x/*" is never met: of a role's session the key has the ARN of the role: arn:aws:iam::*:role/x, with`},
	{ruleNever, "a session as the principal, as text", `"Condition":{"StringLikeIfExists":{"AWS:principalarn":["arn:aws:iam::*:role/x","*:assumed-role/x/*"]}}`, `"*:assumed-role/x/*" is never met: of a role's session`},
	{ruleNever, "sessions of an account's own roles", `"Condition":{"StringNotEquals":{"aws:PrincipalArn":"arn:aws:sts::${aws:PrincipalAccount}:assumed-role/x/me"}}`, "arn:aws:iam::${aws:PrincipalAccount}:role/x"},
	{ruleNever, "the principal is there", `"Condition":{"Null":{"aws:PrincipalArn":"false"}}`, ""},
	{ruleNever, "a session under another key", `"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sts::*:assumed-role/x/*"}}`, ""},

	{ruleRetired, "the old actions of billing", `"Action":["aws-portal:ModifyBilling","AWS-Portal:View*","ec2:RunInstances"]`, "AWS retired aws-portal:ModifyBilling and AWS-Portal:View* in 2023-07"},
	{ruleRetired, "under NotAction", `"NotAction":"aws-portal:*"`, "AWS retired aws-portal:*"},
	{ruleRetired, "two of purchase orders", `"Action":"purchase-orders:ViewPurchaseOrders"`, "AWS retired purchase-orders:ViewPurchaseOrders in 2023-07; what took its place are the other actions of purchase-orders, and those of invoicing: name these"},
	{ruleRetired, "what took their place", `"Action":["billing:*","purchase-orders:*","purchase-orders:GetPurchaseOrder","account:*"]`, ""},
	{ruleRetired, "all", `"Action":["*","aws-*:Modify*"]`, ""},

	{ruleNot, "an Allow of all but some", `"Effect":"Allow","NotAction":["iam:*"]`, "it allows every action but those that it names"},
	{ruleNot, "a Deny of all but some", `"NotAction":["iam:*"]`, ""},
	{ruleNot, "an Allow of some", `"Effect":"Allow","Action":["iam:*"]`, ""},
	{ruleNot, "an Allow of all but all", `"Effect":"Allow","NotAction":"*"`, ""},
}

// statement fills in what a case leaves out.
func statement(t *testing.T, s string) *iampolicy.Statement {
	t.Helper()
	for _, want := range []struct{ key, full string }{{`"Effect"`, `"Effect":"Deny"`}, {`Action":`, `"Action":"*"`}, {`Resource":`, `"Resource":"*"`}} {
		if !strings.Contains(s, want.key) {
			s = strings.TrimPrefix(s+","+want.full, ",")
		}
	}
	doc := []byte(`{"Version":"2012-10-17","Statement":[{` + s + `}]}`)
	all, err := iampolicy.Statements(doc)
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return &all[0]
}

func TestStatementRules(t *testing.T) {
	rules := map[string]func(*iampolicy.Statement) []string{ruleAnded: anded, ruleNever: never, ruleRetired: retired, ruleNot: notAction}
	for _, tt := range cases {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			got := strings.Join(rules[tt.rule](statement(t, tt.statement)), "\n")
			switch {
			case tt.says == "" && got != "":
				t.Errorf("it says %s", got)
			case !strings.Contains(got, tt.says):
				t.Errorf("it says %q, want %q in it", got, tt.says)
			case tt.says != "" && tt.name != "four of them" && strings.Count(got, "\n") > 0:
				t.Errorf("it says more than one thing: %s", got)
			}
		})
	}
}

// TestRuleNames: what a payer file may switch off is what there is.
func TestRuleNames(t *testing.T) {
	var names []string
	for _, r := range Rules() {
		names = append(names, r.Name)
	}
	if got, want := strings.Join(names, " "), strings.Join(spec.LintRules, " ")+" "+ruleUnused; got != want {
		t.Errorf("rules %s, want %s", got, want)
	}
}

// TestRetiredTable: the table says where it is from and when it was looked at,
// and each row speaks of its own pattern.
func TestRetiredTable(t *testing.T) {
	var file struct{ Source, Date string }
	if err := json.Unmarshal(retiredJSON, &file); err != nil || file.Source == "" {
		t.Errorf("source %q, %v", file.Source, err)
	}
	if _, err := time.Parse(time.DateOnly, file.Date); err != nil {
		t.Error(err)
	}
	for _, g := range retiredActions() {
		got := retired(statement(t, `"Action":"`+strings.ToUpper(g.Pattern)+`"`))
		if len(got) != 1 || g.Instead == "" || !strings.Contains(got[0], g.Since) {
			t.Errorf("%s: it says %q", g.Pattern, got)
		}
	}
}

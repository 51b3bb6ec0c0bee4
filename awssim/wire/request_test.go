package wire

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const signed = "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00"

func TestParse(t *testing.T) {
	sts := "Action=GetCallerIdentity&Version=2011-06-15"
	for _, tt := range []struct {
		name, method, url, scope, target, body string
		want                                   string // service, operation, key; or the error
	}{
		{"JSON", "POST", "/", "organizations", "AWSOrganizationsV20161128.ListRoots", "{}", "organizations ListRoots AKIAX"},
		{"tagging", "POST", "/", "tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", "{}", "tagging GetResources AKIAX"},
		{"another service", "POST", "/", "dynamodb", "DynamoDB_20120810.ListTables", "{}", "error"},
		{"query", "POST", "/", "sts", "", sts, "sts GetCallerIdentity AKIAX"},
		{"query in a presigned URL", "GET", "/?" + sts + "&X-Amz-Credential=AKIAY%2F20260101%2Fus-east-1%2Fsts%2Faws4_request", "", "", "", "sts GetCallerIdentity AKIAY"},
		{"IAM", "POST", "/", "iam", "", "Action=ListRoles&Version=2010-05-08", "iam ListRoles AKIAX"},
		{"CloudFormation", "POST", "/", "cloudformation", "", "Action=ListStackSets&Version=2010-05-15", "cloudformation ListStackSets AKIAX"},
		{"query without a version", "POST", "/", "iam", "", "Action=ListRoles", "iam ListRoles AKIAX"},
		{"query of another service", "POST", "/", "sqs", "", "Action=ListQueues&Version=2012-11-05", "error"},
		{"REST", "POST", "/putAccountName", "account", "", "{}", "account PutAccountName AKIAX"},
		{"REST, not simulated", "POST", "/listRegions", "account", "", "{}", "account listRegions AKIAX"},
		{"not signed", "POST", "/", "", "AWSOrganizationsV20161128.ListRoots", "{}", "organizations ListRoots "},
		{"a browser", "GET", "/favicon.ico", "", "", "", "error"},
		{"a broken form", "POST", "/", "sts", "", "%zz", "error"},
	} {
		r := httptest.NewRequest(tt.method, tt.url, nil)
		if tt.scope != "" {
			r.Header.Set("Authorization", strings.Replace(signed, "%s", tt.scope, 1))
		}
		if tt.target != "" {
			r.Header.Set("X-Amz-Target", tt.target)
		}
		q, err := Parse(r, []byte(tt.body))
		got := q.Service + " " + q.Operation + " " + q.Key
		if errors.Is(err, ErrNotAWS) {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestErrorsOfEachProtocol(t *testing.T) {
	f := Failure{Status: http.StatusBadRequest, Code: "Bad", Message: `a <b> "c"`, Reason: "WHY"}
	for _, tt := range []struct {
		p            Protocol
		header, body string
	}{
		{JSON, "", `{"Message":"a \u003cb\u003e \"c\"","Reason":"WHY","__type":"Bad"}`},
		{REST, "Bad", `{"message":"a \u003cb\u003e \"c\""}`},
		{Query, "", `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>Bad</Code><Message>a &lt;b&gt; &#34;c&#34;</Message></Error><RequestId>id</RequestId></ErrorResponse>`},
	} {
		r := Fail(&Request{Protocol: tt.p}, "id", f)
		if got := string(r.Body); got != tt.body || r.Header.Get("X-Amzn-Errortype") != tt.header || r.Status != http.StatusBadRequest {
			t.Errorf("protocol %d: %s %v", tt.p, got, r.Header)
		}
	}
}

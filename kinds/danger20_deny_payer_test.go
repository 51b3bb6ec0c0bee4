package kinds_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// denied is a bucket with a Deny of everybody.
func denied(action, condition string) string {
	return bucketOf("acme-bills", ", statements: [{Sid: Out, Effect: Deny, Principal: \"*\", Action: \""+action+"\", Resource: [\"arn:aws:s3:::acme-bills\", \"arn:aws:s3:::acme-bills/*\"], Condition: {"+condition+"}}]") +
		"roles: [{name: vendor, handoff: true, trust: {accounts: [\"" + kindtest.Account + "\"]}}]\n"
}

// TestDanger20ADenyOfWhatEveryRequestMeets looks like a rule and shuts all out;
// those that are rules are written.
func TestDanger20ADenyOfWhatEveryRequestMeets(t *testing.T) {
	for condition, blocked := range map[string]bool{
		`StringNotLike: {"aws:Referer": "https://www.acme.example/*"}`:              true,
		`StringNotEquals: {"aws:UserAgent": "x"}`:                                   true,
		`NumericGreaterThan: {"s3:TlsVersion": "1.1"}`:                              true,
		`StringNotEquals: {"s3:prefix": "nothing"}`:                                 true,
		`StringNotEquals: {"s3:authType": "POST"}`:                                  true,
		`StringEquals: {"s3:signatureversion": "AWS4-HMAC-SHA256"}`:                 true,
		`"Null": {"s3:VersionId": "true"}`:                                          true,
		`StringNotEquals: {"s3:x-amz-server-side-encryption": "aws:kms"}`:           true,
		`Bool: {"aws:SecureTransport": "false"}`:                                    false,
		`NumericLessThan: {"s3:TlsVersion": "1.2"}`:                                 false,
		`PUT StringNotEquals: {"s3:x-amz-server-side-encryption": "aws:kms"}`:       false,
		`PUT "Null": {"s3:x-amz-server-side-encryption": "true"}`:                   false,
		`PUT StringNotLike: {"aws:Referer": "https://www.acme.example/*"}`:          true,
		`PUT StringNotEquals: {"s3:x-amz-acl": "bucket-owner-full-control"}`:        false,
		`StringEquals: {"aws:PrincipalArn": "arn:aws:iam::451234325714:role/else"}`: false,
	} {
		t.Run(condition, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				action, block := "s3:*", condition
				if rest, put := strings.CutPrefix(condition, "PUT "); put {
					action, block = "s3:PutObject", rest
				}
				made, _, _ := strings.Cut(denied(action, block), ", statements")
				_, role, _ := strings.Cut(denied(action, block), "roles: ")
				r.Apply(made + "}]\nroles: " + role)
				if blocked {
					blockedForSelf(r, denied(action, block), nil, "bucket-policy/acme-bills", "role/vendor")
					return
				}
				r.Apply(denied(action, block))
				r.Settled(denied(action, block))
			})
		})
	}
}

// TestDanger20ADenyByThePathOfOurRole whose session does not tell the path.
func TestDanger20ADenyByThePathOfOurRole(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(bucketOf("acme-bills", ""))
		kindtest.Must[*iam.CreateRoleOutput](r)(r.IAM().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("Admin"), Path: aws.String("/team/"),
			AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + kindtest.Account + `"}}]}`)}))
		r.AttachRole("Admin", admins)
		r.As = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(r.Config()), arnOfPayer+":role/team/Admin")
		for _, pattern := range []string{arnOfPayer + ":role/team/*", "*/team/*"} {
			blockedForSelf(r, bucketOf("acme-bills", `, statements: [{Sid: Out, Effect: Deny, Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::acme-bills/*", Condition: {StringLike: {"aws:PrincipalArn": "`+pattern+`"}}}]`),
				nil, "denies "+arnOfPayer+":role/Admin")
		}
	})
}

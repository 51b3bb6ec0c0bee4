package awssim_test

import (
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
)

// people is a server with IAM's client of one account.
type people struct {
	*rig
	iam *iam.Client
}

func newPeople(t *testing.T, opt awssim.Options) *people {
	r := newRig(t, opt)
	return &people{r, iam.NewFromConfig(r.cfg)}
}

const (
	trustPayer = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}]}`
	allowList  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`
)

func TestSDKRoles(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	s := aws.String
	made := must[*iam.CreateRoleOutput](t)(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: s("lab"), AssumeRolePolicyDocument: s(trustPayer), Description: s("d"), MaxSessionDuration: aws.Int32(7200)}))
	if *made.Role.Arn != "arn:aws:iam::111122223333:role/lab" {
		t.Errorf("made %s", *made.Role.Arn)
	}
	got := must[*iam.GetRoleOutput](t)(p.iam.GetRole(p.ctx, &iam.GetRoleInput{RoleName: s("lab")})).Role
	doc, err := url.QueryUnescape(*got.AssumeRolePolicyDocument)
	if want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}]}`; err != nil || doc != want {
		t.Errorf("trust %s, want %s", doc, want)
	}
	if got := code(err2(p.iam.CreateRole(p.ctx, &iam.CreateRoleInput{RoleName: s("LAB"), AssumeRolePolicyDocument: s(trustPayer)}))); got != "EntityAlreadyExists" {
		t.Errorf("the name in other letters: %s", got)
	}
	_ = must[*iam.PutRolePolicyOutput](t)(p.iam.PutRolePolicy(p.ctx, &iam.PutRolePolicyInput{RoleName: s("lab"), PolicyName: s("p"), PolicyDocument: s(allowList)}))
	in := must[*iam.GetRolePolicyOutput](t)(p.iam.GetRolePolicy(p.ctx, &iam.GetRolePolicyInput{RoleName: s("lab"), PolicyName: s("p")}))
	if doc, _ := url.QueryUnescape(*in.PolicyDocument); doc != allowList || *in.RoleName != "lab" {
		t.Errorf("the inline policy is %s", doc)
	}
	if got := code(err2(p.iam.DeleteRole(p.ctx, &iam.DeleteRoleInput{RoleName: s("lab")}))); got != "DeleteConflict" {
		t.Errorf("delete with a policy: %s", got)
	}
}

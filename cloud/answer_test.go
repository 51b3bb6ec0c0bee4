package cloud

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// asked notes questions, and answers them or sends them.
type asked struct {
	mu      sync.Mutex
	heard   []string
	answers map[string]any
}

func (a *asked) answer(ctx context.Context, q Question, send func(context.Context) (any, error)) (any, error) {
	a.mu.Lock()
	a.heard = append(a.heard, fmt.Sprintf("%s %s %s in %s", q.Account, q.Service, q.Operation, q.Region))
	v, ok := a.answers[q.Operation]
	a.mu.Unlock()
	if err, bad := v.(error); bad {
		return nil, err
	}
	if ok {
		return v, nil
	}
	return send(ctx)
}

// TestAnswer: what is answered is not sent, in the payer and in members, and
// what is not answered is.
func TestAnswer(t *testing.T) {
	f := newFake()
	f.answers["ListRoots"] = ok
	f.answers["AssumeRole"], f.answers["GetRole"] = enters(time.Hour), xmlOK("GetRole")
	a := &asked{answers: map[string]any{
		"ListAccounts":   &organizations.ListAccountsOutput{Accounts: []orgtypes.Account{{Name: aws.String("one")}}},
		"DescribePolicy": &orgtypes.PolicyNotFoundException{Message: aws.String("none")},
		"AttachPolicy":   &smithy.GenericAPIError{Code: "Snapshot", Message: "not here"},
	}}
	o := options(f)
	o.Answer = a.answer
	s := opened(t, o)
	out, err := s.Organizations().ListAccounts(t.Context(), &organizations.ListAccountsInput{})
	if err != nil || len(out.Accounts) != 1 {
		t.Fatalf("ListAccounts = %v, %v", out, err)
	}
	if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	_, err = s.Organizations().DescribePolicy(t.Context(), &organizations.DescribePolicyInput{PolicyId: aws.String("p-1")})
	var none *orgtypes.PolicyNotFoundException
	if !errors.As(err, &none) || Explain(err) != "DescribePolicy: PolicyNotFoundException: none" {
		t.Errorf("DescribePolicy: %v", err)
	}
	if err := attach(t.Context(), s); Code(err) != "Snapshot" {
		t.Errorf("AttachPolicy: %v", err)
	}
	m, err := s.Member(t.Context(), memberID, "vocareum")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := iam.NewFromConfig(m.Config("eu-west-1")).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("r")}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		payerID + " STS GetCallerIdentity in us-east-1", payerID + " Organizations DescribeOrganization in us-east-1",
		payerID + " Organizations ListAccounts in us-east-1", payerID + " Organizations ListRoots in us-east-1",
		payerID + " Organizations DescribePolicy in us-east-1", payerID + " Organizations AttachPolicy in us-east-1",
		payerID + " STS AssumeRole in us-east-1", memberID + " IAM GetRole in eu-west-1",
	}
	if diff := cmp.Diff(want, a.heard); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	for _, r := range f.operations() {
		switch r {
		case "ListAccounts", "DescribePolicy", "AttachPolicy":
			t.Errorf("%s was sent", r)
		}
	}
}

package contact

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	id := want.Inputs[inputAccount].Value()
	err := orgs.Settle(ctx, s, young, func() error {
		_, err := s.Account().PutAlternateContact(ctx, &account.PutAlternateContactInput{
			AccountId: member(s, id), AlternateContactType: types.AlternateContactType(want.Inputs[inputType].Value()),
			Name: aws.String(want.Attrs["name"].Value()), Title: aws.String(want.Attrs["title"].Value()),
			EmailAddress: aws.String(want.Attrs["email"].Value()), PhoneNumber: aws.String(want.Attrs["phone"].Value())})
		return err
	})
	if err != nil {
		return nil, explain(err, member(s, id), "PutAlternateContact")
	}
	return map[string]string{"id": want.Inputs[inputType].Value(), inputAccount: id}, nil
}

// young are the answers for an account that was made a moment ago.
var young = []string{"ResourceNotFoundException", "ConflictException"}

func update(ctx context.Context, s *cloud.Session, _, want resource.Object) (map[string]string, error) {
	return create(ctx, s, want)
}

func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	_, err := s.Account().DeleteAlternateContact(ctx, &account.DeleteAlternateContactInput{
		AccountId: member(s, have.Outputs[inputAccount]), AlternateContactType: types.AlternateContactType(have.ID())})
	if err != nil && !gone(err) {
		return explain(err, member(s, have.Outputs[inputAccount]), "DeleteAlternateContact")
	}
	return nil
}

package iams

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
)

// Held reads what one role, user or group holds, by calls that name it: the
// inline policies with their documents, and what is attached.
func (c Calls) Held(ctx context.Context, name string) ([]types.PolicyDetail, []types.AttachedPolicy, error) {
	names, attached, err := c.listHeld(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	inline := make([]types.PolicyDetail, len(names))
	err = orgs.Each(ctx, names, func(ctx context.Context, i int, policy string) error {
		document, err := c.Document(ctx, name, policy)
		inline[i] = types.PolicyDetail{PolicyName: aws.String(policy), PolicyDocument: aws.String(document)}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read policies of %s: %w", name, err)
	}
	return inline, attached, nil
}

func (c Calls) listHeld(ctx context.Context, name string) (inline []string, attached []types.AttachedPolicy, err error) {
	err = orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		names, next, err := c.ListInline(ctx, name, marker)
		inline = append(inline, names...)
		return next, err
	})
	if err == nil {
		err = orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
			more, next, err := c.ListAttached(ctx, name, marker)
			attached = append(attached, more...)
			return next, err
		})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list policies of %s: %w", name, err)
	}
	return inline, attached, nil
}

package quota

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/resource"
)

func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	return ask(ctx, s, want)
}

func update(ctx context.Context, s *cloud.Session, _, want resource.Object) (map[string]string, error) {
	return ask(ctx, s, want)
}

// ask requests the wanted number, unless it is in force or a request is open by
// now. A request that AWS has not granted on the spot is no failure: it is
// waited for in later passes.
func ask(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	n, err := strconv.Atoi(want.Attrs[attr].Value())
	if err != nil {
		return nil, fmt.Errorf("read the wanted number: %w", err)
	}
	q, err := find(ctx, s)
	switch {
	case err != nil:
		return nil, err
	case q.applied >= n:
		return q.outputs(), nil
	case q.open():
		return nil, &kind.Waiting{Reason: say("AWS has", q.latest)}
	}
	out, err := q.client.RequestServiceQuotaIncrease(cloud.WithoutRepeat(ctx), &servicequotas.RequestServiceQuotaIncreaseInput{
		ServiceCode: aws.String(service), QuotaCode: aws.String(q.code), DesiredValue: aws.Float64(float64(n))})
	switch {
	case err == nil && out.RequestedQuota.Status != types.RequestStatusApproved:
		return nil, &kind.Waiting{Reason: say("AWS has", out.RequestedQuota)}
	case err != nil && cloud.Code(err) == "QuotaExceededException":
		return nil, &kind.Waiting{Reason: "AWS takes no more requests for quotas until one of those that are open has ended"}
	case err != nil && !cloud.Lost(err) && cloud.Code(err) != "ResourceAlreadyExistsException":
		return nil, err
	}
	return q.after(ctx, s, n, err)
}

// after looks at the quota again, where AWS granted a request at once, has one
// of somebody else's, or its answer was lost.
func (q *quota) after(ctx context.Context, s *cloud.Session, n int, cause error) (map[string]string, error) {
	now, err := find(ctx, s)
	switch {
	case err != nil && cause != nil:
		return nil, fmt.Errorf("%w; then it could not be looked for: %w", cause, err)
	case err != nil:
		return nil, err
	case now.applied >= n:
		return now.outputs(), nil
	case now.open():
		return nil, &kind.Waiting{Reason: say("AWS has", now.latest)}
	case cause != nil:
		return nil, cause
	}
	return nil, &kind.Waiting{Reason: fmt.Sprintf("AWS granted %d and has %d in force still", n, now.applied)}
}

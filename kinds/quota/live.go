package quota

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The quota is known by its name: more than one code has been seen for it.
const (
	service   = "organizations"
	quotaName = "Default maximum number of accounts"
	noSuch    = "NoSuchResourceException"
)

// settle is how long an approved request may take until the quota shows it.
const settle = time.Hour

func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if _, ok := orgs.Organization(read); !ok || p != nil && p.Quotas.Accounts == nil {
		return nil, nil
	}
	q, err := find(ctx, s)
	if err != nil {
		return nil, err
	}
	o := resource.Object{Ref: spec.QuotaRef, Attrs: resource.Attrs{attr: resource.Lit(strconv.Itoa(q.applied))},
		Outputs: q.outputs(), Facts: map[string]string{}, After: []resource.Ref{spec.OrganizationRef}}
	switch r := q.latest; {
	case r == nil:
	case q.open():
		o.Facts[resource.FactWaiting] = say("AWS has", r)
	case !q.refused() || p == nil || !aws.ToTime(r.LastUpdated).After(p.Run.LastChanged()):
	case p.Run.RetryFailed:
		o.Facts[resource.FactRefused] = say("AWS refused", r)
	default:
		o.Facts[resource.FactBlocked] = say("AWS refused", r) + "; change the file, or try again with --retry-failed"
	}
	return []resource.Object{o}, nil
}

// quota is the quota of accounts as AWS has it.
type quota struct {
	client    *servicequotas.Client
	code, arn string
	applied   int
	latest    *types.RequestedServiceQuotaChange // the last request; nil where there was none
}

func (q *quota) outputs() map[string]string {
	return map[string]string{"id": q.code, "arn": q.arn, attr: strconv.Itoa(q.applied)}
}

// open says that a request is under way, or was granted and does not show yet.
func (q *quota) open() bool {
	if q.latest == nil {
		return false
	}
	switch q.latest.Status {
	case types.RequestStatusPending, types.RequestStatusCaseOpened:
		return true
	case types.RequestStatusApproved:
		return q.short() && time.Since(aws.ToTime(q.latest.LastUpdated)) < settle
	}
	return false
}

// refused says that the last request ended and did not raise the quota.
func (q *quota) refused() bool {
	return q.latest != nil && !q.open() && q.latest.Status != types.RequestStatusApproved && q.short()
}

// short says that the quota is less than what was last asked for.
func (q *quota) short() bool { return float64(q.applied) < aws.ToFloat64(q.latest.DesiredValue) }

// say tells of a request.
func say(what string, r *types.RequestedServiceQuotaChange) string {
	return fmt.Sprintf("%s request %s for %.0f (%s)", what, aws.ToString(r.Id), aws.ToFloat64(r.DesiredValue), r.Status)
}

// find reads the quota and what was asked of AWS last.
func find(ctx context.Context, s *cloud.Session) (*quota, error) {
	q := &quota{client: servicequotas.NewFromConfig(s.Config(s.Organizations().Options().Region))}
	found, err := q.inForce(ctx)
	if err == nil && found == nil {
		found, err = q.byDefault(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read the account quota: %w", err)
	}
	if found == nil {
		return nil, fmt.Errorf("read the account quota: AWS lists no quota %q of %s", quotaName, service)
	}
	q.code, q.arn, q.applied = aws.ToString(found.QuotaCode), aws.ToString(found.QuotaArn), int(aws.ToFloat64(found.Value))
	if err := q.history(ctx); err != nil {
		return nil, fmt.Errorf("read requests for the account quota: %w", err)
	}
	return q, nil
}

// pick finds the quota in a page.
func pick(page []types.ServiceQuota, found **types.ServiceQuota) {
	for i, q := range page {
		if strings.EqualFold(strings.TrimSpace(aws.ToString(q.QuotaName)), quotaName) {
			*found = &page[i]
		}
	}
}

// inForce looks among the quotas that AWS gives a value in force of.
func (q *quota) inForce(ctx context.Context) (found *types.ServiceQuota, err error) {
	err = orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := q.client.ListServiceQuotas(ctx, &servicequotas.ListServiceQuotasInput{
			ServiceCode: aws.String(service), NextToken: token, MaxResults: aws.Int32(100)})
		if err != nil {
			return nil, err
		}
		pick(page.Quotas, &found)
		return page.NextToken, nil
	})
	return found, err
}

// byDefault looks among AWS's defaults, and asks for the value in force then.
func (q *quota) byDefault(ctx context.Context) (found *types.ServiceQuota, err error) {
	err = orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := q.client.ListAWSDefaultServiceQuotas(ctx, &servicequotas.ListAWSDefaultServiceQuotasInput{
			ServiceCode: aws.String(service), NextToken: token, MaxResults: aws.Int32(100)})
		if err != nil {
			return nil, err
		}
		pick(page.Quotas, &found)
		return page.NextToken, nil
	})
	if err != nil || found == nil {
		return nil, err
	}
	out, err := q.client.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String(service), QuotaCode: found.QuotaCode})
	switch {
	case cloud.Code(err) == noSuch:
		return found, nil
	case err != nil:
		return nil, err
	}
	return out.Quota, nil
}

// history finds the last request: an open one before any other.
func (q *quota) history(ctx context.Context) error {
	return orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := q.client.ListRequestedServiceQuotaChangeHistoryByQuota(ctx, &servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
			ServiceCode: aws.String(service), QuotaCode: aws.String(q.code), NextToken: token, MaxResults: aws.Int32(100)})
		if err != nil {
			return nil, err
		}
		for i, r := range page.RequestedQuotas {
			if q.latest == nil || later(r, *q.latest) {
				q.latest = &page.RequestedQuotas[i]
			}
		}
		return page.NextToken, nil
	})
}

// later says whether a is the request to look at, of two.
func later(a, b types.RequestedServiceQuotaChange) bool {
	under := func(r types.RequestedServiceQuotaChange) bool {
		return r.Status == types.RequestStatusPending || r.Status == types.RequestStatusCaseOpened
	}
	if under(a) != under(b) {
		return under(a)
	}
	return aws.ToTime(a.Created).After(aws.ToTime(b.Created))
}

package awssim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// quotas is Service Quotas as an account sees it.
type quotas struct {
	*rig
	*servicequotas.Client
}

func quotasOf(r *rig) quotas { return quotas{r, servicequotas.NewFromConfig(r.cfg)} }

func (q quotas) ask(n float64) (*types.RequestedServiceQuotaChange, error) {
	out, err := q.RequestServiceQuotaIncrease(q.ctx, &servicequotas.RequestServiceQuotaIncreaseInput{
		ServiceCode: aws.String("organizations"), QuotaCode: aws.String("L-E619E033"), DesiredValue: &n,
	})
	if err != nil {
		return nil, err
	}
	return out.RequestedQuota, nil
}

func (q quotas) history() []types.RequestedServiceQuotaChange {
	q.Helper()
	return must[*servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaOutput](q.TB)(q.ListRequestedServiceQuotaChangeHistoryByQuota(q.ctx, &servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
		ServiceCode: aws.String("organizations"), QuotaCode: aws.String("L-E619E033"),
	})).RequestedQuotas
}

func (q quotas) value() float64 {
	q.Helper()
	return *must[*servicequotas.GetServiceQuotaOutput](q.TB)(q.GetServiceQuota(q.ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String("organizations"), QuotaCode: aws.String("L-E619E033")})).Quota.Value
}

// TestSDKQuotaInTheSandbox asks for more accounts, and looks until they are
// there: each look takes the request one state on.
func TestSDKQuotaInTheSandbox(t *testing.T) {
	r := newRig(t, awssim.Options{Quota: 2})
	q := quotasOf(r)
	r.start()
	r.create("one")
	newAccount := func() string {
		return code(err2(r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: aws.String("two"), Email: aws.String("two@example.com")})))
	}
	if got := newAccount(); got != "ConstraintViolationException ACCOUNT_NUMBER_LIMIT_EXCEEDED" {
		t.Errorf("beyond the quota: %s", got)
	}
	listed := must[*servicequotas.ListServiceQuotasOutput](t)(q.ListServiceQuotas(r.ctx, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("organizations")})).Quotas
	if len(listed) != 1 || *listed[0].QuotaName != "Default maximum number of accounts" || *listed[0].Value != 2 || !listed[0].Adjustable {
		t.Errorf("quotas %+v", listed)
	}
	first, err := q.ask(5)
	if err != nil || first.Status != types.RequestStatusPending {
		t.Fatalf("ask: %+v %v", first, err)
	}
	if _, err := q.ask(6); code(err) != "ResourceAlreadyExistsException" {
		t.Errorf("ask twice: %v", err)
	}
	for _, want := range []string{"CASE_OPENED 2", "APPROVED 5", "APPROVED 5"} {
		got := q.history()
		if s := fmt.Sprint(got[0].Status, " ", q.value()); len(got) != 1 || *got[0].DesiredValue != 5 || s != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
	if got := newAccount(); got != "" {
		t.Errorf("within the new quota: %s", got)
	}
	one := must[*servicequotas.GetRequestedServiceQuotaChangeOutput](t)(q.GetRequestedServiceQuotaChange(r.ctx, &servicequotas.GetRequestedServiceQuotaChangeInput{RequestId: first.Id})).RequestedQuota
	if one.Status != types.RequestStatusApproved || aws.ToString(one.CaseId) == "" {
		t.Errorf("the request: %+v", one)
	}
	if _, err := q.ask(20); err != nil {
		t.Error(err)
	}
	for range 2 {
		p := servicequotas.NewListRequestedServiceQuotaChangeHistoryPaginator(q, &servicequotas.ListRequestedServiceQuotaChangeHistoryInput{MaxResults: aws.Int32(1)})
		n := 0
		for p.HasMorePages() {
			n += len(must[*servicequotas.ListRequestedServiceQuotaChangeHistoryOutput](t)(p.NextPage(r.ctx)).RequestedQuotas)
		}
		if n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	}
}

// TestSDKQuotaOnTheClock takes an hour a state, or as long as is said.
func TestSDKQuotaOnTheClock(t *testing.T) {
	for _, tt := range []struct {
		opt  awssim.Options
		step time.Duration
		end  string
	}{
		{awssim.Options{Manual: true, Quota: 10}, time.Hour, "APPROVED 201"},
		{awssim.Options{Manual: true, Quota: 10, QuotaTime: time.Minute}, time.Minute, "APPROVED 201"},
		{awssim.Options{Manual: true, Quota: 10, QuotaDenied: true}, time.Hour, "DENIED 10"},
	} {
		q := quotasOf(newRig(t, tt.opt))
		if _, err := q.ask(201); err != nil {
			t.Fatal(err)
		}
		now := func() string { return fmt.Sprint(q.history()[0].Status, " ", q.value()) }
		var got []string
		for range 3 {
			got = append(got, now(), now())
			q.sim.Advance(tt.step)
		}
		want := []string{"PENDING 10", "PENDING 10", "CASE_OPENED 10", "CASE_OPENED 10", tt.end, tt.end}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v: got %v, want %v", tt.opt, got, want)
		}
	}
}

func TestSDKQuotaRefusals(t *testing.T) {
	r := newRig(t, awssim.Options{Quota: 10, QuotaCode: "L-29A0C5DF"})
	q := quotasOf(r)
	r.start()
	member := quotasOf(on(t, r.sim, r.create("member")))
	s := aws.String
	ask := func(q quotas, service, code string, n float64) error {
		return err2(q.RequestServiceQuotaIncrease(q.ctx, &servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: &service, QuotaCode: &code, DesiredValue: &n}))
	}
	usual := must[*servicequotas.GetAWSDefaultServiceQuotaOutput](t)(q.GetAWSDefaultServiceQuota(r.ctx, &servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: s("organizations"), QuotaCode: s("L-29A0C5DF")}))
	if got := *usual.Quota.Value; got != 10 {
		t.Errorf("the default: %v", got)
	}
	_ = must[*servicequotas.ListAWSDefaultServiceQuotasOutput](t)(q.ListAWSDefaultServiceQuotas(r.ctx, &servicequotas.ListAWSDefaultServiceQuotasInput{ServiceCode: s("organizations")}))
	west := servicequotas.NewFromConfig(r.cfg, func(o *servicequotas.Options) { o.Region = "eu-west-1" })
	for _, tt := range []struct {
		what string
		err  error
		want string
	}{
		{"not more", ask(q, "organizations", "L-29A0C5DF", 10), "IllegalArgumentException"},
		{"the other code", ask(q, "organizations", "L-E619E033", 20), "NoSuchResourceException"},
		{"another service", ask(q, "vpc", "L-F678F1CE", 20), "NoSuchResourceException"},
		{"a member", ask(member, "organizations", "L-29A0C5DF", 20), "AccessDeniedException"},
		{"another region", err2(west.ListServiceQuotas(r.ctx, &servicequotas.ListServiceQuotasInput{ServiceCode: s("organizations")})), "NoSuchResourceException"},
		{"no such request", err2(q.GetRequestedServiceQuotaChange(r.ctx, &servicequotas.GetRequestedServiceQuotaChangeInput{RequestId: s("abc")})), "NoSuchResourceException"},
		{"a broken token", err2(q.ListRequestedServiceQuotaChangeHistory(r.ctx, &servicequotas.ListRequestedServiceQuotaChangeHistoryInput{NextToken: s("x")})), "InvalidPaginationTokenException"},
		{"an invented status", err2(q.ListRequestedServiceQuotaChangeHistory(r.ctx, &servicequotas.ListRequestedServiceQuotaChangeHistoryInput{Status: "DONE"})), "IllegalArgumentException"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

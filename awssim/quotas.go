package awssim

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// quotaInput holds the members of every input of Service Quotas.
type quotaInput struct {
	ServiceCode, QuotaCode, RequestId, Status, NextToken, ContextId string
	QuotaAppliedAtLevel, QuotaRequestedAtLevel                      string
	MaxResults                                                      *int
	DesiredValue                                                    *float64
	SupportCaseAllowed                                              *bool
}

var quotaWords = words{throttled: "TooManyRequestsException", broken: "ServiceException", denied: "AccessDeniedException"}

// serviceQuotas are the operations of Service Quotas.
var serviceQuotas = map[string]operation{
	"ListServiceQuotas": {noConflict: true, list: "Quotas", empty: noQuotas("Quotas"), need: []string{"ServiceCode"}, run: func(w *world.World, c *call) (any, error) {
		in := input[quotaInput](c)
		out, err := w.ServiceQuotas(c.who.Account, c.Region, in.ServiceCode, in.QuotaCode)
		return wrap("Quotas", &out, err)
	}},
	"ListAWSDefaultServiceQuotas": {noConflict: true, list: "Quotas", empty: noQuotas("Quotas"), need: []string{"ServiceCode"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.DefaultQuotas(c.Region, input[quotaInput](c).ServiceCode, "")
		return wrap("Quotas", &out, err)
	}},
	"GetServiceQuota": {noConflict: true, need: []string{"ServiceCode", "QuotaCode"}, run: func(w *world.World, c *call) (any, error) {
		in := input[quotaInput](c)
		return oneQuota(w.ServiceQuotas(c.who.Account, c.Region, in.ServiceCode, in.QuotaCode))
	}},
	"GetAWSDefaultServiceQuota": {noConflict: true, need: []string{"ServiceCode", "QuotaCode"}, run: func(w *world.World, c *call) (any, error) {
		in := input[quotaInput](c)
		return oneQuota(w.DefaultQuotas(c.Region, in.ServiceCode, in.QuotaCode))
	}},
	"RequestServiceQuotaIncrease": {write: true, noConflict: true, need: []string{"ServiceCode", "QuotaCode", "DesiredValue"}, run: func(w *world.World, c *call) (any, error) {
		in := input[quotaInput](c)
		out, err := w.RequestServiceQuotaIncrease(c.who, c.Region, in.ServiceCode, in.QuotaCode, *in.DesiredValue)
		return wrap("RequestedQuota", out, err)
	}},
	"ListRequestedServiceQuotaChangeHistory":        {settles: true, noConflict: true, list: "RequestedQuotas", empty: noQuotas("RequestedQuotas"), run: quotaHistory},
	"ListRequestedServiceQuotaChangeHistoryByQuota": {settles: true, noConflict: true, list: "RequestedQuotas", empty: noQuotas("RequestedQuotas"), need: []string{"ServiceCode", "QuotaCode"}, run: quotaHistory},
	"GetRequestedServiceQuotaChange": {settles: true, noConflict: true, need: []string{"RequestId"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.GetRequestedServiceQuotaChange(c.who.Account, c.Region, input[quotaInput](c).RequestId)
		return wrap("RequestedQuota", out, err)
	}},
}

// noQuotas is a page without quotas, and a token to the real one, of the form
// that this service's tokens have.
func noQuotas(list string) func(*call) any {
	return func(c *call) any {
		token := base64.StdEncoding.EncodeToString(fmt.Append(nil, c.page.After))
		return map[string]any{list: []any{}, "NextToken": token}
	}
}

func oneQuota(quotas []world.ServiceQuota, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"Quota": quotas[0]}, nil
}

func quotaHistory(w *world.World, c *call) (any, error) {
	in := input[quotaInput](c)
	out, next, err := w.QuotaHistory(c.who.Account, c.Region, in.ServiceCode, in.QuotaCode, in.Status, c.page)
	if err != nil {
		return nil, err
	}
	page := map[string]any{"RequestedQuotas": out}
	if next != 0 {
		page["NextToken"] = base64.StdEncoding.EncodeToString(fmt.Append(nil, next))
	}
	return page, nil
}

const quotaPage = 100

var (
	quotaWord    = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,127}$`)
	quotaRequest = regexp.MustCompile(`^[0-9a-zA-Z][a-zA-Z0-9-]{1,127}$`)
	quotaStates  = []string{"PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST"}
	quotaLevels  = []string{"ACCOUNT", "RESOURCE", "ALL"}
)

// quotaAfter reads a token.
func quotaAfter(token string) (uint64, error) {
	if token == "" {
		return 0, nil
	}
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(b), 10, 64)
}

func illegalQuota(what string) error {
	return &world.Error{Code: "IllegalArgumentException", Message: what + " is missing or not of the form that the API asks for."}
}

// readQuotas decodes and checks an input of Service Quotas.
func readQuotas(c *call, op operation) error {
	in, err := readBody[quotaInput](c)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		ok          bool
	}{
		{"ServiceCode", in.ServiceCode, quotaWord.MatchString(in.ServiceCode) && len(in.ServiceCode) < 64},
		{"QuotaCode", in.QuotaCode, quotaWord.MatchString(in.QuotaCode)},
		{"RequestId", in.RequestId, quotaRequest.MatchString(in.RequestId)},
		{"Status", in.Status, slices.Contains(quotaStates, in.Status)},
		{"QuotaAppliedAtLevel", in.QuotaAppliedAtLevel, slices.Contains(quotaLevels, in.QuotaAppliedAtLevel)},
		{"QuotaRequestedAtLevel", in.QuotaRequestedAtLevel, slices.Contains(quotaLevels, in.QuotaRequestedAtLevel)},
	} {
		if f.value == "" && slices.Contains(op.need, f.name) || f.value != "" && !f.ok {
			return illegalQuota(f.name)
		}
	}
	if v := in.DesiredValue; v == nil && slices.Contains(op.need, "DesiredValue") || v != nil && (*v < 0 || *v > 1e10) {
		return illegalQuota("DesiredValue")
	}
	c.page.Max = quotaPage
	if n := in.MaxResults; n != nil {
		if *n < 1 || *n > quotaPage {
			return illegalQuota("MaxResults")
		}
		c.page.Max = *n
	}
	if c.page.After, err = quotaAfter(in.NextToken); err != nil {
		return &world.Error{Code: "InvalidPaginationTokenException", Message: "Invalid input was provided."}
	}
	return nil
}

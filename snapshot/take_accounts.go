package snapshot

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
)

// oneByOne is how many accounts are asked for their tags one by one where the
// bulk read tells of none at all: it may be that nothing has tags, or that this
// is no AWS that can tell.
const oneByOne = 1000

// accounts asks for the accounts, their tags, and what became of creations.
func (t *taking) accounts(ctx context.Context) error {
	var ids []string
	listed, placed := map[string]bool{}, true
	err := pages(func(token *string) (*string, error) {
		page, err := t.s.Organizations().ListAccounts(ctx, &organizations.ListAccountsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, a := range page.Accounts {
			ids, listed[aws.ToString(a.Id)] = append(ids, aws.ToString(a.Id)), true
			placed = placed && len(a.Paths) > 0
		}
		return page.NextToken, nil
	})
	if err != nil {
		return must("list the accounts", err)
	}
	tagged, err := t.countTagged(ctx, accountTags)
	switch {
	case err != nil:
		return err
	case tagged == 0 && len(ids) <= oneByOne:
		if err := every(ctx, ids, t.tags); err != nil {
			return err
		}
	case tagged < len(ids):
		t.skip(untagged(len(ids) - tagged))
	}
	return t.creations(ctx, listed)
}

// untagged says of how many accounts the bulk read told no tags.
func untagged(n int) string {
	if n == 1 {
		return "the tags of 1 account by itself: the bulk read tells of none, and it is taken to have none, unless the payer file's own plan asked for it"
	}
	return fmt.Sprintf("the tags of %d accounts one by one: the bulk read tells of none, and they are taken to have none, "+
		"but for those that the payer file's own plan asked for", n)
}

func (t *taking) skip(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notAsked = append(t.notAsked, what)
}

// creations asks for the whole journal of account creations, and for the
// accounts that it names and that are not listed.
func (t *taking) creations(ctx context.Context, listed map[string]bool) error {
	var unlisted []string
	err := pages(func(token *string) (*string, error) {
		page, err := t.s.Organizations().ListCreateAccountStatus(ctx, &organizations.ListCreateAccountStatusInput{States: allStates, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, c := range page.CreateAccountStatuses {
			if id := aws.ToString(c.AccountId); id != "" && !listed[id] && c.State == orgtypes.CreateAccountStateSucceeded {
				unlisted = append(unlisted, id)
			}
		}
		return page.NextToken, nil
	})
	// An emulator repeats this list's token for ever from some page on.
	if err != nil && !errors.Is(err, errRing) {
		return must("list the creations of accounts", err)
	}
	return every(ctx, unlisted, func(ctx context.Context, id string) error {
		_, err := t.s.Organizations().DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: &id})
		return t.may("read account "+id, err)
	})
}

// contacts asks for the contacts of the payer.
func (t *taking) contacts(ctx context.Context) error {
	return every(ctx, accounttypes.AlternateContactType("").Values(), func(ctx context.Context, of accounttypes.AlternateContactType) error {
		_, err := t.s.Account().GetAlternateContact(ctx, &account.GetAlternateContactInput{AlternateContactType: of})
		return t.may("read the contacts of the payer", err)
	})
}

// quotas asks for the quotas of Organizations and what was asked of AWS for them.
func (t *taking) quotas(ctx context.Context) error {
	if t.s.Organization() == nil {
		return nil
	}
	c := servicequotas.NewFromConfig(t.s.Config(t.s.Organizations().Options().Region))
	service, codes := aws.String("organizations"), []*string{}
	const what = "read the quotas of Organizations"
	err := pages(func(token *string) (*string, error) {
		page, err := c.ListServiceQuotas(ctx, &servicequotas.ListServiceQuotasInput{ServiceCode: service, NextToken: token, MaxResults: aws.Int32(100)})
		if err != nil {
			return nil, err
		}
		for _, q := range page.Quotas {
			codes = append(codes, q.QuotaCode)
		}
		return page.NextToken, nil
	})
	if err := t.may(what, err); err != nil {
		return err
	}
	err = pages(func(token *string) (*string, error) {
		page, err := c.ListAWSDefaultServiceQuotas(ctx, &servicequotas.ListAWSDefaultServiceQuotasInput{ServiceCode: service, NextToken: token, MaxResults: aws.Int32(100)})
		if err != nil {
			return nil, err
		}
		for _, q := range page.Quotas {
			codes = append(codes, q.QuotaCode)
		}
		return page.NextToken, nil
	})
	if err := t.may(what, err); err != nil {
		return err
	}
	return every(ctx, unique(codes), func(ctx context.Context, code string) error {
		if _, err := c.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: service, QuotaCode: &code}); err != nil {
			if err := t.may(what, err); err != nil {
				return err
			}
		}
		return t.may(what, pages(func(token *string) (*string, error) {
			page, err := c.ListRequestedServiceQuotaChangeHistoryByQuota(ctx, &servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
				ServiceCode: service, QuotaCode: &code, NextToken: token, MaxResults: aws.Int32(100)})
			if err != nil {
				return nil, err
			}
			return page.NextToken, nil
		}))
	})
}

func unique(list []*string) (out []string) {
	seen := map[string]bool{}
	for _, p := range list {
		if s := aws.ToString(p); s != "" && !seen[s] {
			seen[s], out = true, append(out, s)
		}
	}
	return out
}

package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// again is how long AWS is left alone with a creation; one takes about 10 s.
const again = 5 * time.Second

// tries bounds how often a request is made that AWS says it only stumbled on.
const tries = 3

// create asks AWS for the account, with our mark on it, and leaves it to
// resume. The request is made again only after journal and list were read.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	return request(ctx, s, want, 1)
}

func request(ctx context.Context, s *cloud.Session, want resource.Object, try int) (map[string]string, error) {
	started := time.Now()
	out, err := s.Organizations().CreateAccount(cloud.WithoutRepeat(ctx), createInput(s, want))
	if err == nil {
		return follow(ctx, s, want, out.CreateAccountStatus, try)
	}
	switch cloud.Reason(err) {
	case string(types.ConstraintViolationExceptionReasonAccountNumberLimitExceeded):
		return nil, &kind.Waiting{Reason: "the account quota is full; raise \"Default maximum number of accounts\" in Service Quotas"}
	case string(types.ConstraintViolationExceptionReasonAccountCreationRateLimitExceeded):
		return nil, &kind.Waiting{Reason: "AWS takes no more account creations for now; a later apply goes on"}
	}
	if !cloud.Lost(err) {
		return nil, err
	}
	st, found, lookErr := lookFor(ctx, s, want, started)
	switch {
	case lookErr != nil:
		return nil, fmt.Errorf("%w; then the journal could not be read: %w", err, lookErr)
	case found:
		return follow(ctx, s, want, &st, try)
	case try < tries:
		return request(ctx, s, want, try+1)
	}
	return nil, err
}

func createInput(s *cloud.Session, want resource.Object) *organizations.CreateAccountInput {
	mark := orgs.Mark(s.Payer(), want.Ref)
	if pool := want.Facts[resource.FactPool]; pool != "" {
		mark[orgs.KeyPool], mark[orgs.KeyID] = pool, want.Facts[resource.FactID]
	}
	in := &organizations.CreateAccountInput{
		AccountName:            aws.String(want.Attrs["name"].Value()),
		Email:                  aws.String(address(want)),
		IamUserAccessToBilling: types.IAMUserAccessToBilling(want.Inputs["billing"].Value()),
		Tags:                   orgs.List(orgs.Wanted(want), mark),
	}
	if role := want.Inputs["roleName"].Value(); role != "" {
		in.RoleName = aws.String(role)
	}
	return in
}

// address is the email as the file writes it.
func address(want resource.Object) string {
	if as := want.Facts[factAddress]; as != "" {
		return as
	}
	return want.Attrs["email"].Value()
}

// joinedAt reads when a new account joined, where a CSV wants to know.
func joinedAt(ctx context.Context, s *cloud.Session, want resource.Object, id string) (string, error) {
	if want.Inputs["describe"].Value() == "" {
		return "", nil
	}
	out, err := s.Organizations().DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: aws.String(id)})
	if err != nil {
		return "", fmt.Errorf("read account %s: %w", id, err)
	}
	return joinedText(out.Account.JoinedTimestamp), nil
}

// lookFor reads the journal and then the list for a request whose answer was
// lost. Both may lag, so it looks more than once.
func lookFor(ctx context.Context, s *cloud.Session, want resource.Object, since time.Time) (types.CreateAccountStatus, bool, error) {
	name := want.Attrs["name"].Value()
	for look := range orgs.Looks {
		if look > 0 {
			if err := s.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
				return types.CreateAccountStatus{}, false, err
			}
		}
		latest, err := journal(ctx, s, true)
		if err != nil {
			return types.CreateAccountStatus{}, false, err
		}
		st, ok := latest[name]
		if ok && (st.State != types.CreateAccountStateFailed || !aws.ToTime(st.RequestedTimestamp).Before(since.Add(-time.Minute))) {
			return st, true, nil
		}
	}
	id, err := findByEmail(ctx, s, want.Attrs["email"].Value())
	if err != nil || id == "" {
		return types.CreateAccountStatus{}, false, err
	}
	return types.CreateAccountStatus{State: types.CreateAccountStateSucceeded, AccountId: aws.String(id)}, true, nil
}

// findByEmail looks through the list for the account of an address; "" where
// there is none.
func findByEmail(ctx context.Context, s *cloud.Session, email string) (string, error) {
	var found string
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListAccounts(ctx, &organizations.ListAccountsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, a := range page.Accounts {
			if strings.EqualFold(aws.ToString(a.Email), email) {
				found = aws.ToString(a.Id)
				return nil, nil
			}
		}
		return page.NextToken, nil
	})
	if err != nil {
		return "", fmt.Errorf("list accounts: %w", err)
	}
	return found, nil
}

// resume asks AWS how a creation goes.
func resume(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error) {
	id, try := splitToken(token)
	out, err := s.Organizations().DescribeCreateAccountStatus(ctx,
		&organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String(id)})
	if err != nil {
		return nil, fmt.Errorf("read creation %s: %w", id, err)
	}
	return follow(ctx, s, want, out.CreateAccountStatus, try)
}

// The token is the id of AWS's request, and how many were made before it.
func joinToken(id string, try int) string { return fmt.Sprintf("%s#%d", id, try) }

func splitToken(token string) (id string, try int) {
	id, n, ok := strings.Cut(token, "#")
	if _, err := fmt.Sscan(n, &try); !ok || err != nil {
		return id, 1
	}
	return id, try
}

// follow goes on from a state of the request.
func follow(ctx context.Context, s *cloud.Session, want resource.Object, st *types.CreateAccountStatus, try int) (map[string]string, error) {
	switch st.State {
	case types.CreateAccountStateSucceeded:
		return finish(ctx, s, want, aws.ToString(st.AccountId))
	case types.CreateAccountStateFailed:
		return failed(ctx, s, want, st, try)
	}
	return nil, &kind.Pending{Token: joinToken(aws.ToString(st.Id), try), Again: again}
}

func failed(ctx context.Context, s *cloud.Session, want resource.Object, st *types.CreateAccountStatus, try int) (map[string]string, error) {
	switch st.FailureReason {
	case types.CreateAccountFailureReasonAccountLimitExceeded:
		return nil, &kind.Waiting{Reason: "the account quota is full; raise \"Default maximum number of accounts\" in Service Quotas"}
	case types.CreateAccountFailureReasonConcurrentAccountModification, types.CreateAccountFailureReasonInternalFailure:
		if try < tries {
			return request(ctx, s, want, try+1)
		}
	case types.CreateAccountFailureReasonEmailAlreadyExists:
		id, err := madeBefore(ctx, s, want, try)
		if err != nil {
			return nil, err
		}
		if id != "" {
			return finish(ctx, s, want, id)
		}
	}
	return nil, fmt.Errorf("AWS refused it: %s (request %s)", st.FailureReason, aws.ToString(st.Id))
}

// madeBefore looks for the account that an earlier request of ours made: one
// whose answer was lost, or of a run that was killed, while the lists lagged.
// They may lag still, so it looks several times. A request that is under way is
// Pending. It gives "" where the address is somebody else's.
func madeBefore(ctx context.Context, s *cloud.Session, want resource.Object, try int) (string, error) {
	for look := range orgs.Looks {
		if look > 0 {
			if err := s.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
				return "", err
			}
		}
		var id string
		var err error
		if try > 1 {
			id, err = findByEmail(ctx, s, want.Attrs["email"].Value())
		} else {
			id, err = inJournal(ctx, s, want)
		}
		if id != "" || err != nil {
			return id, err
		}
	}
	return "", nil
}

// inJournal finds the account of the wanted name and address among those that
// requests have made.
func inJournal(ctx context.Context, s *cloud.Session, want resource.Object) (string, error) {
	ids, underWay, err := earlier(ctx, s, want.Attrs["name"].Value())
	switch {
	case err != nil:
		return "", err
	case underWay != "":
		return "", &kind.Pending{Token: joinToken(underWay, 1), Again: again}
	}
	for _, id := range ids {
		out, err := s.Organizations().DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: aws.String(id)})
		var gone *types.AccountNotFoundException
		switch {
		case errors.As(err, &gone):
			continue
		case err != nil:
			return "", fmt.Errorf("read account %s: %w", id, err)
		case strings.EqualFold(aws.ToString(out.Account.Email), want.Attrs["email"].Value()):
			return id, nil
		}
	}
	return "", nil
}

// finish moves a new account from the root to its unit.
func finish(ctx context.Context, s *cloud.Session, want resource.Object, id string) (map[string]string, error) {
	parent := want.Inputs["parent"].Value()
	if root := want.Inputs["root"].Value(); parent != root {
		if err := move(ctx, s, id, root, parent); err != nil {
			return nil, err
		}
	}
	org := s.Organization()
	joined, err := joinedAt(ctx, s, want, id)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"joined": joined,
		"id":     id, "email": address(want), "parent": parent,
		"arn":  fmt.Sprintf("arn:%s:organizations::%s:account/%s/%s", s.Partition(), s.AccountID(), aws.ToString(org.Id), id),
		"path": want.Inputs["parentPath"].Value() + id + "/",
	}, nil
}

// move puts an account into a unit. Where it is not where it was read, its
// parent is read again once; where it is in place already, that is done.
func move(ctx context.Context, s *cloud.Session, id, from, to string) error {
	for look := range orgs.Looks {
		_, err := s.Organizations().MoveAccount(ctx, &organizations.MoveAccountInput{
			AccountId: aws.String(id), SourceParentId: aws.String(from), DestinationParentId: aws.String(to)})
		var (
			there   *types.DuplicateAccountException
			noSouce *types.SourceParentNotFoundException
			unknown *types.AccountNotFoundException
		)
		switch {
		case err == nil || errors.As(err, &there):
			return nil
		case !errors.As(err, &noSouce) && !errors.As(err, &unknown) || look == orgs.Looks-1:
			return fmt.Errorf("move account %s from %s to %s: %w", id, from, to, err)
		}
		if err := s.Sleep(ctx, time.Duration(look+1)*time.Second); err != nil {
			return err
		}
		now, err := readParent(ctx, s, id)
		switch {
		case err != nil && cloud.Code(err) != "ChildNotFoundException":
			return err
		case err == nil && now == to:
			return nil
		case err == nil:
			from = now
		}
	}
	return nil
}

// update moves, renames and tags, in this order: guardrails first.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	id := have.ID()
	outputs := map[string]string{}
	if v, ok := want.Attrs["ou"]; ok && !v.Equal(have.Attrs["ou"]) {
		parent := want.Inputs["parent"].Value()
		if err := move(ctx, s, id, have.Outputs["parent"], parent); err != nil {
			return nil, err
		}
		outputs["parent"], outputs["path"] = parent, want.Inputs["parentPath"].Value()+id+"/"
	}
	if v, ok := want.Attrs["name"]; ok && !v.Equal(have.Attrs["name"]) {
		if err := rename(ctx, s, id, v.Value()); err != nil {
			return nil, err
		}
	}
	return outputs, orgs.ApplyTags(ctx, s, id, have, want, false)
}

// rename sets the account's name. AWS's refusal is told with what it needs; it
// does not mean that we may do nothing here.
func rename(ctx context.Context, s *cloud.Session, id, name string) error {
	_, err := s.Account().PutAccountName(ctx, &account.PutAccountNameInput{AccountId: aws.String(id), AccountName: aws.String(name)})
	switch {
	case err == nil:
		return nil
	case strings.HasPrefix(cloud.Code(err), "AccessDenied"):
		return fmt.Errorf("rename account %s: %v; a rename needs account:PutAccountName and %s among organization.trustedServices", id, err, renamer)
	}
	return fmt.Errorf("rename account %s: %w", id, err)
}

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
	out, err := s.Organizations().CreateAccount(cloud.WithoutRepeat(ctx), createInput(s, want))
	if err == nil {
		return follow(ctx, s, want, out.CreateAccountStatus, try)
	}
	switch cloud.Reason(err) {
	case string(types.ConstraintViolationExceptionReasonAccountNumberLimitExceeded):
		return nil, quotaFull(want)
	case string(types.ConstraintViolationExceptionReasonAccountCreationRateLimitExceeded):
		return nil, &kind.Waiting{Reason: "AWS takes no more account creations for now; a later apply goes on", All: true}
	}
	if !cloud.Lost(err) {
		return nil, err
	}
	id, lookErr := madeBefore(ctx, s, want)
	var pending *kind.Pending
	switch {
	case errors.As(lookErr, &pending):
		return nil, lookErr
	case lookErr != nil:
		return nil, fmt.Errorf("%w; then it could not be looked for: %w", err, lookErr)
	case id != "":
		return finish(ctx, s, want, id)
	case try < tries:
		return request(ctx, s, want, try+1)
	}
	return nil, err
}

// quotaFull is the answer to any creation that the quota has no room for.
func quotaFull(want resource.Object) error {
	return &kind.Waiting{All: true, Reason: fmt.Sprintf("the account quota is full, and the file needs %s accounts, the management account counted: %s",
		want.Inputs["needed"].Value(), want.Inputs["outlook"].Value())}
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
		return nil, quotaFull(want)
	case types.CreateAccountFailureReasonConcurrentAccountModification, types.CreateAccountFailureReasonInternalFailure:
		if try < tries {
			return request(ctx, s, want, try+1)
		}
	case types.CreateAccountFailureReasonEmailAlreadyExists:
		id, err := madeBefore(ctx, s, want)
		if err != nil {
			return nil, err
		}
		if id != "" {
			return finish(ctx, s, want, id)
		}
	}
	return nil, fmt.Errorf("request %s: %w", aws.ToString(st.Id), refused(st.FailureReason))
}

// refused is the reason for which AWS failed a creation. It names no request,
// so that many of one reason are one cause.
type refused types.CreateAccountFailureReason

func (r refused) Error() string { return "AWS refused it: " + string(r) }

// madeBefore looks in the journal, and in the end through the list, for the
// account that an earlier request of ours made: one whose answer was lost, or
// of a run that was killed. Both may lag, so it looks several times. A request
// that is under way is Pending. It gives "" where there is none, or where the
// address is somebody else's.
func madeBefore(ctx context.Context, s *cloud.Session, want resource.Object) (string, error) {
	for look := range orgs.Looks {
		if look > 0 {
			if err := s.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
				return "", err
			}
		}
		if id, err := inJournal(ctx, s, want); id != "" || err != nil {
			return id, err
		}
	}
	return findByEmail(ctx, s, want.Attrs["email"].Value())
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
		a, err := describe(ctx, s, id)
		switch {
		case cloud.Code(err) == notFound:
			continue
		case err != nil:
			return "", err
		case strings.EqualFold(aws.ToString(a.Email), want.Attrs["email"].Value()):
			return id, nil
		}
	}
	return "", nil
}

func describe(ctx context.Context, s *cloud.Session, id string) (*types.Account, error) {
	out, err := s.Organizations().DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: aws.String(id)})
	if err != nil {
		return nil, fmt.Errorf("read account %s: %w", id, err)
	}
	return out.Account, nil
}

// notFound is AWS's code for an account that it does not know, or not yet.
const notFound = "AccountNotFoundException"

// describeNew reads an account that AWS has just made and may not know
// everywhere yet.
func describeNew(ctx context.Context, s *cloud.Session, id string) (made *types.Account, err error) {
	err = orgs.Settle(ctx, s, []string{notFound}, func() error {
		made, err = describe(ctx, s, id)
		return err
	})
	return made, err
}

// finish moves a new account from the root to its unit. AWS's journal knows a
// request only by the account's name, so the address is looked at first: an
// account that somebody else asked for is not ours to move or to hand out.
func finish(ctx context.Context, s *cloud.Session, want resource.Object, id string) (map[string]string, error) {
	made, err := describeNew(ctx, s, id)
	if err != nil {
		return nil, err
	}
	if email := aws.ToString(made.Email); !strings.EqualFold(email, want.Attrs["email"].Value()) {
		return nil, &kind.Waiting{Reason: fmt.Sprintf("AWS made an account of this name for %s (%s), which is not ours; plan again", email, id)}
	}
	parent := want.Inputs["parent"].Value()
	if root := want.Inputs["root"].Value(); parent != root {
		if err := move(ctx, s, id, root, parent); err != nil {
			return nil, err
		}
	}
	return map[string]string{
		"id": id, "email": aws.ToString(made.Email), "arn": aws.ToString(made.Arn), "joined": joinedText(made.JoinedTimestamp),
		"parent": parent, "path": want.Inputs["parentPath"].Value() + id + "/",
	}, nil
}

// move puts an account into a unit. Where it is not where it was read, or the
// unit is too young for AWS to know it everywhere, its parent is read and it is
// tried again; where it is in place already, that is done.
func move(ctx context.Context, s *cloud.Session, id, from, to string) error {
	for look := range orgs.Looks {
		_, err := s.Organizations().MoveAccount(ctx, &organizations.MoveAccountInput{
			AccountId: aws.String(id), SourceParentId: aws.String(from), DestinationParentId: aws.String(to)})
		var (
			there    *types.DuplicateAccountException
			noSource *types.SourceParentNotFoundException
			noTarget *types.DestinationParentNotFoundException
			unknown  *types.AccountNotFoundException
		)
		switch {
		case err == nil || errors.As(err, &there):
			return nil
		case !errors.As(err, &noSource) && !errors.As(err, &noTarget) && !errors.As(err, &unknown) || look == orgs.Looks-1:
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

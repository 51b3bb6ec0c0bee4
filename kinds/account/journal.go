package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// lookForMissing finds out what became of wanted accounts whose email nobody
// has: AWS is still making them, made them a moment ago, refused them for good,
// or they live under another address.
func (r *reader) lookForMissing(ctx context.Context) error {
	missing := map[string]spec.Account{} // by name, which is unique in a file
	wanted := map[resource.Ref]bool{}
	for a := range r.p.AllAccounts() {
		wanted[a.Ref()] = true
		if _, ok := r.byRef[a.Ref()]; !ok {
			missing[a.Name] = a
		}
	}
	latest, err := journal(ctx, r.s, len(missing) > 0)
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	r.matchNames(missing, wanted)
	for name, a := range missing {
		status, ok := latest[name]
		if !ok {
			continue
		}
		if err := r.takeStatus(ctx, a, status); err != nil {
			return err
		}
	}
	if free := r.free(wanted); len(free) > 0 {
		if err := r.readMarks(ctx, free); err != nil {
			return err
		}
		r.refusePattern(free)
		r.matchMarks(missing, free)
	}
	r.noteRefused(missing, latest)
	return nil
}

// noteRefused says of the accounts that are missing still, and are tried again,
// when AWS refused them for good.
func (r *reader) noteRefused(missing map[string]spec.Account, latest map[string]types.CreateAccountStatus) {
	for name, a := range missing {
		if st, ok := latest[name]; ok && r.p.Run.RetryFailed && r.stands(st) {
			r.put(resource.Object{Ref: a.Ref(), Facts: map[string]string{resource.FactAbsent: "true",
				resource.FactRefused: fmt.Sprintf("%s: %s", refusedAt(st).UTC().Format("2006-01-02 15:04"), st.FailureReason)}})
		}
	}
}

// stands says that AWS refused a request for good, and nobody changed the file
// since.
func (r *reader) stands(st types.CreateAccountStatus) bool {
	return st.State == types.CreateAccountStateFailed && final(st.FailureReason) && refusedAt(st).After(r.p.Run.LastChanged())
}

func refusedAt(st types.CreateAccountStatus) time.Time {
	if at := aws.ToTime(st.CompletedTimestamp); !at.IsZero() {
		return at
	}
	return aws.ToTime(st.RequestedTimestamp)
}

// journal reads AWS's own list of creation requests, the latest of each name.
// What succeeded is asked for only where a wanted account is not listed.
func journal(ctx context.Context, s *cloud.Session, succeeded bool) (map[string]types.CreateAccountStatus, error) {
	states := []types.CreateAccountState{types.CreateAccountStateInProgress, types.CreateAccountStateFailed}
	if succeeded {
		states = append(states, types.CreateAccountStateSucceeded)
	}
	latest := map[string]types.CreateAccountStatus{}
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListCreateAccountStatus(ctx,
			&organizations.ListCreateAccountStatusInput{States: states, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, st := range page.CreateAccountStatuses {
			name := aws.ToString(st.AccountName)
			if old, ok := latest[name]; !ok || newer(st, old) {
				latest[name] = st
			}
		}
		return page.NextToken, nil
	})
	// An emulator repeats this list's token for ever from some page on. What it
	// hides there has ended and is in the list of accounts.
	if err != nil && !errors.Is(err, orgs.ErrRepeatedToken) {
		return nil, fmt.Errorf("list account creations: %w", err)
	}
	return latest, nil
}

// earlier lists the accounts that requests of a name have made, and gives the
// token of one that is under way.
func earlier(ctx context.Context, s *cloud.Session, name string) (ids []string, underWay string, err error) {
	err = orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListCreateAccountStatus(ctx, &organizations.ListCreateAccountStatusInput{
			States: []types.CreateAccountState{types.CreateAccountStateSucceeded, types.CreateAccountStateInProgress}, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, st := range page.CreateAccountStatuses {
			switch {
			case aws.ToString(st.AccountName) != name:
			case st.State == types.CreateAccountStateInProgress:
				underWay = aws.ToString(st.Id)
			case aws.ToString(st.AccountId) != "":
				ids = append(ids, aws.ToString(st.AccountId))
			}
		}
		return page.NextToken, nil
	})
	if err != nil && !errors.Is(err, orgs.ErrRepeatedToken) {
		return nil, "", fmt.Errorf("list account creations: %w", err)
	}
	return ids, underWay, nil
}

// newer says whether a is the later request of a name; at one time, the one
// that has an account or may get one.
func newer(a, b types.CreateAccountStatus) bool {
	at, bt := aws.ToTime(a.RequestedTimestamp), aws.ToTime(b.RequestedTimestamp)
	if !at.Equal(bt) {
		return at.After(bt)
	}
	return b.State == types.CreateAccountStateFailed
}

// takeStatus turns a request in the journal into what Diff can see.
func (r *reader) takeStatus(ctx context.Context, a spec.Account, st types.CreateAccountStatus) error {
	if i, ok := r.byRef[a.Ref()]; ok && r.objects[i].ID() != "" {
		return nil // it lives under another address
	}
	switch st.State {
	case types.CreateAccountStateInProgress:
		r.put(resource.Object{Ref: a.Ref(), Pending: aws.ToString(st.Id)})
	case types.CreateAccountStateSucceeded:
		return r.takeUnlisted(ctx, a, aws.ToString(st.AccountId))
	case types.CreateAccountStateFailed:
		if r.p.Run.RetryFailed || !r.stands(st) {
			return nil
		}
		r.put(resource.Object{Ref: a.Ref(), Facts: map[string]string{resource.FactAbsent: "true",
			resource.FactBlocked: fmt.Sprintf("failed %s ago: %s; change the file, or try again with --retry-failed",
				words.Age(time.Since(refusedAt(st))), st.FailureReason)}})
	}
	return nil
}

// takeUnlisted reads an account that AWS made and does not list yet.
func (r *reader) takeUnlisted(ctx context.Context, a spec.Account, id string) error {
	if _, listed := r.byID[id]; listed || id == "" {
		return nil
	}
	made, err := describe(ctx, r.s, id)
	switch {
	case cloud.Code(err) == notFound:
		return nil
	case err != nil:
		return err
	case !strings.EqualFold(aws.ToString(made.Email), a.Email):
		return nil // an earlier account of the name, gone from the list
	}
	parent, ok := parentInPaths(*made)
	if !ok {
		if parent, err = readParent(ctx, r.s, id); err != nil {
			return err
		}
	}
	return r.add(*made, parent)
}

func readParent(ctx context.Context, s *cloud.Session, id string) (string, error) {
	out, err := s.Organizations().ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String(id)})
	if err != nil {
		return "", fmt.Errorf("read the parent of %s: %w", id, err)
	}
	if len(out.Parents) != 1 {
		return "", fmt.Errorf("read the parent of %s: AWS lists %d", id, len(out.Parents))
	}
	return aws.ToString(out.Parents[0].Id), nil
}

// put adds an object that no list of AWS holds.
func (r *reader) put(o resource.Object) {
	if _, ok := r.byRef[o.Ref]; ok {
		return
	}
	r.byRef[o.Ref] = len(r.objects)
	r.objects = append(r.objects, o)
}

// final says whether AWS would refuse the same request again.
func final(reason types.CreateAccountFailureReason) bool {
	switch reason {
	case types.CreateAccountFailureReasonConcurrentAccountModification,
		types.CreateAccountFailureReasonInternalFailure,
		types.CreateAccountFailureReasonAccountLimitExceeded:
		return false
	}
	return true
}

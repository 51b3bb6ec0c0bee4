package stackset

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// again is how long CloudFormation is left alone with an operation; one takes
// half a minute for a few accounts, and hours for thousands.
const again = 15 * time.Second

// token is what a pending change must know to go on: the operation, whether it
// is the change's own, and the steps that it has made.
type token struct {
	operation string
	own       bool
	steps     string // a letter each
}

const (
	updated  = "u"
	retried  = "r"
	created  = "c"
	filled   = "f"
	deleting = "x" // the change is a delete
	deleted  = "d"
	lost     = "l" // not a step: one that was made in vain
)

// mostLost is how often a change makes a step again that was lost.
const mostLost = 3

// String is the token as a pending request keeps it.
func (t token) String() string {
	if !t.own && t.steps == "" {
		return t.operation
	}
	return t.operation + "#" + strconv.FormatBool(t.own) + "#" + t.steps
}

func readToken(s string) token {
	op, rest, _ := strings.Cut(s, "#")
	own, steps, _ := strings.Cut(rest, "#")
	return token{operation: op, own: own == "true", steps: steps}
}

func (t token) did(step string) int { return strings.Count(t.steps, step) }

func (t token) wait() error { return &kind.Pending{Token: t.String(), Again: again} }

// newID is the id of a new operation: with it a call that is sent twice is done
// once, and an answer that is lost is found again.
func newID() *string { return aws.String("reconciler-" + strings.ToLower(rand.Text())) }

// begin makes a call that begins an operation, and waits for that. Where another
// one is under way, it is waited for first.
func begin(ctx context.Context, s *cloud.Session, set string, t token, step string, call func(id *string) error) error {
	id := newID()
	err := call(id)
	var busy *types.OperationInProgressException
	var stale *types.StaleRequestException
	var twice *types.OperationIdAlreadyExistsException
	mine := token{operation: *id, own: true, steps: t.steps + step}
	switch {
	case err == nil || errors.As(err, &twice) || cloud.Lost(err):
		return mine.wait()
	case !errors.As(err, &busy) && !errors.As(err, &stale):
		return err
	}
	other, listErr := underWay(ctx, s, set)
	switch {
	case listErr != nil:
		return listErr
	case other == *id: // sent twice, and begun the first time
		return mine.wait()
	case other == "": // it has just ended
		other = nothing
	}
	return token{operation: other, steps: t.steps}.wait()
}

// nothing stands for an operation that has ended.
const nothing = "-"

// underWay is the id of the operation that a stack set has under way, "" for none.
func underWay(ctx context.Context, s *cloud.Session, set string) (string, error) {
	found := ""
	err := orgs.Pages(ctx, func(ctx context.Context, next *string) (*string, error) {
		page, err := client(s).ListStackSetOperations(ctx, &cloudformation.ListStackSetOperationsInput{StackSetName: &set, NextToken: next})
		if err != nil {
			return nil, err
		}
		for _, op := range page.Summaries {
			if running(op.Status) {
				found = aws.ToString(op.OperationId)
				return nil, nil
			}
		}
		if len(page.Summaries) > 0 {
			return nil, nil // the newest come first: older ones have ended
		}
		return page.NextToken, nil
	})
	if err != nil {
		return "", fmt.Errorf("list operations of stack set %s: %w", set, err)
	}
	return found, nil
}

func running(status types.StackSetOperationStatus) bool {
	switch status {
	case types.StackSetOperationStatusRunning, types.StackSetOperationStatusQueued, types.StackSetOperationStatusStopping:
		return true
	}
	return false
}

// ended waits for the operation of a token, gives its failure where it is the
// change's own, and else the token to go on with. An operation of the change's
// own that AWS does not know never began, for the call was lost and not only its
// answer: its step is to be made again.
func ended(ctx context.Context, s *cloud.Session, set string, t token) (token, error) {
	if t.operation == nothing {
		return t, nil
	}
	out, err := client(s).DescribeStackSetOperation(ctx, &cloudformation.DescribeStackSetOperationInput{StackSetName: &set, OperationId: &t.operation})
	var unknown *types.OperationNotFoundException
	var gone *types.StackSetNotFoundException
	switch {
	case errors.As(err, &unknown) && t.own:
		return t.undone(set)
	case errors.As(err, &unknown), errors.As(err, &gone):
		return t, nil
	case err != nil:
		return t, fmt.Errorf("read operation %s of stack set %s: %w", t.operation, set, err)
	case running(out.StackSetOperation.Status):
		return t, t.wait()
	case t.own && out.StackSetOperation.Status != types.StackSetOperationStatusSucceeded:
		return t, failed(ctx, s, set, out.StackSetOperation)
	}
	return t, nil
}

// undone is the token without its last step, which was lost.
func (t token) undone(set string) (token, error) {
	if t.did(lost) == mostLost {
		return t, fmt.Errorf("change stack set %s: AWS never got the call, %d times; apply again", set, mostLost+1)
	}
	t.steps = t.steps[:len(t.steps)-1] + lost
	return t, nil
}

// failed says in which accounts an operation failed and why.
func failed(ctx context.Context, s *cloud.Session, set string, op *types.StackSetOperation) error {
	var all []string
	err := orgs.Pages(ctx, func(ctx context.Context, next *string) (*string, error) {
		page, err := client(s).ListStackSetOperationResults(ctx, &cloudformation.ListStackSetOperationResultsInput{
			StackSetName: &set, OperationId: op.OperationId, NextToken: next,
			Filters: []types.OperationResultFilter{{Name: types.OperationResultFilterNameOperationResultStatus, Values: aws.String("FAILED")}}})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Summaries {
			all = append(all, aws.ToString(r.Account)+": "+aws.ToString(r.StatusReason))
		}
		return page.NextToken, nil
	})
	if err != nil {
		return fmt.Errorf("operation %s of stack set %s is %s; read its results: %w", aws.ToString(op.OperationId), set, op.Status, err)
	}
	hint := ""
	if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, alreadyExists) }) {
		hint = existsHint
	}
	return fmt.Errorf("operation %s of stack set %s is %s: %d accounts failed: %s%s", aws.ToString(op.OperationId), set, op.Status, len(all), reasons(all), hint)
}

// CloudFormation takes over no role that is there already, whoever made it.
const (
	alreadyExists = "already exists"
	existsHint    = ` (a stack set takes over no role: one that "deploy: direct" has made goes with an entry of its name with absent: true, applied first; one that others have made is theirs to delete)`
)

// resume goes on where a change left off.
func resume(ctx context.Context, s *cloud.Session, want resource.Object, text string) (map[string]string, error) {
	t := readToken(text)
	set, _, _ := strings.Cut(want.Ref.Name, "@")
	t, err := ended(ctx, s, set, t)
	if err != nil {
		return nil, err
	}
	if t.did(deleting) > 0 {
		return nil, removeNext(ctx, s, want, t)
	}
	if t.steps == "" { // the operation was another's, and what has failed in it was not known
		list, err := listStacks(ctx, s, set)
		if err != nil {
			return nil, err
		}
		want.Facts = maps.Clone(want.Facts)
		reader{s: s}.broken(&want, spec.MemberRole{}, &types.StackSet{}, list)
	}
	return converge(ctx, s, want, t)
}

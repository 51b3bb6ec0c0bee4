package cloud

import (
	"context"
	"fmt"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Question is one call of a session's client, before anything of it is sent.
type Question struct {
	Account   string // whose the answer is: the payer's, or a member's
	Service   string // as the SDK calls it, such as Organizations
	Operation string // such as ListAccounts
	Region    string // that the client is of
	Input     any    // a pointer to the SDK's input, which is checked already
}

// addAnswers puts [Options.Answer] in the place of everything that a client does
// with an input that it has found right.
func (s *Session) addAnswers(stack *middleware.Stack) error {
	if s.opts.Answer == nil {
		return nil
	}
	m := middleware.InitializeMiddlewareFunc("ReconcilerAnswers", s.handleQuestion)
	if err := stack.Initialize.Add(m, middleware.After); err != nil {
		return fmt.Errorf("add answers: %w", err)
	}
	return nil
}

func (s *Session) handleQuestion(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, md middleware.Metadata, err error,
) {
	q := Question{
		Account: s.opts.AccountID, Service: awsmiddleware.GetServiceID(ctx), Operation: awsmiddleware.GetOperationName(ctx),
		Region: awsmiddleware.GetRegion(ctx), Input: in.Parameters,
	}
	out.Result, err = s.opts.Answer(ctx, q, func(ctx context.Context) (any, error) {
		sent, m, err := next.HandleInitialize(ctx, in)
		md = m
		return sent.Result, err
	})
	return out, md, err
}

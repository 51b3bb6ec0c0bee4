package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// call is what the parts of the stack know of one call. Its tries run one after
// the other, so it needs no lock.
type call struct {
	sent int // tries that reached the transport
	// What was called, as the SDK names it. Not every client has told by the time
	// that the outermost step sees its context.
	service, operation string
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// addStack puts the session's own steps around a client's: the call as a whole
// (audit, short errors) outermost, the rates inside the retries, and the
// question whether an answer was lost next to the transport.
func (s *Session) addStack(stack *middleware.Stack) error {
	version := s.opts.Version
	if version == "" {
		version = "dev"
	}
	if err := awsmiddleware.AddUserAgentKeyValue("reconciler", version)(stack); err != nil {
		return fmt.Errorf("add user agent: %w", err)
	}
	whole := middleware.InitializeMiddlewareFunc("ReconcilerCall", s.handleCall)
	if err := stack.Initialize.Add(whole, middleware.Before); err != nil {
		return fmt.Errorf("add call: %w", err)
	}
	rates := middleware.FinalizeMiddlewareFunc("ReconcilerRates", s.handleRates)
	if err := stack.Finalize.Insert(rates, "Retry", middleware.After); err != nil {
		return fmt.Errorf("add rates: %w", err)
	}
	answer := middleware.DeserializeMiddlewareFunc("ReconcilerAnswer", s.handleAnswer)
	if err := stack.Deserialize.Add(answer, middleware.Before); err != nil {
		return fmt.Errorf("add answer: %w", err)
	}
	return s.addAnswers(stack)
}

// handleCall runs a call with all its tries, writes the audit line of a write,
// and shortens the error.
func (s *Session) handleCall(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, md middleware.Metadata, err error,
) {
	c := &call{}
	ctx = context.WithValue(ctx, callKey{}, c)
	out, md, err = next.HandleInitialize(ctx, in)
	if err != nil {
		e := newError(err)
		e.member = s.member
		err = e
	}
	s.audit(ctx, c, md, err)
	return out, md, err
}

// handleRates waits for the rate of the operation before each try, and then
// asks the gate: what it allows does not grow old in a queue.
func (s *Session) handleRates(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, md middleware.Metadata, err error,
) {
	if err := s.hold(ctx, awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)); err != nil {
		return out, md, err
	}
	return s.pass(ctx, in, next)
}

// handleAnswer counts a try and marks the error of one whose answer was lost.
func (s *Session) handleAnswer(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	c := callOf(ctx)
	c.sent++
	c.service, c.operation = awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)
	start := time.Now()
	out, md, err = next.HandleDeserialize(ctx, in)
	if answerLost(err) {
		err = &lostError{err: err, final: once(ctx)}
	}
	if s.opts.Observe != nil {
		s.opts.Observe(Call{Service: c.service, Operation: c.operation, Outcome: outcome(err),
			Throttled: err != nil && Throttled(err), Write: writes(c.operation), Took: time.Since(start)})
	}
	if err == nil {
		return out, md, nil
	}
	if Throttled(err) {
		s.throttled(ctx, c.service, c.operation, start)
	}
	s.log.DebugContext(ctx, "aws call failed", "payer", s.opts.Payer,
		"service", awsmiddleware.GetServiceID(ctx), "operation", awsmiddleware.GetOperationName(ctx),
		"attempt", c.sent, "code", outcome(err))
	return out, md, err
}

// lostError is a try whose answer is not known: AWS may have done it.
type lostError struct {
	err   error
	final bool // the call must not be repeated
}

func (e *lostError) Error() string { return e.err.Error() }

func (e *lostError) Unwrap() error { return e.err }

type onceKey struct{}

// WithoutRepeat marks the calls made with the context as ones that are not
// repeated where AWS may have done them already: after a 5xx, or where the
// answer was lost. Such an error is returned at once, and [Lost] is true of it;
// the caller then reads what there is. What AWS is known to have refused (a
// throttle, a conflict) is tried again as always.
func WithoutRepeat(ctx context.Context) context.Context {
	return context.WithValue(ctx, onceKey{}, true)
}

func once(ctx context.Context) bool {
	v, _ := ctx.Value(onceKey{}).(bool)
	return v
}

// canceled reports whether an error comes from the end of the caller's context.
// The HTTP client's own time limit looks like one, but is a lost answer.
func canceled(err error) bool {
	var c interface{ CanceledError() bool }
	if errors.As(err, &c) && c.CanceledError() {
		return true
	}
	var send *smithyhttp.RequestSendError
	return !errors.As(err, &send) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

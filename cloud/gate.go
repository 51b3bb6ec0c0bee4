package cloud

import (
	"context"
	"errors"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Call is one try of a call, as [Options.Observe] is told of it.
type Call struct {
	Service   string        // as the SDK calls it, such as Organizations
	Operation string        // such as AttachPolicy
	Outcome   string        // ok, the error code, lost, canceled or error
	Throttled bool          // AWS held it back for its rate
	Write     bool          // it changes something
	Took      time.Duration // from sending it to its answer
}

type gateKey struct{}

// WithoutGate marks the calls made with the context as ones that
// [Options.Gate] is not asked about: those that keep the right to write itself.
func WithoutGate(ctx context.Context) context.Context { return context.WithValue(ctx, gateKey{}, true) }

type auditKey struct{}

// WithoutAudit marks the calls made with the context as ones that no audit line
// is written for, such as the renewals of a lease: there is one every few
// minutes for months, and none of them changes what AWS is.
func WithoutAudit(ctx context.Context) context.Context {
	return context.WithValue(ctx, auditKey{}, true)
}

func marked(ctx context.Context, key any) bool {
	v, _ := ctx.Value(key).(bool)
	return v
}

// gateError is a write that [Options.Gate] did not let through, or cut short.
type gateError struct {
	err  error // why
	sent error // of the try that was cut short; nil where nothing was sent
}

func (e *gateError) Error() string {
	if e.sent != nil {
		return "cut short: " + Explain(e.err)
	}
	return "not sent: " + Explain(e.err)
}

// Unwrap leads to the try alone. Why the gate is closed may be an answer of AWS
// to another call, whose code is nothing to whoever made this one.
func (e *gateError) Unwrap() error { return e.sent }

// Is finds the sentinels of the gate.
func (e *gateError) Is(target error) bool { return errors.Is(e.err, target) }

// Hint is what the user may do about it.
func (e *gateError) Hint() string { return Hint(e.err) }

// Gated reports whether [Options.Gate] ended a call: it was not sent, or it was
// cut short, which [Lost] tells apart.
func Gated(err error) bool {
	var e *gateError
	return errors.As(err, &e)
}

// pass asks the gate about a try of a write, and sends it within the context
// that the gate gives.
func (s *Session) pass(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, md middleware.Metadata, err error,
) {
	if s.opts.Gate == nil || marked(ctx, gateKey{}) || !writes(awsmiddleware.GetOperationName(ctx)) {
		return next.HandleFinalize(ctx, in)
	}
	bounded, done, err := s.opts.Gate(ctx)
	if err != nil && ctx.Err() != nil {
		return out, md, ctx.Err()
	}
	if err != nil {
		return out, md, &gateError{err: err}
	}
	defer done()
	out, md, err = next.HandleFinalize(bounded, in)
	if err != nil && canceled(err) && bounded.Err() != nil && ctx.Err() == nil {
		err = &gateError{err: context.Cause(bounded), sent: err}
	}
	return out, md, err
}

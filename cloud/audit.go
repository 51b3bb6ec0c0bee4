package cloud

import (
	"context"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// A Write is one call that changed AWS, or that meant to. It holds nothing
// secret.
type Write struct {
	Time      time.Time // when its end was known
	Payer     string
	Account   string // the account the session is in
	Commit    string
	Service   string // as the SDK calls it, such as Organizations
	Operation string // such as AttachPolicy
	Object    string // the ref that WithObject named, if any
	RequestID string // of the last try; empty where no answer came
	Outcome   string // ok, the error code, lost, canceled or error
	Lost      bool   // the answer was lost: AWS may have done it
	Attempts  int    // tries that were sent
}

type objectKey struct{}

// WithObject names the object that the calls made with the context are for, in
// the audit line.
func WithObject(ctx context.Context, ref string) context.Context {
	return context.WithValue(ctx, objectKey{}, ref)
}

// reading are the first words of the operations that change nothing. Assume
// opens a session, which is not a change either.
var reading = []string{"Describe", "List", "Get", "BatchGet", "Head", "Simulate", "Assume"}

func writes(operation string) bool {
	for _, word := range reading {
		if strings.HasPrefix(operation, word) {
			return false
		}
	}
	return true
}

// audit writes the line of a call that is a write and that was sent at least
// once.
func (s *Session) audit(ctx context.Context, c *call, md middleware.Metadata, err error) {
	operation := awsmiddleware.GetOperationName(ctx)
	if c.sent == 0 || !writes(operation) {
		return
	}
	object, _ := ctx.Value(objectKey{}).(string)
	w := Write{
		Time:      time.Now(),
		Payer:     s.opts.Payer,
		Account:   s.opts.AccountID,
		Commit:    s.opts.Commit,
		Service:   awsmiddleware.GetServiceID(ctx),
		Operation: operation,
		Object:    object,
		RequestID: requestID(err),
		Outcome:   outcome(err),
		Lost:      Lost(err),
		Attempts:  c.sent,
	}
	if err == nil {
		w.RequestID, _ = awsmiddleware.GetRequestIDMetadata(md)
	}
	s.log.InfoContext(ctx, "aws write", "payer", w.Payer, "account", w.Account, "commit", w.Commit,
		"service", w.Service, "operation", w.Operation, "object", w.Object,
		"request_id", w.RequestID, "outcome", w.Outcome, "attempts", w.Attempts)
	if s.opts.Audit != nil {
		s.opts.Audit(w)
	}
}

// outcome is a call's end in one word.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case canceled(err):
		return "canceled"
	case Code(err) != "":
		return Code(err)
	case Lost(err):
		return "lost"
	}
	return "error"
}

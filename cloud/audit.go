package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// A Write is one call that changed AWS, or that meant to. It holds nothing
// secret. Its JSON form is a line of the audit log.
type Write struct {
	Time      time.Time `json:"time"` // when its end was known
	Payer     string    `json:"payer"`
	Account   string    `json:"account"`             // the account the session is in
	Caller    string    `json:"caller"`              // the ARN of who the session runs as
	Commit    string    `json:"commit,omitempty"`    // of the payer file, where it is known
	Service   string    `json:"service"`             // as the SDK calls it, such as Organizations
	Operation string    `json:"operation"`           // such as AttachPolicy
	Object    string    `json:"ref,omitempty"`       // the ref that WithObject named, if any
	RequestID string    `json:"requestId,omitempty"` // of the last try; empty where no answer came
	Outcome   string    `json:"outcome"`             // ok, the error code, lost, canceled or error
	Lost      bool      `json:"lost,omitempty"`      // the answer was lost: AWS may have done it
	Attempts  int       `json:"attempts"`            // tries that were sent
}

// AuditLog keeps writes as lines of JSON, for [Options.Audit]. It may be used
// from many goroutines, and by the sessions of many payers.
type AuditLog struct {
	mu  sync.Mutex
	to  io.Writer
	err error
}

// NewAuditLog gives a log that writes to w: every line in one call of Write, so
// that processes which append to one file do not mix theirs.
func NewAuditLog(w io.Writer) *AuditLog { return &AuditLog{to: w} }

// Add writes the line of w.
func (l *AuditLog) Add(w Write) {
	w.Time = w.Time.UTC()
	line, err := json.Marshal(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		_, err = l.to.Write(append(line, '\n'))
	}
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("write audit log: %w", err)
	}
}

// Err is the first error of writing a line. What is done in AWS is done, so a
// line that cannot be written stops nothing; but a log with a gap is to be told.
func (l *AuditLog) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
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

// audit tells of a call that is a write and that was sent at least once: in the
// session's log at Info, where a program may show it or not, and to
// Options.Audit, always.
func (s *Session) audit(ctx context.Context, c *call, md middleware.Metadata, err error) {
	if c.sent == 0 || !writes(c.operation) || marked(ctx, auditKey{}) {
		return
	}
	object, _ := ctx.Value(objectKey{}).(string)
	w := Write{
		Time:      time.Now(),
		Payer:     s.opts.Payer,
		Account:   s.opts.AccountID,
		Caller:    s.caller,
		Commit:    s.opts.Commit,
		Service:   c.service,
		Operation: c.operation,
		Object:    object,
		RequestID: requestID(err),
		Outcome:   outcome(err),
		Lost:      Lost(err),
		Attempts:  c.sent,
	}
	if err == nil {
		w.RequestID, _ = awsmiddleware.GetRequestIDMetadata(md)
	}
	s.log.Log(ctx, s.opts.WriteLevel, "aws write", "payer", w.Payer, "account", w.Account, "caller", w.Caller, "commit", w.Commit,
		"service", w.Service, "operation", w.Operation, "ref", w.Object,
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
	case canceled(err), Gated(err):
		return "canceled"
	case Code(err) != "":
		return Code(err)
	case Lost(err):
		return "lost"
	}
	return "error"
}

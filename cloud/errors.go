package cloud

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An Error is a call that failed, in short. errors.As finds the SDK's typed
// error through it.
type Error struct {
	Code      string // AWS's error code, empty where no answer came
	Reason    string // the Reason that some codes carry
	Message   string
	RequestID string
	Err       error

	member bool // the call was made inside a member account
}

// Error says code, reason, message and request id, and not which operation it
// was: the SDK, or Explain, puts that before it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	if b.Len() > 0 && e.Message != "" {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	var tired *retry.MaxAttemptsError
	if errors.As(e.Err, &tired) {
		fmt.Fprintf(&b, ", after %d tries", tired.Attempt)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " [request id %s]", e.RequestID)
	}
	return b.String()
}

// Unwrap returns the SDK's error.
func (e *Error) Unwrap() error { return e.Err }

// newError shortens the SDK's error of a call.
func newError(err error) *Error {
	e := &Error{Err: err, RequestID: requestID(err)}
	var assumed *assumeError
	var enter *enterError
	var gate *gateError
	var api smithy.APIError
	switch {
	case errors.As(err, &gate):
		e.Message = gate.Error()
	case errors.As(err, &enter):
		e.Message, e.RequestID = enter.Error(), ""
	case errors.As(err, &assumed):
		e.Message, e.RequestID = assumed.Error(), ""
	case errors.As(err, &api):
		e.Code, e.Reason, e.Message = api.ErrorCode(), reason(api), api.ErrorMessage()
	default:
		e.Message = plain(err)
	}
	return e
}

// plain is the text of an error that is not an answer of AWS.
func plain(err error) string {
	var address *url.Error
	var send *smithyhttp.RequestSendError
	var unread *smithy.DeserializationError
	var cancel *smithy.CanceledError
	switch {
	case errors.As(err, &cancel):
		return cancel.Err.Error()
	case errors.As(err, &address):
		host := address.URL
		if u, perr := url.Parse(address.URL); perr == nil && u.Host != "" {
			host = u.Host
		}
		return fmt.Sprintf("no answer from %s: %v", host, address.Err)
	case errors.As(err, &send):
		return fmt.Sprintf("no answer: %v", send.Err)
	case errors.As(err, &unread):
		return fmt.Sprintf("the answer cannot be read: %v", unread.Err)
	}
	return err.Error()
}

// Explain is the text of an error for a user: what our own code says, and of a
// call to AWS `AttachPolicy: CODE (REASON): message [request id ID]` in place
// of the SDK's longer form, wherever it stands in the chain.
func Explain(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, op := range operations(err, nil) {
		text = strings.Replace(text, op.Error(), shortText(op), 1)
	}
	return text
}

// operations collects the outermost failed calls of an error.
func operations(err error, found []*smithy.OperationError) []*smithy.OperationError {
	if op, ok := err.(*smithy.OperationError); ok {
		return append(found, op)
	}
	switch e := err.(type) {
	case interface{ WrappedErrors() []error }: // go-multierror
		for _, inner := range e.WrappedErrors() {
			found = operations(inner, found)
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			found = operations(inner, found)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			found = operations(inner, found)
		}
	}
	return found
}

// shortText is an error in its short form, with its operation.
func shortText(err error) string {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return err.Error()
	}
	var e *Error
	if !errors.As(op.Err, &e) {
		e = newError(op.Err)
	}
	return op.OperationName + ": " + e.Error()
}

// Code is AWS's error code, such as DuplicatePolicyException, or empty.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// Reason is the Reason that AWS gives with some codes, such as
// MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED, or empty.
func Reason(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return reason(api)
	}
	return ""
}

// reason reads the field that every service's typed errors call Reason.
func reason(api smithy.APIError) string {
	v := reflect.Indirect(reflect.ValueOf(api))
	if v.Kind() != reflect.Struct {
		return ""
	}
	f := reflect.Indirect(v.FieldByName("Reason"))
	if !f.IsValid() || f.Kind() != reflect.String {
		return ""
	}
	return f.String()
}

// Lost reports whether the answer of a call was lost: AWS may have done it, and
// only reading what there is can tell.
func Lost(err error) bool {
	if e := (*enterError)(nil); errors.As(err, &e) {
		return false // the call was never sent
	}
	var lost *lostError
	return errors.As(err, &lost)
}

// fatal are the codes after which no call of the session can work.
var fatal = map[string]bool{
	"AccessDenied":                  true,
	"AccessDeniedException":         true,
	"UnauthorizedOperation":         true,
	"ExpiredToken":                  true,
	"ExpiredTokenException":         true,
	"RequestExpired":                true,
	"InvalidClientTokenId":          true,
	"InvalidAccessKeyId":            true,
	"UnrecognizedClientException":   true,
	"SignatureDoesNotMatch":         true,
	"InvalidSignatureException":     true,
	"IncompleteSignature":           true,
	"IncompleteSignatureException":  true,
	"MissingAuthenticationToken":    true,
	"AuthFailure":                   true,
	"OptInRequired":                 true,
	"SubscriptionRequiredException": true,
}

// Refused is AWS's refusal of one object that looks like a want of rights and
// may be something else, with what to do about it. It does not end the pass,
// and beside that it is what err is.
func Refused(err error, note string) error { return &oneRefused{err, note} }

type oneRefused struct {
	err  error
	note string
}

func (e *oneRefused) Error() string { return e.err.Error() + "; " + e.note }

func (e *oneRefused) Unwrap() error { return e.err }

// Fatal reports whether an error ends the payer's pass: access denied,
// credentials that are wrong, expired or cannot be renewed, or a write that
// [Options.Gate] stopped. What [Inside] is true of does not, nor does what is
// [Refused].
func Fatal(err error) bool {
	if Gated(err) {
		return true
	}
	if Inside(err) {
		return false
	}
	if e := (*oneRefused)(nil); fatal[Code(err)] && !errors.As(err, &e) {
		return true
	}
	var assumed *assumeError
	var failed *credentialsFailure
	var bare *hinted
	return !canceled(err) && (errors.As(err, &assumed) || errors.As(err, &failed) || errors.As(err, &bare))
}

// credentialsFailure is a chain of credentials that gave none.
type credentialsFailure struct{ err error }

func (e *credentialsFailure) Error() string { return shortText(e.err) }

func (e *credentialsFailure) Unwrap() error { return e.err }

// hinted is an error that the user can mend, and how.
type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() }

func (e *hinted) Unwrap() error { return e.err }

// Hint is what the user may do about it.
func (e *hinted) Hint() string { return e.hint }

// Hint is what a user may do about an error, empty where nothing is known.
func Hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// requestID is AWS's id of the try that an error came from.
func requestID(err error) string {
	var r interface{ ServiceRequestID() string }
	if errors.As(err, &r) {
		return r.ServiceRequestID()
	}
	return ""
}

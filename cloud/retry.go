package cloud

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxAttempts is how often a call is tried. AWS_MAX_ATTEMPTS overrides it, as it
// does everywhere.
const maxAttempts = 10

// pace is how long the retries wait: full jitter below base, doubled with every
// try, up to most.
type pace struct{ base, most time.Duration }

var (
	ratedPace   = pace{base: 100 * time.Millisecond, most: 20 * time.Second}
	unratedPace = pace{base: 2 * time.Millisecond, most: time.Second}
)

// refusals are the codes of calls that AWS did not carry out and that may work
// in a moment, beside the throttles. The facts are those of the Organizations and
// IAM API references.
var refusals = map[string]bool{
	"ConcurrentModificationException":  true,
	"FinalizingOrganizationException":  true,
	"PolicyChangesInProgressException": true,
	"ConcurrentModification":           true, // of IAM, and the next
	"EntityTemporarilyUnmodifiable":    true,
}

// breakdowns are the codes of a service that broke down in the middle, whatever
// the HTTP status says.
var breakdowns = map[string]bool{
	"ServiceException":         true,
	"ServiceFailure":           true,
	"ServiceFailureException":  true,
	"InternalFailure":          true,
	"InternalError":            true,
	"InternalServerError":      true,
	"InternalServiceError":     true,
	"InternalServiceException": true,
	"InternalServerException":  true,
	"ServiceUnavailable":       true,
	"RequestTimeout":           true,
	"RequestTimeoutException":  true,
}

// sharedRetryer gives all clients of a session one retryer. It has no quota: a
// pass over ten thousand accounts meets more throttles than the SDK's own
// bucket allows, and each of them is right to wait and try again.
func sharedRetryer(rated bool) func() aws.Retryer {
	p := unratedPace
	if rated {
		p = ratedPace
	}
	r := retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = p
		o.RateLimiter = ratelimit.None
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(retryable)}, retry.DefaultRetryables...)
	})
	return func() aws.Retryer { return r }
}

// BackoffDelay is a random time below base, doubled for every try before.
func (p pace) BackoffDelay(attempt int, _ error) (time.Duration, error) {
	top := p.most
	if n := max(attempt-1, 0); n < 30 {
		top = min(p.base<<n, p.most)
	}
	return rand.N(top + 1), nil
}

// retryable decides for the errors that the SDK's own rules do not know, or
// know otherwise.
func retryable(err error) aws.Ternary {
	var assumed *assumeError
	var enter *enterError
	var lost *lostError
	switch {
	case canceled(err), Gated(err), errors.As(err, &assumed), errors.As(err, &enter):
		return aws.FalseTernary
	case errors.As(err, &lost):
		return aws.BoolTernary(!lost.final)
	case refused(err):
		return aws.TrueTernary
	case untrusted(err):
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// refused reports whether AWS said that it did not do a call, and that another
// try may work.
func refused(err error) bool {
	return Throttled(err) || refusals[Code(err)]
}

// Throttled reports whether AWS held a call back for its rate. It did nothing
// of it.
func Throttled(err error) bool {
	if _, ok := retry.DefaultThrottleErrorCodes[Code(err)]; ok {
		return true
	}
	return Code(err) == "TooManyRequests" || status(err) == http.StatusTooManyRequests
}

// answerLost reports whether AWS may have done a call that ended in an error:
// no answer came, or none that can be read, or one that says that AWS broke
// down. A connection that was never made is no loss.
func answerLost(err error) bool {
	if err == nil || refused(err) {
		return false
	}
	switch code := status(err); {
	case code >= 500, breakdowns[Code(err)]:
		return true
	case code >= 400:
		return false
	case code > 0:
		return true // an answer, but not one that can be read
	}
	var send *smithyhttp.RequestSendError
	var unread *smithy.DeserializationError
	if !errors.As(err, &send) && !errors.As(err, &unread) && !canceled(err) {
		return false
	}
	return !neverSent(err)
}

// neverSent reports whether an error came before a connection was there.
func neverSent(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || untrusted(err) ||
		errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// untrusted reports whether the other side could not prove who it is. Trying
// again does not help.
func untrusted(err error) bool {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &cert) || errors.As(err, &record)
}

// status is the HTTP status of an error, 0 where there was no answer.
func status(err error) int {
	var r interface{ HTTPStatusCode() int }
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

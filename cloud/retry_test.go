package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// create makes an account, marked as not to be repeated.
func create(ctx context.Context, s *Session) error {
	_, err := s.Organizations().CreateAccount(WithoutRepeat(ctx), &organizations.CreateAccountInput{
		AccountName: aws.String("10001"), Email: aws.String("awslabs10001@vocareum.com"),
	})
	return err
}

// attach attaches a policy, which may be repeated.
func attach(ctx context.Context, s *Session) error {
	_, err := s.Organizations().AttachPolicy(ctx, &organizations.AttachPolicyInput{
		PolicyId: aws.String("p-examplepolicy"), TargetId: aws.String("r-root"),
	})
	return err
}

func TestRetries(t *testing.T) {
	retried := []func(int, request) (*http.Response, error){
		fails(400, "TooManyRequestsException"),
		fails(400, "ConcurrentModificationException"),
		fails(409, "ConcurrentModificationException"),
		fails(400, "FinalizingOrganizationException"),
		fails(400, "PolicyChangesInProgressException"),
		fails(409, "ConcurrentModification"),
		fails(409, "EntityTemporarilyUnmodifiable"),
		fails(400, "ServiceException"),
		fails(500, "ServiceException"),
		fails(400, "ThrottlingException"),
		fails(429, ""),
		fails(500, "InternalFailure"),
		fails(502, ""),
		fails(503, ""),
		fails(504, ""),
		drops,
		slow,
		undialed,
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := opened(t, options(f))
		for i, answer := range retried {
			f.answers["AttachPolicy"] = first(f.times("AttachPolicy")+9, answer, ok)
			before := f.times("AttachPolicy")
			if err := attach(t.Context(), s); err != nil {
				t.Errorf("row %d: %v", i, err)
			}
			if n := f.times("AttachPolicy") - before; n != 10 {
				t.Errorf("row %d: %d tries, want 10", i, n)
			}
		}
	})
}

// Half an answer is no answer: a list that broke off must not look short.
func TestHalfAReadIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := opened(t, options(f))
		half := func(int, request) (*http.Response, error) {
			return jsonAnswer(200, "", `{"Roots":[{"Id":"r-one"},{"Id":`), nil
		}
		f.answers["ListRoots"] = first(2, half, ok)
		if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil || f.times("ListRoots") != 3 {
			t.Errorf("%d tries, error %v", f.times("ListRoots"), err)
		}
		f.answers["ListRoots"] = half
		_, err := s.Organizations().ListRoots(t.Context(), nil)
		if err == nil || !strings.HasPrefix(Explain(err), "ListRoots: the answer cannot be read: ") {
			t.Errorf("Explain: %s", Explain(err))
		}
	})
}

// truncated answers in full length, but with half a body.
func truncated(int, request) (*http.Response, error) {
	return jsonAnswer(200, "", `{"CreateAccountStatus":{"Id":"car-`), nil
}

// undialed is a connection that was never made.
func undialed(int, request) (*http.Response, error) {
	return nil, &url.Error{Op: "Post", URL: "https://aws.example/", Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}}
}

// slow is an answer that the HTTP client did not wait for. Its error says that it
// is the end of a context, which it is not.
func slow(int, request) (*http.Response, error) {
	return nil, &url.Error{Op: "Post", URL: "https://aws.example/", Err: fmt.Errorf("awaiting headers: %w", context.DeadlineExceeded)}
}

// mistrusted is a server that cannot prove who it is.
func mistrusted(int, request) (*http.Response, error) {
	return nil, &url.Error{Op: "Post", URL: "https://aws.example/", Err: &tls.CertificateVerificationError{Err: errors.New("unknown authority")}}
}

func TestNotRetried(t *testing.T) {
	for _, code := range []string{"AccessDeniedException", "ConstraintViolationException", "InvalidInputException", "DuplicatePolicyAttachmentException", "ConflictException"} {
		f := newFake()
		s := opened(t, options(f))
		f.answers["AttachPolicy"] = fails(400, code)
		if err := attach(t.Context(), s); Code(err) != code || f.times("AttachPolicy") != 1 || Lost(err) {
			t.Errorf("%s: %d tries, lost %v, error %v", code, f.times("AttachPolicy"), Lost(err), err)
		}
	}
	f := newFake()
	s := opened(t, options(f))
	f.answers["AttachPolicy"] = mistrusted
	if err := attach(t.Context(), s); err == nil || f.times("AttachPolicy") != 1 || Lost(err) {
		t.Errorf("certificate: %d tries, lost %v, error %v", f.times("AttachPolicy"), Lost(err), err)
	}
}

func TestTenTries(t *testing.T) {
	for _, tt := range []struct {
		rate        string
		most, least time.Duration // of all nine waits
	}{
		// Of AttachPolicy's two a second, throttles leave one, a half and then a quarter: the next token comes after
		// 1, 2 and seven times 4 s. The jitter ends below 0.1, 0.2, … 12.8 and 20 s, and what is longer counts.
		{"aws", 58200 * time.Millisecond, 30900 * time.Millisecond},
		{"none", 2 * time.Second, time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			o := options(f)
			o.APIRate = tt.rate
			s := opened(t, o)
			f.answers["AttachPolicy"] = fails(400, "TooManyRequestsException")
			start := time.Now()
			err := attach(t.Context(), s)
			if want := "AttachPolicy: TooManyRequestsException: no luck, after 10 tries [request id req-1]"; Explain(err) != want {
				t.Errorf("got  %s\nwant %s", Explain(err), want)
			}
			if !Throttled(err) || Lost(err) || Fatal(err) {
				t.Errorf("throttled %v, lost %v, fatal %v", Throttled(err), Lost(err), Fatal(err))
			}
			if took := time.Since(start); took > tt.most || took < tt.least {
				t.Errorf("rate %s: ten tries took %v, want %v to %v", tt.rate, took, tt.least, tt.most)
			}
			if n := f.times("AttachPolicy"); n != 10 {
				t.Errorf("%d tries", n)
			}
		})
	}
}

func TestPace(t *testing.T) {
	for _, tt := range []struct {
		pace    pace
		attempt int
		most    time.Duration
	}{
		{ratedPace, 0, 100 * time.Millisecond},
		{ratedPace, 1, 100 * time.Millisecond},
		{ratedPace, 2, 200 * time.Millisecond},
		{ratedPace, 8, 12800 * time.Millisecond},
		{ratedPace, 9, 20 * time.Second},
		{ratedPace, 80, 20 * time.Second},
		{unratedPace, 80, time.Second},
	} {
		low, high := tt.most, time.Duration(0)
		for range 1000 {
			d, err := tt.pace.BackoffDelay(tt.attempt, nil)
			if err != nil || d < 0 || d > tt.most {
				t.Fatalf("attempt %d: %v, %v, want at most %v", tt.attempt, d, err, tt.most)
			}
			low, high = min(low, d), max(high, d)
		}
		if low > tt.most/10 || high < tt.most*9/10 {
			t.Errorf("attempt %d: %v to %v is not the full jitter below %v", tt.attempt, low, high, tt.most)
		}
	}
}

// The SDK's own bucket of retries would be empty after about a hundred.
func TestNoRetryQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := opened(t, options(f))
		f.answers["AttachPolicy"] = func(n int, r request) (*http.Response, error) {
			if n%5 != 0 {
				return jsonAnswer(400, "TooManyRequestsException", "slow"), nil
			}
			return ok(n, r)
		}
		for i := range 200 {
			if err := attach(t.Context(), s); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
	})
}

func TestDangerLostCreationIsNotRepeated(t *testing.T) {
	tests := []struct {
		name   string
		answer func(int, request) (*http.Response, error)
		tries  int
		lost   bool
	}{
		{"500", fails(500, "InternalFailure"), 1, true},
		{"ServiceException", fails(500, "ServiceException"), 1, true},
		{"ServiceException as 400", fails(400, "ServiceException"), 1, true},
		{"502", fails(502, ""), 1, true},
		{"503", fails(503, ""), 1, true},
		{"504", fails(504, ""), 1, true},
		{"request timeout", fails(408, "RequestTimeout"), 1, true},
		{"dropped", drops, 1, true},
		{"half an answer", truncated, 1, true},
		{"no answer in time", slow, 1, true},
		{"a body that breaks off", func(int, request) (*http.Response, error) {
			r := jsonAnswer(200, "", "")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"CreateAccountStatus":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
			return r, nil
		}, 1, true},
		{"a redirect", fails(302, "Moved"), 1, true},
		{"reset", func(int, request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: "https://aws.example/", Err: &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}}
		}, 1, true},
		{"throttle then 500", first(3, fails(400, "TooManyRequestsException"), fails(500, "")), 4, true},
		{"throttle", fails(400, "TooManyRequestsException"), 10, false},
		{"throttle as 503", fails(503, "ThrottlingException"), 10, false},
		{"conflict", fails(400, "ConcurrentModificationException"), 10, false},
		{"finalizing", fails(400, "FinalizingOrganizationException"), 10, false},
		{"no connection", undialed, 10, false},
		{"refused", fails(400, "ConstraintViolationException"), 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				s := opened(t, options(f))
				f.answers["CreateAccount"] = tt.answer
				err := create(t.Context(), s)
				if err == nil || Lost(err) != tt.lost || f.times("CreateAccount") != tt.tries {
					t.Errorf("%d tries, lost %v, error %v; want %d, %v", f.times("CreateAccount"), Lost(err), err, tt.tries, tt.lost)
				}
			})
		})
	}
}

// On a real connection that was used before, where Go's transport would have
// its own chance to repeat.
func TestDangerDroppedConnectionIsNotRepeated(t *testing.T) {
	bare(t)
	f := newFake()
	f.answers["CreateAccount"] = drops
	f.answers["ListRoots"] = ok
	srv := httptest.NewServer(overHTTP(f))
	defer srv.Close()
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
	o := options(f)
	o.HTTPClient = nil
	s := opened(t, o)
	if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	err := create(t.Context(), s)
	if n := f.times("CreateAccount"); n != 1 || !Lost(err) {
		t.Errorf("%d creations, lost %v, error %v", n, Lost(err), err)
	}
	if u, _ := url.Parse(srv.URL); Explain(err) != fmt.Sprintf("CreateAccount: no answer from %s: EOF", u.Host) {
		t.Errorf("Explain: %s", Explain(err))
	}
}

func TestCancelEndsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		o := options(f)
		o.APIRate = "aws"
		s := opened(t, o)
		f.answers["AttachPolicy"] = fails(400, "TooManyRequestsException")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := attach(ctx, s)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 50*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// A call whose context ends while it is under way may have been done.
func TestCancelUnderWayIsLost(t *testing.T) {
	f := newFake()
	s := opened(t, options(f))
	ctx, cancel := context.WithCancel(t.Context())
	f.answers["CreateAccount"] = func(int, request) (*http.Response, error) {
		cancel()
		return nil, &url.Error{Op: "Post", URL: "https://aws.example/", Err: context.Canceled}
	}
	err := create(ctx, s)
	if !Lost(err) || !errors.Is(err, context.Canceled) || f.times("CreateAccount") != 1 {
		t.Errorf("lost %v, error %v", Lost(err), err)
	}
	if got := Explain(err); got != "CreateAccount: context canceled" {
		t.Errorf("Explain: %s", got)
	}
}

func TestTypedErrors(t *testing.T) {
	f := newFake()
	s := opened(t, options(f))
	f.answers["AttachPolicy"] = func(int, request) (*http.Response, error) {
		return jsonAnswer(400, "", `{"__type":"ConstraintViolationException","Message":"You have too many.","Reason":"MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"}`), nil
	}
	err := fmt.Errorf("attach policy VocProtections: %w", attach(t.Context(), s))
	var typed *orgtypes.ConstraintViolationException
	if !errors.As(err, &typed) {
		t.Fatalf("no ConstraintViolationException in %v", err)
	}
	if Code(err) != "ConstraintViolationException" || Reason(err) != "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED" {
		t.Errorf("code %q, reason %q", Code(err), Reason(err))
	}
	want := "attach policy VocProtections: AttachPolicy: ConstraintViolationException (MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED): You have too many. [request id req-1]"
	if got := Explain(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

package comment

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v84/github"
)

const (
	tries = 5
	// soon is the first wait after an answer that was none; each is twice the last.
	soon = time.Second
	// later is the first wait after a secondary limit that does not say how
	// long: GitHub asks for a minute at least, and for more each time.
	later = time.Minute
	// longest is the longest wait for a limit; a run of CI costs more than its comment.
	longest = 15 * time.Minute
	timeout = 30 * time.Second
)

// newClient gives a client that sends the token to one host only.
func newClient(o Options) (*github.Client, error) {
	h := http.Client{Timeout: timeout}
	if o.HTTP != nil {
		h = *o.HTTP
	}
	h.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if to.URL.Host != via[0].URL.Host || to.URL.Scheme != via[0].URL.Scheme || len(via) > 5 {
			return fmt.Errorf("redirected to %s, where the token does not belong", to.URL.Host)
		}
		return nil
	}
	c := github.NewClient(&h).WithAuthToken(o.Token)
	c.DisableRateLimitCheck = true // what it remembers is what persist waits for
	if o.API == "" {
		return c, nil
	}
	base, err := url.Parse(strings.TrimSuffix(o.API, "/") + "/")
	switch {
	case err != nil || base.Host == "" || base.User != nil:
		return nil, fmt.Errorf("%q is no URL of an API", o.API)
	case base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())):
		return nil, fmt.Errorf("%s is not https: the token would be sent in the clear", o.API)
	}
	c.BaseURL = base
	return c, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// persist tries until it is done, or an error will not go away by waiting.
func persist[T any](ctx context.Context, o Options, do func(context.Context) (T, error)) (T, error) {
	short, long := soon, later
	for try := 1; ; try++ {
		r, err := do(ctx)
		if err == nil || ctx.Err() != nil || try == tries {
			return r, err
		}
		wait := time.Duration(0)
		var secondary *github.AbuseRateLimitError
		var primary *github.RateLimitError
		switch {
		case errors.As(err, &secondary) && secondary.RetryAfter != nil:
			wait = *secondary.RetryAfter
		case errors.As(err, &secondary) || status(err) == http.StatusTooManyRequests:
			wait, long = long, 2*long
		case errors.As(err, &primary):
			wait = max(0, time.Until(primary.Rate.Reset.Time)) + soon
		case errors.Is(err, errGone):
		case passing(err):
			wait, short = short, 2*short
		default:
			return r, err
		}
		if wait > longest {
			return r, err
		}
		if wait > 0 && o.Say != nil {
			o.Say("GitHub: %v; trying again in %s", o.scrub(err), wait.Round(time.Second))
		}
		if err := o.sleep(ctx, wait); err != nil {
			return r, err
		}
	}
}

func (o Options) sleep(ctx context.Context, d time.Duration) error {
	if o.Sleep != nil {
		return o.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errGone says that a comment which was listed is not there any more.
var errGone = errors.New("the comment was removed meanwhile")

func gone(err error) error {
	if status(err) == http.StatusNotFound {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return err
}

// status is the HTTP status of an error, 0 where there is none.
func status(err error) int {
	var e *github.ErrorResponse
	if errors.As(err, &e) && e.Response != nil {
		return e.Response.StatusCode
	}
	return 0
}

// limited says that the error is a limit, and no right that is missing.
func limited(err error) bool {
	var secondary *github.AbuseRateLimitError
	var primary *github.RateLimitError
	return errors.As(err, &secondary) || errors.As(err, &primary)
}

// passing says that the same call may do a moment later: the server failed, or
// could not be reached.
func passing(err error) bool {
	var u *url.Error
	return status(err) >= http.StatusInternalServerError || errors.As(err, &u) && !strings.Contains(u.Error(), "where the token does not belong")
}

// scrub takes the token out of an error.
func (o Options) scrub(err error) error {
	if err == nil || o.Token == "" || !strings.Contains(err.Error(), o.Token) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), o.Token, "(token)"))
}

// whoError says that the token cannot tell who it writes as.
type whoError struct{ error }

func (e *whoError) Unwrap() error { return e.error }

func (e *whoError) Error() string {
	return fmt.Sprintf("the token may not ask who it writes as: %v", e.error)
}

// Hint says what to do about an error of [Put] or [Find], "" where that is not known.
// fork says that the pull request comes from a fork.
func Hint(err error, fork bool) string {
	var who *whoError
	switch {
	case errors.Is(err, ErrMovedOn):
		return "it was closed, or has newer commits, whose own run comments; --pr NUMBER names it all the same"
	case errors.As(err, &who):
		return `a token of an app cannot; name its user with --as, such as --as "my-app[bot]"`
	case limited(err):
		return "GitHub's limit for this token is used up; run the job again later"
	case status(err) == http.StatusUnauthorized:
		return "the token is not valid, or no longer"
	case status(err) == http.StatusForbidden && fork:
		return "a workflow on a pull request from a fork gets a token that cannot write: put the Markdown into the job's summary, as examples/ci/github-forks.yaml does; " +
			"or keep it as an artifact, and comment in a workflow on workflow_run, which finds the pull request by its newest commit and posts what the fork's run wrote, in your name"
	case status(err) == http.StatusForbidden:
		return "the token may not write comments: the job needs `permissions: {pull-requests: write}`; on a pull request from a fork the token can only read, whatever the job says"
	case status(err) == http.StatusNotFound:
		return "there is no such pull request, or the token may not see it"
	}
	return ""
}

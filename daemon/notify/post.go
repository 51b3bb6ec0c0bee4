package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	tries       = 5
	retryAfter  = 2 * time.Minute // the longest that a server's Retry-After is followed
	answerLimit = 200             // bytes of an answer that go into an error
)

// post sends a body to the target, in five tries where the failure may pass.
func (s *sender) post(ctx context.Context, body []byte) error {
	u, err := readURL(s.URLFile)
	if err != nil {
		return err
	}
	to := redact(u)
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, u.String(), body)
	if err != nil { // which has the URL in it
		return fmt.Errorf("post to %s: the URL cannot be asked", to)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "reconciler/"+s.o.Version)
	client := s.client(u)
	defer client.HTTPClient.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("post to %s: %w", to, bare(err, u))
	}
	defer resp.Body.Close()
	if err := status(resp, u); err != nil {
		return fmt.Errorf("post to %s: %w", to, err)
	}
	return nil
}

// client makes the client of one send. It follows no redirect, keeps no
// connection, and asks permit of every address.
func (s *sender) client(u *url.URL) *retryablehttp.Client {
	transport := s.o.transport
	if transport == nil {
		dialer := &net.Dialer{Timeout: s.o.timing.try, Resolver: s.o.resolver, Control: control(u.Scheme == "http")}
		t := &http.Transport{Proxy: s.o.Proxy, DialContext: dialer.DialContext, DisableKeepAlives: true,
			TLSHandshakeTimeout: s.o.timing.try}
		if s.o.roots != nil {
			t.TLSClientConfig = tlsOf(s.o.roots)
		}
		transport = t
	}
	c := retryablehttp.NewClient()
	c.HTTPClient = &http.Client{
		Transport:     transport,
		Timeout:       s.o.timing.try,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = tries-1, s.o.timing.waitMin, s.o.timing.waitMax
	c.Logger = debugLog{log: s.o.Log.With("target", s.Name), url: u}
	c.Backoff = backoff
	c.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if errors.Is(err, errAddress) {
			return false, err
		}
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	c.ErrorHandler = func(resp *http.Response, err error, n int) (*http.Response, error) {
		if resp != nil {
			defer resp.Body.Close()
			err = status(resp, u)
		}
		err = bare(err, u)
		if n > 1 {
			err = fmt.Errorf("%d tries: %w", n, err)
		}
		return nil, err
	}
	return c
}

// backoff waits as long as the server asks for, within bounds, else longer
// with each try, with jitter.
func backoff(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil && resp.Header.Get("Retry-After") != "" {
		wait := retryablehttp.DefaultBackoff(least, most, attempt, resp)
		if wait < 0 || wait > retryAfter { // a huge figure overflows
			return retryAfter
		}
		return wait
	}
	wait := retryablehttp.DefaultBackoff(least, most, attempt, nil)
	return wait/2 + rand.N(wait/2+1)
}

// status is the error of an answer that is not a success.
func status(resp *http.Response, u *url.URL) error {
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return nil
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return fmt.Errorf("answered %d: redirects are not followed; put the right URL into the file", resp.StatusCode)
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if said := oneLine(hide(string(text), u)); said != "" {
		return fmt.Errorf("answered %d: %s", resp.StatusCode, said)
	}
	return fmt.Errorf("answered %d", resp.StatusCode)
}

// bare takes the URL out of an error; what it wraps can still be asked for.
func bare(err error, u *url.URL) error {
	if of, ok := err.(*url.Error); ok {
		err = of.Err
	}
	return &hiddenError{text: hide(err.Error(), u), err: err}
}

type hiddenError struct {
	text string
	err  error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.err }

// debugLog is where the retrying client logs. It says no more than debug, and
// leaves out what has the URL in it.
type debugLog struct {
	log *slog.Logger
	url *url.URL
}

func (d debugLog) Error(msg string, kv ...any) { d.Debug(msg, kv...) }
func (d debugLog) Warn(msg string, kv ...any)  { d.Debug(msg, kv...) }
func (d debugLog) Info(msg string, kv ...any)  { d.Debug(msg, kv...) }

func (d debugLog) Debug(msg string, kv ...any) {
	keep := []any{"to", redact(d.url)}
	for i := 0; i+1 < len(kv); i += 2 {
		switch v := kv[i+1].(type) {
		case error:
			keep = append(keep, kv[i], bare(v, d.url).Error())
		case time.Duration, int:
			keep = append(keep, kv[i], v)
		}
	}
	d.log.Debug(msg, keep...)
}

package gitrepo

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// httpSession is a session over HTTP.
type httpSession struct {
	remote  *remote
	token   string
	network *http.Transport
	up      transport.UploadPackSession
	down    transport.ReceivePackSession
}

// elsewhereError is a redirect to another server, which is not followed.
type elsewhereError struct{ to string }

func (e *elsewhereError) Error() string { return "redirects to " + e.to }

// stay follows a redirect only to the same server: a token is for the one that
// the config names.
func stay(req *http.Request, via []*http.Request) error {
	from, to := via[0].URL, req.URL
	same := from.Host == to.Host || from.Hostname() == to.Hostname() && from.Scheme == "http" && to.Scheme == "https"
	if !same {
		return &elsewhereError{to: to.Scheme + "://" + to.Host}
	}
	return nil
}

// whole reads the answers to a push to their end, as git does: hooks that run
// after the push lose nobody who listens. Of an error it hands on the start.
type whole struct{ http.RoundTripper }

func (w whole) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(req)
	if err != nil || resp.StatusCode < 300 && !strings.HasSuffix(req.URL.Path, "/"+receivePack) {
		return resp, err
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	if err != nil && resp.StatusCode < 300 {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, nil
}

func dialHTTP(r *remote, service string) (session, error) {
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	var auth transport.AuthMethod
	if token != "" {
		auth = &githttp.BasicAuth{Username: r.userName, Password: token}
	}
	s := &httpSession{remote: r, token: token, network: http.DefaultTransport.(*http.Transport).Clone()}
	client := githttp.NewClient(&http.Client{Transport: whole{s.network}, CheckRedirect: stay})
	end, err := transport.NewEndpoint((&url.URL{Scheme: r.scheme, Host: r.host, Path: r.path}).String())
	if err != nil {
		return nil, fmt.Errorf("%s: not the URL of a repository", r.shown)
	}
	if service == uploadPack {
		s.up, err = client.NewUploadPackSession(end, auth)
	} else {
		s.down, err = client.NewReceivePackSession(end, auth)
	}
	if err != nil {
		return nil, fmt.Errorf("talk to %s: %w", r.shown, err)
	}
	return s, nil
}

func (s *httpSession) refs(ctx context.Context) (*packp.AdvRefs, error) {
	if s.up != nil {
		return s.up.AdvertisedReferencesContext(ctx)
	}
	return s.down.AdvertisedReferencesContext(ctx)
}

func (s *httpSession) upload(ctx context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error) {
	resp, err := s.up.UploadPack(ctx, req)
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// receive gives the report also where it says no: that is no error of the talk.
func (s *httpSession) receive(ctx context.Context, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error) {
	report, err := s.down.ReceivePack(ctx, req)
	if report != nil {
		return report, nil
	}
	if err == nil {
		err = errors.New("an empty answer")
	}
	return nil, err
}

func (s *httpSession) close() { s.network.CloseIdleConnections() }

// explain sorts the errors by what to do about them. The body of an answer may
// be a whole page of HTML, so that only its status is told.
func (s *httpSession) explain(err error) error {
	for { // go-git's own wrappers, which do not unwrap
		if u, ok := errors.AsType[*plumbing.UnexpectedError](err); ok {
			err = u.Err
		} else if p, ok := errors.AsType[*plumbing.PermanentError](err); ok {
			err = p.Err
		} else {
			break
		}
	}
	var elsewhere *elsewhereError
	var status *githttp.Err
	var dial *net.OpError
	var name *net.DNSError
	shown := s.remote.shown
	switch {
	case errors.As(err, &elsewhere):
		return fmt.Errorf("%s %w, which is not followed: name that URL if it is the right one", shown, elsewhere)
	case errors.Is(err, transport.ErrAuthenticationRequired) && s.token == "":
		return &AuthError{Remote: shown, Err: errors.New("it asks for a password: name a tokenFile")}
	case errors.Is(err, transport.ErrAuthenticationRequired):
		return &AuthError{Remote: shown, Err: fmt.Errorf("it does not accept the token of %s", s.remote.tokenFile)}
	case errors.Is(err, transport.ErrAuthorizationFailed):
		return &AuthError{Remote: shown, Err: errors.New("it knows us, but does not allow this: look at what the token may do")}
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fmt.Errorf("%s is not a repository, or the token may not see it", shown)
	case errors.As(err, &status):
		return fmt.Errorf("%s answers with status %d", shown, status.StatusCode())
	case errors.As(err, &name):
		return fmt.Errorf("reach %s: %w", shown, name)
	case errors.As(err, &dial):
		return fmt.Errorf("reach %s: %w", shown, dial)
	}
	basic := base64.StdEncoding.EncodeToString([]byte(s.remote.userName + ":" + s.token))
	return fmt.Errorf("talk to %s: %s", shown, oneLine(err.Error(), s.token, basic))
}

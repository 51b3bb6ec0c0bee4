package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// pipe is a session over the standard streams of a git process, here or at the
// other end of SSH.
type pipe struct {
	remote *remote
	stdin  io.WriteCloser
	stdout *bufio.Reader
	// end closes the streams, ends the process if it still runs, and waits for
	// it. After it stderr is complete.
	end    func()
	stderr *some
	sent   bool // a request; without one, the server still waits for it
}

func (p *pipe) refs(context.Context) (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	if err := refs.Decode(p.stdout); err != nil {
		return nil, err
	}
	transport.FilterUnsupportedCapabilities(refs.Capabilities)
	return refs, nil
}

func (p *pipe) upload(_ context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error) {
	p.sent = true
	if err := req.UploadRequest.Encode(p.stdin); err != nil {
		return nil, fmt.Errorf("ask for a pack: %w", err)
	}
	if err := req.UploadHaves.Encode(p.stdin, false); err != nil {
		return nil, fmt.Errorf("ask for a pack: %w", err)
	}
	if err := pktline.NewEncoder(p.stdin).EncodeString("done\n"); err != nil {
		return nil, fmt.Errorf("ask for a pack: %w", err)
	}
	resp := packp.NewUploadPackResponse(req)
	if err := resp.Decode(io.NopCloser(p.stdout)); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return resp, nil
}

func (p *pipe) receive(_ context.Context, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error) {
	p.sent = true
	if err := req.Encode(p.stdin); err != nil {
		return nil, fmt.Errorf("send a pack: %w", err)
	}
	if err := p.stdin.Close(); err != nil {
		return nil, fmt.Errorf("send a pack: %w", err)
	}
	report, answer := packp.NewReportStatus(), unmix(req.Capabilities, p.stdout, req.Progress)
	if err := report.Decode(answer); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	_, _ = io.Copy(io.Discard, answer) // hooks that run after the push may still talk
	return report, nil
}

// explain reads the reason out of what the process printed.
func (p *pipe) explain(err error) error {
	p.end()
	said := oneLine(p.stderr.String())
	low := strings.ToLower(said + " " + err.Error())
	switch {
	case strings.Contains(low, "not appear to be a git repository"), strings.Contains(low, "repository not found"),
		strings.Contains(low, "not a git repository"), strings.Contains(low, "no such file or directory"):
		return fmt.Errorf("%s is not a repository, or we may not see it", p.remote.shown)
	case strings.Contains(low, "dubious ownership"):
		return fmt.Errorf("%s belongs to another user: git reads it only where safe.directory of the system's git config names it", p.remote.shown)
	case strings.Contains(low, "permission denied"), strings.Contains(low, "access denied"):
		return &AuthError{Remote: p.remote.shown, Err: errors.New("it does not let this user in: " + said)}
	case said != "":
		return fmt.Errorf("talk to %s: %s", p.remote.shown, said)
	}
	return fmt.Errorf("talk to %s: %w", p.remote.shown, err)
}

// close says goodbye where the server still waits for a request.
func (p *pipe) close() {
	if !p.sent {
		_ = pktline.NewEncoder(p.stdin).Flush()
	}
	p.end()
}

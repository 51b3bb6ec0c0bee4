package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// The two services of a git server.
const (
	uploadPack  = transport.UploadPackServiceName  // to fetch
	receivePack = transport.ReceivePackServiceName // to push
)

// session is one talk with a git server. refs comes first; then either upload
// or receive may follow, once.
type session interface {
	refs(ctx context.Context) (*packp.AdvRefs, error)
	upload(ctx context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error)
	receive(ctx context.Context, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error)
	// explain turns an error of the talk into one that says what to do.
	explain(err error) error
	close()
}

// dial starts a talk. The session must be closed, and the context canceled
// after it, which ends what is left of its connections.
func (r *remote) dial(ctx context.Context, service string) (session, error) {
	switch r.scheme {
	case "file":
		return dialLocal(ctx, r, service)
	case "ssh":
		return dialSSH(ctx, r, service)
	default:
		return dialHTTP(r, service)
	}
}

// talk dials, asks for the refs, and hands both on. Errors come out explained.
func (r *remote) talk(ctx context.Context, service string, with func(context.Context, session, *packp.AdvRefs) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := r.dial(ctx, service)
	if err != nil {
		return r.ended(ctx, err)
	}
	defer s.close()
	refs, err := s.refs(ctx)
	if errors.Is(err, transport.ErrEmptyRemoteRepository) || errors.Is(err, packp.ErrEmptyAdvRefs) {
		refs, err = packp.NewAdvRefs(), nil
	}
	if err != nil {
		return r.ended(ctx, s.explain(err))
	}
	var ours *ownError
	if err := with(ctx, s, refs); errors.As(err, &ours) {
		return ours.err
	} else if err != nil {
		return r.ended(ctx, s.explain(err))
	}
	return nil
}

// ownError is an error of ours amid a talk, which no session need explain.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }

// ended says that the time ran out, where it did: the error that the talk ended
// with is then only an echo.
func (r *remote) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("talk to %s: %w", r.shown, context.Cause(ctx))
	}
	return err
}

// branchOf finds a branch among the refs of a remote; zero where it has none.
func branchOf(refs *packp.AdvRefs, branch string) plumbing.Hash {
	return refs.References[plumbing.NewBranchReferenceName(branch).String()]
}

// request asks for what wants and its history hold beyond haves.
func (r *remote) request(refs *packp.AdvRefs, wants, haves []plumbing.Hash) *packp.UploadPackRequest {
	transport.FilterUnsupportedCapabilities(refs.Capabilities)
	req := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	if refs.Capabilities.Supports(capability.NoProgress) {
		_ = req.Capabilities.Set(capability.NoProgress)
	}
	if r.multiACK {
		_ = req.Capabilities.Set(capability.MultiACK)
	}
	req.Wants, req.Haves = wants, haves
	return req
}

// unmix takes the pack out of the sideband that it may be wrapped in.
func unmix(caps *capability.List, r io.Reader, progress io.Writer) io.Reader {
	kind := sideband.Type(-1)
	switch {
	case caps.Supports(capability.Sideband64k):
		kind = sideband.Sideband64k
	case caps.Supports(capability.Sideband):
		kind = sideband.Sideband
	default:
		return r
	}
	d := sideband.NewDemuxer(kind, r)
	d.Progress = progress
	return d
}

// some keeps the first few kilobytes of what is written to it.
type some struct{ b []byte }

func (s *some) Write(p []byte) (int, error) {
	s.b = append(s.b, p[:min(len(p), max(0, 8<<10-len(s.b)))]...)
	return len(p), nil
}

func (s *some) String() string { return string(s.b) }

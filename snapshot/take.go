package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/cloud"
)

// Options say of whom a snapshot is taken, and how AWS is entered.
type Options struct {
	Payer, AccountID string
	Tool             string // the version of this program
	// Open enters the payer with the Answer given.
	Open func(ctx context.Context, answer Answerer) (*cloud.Session, error)
	// Plan lets the ordinary plan of the payer run on the session, so that what
	// it asks of AWS beside the bulk is kept, too.
	Plan func(ctx context.Context, s *cloud.Session) error
	// Settle says that the error of a plan comes from lists of AWS that do not
	// fit together yet: everything is asked again. Refuse says that it means that
	// what was read is not to be trusted: there is no snapshot then. Told is told
	// of any other, where AWS answered all that was asked.
	Settle, Refuse func(error) bool
	Told           func(error)
	Now            func() time.Time // nil: the real one
}

// Answerer is [cloud.Options.Answer].
type Answerer = func(ctx context.Context, q cloud.Question, send func(context.Context) (any, error)) (any, error)

// looks is how often everything is asked where the lists do not fit together;
// between the looks pass 1, 2, 3 … s on the session's clock.
const looks = 4

// Take asks AWS what any plan of the payer may ask. It writes nothing to AWS. A
// read that fails is its error: no file is made of half an organization.
func Take(ctx context.Context, o Options) (*File, error) {
	for look := 1; ; look++ {
		r := &recorder{tape: newTape(o.AccountID)}
		s, err := o.Open(ctx, r.answer)
		if err != nil {
			return nil, err
		}
		t := &taking{s: s, o: o, notAsked: slices.Clone(notAsked), mark: o.Payer}
		if err := t.all(ctx); err != nil {
			return nil, err
		}
		err = o.Plan(ctx, s)
		switch bad := r.failure(); {
		case bad != nil:
			return nil, fmt.Errorf("take a snapshot: %w", bad)
		case err != nil && ctx.Err() != nil, err != nil && o.Refuse(err):
			return nil, err
		case err != nil && o.Settle(err) && look < looks:
			if err := s.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
				return nil, err
			}
			continue
		case err != nil && o.Settle(err):
			return nil, err
		case err != nil:
			o.Told(err)
		}
		return t.file(r.tape), nil
	}
}

// notAsked is what no snapshot asks.
var notAsked = []string{
	"which accounts a policy of AWS itself hangs on: FullAWSAccess is on every one",
	"the contacts and roles of members that the payer file does not name",
	"invitations: no plan looks at them",
}

// taking is one snapshot that is being taken.
type taking struct {
	s    *cloud.Session
	o    Options
	mark string

	mu       sync.Mutex
	notAsked []string
	refused  []string
}

// file is the snapshot of what was heard.
func (t *taking) file(heard *tape) *File {
	now := time.Now
	if t.o.Now != nil {
		now = t.o.Now
	}
	slices.Sort(t.refused)
	f := &File{
		Header: Header{FormatVersion: FormatVersion, Tool: t.o.Tool, TakenAt: now().UTC().Truncate(time.Second), Payer: t.o.Payer,
			AccountID: t.o.AccountID, Partition: "aws", Region: t.s.Config("").Region, Caller: t.s.Caller(),
			NotAsked: t.notAsked, Refused: t.refused},
		Answers: heard.answers(),
	}
	if a, err := arn.Parse(f.Caller); err == nil {
		f.Partition = a.Partition
	}
	slices.SortFunc(f.Answers, compare)
	return f
}

// all asks everything, service by service, several at once.
func (t *taking) all(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, ask := range []func(context.Context) error{
		t.organization, t.identities, t.buckets, t.reports, t.stackSets, t.quotas, t.contacts,
	} {
		g.Go(func() error { return ask(ctx) })
	}
	return g.Wait()
}

// must names what a read that no snapshot can do without was of.
func must(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("take a snapshot: %s: %w", what, err)
}

// may takes an answer of AWS that is an error for an answer, and notes where AWS
// refused it; any other error is one.
func (t *taking) may(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case failure(err) == nil:
		return must(what, err)
	case strings.HasPrefix(cloud.Code(err), "AccessDenied"):
		t.mu.Lock()
		defer t.mu.Unlock()
		if !slices.Contains(t.refused, what) {
			t.refused = append(t.refused, what)
		}
	}
	return nil
}

// readers is how many questions are asked at once of one service.
const readers = 8

// every asks about each of some things, several at once.
func every[T any](ctx context.Context, things []T, ask func(ctx context.Context, thing T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, x := range things {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return ask(ctx, x)
		})
	}
	return g.Wait()
}

var errRing = errors.New("AWS gave the token of a page twice")

// pages asks page after page until there is no token.
func pages(page func(token *string) (next *string, err error)) error {
	seen := map[string]bool{}
	var token *string
	for {
		next, err := page(token)
		switch {
		case err != nil:
			return err
		case next == nil || *next == "":
			return nil
		case seen[*next]:
			return errRing
		}
		seen[*next], token = true, next
	}
}

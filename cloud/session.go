// Package cloud is the way into AWS: sessions into payers, and what every call
// to AWS has in common.
//
// Call [Open] first. It finds the credentials, proves that they belong to the
// account the payer file names and that this account is the management account
// of its organization, and returns a [Session]. Every client of a session
// (Organizations, Account, Tagging, and those that a kind makes from
// [Session.Config]) runs through one middleware stack: rates, retries, one
// audit line a write, a user agent, and short errors.
//
// An error of a call is short when it is shown by [Explain]. [Code], [Reason],
// [Lost], [Fatal] and [Throttled] say what it means, and errors.As still finds
// the SDK's own types in it.
package cloud

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
)

// Options say which payer a session enters, how, and who is told of it.
type Options struct {
	Payer     string // the payer's name
	AccountID string // the only account the session may touch

	RoleARN    string // the role to assume; empty: the ambient credentials
	ExternalID string // what the role asks for; in no log and no error

	Region string // the home region; default us-east-1 of the partition

	Commit  string // the commit of the payer file, for the session name and the audit
	Version string // ours, for the user agent

	Credentials aws.CredentialsProvider // instead of the ambient chain; may be nil
	HTTPClient  aws.HTTPClient          // instead of the network; may be nil
	Network     *Network                // connections shared with the other sessions of the process; may be nil

	// APIRate is "aws" (keep to the rates of AWS and wait as AWS needs it),
	// "none", or empty: "aws" against Amazon's own hosts, else "none".
	APIRate string
	// Limits are shared with the other sessions of the process; nil: the
	// session has its own. A session without rates does not look at them.
	Limits *Limits

	// Gate is asked before every try of a write, in the payer and in members,
	// after the wait for the rate and unless the context is [WithoutGate]. What
	// it returns bounds the try, and is done with when the try is. Its error ends
	// the call: nothing is sent nor tried again, and [Fatal] and [Gated] are true.
	// May be nil.
	Gate func(context.Context) (context.Context, context.CancelFunc, error)
	// Answer is asked for the answer of each call instead of AWS, from many
	// goroutines: the SDK's output, or its error. send asks AWS as always. The
	// calls of the ambient credentials themselves are not among them. May be nil.
	Answer func(ctx context.Context, q Question, send func(context.Context) (any, error)) (any, error)
	// Observe is told of every try that was sent, from many goroutines; may be nil.
	Observe func(Call)

	Audit func(Write)  // called once a write, from many goroutines, such as an AuditLog's Add; may be nil
	Log   *slog.Logger // a line a write at WriteLevel, a line a failed try at Debug; may be nil
	// WriteLevel is Info, unless a program keeps the lines of Audit beside its log.
	WriteLevel slog.Level
}

// A Session is a way into one payer. Its identity is checked, its clients are
// made once and are shared, and it may be used from many goroutines.
type Session struct {
	opts   Options
	log    *slog.Logger
	cfg    aws.Config
	rated  bool       // it keeps to the rates and the pace of AWS
	caller string     // the ARN of who it runs as
	member bool       // it is in a member account, see Member
	base   aws.Config // without credentials of the payer's role and without the stack

	members members

	organizations *organizations.Client
	account       *account.Client
	tagging       *resourcegroupstaggingapi.Client

	organization atomic.Pointer[orgtypes.Organization]
}

// Open enters a payer. It calls sts:GetCallerIdentity first and goes no
// further unless that names o.AccountID; then DescribeOrganization, which must
// name the same account as the management account. An account without an
// organization is let in, and Organization is nil. Where o.RoleARN is set, the
// role is assumed or Open fails: the ambient credentials never stand in for it.
func Open(ctx context.Context, o Options) (*Session, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	s := &Session{opts: o, log: o.Log}
	cfg, err := load(ctx, o)
	if err != nil {
		return nil, s.wrap(err)
	}
	s.rated = rated(o, cfg)
	cfg.Retryer = sharedRetryer(s.rated)
	s.base = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], s.addStack)
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, s.wrap(credentialsError(ctx, err))
	}
	if o.RoleARN != "" {
		cfg.Credentials = assume(cfg, o)
	}
	s.cfg = cfg
	if err := s.identify(ctx); err != nil {
		return nil, s.wrap(err)
	}
	global := s.Config(globalRegion(o.Region))
	s.organizations = organizations.NewFromConfig(global)
	s.account = account.NewFromConfig(global)
	s.tagging = resourcegroupstaggingapi.NewFromConfig(global)
	if err := s.checkManagement(ctx); err != nil {
		return nil, s.wrap(err)
	}
	return s, nil
}

// Organizations is the client of AWS Organizations.
func (s *Session) Organizations() *organizations.Client { return s.organizations }

// Account is the client of Account Management.
func (s *Session) Account() *account.Client { return s.account }

// Tagging is the client of the Resource Groups Tagging API, in the region where
// the tags of organizations are.
func (s *Session) Tagging() *resourcegroupstaggingapi.Client { return s.tagging }

// Config is the configuration for any other client, in a region, or in the home
// region where region is empty. A client made from it has the session's
// credentials and middleware.
func (s *Session) Config(region string) aws.Config {
	cfg := s.cfg.Copy()
	if region != "" {
		cfg.Region = region
	}
	return cfg
}

// Payer is the payer's name.
func (s *Session) Payer() string { return s.opts.Payer }

// AccountID is the management account, which the credentials were checked to
// belong to.
func (s *Session) AccountID() string { return s.opts.AccountID }

// Organization is the organization as Open read it, or as SetOrganization gave
// it. It is nil where the account has none.
func (s *Session) Organization() *orgtypes.Organization { return s.organization.Load() }

// Rates is the table of rates that the session goes by, or would go by.
func (s *Session) Rates() *Rates { return s.opts.Limits.Table() }

// Rated says that the session keeps to its rates.
func (s *Session) Rated() bool { return s.rated }

// SetOrganization notes an organization that was made after Open.
func (s *Session) SetOrganization(o *orgtypes.Organization) { s.organization.Store(o) }

// longestWait is how long a session without rates waits for anything.
const longestWait = 10 * time.Millisecond

// Wait is how long this session waits where AWS would need d: d itself where it
// is rated, else 10 ms at most.
func (s *Session) Wait(d time.Duration) time.Duration {
	if s.rated {
		return d
	}
	return min(d, longestWait)
}

// Sleep waits for Wait(d), or until ctx ends, whose error it returns.
func (s *Session) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := time.NewTimer(s.Wait(d))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

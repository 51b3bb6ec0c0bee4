package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	// roleDuration is the most that a role assumed from a role may last.
	roleDuration = time.Hour
	// renewBefore is how long before their end credentials are renewed.
	renewBefore = 5 * time.Minute
	// assumeAttempts is how often AssumeRole is tried.
	assumeAttempts = 4
)

// assume gives the credentials of the payer's role, renewed before they end.
func assume(base aws.Config, o Options) aws.CredentialsProvider {
	client := sts.NewFromConfig(base, func(so *sts.Options) { so.RetryMaxAttempts = assumeAttempts })
	provider := stscreds.NewAssumeRoleProvider(client, o.RoleARN, func(ro *stscreds.AssumeRoleOptions) {
		ro.RoleSessionName = SessionName(o.Payer, o.Commit)
		ro.Duration = roleDuration
		if o.ExternalID != "" {
			ro.ExternalID = aws.String(o.ExternalID)
		}
	})
	return aws.NewCredentialsCache(&role{provider: provider, arn: o.RoleARN, externalID: o.ExternalID},
		func(co *aws.CredentialsCacheOptions) { co.ExpiryWindow = renewBefore })
}

// role assumes a role, and keeps the external id out of its errors: AWS quotes
// it where it is malformed.
type role struct {
	provider        aws.CredentialsProvider
	arn, externalID string
}

// Retrieve assumes the role.
func (r *role) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.provider.Retrieve(ctx)
	if err == nil {
		return c, nil
	}
	text := err.Error()
	if e := (*Error)(nil); errors.As(err, &e) {
		text = e.Error()
	}
	if r.externalID != "" {
		text = strings.ReplaceAll(text, r.externalID, "(external id)")
	}
	return aws.Credentials{}, &assumeError{role: r.arn, text: text, err: err}
}

// assumeError is a role that could not be assumed.
type assumeError struct {
	role, text string
	err        error
}

func (e *assumeError) Error() string { return fmt.Sprintf("assume role %s: %s", e.role, e.text) }

func (e *assumeError) Unwrap() error { return e.err }

// Hint is what the user may do about it. AWS tells no reason, lest it helps
// who should not get in.
func (e *assumeError) Hint() string {
	if Code(e.err) != "AccessDenied" {
		return ""
	}
	return "the role's trust policy must name who you are, and ask for the externalId that stands under `access`, or for none; " +
		"reconciler bootstrap prints the role that the tool needs"
}

// SessionName is that of the sessions of a payer: reconciler-PAYER-COMMIT8, in the letters and the length that
// AWS allows.
func SessionName(payer, commit string) string {
	const limit = 64
	tail := ""
	if commit != "" {
		tail = "-" + clean(commit[:min(len(commit), 8)])
	}
	head := "reconciler-" + clean(payer)
	return head[:min(len(head), limit-len(tail))] + tail
}

// clean replaces what a role session name cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("_+=,.@-", r):
			return r
		}
		return '-'
	}, s)
}

// identify asks AWS who the credentials are, and refuses another account than
// the payer's.
func (s *Session) identify(ctx context.Context) error {
	out, err := sts.NewFromConfig(s.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		// The role's own error says it all.
		if ae := (*assumeError)(nil); errors.As(err, &ae) {
			return ae
		}
		return err
	}
	if have := aws.ToString(out.Account); have != s.opts.AccountID {
		hint := "set AWS_PROFILE to credentials of " + s.opts.AccountID + ", or `access.roleArn` to a role in it"
		if s.opts.RoleARN != "" {
			hint = "set `access.roleArn` to a role in " + s.opts.AccountID
		}
		return &hinted{
			err:  fmt.Errorf("the credentials belong to account %s, the file says %s", have, s.opts.AccountID),
			hint: hint,
		}
	}
	s.caller = aws.ToString(out.Arn)
	return nil
}

// checkManagement reads the organization, and refuses an account that is a
// member of it.
func (s *Session) checkManagement(ctx context.Context) error {
	out, err := s.organizations.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	var none *orgtypes.AWSOrganizationsNotInUseException
	switch {
	case errors.As(err, &none):
		return nil
	case err != nil:
		return err
	case out.Organization == nil:
		return errors.New("DescribeOrganization: the answer has no organization")
	}
	if manager := aws.ToString(out.Organization.MasterAccountId); manager != s.opts.AccountID {
		return &hinted{
			err: fmt.Errorf("account %s is not the management account: this is a member of %s, managed by %s",
				s.opts.AccountID, aws.ToString(out.Organization.Id), manager),
			hint: "a payer file describes the management account; give its accountId and credentials",
		}
	}
	s.SetOrganization(out.Organization)
	return nil
}

// wrap names the payer in an error of Open.
func (s *Session) wrap(err error) error {
	return fmt.Errorf("payer %s: %w", s.opts.Payer, err)
}

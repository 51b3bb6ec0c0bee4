package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// maxMembers is how many members a session stays in at once. One costs about
// two kilobytes; who comes back to a member that was let go pays one AssumeRole.
const maxMembers = 4096

// members are the members that a payer's session is in.
type members struct {
	mu    sync.Mutex
	all   map[memberKey]*Session
	order []memberKey // the oldest first
	sts   *sts.Client
}

// memberKey is a role in a member account.
type memberKey struct{ account, role string }

// Member enters a member account by a role of it, from the payer's own
// credentials. The session has Config, Sleep and what else a session has, but
// no client of Organizations, Account or Tagging: those are the payer's. Its
// calls run through the same stack, with the rates of the member's account, and
// their audit lines name that account beside the payer.
//
// One AssumeRole is made for a member and a role in an hour, whoever asks and
// how often; its answer must name the account, and the credentials are renewed
// before their end. What goes wrong, here or in a call made inside the member,
// is a matter of that member: [Fatal] is false of it, unless it is the payer's
// own credentials that failed.
func (s *Session) Member(ctx context.Context, accountID, roleName string) (*Session, error) {
	key := memberKey{accountID, roleName}
	switch {
	case s.member:
		return nil, &enterError{key: key, ours: true, err: fmt.Errorf("a session in %s enters no other account", s.opts.AccountID)}
	case accountID == s.opts.AccountID:
		return nil, &enterError{key: key, ours: true, err: errors.New("it is the payer, and no member")}
	case accountID == "" || roleName == "":
		return nil, &enterError{key: key, ours: true, err: errors.New("its id or its role is not known")}
	}
	m := s.memberSession(key)
	_, err := m.cfg.Credentials.Retrieve(ctx)
	if e := (*enterError)(nil); errors.As(err, &e) {
		return nil, e // the SDK's own words before it say nothing more
	}
	if err != nil {
		return nil, fmt.Errorf("enter account %s: %w", accountID, err)
	}
	return m, nil
}

// memberSession finds the session of a member, or makes it. It calls nothing.
func (s *Session) memberSession(key memberKey) *Session {
	ms := &s.members
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if m := ms.all[key]; m != nil {
		return m
	}
	if ms.all == nil {
		ms.all, ms.sts = map[memberKey]*Session{}, sts.NewFromConfig(s.cfg)
	}
	if len(ms.order) >= maxMembers {
		delete(ms.all, ms.order[0])
		ms.order = append(ms.order[:0:0], ms.order[1:]...)
	}
	m := s.newMember(key)
	ms.all[key], ms.order = m, append(ms.order, key)
	return m
}

// newMember makes the session of a member, with a stack of its own.
func (s *Session) newMember(key memberKey) *Session {
	o := s.opts
	o.AccountID, o.RoleARN, o.ExternalID = key.account, "", ""
	name := SessionName(o.Payer, o.Commit)
	role := key.role[strings.LastIndex(key.role, "/")+1:]
	m := &Session{opts: o, log: s.log, rated: s.rated, member: true,
		caller: "arn:" + s.partition() + ":sts::" + key.account + ":assumed-role/" + role + "/" + name}
	m.cfg = s.base.Copy()
	m.cfg.APIOptions = append(m.cfg.APIOptions[:len(m.cfg.APIOptions):len(m.cfg.APIOptions)], m.addStack)
	m.cfg.Credentials = aws.NewCredentialsCache(&memberRole{payer: s, key: key, session: name},
		func(co *aws.CredentialsCacheOptions) { co.ExpiryWindow = renewBefore })
	return m
}

// partition is that of the payer.
func (s *Session) partition() string {
	if a, err := arn.Parse(s.caller); err == nil {
		return a.Partition
	}
	return "aws"
}

// memberRole gives the credentials of a role in a member.
type memberRole struct {
	payer   *Session
	key     memberKey
	session string
}

// Retrieve assumes the role, and refuses credentials of another account.
func (r *memberRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	out, err := r.payer.members.sts.AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:" + r.payer.partition() + ":iam::" + r.key.account + ":role/" + r.key.role),
		RoleSessionName: aws.String(r.session),
		DurationSeconds: aws.Int32(int32(roleDuration.Seconds())),
	})
	if err != nil {
		return aws.Credentials{}, &enterError{key: r.key, err: err, payers: r.payers(err)}
	}
	if err := r.check(out); err != nil {
		return aws.Credentials{}, &enterError{key: r.key, ours: true, err: err}
	}
	c := out.Credentials
	return aws.Credentials{
		AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey), SessionToken: aws.ToString(c.SessionToken),
		Source: "member role", CanExpire: true, Expires: aws.ToTime(c.Expiration), AccountID: r.key.account,
	}, nil
}

// payers says that an AssumeRole failed for the payer's own credentials. Access
// denied is the word of the member's trust policy, as well as of ours.
func (r *memberRole) payers(err error) bool {
	var assumed *assumeError
	var failed *credentialsFailure
	if errors.As(err, &assumed) || errors.As(err, &failed) {
		return true
	}
	return Fatal(err) && !strings.HasPrefix(Code(err), "AccessDenied")
}

// check holds the answer against the account that was asked for.
func (r *memberRole) check(out *sts.AssumeRoleOutput) error {
	if out.Credentials == nil || out.AssumedRoleUser == nil {
		return errors.New("the answer has no credentials")
	}
	user := aws.ToString(out.AssumedRoleUser.Arn)
	if got, err := arn.Parse(user); err != nil || got.AccountID != r.key.account {
		return fmt.Errorf("AWS answered with credentials of %q", user)
	}
	return nil
}

// enterError is a member that could not be entered.
type enterError struct {
	key    memberKey
	err    error
	payers bool // it is the payer's own credentials that failed
	ours   bool // it is we who refuse the answer, or did not ask
}

// Error names the account and the role.
func (e *enterError) Error() string {
	why := shortText(e.err)
	if strings.HasPrefix(Code(e.err), "AccessDenied") {
		why = strings.TrimPrefix(why, "AssumeRole: ") // entering says it
	}
	return fmt.Sprintf("enter account %s as role %s: %s", e.key.account, e.key.role, why)
}

func (e *enterError) Unwrap() error { return e.err }

// Hint is what the user may do about it.
func (e *enterError) Hint() string {
	if e.payers || !strings.HasPrefix(Code(e.err), "AccessDenied") {
		return ""
	}
	return fmt.Sprintf("account %s must have a role %s whose trust policy names the payer without an external id, and who the tool runs as must be allowed sts:AssumeRole on it; "+
		"`memberRole` on the payer, a pool or an account says which role that is", e.key.account, e.key.role)
}

// Inside reports whether an error is of one member: it could not be entered, or
// a call made inside it failed. The payer's other work can go on.
func Inside(err error) bool {
	if canceled(err) || Gated(err) {
		return false
	}
	if e := (*enterError)(nil); errors.As(err, &e) {
		return !e.payers
	}
	e := (*Error)(nil)
	return errors.As(err, &e) && e.member
}

// Barred reports whether a member account does not let us in, or not do there
// what we asked for: AWS answered, and another try would be answered alike. A
// call that AWS throttled or broke down at, or that got no answer, is not that.
func Barred(err error) bool {
	if !Inside(err) {
		return false
	}
	e := (*enterError)(nil)
	return fatal[Code(err)] || errors.As(err, &e) && e.ours
}

package cloud

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/google/go-cmp/cmp"
)

func TestOpen(t *testing.T) {
	f := newFake()
	s := opened(t, options(f))
	if diff := cmp.Diff([]string{"GetCallerIdentity", "DescribeOrganization"}, f.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if id := aws.ToString(s.Organization().Id); id != "o-abc1234567" {
		t.Errorf("organization %q", id)
	}
	if s.AccountID() != payerID || s.Payer() != "acme-labs" || s.rated {
		t.Errorf("session %s %s rated %v", s.AccountID(), s.Payer(), s.rated)
	}
	if s.caller != "arn:aws:iam::111122223333:user/ops" || s.Config("").Region != "us-east-1" || s.Config("eu-west-1").Region != "eu-west-1" {
		t.Errorf("caller %s, regions %s and %s", s.caller, s.Config("").Region, s.Config("eu-west-1").Region)
	}
	for _, c := range f.calls {
		if !strings.Contains(c.Agent, "reconciler/1.2.3") {
			t.Errorf("%s: user agent %q", c.Operation, c.Agent)
		}
	}
}

func TestOpenWithoutOrganization(t *testing.T) {
	f := newFake()
	f.answers["DescribeOrganization"] = fails(400, "AWSOrganizationsNotInUseException")
	s := opened(t, options(f))
	if s.Organization() != nil {
		t.Error("an organization where there is none")
	}
	s.SetOrganization(&orgtypes.Organization{Id: aws.String("o-new")})
	if id := aws.ToString(s.Organization().Id); id != "o-new" {
		t.Errorf("organization %q after SetOrganization", id)
	}
}

func TestDangerWrongAccount(t *testing.T) {
	f := newFake()
	f.answers["GetCallerIdentity"] = identity(otherID)
	_, err := Open(t.Context(), options(f))
	want := "payer acme-labs: the credentials belong to account 999988887777, the file says 111122223333"
	if err == nil || err.Error() != want || Hint(err) == "" || !Fatal(err) {
		t.Errorf("Open: %v, hint %q, fatal %v", err, Hint(err), Fatal(err))
	}
	if diff := cmp.Diff([]string{"GetCallerIdentity"}, f.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestDangerMemberTakenForPayer(t *testing.T) {
	f := newFake()
	f.answers["DescribeOrganization"] = organization(otherID)
	_, err := Open(t.Context(), options(f))
	if err == nil || !strings.Contains(err.Error(), "this is a member of o-abc1234567, managed by 999988887777") ||
		!strings.Contains(err.Error(), payerID) || Hint(err) == "" {
		t.Errorf("Open: %v, hint %q", err, Hint(err))
	}
	if diff := cmp.Diff([]string{"GetCallerIdentity", "DescribeOrganization"}, f.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestOpenReadFails(t *testing.T) {
	f := newFake()
	f.answers["DescribeOrganization"] = fails(400, "AccessDeniedException")
	_, err := Open(t.Context(), options(f))
	if want := "payer acme-labs: DescribeOrganization: AccessDeniedException: no luck [request id req-1]"; Explain(err) != want {
		t.Errorf("got  %s\nwant %s", Explain(err), want)
	}
	if !Fatal(err) {
		t.Error("an access denied is not fatal")
	}
}

func roleOptions(f *fake) Options {
	o := options(f)
	o.RoleARN, o.ExternalID = "arn:aws:iam::111122223333:role/reconciler", outside
	return o
}

func TestAssumeRole(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = assumed(time.Hour)
	o := roleOptions(f)
	text := logged(&o)
	opened(t, o)
	if diff := cmp.Diff([]string{"AssumeRole", "GetCallerIdentity", "DescribeOrganization"}, f.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for i, want := range []string{"AKIABASE", "ASIA1", "ASIA1"} {
		if f.calls[i].Key != want {
			t.Errorf("%s is signed by %s, want %s", f.calls[i].Operation, f.calls[i].Key, want)
		}
	}
	for _, want := range []string{"ExternalId=" + outside, "RoleSessionName=reconciler-acme-labs-9f3c0123&", "DurationSeconds=3600"} {
		if !strings.Contains(f.calls[0].Body, want) {
			t.Errorf("AssumeRole without %s: %s", want, f.calls[0].Body)
		}
	}
	noSecrets(t, text())
}

// noSecrets checks that a text has nothing in it that must not be shown.
func noSecrets(t *testing.T, text string) {
	t.Helper()
	for _, s := range []string{outside, secret, "SessionToken"} {
		if strings.Contains(text, s) {
			t.Errorf("%q is in: %s", s, text)
		}
	}
}

func TestDangerFailedAssumeRoleNeverFallsBack(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = func(int, request) (*http.Response, error) {
		return xmlError(403, "AccessDenied", "not authorized; external id "+outside+" does not match"), nil
	}
	o := roleOptions(f)
	text := logged(&o)
	_, err := Open(t.Context(), o)
	if err == nil || !Fatal(err) || Code(err) != "AccessDenied" {
		t.Fatalf("Open: %v, fatal %v", err, Fatal(err))
	}
	want := "payer acme-labs: assume role arn:aws:iam::111122223333:role/reconciler: AccessDenied: not authorized; external id (external id) does not match [request id req-1]"
	if got := Explain(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	noSecrets(t, text()+err.Error()+Explain(err))
	if diff := cmp.Diff([]string{"AssumeRole"}, f.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAssumeRoleTriesAreFew(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = func(int, request) (*http.Response, error) {
		return xmlError(400, "Throttling", "Rate exceeded"), nil
	}
	if _, err := Open(t.Context(), roleOptions(f)); err == nil {
		t.Error("Open succeeded without a role")
	}
	if n := f.times("AssumeRole"); n != assumeAttempts {
		t.Errorf("%d tries, want %d", n, assumeAttempts)
	}
}

func TestRoleIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answers["AssumeRole"] = assumed(time.Hour)
		f.answers["ListRoots"] = ok
		s := opened(t, roleOptions(f))
		list := func() string {
			t.Helper()
			if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			return f.calls[len(f.calls)-1].Key
		}
		time.Sleep(50 * time.Minute)
		if got := list(); got != "ASIA1" {
			t.Errorf("after 50 min: key %s", got)
		}
		time.Sleep(6 * time.Minute) // 4 min before the end
		if got := list(); got != "ASIA2" {
			t.Errorf("after 56 min: key %s", got)
		}
		// A renewal that fails ends it; the base credentials do not stand in.
		f.answers["AssumeRole"] = func(int, request) (*http.Response, error) {
			return xmlError(403, "AccessDenied", outside), nil
		}
		time.Sleep(2 * time.Hour)
		_, err := s.Organizations().ListRoots(t.Context(), nil)
		if !Fatal(err) || Lost(err) || !strings.HasPrefix(Explain(err), "ListRoots: assume role arn:") {
			t.Errorf("after a failed renewal: %v", err)
		}
		noSecrets(t, Explain(err)+err.Error())
		if last := f.calls[len(f.calls)-1]; last.Operation != "AssumeRole" {
			t.Errorf("%s was called without a role", last.Operation)
		}
	})
}

// Organizations, Account Management and the tags live in one region, whatever
// the home region is; everything goes through the session's stack.
func TestClientsShareRegionAndStack(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Region = "eu-central-1"
	s := opened(t, o)
	f.answers["ListRoots"], f.answers["GetResources"] = ok, ok
	if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := s.Tagging().GetResources(t.Context(), nil); err != nil {
		t.Error(err)
	}
	_, err := s.Account().GetContactInformation(t.Context(), &account.GetContactInformationInput{})
	if err == nil {
		t.Error("the fake has no such operation")
	}
	var hosts []string
	for _, c := range f.calls {
		hosts = append(hosts, c.Host)
		if !strings.Contains(c.Agent, "reconciler/1.2.3") {
			t.Errorf("%s: user agent %q", c.Host, c.Agent)
		}
	}
	want := []string{"sts.eu-central-1.amazonaws.com", "organizations.us-east-1.amazonaws.com", "organizations.us-east-1.amazonaws.com",
		"tagging.us-east-1.amazonaws.com", "account.us-east-1.amazonaws.com"}
	if diff := cmp.Diff(want, hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if s.Config("").Region != "eu-central-1" || s.Config("us-west-2").Region != "us-west-2" {
		t.Errorf("Config: %s, %s", s.Config("").Region, s.Config("us-west-2").Region)
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			rated bool
			want  time.Duration
		}{{true, time.Minute}, {false, 10 * time.Millisecond}} {
			s := &Session{rated: tt.rated}
			start := time.Now()
			if err := s.Sleep(t.Context(), time.Minute); err != nil || time.Since(start) != tt.want {
				t.Errorf("rated %v: slept %v, error %v", tt.rated, time.Since(start), err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := (&Session{rated: true}).Sleep(ctx, time.Hour)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("canceled: %v after %v", err, time.Since(start))
		}
	})
}

func TestOpenCanceled(t *testing.T) {
	f := newFake()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, options(f)); !errors.Is(err, context.Canceled) || Fatal(err) {
		t.Errorf("Open: %v, fatal %v", err, Fatal(err))
	}
	if slices.Contains(f.operations(), "DescribeOrganization") {
		t.Error("a call after the context ended")
	}
}

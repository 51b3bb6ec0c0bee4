package cloud

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
)

const memberID = "222233334444"

// enters answers AssumeRole as STS does: with the account and the role that
// were asked for, and a new key each time.
func enters(good time.Duration) func(int, request) (*http.Response, error) {
	return func(n int, r request) (*http.Response, error) {
		form, _ := url.ParseQuery(r.Body)
		arn := strings.Replace(form.Get("RoleArn"), ":iam:", ":sts:", 1)
		arn = strings.Replace(arn, ":role/", ":assumed-role/", 1) + "/" + form.Get("RoleSessionName")
		return enteredAs(arn, n, good), nil
	}
}

func enteredAs(arn string, n int, good time.Duration) *http.Response {
	return answer(200, "text/xml", fmt.Sprintf(
		`<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>%s</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>`+
			`<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`+
			`<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		arn, n, time.Now().Add(good).UTC().Format(time.RFC3339)))
}

func xmlOK(operation string) func(int, request) (*http.Response, error) {
	return func(int, request) (*http.Response, error) {
		return answer(200, "text/xml", fmt.Sprintf("<%sResponse><%sResult></%sResult></%sResponse>", operation, operation, operation, operation)), nil
	}
}

func denies(code string) func(int, request) (*http.Response, error) {
	return func(int, request) (*http.Response, error) { return xmlError(403, code, "no luck"), nil }
}

// entered enters the member, on a session whose writes are kept.
func entered(t *testing.T, f *fake, writes *[]Write) (payer, member *Session) {
	t.Helper()
	o := options(f)
	var mu sync.Mutex
	o.Audit = func(w Write) {
		mu.Lock()
		defer mu.Unlock()
		*writes = append(*writes, w)
	}
	payer = opened(t, o)
	member, err := payer.Member(t.Context(), memberID, "Admin")
	if err != nil {
		t.Fatal(err)
	}
	return payer, member
}

func TestMemberIsEnteredOnce(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = enters(time.Hour)
	f.answers["TagRole"] = xmlOK("TagRole")
	var writes []Write
	payer, member := entered(t, f, &writes)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if m, err := payer.Member(t.Context(), memberID, "Admin"); err != nil || m != member {
				t.Errorf("another session, or %v", err)
			}
		})
	}
	wg.Wait()
	tag(t, member)
	if n := f.times("AssumeRole"); n != 1 {
		t.Errorf("%d times AssumeRole, want 1", n)
	}
	if body := f.calls[2].Body; !strings.Contains(body, "RoleArn=arn%3Aaws%3Aiam%3A%3A222233334444%3Arole%2FAdmin&") ||
		!strings.Contains(body, "RoleSessionName=reconciler-acme-labs-9f3c0123&") || strings.Contains(body, "ExternalId") {
		t.Errorf("AssumeRole %s", body)
	}
	if key := f.calls[3].Key; key != "ASIA1" {
		t.Errorf("the call inside the member is signed by %s", key)
	}
	want := Write{Payer: "acme-labs", Account: memberID, Caller: "arn:aws:sts::222233334444:assumed-role/Admin/reconciler-acme-labs-9f3c0123",
		Commit: "9f3c0123456789", Service: "IAM", Operation: "TagRole", Object: "member-role/a/R", RequestID: "req-1", Outcome: "ok", Attempts: 1}
	writes[len(writes)-1].Time = time.Time{}
	if diff := cmp.Diff([]Write{want}, writes); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// tag makes a write in a member.
func tag(t *testing.T, member *Session) {
	t.Helper()
	_, err := iam.NewFromConfig(member.Config("")).TagRole(WithObject(t.Context(), "member-role/a/R"), tagR("R"))
	if err != nil {
		t.Fatal(err)
	}
}

func tagR(name string) *iam.TagRoleInput {
	return &iam.TagRoleInput{RoleName: &name, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}
}

func TestMemberIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answers["AssumeRole"] = enters(time.Hour)
		f.answers["TagRole"] = xmlOK("TagRole")
		var writes []Write
		_, member := entered(t, f, &writes)
		time.Sleep(50 * time.Minute)
		tag(t, member)
		if key := f.calls[len(f.calls)-1].Key; key != "ASIA1" {
			t.Errorf("after 50 min: key %s", key)
		}
		time.Sleep(6 * time.Minute)
		tag(t, member)
		if key := f.calls[len(f.calls)-1].Key; key != "ASIA2" {
			t.Errorf("after 56 min: key %s", key)
		}
		f.answers["AssumeRole"] = denies("AccessDenied")
		time.Sleep(2 * time.Hour)
		_, err := iam.NewFromConfig(member.Config("")).TagRole(t.Context(), tagR("R"))
		want := "TagRole: enter account 222233334444 as role Admin: AccessDenied: no luck [request id req-1]"
		if Explain(err) != want || Fatal(err) || Lost(err) || !Inside(err) || !Barred(err) {
			t.Errorf("after a failed renewal: %s, fatal %v", Explain(err), Fatal(err))
		}
	})
}

func TestMemberThatDoesNotLetUsIn(t *testing.T) {
	other := func(n int, _ request) (*http.Response, error) {
		return enteredAs("arn:aws:sts::"+otherID+":assumed-role/Admin/x", n, time.Hour), nil
	}
	for _, tt := range []struct {
		name          string
		assume        func(int, request) (*http.Response, error)
		want          string
		fatal, barred bool
	}{
		{"denied", denies("AccessDenied"), "enter account 222233334444 as role Admin: AccessDenied: no luck [request id req-1]", false, true},
		{"another account", other, `enter account 222233334444 as role Admin: AWS answered with credentials of "arn:aws:sts::999988887777:assumed-role/Admin/x"`, false, true},
		{"the payer's credentials are expired", denies("ExpiredToken"), "enter account 222233334444 as role Admin: AssumeRole: ExpiredToken: no luck [request id req-1]", true, false},
		{"broken", denies("InternalFailure"), "enter account 222233334444 as role Admin: AssumeRole: InternalFailure: no luck, after 10 tries [request id req-1]", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake()
			f.answers["AssumeRole"] = tt.assume
			payer := opened(t, options(f))
			_, err := payer.Member(t.Context(), memberID, "Admin")
			if err == nil || Explain(err) != tt.want {
				t.Fatalf("got  %s\nwant %s", Explain(err), tt.want)
			}
			if Fatal(err) != tt.fatal || Inside(err) == tt.fatal || Barred(err) != tt.barred || Lost(err) {
				t.Errorf("fatal %v, inside %v, barred %v, lost %v", Fatal(err), Inside(err), Barred(err), Lost(err))
			}
			if (Hint(err) != "") != (tt.name == "denied") {
				t.Errorf("hint %q", Hint(err))
			}
			// The next one asks again.
			f.answers["AssumeRole"] = enters(time.Hour)
			if _, err := payer.Member(t.Context(), memberID, "Admin"); err != nil {
				t.Errorf("entered again: %v", err)
			}
		})
	}
}

// TestMemberErrorsAreNotThePayers lets calls inside a member fail in the ways
// that would end a pass if the payer's own calls failed so.
func TestMemberErrorsAreNotThePayers(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = enters(time.Hour)
	var writes []Write
	payer, member := entered(t, f, &writes)
	for _, code := range []string{"AccessDenied", "InvalidClientTokenId", "OptInRequired"} {
		f.answers["TagRole"] = denies(code)
		_, err := iam.NewFromConfig(member.Config("")).TagRole(t.Context(), tagR("R"))
		if Code(err) != code || Fatal(err) || !Inside(err) || !Barred(err) {
			t.Errorf("%v: fatal %v, inside %v, barred %v", err, Fatal(err), Inside(err), Barred(err))
		}
		_, err = iam.NewFromConfig(payer.Config("")).TagRole(t.Context(), tagR("R"))
		if !Fatal(err) || Inside(err) || Barred(err) {
			t.Errorf("the payer's own %v: fatal %v, inside %v, barred %v", err, Fatal(err), Inside(err), Barred(err))
		}
	}
}

// TestMemberAfterThePayersRoleIsGone renews the payer's role for a member, which fails.
func TestMemberAfterThePayersRoleIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answers["AssumeRole"] = enters(time.Hour)
		s := opened(t, roleOptions(f))
		time.Sleep(2 * time.Hour)
		f.answers["AssumeRole"] = denies("AccessDenied")
		_, err := s.Member(t.Context(), memberID, "Admin")
		if !Fatal(err) || Inside(err) || Barred(err) {
			t.Errorf("%v: fatal %v, inside %v", err, Fatal(err), Inside(err))
		}
		noSecrets(t, Explain(err)+err.Error())
	})
}

func TestMemberIsNeverThePayer(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = enters(time.Hour)
	var writes []Write
	payer, member := entered(t, f, &writes)
	for name, enter := range map[string]func() (*Session, error){
		"the payer":     func() (*Session, error) { return payer.Member(t.Context(), payerID, "Admin") },
		"from a member": func() (*Session, error) { return member.Member(t.Context(), otherID, "Admin") },
		"no account":    func() (*Session, error) { return payer.Member(t.Context(), "", "Admin") },
		"no role":       func() (*Session, error) { return payer.Member(t.Context(), memberID, "") },
	} {
		if s, err := enter(); err == nil || s != nil || Fatal(err) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if n := f.times("AssumeRole"); n != 1 {
		t.Errorf("%d times AssumeRole, want 1", n)
	}
}

func TestMembersAreBounded(t *testing.T) {
	f := newFake()
	s := opened(t, options(f))
	for i := range maxMembers + 10 {
		s.memberSession(memberKey{fmt.Sprintf("%012d", i), "Admin"})
	}
	if len(s.members.all) != maxMembers || len(s.members.order) != maxMembers {
		t.Errorf("%d sessions are kept, %d in order, want %d", len(s.members.all), len(s.members.order), maxMembers)
	}
	if s.members.all[memberKey{"000000000009", "Admin"}] != nil || s.members.all[memberKey{"000000000010", "Admin"}] == nil {
		t.Error("it is not the oldest that were let go")
	}
}

func TestMemberRatesAreItsOwn(t *testing.T) {
	f := newFake()
	o := options(f)
	o.APIRate, o.Limits = "aws", &Limits{}
	s := opened(t, o)
	m := s.memberSession(memberKey{memberID, "Admin"})
	if !m.rated || m.opts.Limits != o.Limits || m.opts.AccountID != memberID {
		t.Errorf("rated %v, account %s", m.rated, m.opts.AccountID)
	}
}

package world

import (
	"testing"
	"time"
)

func TestCreationTakesItsTime(t *testing.T) {
	s := newScene(t)
	r, err := s.CreateAccount(payer, NewAccount{Name: "late", Email: "late@example.com", Role: "vocareum", Tags: []Tag{{"a", "b"}}})
	s.ok(err)
	state := func() CreateAccountStatus {
		got, err := s.DescribeCreateAccountStatus(payer, r.Id)
		s.ok(err)
		return *got
	}
	s.SetNow(s.Now().Add(9 * time.Second))
	if got := state(); got.State != inProgress || got.AccountId != "" || got.CompletedTimestamp != nil {
		t.Errorf("after 9 s: %+v", got)
	}
	s.SetNow(s.Now().Add(time.Second))
	got := state()
	if got.State != succeeded {
		t.Fatalf("after 10 s: %+v", got)
	}
	if p, _ := s.ListParents(payer, got.AccountId); p[0].Id != s.root {
		t.Errorf("the account is in %v, not in the root", p)
	}
	if tags, _ := s.ListTagsForResource(payer, got.AccountId); len(tags) != 1 || tags[0] != (Tag{"a", "b"}) {
		t.Errorf("tags %v", tags)
	}
	if ps, _, _ := s.ListPoliciesForTarget(payer, got.AccountId, SCP, whole); len(ps) != 1 || ps[0].Id != "p-FullAWSAccess" {
		t.Errorf("policies %v", ps)
	}
	c, _ := s.WhoIs("AKIASIM0"+payer, "", "")
	if _, err := s.AssumeRole(c, NewSession{RoleArn: "arn:aws:iam::" + got.AccountId + ":role/vocareum", Name: "x1"}); err != nil {
		t.Errorf("the payer cannot enter the role inside: %v", err)
	}
}

// TestAddressIsUsedOnce goes over payers, letter case, closed accounts,
// management accounts and two creations at once.
func TestAddressIsUsedOnce(t *testing.T) {
	s := newScene(t)
	_, err := s.CreateOrganization(other, "ALL")
	s.ok(err)
	s.SetNow(s.Now().Add(closedFor + time.Hour)) // the closed account is gone for good
	for _, email := range []string{"member@example.com", "MEMBER@Example.com", "closed@example.com", "root-" + payer + "@standalone.example"} {
		for _, who := range []string{payer, other} {
			r, err := s.CreateAccount(who, NewAccount{Name: "again", Email: email})
			s.ok(err)
			s.SetNow(s.Now().Add(time.Minute))
			got, err := s.DescribeCreateAccountStatus(who, r.Id)
			s.ok(err)
			if got.State != failed || got.FailureReason != "EMAIL_ALREADY_EXISTS" || got.AccountId != "" {
				t.Errorf("%s in %s: %+v", email, who, got)
			}
		}
	}
	for range 2 {
		s.ok(only(s.CreateAccount(payer, NewAccount{Name: "twin", Email: "twin@example.com"})))
	}
	s.SetNow(s.Now().Add(time.Minute))
	all, _, err := s.ListCreateAccountStatus(payer, []string{failed}, whole)
	s.ok(err)
	if n := len(all); n != 5 {
		t.Errorf("%d failed creations in the journal, want 5", n)
	}
}

func TestClosingTakesItsTime(t *testing.T) {
	s := newScene(t)
	state := func() string {
		a, err := s.DescribeAccount(payer, s.closed)
		if err != nil {
			return verdict(err)
		}
		return a.State + " " + a.Status
	}
	if got := state(); got != "PENDING_CLOSURE PENDING_CLOSURE" {
		t.Errorf("at once: %s", got)
	}
	s.SetNow(s.Now().Add(10 * time.Minute))
	if got := state(); got != "CLOSED SUSPENDED" {
		t.Errorf("after 10 min: %s", got)
	}
	s.SetNow(s.Now().Add(closedFor))
	if got := state(); got != "AccountNotFoundException" {
		t.Errorf("after 90 days: %s", got)
	}
}

func TestDisabledTypeLosesItsAttachments(t *testing.T) {
	s := newScene(t)
	s.ok(only(s.DisablePolicyType(payer, s.root, SCP)))
	if got := verdict(only(s.EnablePolicyType(payer, s.root, SCP))); got != "PolicyChangesInProgressException" {
		t.Errorf("enable at once: %s", got)
	}
	s.SetNow(s.Now().Add(time.Minute))
	r, err := s.EnablePolicyType(payer, s.root, SCP)
	s.ok(err)
	if r.PolicyTypes[0].Status != pendingEnable {
		t.Errorf("answer %+v", r)
	}
	s.SetNow(s.Now().Add(time.Minute))
	roots, _, _ := s.ListRoots(payer, whole)
	if roots[0].PolicyTypes[0].Status != enabled {
		t.Errorf("later %+v", roots)
	}
	ps, _, _ := s.ListPoliciesForTarget(payer, s.labs, SCP, whole)
	if len(ps) != 1 || ps[0].Name != "FullAWSAccess" {
		t.Errorf("labs has %v", ps)
	}
	if ts, _, _ := s.ListTargetsForPolicy(payer, s.used, whole); len(ts) != 0 {
		t.Errorf("the policy is on %v", ts)
	}
}

func TestPagesSurviveWritesBetweenThem(t *testing.T) {
	s := newScene(t)
	for i := range 30 {
		s.unit(s.old, string(rune('a'+i)))
	}
	first, next, err := s.ListOrganizationalUnitsForParent(payer, s.old, whole)
	s.ok(err)
	s.ok(s.DeleteOrganizationalUnit(payer, first[3].Id))
	s.ok(s.DeleteOrganizationalUnit(payer, first[19].Id))
	second, end, err := s.ListOrganizationalUnitsForParent(payer, s.old, Page{After: next, Max: 20})
	s.ok(err)
	if len(first) != 20 || len(second) != 10 || end != 0 || second[0].Name != string(rune('a'+20)) {
		t.Errorf("%d, then %d from %q", len(first), len(second), second[0].Name)
	}
}

func TestAssumeRole(t *testing.T) {
	s := newScene(t)
	s.AddRole(other, "guarded", "x-42", payer)
	s.AddRole(other, "chained", "", "arn:aws:iam::"+other+":role/guarded")
	who, _ := s.WhoIs("AKIASIM0"+payer, "", "")
	stranger, _ := s.WhoIs("AKIASIM0777766665555", "", "")
	enter := func(c Caller, role, ext string, d time.Duration) string {
		_, err := s.AssumeRole(c, NewSession{RoleArn: "arn:aws:iam::" + other + ":role/" + role, Name: "me", ExternalID: ext, Duration: d})
		return verdict(err)
	}
	creds, err := s.AssumeRole(who, NewSession{RoleArn: "arn:aws:iam::" + other + ":role/guarded", Name: "me", ExternalID: "x-42"})
	s.ok(err)
	inside, err := s.WhoIs(creds.AccessKeyID, creds.Token, payer)
	s.ok(err)
	if inside.Account != other || inside.Arn != "arn:aws:sts::"+other+":assumed-role/guarded/me" {
		t.Errorf("inside: %+v", inside)
	}
	for _, tt := range []struct{ name, got, want string }{
		{"no external id", enter(who, "guarded", "", 0), "AccessDenied"},
		{"a wrong one", enter(who, "guarded", "x-43", 0), "AccessDenied"},
		{"a stranger", enter(stranger, "guarded", "x-42", 0), "AccessDenied"},
		{"no such role", enter(who, "absent", "", 0), "AccessDenied"},
		{"two hours", enter(who, "guarded", "x-42", 2*time.Hour), "ValidationError"},
		{"from the role", enter(inside, "chained", "", time.Hour), "<nil>"},
		{"two hours from the role", enter(inside, "chained", "", 2*time.Hour), "ValidationError"},
		{"not from the payer", enter(who, "chained", "", 0), "AccessDenied"},
		{"a wrong token", verdict(only(s.WhoIs(creds.AccessKeyID, "no", payer))), "InvalidClientTokenId"},
		{"an invented session", verdict(only(s.WhoIs("ASIASIM0AAAAAAAAAAAA", "no", payer))), "InvalidClientTokenId"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	s.SetNow(s.Now().Add(time.Hour))
	if got := verdict(only(s.WhoIs(creds.AccessKeyID, creds.Token, payer))); got != "ExpiredToken" {
		t.Errorf("after an hour: %s", got)
	}
}

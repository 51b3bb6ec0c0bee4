package planner

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

// Each test here is one way in which a plan could destroy or lock out an
// organization.

func TestDangerDenyOnlyListDetachesFullAWSAccess(t *testing.T) {
	const have = "organization\n ou/A\n attachment/FullAWSAccess@ou/A :allows=true :system=true\n attachment/FullAWSAccess@root :allows=true :system=true"
	check(t, []row{
		{
			name: "kept where the list does not name it", want: "organization\n ou/A\n policy/Deny :allows=false\n attachment/Deny@ou/A >policy/Deny :allows=false", have: have,
			lines: "create policy/Deny\n create attachment/Deny@ou/A [slots 2/10] <- policy/Deny",
		},
		{
			name: "refused where the rest allows nothing", want: "organization\n ou/A\n policy/Deny :allows=false\n attachment/Deny@ou/A >policy/Deny :allows=false\n attachment/FullAWSAccess@ou/A :absent=true", have: have,
			lines: `create policy/Deny
				create attachment/Deny@ou/A [slots 2/10] <- policy/Deny
				delete attachment/FullAWSAccess@ou/A ! the last SCP that allows anything on ou/A`,
		},
		{
			name: "goes after what allows came", want: "organization\n ou/A\n policy/Allow :allows=true\n attachment/Allow@ou/A >policy/Allow :allows=true\n attachment/FullAWSAccess@ou/A :absent=true", have: have,
			lines: `create policy/Allow
				create attachment/Allow@ou/A [slots 1/10] <- policy/Allow
				delete attachment/FullAWSAccess@ou/A <- attachment/Allow@ou/A`,
		},
	})
}

func TestDangerRemovedLinesCloseAccounts(t *testing.T) {
	check(t, []row{{
		name: "prune never closes, removes or moves an account", with: prune,
		want: "ou/A\n account/a@x ou=A", have: "ou/A\n account/a@x ou=A\n account/b@x ou=A\n account/c@x ou=A *-\n account/d@x ou=A *?",
		lines: "left account/b@x 0 never pruned\n unmanaged account/c@x\n unmanaged account/d@x\n unsure account/d@x",
	}})
}

func TestDangerForeignNameIsOverwritten(t *testing.T) {
	check(t, []row{
		{
			name: "blocked, with the whole difference", want: "policy/aws-guardrails-1 doc=ours description=mine", have: "policy/aws-guardrails-1 doc=theirs *-",
			lines: `adopt policy/aws-guardrails-1 description none -> "mine" doc "theirs" -> "ours" ! exists, not ours; "adopt: true" on it takes it over`,
		},
		{
			name: "adopted when the file says so", want: "policy/aws-guardrails-1 doc=ours :adopt=true", have: "policy/aws-guardrails-1 doc=theirs *-",
			lines: `adopt policy/aws-guardrails-1 doc "theirs" -> "ours"`,
		},
	})
}

func TestDangerTwoRepositoriesUndoEachOther(t *testing.T) {
	check(t, []row{{
		name: "the mark of another payer, whatever the kind and with adopt", with: prune,
		want: "ou/A tags.a=1\n policy/P doc=1 :adopt=true\n account/a@x ou=A", have: "ou/A *other\n policy/P doc=2 *other\n account/a@x ou=B *other\n policy/Q *other",
		lines: `update ou/A tags.a none -> "1" ! the mark says that payer "other" owns it
			update policy/P doc "2" -> "1" ! the mark says that payer "other" owns it
			update account/a@x ou "B" -> "A" ! the mark says that payer "other" owns it
			unmanaged policy/Q`,
	}})
}

func accounts(n int, words string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "account/%d@x %s\n", i, words)
	}
	return b.String()
}

func TestDangerCountWithOneZeroTooMany(t *testing.T) {
	p := plan(t, accounts(2000, ""), accounts(200, ""), rules())
	if len(p.Guards) != 1 || p.Guards[0] != (Guard{Name: "maxAccountCreates", Limit: "50", Planned: 1800, Lift: "a.yaml:3"}) {
		t.Errorf("got guards %+v, want maxAccountCreates with 1800", p.Guards)
	}
}

func TestDangerHalfReadOrganization(t *testing.T) {
	p := plan(t, accounts(10000, ""), "", rules())
	if len(p.Guards) != 1 || p.Guards[0].Planned != 10000 {
		t.Errorf("got guards %+v, want maxAccountCreates with 10000", p.Guards)
	}
}

func TestDangerShiftedIDs(t *testing.T) {
	check(t, []row{{
		name: "one is made, and the surplus one is kept", with: prune,
		want: "account/2@x ou=A\n account/3@x ou=A", have: "account/1@x ou=A\n account/2@x ou=A",
		lines: "create account/3@x\n left account/1@x 0 never pruned",
	}})
}

func TestDangerKilledOnFullNode(t *testing.T) {
	const want = `ou/A
		attachment/Allow@ou/A :allows=true :slots=2
		attachment/New@ou/A :allows=false :slots=2
		attachment/New@ou/B :allows=false :slots=2
		ou/B
		account/a@x ou=A >attachment/Allow@ou/A >attachment/New@ou/A`
	const have = `ou/A
		ou/B
		attachment/Allow@ou/A :allows=true :slots=2
		attachment/New@ou/B :allows=false :slots=2
		attachment/Full@ou/B :allows=true :system=true :slots=2
		account/a@x ou=B >ou/B`
	check(t, []row{
		{
			name: "before: never the last that allows", want: want, have: have + "\n attachment/Old@ou/A :allows=false :exact=true :slots=2",
			lines: `create attachment/New@ou/A [slots 2/2] <- attachment/Old@ou/A
				delete attachment/Old@ou/A
				update account/a@x ou "B" -> "A" <- attachment/New@ou/A`,
		},
		{
			name: "killed between: what is missing comes first", want: want, have: have,
			lines: `create attachment/New@ou/A [slots 2/2]
				update account/a@x ou "B" -> "A" <- attachment/New@ou/A`,
		},
	})
}

func TestDangerAccountsEnterBeforeGuardrails(t *testing.T) {
	check(t, []row{
		{
			name: "creation and move come after what guards the OU and those above",
			want: `ou/A
				ou/A/B <ou/A
				attachment/P@ou/A
				attachment/Q@ou/A/B <ou/A/B
				account/new@x <ou/A/B >attachment/P@ou/A >attachment/Q@ou/A/B
				account/old@x ou=A/B <ou/A/B >attachment/P@ou/A >attachment/Q@ou/A/B`,
			have: "ou/A\n account/old@x ou=",
			lines: `create ou/A/B
				create attachment/P@ou/A [slots 1/10]
				create attachment/Q@ou/A/B [slots 1/10] <- ou/A/B
				create account/new@x <- ou/A/B, attachment/P@ou/A, attachment/Q@ou/A/B
				update account/old@x ou "" -> "A/B" <- ou/A/B, attachment/P@ou/A, attachment/Q@ou/A/B`,
		},
		{
			name: "and not at all while one of these is blocked",
			want: "ou/A\n attachment/P@ou/A :blocked=no\n account/new@x >attachment/P@ou/A", have: "ou/A",
			lines: `create attachment/P@ou/A [slots 0/10] ! no
				create account/new@x ! needs attachment/P@ou/A, which is blocked`,
		},
	})
}

func TestDangerTrustedServiceSwitchedOff(t *testing.T) {
	check(t, []row{
		{
			name: "a list is additive", want: "ou/A\n trusted-service/account.amazonaws.com", with: prune,
			have:  "ou/A\n trusted-service/sso.amazonaws.com",
			lines: "create trusted-service/account.amazonaws.com\n unmanaged trusted-service/sso.amazonaws.com",
		},
		{
			name: "absence is said", want: "ou/A\n trusted-service/sso.amazonaws.com :absent=true", have: "ou/A\n trusted-service/sso.amazonaws.com",
			lines: "delete trusted-service/sso.amazonaws.com",
		},
	})
}

func TestDangerPolicyTypeDisabled(t *testing.T) {
	check(t, []row{
		{
			name: "never because the file is silent", want: "ou/A", with: prune, have: "ou/A\n policy-type/TAG_POLICY",
			lines: "unmanaged policy-type/TAG_POLICY",
		},
		{
			name: "each attachment is a removal", want: "ou/A\n policy-type/TAG_POLICY :absent=true",
			have:  "ou/A\n policy-type/TAG_POLICY :removals=6",
			lines: "delete policy-type/TAG_POLICY\n guard maxRemovals 6 over 5, see a.yaml:1",
		},
	})
}

func TestDangerTwoNamesForOneThing(t *testing.T) {
	s := parse(t, "policy/P .id=p-1")
	err := s.Add(resource.Object{Ref: resource.Ref{Kind: "policy", Name: "P"}, Outputs: map[string]string{"id": "p-2"}})
	if err == nil || !strings.Contains(err.Error(), "p-1 and p-2") {
		t.Errorf("got %v, want an error with both ids", err)
	}
	check(t, []row{{
		name: "types, emails and slashes tell them apart",
		want: `policy/Cost doc=1
			policy/TAG_POLICY:Cost doc=1
			account/a@x name=Prod
			ou/A\/B
			ou/A/B`,
		have: "policy/TAG_POLICY:Cost doc=2\n account/other@x name=Prod *-\n ou/A/B",
		lines: `create ou/A\/B
			create policy/Cost
			update policy/TAG_POLICY:Cost doc "2" -> "1"
			create account/a@x
			unmanaged account/other@x`,
	}})
}

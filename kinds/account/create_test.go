package account_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const organizationAndLabs = "organization: {create: true}\nous: [{name: Labs}]\n"

// pool is a pool of accounts s1, s2 … in Labs.
func pool(from, count int, more string) string {
	return fmt.Sprintf(`pools:
  - {name: students, ou: Labs, ids: {from: %d, count: %d}, account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}, csv: accounts.csv%s}
`, from, count, more)
}

// emails gives the addresses of the member accounts, sorted.
func emails(r *kindtest.Rig) []string { return slices.Sorted(maps.Keys(r.Accounts())) }

// places gives the id of the node that each account is in, by email.
func places(r *kindtest.Rig) map[string]string {
	at := map[string]string{}
	for email, a := range r.Accounts() {
		parts := strings.Split(strings.Trim(a.Paths[0], "/"), "/")
		at[email] = parts[len(parts)-2]
	}
	return at
}

func TestCreateGivesAWSWhatTheFileSays(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + `accounts:
  - {name: sec, email: Sec.Ops@Acme.Example, ou: Labs, roleName: inner, tags: {owner: ops}}
` + pool(7, 1, "")
		r.Want(r.Apply(body), "+ account/s7@acme.example", "+ account/sec.ops@acme.example", "+ organization", "+ ou/Labs")
		r.Settled(body)
		accounts := r.Accounts()
		r.Equal("addresses", emails(r), []string{"Sec.Ops@Acme.Example", "s7@acme.example"})
		labs := r.UnitIDs(r.Root())["Labs"]
		r.Equal("places", places(r), map[string]string{"Sec.Ops@Acme.Example": labs, "s7@acme.example": labs})
		r.Equal("tags of the named", r.TagsOf(*accounts["Sec.Ops@Acme.Example"].Id), map[string]string{
			"owner": "ops", "reconciler:payer": "acme", "reconciler:name": "sec.ops@acme.example"})
		r.Equal("tags of the pool's", r.TagsOf(*accounts["s7@acme.example"].Id), map[string]string{
			"reconciler:payer": "acme", "reconciler:name": "s7@acme.example", "reconciler:pool": "students", "reconciler:id": "7"})
		r.Equal("CSV", r.Read("accounts.csv"), *accounts["s7@acme.example"].Id+",7,s7@acme.example\n")
	})
}

// TestDanger17LostAnswerOfCreateAccount loses the answer of each creation in
// turn, and the request itself: every account is there once.
func TestDanger17LostAnswerOfCreateAccount(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.Drop, awssim.DropAnswer, awssim.ServerError, awssim.Throttle, awssim.Conflict} {
		for _, lag := range []int{0, 4} {
			for nth := 1; nth <= 3; nth++ {
				t.Run(fmt.Sprintf("%s/%d/lag %d", kind, nth, lag), func(t *testing.T) {
					kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
						r.Apply(organizationAndLabs)
						r.Sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: nth, Kind: kind})
						body := organizationAndLabs + pool(1, 3, "")
						r.Sim.ResetCalls()
						r.Apply(body)
						if n := r.Calls()["CreateAccount"]; n != 3 && (n != 4 || kind == awssim.DropAnswer) {
							t.Errorf("%d requests for 3 accounts", n)
						}
						r.Settled(body)
						r.Equal("accounts", emails(r), []string{"s1@acme.example", "s2@acme.example", "s3@acme.example"})
						if n := strings.Count(r.Read("accounts.csv"), "\n"); n != 3 {
							t.Errorf("the CSV has %d rows", n)
						}
					})
				})
			}
		}
	}
}

// TestDanger17JournalAndListHideTheFirstRequest makes a second request, which
// AWS refuses since the first one has the address: that account is ours.
func TestDanger17JournalAndListHideTheFirstRequest(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs)
		body := organizationAndLabs + pool(1, 1, "")
		p := r.Plan(body)
		r.Sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 1, Kind: awssim.DropAnswer})
		r.Edit("ListCreateAccountStatus", func(_ int, answer map[string]any) { answer["CreateAccountStatuses"] = []any{} })
		r.Edit("ListAccounts", func(call int, answer map[string]any) {
			if call == 1 {
				answer["Accounts"] = []any{}
			}
		})
		r.Sim.ResetCalls()
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		if n := r.Calls()["CreateAccount"]; n != 2 {
			t.Errorf("%d requests, want a second one", n)
		}
		r.Through = nil
		r.Settled(body)
		r.Equal("accounts", emails(r), []string{"s1@acme.example"})
	})
}

// TestMovedSinceThePlan finds an account in another place than it was read in.
func TestMovedSinceThePlan(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 4, "")
		r.Apply(body)
		root := r.Root()
		labs, other := r.UnitIDs(root)["Labs"], r.Unit(root, "Other")
		accounts := r.Accounts()
		s1, s2 := *accounts["s1@acme.example"].Id, *accounts["s2@acme.example"].Id
		r.Move(s1, labs, root)
		r.Move(s2, labs, root)
		p := r.Plan(body + "safety: {maxMoves: 2}\n")
		r.Move(s1, root, other)
		r.Move(s2, root, labs)
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		at := places(r)
		r.Equal("places", []string{at["s1@acme.example"], at["s2@acme.example"]}, []string{labs, labs})
		r.Settled(body)
	})
}

// TestCreationUnderWayIsResumed finds the request of a killed run in AWS's own
// journal.
func TestCreationUnderWayIsResumed(t *testing.T) {
	kindtest.Run(t, awssim.Options{CreateTime: time.Second}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs)
		kindtest.Must[*organizations.CreateAccountOutput](r)(r.Org().CreateAccount(t.Context(),
			&organizations.CreateAccountInput{AccountName: aws.String("s1"), Email: aws.String("s1@acme.example")}))
		body := organizationAndLabs + pool(1, 2, "")
		p := r.Plan(body)
		r.Want(p, "> account/s1@acme.example", "+ account/s2@acme.example")
		r.Sim.ResetCalls()
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		if n := r.Calls()["CreateAccount"]; n != 1 {
			t.Errorf("%d creations, want the one of s2", n)
		}
		r.Settled(body)
		labs := r.UnitIDs(r.Root())["Labs"]
		r.Equal("places", places(r), map[string]string{"s1@acme.example": labs, "s2@acme.example": labs})
	})
}

// TestUnlistedAccountIsNotMadeTwice hides a new account from the list, which
// lags, while the journal says that it is there.
func TestUnlistedAccountIsNotMadeTwice(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 2, "")
		r.Apply(body)
		r.Edit("ListAccounts", func(_ int, answer map[string]any) {
			answer["Accounts"] = slices.DeleteFunc(answer["Accounts"].([]any), func(a any) bool {
				return a.(map[string]any)["Email"] == "s2@acme.example"
			})
		})
		r.Settled(body)
	})
}

// TestDanger16FinalFailureIsNotTriedAgain asks for an address that is used
// elsewhere in AWS.
func TestDanger16FinalFailureIsNotTriedAgain(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		changed := time.Now()
		r.Run.Changed = func() time.Time { return changed }
		time.Sleep(time.Second)
		r.Sim.AddRole("444455556666", "any", "") // comes into being, with its own address
		body := organizationAndLabs + "accounts: [{name: used, email: root-444455556666@standalone.example, ou: Labs}]\n" + pool(1, 1, "")
		a, err := r.TryApply(r.Plan(body))
		r.Refused(err, "EMAIL_ALREADY_EXISTS")
		r.Equal("outcomes", []int{a.Result.Count(executor.Failed), a.Result.Count(executor.Skipped)}, []int{1, 0})
		r.Equal("accounts", emails(r), []string{"s1@acme.example"})

		time.Sleep(2*time.Hour + time.Minute)
		p := r.Plan(body)
		r.Want(p, "!+ account/root-444455556666@standalone.example "+
			"(blocked: failed 2 h 1 min ago: EMAIL_ALREADY_EXISTS; change the file, or try again with --retry-failed)")
		before := r.Writes()
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("a blocked plan: %v, %d writes", err, r.Writes()-before)
		}

		r.Run.RetryFailed = true
		again := r.Plan(body)
		r.Want(again, "+ account/root-444455556666@standalone.example")
		if c := again.Plan.Changes[0]; !strings.HasSuffix(c.Refused, ": EMAIL_ALREADY_EXISTS") || c.Blocked != "" {
			t.Errorf("tried again: %+v", c)
		}
		_, err = r.TryApply(again)
		r.Refused(err, "EMAIL_ALREADY_EXISTS")
		r.Run.RetryFailed = false
		changed = time.Now()
		r.Want(r.Plan(body), "+ account/root-444455556666@standalone.example")
	})
}

// TestStumbleIsTriedAgain has AWS refuse a creation because others were under way.
func TestStumbleIsTriedAgain(t *testing.T) {
	status := func(state string) map[string]any {
		return map[string]any{"CreateAccountStatus": map[string]any{"Id": "car-00000000000000000000000000000001", "AccountName": "s1",
			"State": state, "FailureReason": "CONCURRENT_ACCOUNT_MODIFICATION"}}
	}
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs)
		r.Answer("CreateAccount", status("IN_PROGRESS"))
		r.Answer("DescribeCreateAccountStatus", status("FAILED"))
		body := organizationAndLabs + pool(1, 1, "")
		r.Apply(body)
		r.Settled(body)
		r.Equal("accounts", emails(r), []string{"s1@acme.example"})
	})
}

// TestFullQuotaWaits lets the rest be done and makes no failure of it.
func TestFullQuotaWaits(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 3}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 5, "")
		p := r.Plan(body)
		a, err := r.TryApply(p)
		if err != nil {
			t.Fatal(err)
		}
		r.Equal("done and waiting", []int{a.Result.Count(executor.Done), a.Result.Count(executor.Waiting)}, []int{4, 3})
		for i, e := range a.Result.Errs {
			if a.Result.Outcomes[i] == executor.Waiting {
				r.Refused(e, "quota")
			}
		}
		if n := strings.Count(r.Read("accounts.csv"), "\n"); n != 2 {
			t.Errorf("the CSV has %d rows, want those of 2 accounts", n)
		}
		if got := len(kindtest.Lines(r.Plan(body))); got != 3 {
			t.Errorf("the next plan has %d lines, want the 3 that wait", got)
		}
	})
}

// TestDanger15GuardrailsComeBeforeAccounts makes units, policies and accounts
// in one plan.
func TestDanger15GuardrailsComeBeforeAccounts(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := `organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies:
  - {name: P, document: ` + kindtest.Deny("s3:*") + `}
  - {name: Q, document: ` + kindtest.Deny("ec2:*") + `}
root: {policies: [P]}
ous: [{name: Labs, policies: [Q]}]
` + pool(1, 2, "")
		r.Sim.Inject(awssim.Fault{Operation: "AttachPolicy", Nth: 1, Count: 5, Kind: awssim.Throttle}) // the attachments are slow
		r.Apply(body)
		order := strings.Join(r.Order("AttachPolicy", "CreateAccount", "MoveAccount"), " ")
		if diff := cmp.Diff(len("AttachPolicy ")*7, strings.LastIndex(order, "AttachPolicy")+len("AttachPolicy ")); diff != "" {
			t.Errorf("an account came before a guardrail: %s", order)
		}
	})
}

// TestFiveCreationsAtOnce keeps to what AWS takes: a sixth one would be refused.
func TestFiveCreationsAtOnce(t *testing.T) {
	kindtest.Run(t, awssim.Options{CreateTime: time.Second}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 12, "")
		r.Apply(organizationAndLabs)
		r.Sim.ResetCalls()
		start := time.Now()
		r.Apply(body)
		for _, c := range r.Sim.Calls() {
			if c.Operation == "CreateAccount" && c.Code != "" {
				t.Errorf("a creation was refused: %s", c.Code)
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("12 creations of 1 s, five at once, took %s", took)
		}
		r.Settled(body)
	})
}

// TestDanger15AccountsWaitForTheDetach has a unit that must not have
// FullAWSAccess: no account enters before it is gone, and none where the
// detach fails.
func TestDanger15AccountsWaitForTheDetach(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := `organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies: [{name: Allow, document: ` + kindtest.Allow + `}]
ous: [{name: Labs, policies: [Allow], fullAWSAccess: false}]
` + pool(1, 2, "")
		r.Sim.Inject(awssim.Fault{Operation: "DetachPolicy", Kind: awssim.ServerError})
		p := r.Plan(body)
		if _, err := r.TryApply(p); err == nil {
			t.Fatal("the apply went through without the detach")
		}
		r.Equal("accounts", emails(r), []string(nil))
		r.Sim.ClearFaults()
		r.Apply(body)
		r.Settled(body)
	})
}

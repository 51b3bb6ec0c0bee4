package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/kinds/quota"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// crowded is a pool that the usual quota of 10 has no room for.
func crowded(accounts int, more string) string {
	return organizationOnly + more + fmt.Sprintf("ous: [{name: Labs}]\n"+
		"pools: [{name: s, ou: Labs, ids: {from: 1, count: %d}, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"}, csv: accounts.csv}]\n", accounts)
}

// waiting gives the waiting lines of a plan, in its order: what and why.
func waiting(p *reconcile.Planned) []string {
	lines := []string{}
	for _, c := range p.Plan.Changes {
		if c.Waiting != "" {
			lines = append(lines, c.Ref.String()+": "+c.Waiting)
		}
	}
	return lines
}

// TestAccountsWaitForTheQuota plans as many accounts as the quota has room for,
// the first of the file first, and makes exactly these.
func TestAccountsWaitForTheQuota(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(crowded(0, ""))
		r.Account("theirs", "theirs@acme.example") // counts, as does the management account
		r.Sim.ResetCalls()
		body := crowded(12, "quotas: {accounts: auto}\n")
		p := r.Plan(body)
		want := []string{}
		for i := 9; i <= 12; i++ {
			want = append(want, fmt.Sprintf("account/s%d@acme.example: account quota 10, needs 14", i))
		}
		r.Equal("waiting", waiting(p), want)
		if !slices.Contains(kindtest.Lines(p), "~ quota/accounts accounts: 10 -> 14") {
			t.Errorf("plan %q", kindtest.Lines(p))
		}
		a, err := r.TryApply(p)
		if err != nil {
			t.Fatal(err)
		}
		r.Equal("calls", []int{r.Calls()["CreateAccount"], r.Calls()["RequestServiceQuotaIncrease"]}, []int{8, 1})
		r.Equal("accounts", len(r.Accounts()), 9)
		r.Equal("done", a.Result.Count(executor.Done), 8)
		r.Equal("waiting", a.Result.Count(executor.Waiting), 5)

		p = r.Plan(body)
		got := waiting(p)
		if len(got) != 5 || !strings.HasPrefix(got[0], "quota/accounts: AWS has request ") || !strings.Contains(got[0], " for 14 (") {
			t.Errorf("with a request open: %q", got)
		}
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Equal("one request", len(r.QuotaRequests()), 1)
		r.Await(body)
		r.Settled(body)
		r.Equal("accounts", len(r.Accounts()), 13)
		r.Equal("requests", r.QuotaRequests(), []string{"14 APPROVED"})
	})
}

// TestQuotaThatTheFileDoesNotName is not read, and accounts wait at their
// creation.
func TestQuotaThatTheFileDoesNotName(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(crowded(0, ""))
		r.Sim.ResetCalls()
		p := r.Plan(crowded(12, ""))
		r.Equal("waiting", waiting(p), []string{})
		for operation := range r.Calls() {
			if strings.Contains(operation, "Quota") {
				t.Errorf("%s was called", operation)
			}
		}
		a, err := r.TryApply(p)
		if err != nil {
			t.Fatal(err)
		}
		r.Equal("done", a.Result.Count(executor.Done), 9)
		r.Equal("waiting", a.Result.Count(executor.Waiting), 3)
	})
}

// TestFullQuotaSaysWhatIsDone: where only a creation finds the quota full, the
// reason is true of what the file asks for.
func TestFullQuotaSaysWhatIsDone(t *testing.T) {
	for quotas, want := range map[string]string{
		"":                           "raise \"Default maximum number of accounts\" in Service Quotas, or let the file ask for it (quotas: {accounts: auto})",
		"quotas: {accounts: auto}\n": "the file asks AWS for 13 (quotas.accounts); apply again once AWS has granted it",
		"quotas: {accounts: 20}\n":   "the file asks AWS for 20 (quotas.accounts); apply again once AWS has granted it",
	} {
		t.Run(quotas, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
				a, err := r.TryApply(r.Plan(crowded(12, quotas)))
				if err != nil {
					t.Fatal(err)
				}
				want = "waiting: the account quota is full, and the file needs 13 accounts, the management account counted: " + want
				if !slices.ContainsFunc(a.Result.Errs, func(err error) bool { return err != nil && err.Error() == want }) {
					t.Errorf("no %q in %v", want, a.Result.Errs)
				}
			})
		})
	}
}

// TestOutlook: Service Quotas tells of more than AWS lets in, and then has a request.
func TestOutlook(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(crowded(0, "quotas: {accounts: auto}\n"))
		outlook := func(accounts int, quotas string) string {
			p := r.Plan(crowded(accounts, quotas))
			return quota.Outlook(p.Payer, p.Live)
		}
		r.Equal("enough", outlook(3, "quotas: {accounts: auto}\n"), "Service Quotas tells of 10, which AWS may need a while to go by")
		r.Account("theirs", "theirs@acme.example")
		r.Equal("too few", outlook(12, "quotas: {accounts: 13}\n"), "the file asks AWS for 13 only (quotas.accounts)")
		r.AskQuota(30)
		if got := outlook(3, "quotas: {accounts: auto}\n"); !strings.HasPrefix(got, "AWS has request ") || !strings.Contains(got, " for 30 (") {
			t.Errorf("with a request: %s", got)
		}
	})
}

// TestQuotaBeforeTheOrganization asks for it in the apply that makes the
// organization.
func TestQuotaBeforeTheOrganization(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		body := crowded(12, "quotas: {accounts: auto}\n")
		p := r.Plan(body)
		r.Equal("waiting", waiting(p), []string{})
		if !slices.Contains(kindtest.Lines(p), "+ quota/accounts") {
			t.Errorf("plan %q", kindtest.Lines(p))
		}
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Equal("requests", len(r.QuotaRequests()), 1)
		r.Await(body)
		r.Settled(body)
	})
}

// TestQuotaIsNeverLowered, and nothing is asked where there is enough.
func TestQuotaIsNeverLowered(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 100}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(crowded(3, ""))
		for _, quota := range []string{"auto", "50", "100"} {
			r.Settled(crowded(3, "quotas: {accounts: "+quota+"}\n"))
		}
		r.Equal("requests", len(r.QuotaRequests()), 0)
	})
}

// TestDanger16QuotaThatAWSRefused is not asked for again on every pass.
func TestDanger16QuotaThatAWSRefused(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10, QuotaDenied: true}, func(t *testing.T, r *kindtest.Rig) {
		changed := time.Now()
		r.Run.Changed = func() time.Time { return changed }
		r.Apply(crowded(0, ""))
		body := crowded(0, "quotas: {accounts: 30}\n")
		time.Sleep(time.Minute) // on the test's own clock
		if _, err := r.TryApply(r.Plan(body)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // each look takes a request one state on
			time.Sleep(2 * time.Hour)
			r.QuotaRequests()
		}
		p := r.Plan(body)
		lines := kindtest.Lines(p)
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "!~ quota/accounts accounts: 10 -> 30 (blocked: AWS refused request ") ||
			!strings.HasSuffix(lines[0], " for 30 (DENIED); change the file, or try again with --retry-failed)") {
			t.Fatalf("plan %q", lines)
		}
		r.Run.RetryFailed = true
		again := r.Plan(body)
		r.Equal("plan that tries again", kindtest.Lines(again), []string{"~ quota/accounts accounts: 10 -> 30"})
		if c := again.Plan.Changes[0]; !strings.HasSuffix(c.Refused, " for 30 (DENIED)") {
			t.Errorf("tried again: %+v", c)
		}
		r.Run.RetryFailed = false
		changed = time.Now() // the file was changed since
		r.Equal("plan of a changed file", kindtest.Lines(r.Plan(body)), []string{"~ quota/accounts accounts: 10 -> 30"})
		r.Equal("requests", r.QuotaRequests(), []string{"30 DENIED"})
	})
}

// TestDanger17QuotaRequestIsMadeOnce loses the answer of the request.
func TestDanger17QuotaRequestIsMadeOnce(t *testing.T) {
	for _, fault := range []awssim.FaultKind{awssim.DropAnswer, awssim.ServerError} {
		t.Run(string(fault), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
				r.Organize()
				r.Sim.Inject(awssim.Fault{Operation: "RequestServiceQuotaIncrease", Kind: fault, Nth: 1})
				p := r.Plan(organizationOnly + "quotas: {accounts: 30}\n")
				r.Sim.ResetCalls()
				a, err := r.TryApply(p)
				if fault == awssim.ServerError {
					r.Refused(err, "RequestServiceQuotaIncrease")
				} else {
					r.Equal("outcome", a.Result.Outcomes, []executor.Outcome{executor.Waiting})
				}
				r.Equal("calls", r.Calls()["RequestServiceQuotaIncrease"], 1)
			})
		})
	}
}

// TestQuotaByAnotherCode finds the quota by its name.
func TestQuotaByAnotherCode(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10, QuotaCode: "L-29A0C5DF"}, func(t *testing.T, r *kindtest.Rig) {
		r.Organize()
		r.Equal("plan", kindtest.Lines(r.Plan(organizationOnly+"quotas: {accounts: 30}\n")), []string{"~ quota/accounts accounts: 10 -> 30"})
	})
}

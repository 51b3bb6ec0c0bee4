package metrics

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// fill sets every figure once.
func fill(m *Metrics, payer string) {
	m.Payer(payer)
	m.Pass(payer, "ok", 2*time.Second)
	m.Change(payer, "account", "create", "done")
	m.Call(payer, "Organizations", "CreateAccount", "TooManyRequestsException", true)
	m.Git("fetch", time.Second, nil)
	m.Git("push", time.Second, errors.New("no"))
	m.Clean(payer, time.Now())
	m.State(payer, "paused")
	m.Paused(payer, true)
	m.Drift(payer, 3)
	m.Accounts(payer, map[string]int{"active": 7})
	m.Pools(payer, []Pool{{"students", 10, 7, 2, 1}})
	m.Quota(payer, &Quota{20, 8})
	m.Lease(payer, true, func() time.Time { return time.Now().Add(5 * time.Minute) })
	m.Config(true)
	m.Unverified(false)
	m.Mistakes(2)
}

// scraped gives what a Prometheus server reads.
func scraped(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// values gives the lines of our own figures without histograms.
func values(t *testing.T, m *Metrics) []string {
	t.Helper()
	return regexp.MustCompile(`(?m)^reconciler_.*`).FindAllString(scraped(t, m), -1)
}

// like keeps the lines that begin with one of the names.
func like(lines []string, names ...string) []string {
	var some []string
	for _, l := range lines {
		for _, n := range names {
			if strings.HasPrefix(l, "reconciler_"+n+"{") || strings.HasPrefix(l, "reconciler_"+n+" ") {
				some = append(some, l)
			}
		}
	}
	return some
}

// TestValues: what the methods say is what is read.
func TestValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New("1.2.3")
		fill(m, "p")
		time.Sleep(90 * time.Second)
		want := []string{
			`reconciler_accounts{payer="p",state="active"} 7`,
			`reconciler_aws_calls_total{operation="CreateAccount",outcome="TooManyRequestsException",payer="p",service="Organizations"} 1`,
			`reconciler_aws_throttles_total{operation="CreateAccount",payer="p",service="Organizations"} 1`,
			`reconciler_changes_total{kind="account",op="create",outcome="done",payer="p"} 1`,
			`reconciler_config_last_load_success_timestamp_seconds 9.466848e+08`,
			`reconciler_config_last_load_successful 1`,
			`reconciler_drift_objects{payer="p"} 3`,
			`reconciler_git_last_fetch_timestamp_seconds 9.466848e+08`,
			`reconciler_git_operations_total{operation="fetch",result="ok"} 1`,
			`reconciler_git_operations_total{operation="push",result="error"} 1`,
			`reconciler_git_unverified_head 0`,
			`reconciler_last_clean_pass_timestamp_seconds{payer="p"} 9.466848e+08`,
			`reconciler_lease_holder{payer="p"} 1`,
			`reconciler_lease_seconds_left{payer="p"} 300`,
			`reconciler_passes_total{payer="p",result="ok"} 1`,
			`reconciler_paused{payer="p"} 1`,
			`reconciler_payer_file_mistakes 2`,
			`reconciler_payer_state{payer="p",state="blocked"} 0`,
			`reconciler_payer_state{payer="p",state="broken"} 0`,
			`reconciler_payer_state{payer="p",state="failed"} 0`,
			`reconciler_payer_state{payer="p",state="first-apply"} 0`,
			`reconciler_payer_state{payer="p",state="guarded"} 0`,
			`reconciler_payer_state{payer="p",state="ok"} 0`,
			`reconciler_payer_state{payer="p",state="paused"} 1`,
			`reconciler_payer_state{payer="p",state="standby"} 0`,
			`reconciler_pool_accounts{payer="p",pool="students",state="creating"} 2`,
			`reconciler_pool_accounts{payer="p",pool="students",state="ready"} 7`,
			`reconciler_pool_accounts{payer="p",pool="students",state="surplus"} 1`,
			`reconciler_pool_accounts{payer="p",pool="students",state="wanted"} 10`,
			`reconciler_quota_accounts_headroom{payer="p"} 12`,
			`reconciler_quota_accounts_limit{payer="p"} 20`,
			`reconciler_quota_accounts_used{payer="p"} 8`,
			`reconciler_seconds_since_last_clean_pass{payer="p"} 90`,
		}
		var got []string
		for _, l := range values(t, m) {
			if !strings.Contains(l, "_duration_") && !(strings.Contains(l, "git_operations") && strings.HasSuffix(l, " 0")) && !strings.Contains(l, "build_info") {
				got = append(got, l)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestNeverClean: a payer without a clean pass has no time of it, and its seconds
// run from when it was first seen.
func TestNeverClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New("1")
		time.Sleep(time.Hour)
		m.Payer("late")
		time.Sleep(time.Minute)
		m.Payer("late") // once more changes nothing
		lines := values(t, m)
		if got := like(lines, "last_clean_pass_timestamp_seconds"); got != nil {
			t.Error(got)
		}
		if diff := cmp.Diff([]string{`reconciler_seconds_since_last_clean_pass{payer="late"} 60`}, like(lines, "seconds_since_last_clean_pass")); diff != "" {
			t.Error(diff)
		}
		m.Clean("late", time.Now().Add(time.Hour)) // a clock that was wrong
		if diff := cmp.Diff([]string{`reconciler_seconds_since_last_clean_pass{payer="late"} 0`}, like(values(t, m), "seconds_since_last_clean_pass")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestForget: nothing is left of a payer, and all of the others.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New("1")
		fill(m, "stays")
		before := scraped(t, m)
		fill(m, "goes")
		m.Forget("goes")
		m.Forget("never was")
		got := scraped(t, m)
		if strings.Contains(got, "goes") {
			t.Error("the payer is there still")
		}
		mine := regexp.MustCompile(`(?m)^reconciler_[^g].*payer.*`)
		if diff := cmp.Diff(mine.FindAllString(before, -1), mine.FindAllString(got, -1)); diff != "" {
			t.Errorf("the other (-before +after):\n%s", diff)
		}
	})
}

// TestReplaced: pools, states of accounts and quotas that are not named any more
// are gone.
func TestReplaced(t *testing.T) {
	m := New("1")
	fill(m, "p")
	m.Pools("p", []Pool{{Name: "staff", Wanted: 1}})
	m.Accounts("p", map[string]int{"suspended": 1})
	m.Quota("p", nil)
	m.State("p", "ok")
	m.Lease("p", false, nil)
	lines := values(t, m)
	want := []string{
		`reconciler_accounts{payer="p",state="suspended"} 1`,
		`reconciler_lease_holder{payer="p"} 0`,
		`reconciler_pool_accounts{payer="p",pool="staff",state="creating"} 0`,
		`reconciler_pool_accounts{payer="p",pool="staff",state="ready"} 0`,
		`reconciler_pool_accounts{payer="p",pool="staff",state="surplus"} 0`,
		`reconciler_pool_accounts{payer="p",pool="staff",state="wanted"} 1`,
	}
	got := like(lines, "accounts", "pool_accounts", "quota_accounts_limit", "quota_accounts_used", "quota_accounts_headroom", "lease_holder", "lease_seconds_left")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, l := range like(lines, "payer_state") {
		if strings.HasSuffix(l, " 1") != strings.Contains(l, `"ok"`) {
			t.Error(l)
		}
	}
}

// TestStandby: a standby says nothing of what it does not know.
func TestStandby(t *testing.T) {
	m := New("1")
	fill(m, "p")
	m.State("p", "standby")
	lines := values(t, m)
	if got := like(lines, "drift_objects", "accounts", "pool_accounts", "quota_accounts_limit", "quota_accounts_used", "quota_accounts_headroom"); got != nil {
		t.Error(got)
	}
	if got := like(lines, "payer_state", "seconds_since_last_clean_pass"); len(got) != 9 {
		t.Error(got)
	}
}

// TestGitFromZero: the first error of git is a rise.
func TestGitFromZero(t *testing.T) {
	if got := like(values(t, New("1")), "git_operations_total"); len(got) != 10 || strings.Contains(strings.Join(got, ""), "} 1") {
		t.Error(got)
	}
}

// TestLeaseLocks: until when the lease is may be asked of one who speaks to the
// metrics at the same time.
func TestLeaseLocks(t *testing.T) {
	m := New("1")
	m.Lease("p", true, func() time.Time {
		m.Paused("p", true)
		return time.Time{}
	})
	if got := like(values(t, m), "lease_seconds_left"); got != nil {
		t.Error(got)
	}
}

// BenchmarkScrape is fifty payers that have called sixty operations each.
func BenchmarkScrape(b *testing.B) {
	m := New("1")
	for i := range 50 {
		fill(m, fmt.Sprint("payer-", i))
		for j := range 60 {
			m.Call(fmt.Sprint("payer-", i), "Organizations", fmt.Sprint("Operation", j), "ok", false)
		}
	}
	h := m.Handler()
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
	}
}

// TestNames: whatever the names are, the output can be read.
func TestNames(t *testing.T) {
	m := New("\xff")
	for _, name := range []string{"", "a\"b\\c\nd", "\xff\xfe", "\u202e日本", strings.Repeat("x", 4096)} {
		fill(m, name)
		m.Pools(name, []Pool{{Name: name}, {Name: name}})
		m.Accounts(name, map[string]int{name: 1, "\xff": 2, "\ufffd": 3})
		m.State(name, name)
		m.Call(name, name, name, name, true)
		m.Change(name, name, name, name)
		m.Pass(name, name, 0)
		m.Git(name, 0, nil)
	}
	if problems, err := testutil.GatherAndLint(m.registry); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	scraped(t, m)
	for _, name := range []string{"", "a\"b\\c\nd", "\xff\xfe", "\u202e日本", strings.Repeat("x", 4096)} {
		m.Forget(name)
	}
	if got := regexp.MustCompile(`(?m)^reconciler_.*payer=.*`).FindString(scraped(t, m)); got != "" {
		t.Error(got)
	}
}

// TestFromManySides runs under the race detector, too.
func TestFromManySides(t *testing.T) {
	m := New("1")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				fill(m, fmt.Sprint(i))
				scraped(t, m)
				m.Forget(fmt.Sprint(i))
			}
		})
	}
	all.Wait()
	if got := regexp.MustCompile(`(?m)^reconciler_.*payer=.*`).FindString(scraped(t, m)); got != "" {
		t.Error(got)
	}
}

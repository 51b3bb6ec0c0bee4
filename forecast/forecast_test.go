package forecast

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// input is a plan of changes, each named by the operations that it calls.
func input(t *testing.T, rates string, changes ...planner.Change) Input {
	t.Helper()
	table := cloud.PublishedRates()
	if rates != "" {
		var err error
		if table, err = cloud.ParseRates("rates.json", []byte(rates)); err != nil {
			t.Fatal(err)
		}
	}
	calls := map[string]int{}
	p := &planner.Plan{Changes: changes}
	costs := map[string][]string{"account": {"CreateAccount", "MoveAccount"}, "closure": {"CloseAccount"}, "ou": {"DeleteOrganizationalUnit"},
		"move": {"MoveAccount"}, "policy": {"CreatePolicy"}, "attachment": {"AttachPolicy"}, "role": {"CreateRole"}}
	cost := func(c *planner.Change) []string { return costs[c.Ref.Kind] }
	for i := range changes {
		if !changes[i].Held() {
			for _, op := range cost(&changes[i]) {
				calls[op]++
			}
		}
	}
	for _, op := range []string{"AttachPolicy", "CloseAccount", "CreateAccount", "CreatePolicy", "DeleteOrganizationalUnit", "MoveAccount"} {
		if r, ok := table.Of(op); ok && calls[op] > 0 {
			p.Estimate.By = append(p.Estimate.By, planner.Calls{Operation: op, Calls: calls[op], PerMinute: r.PerSecond * 60})
		}
	}
	return Input{Plan: p, Cost: cost, Rates: table}
}

// of makes so many changes of a kind, which need others.
func of(n int, kind string, needs ...int) []planner.Change {
	var all []planner.Change
	for i := range n {
		all = append(all, planner.Change{Op: planner.Create, Ref: resource.Ref{Kind: kind, Name: fmt.Sprint(i)}, Needs: needs})
	}
	return all
}

func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func first(f Forecast) string {
	if len(f.Estimate.By) == 0 {
		return ""
	}
	return f.Estimate.By[0].Operation
}

func TestOf(t *testing.T) {
	row := func(ops, rest string) string {
		return `{"rates": [{"service": "Organizations", "operations": [` + ops + `], ` + rest + `}]}`
	}
	for name, tt := range map[string]struct {
		in      Input
		change  func(*Input)
		seconds int
		first   string
		lands   []Landing
	}{
		"nothing":                      {in: input(t, "")},
		"what has no rate":             {in: input(t, "", of(9, "role")...), seconds: 1},
		"500 accounts":                 {in: input(t, "", of(500, "account")...), seconds: 4981, first: "CreateAccount"},
		"a day's accounts and no more": {in: input(t, "", of(8640, "account")...), seconds: 86381, first: "CreateAccount"},
		"10,000 accounts": {in: input(t, "", of(10000, "account")...), seconds: 99981, first: "CreateAccount",
			lands: []Landing{{0, "CreateAccount", 8642}, {1, "CreateAccount", 1358}}},
		"a higher rate: five in flight bind": {in: input(t, row(`"CreateAccount"`, `"perSecond": 10, "burst": 10`), of(10000, "account")...), seconds: 20002, // and the moves of the last five
			first: "CreateAccount"},
		"a lower rate":                     {in: input(t, row(`"CreateAccount"`, `"perSecond": 0.01`), of(20, "account")...), seconds: 1711, first: "CreateAccount"},
		"what is far off holds up nothing": {in: input(t, "", append(of(500, "account"), append(of(1, "policy"), of(100, "move", 500)...)...)...), seconds: 4981, first: "CreateAccount"},
		"one behind the other": {in: input(t, "", append(of(300, "move"), of(1, "ou", upTo(300)...)...)...), seconds: 150,
			first: "MoveAccount"}, // the OU goes when it is empty
		"beside each other":   {in: input(t, "", append(of(300, "move"), of(300, "attachment")...)...), seconds: 149, first: "AttachPolicy"},
		"each behind its own": {in: input(t, "", append(of(100, "policy"), chain(100)...)...), seconds: 50, first: "AttachPolicy"},
		"closures beyond 30 days": {in: input(t, "", of(600, "closure")...), seconds: 60*86400 + 99*20 + 1, first: "CloseAccount",
			lands: []Landing{{0, "CloseAccount", 250}, {30, "CloseAccount", 250}, {60, "CloseAccount", 100}}},
		"of many members a fifth": {in: input(t, "", of(600, "closure")...), change: func(in *Input) { in.Members = 2000 }, seconds: 30*86400 + 199*20 + 1,
			first: "CloseAccount", lands: []Landing{{0, "CloseAccount", 400}, {30, "CloseAccount", 200}}},
		"and never more than 1,000": {in: input(t, "", of(1001, "closure")...), change: func(in *Input) { in.Members = 10000 }, seconds: 30*86400 + 1,
			first: "CloseAccount", lands: []Landing{{0, "CloseAccount", 1000}, {30, "CloseAccount", 1}}},
		"some used before": {in: input(t, "", of(60, "closure")...), change: func(in *Input) { in.Used = map[string]int{"CloseAccount": 200} },
			seconds: 30*86400 + 9*20 + 1, first: "CloseAccount", lands: []Landing{{0, "CloseAccount", 50}, {30, "CloseAccount", 10}}},
		"all used before": {in: input(t, "", of(1, "closure")...), change: func(in *Input) { in.Used = map[string]int{"CloseAccount": 250} },
			seconds: 30*86400 + 1, first: "CloseAccount", lands: []Landing{{30, "CloseAccount", 1}}},
		"a daily cap of the file": {in: input(t, row(`"CreateAccount"`, `"cap": {"days": 1, "calls": 100}`), of(250, "account")...), seconds: 2*86400 + 481,
			first: "CreateAccount", lands: []Landing{{0, "CreateAccount", 100}, {1, "CreateAccount", 100}, {2, "CreateAccount", 50}}},
		"what binds first stands first": {in: input(t, row(`"AttachPolicy"`, `"cap": {"days": 1, "calls": 1}`),
			append(of(100, "account"), of(2, "attachment")...)...), seconds: 86401, first: "AttachPolicy",
			lands: []Landing{{0, "AttachPolicy", 1}, {1, "AttachPolicy", 1}}},
	} {
		if tt.change != nil {
			tt.change(&tt.in)
		}
		got := Of(tt.in)
		if got.Estimate.Seconds != tt.seconds || first(got) != tt.first {
			t.Errorf("%s: %d s, first %q; want %d s, %q", name, got.Estimate.Seconds, first(got), tt.seconds, tt.first)
		}
		if diff := cmp.Diff(tt.lands, got.Lands); diff != "" {
			t.Errorf("%s: lands (-want +got):\n%s", name, diff)
		}
	}
}

// chain are attachments of which each needs the policy of its number.
func chain(n int) []planner.Change {
	all := of(n, "attachment")
	for i := range all {
		all[i].Needs = []int{i}
	}
	return all
}

// What is blocked or waits takes no time, and holds up nobody.
func TestHeld(t *testing.T) {
	changes := append(of(500, "account"), of(4, "attachment", 0, 1)...)
	for i := range 500 {
		changes[i].Waiting = "the quota is full"
	}
	if got := Of(input(t, "", changes...)).Estimate.Seconds; got != 1 {
		t.Errorf("%d s", got)
	}
}

func TestHeadroom(t *testing.T) {
	changes := append(of(5, "account"), of(2, "attachment")...)
	changes[0].Blocked, changes[1].Waiting = "no", "the quota is full"
	in := input(t, "", changes...)
	in.Accounts, in.AccountQuota = 20, 25
	if diff := cmp.Diff([]Headroom{{"accounts", 25, 20, 23}}, Of(in).Quotas); diff != "" {
		t.Errorf("quotas (-want +got):\n%s", diff)
	}
	in.AccountQuota = 0
	if got := Of(in).Quotas; got != nil {
		t.Errorf("a quota that was not read: %v", got)
	}
	in = input(t, "", of(2, "attachment")...)
	in.AccountQuota = 25
	if got := Of(in).Quotas; got != nil {
		t.Errorf("a plan that draws on none: %v", got)
	}
}

// The other quotas are told where the plan draws on them and they are known.
func TestQuotas(t *testing.T) {
	changes := append(of(5, "ou"), of(3, "policy")...)
	changes[0].Blocked, changes[1].Waiting, changes[2].Op, changes[3].Op = "no", "the quota is full", planner.Delete, planner.Update
	in := input(t, "", append(append(changes, of(2, "role")...), of(2, "bucket")...)...)
	in.Quota = func(c *planner.Change) string {
		return map[string]string{"ou": cloud.QuotaUnits, "policy": cloud.QuotaPolicies("TAG_POLICY"), "role": cloud.QuotaRoles, "bucket": "buckets"}[c.Ref.Kind]
	}
	in.Taken = map[string]int{cloud.QuotaUnits: 1990, cloud.QuotaRoles: 1001}
	// Of roles there are more than AWS publishes: the quota was raised, to nobody knows what.
	want := []Headroom{{cloud.QuotaUnits, 2000, 1990, 1990}, {"policies of TAG_POLICY", 1000, 0, 3}}
	if diff := cmp.Diff(want, Of(in).Quotas); diff != "" {
		t.Errorf("quotas (-want +got):\n%s", diff)
	}
	in.Rates, _ = cloud.ParseRates("f", []byte(`{"quotas": [{"name": "IAM roles", "limit": 5000}]}`))
	if got := Of(in).Quotas; len(got) != 3 || got[0] != (Headroom{"IAM roles", 5000, 1001, 1003}) {
		t.Errorf("quotas of a file: %v", got)
	}
	if got := Of(input(t, "", of(2, "ou")...)).Quotas; got != nil {
		t.Errorf("nothing counts: %v", got)
	}
}

// A quota of calls is told where it is known what was called before.
func TestCaps(t *testing.T) {
	in := input(t, "", of(60, "closure")...)
	if got := Of(in).Quotas; got != nil {
		t.Errorf("what was closed before is not known: %v", got)
	}
	in.Used = map[string]int{"CloseAccount": 200}
	if diff := cmp.Diff([]Headroom{{"CloseAccount in 30 days", 250, 200, 260}}, Of(in).Quotas); diff != "" {
		t.Errorf("quotas (-want +got):\n%s", diff)
	}
}

// No operation takes less than its rate lets it, none is lost, and a cap is kept
// in any days that follow each other.
func TestRandomPlans(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		kinds := []string{"account", "closure", "ou", "move", "policy", "attachment", "role"}
		var changes []planner.Change
		for i := range r.IntN(400) {
			var needs []int
			for j := range i {
				if r.IntN(40) == 0 {
					needs = append(needs, j)
				}
			}
			c := of(1, kinds[r.IntN(len(kinds))], needs...)
			if r.IntN(9) == 0 {
				c[0].Blocked = "no"
			}
			changes = append(changes, c...)
		}
		in := input(t, `{"rates": [{"service": "Organizations", "operations": ["MoveAccount"], "cap": {"days": 2, "calls": 40}}]}`, changes...)
		run, f := newRun(in), Of(in)
		for _, c := range in.Plan.Estimate.By {
			l := run.lines[c.Operation]
			if len(l.starts) != c.Calls {
				t.Fatalf("seed %d: %d calls of %s, want %d", seed, len(l.starts), c.Operation, c.Calls)
			}
			if least := float64(c.Calls-l.rate.Burst) * 60 / c.PerMinute; float64(f.Estimate.Seconds) < least-1e-6 {
				t.Errorf("seed %d: %d s for %d calls of %s", seed, f.Estimate.Seconds, c.Calls, c.Operation)
			}
			for i := l.cap; l.cap > 0 && i < c.Calls; i++ {
				if l.starts[i]-l.starts[i-l.cap] < float64(l.rate.Cap.Days)*day-1e-6 {
					t.Errorf("seed %d: more than %d calls of %s", seed, l.cap, c.Operation)
				}
			}
		}
	}
}

// A plan of 10,000 accounts, each of which needs the same hundred attachments.
func TestLargePlanIsQuick(t *testing.T) {
	needs := upTo(100)
	in := input(t, "", append(of(100, "attachment"), of(10000, "account", needs...)...)...)
	began := time.Now()
	f := Of(in)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if f.Estimate.Seconds != 100030 {
		t.Errorf("%d s", f.Estimate.Seconds)
	}
}

func BenchmarkOf(b *testing.B) {
	changes := append(of(100, "attachment"), of(10000, "account", upTo(100)...)...)
	in := Input{Plan: &planner.Plan{Changes: changes}, Rates: cloud.PublishedRates(),
		Cost: func(*planner.Change) []string { return []string{"CreateAccount", "MoveAccount"} }}
	for b.Loop() {
		Of(in)
	}
}

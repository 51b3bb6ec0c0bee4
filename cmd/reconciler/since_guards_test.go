package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestMore: a number and a percentage cannot be compared, so going from one to
// the other may let more through, but where one is all or nothing.
func TestMore(t *testing.T) {
	number := func(n int) spec.Amount { return spec.Amount{Number: n} }
	percent := func(n int) spec.Amount { return spec.Amount{Number: n, Percent: true} }
	for _, tt := range []struct {
		before, after spec.Amount
		want          bool
	}{
		{number(5), number(5), false},
		{number(5), number(6), true},
		{number(6), number(5), false},
		{percent(25), percent(26), true},
		{percent(25), percent(25), false},
		{percent(100), percent(10), false},
		{percent(25), number(1), true},
		{percent(25), number(0), false},
		{percent(100), number(1000), false},
		{number(5), percent(1), true},
		{number(5), percent(0), false},
		{number(0), percent(1), true},
	} {
		if got := more(tt.before, tt.after); got != tt.want {
			t.Errorf("more(%s, %s) = %v, want %v", tt.before, tt.after, got, tt.want)
		}
	}
}

// TestDriftNotices: a policy keeps its history under another name, and one that
// is new is held against what the payer said.
func TestDriftNotices(t *testing.T) {
	payer := func(drift string, policies ...spec.Policy) *spec.Payer {
		for i := range policies {
			policies[i].Type = spec.SCP
		}
		return &spec.Payer{Drift: drift, Policies: policies}
	}
	const one = "a merge sets drift to report for policy/B: what somebody changes there in AWS is told, and no daemon puts it back"
	const all = "a merge sets drift to report: what somebody changes in AWS is told, and no daemon puts it back"
	for _, tt := range []struct {
		name    string
		was, is *spec.Payer
		want    string
	}{
		{"nothing", payer(""), payer("heal"), ""},
		{"all", payer("", spec.Policy{Name: "B"}), payer("report", spec.Policy{Name: "B"}), all},
		{"back", payer("report", spec.Policy{Name: "B", Drift: "report"}), payer("", spec.Policy{Name: "B"}), ""},
		{"one", payer("", spec.Policy{Name: "B"}), payer("", spec.Policy{Name: "B", Drift: "report"}), one},
		{"new", payer(""), payer("", spec.Policy{Name: "B", Drift: "report"}), one},
		{"new below a payer that reports", payer("report"), payer("report", spec.Policy{Name: "B"}), ""},
		{"no longer healed alone", payer("report", spec.Policy{Name: "B", Drift: "heal"}), payer("report", spec.Policy{Name: "B"}), one},
		{"renamed", payer("", spec.Policy{Name: "A", Drift: "report"}),
			payer("", spec.Policy{Name: "B", Drift: "report", Previously: []spec.Name{{Value: "A"}}}), ""},
		{"renamed and loosened", payer("report", spec.Policy{Name: "A", Drift: "heal"}),
			payer("report", spec.Policy{Name: "B", Previously: []spec.Name{{Value: "A"}}}), one},
	} {
		got := ""
		for _, n := range driftNotices(tt.was, tt.is) {
			got += n.Text
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPauseNotices: what is over is no pause, and one that lasts longer is news.
func TestPauseNotices(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	until := func(hours int) *spec.Payer {
		return &spec.Payer{Paused: &spec.Paused{Pos: spec.Pos{File: "a.yaml", Line: 7}, Reason: `the "new" unit`, Until: now.Add(time.Duration(hours) * time.Hour)}}
	}
	free, forever := &spec.Payer{}, &spec.Payer{Paused: &spec.Paused{Pos: spec.Pos{File: "a.yaml", Line: 7}, Reason: "x"}}
	const rest = `: "the \"new\" unit". A daemon only reports and apply refuses: nothing of this plan is done meanwhile, and nothing is put back`
	const always = `, by a.yaml:7, until the key is gone: "x". A daemon only reports and apply refuses: nothing of this plan is done meanwhile, and nothing is put back`
	for _, tt := range []struct {
		name    string
		was, is *spec.Payer
		want    string
	}{
		{"none", free, free, ""},
		{"over", free, until(-1), ""},
		{"over at this moment", free, until(0), ""},
		{"without a past", nil, until(2), "the payer is paused, by a.yaml:7, until 2026-11-22 14:00 UTC" + rest},
		{"begins", free, until(2), "a merge pauses the payer, by a.yaml:7, until 2026-11-22 14:00 UTC" + rest},
		{"begins anew", until(-1), until(2), "a merge pauses the payer, by a.yaml:7, until 2026-11-22 14:00 UTC" + rest},
		{"longer", until(1), until(2), "a merge keeps the payer paused, after 2026-11-22 13:00 UTC too, by a.yaml:7, until 2026-11-22 14:00 UTC" + rest},
		{"without an end", until(1), forever, "a merge keeps the payer paused, after 2026-11-22 13:00 UTC too" + always},
		{"shorter", forever, until(2), "the payer is paused, by a.yaml:7, until 2026-11-22 14:00 UTC" + rest},
		{"as before", forever, forever, "the payer is paused" + always},
	} {
		got := ""
		for _, n := range pauseNotices(tt.was, tt.is, now) {
			got += n.Text
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestAccessNotices: no external id stands in a notice, and accounts that are
// entered by another role are counted.
func TestAccessNotices(t *testing.T) {
	payer := func(id string, roles ...string) *spec.Payer {
		p := &spec.Payer{}
		if id != "" {
			p.Access = &spec.Access{RoleARN: "arn:aws:iam::111122223333:role/r", ExternalID: id}
		}
		for i, role := range roles {
			p.Accounts = append(p.Accounts, spec.Account{Email: string(rune('a'+i)) + "@acme.example", MemberRole: role})
		}
		return p
	}
	for _, tt := range []struct {
		name    string
		was, is *spec.Payer
		want    []string
	}{
		{"same", payer("secret", "R"), payer("secret", "R"), nil},
		{"another id", payer("secret"), payer("hidden"), []string{"a merge has the payer entered with another external id"}},
		{"in", payer(""), payer("secret"), []string{"a merge has the payer entered by arn:aws:iam::111122223333:role/r; it was the credentials at hand"}},
		{"out", payer("secret"), payer(""), []string{"a merge has the payer entered by the credentials at hand; it was arn:aws:iam::111122223333:role/r",
			"a merge has the payer entered without an external id; there was one"}},
		{"members", payer("", "R", "R", "S"), payer("", "T", "T", "T", "new"),
			[]string{"a merge has 2 accounts entered by the role T; it was R", "a merge has 1 account entered by the role T; it was S"}},
	} {
		var got []string
		for _, n := range accessNotices(tt.was, tt.is) {
			got = append(got, n.Text)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestLeaseNotices: a pause stands beside the lease, so it ends where that goes.
func TestLeaseNotices(t *testing.T) {
	at := func(key string) *spec.Payer { return &spec.Payer{Lease: &spec.Lease{Bucket: "b", Key: key}} }
	none := &spec.Payer{}
	for _, tt := range []struct {
		was, is *spec.Payer
		want    string
	}{
		{none, none, ""}, {at("k"), at("k"), ""}, {none, at("k"), report.Note}, {at("k"), none, report.Warning}, {at("k"), at("l"), report.Warning},
	} {
		got := ""
		for _, n := range leaseNotices(tt.was, tt.is) {
			got += n.Level
		}
		if got != tt.want {
			t.Errorf("from %+v to %+v: %q, want %q", tt.was.Lease, tt.is.Lease, got, tt.want)
		}
	}
}

// TestOpened: lists that are no longer exclusive, of whatever holds them.
func TestOpened(t *testing.T) {
	payer := func(exact bool) *spec.Payer {
		list := spec.Policies{ExactManaged: exact}
		return &spec.Payer{Roles: []spec.Role{{Name: "r", Policies: list}}, Users: []spec.User{{Name: "u", Policies: list}},
			Groups: []spec.Group{{Name: "g", ExactMembers: exact}}, MemberRoles: []spec.MemberRole{{Role: spec.Role{Name: "m", Policies: list}}}}
	}
	want := []string{"role/r", "user/u", "group/g", "memberRoles m"}
	if diff := cmp.Diff(want, opened(payer(true), payer(false))); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
	if got := opened(payer(false), payer(true)); got != nil {
		t.Errorf("what was closed is told as opened: %v", got)
	}
	if got := opened(payer(true), &spec.Payer{}); got != nil {
		t.Errorf("what is gone is told as opened: %v", got)
	}
}

// TestRenamedUnits: a path counts under every name that it had, along the way
// too, but where a unit bears that name by now.
func TestRenamedUnits(t *testing.T) {
	old := func(names ...string) (out []spec.Name) {
		for _, n := range names {
			out = append(out, spec.Name{Value: n})
		}
		return out
	}
	unit := func(path string, previously []spec.Name, below ...spec.OU) spec.OU {
		parts := resource.SplitPath(path)
		return spec.OU{Name: parts[len(parts)-1], Path: path, Previously: previously, OUs: below}
	}
	p := &spec.Payer{OUs: []spec.OU{unit("A", old("B", "C"), unit("A/X", old("Y"))), unit("C", nil)}}
	want := map[string]string{"B": "A", "A/Y": "A/X", "B/X": "A/X", "B/Y": "A/X", "C/X": "A/X", "C/Y": "A/X"}
	if diff := cmp.Diff(want, renamed(p)); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
}

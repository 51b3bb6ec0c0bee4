package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// some makes so many changes of a kind.
func someChanges(n int, op planner.Op, kind string) []planner.Change {
	var all []planner.Change
	for i := range n {
		all = append(all, planner.Change{Op: op, Ref: resource.Ref{Kind: kind, Name: fmt.Sprint(i)}})
	}
	return all
}

// followed is the plan of a new payer, whose accounts are being made.
func followed(ctx context.Context, s *screen, steady map[string]float64) (*progress, *planner.Plan) {
	p := &planner.Plan{Changes: append(append(someChanges(2, planner.Create, "ou"), someChanges(3, planner.Create, "policy")...),
		someChanges(1200, planner.Create, "account")...)}
	p.Changes = append(p.Changes, planner.Change{Op: planner.Update, Move: true, Ref: resource.Ref{Kind: "account", Name: "moved"}},
		planner.Change{Op: planner.Create, Ref: resource.Ref{Kind: "account", Name: "blocked"}, Blocked: "why"})
	return newProgress(ctx, s, false, p, func(of []*planner.Change) float64 { return steady[of[0].Ref.Kind] }), p
}

func ended(bars *progress, c *planner.Change, o executor.Outcome) {
	bars.observe(executor.Event{Change: c})
	bars.observe(executor.Event{Change: c, Outcome: o})
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVT(100, 20)
		ctx, cancel := context.WithCancel(t.Context())
		bars, p := followed(ctx, onVT(v), nil)
		screenShows(t, v,
			"create OUs       [                                      ]      0 of 2",
			"create policies  [                                      ]      0 of 3",
			"create accounts  [                                      ]  0 of 1,200",
			"move accounts    [                                      ]      0 of 1")
		for i := range 2 {
			ended(bars, &p.Changes[i], executor.Done)
		}
		ended(bars, &p.Changes[2], executor.Failed)
		for i := range 100 {
			bars.observe(executor.Event{Change: &p.Changes[5+i]})
			time.Sleep(10 * time.Second)
			bars.observe(executor.Event{Change: &p.Changes[5+i], Outcome: executor.Done})
		}
		fmt.Fprintln(bars.screen, "above")
		time.Sleep(drawEvery)
		synctest.Wait()
		screenShows(t, v, "above",
			"create OUs       [======================================]        2 of 2",
			"create policies  [===========>                          ]        1 of 3  1 failed  4/h  34 min left",
			"create accounts  [==>                                   ]  100 of 1,200  6/min  3 h 4 min left",
			"move accounts    [                                      ]        0 of 1")
		cancel()
		bars.close()
		fmt.Fprintln(bars.screen, "below")
		if got := v.text(); !strings.HasSuffix(got, "100 of 1,200\nmove accounts    [                                      ]        0 of 1\nbelow\n") {
			t.Errorf("at the end:\n%s", got)
		}
	})
}

// Narrow and low terminals show what fits.
func TestProgressFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVT(100, 20)
		bars, p := followed(t.Context(), onVT(v), nil)
		for i := range 2 {
			ended(bars, &p.Changes[i], executor.Done)
		}
		ended(bars, &p.Changes[5], executor.Failed)
		time.Sleep(time.Second)
		ended(bars, &p.Changes[6], executor.Waiting)
		for _, tt := range []struct {
			width, rows int
			want        []string
		}{
			{90, 9, []string{
				"create OUs       [==================]      2 of 2",
				"create policies  [                  ]      0 of 3",
				"create accounts  [                  ]  2 of 1,200  1 failed  1 waiting  2.0/s  10 min left",
				"move accounts    [                  ]      0 of 1"}},
			{70, 9, []string{"create OUs           2 of 2", "create policies      0 of 3",
				"create accounts  2 of 1,200  1 failed  1 waiting  2.0/s  10 min left", "move accounts        0 of 1"}},
			{40, 2, []string{"create accounts  2 of 1,200  1 failed", "… and 3 more sorts of changes"}},
			{24, 3, []string{"create acco…  2 of 1,200", "create poli…      0 of 3", "… and 2 more sorts of c…"}},
			{11, 1, []string{"2 of 1,200"}},
			{8, 1, []string{"2 of 1,…"}},
			{0, 1, []string{""}},
		} {
			got := bars.lines(tt.width, tt.rows, time.Now())
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Logf("%d columns, %d rows (-want +got):\n%s", tt.width, tt.rows, diff)
				t.Fail()
			}
		}
		bars.mu.Lock() // for what draws them now and then
		for seed := range uint64(300) {
			r := rand.New(rand.NewPCG(seed, 3))
			bars.colour = r.IntN(2) == 0
			width, rows := r.IntN(130), 1+r.IntN(6)
			lines := bars.lines(width, rows, time.Now().Add(time.Duration(r.IntN(100000))*time.Second))
			if len(lines) > rows {
				t.Errorf("%d lines in %d rows", len(lines), rows)
			}
			for _, l := range lines {
				if visible(l) > width {
					t.Errorf("%d columns in %d: %q", visible(l), width, l)
				}
			}
		}
		bars.mu.Unlock()
		bars.close()
	})
}

func TestPace(t *testing.T) {
	began := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	c := &class{began: began}
	if got := c.pace(at(5)); got != 0 {
		t.Errorf("before the first: %v", got)
	}
	c.done, c.ends = 1, []time.Time{at(10)}
	if got := c.pace(at(10)); got != 0.1 {
		t.Errorf("after the first: %v", got)
	}
	c.done, c.ends = 40, []time.Time{at(100), at(110), at(120)} // the others were a burst
	if got := c.pace(at(120)); got != 0.1 {
		t.Errorf("of the last ones: %v", got)
	}
	if got := c.pace(at(140)); got != 0.05 {
		t.Errorf("while nothing ends: %v", got)
	}
	c.done, c.ends, c.steady = 3, []time.Time{at(1), at(2), at(3)}, 0.1
	if got := c.pace(at(3)); got != 0.1 {
		t.Errorf("of a burst: %v", got)
	}
	if got := c.pace(at(300)); got != 0.01 {
		t.Errorf("slower than the rate: %v", got)
	}
	for pace, want := range map[float64]string{0: "", 300: "300/s", 2.5: "2.5/s", 0.1: "6/min", 0.001: "4/h", 1e-9: "1/h", 12345.6: "12,346/s"} {
		if got := paceText(pace); got != want {
			t.Errorf("paceText(%v) = %q, want %q", pace, got, want)
		}
	}
	for rest, want := range map[int]string{1: "10 s left", 5: "50 s left", 6: "1 min left", 7: "2 min left", 594: "99 min left", 600: "1 h 40 min left", 30000: "3.5 days left"} {
		if got := leftText(rest, 0.1); got != want {
			t.Errorf("leftText(%d) = %q, want %q", rest, got, want)
		}
	}
}

// TestSteady: what the bars go by is the rate of AWS, where the session keeps to it.
func TestSteady(t *testing.T) {
	d := sit(t, time.Hour, "", "a")
	accounts := func(p *pass) (all []*planner.Change) {
		for i := range p.planned.Plan.Changes {
			if c := &p.planned.Plan.Changes[i]; c.Ref.Kind == "account" {
				all = append(all, c)
			}
		}
		return all
	}
	if got := d.passes[0].planned.Steady(accounts(d.passes[0])); got != 0 {
		t.Errorf("without rates: %v", got)
	}
	d.c.apiRate = "aws"
	p := d.c.planOne(t.Context(), d.passes[0].payer, d.aws, false)
	if p.err != nil {
		t.Fatal(p.err)
	}
	// CreateAccount: 0.1 a second, moved to its unit by another call.
	if got := p.planned.Steady(accounts(p)); got != 0.1 {
		t.Errorf("of %d accounts: %v", len(accounts(p)), got)
	}
	if got := p.planned.Steady(nil); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

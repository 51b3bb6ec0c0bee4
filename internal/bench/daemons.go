package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

const (
	calmTime = 30 * time.Second // from the last pass until a daemon counts as idle
	idleTime = time.Minute      // how long it is watched then
	passTime = 5 * time.Minute  // the interval of the config
	slow     = 8                // payers in a long apply, twice as many as are planned at once

	lastPool = "ids: {from: 10160, count: 40}" // as the payer files have it
)

// daemons measures the daemon: real processes, with one payer and with fifty,
// against the simulator in another process.
func (b *bench) daemons() error {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		fmt.Println("\nskip: the daemon is measured by /proc, which this system has not")
		return nil
	}
	program, err := b.build()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := b.fleet(); err != nil {
		return err
	}
	b.title(fmt.Sprintf("the daemon: %d payers of %d accounts in sync, and another daemon with one; mode apply, every %s", fleetSize, small.accounts, passTime))
	b.note("(making these payers took)", time.Since(begun).Seconds(), "s")
	sim, err := b.simulate(program, b.fleetState())
	if err != nil {
		return err
	}
	defer sim.end()
	many, err := b.startDaemon(program, fleetRepo, sim)
	if err != nil {
		return err
	}
	defer many.end()
	fleet := make([]size, fleetSize)
	for i := range fleet {
		fleet[i] = fleetPayer(i)
	}
	if err := b.round(sim, many, fleet); err != nil {
		return err
	}
	one, err := b.startDaemon(program, singleRepo, sim)
	if err != nil {
		return err
	}
	defer one.end()
	if err := one.passed(one.begun, []size{single()}); err != nil {
		return err
	}
	for _, measure := range []func() error{
		func() error { return b.idle(one, many) },
		func() error { return b.hooked(one, many, fleet) },
		func() error { return b.unhindered(sim, many, fleet) },
	} {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

// round measures passes over all payers where nothing changes: the first behind
// the start, which clones the repository too, and one that SIGHUP asks for.
func (b *bench) round(sim *simulator, d *daemon, fleet []size) error {
	if err := d.passed(d.begun, fleet); err != nil {
		return err
	}
	start := time.Since(d.begun)
	first, _, err := sim.counted()
	if err != nil {
		return err
	}
	used, again, err := d.costs(func() (float64, error) { return d.hangup(fleet) })
	if err != nil {
		return err
	}
	n, by, err := sim.counted()
	if err != nil {
		return err
	}
	mb, err := d.memory("VmHWM")
	if err != nil {
		return err
	}
	b.row("start to the end of the first passes: time", start.Seconds(), 20, "s")
	b.row("a pass over all, without changes: time", again, 20, "s")
	b.note("a pass over all: processor time of the daemon", used, "s")
	b.row("most resident memory of the daemon", mb, 300, "MB")
	b.count("AWS calls of the first passes", first, 45*fleetSize)
	b.count("AWS calls of a pass over all", n, 45*fleetSize)
	for _, op := range slices.SortedFunc(maps.Keys(by), func(x, y string) int { return by[y] - by[x] }) {
		b.note("  "+op, float64(by[op]), "")
	}
	for op := range by {
		if op == "CreateAccount" || op == "TagResource" {
			return fmt.Errorf("a pass without changes calls %s", op)
		}
	}
	return nil
}

// idle measures daemons between their passes, and what passes add to that.
func (b *bench) idle(one, many *daemon) error {
	all := []*daemon{one, many}
	names := []string{"1 payer", fmt.Sprintf("%d payers", fleetSize)}
	time.Sleep(calmTime)
	var before []time.Duration
	for _, d := range all {
		used, err := d.cpu()
		if err != nil {
			return err
		}
		before = append(before, used)
	}
	time.Sleep(idleTime)
	for i, d := range all {
		used, err := d.cpu()
		if err != nil {
			return err
		}
		mb, err := d.memory("VmRSS")
		if err != nil {
			return err
		}
		b.row(names[i]+", idle: resident memory", mb, 60, "MB")
		b.row(names[i]+", idle: processor time", 100*(used-before[i]).Seconds()/idleTime.Seconds(), 0.1, "% of 1")
	}
	used, took, err := one.costs(func() (float64, error) { return one.hangup([]size{single()}) })
	if err != nil {
		return err
	}
	b.note("1 payer: a pass", took, "s")
	b.row("1 payer: processor time of passes", 100*used/passTime.Seconds(), 0.1, "% of 1")
	return nil
}

// hooked measures how soon a commit is planned behind its webhook.
func (b *bench) hooked(one, many *daemon, fleet []size) error {
	for _, m := range []struct {
		what   string
		target float64
		d      *daemon
		edited []size
		wait   []size
	}{
		{"1 payer: webhook to the end of its pass", 2, one, []size{single()}, []size{single()}},
		{fmt.Sprintf("%d payers: webhook to the end of one's pass", fleetSize), 2, many, fleet[7:8], fleet[7:8]},
		{fmt.Sprintf("%d payers: a commit that changes all of them", fleetSize), 20, many, fleet, fleet},
	} {
		commit, err := b.edit("closes bucket 0", "closes bucket 0 too", m.edited...)
		if err != nil {
			return err
		}
		took, err := m.d.push(commit, m.wait...)
		if err != nil {
			return err
		}
		b.row(m.what, took, m.target, "s")
	}
	return nil
}

// unhindered measures a pass over one payer while others cannot end theirs:
// first AWS does not answer one that reads, then not those that make accounts.
func (b *bench) unhindered(sim *simulator, d *daemon, fleet []size) error {
	defer func() { _ = sim.control("POST", "faults/clear", nil, nil) }()
	for i, m := range []struct {
		what       string
		fault      awssim.Fault
		phase      string
		old, fresh string
		stuck      []size
	}{
		{"a pass while another payer's reading hangs", awssim.Fault{Operation: "ListRoots", Nth: 1, Kind: awssim.HoldBefore}, "plan",
			"closes bucket 1", "closes bucket 1 too", fleet[:1]},
		{fmt.Sprintf("a pass while %d other payers are in an apply", slow), awssim.Fault{Operation: "CreateAccount", Kind: awssim.HoldBefore}, "apply",
			lastPool, "ids: {from: 10160, count: 41}", fleet[:slow]},
	} {
		if err := sim.control("POST", "faults", m.fault, nil); err != nil {
			return err
		}
		if err := b.stick(sim, d, m.phase, m.old, m.fresh, m.stuck); err != nil {
			return err
		}
		free := fleet[slow+i]
		commit, err := b.edit("closes bucket 2", "closes bucket 2 too", free)
		if err != nil {
			return err
		}
		took, err := d.push(commit, free)
		if err != nil {
			return err
		}
		if err := d.each(0, "be in the passes that hang", m.stuck, func(p status.Payer) bool { return p.Running != nil && p.Running.Phase == m.phase }); err != nil {
			return err
		}
		b.row(m.what, took, 2, "s")
		freed := time.Now()
		if err := sim.control("POST", "faults/clear", nil, nil); err != nil {
			return err
		}
		if err := d.each(time.Minute, "end the passes that hung", m.stuck, func(p status.Payer) bool { return p.Running == nil }); err != nil {
			return err
		}
		b.note("  they end, once AWS answers, within", time.Since(freed).Seconds(), "s")
		if _, err := b.git(home(free), nil, "pull", "-q", "--rebase", b.remote(home(free)), "main"); err != nil {
			return err
		}
	}
	return nil
}

// stick has payers begin a pass that hangs.
func (b *bench) stick(sim *simulator, d *daemon, phase, old, fresh string, stuck []size) error {
	commit, err := b.edit(old, fresh, stuck...)
	if err != nil {
		return err
	}
	if _, err := d.push(commit); err != nil {
		return err
	}
	if err := d.each(time.Minute, "begin a pass that hangs", stuck, func(p status.Payer) bool { return p.Running != nil && p.Running.Phase == phase }); err != nil {
		return err
	}
	return sim.control("GET", "held?timeout=10s", nil, nil)
}

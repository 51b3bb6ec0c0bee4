package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// large measures the payer of 10,000 accounts, on the simulator in process.
func (b *bench) large() error {
	if _, err := large.repo(b.dir); err != nil {
		return err
	}
	b.title(fmt.Sprintf("first apply of %d accounts, on the simulator in process", large.accounts))
	f, err := b.child("apply")
	if err != nil {
		return err
	}
	b.row("time", f.Seconds, 60, "s")
	b.note("peak memory, the simulator's included", f.Peak, "MB")
	b.note("changes", float64(f.Changes), "")
	b.note("AWS calls", float64(f.Calls), "")

	tagged, err := b.unchanged(1)
	if err != nil {
		return err
	}
	// What the file does not say is not managed: without tags in it, the plan
	// is empty on the same organization, and reads no tags.
	untagged := large
	untagged.tags = false
	dir, err := untagged.repo(b.dir)
	if err != nil {
		return err
	}
	b.title(fmt.Sprintf("plan without changes: %d accounts, %d units, %d policies, on the simulator in process (median of 3)",
		large.accounts, large.units, large.policies))
	if f, err = b.unchanged(3); err != nil {
		return err
	}
	b.row("time", f.Seconds, 2, "s")
	b.row("peak memory, the simulator's included", f.Peak, 150, "MB")
	b.count("AWS calls", f.Calls, 800)
	for _, op := range slices.SortedFunc(maps.Keys(f.By), func(x, y string) int { return f.By[y] - f.By[x] }) {
		b.note("  "+op, float64(f.By[op]), "")
	}
	b.note("with a tag on each account: time", tagged.Seconds, "s")
	b.note("with a tag on each account: peak memory", tagged.Peak, "MB")
	b.note("with a tag on each account: AWS calls", float64(tagged.Calls), "")
	return b.command(dir)
}

// unchanged plans n times, each in a process of its own: the median time and
// the highest peak.
func (b *bench) unchanged(n int) (figures, error) {
	var times []time.Duration
	var all figures
	for range n {
		f, err := b.child("plan")
		if err != nil {
			return f, err
		}
		if f.Changes > 0 {
			return f, fmt.Errorf("the plan has %d changes", f.Changes)
		}
		times = append(times, time.Duration(f.Seconds*float64(time.Second)))
		f.Peak = max(f.Peak, all.Peak)
		all = f
	}
	all.Seconds = median(times).Seconds()
	return all, nil
}

// command runs the same plan with the command itself: it starts, reads the
// simulated AWS from its file, plans and prints.
func (b *bench) command(dir string) error {
	program, err := b.build()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(b.ctx, program, "plan", "--detailed-exitcode", "--sandbox", "--sandbox-state", b.state(), dir)
	cmd.Stderr = os.Stderr
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("reconciler plan: %w", err)
	}
	b.note("the command, start to end", time.Since(begun).Seconds(), "s")
	if kb := maxRSS(cmd.ProcessState); kb > 0 {
		b.note("the command, peak, with reading the state", float64(kb)/1024, "MB")
	}
	return nil
}

// state is the file of the simulated AWS that the first apply leaves.
func (b *bench) state() string { return filepath.Join(b.dir, "large.json") }

type transport struct{ http.RoundTripper }

func (t transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// pass plans the large payer on a simulator.
func (b *bench) pass(sim *awssim.Server) (*reconcile.Planned, error) {
	return b.passOf(sim, large.name)
}

// passOf plans the payer of a repository.
func (b *bench) passOf(sim *awssim.Server, repo string) (*reconcile.Planned, error) {
	payers, err := spec.Load([]string{filepath.Join(b.dir, repo)}, spec.Options{})
	if err != nil {
		return nil, err
	}
	return reconcile.Plan(b.ctx, payers[0], reconcile.Options{
		Kinds: kinds.All(),
		Open: func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
			id, secret := sim.Key(p.AccountID)
			return cloud.Open(ctx, cloud.Options{
				Payer: p.Name, AccountID: p.AccountID, Version: "bench",
				Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
				HTTPClient:  transport{sim.Transport()},
			})
		},
	})
}

// firstApply makes everything, and saves the simulated AWS for the plan.
func (b *bench) firstApply() (f figures, err error) {
	if err := os.RemoveAll(filepath.Join(b.dir, large.name, "accounts")); err != nil { // of an earlier run in the same folder
		return f, err
	}
	sim := awssim.New(awssim.Options{})
	stop, err := b.watch("apply")
	if err != nil {
		return f, err
	}
	begun := time.Now()
	p, err := b.pass(sim)
	if err == nil && len(p.Plan.Guards) > 0 {
		err = errors.New("the plan is guarded")
	}
	if err == nil {
		_, err = p.Apply(b.ctx, reconcile.ApplyOptions{})
	}
	if err != nil {
		return f, err
	}
	f.Seconds, f.Changes, f.Calls = time.Since(begun).Seconds(), len(p.Plan.Changes), len(sim.Calls())
	if f.Peak, err = stop(); err != nil {
		return f, err
	}
	return f, sim.Save(b.state())
}

// emptyPlan plans what is there already. Reading the simulated AWS from its
// file is not counted: the memory of that is given back first.
func (b *bench) emptyPlan() (f figures, err error) {
	sim, err := awssim.Load(b.state(), awssim.Options{})
	if err != nil {
		return f, err
	}
	debug.FreeOSMemory()
	stop, err := b.watch("plan")
	if err != nil {
		return f, err
	}
	begun := time.Now()
	p, err := b.pass(sim)
	if err != nil {
		return f, err
	}
	f.Seconds, f.Changes = time.Since(begun).Seconds(), len(p.Plan.Changes)
	for _, file := range p.Files {
		if file.Changed {
			f.Changes++
		}
	}
	f.Calls, f.By = len(sim.Calls()), map[string]int{}
	for _, c := range sim.Calls() {
		f.By[c.Operation]++
	}
	f.Peak, err = stop()
	return f, err
}

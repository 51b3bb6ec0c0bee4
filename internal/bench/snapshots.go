package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/snapshot"
	"github.com/payer-reconciler/reconciler/spec"
)

// snapshots measures a snapshot of the large payer, and plans from it.
func (b *bench) snapshots() error {
	dir, err := large.repo(b.dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(b.state()); errors.Is(err, fs.ErrNotExist) {
		if _, err := b.child("apply"); err != nil {
			return err
		}
	}
	b.title(fmt.Sprintf("a snapshot of %d accounts, %d units, %d policies, a tag on each account", large.accounts, large.units, large.policies))
	f, err := b.child("snapshot-take")
	if err != nil {
		return err
	}
	b.note("time", f.Seconds, "s")
	b.note("peak memory, the simulator's included", f.Peak, "MB")
	b.count("AWS calls", f.Calls, 1800)
	longest := 0.0
	for _, op := range slices.SortedFunc(maps.Keys(f.By), func(x, y string) int { return f.By[y] - f.By[x] }) {
		if f.By[op] >= 50 {
			b.note("  "+op, float64(f.By[op]), "")
		}
		if r, ok := cloud.PublishedRates().Of(op); ok {
			longest = max(longest, float64(f.By[op])/r.PerSecond)
		}
	}
	b.note("at AWS's rates, of its slowest operation", longest, "s")

	b.title("plan --snapshot of it, the command, start to end (median of 5)")
	program, err := b.build()
	if err != nil {
		return err
	}
	var times []time.Duration
	peak := int64(0)
	for range 5 {
		cmd := exec.CommandContext(b.ctx, program, "plan", "--detailed-exitcode", "--snapshot", b.snapshotFile(), dir)
		cmd.Stderr = os.Stderr
		begun := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("reconciler plan --snapshot: %w", err)
		}
		times, peak = append(times, time.Since(begun)), max(peak, maxRSS(cmd.ProcessState))
	}
	b.row("time", median(times).Seconds(), 1, "s")
	b.row("peak memory", float64(peak)/1024, 150, "MB")
	return nil
}

func (b *bench) snapshotFile() string { return filepath.Join(b.dir, "large.snapshot.json") }

// takeSnapshot takes a snapshot of the large payer as the first apply left it.
func (b *bench) takeSnapshot() (f figures, err error) {
	sim, err := awssim.Load(b.state(), awssim.Options{})
	if err != nil {
		return f, err
	}
	payers, err := spec.Load([]string{filepath.Join(b.dir, large.name)}, spec.Options{})
	if err != nil {
		return f, err
	}
	p := payers[0]
	stop, err := b.watch("snapshot")
	if err != nil {
		return f, err
	}
	begun := time.Now()
	file, err := snapshot.Take(b.ctx, snapshot.Options{
		Payer: p.Name, AccountID: p.AccountID, Tool: "bench",
		Open: func(ctx context.Context, answer snapshot.Answerer) (*cloud.Session, error) {
			id, secret := sim.Key(p.AccountID)
			return cloud.Open(ctx, cloud.Options{Payer: p.Name, AccountID: p.AccountID, Version: "bench", Answer: answer,
				Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: transport{sim.Transport()}})
		},
		Plan: func(ctx context.Context, s *cloud.Session) error {
			_, err := reconcile.Plan(ctx, p, reconcile.Options{Kinds: kinds.All(),
				Open: func(context.Context, *spec.Payer) (*cloud.Session, error) { return s, nil }})
			return err
		},
		Settle: reconcile.Unsettled,
		Refuse: func(error) bool { return true },
	})
	if err == nil {
		err = file.Save(b.snapshotFile())
	}
	if err != nil {
		return f, err
	}
	f.Seconds, f.Calls, f.By = time.Since(begun).Seconds(), len(sim.Calls()), map[string]int{}
	for _, c := range sim.Calls() {
		f.By[c.Operation]++
	}
	f.Peak, err = stop()
	return f, err
}

// Command bench measures what the module promises about speed and memory, and
// prints every figure with its target: `make bench`, or, for some of them,
// `go run ./internal/bench NAME`: payer, snapshot, members, planner, executor, daemon,
// clone or moto.
//
// A time or a size over its target is printed so and is no failure, since it
// is the machine's, too. A number of AWS calls over its target is the tool's
// own, and fails.
//
// What holds a process's memory is measured in a process of its own: the
// program calls itself with the name of one measurement.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{ctx: ctx}
	flag.StringVar(&b.profiles, "profiles", "", "write CPU and heap profiles of the measurements in process to this folder")
	flag.StringVar(&b.dir, "dir", "", "work in this folder, and keep it (default a temporary one)")
	flag.Parse()
	if err := b.run(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	ctx      context.Context
	dir      string // holds the payers and the state of the simulated AWS
	profiles string
	wrong    []string // counts that are over their target
}

// figures are what a measurement in its own process found.
type figures struct {
	Seconds float64
	Peak    float64 // MB of resident memory since the measurement began, the simulator's included
	Calls   int
	By      map[string]int // calls, by operation
	Changes int            // in the plan
	Steps   []step         // where the measurement has several
}

// groups are the measurements that a user may name, in the order in which all
// of them are made.
func (b *bench) groups() []group {
	return []group{
		{"payer", b.large}, {"snapshot", b.snapshots}, {"members", b.members}, {"planner", b.planner}, {"executor", b.executor},
		{"daemon", b.daemons}, {"clone", b.clone}, {"moto", b.moto},
	}
}

type group struct {
	name    string
	measure func() error
}

// run does all measurements, or the one named.
func (b *bench) run(one string) error {
	if measure := b.inChild(one); measure != nil {
		return b.own(measure)
	}
	groups := b.groups()
	if one != "" {
		groups = slices.DeleteFunc(groups, func(g group) bool { return g.name != one })
	}
	if len(groups) == 0 {
		return fmt.Errorf("no measurement %q", one)
	}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.dir = dir
	}
	for _, g := range groups {
		if err := g.measure(); err != nil {
			return err
		}
	}
	if len(b.wrong) > 0 {
		return fmt.Errorf("too many AWS calls: %q", b.wrong)
	}
	return nil
}

// inChild gives what is measured in a process of its own under a name, nil
// where it is none of these names.
func (b *bench) inChild(name string) func() (figures, error) {
	return map[string]func() (figures, error){
		"apply":           b.firstApply,
		"plan":            b.emptyPlan,
		"snapshot-take":   b.takeSnapshot,
		"members-apply":   b.membersApply,
		"members-plan":    func() (figures, error) { return b.membersPlan(true) },
		"members-without": func() (figures, error) { return b.membersPlan(false) },
		"seed":            b.seed,
		"clone-steps":     b.cloneSteps,
	}[name]
}

// own runs a measurement and tells the parent process what it found.
func (b *bench) own(measure func() (figures, error)) error {
	f, err := measure()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// child runs a measurement in a process of its own.
func (b *bench) child(name string) (f figures, err error) {
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	cmd := exec.CommandContext(b.ctx, self, "-dir", b.dir, "-profiles", b.profiles, name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return f, fmt.Errorf("measure %s: %w", name, err)
	}
	return f, json.Unmarshal(out, &f)
}

func (b *bench) title(s string) { fmt.Printf("\n%s\n", s) }

// row prints a figure, its target, and whether it keeps it.
func (b *bench) row(what string, got, target float64, unit string) {
	word := "ok"
	if got > target {
		word = "OVER"
	}
	fmt.Printf("  %-44s %10.5g %-8s target %6.5g  %s\n", what, got, unit, target, word)
}

// count prints a figure that must keep its target.
func (b *bench) count(what string, got, target int) {
	b.row(what, float64(got), float64(target), "calls")
	if got > target {
		b.wrong = append(b.wrong, fmt.Sprintf("%s: %d, target %d", what, got, target))
	}
}

// note prints a figure that has no target.
func (b *bench) note(what string, got float64, unit string) {
	fmt.Printf("  %-44s %10.5g %s\n", what, got, unit)
}

// median is the middle one of some times.
func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// build makes the command itself.
func (b *bench) build() (string, error) {
	program := filepath.Join(b.dir, "reconciler")
	cmd := exec.CommandContext(b.ctx, "go", "build", "-o", program, "./cmd/reconciler")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build the command: %w", err)
	}
	return program, nil
}

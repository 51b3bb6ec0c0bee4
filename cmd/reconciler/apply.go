package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/words"
)

func (c *cli) applyCommand() *cobra.Command {
	var approve, detailed, retry, whilePaused bool
	var auditLog, state, saved, daemonConfig string
	cmd := &cobra.Command{
		Use:   "apply [PATH…]",
		Short: "Shows the plan, asks, runs it, writes the CSVs",
		Long: `apply prints the plan, asks, and makes AWS equal to the payer files; then it
writes the CSVs. PATH is a payer file or a folder that holds them; without it,
the current folder. Where nobody can answer, --auto-approve does.

It takes the payer's lease, so that no daemon and no other apply writes at the same
time; to a paused payer it writes only with --while-paused. Of a payer that names no
lease, lock and pause are in a state folder: beside a daemon on this machine say
which by --config FILE of the daemon, or by --state-dir.

While it runs, a terminal shows how far each sort of change is, its pace and the
time left, and above that what failed; elsewhere each change has its line.

Ctrl-C once: no new change starts, those under way end, accounts that AWS is making
are left to it; twice cuts these short. Run it again and it goes on (with --plan: a
new plan does); nothing is made twice. A plan over a limit of "safety" is only shown.

With --plan it applies a plan that was saved, nothing else, and does not ask: that
plan was looked at. PATH is that of the plan; plan --out tells the whole command.
The plan must be of this version and not older than 24 hours; the payer files, what
it changes in AWS and what that stands on (such as the policies above an account)
must be as they were. Else it is stale, what moved is named, and the exit code is 1.
What else moved in AWS is reported and left alone.

Exit codes: 0 all that was not blocked is done or waits for AWS, 1 an error or a
guarded plan; with --detailed-exitcode 2 where blocked or waiting lines remain.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(noEmpty(cmd, "plan"), c.checkParallelism()); err != nil {
				return err
			}
			if !approve && saved == "" && !isTerminal(c.stdin) {
				return hinted{errors.New("apply asks before it writes, and there is no terminal to ask on"), "--auto-approve answers yes"}
			}
			if err := c.setProgress(); err != nil {
				return err
			}
			closeAudit, err := c.openAudit(auditLog)
			if err != nil {
				return err
			}
			if state, err = besideDaemon(daemonConfig, state); err != nil {
				return err
			}
			c.rights = &rights{state: state, whilePaused: whilePaused, all: map[string]*reconcile.Writer{}, log: c.say}
			if saved != "" {
				err = c.applySaved(cmd.Context(), saved, args, detailed, retry)
			} else {
				err = c.planAndApply(cmd.Context(), args, approve, detailed, retry)
			}
			if late := c.rights.release(cmd.Context()); late != nil {
				c.complain(late) // it runs out; what was applied is applied
			}
			if lost := closeAudit(); lost != nil {
				c.complain(lost)
				err = failure(err)
			}
			return err
		},
	}
	c.noSnapshot(cmd)
	c.payerFlags(cmd)
	c.awsFlags(cmd)
	c.formatFlags(cmd, "text", "json")
	f := cmd.Flags()
	f.BoolVar(&approve, "auto-approve", false, "do not ask")
	f.StringVar(&saved, "plan", "", "apply the plan that plan --out wrote into `FILE`, and nothing else; it is not asked for again")
	f.BoolVar(&detailed, "detailed-exitcode", false, "exit 2 where blocked or waiting lines remain")
	f.StringVar(&auditLog, "audit-log", "", "append a line of JSON to `FILE` for every write to AWS")
	c.runFlags(cmd, &whilePaused)
	c.selfFlag(cmd)
	c.stateFlag(cmd, &state)
	f.StringVar(&daemonConfig, "config", "", "the config `FILE` of a daemon on this machine: locks and pauses of payers without a lease are in its state folder")
	f.BoolVar(&retry, "retry-failed", false, "try account creations again that AWS refused for good, such as those of a used email")
	return cmd
}

// failure is an error for one that may be none: what was said ends with exit 1.
func failure(err error) error {
	var code exit
	if err == nil || errors.As(err, &code) {
		return exit(1)
	}
	return err
}

func (c *cli) checkParallelism() error {
	if c.parallelism < 1 {
		return hinted{fmt.Errorf("--parallelism %d is no number of changes", c.parallelism),
			fmt.Sprintf("a number from 1 on; the default is %d", executor.DefaultParallelism)}
	}
	return nil
}

func (c *cli) planAndApply(ctx context.Context, paths []string, approve, detailed, retry bool) error {
	if err := c.checkFormat("text", "json"); err != nil {
		return err
	}
	passes, a, err := c.planAll(ctx, paths, retry)
	if err != nil {
		return err
	}
	return c.apply(ctx, passes, a, approve, detailed)
}

func isTerminal(stream any) bool {
	_, ok := terminalOf(stream)
	return ok
}

// apply shows, asks, runs and sums up.
func (c *cli) apply(ctx context.Context, passes []*pass, a *aws, approve, detailed bool) error {
	planned := planReport(passes)
	if c.format == "text" {
		if err := c.print(planned); err != nil {
			return err
		}
	}
	c.complainOfPasses(passes)
	if c.format == "text" && !slices.ContainsFunc(passes, func(p *pass) bool { return p.planned != nil }) {
		return exit(1) // all is said
	}
	if c.format == "json" && !approve { // whoever answers has to see what to
		if err := planned.WriteText(c.stderr, c.text(c.stderr)); err != nil {
			return err
		}
	}
	if err := a.save(); err != nil {
		return err // before the question: what would be made there could not be kept
	}
	if !approve && !c.askToApply(ctx, passes) {
		if ctx.Err() != nil {
			return errors.New("interrupted; nothing was applied")
		}
		return hinted{errors.New("nothing was applied"), "answer yes to apply"}
	}
	results := c.runAll(ctx, passes, a, !approve)
	r := report.New(results...)
	saved := a.save()
	if c.format == "json" {
		if err := r.WriteJSON(c.stdout); err != nil {
			return err
		}
	} else if r.Changed() || r.Failed() { // else the plan has said it
		fmt.Fprintln(c.stdout)
		o := c.text(c.stdout)
		o.Saved = passes[0].saved != nil
		if err := r.WriteSummary(c.stdout, o); err != nil {
			return err
		}
	}
	switch {
	case saved != nil:
		return saved
	case r.Failed() || r.Guarded() || ctx.Err() != nil:
		return exit(1)
	case detailed && r.Unfinished():
		return exit(2)
	}
	return nil
}

// askToApply asks about what would be written; where that is nothing it does not.
func (c *cli) askToApply(ctx context.Context, passes []*pass) bool {
	var names []string
	for _, p := range passes {
		if p.writes() {
			names = append(names, fmt.Sprintf("%s (%s)", p.payer.Name, p.payer.AccountID))
		}
	}
	if len(names) == 0 {
		return true // nothing will be written; the summary says why
	}
	return c.ask(ctx, "Apply this to "+strings.Join(names, ", ")+"?")
}

// ask reads one line; only yes is yes.
func (c *cli) ask(ctx context.Context, question string) bool {
	fmt.Fprintf(c.stderr, "\n%s Only \"yes\" does: ", question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c.stdin).ReadString('\n') // an end of input is a no
		answer <- strings.TrimSpace(line)
	}()
	select {
	case s := <-answer:
		return s == "yes"
	case <-ctx.Done():
		fmt.Fprintln(c.stderr)
		return false
	}
}

// runs says whether the payer may be applied at all.
func (p *pass) runs() bool {
	return p.planned != nil && len(p.planned.Plan.Guards) == 0 && p.planned.Refused == nil
}

// writes says whether an apply of the payer would write anything.
func (p *pass) writes() bool {
	return p.runs() && (p.planned.ClaimsRoot ||
		slices.ContainsFunc(p.planned.Plan.Changes, func(c planner.Change) bool { return !c.Held() }) ||
		slices.ContainsFunc(p.planned.Files, func(f reconcile.File) bool { return f.Changed }))
}

// runAll applies the payers one behind the other, so that what is printed can
// be read; a payer that fails does not stop the next.
func (c *cli) runAll(ctx context.Context, passes []*pass, a *aws, asked bool) []report.Input {
	stop := a.keepSaving()
	defer stop()
	defer c.tellInterrupts(ctx)()
	var inputs []report.Input
	wrote := false
	for i, p := range passes {
		var err error
		told := p.err
		if p.runs() && ctx.Err() == nil && (wrote || time.Since(p.at) > c.staleAfter) {
			p, err = c.freshen(ctx, p, a, asked)
			passes[i] = p
		}
		in := p.input()
		switch {
		case told != nil && c.format == "text": // above, with the plans
			in.Err = tell.Error(inBrief(told), p.payer.Name)
		case err != nil:
			in.Err = tell.Error(err, p.payer.Name)
		case p.runs() && ctx.Err() == nil:
			wrote = wrote || p.writes()
			c.runOne(ctx, p, &in)
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// tellInterrupts says at once that a signal was heard: what is under way may
// take minutes. The returned function ends it.
func (c *cli) tellInterrupts(ctx context.Context) func() {
	over := make(chan struct{})
	var teller sync.WaitGroup
	teller.Go(func() {
		select {
		case <-ctx.Done():
			fmt.Fprintln(c.stderr, "reconciler: interrupted: no new change starts, those under way end first; once more cuts them short")
		case <-over:
			return
		}
		select {
		case <-c.abort:
			fmt.Fprintln(c.stderr, "reconciler: cut short")
		case <-over:
		}
	})
	return func() {
		close(over)
		teller.Wait()
	}
}

func (c *cli) runOne(ctx context.Context, p *pass, in *report.Input) {
	if p.planned.ClaimsRoot {
		fmt.Fprintf(c.stderr, "%s: marks the organization's root as its own\n", p.payer.Name)
	}
	writer := c.rights.all[p.payer.Name]
	if writer.Provisional(p.payer) && !p.planned.First {
		tell.Applied(in, nil, fmt.Errorf("lease %s: %w", p.payer.Lease.Bucket, reconcile.ErrProvisional))
		return
	}
	ctx, stop := writer.Watch(ctx, p.planned.Session(), p.payer, c.rights.whilePaused)
	defer stop()
	text := c.text(c.stderr)
	var bars *progress
	if c.screen != nil {
		bars = newProgress(ctx, c.screen, text.Color, p.planned.Plan, p.planned.Steady)
	}
	applied, err := p.planned.Apply(ctx, reconcile.ApplyOptions{
		Options: executor.Options{
			Parallelism: c.parallelism, Abort: c.abort,
			Observe: func(e executor.Event) {
				if bars != nil {
					bars.observe(e)
				}
				if e.Outcome == executor.Failed || e.Outcome != executor.NotReached && bars == nil {
					fmt.Fprintln(c.stderr, report.ChangeLine(report.NewChange(*e.Change, string(e.Outcome), tell.Error(e.Err, p.payer.Name)), e.Done, e.Total, text))
				}
			},
		},
		Written: func(files []reconcile.File) {
			for _, f := range files {
				if f.Err != nil {
					fmt.Fprintf(c.stderr, "reconciler: %s: %v; the apply goes on, and tries again\n", p.payer.Name, f.Err)
				}
			}
		},
	})
	if bars != nil {
		bars.close()
	}
	tell.Applied(in, applied, err)
	if applied == nil {
		return
	}
	if n := len(applied.Late); n > 0 {
		fmt.Fprintf(c.stderr, "%s: AWS does not show %s yet, %s first; a plan made now may want it again\n",
			p.payer.Name, words.Count(n, "change", "changes"), report.Clean(applied.Late[0].String()))
	}
}

// keepSaving saves the simulated AWS while an apply runs, so that little is
// lost when the process is killed. The returned function ends it.
func (a *aws) keepSaving() func() {
	if a.sim == nil {
		return func() {}
	}
	done := make(chan struct{})
	var saver sync.WaitGroup
	saver.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = a.save() // the last save tells what is wrong
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		saver.Wait()
	}
}

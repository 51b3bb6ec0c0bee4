package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/planfile"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// planning are the flags of plan alone.
type planning struct {
	detailed, retry   bool
	out, full, commit string
}

func (c *cli) planCommand() *cobra.Command {
	var o planning
	cmd := &cobra.Command{
		Use:   "plan [PATH…]",
		Short: "Shows what would change; changes nothing",
		Long: `plan reads what AWS has, compares it with the payer files and prints what apply
would do. It writes nothing, but for the file of --out. PATH is a payer file or a
folder that holds them; without it, the current folder.

With --changed-since it plans only the payers that a change touches: by their own
file, the Defaults, the documents and the presets that they are read from, or were
read from, and by their CSVs. The change is what lies between the work tree, with
what is not committed yet, and the commit at which it parted from REF. A payer that
the change takes out of the files is told: a merge ends its management. So is what
REF has changed of the same payers since: the plan would undo it. And so is what a
merge changes in how a payer is guarded: its pause, drift, safety, tests, lease,
access, and what the file does not hold any more.

With --format markdown it prints one comment for a pull request, of at most 65,000
bytes: what is too long is cut, and says so. Its first line is hidden and names the
payers, so that the next run finds the comment. Where files have mistakes, the
comment says that there is no plan, and why; so does the JSON form.

With --snapshot it plans from what reconciler snapshot kept, without a call and
without credentials; what the snapshot does not hold is an error, not an absence.

Exit codes: 0 done, also where a limit of "safety" guards the plan, 1 an error or a
test that fails; with --detailed-exitcode 2 where there are changes or blocked lines.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(c.checkFormat("text", "markdown", "json"), noEmpty(cmd, "changed-since", "out", "role", "commit"), o.checkCommit(), c.mayKeep(o.out)); err != nil {
				return err
			}
			return c.plan(cmd.Context(), args, o)
		},
	}
	c.payerFlags(cmd)
	c.awsFlags(cmd)
	c.formatFlags(cmd, "text", "markdown", "json")
	f := cmd.Flags()
	f.StringVar(&o.full, "full-report", "", "where the whole report will be, such as the `URL` of an artifact; Markdown that was cut names it")
	f.StringVar(&o.commit, "commit", "", "the commit `SHA` that the report names, where what is checked out is a merge of it that nobody else knows (default what is checked out)")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 where there are changes or blocked lines")
	c.selfFlag(cmd)
	c.roleFlag(cmd)
	f.StringVar(&c.since, "changed-since", "", "only the payers that are touched by what the work tree changed since it parted from `REF`, such as origin/main")
	f.StringVar(&o.out, "out", "", "save the plan in `FILE`, for apply --plan; only its owner can read it")
	f.BoolVar(&o.retry, "retry-failed", false, "plan account creations again that AWS refused for good, such as those of a used email")
	c.snapshotFlag(cmd)
	return cmd
}

var commitHash = regexp.MustCompile(`^[0-9A-Fa-f]{7,64}$`)

func (o planning) checkCommit() error {
	if o.commit != "" && !commitHash.MatchString(o.commit) {
		return hinted{fmt.Errorf("--commit %q is no hash of a commit", o.commit), "7 to 64 hexadecimal digits, as `git rev-parse HEAD` prints them"}
	}
	return nil
}

// plan plans what the call is about, and prints it.
func (c *cli) plan(ctx context.Context, paths []string, o planning) error {
	s, err := c.loadFor(ctx, paths)
	var passes []*pass
	if err == nil {
		passes, _, err = c.planPayers(ctx, s.payers, paths, o.retry)
	}
	if err != nil {
		return c.unplanned(ctx, s, o, err)
	}
	for _, p := range passes {
		p.notices = s.of[p.payer.Name]
	}
	c.tellGuards(s, passes)
	r := planReport(passes)
	r.Notices = s.notices
	if err := c.printPlan(r, s, o); err != nil {
		return err
	}
	if r.Failed() {
		c.complainOfPasses(passes)
	}
	if err := c.keepPlan(o.out, passes, r, o.retry); err != nil {
		return err
	}
	switch {
	case r.Failed():
		return exit(1)
	case o.detailed && r.Changed():
		return exit(2)
	}
	return nil
}

// pass is one payer on its way: planned, or why not.
type pass struct {
	payer   *spec.Payer
	planned *reconcile.Planned
	err     error

	at    time.Time        // when its planning began
	retry bool             // what AWS refused for good
	paths []string         // of the call, to read the file again
	saved *planfile.Payer  // the plan that it must be, nil where none was saved
	from  *report.Snapshot // nil: AWS itself

	notices []report.Notice
}

// payersAtOnce is how many payers are read at once; their rates are their own.
const payersAtOnce = 4

// planAll loads the files and plans every payer. A payer that cannot be
// planned does not stop the others.
func (c *cli) planAll(ctx context.Context, paths []string, retry bool) ([]*pass, *aws, error) {
	payers, err := c.load(paths)
	if err != nil {
		return nil, nil, err
	}
	return c.planPayers(ctx, payers, paths, retry)
}

// planPayers plans every payer, which were read at paths.
func (c *cli) planPayers(ctx context.Context, payers []*spec.Payer, paths []string, retry bool) ([]*pass, *aws, error) {
	if len(payers) == 0 {
		return nil, nil, nil
	}
	c.warn(payers)
	if _, err := c.lint(payers); err != nil {
		return nil, nil, err
	}
	a, err := c.connect(payers)
	if err != nil {
		return nil, nil, err
	}
	if err := c.prepare(payers, a); err != nil {
		return nil, nil, err
	}
	passes := make([]*pass, len(payers))
	var g errgroup.Group
	g.SetLimit(payersAtOnce)
	for i, p := range payers {
		g.Go(func() error {
			passes[i] = c.planOne(ctx, p, a, retry)
			passes[i].paths, passes[i].from = paths, a.shots.said(p)
			return nil
		})
	}
	_ = g.Wait() // every payer keeps its own error
	c.warnOfAge(passes)
	return passes, a, nil
}

// prepare makes the rights to write of an apply.
func (c *cli) prepare(payers []*spec.Payer, a *aws) error {
	if c.rights == nil {
		return nil
	}
	if c.sandboxState != "" && c.rights.state == "" { // nothing of it belongs into the repository
		c.rights.state = filepath.Join(filepath.Dir(a.statePath), ".reconciler")
		if err := ownFolder(c.rights.state); err != nil {
			return err
		}
	}
	for _, p := range payers {
		if _, err := c.rights.of(p); err != nil {
			return err
		}
	}
	return nil
}

func (c *cli) planOne(ctx context.Context, p *spec.Payer, a *aws, retry bool) *pass {
	out := &pass{payer: p, at: time.Now(), retry: retry}
	h := gitrepo.LocalHistory(p.Root)
	p.Run.Commit, p.Run.Changed, p.Run.RetryFailed = h.Commit(), h.Changed(p.Path), retry
	p.Run.AllowSelf = c.allowSelf
	o := a.options()
	if c.rights != nil {
		w := c.rights.all[p.Name]
		o.Open = func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) { return c.rights.enter(ctx, a, w, p) }
		o.Heal = true
		o.CommitExact, out.err = h.Clean(p.Sources...)
		if out.err != nil {
			return out
		}
	}
	out.planned, out.err = reconcile.Plan(ctx, p, o)
	out.err = interrupted(ctx, out.err)
	return out
}

var errInterrupted = errors.New("interrupted while AWS was read; nothing was changed")

// interrupted puts the signal in the place of what it broke off.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// complainOfPasses says on standard error, too, why payers could not be planned:
// the report may have gone to a file.
func (c *cli) complainOfPasses(passes []*pass) {
	for _, p := range passes {
		switch {
		case p.err != nil:
			c.complainOf(p.payer.Name, p.err)
		case p.planned != nil && p.planned.Refused != nil:
			c.complainOf(p.payer.Name, p.planned.Refused)
		}
	}
}

// planReport is the report of what was planned.
func planReport(passes []*pass) *report.Report {
	var inputs []report.Input
	for _, p := range passes {
		inputs = append(inputs, p.input())
	}
	return report.New(inputs...)
}

func (p *pass) input() report.Input {
	in := tell.Planned(p.payer, p.planned, p.err)
	in.Snapshot, in.Notices = p.from, slices.Concat(in.Notices, p.notices, ageNotices(p.from))
	return in
}

// printPlan prints a plan in any format. Markdown is of plans only: a pull
// request is where a plan is reviewed, and an apply comes after it.
func (c *cli) printPlan(r *report.Report, s *scope, o planning) error {
	r.Since = c.since
	c.nameHead(r, s.root, o.commit)
	if c.format == "markdown" {
		return r.WriteMarkdown(c.stdout, report.MarkdownOptions{Full: o.full, Payers: s.names()})
	}
	err := c.print(r)
	switch {
	case err != nil || c.format != "text" || c.since == "" || len(r.Payers) > 0:
	case len(s.beside) > 0:
		_, err = fmt.Fprintln(c.stdout, "No payer is left to plan.")
	default:
		_, err = fmt.Fprintf(c.stdout, "No payer is touched by what changed since %s.\n", report.Clean(c.since))
	}
	return err
}

// nameHead names the commit of --commit, and what it was merged into where that
// is what is checked out.
func (c *cli) nameHead(r *report.Report, root, commit string) {
	if r.Head = strings.ToLower(commit); r.Head == "" || root == "" {
		return
	}
	h := gitrepo.LocalHistory(root)
	r.Base = h.MergedInto(r.Head)
	if is := h.Commit(); is != "" && r.Base == "" && !strings.HasPrefix(is, r.Head) {
		c.say("warning: --commit %s: what is checked out, and planned, is %s, and no merge of it", r.Head, is)
	}
}

func (c *cli) print(r *report.Report) error {
	if c.format == "json" {
		return r.WriteJSON(c.stdout)
	}
	return r.WriteText(c.stdout, c.text(c.stdout))
}

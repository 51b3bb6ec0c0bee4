package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// cli is one call of the command: its streams and the flags that mean the same
// everywhere.
type cli struct {
	abort          <-chan struct{}
	stdin          io.Reader
	stdout, stderr io.Writer

	payers       []string
	role         string   // instead of access.roleArn
	snapshots    []string // plan from these instead of AWS
	since        string   // a commit: only what was changed since is planned
	sandbox      bool
	sandboxState string
	sandboxQuota int
	apiRate      string       // aws, none or empty, once checkFlags has read a file that it names
	rateFile     string       // that file, once it is read
	rates        *cloud.Rates // of such a file; nil: as published
	format       string
	noColor      bool
	progress     string  // auto, bar or plain
	screen       *screen // where bars are drawn; nil: nowhere
	logFormat    string
	logLevel     string
	parallelism  int
	allowSelf    bool
	root         string            // of the repository, where no .git says it
	vendor       http.RoundTripper // the way to vendors; nil: the network
	audit        func(cloud.Write) // nil where no audit log is kept
	rights       *rights           // to write; nil where a command only reads
	clock        func() time.Time  // of saved plans and snapshots
	staleAfter   time.Duration     // a plan that is older is made again before it is run

	log *slog.Logger
}

func (c *cli) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "reconciler",
		Short: "Makes AWS organizations what YAML files in git say",
		Long: `reconciler makes an AWS organization equal to a YAML file in git: its policies,
units, attachments and member accounts, the roles, buckets and bill files of its
payer, and roles in its members. It keeps no state file: what AWS has is read,
compared and changed, and the list of accounts is written as a CSV.

Try it without an AWS account:

  reconciler plan --sandbox examples/vocareum`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE:  func(*cobra.Command, []string) error { return c.setUp() },
		DisableSuggestions: true, SuggestionsMinimumDistance: 2, // unknownCommand makes them a hint
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return hinted{flagError(cmd, err), fmt.Sprintf("%s --help lists the flags", cmd.CommandPath())}
	})
	f := root.PersistentFlags()
	f.StringVar(&c.logFormat, "log-format", "text", "how log lines look on standard error, `FORMAT` text or json")
	f.StringVar(&c.logLevel, "log-level", "warn", "the least `LEVEL` that is logged: debug, info, warn or error")
	root.AddCommand(c.validateCommand(), c.planCommand(), c.applyCommand(), c.accountsCommand(),
		c.daemonCommand(), c.pauseCommand(), c.resumeCommand(), c.sandboxCommand(), c.schemaCommand(), c.versionCommand(), c.bootstrapCommand(), c.handoffCommand(), c.presetsCommand(), c.preflightCommand(), c.manCommand(),
		c.statusCommand(), c.explainCommand(), c.snapshotCommand(), c.commentCommand())
	return root
}

// payerFlags are the flags of commands that work on payer files.
func (c *cli) payerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&c.payers, "payer", nil, "only the payer of this `NAME` (repeatable)")
}

// awsFlags are the flags of commands that talk to AWS: to which, and how fast.
func (c *cli) awsFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&c.sandbox, "sandbox", false, "use a simulated AWS inside the process instead of the real one")
	f.StringVar(&c.sandboxState, "sandbox-state", "", "the `FILE` that holds the simulated AWS (default .reconciler/sandbox.json under the repository's root)")
	f.IntVar(&c.sandboxQuota, "sandbox-quota", 0, "how many accounts an organization of the simulated AWS may have, `N` with the management account (default 50,000)")
	f.StringVar(&c.apiRate, "api-rate", "", "the `PACE` of calls: aws, none, or a file of rates, which is aws with other rates (default aws against amazonaws.com, none elsewhere)")
}

// selfFlag is the flag of commands that plan what they would do to ourselves.
func (c *cli) selfFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.allowSelf, "allow-self", false,
		"let the plan delete, distrust or shut out what protects itself: who the tool runs as, access.roleArn, member roles, hand-off roles")
}

// formatFlags are the flags of commands that print a report in one of some
// formats.
func (c *cli) formatFlags(cmd *cobra.Command, have ...string) {
	formats := choice(have)
	f := cmd.Flags()
	f.StringVar(&c.format, "format", "text", "how the report looks, `FORMAT` "+formats)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(have, cobra.ShellCompDirectiveNoFileComp))
	f.BoolVar(&c.noColor, "no-color", false, "no colours (also where NO_COLOR is set, or the output is no terminal)")
}

func (c *cli) setUp() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.logLevel)); err != nil {
		return hinted{fmt.Errorf("--log-level %q is none", c.logLevel), "debug, info, warn or error"}
	}
	o := &slog.HandlerOptions{Level: level}
	switch c.logFormat {
	case "text":
		c.log = slog.New(slog.NewTextHandler(c.stderr, o))
	case "json":
		c.log = slog.New(slog.NewJSONHandler(c.stderr, o))
	default:
		return hinted{fmt.Errorf("--log-format %q is none", c.logFormat), "text or json"}
	}
	return nil
}

// checkFlags refuses values that the flags of a command that talks to AWS
// cannot have.
func (c *cli) checkFlags() error {
	return errors.Join(c.readRates(), c.checkRole(), c.checkQuota())
}

func (c *cli) checkQuota() error {
	if c.sandboxQuota < 0 {
		return hinted{fmt.Errorf("--sandbox-quota %d is no number of accounts", c.sandboxQuota), "a number from 1 on; the default is 50,000"}
	}
	return nil
}

// choice lists words as "a, b or c".
func choice(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// checkFormat refuses a format that the command does not have.
func (c *cli) checkFormat(have ...string) error {
	for _, f := range have {
		if c.format == f {
			return nil
		}
	}
	hint := choice(have)
	if c.format == "markdown" {
		hint += "; plan has markdown, for a pull request"
	}
	return hinted{fmt.Errorf("--format %q is none of this command", c.format), hint}
}

// text says how a report looks on w.
func (c *cli) text(w io.Writer) report.TextOptions {
	o := report.TextOptions{}
	file, ok := terminalOf(w)
	if !ok {
		return o
	}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		o.Width = width
	}
	o.Color = !c.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return o
}

// load reads the payer files. Any mistake in any of them is an error; the payers
// are then those without one.
func (c *cli) load(paths []string) ([]*spec.Payer, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	payers, err := spec.Load(paths, spec.Options{Only: c.payers, Presets: presets.FS, Root: c.root})
	if err != nil {
		return payers, hintAtPath(err)
	}
	var all *multierror.Error
	for _, p := range payers {
		if err := reconcile.CheckCSVs(p); err != nil {
			all = multierror.Append(all, err)
		}
	}
	return payers, all.ErrorOrNil()
}

// hintAtPath helps where the mistake is in no payer file but in the call.
func hintAtPath(err error) error {
	var e *spec.Error
	if errors.As(err, &e) && e.Line == 0 && e.Path == "" && e.File != "--payer" {
		return hinted{err, "PATH is a payer file, or a folder that holds them or a folder payers/"}
	}
	return err
}

// Command reconciler makes an AWS organization what a YAML file in git says.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// Where each kind of message goes:
//
//   - reports (a plan, a table, JSON) go to standard output;
//   - everything else (progress, questions, the log, errors) goes to standard
//     error;
//   - an error reads "reconciler: …", with a line "hint: …" where one is known;
//   - a mistake in a payer file, or in a daemon's config, reads
//     "file:line:column: …", as editors and CI know it, and one error behind
//     them counts them.

func main() {
	// A pass makes much garbage that dies at once; a smaller heap costs little.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	os.Exit(interruptible(os.Args[1:]))
}

// interruptible runs the command under a context that the first SIGINT or
// SIGTERM ends: no new change starts, those under way end. A second signal cuts
// these short too.
func interruptible(args []string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	abort := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		close(abort)
		signal.Stop(signals) // a third signal ends the process as always
	}()
	return run(ctx, abort, args, os.Stdin, os.Stdout, os.Stderr)
}

// exit is an error that ends the process with a code and says nothing more.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// run is the whole command, as a test can call it. It gives the exit code.
func run(ctx context.Context, abort <-chan struct{}, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &cli{abort: abort, stdin: stdin, stdout: stdout, stderr: stderr, staleAfter: staleAfter, clock: time.Now}
	root := c.command()
	root.SetArgs(args)
	err := unknownCommand(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	c.complain(err)
	return 1
}

// say prints a line that is neither report nor error.
func (c *cli) say(format string, args ...any) {
	fmt.Fprintln(c.stderr, report.Clean(fmt.Sprintf(format, args...)))
}

// complain prints an error, a line for each where there are several, and a hint.
func (c *cli) complain(err error) {
	mistakes, wrong := 0, 0
	for _, e := range tell.Flat(err) {
		var m *spec.Error
		var w *config.Error
		if errors.As(e, &w) && w.Line > 0 {
			wrong++
			fmt.Fprintln(c.stderr, report.Clean(e.Error()))
			continue
		}
		if errors.As(e, &m) && (m.Line > 0 || m.More > 0) {
			mistakes += max(1, m.More)
			fmt.Fprintln(c.stderr, report.Clean(e.Error()))
			continue
		}
		fmt.Fprintf(c.stderr, "reconciler: %s\n", tell.Line(e))
	}
	if mistakes > 0 {
		fmt.Fprintf(c.stderr, "reconciler: %s in payer files; nothing was called\n", words.Count(mistakes, "mistake", "mistakes"))
	}
	if wrong > 0 {
		fmt.Fprintf(c.stderr, "reconciler: %s in the config\n", words.Count(wrong, "mistake", "mistakes"))
	}
	c.advise(err)
}

// complainOf prints the error of one payer where others go on. What moved since a
// plan was saved stands in the report; here it is one line.
func (c *cli) complainOf(payer string, err error) {
	for _, line := range tell.Lines(inBrief(err), payer) {
		fmt.Fprintf(c.stderr, "reconciler: %s: %s\n", payer, line)
	}
	c.advise(err)
}

// advise prints the hint of an error, where one is known.
func (c *cli) advise(err error) {
	hint := cloud.Hint(err)
	var wrong *config.Error
	if errors.As(err, &wrong) && wrong.Line > 0 {
		hint = "examples/daemon/reconciler.yaml explains every key; `reconciler schema config` is their schema, for editors"
	}
	var h hinted
	if errors.As(err, &h) {
		hint = h.hint
	}
	var half *reconcile.HalfReadError
	if c.sandbox && errors.As(err, &half) {
		hint = "the simulated AWS may be younger than the CSVs; to begin anew, remove them and .reconciler/"
	}
	if hint != "" {
		fmt.Fprintf(c.stderr, "hint: %s\n", hint)
	}
}

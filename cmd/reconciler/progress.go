package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/planner"
)

// What an apply shows while it runs: on a terminal a line for each class of work
// with a bar, the pace and the time that is left, and above these what failed;
// elsewhere a line for each change.

// runFlags are the flags of how an apply runs.
func (c *cli) runFlags(cmd *cobra.Command, whilePaused *bool) {
	f := cmd.Flags()
	f.BoolVar(whilePaused, "while-paused", false, "apply to payers that somebody paused, too")
	f.IntVar(&c.parallelism, "parallelism", executor.DefaultParallelism, "how many changes, `N`, are worked on at once in a payer")
	f.StringVar(&c.progress, "progress", "auto", "how the apply is followed, `FORM` bar, plain (a line for each change) or auto (bar on a terminal)")
	_ = cmd.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions([]string{"auto", "bar", "plain"}, cobra.ShellCompDirectiveNoFileComp))
}

// setProgress puts a screen before standard error where bars are to be drawn.
// The log goes through it, too.
func (c *cli) setProgress() error {
	f, terminal := terminalOf(c.stderr)
	fit := terminal && os.Getenv("TERM") != "dumb"
	var s *screen
	if fit {
		s = newScreen(f)
		width, height := s.size()
		fit = width >= leastWidth && height >= 3
	}
	switch c.progress {
	case "plain":
		return nil
	case "auto":
	case "bar":
		if !fit {
			return hinted{fmt.Errorf("--progress bar needs a terminal on standard error, one that is no dumb one and at least %d columns wide", leastWidth), "plain, or auto"}
		}
	default:
		return hinted{fmt.Errorf("--progress %q is none", c.progress), "auto, bar or plain"}
	}
	if !fit {
		return nil
	}
	c.screen, c.stderr = s, s
	return c.setUp()
}

// drawEvery is how often the bars are drawn.
const drawEvery = 200 * time.Millisecond

// progress are the bars of one apply.
type progress struct {
	screen *screen
	colour bool
	stops  func() bool // no new change is started any more

	mu      sync.Mutex
	classes []*class
	of      map[string]*class

	over   chan struct{}
	drawer sync.WaitGroup
}

// class is work of one sort: an operation on a kind.
type class struct {
	name                string
	total, done, failed int
	waits               int
	began               time.Time
	ends                []time.Time // of the last changes that ended, the oldest first
	steady              float64     // how many AWS lets end in a second; 0: as many as there are
}

// newProgress draws the bars of a plan until it is closed. The end of ctx is that
// of the starting of changes.
// steady says how many of some changes AWS lets end in a second, 0 where nothing
// bounds them.
func newProgress(ctx context.Context, s *screen, colour bool, p *planner.Plan, steady func([]*planner.Change) float64) *progress {
	out := &progress{screen: s, colour: colour, stops: func() bool { return ctx.Err() != nil }, of: map[string]*class{}, over: make(chan struct{})}
	of := map[*class][]*planner.Change{}
	for i := range p.Changes {
		if c := &p.Changes[i]; !c.Held() {
			k := out.class(c)
			k.total++
			of[k] = append(of[k], c)
		}
	}
	for k, changes := range of {
		k.steady = steady(changes)
	}
	out.draw()
	out.drawer.Go(func() {
		tick := time.NewTicker(drawEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				out.draw()
			case <-out.over:
				return
			}
		}
	})
	return out
}

// close draws them for the last time.
func (p *progress) close() {
	close(p.over)
	p.drawer.Wait()
	p.draw()
	p.screen.leave()
}

// class finds the class of a change, or makes it.
func (p *progress) class(c *planner.Change) *class {
	name := className(c)
	if p.of[name] == nil {
		p.of[name] = &class{name: name}
		p.classes = append(p.classes, p.of[name])
	}
	return p.of[name]
}

// className is what is done to what, such as "create accounts".
func className(c *planner.Change) string {
	op := string(c.Op)
	if c.Move {
		op = "move"
	}
	noun := strings.ReplaceAll(c.Ref.Kind, "-", " ")
	switch {
	case noun == "ou":
		noun = "OUs"
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	default:
		noun += "s"
	}
	return op + " " + noun
}

// observe is told of every change that starts or ends.
func (p *progress) observe(e executor.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, now := p.class(e.Change), time.Now()
	if c.began.IsZero() {
		c.began = now
	}
	switch e.Outcome {
	case executor.NotReached:
		return
	case executor.Failed, executor.Skipped:
		c.failed++
	case executor.Waiting:
		c.waits++
	}
	c.done++
	const kept = 32
	if len(c.ends) == kept {
		c.ends = append(c.ends[:0], c.ends[1:]...)
	}
	c.ends = append(c.ends, now)
}

// pace is how many end in a second by now. A burst promises nothing: it is that of
// the last ones, and not above what AWS's rates allow for long. 0 is not known.
func (c *class) pace(now time.Time) float64 {
	measured := c.measured(now)
	if c.steady > 0 {
		return min(measured, c.steady)
	}
	return measured
}

// measured is how many of the last ones ended in a second.
func (c *class) measured(now time.Time) float64 {
	n, from := len(c.ends), c.began
	if n == 0 {
		return 0
	}
	if n < c.done { // what came before the window has its end as its beginning
		from, n = c.ends[0], n-1
	}
	took := now.Sub(from).Seconds()
	if took <= 0 {
		return 0
	}
	return float64(n) / took
}

// draw draws all of it.
func (p *progress) draw() {
	width, height := p.screen.size()
	p.mu.Lock()
	lines := p.lines(min(width-1, widest), max(height-2, 1), time.Now())
	p.mu.Unlock()
	p.screen.show(lines)
}

const (
	leastWidth = 20
	widest     = 110 // a longer bar says no more
	// A bar below this says nothing, and leaves its place to the numbers.
	leastBar = 8
)

// bar draws a bar of so many columns, brackets counted.
func bar(done, total, width int) string {
	b := progressbar.NewOptions(total, progressbar.OptionSetWriter(new(strings.Builder)), progressbar.OptionSetWidth(width-2),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}))
	_ = b.Set(done)     // a builder takes all that is written
	_ = b.RenderBlank() // for Set leaves out what is below a hundredth
	s := b.String()
	if i, j := strings.IndexByte(s, '['), strings.LastIndexByte(s, ']'); i >= 0 && j > i {
		return s[i : j+1]
	}
	return ""
}

package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/payer-reconciler/reconciler/awssim"
)

// onPTY starts the command on a terminal of its own, and gives what is on it and
// the keyboard.
func (b *bench) onPTY(width, height int, env []string, args ...string) (*process, *vt, *os.File) {
	b.t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { keyboard.Close() })
	if err := pty.Setsize(keyboard, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		b.t.Fatal(err)
	}
	p, v := b.prepare(args...), newVT(width, height)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, tty
	p.cmd.SysProcAttr = onTerminal()
	b.launch(p)
	tty.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.MultiWriter(v, &p.stderr), keyboard) // ends with an error when the terminal is closed
	}()
	b.t.Cleanup(func() { p.kill(); <-read })
	return p, v, keyboard
}

// until waits until the terminal shows something.
func (v *vt) until(t *testing.T, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(20 * time.Second); !re.MatchString(v.whole()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the terminal never shows %s:\n%s", pattern, v.text())
		}
	}
}

// On a terminal there are bars, failures above them; Ctrl-C is heard at once and
// says how to go on; the terminal may be resized, and stays as it was found.
func TestBarsOnATerminal(t *testing.T) {
	b := newBench(t, awssim.Options{})
	b.sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 2, Count: 10, Kind: awssim.Conflict})
	b.sim.Inject(awssim.Fault{Operation: "MoveAccount", Nth: 3, Kind: awssim.HoldBefore})
	p, v, keyboard := b.onPTY(90, 60, []string{"TERM=xterm"}, "apply", "--auto-approve", "--parallelism", "1")
	b.waitHeld()
	v.until(t, `(?m)^create accounts +\[=+> +\] +3 of 12  1 failed`)
	if err := pty.Setsize(keyboard, &pty.Winsize{Rows: 60, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	v.resize(40, 60)
	v.until(t, `(?m)^create accounts +3 of 12  1 failed`)
	if _, err := keyboard.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	v.until(t, `reconciler: interrupted`)
	b.sim.Release()
	if got := p.code(); got != 1 {
		t.Errorf("exit code %d", got)
	}
	v.until(t, `Next: fix what failed and apply`)
	got := v.whole()
	for _, want := range []string{`(?m)^\[[ 0-9]+/\d+\] \+ .*  failed: `, `(?m)^create accounts +\d+ of 12  1 failed`, `(?m)^Applied: `} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("the terminal does not show %s:\n%s", want, got)
		}
	}
	for _, once := range []string{"\ncreate accounts  ", "\ncreate policies", " failed: ", "\nreconciler: interrupted"} {
		if n := strings.Count(got[:strings.Index(got, "Applied: ")], once); n != 1 {
			t.Errorf("%q stands there %d times:\n%s", once, n, got)
		}
	}
	if raw := p.stderr.String(); len(v.strange) > 0 || strings.LastIndex(raw, noWrap) > strings.LastIndex(raw, wrap) {
		t.Errorf("the terminal is left otherwise: %q", v.strange)
	}
}

// Without a terminal that can do it, or where it is asked for, each change has a
// line.
func TestPlainLines(t *testing.T) {
	line := regexp.MustCompile(`(?m)^\[ 1/24\] \+ organization`)
	for name, tt := range map[string]struct {
		env  []string
		args []string
	}{
		"a dumb one": {[]string{"TERM=dumb"}, nil},
		"asked for":  {[]string{"TERM=xterm"}, []string{"--progress", "plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, awssim.Options{})
			p, v, _ := b.onPTY(90, 200, append(tt.env, "NO_COLOR=1"), append([]string{"apply", "--auto-approve"}, tt.args...)...)
			if got := p.code(); got != 0 {
				t.Errorf("exit code %d", got)
			}
			v.until(t, `(?m)^Applied: `)
			if got := p.stderr.String(); !line.MatchString(got) || strings.Contains(got, "\x1b") {
				t.Errorf("it shows %q", got)
			}
		})
	}
	b := newBench(t, awssim.Options{})
	if p := b.must(0, "apply", "--auto-approve"); !line.MatchString(p.stderr.String()) || strings.Contains(p.stderr.String(), "\x1b") {
		t.Errorf("into a pipe it writes %q", &p.stderr)
	}
	if p := b.must(1, "apply", "--auto-approve", "--progress", "bar"); !strings.Contains(p.stderr.String(), "--progress bar needs a terminal") {
		t.Errorf("it says %q", &p.stderr)
	}
	if p := b.must(1, "apply", "--auto-approve", "--progress", "dots"); !strings.Contains(p.stderr.String(), `--progress "dots" is none`) {
		t.Errorf("it says %q", &p.stderr)
	}
}

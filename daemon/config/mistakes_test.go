package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

var update = flag.Bool("update", false, "write what was got into the archive")

// TestMistakes loads each file of the archive; the file behind it is what Load says.
func TestMistakes(t *testing.T) {
	const name = "testdata/mistakes.txtar"
	a, err := txtar.ParseFile(name)
	if err != nil || len(a.Files) < 100 {
		t.Fatalf("%d files, %v", len(a.Files), err)
	}
	for i := 0; i+1 < len(a.Files); i += 2 {
		f, want := a.Files[i], &a.Files[i+1]
		t.Run(f.Name, func(t *testing.T) {
			c, dir, err := load(t, string(f.Data), map[string]string{"HOME": "/root", "STATE_DIRECTORY": "/state"})
			if err == nil || c != nil {
				t.Fatalf("the config %+v and the error %v", c, err)
			}
			checkMistakes(t, err)
			got := strings.ReplaceAll(err.Error(), dir+"/", "") + "\n"
			if strings.Contains(got, "s3cret") {
				t.Errorf("a secret is in the error: %s", got)
			}
			if *update {
				want.Data = []byte(got)
			} else if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("Load (-want +got):\n%s", diff)
			}
		})
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// checkMistakes wants the promised type, each mistake with a message and a place.
func checkMistakes(t *testing.T, err error) {
	t.Helper()
	var all config.Mistakes
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("the error is the %T %v", err, err)
	}
	for _, e := range all {
		if e.File == "" || e.Msg == "" || e.Line > 0 != (e.Column > 0) {
			t.Errorf("a mistake is %+v", *e)
		}
	}
	var first *config.Error
	if !errors.As(err, &first) || first != all[0] {
		t.Errorf("the first mistake is %v", first)
	}
}

// TestStateDirMissing: nothing says where the state is.
func TestStateDirMissing(t *testing.T) {
	for state, want := range map[string]string{
		"":    "the environment has no STATE_DIRECTORY: name a folder that outlives the daemon, or set StateDirectory= in the systemd unit",
		"a/b": "STATE_DIRECTORY of the environment is not an absolute path",
	} {
		_, dir, err := load(t, "mode: plan\ngit: {url: /a}\n", map[string]string{"STATE_DIRECTORY": state})
		if got, want := fmt.Sprint(err), dir+"/reconciler.yaml:1:1: stateDir: is missing, and "+want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestManyMistakes: a file with more mistakes than anybody reads.
func TestManyMistakes(t *testing.T) {
	text := "git: {url: /a}\n"
	for i := range 150 {
		text += fmt.Sprintf("zebra%d: 1\n", i)
	}
	_, _, err := load(t, text, map[string]string{"STATE_DIRECTORY": "/state"})
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 101 || !strings.HasSuffix(lines[100], "reconciler.yaml: and 50 more mistakes") {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// TestFiles: what is no file of text.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"big": "# " + strings.Repeat("x", 256<<10), "latin1": "git: {url: /a}\n# caf\xe9\n", "nul": "a: \x00"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"":        ": is a folder, not a file",
		"/none":   ": there is no such file",
		"/big":    ": more than 262,144 bytes is too big",
		"/nul/a":  ": stat: not a directory",
		"/latin1": ":2:6: byte 0xe9 is not text in UTF-8",
		"/nul":    ":1:4: byte 0x00 is not text in UTF-8",
	} {
		_, err := config.Load(dir+name, env(nil))
		if got, want := fmt.Sprint(err), dir+name+want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if _, err := config.Load("/dev/null", env(nil)); fmt.Sprint(err) != "/dev/null: is not a regular file" {
		t.Errorf("/dev/null: %v", err)
	}
}

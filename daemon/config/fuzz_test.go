package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

// FuzzLoad: no file makes Load panic, every error is a list of mistakes, and what
// loads is the same to the second look and has its defaults.
func FuzzLoad(f *testing.F) {
	a, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(a.Files); i += 2 {
		f.Add(string(a.Files[i].Data))
	}
	f.Add(before)
	f.Add("git: &a {path: &b $HOME/x}\nauditLog: *b\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		vars := env(map[string]string{"HOME": "/root", "STATE_DIRECTORY": "/state"})
		c, err := config.Load(path, vars)
		if err != nil {
			checkMistakes(t, err)
			return
		}
		again, err := config.Load(path, vars)
		if err != nil || !c.Equal(again) {
			t.Fatalf("loaded again: %v, %q", err, again.Diff(c))
		}
		if c.Mode == "" || c.FirstApply == "" || c.Interval == 0 || c.Git.Path == "" || c.Parallelism.Payers == 0 || !filepath.IsAbs(c.StateDir) {
			t.Fatalf("got %+v", c)
		}
		for _, n := range c.Notify {
			if (n.Slack == nil) == (n.Webhook == nil) || len(n.On) == 0 {
				t.Fatalf("got %+v", n)
			}
		}
	})
}

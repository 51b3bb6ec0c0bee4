package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// shelf is a repository, a simulated AWS with the plan in plan.json, and the
// command in this process.
type shelf struct {
	*desk
	plan string
	at   time.Time
}

const account = "111122223330"

// newShelf plans the payers of a new folder and saves the plan.
func newShelf(t *testing.T, names ...string) *shelf {
	t.Helper()
	s := &shelf{desk: sit(t, time.Hour, "", names...), at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s.plan = filepath.Join(t.TempDir(), "plan.json")
	if err := s.aws.save(); err != nil {
		t.Fatal(err)
	}
	if err := s.c.rights.release(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.save()
	return s
}

// save plans anew, and saves that.
func (s *shelf) save() {
	s.Helper()
	s.run(0, "plan", "--out", s.plan)
}

// run runs a command over the folder in the AWS of the desk.
func (s *shelf) run(code int, args ...string) {
	s.Helper()
	s.out.Reset()
	s.errs.Reset()
	c := &cli{stdin: strings.NewReader(""), stdout: &s.out, stderr: &s.errs, staleAfter: time.Hour, clock: func() time.Time { return s.at }}
	root := c.command()
	root.SetArgs(append(args, "--sandbox", s.dir))
	got := 0
	if err := root.ExecuteContext(s.Context()); err != nil {
		if got = 1; err.Error() != exit(1).Error() {
			c.complain(err)
		}
	}
	if got != code {
		s.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, &s.out, &s.errs)
	}
}

// world changes the simulated AWS between two commands.
func (s *shelf) world(f func(*awssim.Server)) {
	s.Helper()
	path := filepath.Join(s.dir, ".reconciler", "sandbox.json")
	sim, err := awssim.Load(path, awssim.Options{})
	if err != nil {
		s.Fatal(err)
	}
	f(sim)
	if err := sim.Save(path); err != nil {
		s.Fatal(err)
	}
}

// call calls Organizations behind the tool's back.
func (s *shelf) call(account, operation, body string) (out map[string]any) {
	s.Helper()
	s.world(func(sim *awssim.Server) {
		answer, err := callOrganizations(sim, account, operation, body)
		if err != nil {
			s.Fatal(err)
		}
		out, _ = answer.(map[string]any) // some answer nothing
	})
	return out
}

// root gives the id of the organization's root.
func (s *shelf) root(account string) string {
	return s.call(account, "ListRoots", "{}")["Roots"].([]any)[0].(map[string]any)["Id"].(string)
}

func (s *shelf) edit(old, with string) {
	s.Helper()
	file := filepath.Join(s.dir, "a.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	put(s.T, file, strings.Replace(string(b), old, with, 1))
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// fleetSize is how many payers the daemon of the promises has, each of the size
// of small. Another daemon has one more payer for itself.
const fleetSize = 50

// The repositories of the daemons.
const (
	fleetRepo  = "fleet"
	singleRepo = "single"
)

// fleetPayer is one of the payers of the daemons.
func fleetPayer(i int) size {
	s := small
	s.name, s.account = fmt.Sprintf("payer%02d", i), fmt.Sprintf("2000000000%02d", i)
	return s
}

// single is the payer of the daemon that has one.
func single() size { return fleetPayer(fleetSize) }

// home is the repository that holds a payer of the daemons.
func home(s size) string {
	if s == single() {
		return singleRepo
	}
	return fleetRepo
}

// entered is the file of a payer that is entered by a role, so that one
// simulated AWS takes all of them for different accounts.
func (s size) entered() string {
	file := strings.ReplaceAll(s.file(), "@example.com", "@"+s.name+".example.com")
	return file + fmt.Sprintf("access: {roleArn: arn:aws:iam::%s:role/reconciler}\n", s.account)
}

// path is the payer file of a payer of the daemons.
func (b *bench) path(s size) string {
	return filepath.Join(b.dir, home(s), "payers", s.name+".yaml")
}

func (b *bench) fleetState() string { return filepath.Join(b.dir, "fleet.json") }

// fleet makes the payers of the daemons, their repositories and remotes, anew.
func (b *bench) fleet() error {
	for _, repo := range []string{fleetRepo, singleRepo} {
		if err := errors.Join(os.RemoveAll(filepath.Join(b.dir, repo)), os.RemoveAll(b.remote(repo))); err != nil {
			return err
		}
	}
	if _, err := b.child("seed"); err != nil {
		return err
	}
	return errors.Join(b.share(fleetRepo), b.share(singleRepo))
}

// seed applies every payer of the daemons once, on one simulator in process,
// and saves it. The CSVs stand beside the payer files then.
func (b *bench) seed() (f figures, err error) {
	for _, repo := range []string{fleetRepo, singleRepo} {
		for _, d := range []string{".git", "payers"} {
			if err := os.MkdirAll(filepath.Join(b.dir, repo, d), 0o755); err != nil {
				return f, err
			}
		}
	}
	for i := range fleetSize + 1 { // all, before any is read: each read looks at its neighbours
		s := fleetPayer(i)
		if err := os.WriteFile(b.path(s), []byte(s.entered()), 0o644); err != nil {
			return f, err
		}
	}
	sim := awssim.New(awssim.Options{})
	var g errgroup.Group
	g.SetLimit(8) // each waits for its accounts most of the time
	for i := range fleetSize + 1 {
		g.Go(func() error { return b.seedOne(sim, fleetPayer(i)) })
	}
	if err := g.Wait(); err != nil {
		return f, err
	}
	return f, sim.Save(b.fleetState())
}

func (b *bench) seedOne(sim *awssim.Server, s size) error {
	sim.AddRole(s.account, "reconciler", "")
	p, err := b.passOf(sim, filepath.Join(home(s), "payers", s.name+".yaml"))
	if err == nil && len(p.Plan.Guards) > 0 {
		err = errors.New("the plan is guarded")
	}
	if err == nil {
		_, err = p.Apply(b.ctx, reconcile.ApplyOptions{})
	}
	if err != nil {
		return fmt.Errorf("apply %s: %w", s.name, err)
	}
	return nil
}

// git runs git in a repository of the bench, whatever the user's own
// configuration says.
func (b *bench) git(repo string, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(b.ctx, "git", args...)
	cmd.Dir, cmd.Stdin = filepath.Join(b.dir, repo), bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=bench", "GIT_AUTHOR_EMAIL=bench@acme.example", "GIT_COMMITTER_NAME=bench", "GIT_COMMITTER_EMAIL=bench@acme.example")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", args[0], err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// remote is the bare repository that a daemon clones.
func (b *bench) remote(repo string) string { return filepath.Join(b.dir, repo+".git") }

// share commits a repository and makes its remote.
func (b *bench) share(repo string) error {
	if err := os.MkdirAll(b.remote(repo), 0o755); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"init", "-q", "--bare", "-b", "main", b.remote(repo)},
		{"init", "-q", "-b", "main"},
		{"add", "-A"},
		{"commit", "-qm", "payers"},
		{"push", "-q", b.remote(repo), "main"},
	} {
		if _, err := b.git(repo, nil, args...); err != nil {
			return err
		}
	}
	return nil
}

// edit replaces text in the files of payers of one repository, and pushes that
// as one commit.
func (b *bench) edit(old, fresh string, payers ...size) (commit string, err error) {
	for _, s := range payers {
		text, err := os.ReadFile(b.path(s))
		if err != nil {
			return "", err
		}
		changed := strings.Replace(string(text), old, fresh, 1)
		if changed == string(text) {
			return "", fmt.Errorf("%s has no %q", b.path(s), old)
		}
		if err := os.WriteFile(b.path(s), []byte(changed), 0o644); err != nil {
			return "", err
		}
	}
	repo := home(payers[0])
	if _, err := b.git(repo, nil, "commit", "-qam", "edit"); err != nil {
		return "", err
	}
	if _, err := b.git(repo, nil, "push", "-q", b.remote(repo), "main"); err != nil {
		return "", err
	}
	return b.git(repo, nil, "rev-parse", "HEAD")
}

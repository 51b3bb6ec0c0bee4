package daemon

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/status"
)

// configText is a config file of the rig; more stands at its end.
func (r *rig) configText(more string) string {
	return "git: {url: " + r.repo.Path + "}\nstateDir: " + filepath.Join(r.dir, "state") + "\nlisten: 127.0.0.1:0\nfirstApply: auto\n" +
		"apiTokenFile: api-token\nwebhook: {secretFile: webhook-secret}\n" + more
}

// fromFile runs the daemon on its config file.
func (r *rig) fromFile(s *setup) {
	load := func() (*config.Config, error) {
		return config.Load(filepath.Join(r.dir, "reconciler.yaml"), func(string) string { return "" })
	}
	cfg, err := load()
	if err != nil {
		r.Fatal(err)
	}
	s.Config, s.Reload = cfg, load
}

// TestAConfigThatChanges: a bad one is refused, and the one before stays in force,
// loudly; a good one is taken, by the change of the file and by SIGHUP.
func TestAConfigThatChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	r.file("reconciler.yaml", r.configText("mode: plan\n"))
	d := r.start(r.fromFile)
	d.settled("p1", status.OK)
	begun, _ := r.sim.Writes()
	if begun > 0 {
		t.Fatal("plan mode wrote")
	}

	r.file("reconciler.yaml", r.configText("mode: apply\nmod: plan\n"))
	d.wait("the refusal", func() bool { return d.status().Config.Error != "" })
	s := d.status()
	if !strings.Contains(s.Config.Error, `reconciler.yaml:8:1: mod: unknown key (did you mean "mode"?)`) || s.Mode != "plan" {
		t.Errorf("mode %s, error %s", s.Mode, s.Config.Error)
	}
	if !d.log.says(slog.LevelError, "the config file is refused, the one before stays in force", ":8:1: mod:") {
		t.Errorf("it is not loud\n%s", d.log)
	}
	if !strings.Contains(d.get("/metrics"), "reconciler_config_last_load_successful 0") {
		t.Error("the metric does not show it")
	}
	d.hangUp()
	d.again("p1")
	if begun, _ := r.sim.Writes(); begun > 0 {
		t.Fatal("a config that was refused is in force")
	}

	r.file("reconciler.yaml", r.configText("mode: apply\n"))
	d.wait("the new config", func() bool { return d.status().Mode == "apply" })
	d.wait("its pass", func() bool { return r.rows("main", "p1") == 2 })
	if s := d.status(); s.Config.Error != "" || !strings.Contains(d.get("/metrics"), "reconciler_config_last_load_successful 1") {
		t.Errorf("the error stays: %s", s.Config.Error)
	}
	if !d.log.says(slog.LevelInfo, "a new config is in force", "mode: plan -> apply") {
		t.Errorf("the change is not told\n%s", d.log)
	}

	// A file that is named in it and is not there is a mistake, too.
	r.file("reconciler.yaml", r.configText("mode: plan\nnotify: [{slack: {urlFile: nowhere}}]\n"))
	d.hangUp()
	d.wait("the refusal", func() bool { return d.status().Config.Error != "" })
	if s := d.status(); s.Mode != "apply" {
		t.Errorf("mode %s", s.Mode)
	}
	// What needs a restart is said, and waits for it.
	r.file("reconciler.yaml", strings.Replace(r.configText("mode: apply\n"), r.repo.Path, "/srv/elsewhere.git", 1))
	d.hangUp()
	d.wait("the word", func() bool { return d.log.says(slog.LevelWarn, "takes effect at the next start", "git.url") })
	d.again("p1")
	if s := d.status(); s.Git.URL != r.repo.Path || s.Git.Error != "" {
		t.Errorf("git %+v", s.Git)
	}
}

func TestHangUpLooksAtEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1", "p2")
	var reopened atomic.Int32
	d := r.start(func(s *setup) {
		s.Reopened = func(*config.Config) error { reopened.Add(1); return nil }
	})
	d.settled("p1", status.OK)
	d.settled("p2", status.OK)
	r.commit(map[string]string{"payers/p1.yaml": payerFile("p1", 3)})
	d.hangUp()
	d.wait("the new commit", func() bool { return r.rows("main", "p1") == 3 })
	d.wait("a pass over each", func() bool {
		return slices.Contains(d.triggers("p1"), "signal") && slices.Contains(d.triggers("p2"), "signal")
	})
	if reopened.Load() != 1 {
		t.Errorf("the logs were opened anew %d times", reopened.Load())
	}
}

// TestLogsThatCannotBeReopened refuse the config: the audit would be lost.
func TestLogsThatCannotBeReopened(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	d := r.start(func(s *setup) {
		s.Reopened = func(*config.Config) error { return errors.New("open audit.jsonl: no space") }
	})
	d.settled("p1", status.OK)
	d.hangUp()
	d.wait("the error", func() bool { return strings.Contains(d.status().Config.Error, "no space") })
	d.again("p1")
	d.settled("p1", status.OK)
}

func TestADaemonThatCannotRun(t *testing.T) {
	t.Parallel()
	r := newRig(t, "p1")
	busy := r.start()
	for name, tt := range map[string]struct {
		change func(*setup)
		want   string
	}{
		"a secret that is not there": {func(s *setup) { s.Config.APITokenFile = filepath.Join(r.dir, "none") }, "apiTokenFile"},
		"an address that is taken": {func(s *setup) {
			s.Config.StateDir, s.Config.Listen = filepath.Join(r.dir, "other"), strings.TrimPrefix(busy.url(""), "http://")
		}, "address already in use"},
		"a state folder that is a file": {func(s *setup) { s.Config.StateDir = filepath.Join(r.dir, "api-token") }, "stateDir"},
	} {
		d := r.start(tt.change)
		if err := d.end(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// local runs the daemon on a folder.
func (r *rig) local(s *setup) {
	s.Config.Git = config.Git{Path: filepath.Join(r.dir, "work")}
	s.Config.Webhook = nil
}

// TestALocalFolder: files are read as they stand, changes of them start passes, and
// our own CSVs do not.
func TestALocalFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.file("work/payers/p1.yaml", payerFile("p1", 2))
	d := r.start(r.local)
	d.settled("p1", status.OK)
	csv := filepath.Join(r.dir, "work", "accounts", "p1.csv")
	rows := func() int {
		b, err := os.ReadFile(csv)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(b), "\n")
	}
	if rows() != 2 {
		t.Fatalf("%d rows", rows())
	}
	if got := d.passes("p1", func() { r.file("work/payers/p1.yaml", payerFile("p1", 3)) }); got[0] != "files" && got[0] != "commit" {
		t.Errorf("passes by %q", got)
	}
	d.wait("3 rows", func() bool { return rows() == 3 })

	// An editor renames a new file into its place.
	r.file("work/payers/.p1.yaml.swp", payerFile("p1", 4))
	if err := os.Rename(filepath.Join(r.dir, "work/payers/.p1.yaml.swp"), filepath.Join(r.dir, "work/payers/p1.yaml")); err != nil {
		t.Fatal(err)
	}
	d.wait("4 rows", func() bool { return rows() == 4 })
	if count := len(d.triggers("p1")); count > 4 {
		t.Errorf("passes by %q: our own CSVs start passes", d.triggers("p1"))
	}

	// A mistake is loud, the file as it was stays in force, and another payer goes on.
	r.file("work/payers/p1.yaml", brokenFile("p1"))
	d.settled("p1", status.Broken)
	r.file("work/payers/p2.yaml", payerFile("p2", 1))
	d.settled("p2", status.OK)
	if r.accounts() != 4 {
		t.Errorf("%d accounts", r.accounts())
	}
	r.file("work/payers/p1.yaml", payerFile("p1", 5))
	d.wait("5 rows", func() bool { return rows() == 5 })
	d.settled("p1", status.OK)

	// Several timers' worth of quiet: nothing starts by itself.
	before := len(d.triggers("p1"))
	for end := time.Now().Add(4 * calmTime); time.Now().Before(end); time.Sleep(calmTime / 10) {
		if n := len(d.triggers("p1")); n != before {
			t.Fatalf("a pass by %q, though nobody touched a file", d.triggers("p1")[before:])
		}
	}
}

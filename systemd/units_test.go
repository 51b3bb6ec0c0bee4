// Package systemd holds the units under which the daemon runs, and the tests of
// what `make install` places: it has no code.
package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

// exposed is the most that `systemd-analyze security` may find of ten.
const exposed = 1.5

// TestUnitsAreClean: systemd has nothing to say of the units as they are
// installed, and what they leave open is little.
func TestUnitsAreClean(t *testing.T) {
	program, err := tools.Program("systemd-analyze")
	analyze := tools.Use(t, program, err)
	in := installed(t, "")
	for _, unit := range []string{"reconciler.service", "reconciler-plan.service", "reconciler-plan.timer"} {
		path := filepath.Join(in.prefix, "lib/systemd/system", unit)
		cmd := exec.CommandContext(t.Context(), analyze, "verify", path)
		cmd.Env = append(os.Environ(), "MANPATH="+filepath.Join(in.prefix, "share/man"))
		if said, err := cmd.CombinedOutput(); err != nil || len(said) > 0 {
			t.Errorf("verify %s: %v\n%s", unit, err, said)
		}
		if !strings.HasSuffix(unit, ".service") {
			continue
		}
		said, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", path).CombinedOutput()
		level := regexp.MustCompile(`Overall exposure level for ` + regexp.QuoteMeta(unit) + `: ([0-9.]+)`).FindSubmatch(said)
		if err != nil || level == nil {
			t.Fatalf("security %s: %v\n%s", unit, err, said)
		}
		if n, err := strconv.ParseFloat(string(level[1]), 64); err != nil || n > exposed {
			t.Errorf("%s is exposed to %s, over %.1f\n%s", unit, level[1], exposed, said)
		}
	}
}

// TestTimerHasTimes: systemd knows when the timer elapses.
func TestTimerHasTimes(t *testing.T) {
	program, err := tools.Program("systemd-analyze")
	analyze := tools.Use(t, program, err)
	times := values(t, "reconciler-plan.timer", "OnCalendar")
	if len(times) == 0 {
		t.Fatal("the timer never elapses")
	}
	for _, at := range times {
		said, err := exec.CommandContext(t.Context(), analyze, "calendar", at).CombinedOutput()
		if err != nil || !strings.Contains(string(said), "Next elapse") {
			t.Errorf("calendar %q: %v\n%s", at, err, said)
		}
	}
}

// TestServicesAreAlike: what the daemon may not do, a plan may not do, and it
// has the same secrets.
func TestServicesAreAlike(t *testing.T) {
	own := regexp.MustCompile(`^(Type|NotifyAccess|ExecStart|ExecReload|Restart|RestartSec|Timeout\w+|WatchdogSec|Documentation|Description|StartLimit\w+|WantedBy)=`)
	var lines [2][]string
	for i, unit := range []string{"reconciler.service", "reconciler-plan.service"} {
		for line := range strings.Lines(source(t, unit)) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "[") && !own.MatchString(line) {
				lines[i] = append(lines[i], strings.ReplaceAll(line, "reconciler-plan", "reconciler"))
			}
		}
		slices.Sort(lines[i])
	}
	if len(lines[0]) < 40 {
		t.Fatalf("the service has %d settings only", len(lines[0]))
	}
	if diff := cmp.Diff(lines[0], lines[1]); diff != "" {
		t.Errorf("the services differ (-daemon +plan):\n%s", diff)
	}
}

// TestServiceSettings: what the daemon counts on.
func TestServiceSettings(t *testing.T) {
	for key, want := range map[string]string{
		"Type": "notify", "NotifyAccess": "main", "ExecReload": "/bin/kill -HUP $MAINPID", "WatchdogSec": "2min",
		"TimeoutStopSec": "120", "KillMode": "mixed", "Restart": "on-failure", "DynamicUser": "yes",
		"StateDirectory": "reconciler", "StateDirectoryMode": "0700", "LogsDirectory": "reconciler",
		// AWS, git and the instance's metadata are reached over IP; systemd over a socket.
		"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "IPAddressDeny": "", "PrivateNetwork": "",
		// Settings of a systemd newer than 252 would be warnings there.
		"RestartSteps": "", "RestartMaxDelaySec": "", "SetLoginEnvironment": "",
	} {
		if got := strings.Join(values(t, "reconciler.service", key), " "); got != want {
			t.Errorf("%s=%s, want %s", key, got, want)
		}
	}
}

// TestExampleUsesCredentials: each secret that the example config names is one
// that the units load, and one that is not there does not keep them from
// starting, as an absolute path would.
func TestExampleUsesCredentials(t *testing.T) {
	loaded := map[string]bool{}
	for _, v := range values(t, "reconciler.service", "LoadCredential") {
		id, from, _ := strings.Cut(v, ":")
		if from != "reconciler."+id {
			t.Errorf("credential %s comes from %s, want reconciler.%s of a credential store", id, from, id)
		}
		loaded[id] = true
	}
	config, err := os.ReadFile("../examples/daemon/reconciler.yaml")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`\$CREDENTIALS_DIRECTORY/([\w.-]+)`).FindAllSubmatch(config, -1)
	if len(used) < 4 {
		t.Errorf("the example names %d credentials", len(used))
	}
	for _, u := range used {
		if !loaded[string(u[1])] {
			t.Errorf("the example names the credential %s, which the service does not load", u[1])
		}
	}
}

// source is a unit as it is in the repository.
func source(t *testing.T, unit string) string {
	t.Helper()
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// values are those of a key of a unit.
func values(t *testing.T, unit, key string) (all []string) {
	t.Helper()
	for line := range strings.Lines(source(t, unit)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			all = append(all, v)
		}
	}
	return all
}

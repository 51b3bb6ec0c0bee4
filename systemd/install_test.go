package systemd

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

// stamped is the version that the tests build.
const stamped = "v9.8.7"

var scratch string // removed when the tests have ended

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "systemd-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// built is the program as make builds it, but for the flags that would compile
// every package anew.
var built = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "reconciler")
	return bin, run("build", "BIN="+bin, "VERSION="+stamped, "CGO_ENABLED=1", "BUILDFLAGS=")
})

// run calls make in the root of the module.
func run(args ...string) error {
	cmd := exec.Command("make", append([]string{"-C", ".."}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000", "MAKEFLAGS=", "MAKELEVEL=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make %s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return nil
}

// installation is where something was installed, and with which arguments of make.
type installation struct {
	prefix string // as on the disk
	args   []string
}

func (in installation) make(t *testing.T, target string) {
	t.Helper()
	if err := run(append([]string{target}, in.args...)...); err != nil {
		t.Fatal(err)
	}
}

// installed installs below a new folder: as a package does where destdir is a
// name in it, else with a prefix that is really there.
func installed(t *testing.T, destdir string) installation {
	t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		tools.Use(t, "", &tools.Missing{Name: "make"})
	}
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	in := installation{filepath.Join(root, "usr"), []string{"BIN=" + bin, "PREFIX=" + filepath.Join(root, "usr"), "SYSCONFDIR=" + filepath.Join(root, "etc")}}
	if destdir != "" {
		dir := filepath.Join(root, destdir)
		in = installation{filepath.Join(dir, "usr"), []string{"BIN=" + bin, "DESTDIR=" + dir, "PREFIX=/usr"}}
	}
	in.make(t, "install")
	return in
}

// files lists what is below a folder, with modes; of the man pages the first.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "reconciler-") && strings.HasSuffix(path, ".1") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all = append(all, fmt.Sprintf("%04o %s", info.Mode().Perm(), strings.TrimPrefix(path, dir)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestInstall: everything is where it belongs, a second time changes nothing,
// what the operator wrote stays, and uninstall leaves nothing else behind.
func TestInstall(t *testing.T) {
	in := installed(t, "a package")
	root := filepath.Dir(in.prefix)
	want := []string{
		"0644 /etc/reconciler/reconciler.yaml",
		"0755 /usr/bin/reconciler",
		"0644 /usr/lib/systemd/system/reconciler-plan.service",
		"0644 /usr/lib/systemd/system/reconciler-plan.timer",
		"0644 /usr/lib/systemd/system/reconciler.service",
		"0644 /usr/share/bash-completion/completions/reconciler",
		"0644 /usr/share/doc/reconciler/CHANGELOG.md",
		"0644 /usr/share/doc/reconciler/LICENSE",
		"0644 /usr/share/doc/reconciler/README.md",
		"0644 /usr/share/doc/reconciler/docs/payer-file.md",
		"0644 /usr/share/doc/reconciler/docs/plans.md",
		"0644 /usr/share/doc/reconciler/docs/policies.md",
		"0644 /usr/share/doc/reconciler/docs/pull-requests.md",
		"0644 /usr/share/doc/reconciler/docs/run-under-systemd.md",
		"0644 /usr/share/doc/reconciler/examples/reconciler.yaml",
		"0644 /usr/share/fish/vendor_completions.d/reconciler.fish",
		"0644 /usr/share/man/man1/reconciler.1",
		"0644 /usr/share/zsh/site-functions/_reconciler",
	}
	if diff := cmp.Diff(want, files(t, root)); diff != "" {
		t.Errorf("installed (-want +got):\n%s", diff)
	}
	unit := read(t, filepath.Join(in.prefix, "lib/systemd/system/reconciler.service"))
	if !strings.Contains(unit, "\nExecStart=/usr/bin/reconciler daemon --config /etc/reconciler/reconciler.yaml\n") || strings.Contains(unit, "@PREFIX@") {
		t.Errorf("the unit runs another program:\n%s", unit)
	}
	said, err := exec.CommandContext(t.Context(), filepath.Join(in.prefix, "bin/reconciler"), "version").Output()
	if err != nil || !strings.HasPrefix(string(said), "reconciler "+stamped+" ") {
		t.Errorf("version: %s, %v", said, err)
	}

	config := filepath.Join(root, "etc/reconciler/reconciler.yaml")
	if err := os.WriteFile(config, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(in.prefix, "share/man/man1/reconciler-gone.1") // of an older version
	if err := os.WriteFile(gone, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in.make(t, "install")
	if got := read(t, config); got != "mine" {
		t.Errorf("a second install writes over the config: %s", got)
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("the page of a command that is no more stays")
	}
	in.make(t, "uninstall")
	if diff := cmp.Diff([]string{"0644 /etc/reconciler/reconciler.yaml"}, files(t, root)); diff != "" {
		t.Errorf("after uninstall (-want +got):\n%s", diff)
	}
}

// TestManPagesRender: groff has nothing to say of the pages.
func TestManPagesRender(t *testing.T) {
	program, err := tools.Program("groff")
	groff := tools.Use(t, program, err)
	in := installed(t, "")
	pages, err := filepath.Glob(filepath.Join(in.prefix, "share/man/man1/*.1"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		said, err := exec.CommandContext(t.Context(), groff, "-ww", "-K", "utf8", "-man", "-T", "utf8", "-z", page).CombinedOutput()
		if err != nil || len(said) > 0 {
			t.Errorf("%s: %v\n%s", filepath.Base(page), err, said)
		}
	}
}

// TestCompletionsParse: the shells take what is installed for them. Of zsh and
// fish those are asked that are there.
func TestCompletionsParse(t *testing.T) {
	program, err := tools.Program("bash")
	bash := tools.Use(t, program, err)
	in := installed(t, "")
	shells := map[string]string{bash: "bash-completion/completions/reconciler"}
	for shell, file := range map[string]string{"zsh": "zsh/site-functions/_reconciler", "fish": "fish/vendor_completions.d/reconciler.fish"} {
		text := read(t, filepath.Join(in.prefix, "share", file))
		if !strings.Contains(text, "__complete") {
			t.Errorf("the completion for %s does not ask the program", shell)
		}
		if path, err := exec.LookPath(shell); err == nil {
			shells[path] = file
		}
	}
	for shell, file := range shells {
		if said, err := exec.CommandContext(t.Context(), shell, "-n", filepath.Join(in.prefix, "share", file)).CombinedOutput(); err != nil || len(said) > 0 {
			t.Errorf("%s -n: %v\n%s", shell, err, said)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

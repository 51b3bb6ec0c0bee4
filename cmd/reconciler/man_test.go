package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// TestManPages: each command that a person sees has a page with its flags, the
// same on each day.
func TestManPages(t *testing.T) {
	dir, again := t.TempDir(), t.TempDir()
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	for _, d := range []string{dir, again} {
		if code := run(t.Context(), nil, []string{"man", d}, strings.NewReader(""), os.Stderr, os.Stderr); code != 0 {
			t.Fatalf("man: exit %d", code)
		}
	}
	root := (&cli{}).command()
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		page, second := readPage(t, filepath.Join(dir, name)), readPage(t, filepath.Join(again, name))
		if page != second {
			t.Errorf("%s differs the second time", name)
		}
		for _, want := range []string{`"Nov 2023"`, `"reconciler ` + version() + `"`, ".SH SYNOPSIS", ".TP\n\\fB--log-level\\fP"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		for _, sub := range cmd.Commands() {
			if !sub.Hidden {
				check(sub)
			}
		}
	}
	check(root)
	if _, err := os.Stat(filepath.Join(dir, "reconciler-man.1")); err == nil {
		t.Error("a hidden command has a page")
	}
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestManEscapes: what stands in a help text stands in the page.
func TestManEscapes(t *testing.T) {
	cmd := &cobra.Command{Use: "x", Short: "a <b> *c*", Long: "one_two_three [PATH] <DIR> *.csv\n\n  $NAME_A *\n"}
	markdown(cmd)
	if want := `a \<b\> \*c\*`; cmd.Short != want {
		t.Errorf("short: %s, want %s", cmd.Short, want)
	}
	if want := "one\\_two\\_three \\[PATH\\] \\<DIR\\> \\*.csv\n\n      $NAME_A *\n"; cmd.Long != want {
		t.Errorf("long: %q, want %q", cmd.Long, want)
	}
}

func TestManTagged(t *testing.T) {
	got := tagged(".SH OPTIONS\n\\fB--a\\fP\n\tis a\n\n.PP\n\\fB--b\\fP\n\tis b\n")
	want := ".SH OPTIONS\n.TP\n\\fB--a\\fP\nis a\n\n.TP\n\\fB--b\\fP\nis b\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestManDate(t *testing.T) {
	if got, err := builtAt("86400"); err != nil || !got.Equal(time.Unix(86400, 0)) {
		t.Errorf("builtAt: %v, %v", got, err)
	}
	if _, err := builtAt("today"); err == nil {
		t.Error("a date that is none is taken")
	}
}

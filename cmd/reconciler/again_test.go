package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSavedPlanSaysItsApply: the command that plan --out tells, as a shell reads
// it, applies that plan in the same AWS.
func TestSavedPlanSaysItsApply(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, plan, state := "it's a folder", "my plan.json", filepath.Join("aws", "state.json")
	put(t, filepath.Join(dir, "a.yaml"), small("a", "111122223330"))
	put(t, filepath.Join(dir, ".git", "HEAD"), "ref: refs/heads/main\n")
	put(t, filepath.Join("aws", "keep"), "")
	put(t, "rates.json", `{"rates": [{"service": "Organizations", "operations": ["CreateAccount"], "perSecond": 100}]}`)

	var out, errs bytes.Buffer
	args := []string{"plan", "--sandbox", "--sandbox-state", state, "--sandbox-quota", "20", "--api-rate", "rates.json", "--out", plan, dir}
	if code := run(t.Context(), nil, args, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("plan: exit code %d\n%s%s", code, &out, &errs)
	}
	want := `reconciler apply --plan 'my plan.json' --sandbox --sandbox-state aws/state.json --sandbox-quota 20 --api-rate rates.json 'it'\''s a folder'`
	_, said, _ := strings.Cut(errs.String(), "saved the plan; `")
	said, _, _ = strings.Cut(said, "` does that")
	if said != want {
		t.Errorf("said %s\nwant %s", said, want)
	}
	words, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\n' `+said).Output()
	if err != nil {
		t.Fatal(err)
	}
	if code := run(t.Context(), nil, strings.Split(strings.TrimSpace(string(words)), "\n")[1:], strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("apply: exit code %d\n%s%s", code, &out, &errs)
	}
	if !strings.Contains(out.String(), "Applied: 5 created") {
		t.Errorf("applied:\n%s", &out)
	}

	errs.Reset()
	t.Chdir(t.TempDir())
	plan = filepath.Join(t.TempDir(), "plan.json")
	put(t, filepath.Join("payers", "b.yaml"), small("b", "111122223331"))
	if code := run(t.Context(), nil, []string{"plan", "--sandbox", "--out", plan}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("plan: exit code %d\n%s", code, &errs)
	}
	t.Chdir(t.TempDir())
	if code := run(t.Context(), nil, []string{"apply", "--sandbox", "--plan", plan}, strings.NewReader(""), &out, &errs); code != 1 ||
		!strings.Contains(errs.String(), "hint: give the PATH that the plan was made with, from where it was made") {
		t.Errorf("in another folder: exit code %d\n%s", code, &errs)
	}
}

func TestQuoted(t *testing.T) {
	for s, want := range map[string]string{
		"payers/a.yaml": "payers/a.yaml", "": "''", "a b": "'a b'", "$HOME": "'$HOME'", "it's": `'it'\''s'`, "~": "'~'", "a\nb": "'a\nb'",
	} {
		if got := quoted(s); got != want {
			t.Errorf("quoted(%q) = %s, want %s", s, got, want)
		}
	}
	if got := pathWords([]string{"-x", "a"}); got != " ./-x a" {
		t.Errorf("pathWords: %s", got)
	}
}

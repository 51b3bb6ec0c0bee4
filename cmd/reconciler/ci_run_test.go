package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/config"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// runner runs scripts of an example in a clone whose branch changes a payer.
type runner struct {
	*clone
	env  []string
	temp string // RUNNER_TEMP and TMPDIR
}

// headSHA is the newest commit of the branch, as a forge tells it.
const headSHA = "5ca1ab1e00000000000000000000000000000000"

func newRunner(t *testing.T) *runner {
	t.Helper()
	for _, tool := range []string{"bash", "git", "curl", "jq"} {
		path, err := tools.Program(tool)
		tools.Use(t, path, err)
	}
	c := newClone(t)
	if _, err := c.repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{c.dir}}); err != nil {
		t.Fatal(err)
	}
	c.branch("work", true)
	c.replace("payers/a.yaml", "count: 3", "count: 4")
	c.commit()
	sim := awssim.New(awssim.Options{})
	for _, account := range []string{"111122223330", "111122223331", "111122223332"} {
		sim.AddRole(account, "reconciler-plan", "")
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	r := &runner{clone: c, temp: t.TempDir()}
	r.env = []string{"AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any-secret", "AWS_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
		"RUNNER_TEMP=" + r.temp, "TMPDIR=" + r.temp}
	return r
}

// script runs a script as a runner of CI does.
func (r *runner) script(text string, env ...string) (string, error) {
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text)
	cmd.Dir, cmd.Env = r.dir, append(slices.Clone(r.env), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *runner) must(text string, env ...string) {
	r.Helper()
	if out, err := r.script(text, env...); err != nil {
		r.Fatalf("%s\n%v\n%s", text, err, out)
	}
}

// fails runs a script that must fail, and gives what it printed.
func (r *runner) fails(text string, env ...string) string {
	r.Helper()
	out, err := r.script(text, env...)
	if err == nil {
		r.Fatalf("%s\nit is well:\n%s", text, out)
	}
	return out
}

// empty says that nothing of ours is left in the work tree or among the
// temporary files.
func (r *runner) empty() {
	r.Helper()
	out, err := r.script("git status --porcelain")
	left, _ := os.ReadDir(r.temp)
	if err != nil || out != "" || len(left) > 0 {
		r.Errorf("left in the work tree:\n%s\nbeside it: %v, %v", out, left, err)
	}
}

// hasAll complains of what a text lacks.
func hasAll(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("there is no %q in\n%s", w, text)
		}
	}
}

// TestForksInstallAVersion: a fork has no variable at all.
func TestForksInstallAVersion(t *testing.T) {
	r := newRunner(t)
	bin := t.TempDir()
	put(t, filepath.Join(bin, "go"), "#!/bin/sh\necho \"$@\" > \"$RUNNER_TEMP/args\"\n")
	if err := os.Chmod(filepath.Join(bin, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + bin + ":" + os.Getenv("PATH")
	try := func(name, script, version string) {
		t.Helper()
		r.must(script, path, "RECONCILER_VERSION="+version)
		if got := read(t, filepath.Join(r.temp, "args")); got != "install github.com/payer-reconciler/reconciler/cmd/reconciler@"+version+"\n" || version == "" {
			t.Errorf("%s: go %s", name, got)
		}
	}
	for _, file := range githubs {
		p := github(t, file)
		for name, j := range p.Jobs {
			try(file+", "+name, j.run(t, "Install reconciler"), p.Env["RECONCILER_VERSION"])
		}
	}
	var lab struct{ Variables map[string]string }
	example(t, "gitlab.yaml", &lab)
	try("gitlab.yaml", strings.Join(gitlab(t)[".reconciler"].Before, "\n"), lab.Variables["RECONCILER_VERSION"])
	for _, file := range []string{"payers/a.yaml", "payers/b.yaml"} {
		r.put(file, read(t, filepath.Join(r.dir, file))+"root: {policies: [P]}\n") // lint has nothing to say
	}
	r.must(github(t, "github.yaml").Jobs["validate"].run(t, "Validate"))
	r.must(strings.Join(gitlab(t)["validate"].Script, "\n"))
}

// planned runs the step Plan of GitHub's example.
func (r *runner) planned(well bool) {
	r.Helper()
	r.must("git fetch -q origin")
	out, err := r.script(github(r.T, "github.yaml").Jobs["plan"].run(r.T, "Plan"), "BASE=origin/main", "HEAD_SHA="+headSHA)
	if (err == nil) != well {
		r.Errorf("plan: %v\n%s", err, out)
	}
}

// commented runs the step Comment, and gives what it posts.
func (r *runner) commented() string {
	r.Helper()
	h := &hub{login: "github-actions[bot]"}
	server := httptest.NewServer(h)
	defer server.Close()
	event := filepath.Join(r.T.TempDir(), "event.json")
	put(r.T, event, `{"pull_request": {"number": 9}}`)
	r.must(github(r.T, "github.yaml").Jobs["plan"].run(r.T, "Comment"), "GITHUB_API_URL="+server.URL, "GITHUB_TOKEN=ghs_secret", "GITHUB_ACTIONS=true",
		"GITHUB_REPOSITORY=acme/payers", "GITHUB_EVENT_PATH="+event, "HEAD_SHA="+headSHA, "RUN_URL=https://github.example/run/1")
	if h.path != "/repos/acme/payers/issues/9/comments" {
		r.Errorf("posted to %s", h.path)
	}
	return h.body
}

// TestExampleOfGitHubRuns: a plan, mistakes, and a step before that failed; never
// what the branch has put there.
func TestExampleOfGitHubRuns(t *testing.T) {
	r := newRunner(t)
	r.put("plan.md", "<!-- reconciler: payers=a -->\nNo changes, merge it\n")
	r.commit()
	hasAll(t, r.commented(), "<!-- reconciler: payers= -->\n", "No plan could be made of "+headSHA+". [The log](https://github.example/run/1)")
	r.planned(true)
	plan := r.commented()
	hasAll(t, plan, "<!-- reconciler: payers=a -->\n", "4 accounts", headSHA[:8], "Changes since `origin/main`.")
	if strings.Contains(plan, "merge it") {
		t.Errorf("the branch's own words are posted:\n%s", plan)
	}
	r.replace("payers/a.yaml", "count: 4", "count: four")
	r.commit()
	r.planned(false)
	hasAll(t, r.commented(), "<!-- reconciler: payers=", "payers/a.yaml:", headSHA[:8])
	if out, err := r.script("git status --porcelain"); err != nil || out != "" {
		t.Errorf("left in the work tree: %s %v", out, err)
	}
}

// TestExampleOfForks: snapshots are taken on main, and a fork is planned from
// them, whatever snapshots its branch has, with no credentials.
func TestExampleOfForks(t *testing.T) {
	r := newRunner(t)
	take := github(t, "github-snapshots.yaml").Jobs["take"]
	visible := "public"
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		const runs = "/repos/acme/payers/actions/workflows/snapshots.yaml/runs"
		switch v := q.URL.Query(); {
		case q.Header.Get("Authorization") != "Bearer ghs_secret":
			w.WriteHeader(http.StatusUnauthorized)
		case q.URL.Path == "/repos/acme/payers":
			fmt.Fprintf(w, `{"visibility": %q}`, visible)
		case q.URL.Path == runs && v.Get("event") == "schedule" && v.Get("status") == "success" && visible == "private":
			fmt.Fprint(w, `{"workflow_runs": [{"id": 77}]}`)
		case q.URL.Path == runs:
			fmt.Fprint(w, `{"workflow_runs": []}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer api.Close()
	output := filepath.Join(t.TempDir(), "output")
	env := []string{"GITHUB_API_URL=" + api.URL, "GITHUB_REPOSITORY=acme/payers", "GITHUB_TOKEN=ghs_secret", "GITHUB_OUTPUT=" + output}
	fork := github(t, "github-forks.yaml").Jobs["plan"]
	hasAll(t, r.fails(take.run(t, "Not in public"), env...), "::error::the repository is public")
	hasAll(t, r.fails(fork.run(t, "Find snapshots"), env...), "::error::snapshots.yaml has not run yet")
	visible = "private"
	r.must(take.run(t, "Not in public"), env...)
	r.must(fork.run(t, "Find snapshots"), env...)
	if got := read(t, output); got != "run=77\n" {
		t.Errorf("found %q", got)
	}

	r.branch("main", false)
	r.must(take.run(t, "Take snapshots"))
	files, err := filepath.Glob(filepath.Join(r.temp, "snapshots", "*"))
	if err != nil || len(files) != 2 || filepath.Base(files[0]) != "a.json" || filepath.Base(files[1]) != "b.json" {
		t.Errorf("taken: %v, %v", files, err)
	}
	r.branch("work", false)
	r.put("snapshots/a.json", "{}")
	r.commit()
	r.must("git fetch -q origin")
	r.env = slices.DeleteFunc(r.env, func(s string) bool { return strings.HasPrefix(s, "AWS_") })
	summary := filepath.Join(t.TempDir(), "summary")
	plan := fork.run(t, "Plan")
	r.must(plan, "BASE=origin/main", "HEAD_SHA="+headSHA, "GITHUB_STEP_SUMMARY="+summary)
	hasAll(t, read(t, summary), "<!-- reconciler: payers=a -->\n", "from a snapshot of", headSHA[:8])
	r.replace("payers/a.yaml", "count: 4", "count: four")
	r.fails(plan, "BASE=origin/main", "HEAD_SHA="+headSHA, "GITHUB_STEP_SUMMARY="+summary)
	hasAll(t, read(t, summary), "payers/a.yaml:")
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/config"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// pipeline is what is read of a file of examples/ci.
type pipeline struct {
	On          map[string]any
	Permissions map[string]string
	Concurrency struct {
		Group  string
		Cancel bool `yaml:"cancel-in-progress"`
	}
	Jobs map[string]job
}

type job struct {
	If          string
	Permissions map[string]string
	Steps       []struct {
		Name, Uses, Run string
		With, Env       map[string]string
	}
	Script, BeforeScript []string
	After                []string `yaml:"after_script"`
	Rules                []struct{ If string }
}

func example(t *testing.T, name string, into any) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "examples", "ci", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func github(t *testing.T) pipeline {
	t.Helper()
	var p pipeline
	example(t, "github.yaml", &p)
	return p
}

func gitlab(t *testing.T) map[string]job {
	t.Helper()
	var all map[string]yaml.Node
	example(t, "gitlab.yaml", &all)
	jobs := map[string]job{}
	for _, name := range []string{"validate", "plan"} {
		n := all[name]
		var j job
		if err := n.Decode(&j); err != nil {
			t.Fatal(err)
		}
		jobs[name] = j
	}
	return jobs
}

// run gives the script of a step.
func (j job) run(t *testing.T, name string) string {
	t.Helper()
	for _, s := range j.Steps {
		if s.Name == name {
			return s.Run
		}
	}
	t.Fatalf("no step %q", name)
	return ""
}

// TestExampleOfGitHub: what a workflow must not do.
func TestExampleOfGitHub(t *testing.T) {
	p := github(t)
	if _, there := p.On["pull_request"]; !there || len(p.On) != 1 {
		t.Errorf("it runs on %v", p.On) // pull_request_target would run a fork's files with our rights
	}
	if len(p.Permissions) != 0 || p.Concurrency.Group == "" || !p.Concurrency.Cancel {
		t.Errorf("permissions %v, concurrency %+v", p.Permissions, p.Concurrency)
	}
	for name, j := range p.Jobs {
		ours := strings.Contains(j.If, "github.event.pull_request.head.repo.full_name == github.repository")
		for right, how := range j.Permissions {
			if how != "read" && !ours {
				t.Errorf("%s: forks get %s: %s", name, right, how)
			}
		}
		if j.Permissions == nil {
			t.Errorf("%s has the rights of the repository", name)
		}
		for _, s := range j.Steps {
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s: text of others is put into the script %q", name, s.Run)
			}
			if s.Uses != "" && !regexp.MustCompile(`^[\w.-]+/[\w.-]+@(v[0-9.]+|[0-9a-f]{40})$`).MatchString(s.Uses) {
				t.Errorf("%s: no version in %s", name, s.Uses)
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
				t.Errorf("%s: the token stays in the clone", name)
			}
		}
	}
	plan := p.Jobs["plan"]
	if plan.Permissions["id-token"] != "write" || plan.Permissions["pull-requests"] != "write" || plan.Permissions["contents"] != "read" || len(plan.Permissions) != 3 {
		t.Errorf("permissions of plan: %v", plan.Permissions)
	}
	if text := example(t, "github.yaml", &pipeline{}); strings.Contains(text, "secrets.") {
		t.Error("a secret is used")
	}
}

// TestExampleOfGitLab: only branches of the project get at the token.
func TestExampleOfGitLab(t *testing.T) {
	jobs := gitlab(t)
	for name, j := range jobs {
		all := strings.Join(slices.Concat(j.Script, j.After), "\n")
		own := len(j.Rules) == 1 && strings.Contains(j.Rules[0].If, "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID")
		if uses := strings.Contains(all, "TOKEN"); uses != own || len(j.Script) == 0 {
			t.Errorf("%s: uses a token %v, own branches only %v", name, uses, own)
		}
	}
}

// TestExamplesCallUs: every line of the examples and of the README that calls
// the command is one that it takes.
func TestExamplesCallUs(t *testing.T) {
	var scripts []string
	for _, j := range github(t).Jobs {
		for _, s := range j.Steps {
			scripts = append(scripts, s.Run)
		}
	}
	for _, j := range gitlab(t) {
		scripts = append(scripts, slices.Concat(j.Script, j.After)...)
	}
	scripts = append(scripts, section(t, "Plans in pull requests"))
	lines := 0
	for _, script := range scripts {
		for _, m := range regexp.MustCompile("(?m)(?:^|[|;&`(] *|    )reconciler ((?:validate|plan|apply|comment|snapshot|bootstrap)\\b[^\n>|;`)]*)").FindAllStringSubmatch(script, -1) {
			lines++
			if err := taken(words(m[1])); err != nil {
				t.Errorf("reconciler %s: %v", m[1], err)
			}
		}
	}
	if lines < 8 {
		t.Errorf("only %d lines call us", lines)
	}
	if taken([]string{"plan", "--no-such-flag"}) == nil || taken([]string{"comment", "a"}) == nil || taken([]string{"plna"}) == nil {
		t.Error("every line is taken")
	}
}

// section gives a section of the README.
func section(t *testing.T, title string) string {
	t.Helper()
	_, text, found := strings.Cut(read(t, "../../README.md"), "\n## "+title+"\n")
	if !found {
		t.Fatalf("the README has no section %q", title)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// words splits a line as a shell does, as far as the examples need it.
func words(line string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

// taken says whether the command takes the arguments; it is not run.
func taken(args []string) error {
	c := &cli{stdin: strings.NewReader(""), stdout: &strings.Builder{}, stderr: &strings.Builder{}}
	root := c.command()
	if err := unknownCommand(root, args); err != nil {
		return err
	}
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.Args == nil {
		return nil
	}
	return cmd.Args(cmd, cmd.Flags().Args())
}

// runner runs a script of an example in a clone whose branch changes a payer.
type runner struct {
	*clone
	env []string
}

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
	return &runner{c, []string{"AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any-secret", "AWS_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}}
}

// script runs a script as a runner of CI does.
func (r *runner) script(text string, env ...string) (string, error) {
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", text)
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

// TestExampleOfGitHubRuns its two steps over a clone.
func TestExampleOfGitHubRuns(t *testing.T) {
	r, j := newRunner(t), github(t).Jobs["plan"]
	h := &hub{login: "github-actions[bot]"}
	server := httptest.NewServer(h)
	defer server.Close()
	r.must("git fetch -q origin")
	r.must(j.run(t, "Plan"), "BASE=origin/main", "RUN_URL=https://github.example/run/1")
	plan := read(t, filepath.Join(r.dir, "plan.md"))
	if !strings.HasPrefix(plan, "<!-- reconciler: payers=a -->\n") || !strings.Contains(plan, "lab 4") && !strings.Contains(plan, "4 accounts") {
		t.Errorf("the plan is\n%s", plan)
	}
	put(t, filepath.Join(r.dir, "event.json"), `{"pull_request": {"number": 9}}`)
	r.must(j.run(t, "Comment"), "GITHUB_API_URL="+server.URL, "GITHUB_TOKEN=ghs_secret", "GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/payers",
		"GITHUB_EVENT_PATH="+filepath.Join(r.dir, "event.json"))
	if h.path != "/repos/acme/payers/issues/9/comments" || h.body != plan {
		t.Errorf("posted %q to %s", h.body, h.path)
	}
}

// forge is the part of GitLab's API that the example calls.
type forge struct {
	mu    sync.Mutex
	notes []note
	token string
}

type note struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	Author struct {
		ID int `json:"id"`
	} `json:"author"`
}

func (f *forge) add(author int, body string) {
	n := note{ID: len(f.notes) + 1, Body: body}
	n.Author.ID = author
	f.notes = append(f.notes, n)
}

func (f *forge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	const notes = "/projects/1/merge_requests/7/notes"
	var in struct{ Body string }
	if r.Method != http.MethodGet && json.NewDecoder(r.Body).Decode(&in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch id, one := strings.CutPrefix(r.URL.Path, notes+"/"); {
	case r.Header.Get("PRIVATE-TOKEN") != f.token:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/user":
		fmt.Fprint(w, `{"id": 5}`)
	case r.URL.Path == notes && r.Method == http.MethodGet:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		from := min((page-1)*3, len(f.notes))
		_ = json.NewEncoder(w).Encode(f.notes[from:min(from+3, len(f.notes))])
	case r.URL.Path == notes && r.Method == http.MethodPost:
		f.add(5, in.Body)
		w.WriteHeader(http.StatusCreated)
	case one && r.Method == http.MethodPut:
		n, _ := strconv.Atoi(id)
		f.notes[n-1].Body = in.Body
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestExampleOfGitLabRuns: the note of the last run is edited, on whatever page it
// is, and nobody else's.
func TestExampleOfGitLabRuns(t *testing.T) {
	r, j := newRunner(t), gitlab(t)["plan"]
	f := &forge{token: "glpat-secret"}
	server := httptest.NewServer(f)
	defer server.Close()
	env := []string{"CI_API_V4_URL=" + server.URL, "CI_PROJECT_ID=1", "CI_MERGE_REQUEST_IID=7", "PLAN_TOKEN=glpat-secret", "CI_JOB_URL=https://gitlab.example/1",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "AWS_TOKEN=x"}
	r.must(strings.Join(j.Script, "\n"), append(env, "AWS_WEB_IDENTITY_TOKEN_FILE="+filepath.Join(t.TempDir(), "token"))...)
	plan := read(t, filepath.Join(r.dir, "plan.md"))
	for i := range 4 {
		f.add(6, fmt.Sprintf("<!-- reconciler: payers=a --> of somebody else, %d", i))
	}
	f.add(5, "ours, and no plan")
	note := strings.Join(j.After, "\n")
	r.must(note, env...)
	if len(f.notes) != 6 || f.notes[5].Body != plan {
		t.Errorf("there are %d notes, the last %+v", len(f.notes), f.notes[len(f.notes)-1])
	}
	f.add(6, "later")
	put(t, filepath.Join(r.dir, "plan.md"), "<!-- reconciler: payers=b -->\n\"new\" $(x)\n")
	r.must(note, env...)
	if len(f.notes) != 7 || f.notes[5].Body != "<!-- reconciler: payers=b -->\n\"new\" $(x)\n" {
		t.Errorf("there are %d notes, ours is %q", len(f.notes), f.notes[5].Body)
	}
	put(t, filepath.Join(r.dir, "plan.md"), "")
	r.must(note, env...)
	if len(f.notes) != 7 {
		t.Error("a note of nothing was written")
	}
	f.token = "glpat-other"
	put(t, filepath.Join(r.dir, "plan.md"), plan)
	if out, err := r.script(note, env...); err == nil || strings.Contains(out, "glpat") {
		t.Errorf("with a token that is refused: %v\n%s", err, out)
	}
}

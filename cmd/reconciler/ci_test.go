package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// pipeline is what is read of a file of examples/ci.
type pipeline struct {
	On          map[string]any
	Permissions map[string]string
	Concurrency struct {
		Group  string
		Cancel string `yaml:"cancel-in-progress"`
	}
	Env      map[string]string
	Defaults struct{ Run struct{ Shell string } }
	Jobs     map[string]job
}

type job struct {
	If          string
	Needs       *[]string // of GitLab, or of GitHub where there are several
	Permissions map[string]string
	Steps       []ciStep
	Script      []string
	Before      []string `yaml:"before_script"`
	After       []string `yaml:"after_script"`
	Rules       []struct{ If string }
	Variables   map[string]string
}

type ciStep struct {
	Name, Uses, Run, If string
	With, Env           map[string]string
}

// githubs are the files for GitHub.
var githubs = []string{"github.yaml", "github-forks.yaml", "github-snapshots.yaml"}

func example(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join("..", "..", "examples", "ci", name))), into); err != nil {
		t.Fatal(err)
	}
}

func github(t *testing.T, name string) pipeline {
	t.Helper()
	var p pipeline
	example(t, name, &p)
	return p
}

func gitlab(t *testing.T) map[string]job {
	t.Helper()
	var all map[string]yaml.Node
	example(t, "gitlab.yaml", &all)
	jobs := map[string]job{}
	for _, name := range []string{"validate", "plan", ".reconciler"} {
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

const ownBranch, ofFork = "github.event.pull_request.head.repo.full_name == github.repository", "github.event.pull_request.head.repo.full_name != github.repository"

// TestExamplesOfGitHub: what a workflow must not do.
func TestExamplesOfGitHub(t *testing.T) {
	for _, file := range githubs {
		p := github(t, file)
		on := "pull_request" // pull_request_target would run a fork's files with our rights
		if file == "github-snapshots.yaml" {
			on = "schedule"
		}
		if _, there := p.On[on]; !there || len(p.On) != 1 {
			t.Errorf("%s runs on %v", file, p.On)
		}
		if len(p.Permissions) != 0 || p.Permissions == nil || p.Concurrency.Group == "" {
			t.Errorf("%s: permissions %v, concurrency %+v", file, p.Permissions, p.Concurrency)
		}
		repeats(t, file, p, on == "pull_request")
		if p.Defaults.Run.Shell != "bash" || p.Env["RECONCILER_VERSION"] == "" || strings.Contains(p.Env["RECONCILER_VERSION"], "{") {
			t.Errorf("%s: shell %q, environment %v", file, p.Defaults.Run.Shell, p.Env)
		}
		if strings.Contains(read(t, filepath.Join("..", "..", "examples", "ci", file)), "secrets.") {
			t.Errorf("%s uses a secret", file)
		}
		for name, j := range p.Jobs {
			ours := j.If == ownBranch || on == "schedule"
			if j.If != "" && j.If != ownBranch && j.If != ofFork {
				t.Errorf("%s, %s: runs if %q", file, name, j.If)
			}
			rightsOf(t, file+", "+name, j, ours)
			for _, s := range j.Steps {
				stepOf(t, file+", "+name, s, ours)
			}
		}
	}
	plan := github(t, "github.yaml").Jobs["plan"]
	if plan.Permissions["id-token"] != "write" || plan.Permissions["pull-requests"] != "write" || plan.Permissions["contents"] != "read" || len(plan.Permissions) != 3 {
		t.Errorf("permissions of plan: %v", plan.Permissions)
	}
	if strings.Contains(read(t, filepath.Join("..", "..", "examples", "ci", "github.yaml")), "needs:") {
		t.Error("plan waits for validate: after a mistake the last comment stays as if it were this push's")
	}
}

// repeats: a pull request is planned at every push and where it gets another base.
// An edit of its title is one event with that. It cancels nothing, and what runs
// for it is a whole plan: a job that is skipped counts as one that is well, and
// would hide that the plan before was not.
func repeats(t *testing.T, file string, p pipeline, pull bool) {
	t.Helper()
	types, cancel := []any(nil), ""
	if pull {
		types = []any{"opened", "synchronize", "reopened", "edited"}
		cancel = "${{ github.event.action != 'edited' || github.event.changes.base != null }}"
	}
	on, _ := p.On["pull_request"].(map[string]any)
	if got, _ := on["types"].([]any); !slices.Equal(got, types) || p.Concurrency.Cancel != cancel {
		t.Errorf("%s: runs for %v, and cancels where %q", file, got, p.Concurrency.Cancel)
	}
	for name, j := range p.Jobs {
		if strings.Contains(j.If, "edited") || strings.Contains(j.If, "changes") {
			t.Errorf("%s, %s: is skipped, and well, where %s", file, name, j.If)
		}
	}
}

// rightsOf: a fork may read, and nothing is left to the repository's settings.
func rightsOf(t *testing.T, where string, j job, ours bool) {
	t.Helper()
	if j.Permissions == nil {
		t.Errorf("%s has the rights of the repository", where)
	}
	for right, how := range j.Permissions {
		if how != "read" && (!ours || right != "id-token" && right != "pull-requests") {
			t.Errorf("%s: gets %s: %s", where, right, how)
		}
	}
}

func stepOf(t *testing.T, where string, s ciStep, ours bool) {
	t.Helper()
	if strings.Contains(s.Run, "${{") {
		t.Errorf("%s: text of others is put into the script %q", where, s.Run)
	}
	if s.Uses != "" && !regexp.MustCompile(`^[\w.-]+/[\w.-]+@(v[0-9.]+|[0-9a-f]{40})$`).MatchString(s.Uses) {
		t.Errorf("%s: no version in %s", where, s.Uses)
	}
	if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
		t.Errorf("%s: the token stays in the clone", where)
	}
	for _, values := range []map[string]string{s.With, s.Env} {
		for key, v := range values {
			if strings.Contains(v, "vars.") && !ours {
				t.Errorf("%s: %s is %s, which is empty in a fork", where, key, v)
			}
		}
	}
}

// TestExampleOfGitLab: only branches of the project get at the token, and nothing
// that can fail comes after the script, where nobody would see it.
func TestExampleOfGitLab(t *testing.T) {
	jobs := gitlab(t)
	for name, j := range jobs {
		all := strings.Join(slices.Concat(j.Before, j.Script, j.After), "\n")
		own := len(j.Rules) == 1 && strings.Contains(j.Rules[0].If, "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID")
		if uses := strings.Contains(all, "TOKEN"); uses != own || len(j.After) > 0 {
			t.Errorf("%s: uses a token %v, own branches only %v, after_script %q", name, uses, own, j.After)
		}
	}
	if needs := jobs["plan"].Needs; needs == nil || len(*needs) > 0 {
		t.Error("plan waits for validate: after a mistake the last note stays as if it were this push's")
	}
	var p struct{ Variables map[string]string }
	example(t, "gitlab.yaml", &p)
	if p.Variables["RECONCILER_VERSION"] == "" {
		t.Error("a fork has no version to install")
	}
}

// TestExamplesCallUs: every line of the examples and of the pages that calls
// the command is one that it takes.
func TestExamplesCallUs(t *testing.T) {
	var scripts []string
	for _, file := range githubs {
		for _, j := range github(t, file).Jobs {
			for _, s := range j.Steps {
				scripts = append(scripts, s.Run)
			}
		}
	}
	for _, j := range gitlab(t) {
		scripts = append(scripts, j.Script...)
	}
	scripts = append(scripts, section(t, "Plans in pull requests"), read(t, "../../docs/pull-requests.md"), read(t, "../../docs/plans.md"))
	lines := 0
	for _, script := range scripts {
		for _, m := range regexp.MustCompile("(?m)(?:^|[|;&`(] *|    )reconciler ((?:validate|plan|apply|comment|snapshot|bootstrap)\\b[^\n>|;&`)]*)").FindAllStringSubmatch(script, -1) {
			lines++
			if err := taken(fields(m[1])); err != nil {
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

// fields splits a line as a shell does, as far as the examples need it.
func fields(line string) []string {
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

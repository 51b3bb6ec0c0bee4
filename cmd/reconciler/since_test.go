package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// clone is a git repository of three payers: a and b share the Defaults and a
// document, b uses a preset of the repository, and c stands in a folder of its own.
type clone struct {
	*testing.T
	dir       string
	repo      *git.Repository
	out, errs bytes.Buffer
}

func newClone(t *testing.T) *clone {
	t.Helper()
	c := &clone{T: t, dir: t.TempDir()}
	var err error
	c.repo, err = git.PlainInitWithOptions(c.dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
	if err != nil {
		t.Fatal(err)
	}
	const policy = "policies: [{name: P, file: policies/p.json}]\n"
	c.put("payers/defaults.yaml", "apiVersion: reconciler/v1\nkind: Defaults\nhomeRegion: eu-west-1\n")
	c.put("payers/a.yaml", small("a", "111122223330")+policy)
	c.put("payers/b.yaml", small("b", "111122223331")+policy+"presets: [{use: own}]\n")
	c.put("other/c.yaml", small("c", "111122223332"))
	c.put("policies/p.json", `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}`)
	c.put("presets/own.yaml", "apiVersion: reconciler/v1\nkind: Preset\nname: own\nvendor: Acme\ndescription: Own\nbody: {ous: [{name: Own}]}\n")
	c.put("README.md", "x\n")
	c.commit()
	return c
}

func (c *clone) put(name, text string) { put(c.T, filepath.Join(c.dir, name), text) }

func (c *clone) remove(name string) {
	c.Helper()
	if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
		c.Fatal(err)
	}
}

func (c *clone) replace(name, old, with string) {
	c.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || !strings.Contains(string(b), old) {
		c.Fatalf("%s has no %q, %v", name, old, err)
	}
	c.put(name, strings.Replace(string(b), old, with, 1))
}

func (c *clone) commit() {
	c.Helper()
	tree, err := c.repo.Worktree()
	if err != nil {
		c.Fatal(err)
	}
	if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		c.Fatal(err)
	}
	who := &object.Signature{Name: "a", Email: "a@acme.example", When: time.Now()}
	if _, err := tree.Commit("change", &git.CommitOptions{Author: who, Committer: who, AllowEmptyCommits: true}); err != nil {
		c.Fatal(err)
	}
}

func (c *clone) branch(name string, create bool) {
	c.Helper()
	tree, err := c.repo.Worktree()
	if err != nil {
		c.Fatal(err)
	}
	if err := tree.Checkout(&git.CheckoutOptions{Branch: plumbing.NewBranchReferenceName(name), Create: create}); err != nil {
		c.Fatal(err)
	}
}

// mainIsHere makes the branch main what is checked out.
func (c *clone) mainIsHere() {
	c.Helper()
	head, err := c.repo.Head()
	if err == nil {
		err = c.repo.Storer.SetReference(plumbing.NewHashReference("refs/heads/main", head.Hash()))
	}
	if err != nil {
		c.Fatal(err)
	}
}

// plan runs it over both folders, and gives the payers of its report.
func (c *clone) plan(code int, args ...string) []string {
	c.Helper()
	c.out.Reset()
	c.errs.Reset()
	args = append([]string{"plan", "--sandbox", "--changed-since", "main"}, args...)
	if got := run(c.Context(), nil, append(args, c.dir, filepath.Join(c.dir, "other")), strings.NewReader(""), &c.out, &c.errs); got != code {
		c.Fatalf("exit code %d, want %d\n%s%s", got, code, &c.out, &c.errs)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^(\S+) \(\d{12}\)`).FindAllStringSubmatch(c.out.String(), -1) {
		names = append(names, m[1])
	}
	return names
}

// TestChangedSince: which payers a change touches.
func TestChangedSince(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*clone)
		want   []string
		says   string
	}{
		{"nothing", func(*clone) {}, nil, ""},
		{"another file", func(c *clone) { c.put("README.md", "y\n") }, nil, ""},
		{"its CSV", func(c *clone) { c.put("a.csv", "") }, []string{"a"}, ""},
		{"another CSV", func(c *clone) { c.put("z.csv", "") }, nil, ""},
		{"its CSV that is gone", func(c *clone) {
			c.put("a.csv", "")
			c.commit()
			c.mainIsHere()
			c.remove("a.csv")
		}, []string{"a"}, ""},
		{"its own file", func(c *clone) { c.replace("payers/a.yaml", "count: 3", "count: 4") }, []string{"a"}, ""},
		{"a document", func(c *clone) { c.replace("policies/p.json", "s3:*", "s3:Get*") }, []string{"a", "b"}, ""},
		{"a preset", func(c *clone) { c.replace("presets/own.yaml", "{name: Own}", "{name: Ours}") }, []string{"b"}, ""},
		{"the Defaults", func(c *clone) { c.replace("payers/defaults.yaml", "eu-west-1", "eu-west-2") }, []string{"a", "b"}, ""},
		{"Defaults that are gone", func(c *clone) { c.remove("payers/defaults.yaml") }, []string{"a", "b"}, ""},
		{"Defaults that are new", func(c *clone) { c.put("other/defaults.yaml", "apiVersion: reconciler/v1\nkind: Defaults\n") }, []string{"c"}, ""},
		{"a payer that is new", func(c *clone) { c.put("other/d.yaml", small("d", "111122223333")) }, []string{"d"}, ""},
		{"a file of another name", func(c *clone) {
			c.put("payers/z.yaml", read(c.T, filepath.Join(c.dir, "payers/a.yaml")))
			c.remove("payers/a.yaml")
		}, []string{"a"}, ""},
		{"another name", func(c *clone) { c.replace("payers/a.yaml", "name: a\n", "name: z\n") }, []string{"z"}, "the payer a of account 111122223330 is called z now"},
		{"a payer that is gone", func(c *clone) { c.remove("payers/a.yaml") }, nil, "Caution: the payer a of account 111122223330 is in no payer file any more: a merge ends the management of its organization."},
		{"a document that is a link now", func(c *clone) {
			c.put("policies/q.json", read(c.T, filepath.Join(c.dir, "policies/p.json")))
			c.remove("policies/p.json")
			if err := os.Symlink("q.json", filepath.Join(c.dir, "policies/p.json")); err != nil {
				c.Skipf("no symbolic links here: %v", err)
			}
		}, []string{"a", "b"}, ""},
		{"a document that it does not name any more", func(c *clone) {
			c.replace("payers/a.yaml", "policies: [{name: P, file: policies/p.json}]\n", "")
		}, []string{"a"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, committed := range []bool{false, true} {
				c := newClone(t)
				c.branch("work", true)
				tt.change(c)
				if committed {
					c.commit()
				}
				if got := c.plan(0); !slices.Equal(got, tt.want) {
					t.Errorf("committed %v: planned %v, want %v\n%s", committed, got, tt.want, &c.out)
				}
				if !strings.Contains(c.out.String(), tt.says) {
					t.Errorf("committed %v: it says\n%s\nwant %q", committed, &c.out, tt.says)
				}
				if nothing := "No payer is touched by what changed since main.\n"; (c.out.String() == nothing) != (len(tt.want) == 0 && tt.says == "") {
					t.Errorf("committed %v: it prints\n%s", committed, &c.out)
				}
			}
		})
	}
}

// TestChangedSinceTheFork: what main did meanwhile is no change of the branch.
func TestChangedSinceTheFork(t *testing.T) {
	c := newClone(t)
	c.branch("work", true)
	c.branch("main", false)
	c.replace("payers/b.yaml", "count: 3", "count: 5")
	c.commit()
	c.branch("work", false)
	c.replace("payers/a.yaml", "count: 3", "count: 4")
	c.commit()
	if got := c.plan(0); !slices.Equal(got, []string{"a"}) {
		t.Errorf("planned %v", got)
	}
	if got := c.plan(0, "--payer", "b"); got != nil {
		t.Errorf("of b alone: planned %v", got)
	}
	c.plan(0, "--payer", "b", "--format", "json")
	if want := "\"payers\": []"; !strings.Contains(c.out.String(), want) {
		t.Errorf("as JSON:\n%s", &c.out)
	}
}

// TestChangedSinceAndMistakes: a change answers for the mistakes that it made,
// or could have made, and not for those that were there.
func TestChangedSinceAndMistakes(t *testing.T) {
	broken := newClone(t)
	broken.branch("work", true)
	broken.remove("policies/p.json")
	broken.plan(1)
	if !strings.Contains(broken.errs.String(), "payers/a.yaml:") || !strings.Contains(broken.errs.String(), "payers/b.yaml:") {
		t.Errorf("newly broken by a document that is gone:\n%s", &broken.errs)
	}

	old := newClone(t)
	old.replace("payers/b.yaml", "name: P", "nome: P")
	old.commit()
	old.branch("work", true)
	old.replace("payers/a.yaml", "count: 3", "count: 4")
	if got := old.plan(0); !slices.Equal(got, []string{"a"}) || !strings.Contains(old.out.String(), "Warning: payers/b.yaml was broken before") {
		t.Errorf("beside a file that was broken before: planned %v\n%s", got, &old.errs)
	}
	old.replace("payers/b.yaml", "count: 3", "count: 4")
	old.plan(1)
	if !strings.Contains(old.errs.String(), "nome") {
		t.Errorf("a broken file that the change touches:\n%s", &old.errs)
	}
	old.replace("payers/b.yaml", "nome: P", "name: P")
	if got := old.plan(0); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("mended: planned %v", got)
	}
}

// TestChangedSinceNeverSound: where no sound form can be found, the report says
// that the payer was compared with nothing, and why.
func TestChangedSinceNeverSound(t *testing.T) {
	c := newClone(t)
	c.replace("payers/a.yaml", "name: P", "nome: P")
	c.commit()
	c.branch("work", true)
	c.replace("payers/a.yaml", "nome: P", "name: P")
	c.commit()
	says := func(c *clone, want string) {
		t.Helper()
		if got := c.plan(0); !slices.Equal(got, []string{"a"}) || !strings.Contains(c.out.String(), want) {
			t.Errorf("planned %v; want %s in\n%s", got, want, &c.out)
		}
	}
	says(c, "Note: the files of a were broken at ")

	cut := &clone{T: t, dir: t.TempDir()} // of main's last commit, and mended in the work tree
	var err error
	if cut.repo, err = git.PlainClone(cut.dir, false, &git.CloneOptions{URL: "file://" + c.dir, ReferenceName: "refs/heads/main", SingleBranch: true, Depth: 1}); err != nil {
		t.Fatal(err)
	}
	cut.replace("payers/a.yaml", "nome: P", "name: P")
	says(cut, "and no sound form of them was found: the clone does not have what came before (fetch-depth: 0 ")

	c.branch("main", false)
	for i := range soundWithin {
		c.put("README.md", strconv.Itoa(i))
		c.commit()
	}
	c.branch("later", true)
	c.replace("payers/a.yaml", "nome: P", "name: P")
	says(c, "and no sound form of them was found: they are broken in the 100 commits before, too. Its guards, tests and access are compared with nothing")
}

func TestChangedSinceNowhere(t *testing.T) {
	c := newClone(t)
	for _, tt := range []struct{ ref, want string }{
		{"trunk", "reconciler: --changed-since: there is no commit \"trunk\"\nhint: fetch it, with all that leads to it: fetch-depth: 0 for actions/checkout"},
	} {
		c.plan(1, "--changed-since", tt.ref)
		if !strings.HasPrefix(c.errs.String(), tt.want) {
			t.Errorf("%s: it says\n%s", tt.ref, &c.errs)
		}
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.yaml"), small("a", "111122223330"))
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, []string{"plan", "--sandbox", "--changed-since", "main", dir}, strings.NewReader(""), &out, &errs); code != 1 ||
		!strings.Contains(errs.String(), "it is in no git repository") {
		t.Errorf("outside git: %d\n%s", code, &errs)
	}
}

// TestChangedSinceSaves: a plan of nothing is one that apply takes.
func TestChangedSinceSaves(t *testing.T) {
	c := newClone(t)
	file := filepath.Join(t.TempDir(), "plan.json")
	c.plan(0, "--out", file)
	if code := run(t.Context(), nil, []string{"apply", "--sandbox", "--plan", file, c.dir}, strings.NewReader(""), &c.out, &c.errs); code != 0 ||
		!strings.Contains(c.errs.String(), fmt.Sprintf("%s holds no plan of any payer", file)) {
		t.Errorf("exit code %d\n%s", code, &c.errs)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

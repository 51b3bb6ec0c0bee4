package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/planfile"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// TestSavedPlanIsApplied without a question, and only once.
func TestSavedPlanIsApplied(t *testing.T) {
	s := newShelf(t, "a", "b")
	s.wants(&s.errs, "saved the plan; `reconciler apply --plan "+s.plan+" --sandbox "+s.dir+"` does that")
	s.at = s.at.Add(24 * time.Hour)
	s.run(0, "apply", "--plan", s.plan)
	if n := strings.Count(s.out.String(), "Applied: 5 created"); n != 2 {
		t.Errorf("%d payers were applied\n%s", n, &s.out)
	}
	s.run(1, "apply", "--plan", s.plan)
	s.wants(&s.errs, "a: the saved plan is stale: all of its 5 changes are done already; nothing of it is left to apply")
	s.wants(&s.out, "all of its 5 changes are done already (organization, ou/Labs, ")
	if err := os.Remove(filepath.Join(s.dir, "a.csv")); err != nil {
		t.Fatal(err)
	}
	s.run(1, "apply", "--plan", s.plan)
	s.wants(&s.out, "stale: a.csv: its rows are not written yet", "all of its 5 changes are done already", "a new plan goes on from there")
	s.run(0, "apply", "--auto-approve")
	s.run(0, "plan")
	s.wants(&s.out, "No changes.")
}

// TestSavedPlanOfOnePayer: --payer picks from the file.
func TestSavedPlanOfOnePayer(t *testing.T) {
	s := newShelf(t, "a", "b")
	s.run(1, "apply", "--plan", s.plan, "--payer", "c")
	s.wants(&s.errs, `it has no payer "c"`, "hint: it has a, b")
	s.run(0, "apply", "--plan", s.plan, "--payer", "b")
	s.run(1, "apply", "--plan", s.plan)
	s.wants(&s.out, "Applied: 5 created")
	s.wants(&s.errs, "b: the saved plan is stale")
}

// TestSavedPlanThatIsRefused before anything is asked of AWS.
func TestSavedPlanThatIsRefused(t *testing.T) {
	s := newShelf(t, "a")
	whole, err := os.ReadFile(s.plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(string) string
		later  time.Duration
		args   []string
		want   string
	}{
		{"25 h old", nil, 25 * time.Hour, nil, ", more than 24 h ago, and is not applied any more"},
		{"another version", func(p string) string {
			return strings.Replace(p, `"toolVersion":"`+version(), `"toolVersion":"v0.1`, 1)
		}, 0, nil, "another version made it: reconciler v0.1"},
		{"another account", func(p string) string { return strings.Replace(p, account, "999922223330", 1) }, 0, nil, "it is not as it was written"},
		{"not a plan", func(string) string { return "Plan: 1 to create" }, 0, nil, "it is no saved plan"},
		{"--allow-self", nil, 0, []string{"--allow-self"}, "--allow-self are in a saved plan, or are not"},
		{"--retry-failed", nil, 0, []string{"--retry-failed"}, "--allow-self are in a saved plan, or are not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := string(whole)
			if tt.change != nil {
				text = tt.change(text)
			}
			put(t, s.plan, text)
			was := s.at
			s.at = s.at.Add(tt.later)
			s.run(1, append([]string{"apply", "--plan", s.plan}, tt.args...)...)
			s.at = was
			s.wants(&s.errs, tt.want, "hint: ")
		})
	}
	if _, err := os.Stat(filepath.Join(s.dir, "a.csv")); err == nil {
		t.Error("something was applied")
	}
}

// TestSavedPlanOfOtherFiles names what moved, and applies the payers that it is
// still good for.
func TestSavedPlanOfOtherFiles(t *testing.T) {
	for _, tt := range []struct {
		name string
		move func(*shelf)
		want []string
	}{
		{"a byte", func(s *shelf) { s.edit("kind: Payer", "kind: Payer # new") }, []string{"stale: a.yaml: is not as it was when the plan was made"}},
		{"the account", func(s *shelf) { s.edit(account, "999922223330") }, []string{`a.yaml: accountId was "111122223330", is "999922223330"`}},
		{"the name", func(s *shelf) { s.edit("name: a", "name: c") }, []string{"a.yaml: is not as it was"}},
		{"gone", func(s *shelf) { os.Remove(filepath.Join(s.dir, "a.yaml")) },
			[]string{"payer a: is in no payer file at PATH; was the plan made with another PATH?", "a.yaml: is gone"}},
		{"moved", func(s *shelf) { os.Rename(filepath.Join(s.dir, "a.yaml"), filepath.Join(s.dir, "z.yaml")) },
			[]string{"a.yaml: the payer is not read from it any more", "z.yaml: the payer was not read from it"}},
		{"its CSV", func(s *shelf) { put(s.T, filepath.Join(s.dir, "a.csv"), "") }, []string{"a.csv: is not as it was"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(t, "a", "b")
			tt.move(s)
			s.run(1, "apply", "--plan", s.plan)
			s.wants(&s.out, append(tt.want, "Applied: 5 created")...) // b
			if n := strings.Count(s.errs.String(), "reconciler: a: "); n != 1 {
				t.Errorf("standard error tells the same %d times\n%s", n, &s.errs)
			}
			if n := strings.Count(s.out.String(), tt.want[len(tt.want)-1]); n != 1 {
				t.Errorf("the report tells the same %d times\n%s", n, &s.out)
			}
			s.world(func(sim *awssim.Server) {
				if _, err := callOrganizations(sim, account, "DescribeOrganization", "{}"); err == nil {
					t.Error("a was applied")
				}
			})
		})
	}
}

// TestSavedPlanAndLive: what it touches or refers to must be as it was; what
// else moved is reported and left alone.
func TestSavedPlanAndLive(t *testing.T) {
	touched, untouched := func(s *shelf) {
		id := s.call(account, "ListOrganizationalUnitsForParent", fmt.Sprintf(`{"ParentId":%q}`, s.root(account)))["OrganizationalUnits"].([]any)[0].(map[string]any)["Id"]
		s.call(account, "UpdateOrganizationalUnit", fmt.Sprintf(`{"OrganizationalUnitId":%q,"Name":"Renamed"}`, id))
	}, func(s *shelf) {
		for _, a := range s.call(account, "ListAccounts", "{}")["Accounts"].([]any) {
			if m := a.(map[string]any); m["Name"] == "lab 2" {
				root := s.root(account)
				from := s.call(account, "ListParents", fmt.Sprintf(`{"ChildId":%q}`, m["Id"]))["Parents"].([]any)[0].(map[string]any)["Id"]
				s.call(account, "MoveAccount", fmt.Sprintf(`{"AccountId":%q,"SourceParentId":%q,"DestinationParentId":%q}`, m["Id"], from, root))
			}
		}
	}
	for _, tt := range []struct {
		name string
		move func(*shelf)
		code int
		want []string
	}{
		{"what it refers to", touched, 1, []string{`stale: ou/Labs: name was "Labs", is "Renamed"`}},
		{"what it leaves alone", untouched, 0, []string{"blocked: not in the saved plan: it came up since, plan again", "Applied: 1 created, 0 updated, 0 deleted"}},
		{"a limit", func(s *shelf) { s.edit("csv: a.csv", "csv: a.csv\nsafety: {maxAccountCreates: 0}"); s.save() }, 1,
			[]string{"guard maxAccountCreates", "Nothing was applied."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(t, "a")
			s.run(0, "apply", "--plan", s.plan)
			s.edit("count: 3", "count: 4")
			s.save()
			tt.move(s)
			s.run(tt.code, "apply", "--plan", s.plan)
			all := s.out
			all.Write(s.errs.Bytes())
			s.wants(&all, tt.want...)
			if tt.code == 0 {
				s.run(0, "plan")
				s.wants(&s.out, "Plan: 0 to create, 1 to update")
			}
		})
	}
}

// TestSavedPlanThatSomebodyEdited, with a digest that is right: what is left out
// is left alone or stale, and what is put in is never done.
func TestSavedPlanThatSomebodyEdited(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*planfile.Payer)
		code int
		want []string
	}{
		{"a change less", func(p *planfile.Payer) { p.Plan.Changes = p.Plan.Changes[:4] }, 0,
			[]string{"blocked: not in the saved plan", "Applied: 4 created"}},
		{"what others need less", func(p *planfile.Payer) { p.Plan.Changes = p.Plan.Changes[1:] }, 1,
			[]string{"stale: organization: moved: ou/Labs now needs its create first"}},
		{"another wish", func(p *planfile.Payer) { p.Plan.Changes[2].Want.Attrs["name"] = resource.Lit("Eve") }, 1,
			[]string{`stale: account/lab1@a.example: name was "Eve", is "lab 1"`}},
		{"a change more", func(p *planfile.Payer) {
			eve := resource.Ref{Kind: "account", Name: "eve@acme.example"}
			p.Plan.Changes = append(p.Plan.Changes, planner.Change{Op: planner.Create, Ref: eve, Want: &resource.Object{Ref: eve}})
		}, 1, []string{"stale: account/eve@acme.example: was to be created, and nothing wants it now"}},
		{"a limit less", func(p *planfile.Payer) { p.Plan.Guards = nil }, 1, []string{"stale: safety.maxAccountCreates: a plan made now breaks it: 3 planned, 2 allowed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(t, "a")
			if strings.HasPrefix(tt.want[0], "stale: safety") {
				s.edit("csv: a.csv", "csv: a.csv\nsafety: {maxAccountCreates: 2}")
				s.save()
			}
			f, err := planfile.Read(s.plan, version(), s.at)
			if err != nil {
				t.Fatal(err)
			}
			tt.edit(&f.Payers[0])
			if tt.code == 0 { // the rows that it says are those of what is left
				f.Payers[0].CSVs[0].Add--
			}
			if err := f.Write(s.plan); err != nil {
				t.Fatal(err)
			}
			s.run(tt.code, "apply", "--plan", s.plan)
			all := s.out
			all.Write(s.errs.Bytes())
			s.wants(&all, tt.want...)
			if tt.code != 0 && strings.Contains(all.String(), "Applied: ") {
				t.Errorf("something was applied\n%s", &all)
			}
		})
	}
}

// TestSavedPlanOfAPausedPayer waits for the end of the pause, or for a word.
func TestSavedPlanOfAPausedPayer(t *testing.T) {
	s := newShelf(t, "a")
	state := t.TempDir()
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, []string{"pause", "a", "-C", s.dir, "--state-dir", state, "--sandbox"}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("pause: %d\n%s", code, &errs)
	}
	s.run(1, "apply", "--plan", s.plan, "--state-dir", state)
	s.wants(&s.errs, "paused", "--while-paused")
	s.run(0, "apply", "--plan", s.plan, "--state-dir", state, "--while-paused")
	s.wants(&s.out, "Applied: 5 created")
}

// TestFlagsWithoutAValue are those of a variable that nobody set.
func TestFlagsWithoutAValue(t *testing.T) {
	for _, args := range [][]string{{"plan", "--changed-since", ""}, {"plan", "--out="}, {"plan", "--role", ""}, {"apply", "--auto-approve", "--plan", ""}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), nil, args, strings.NewReader(""), &out, &errs); code != 1 || !strings.Contains(errs.String(), "is empty\nhint: ") {
			t.Errorf("%q: exit code %d\n%s", args, code, &errs)
		}
	}
}

// TestHalfAPlanIsNotSaved, nor one over an older file.
func TestHalfAPlanIsNotSaved(t *testing.T) {
	s := newShelf(t, "a", "b")
	s.edit(`organization: {create: true}`, "access: {roleArn: \"arn:aws:iam::999922223330:role/x\"}")
	s.edit(account, "999922223330")
	s.edit("ous:", "organization: {}\nous:")
	older := read(t, s.plan)
	s.run(1, "plan", "--out", s.plan)
	s.wants(&s.errs, "is not written: the plan has an error; it holds an older plan\n")
	if read(t, s.plan) != older {
		t.Error("half a plan is over an older one")
	}
	if err := os.Remove(s.plan); err != nil {
		t.Fatal(err)
	}
	s.run(1, "plan", "--out", s.plan)
	s.wants(&s.errs, "is not written: the plan has an error\n")
	if _, err := os.Stat(s.plan); err == nil {
		t.Error("half a plan is there")
	}
}

// TestDangerSavedPlanKilled: killed at every fourth write, an apply of a saved
// plan leaves one that is stale and says so, or one whose first write never
// came; a new plan goes on, and nothing is made twice.
func TestDangerSavedPlanKilled(t *testing.T) {
	for n := 1; n <= 17; n += 4 {
		for _, when := range []moment{before, inside} {
			t.Run(fmt.Sprintf("%s/%d", when, n), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, awssim.Options{})
				b.must(0, "plan", "--out", "plan.json")
				b.door.killAt(n, when)
				// One at once: what others were on their way to write would come after the kill.
				if code := b.start("apply", "--plan", "plan.json", "--parallelism", "1").code(); code != -1 {
					t.Fatalf("the process was not killed, it ended with %d", code)
				}
				b.door.killAt(0, never)
				if n > 1 || when == inside {
					p := b.must(1, "apply", "--plan", "plan.json")
					if said := p.stderr.String(); !strings.Contains(said, "the saved plan is stale") || !strings.Contains(said, "make a new one with plan --out, which goes on from there") {
						t.Errorf("it says\n%s", said)
					}
				}
				if b.door.count() > 0 {
					t.Errorf("the stale plan wrote %d times", b.door.count())
				}
				b.must(0, "plan", "--out", "plan.json")
				b.must(0, "apply", "--plan", "plan.json")
				b.check()
			})
		}
	}
}

// TestSavedPlanOfEveryKind: what is read twice is the same twice, of every kind,
// while it is made and while it is taken away.
func TestSavedPlanOfEveryKind(t *testing.T) {
	b := wholeBench(t, earlier(t), awssim.Options{})
	for _, turn := range []string{"", "fewer.txt"} {
		if turn != "" {
			b.write("payers/whole.yaml", read(t, filepath.Join(b.dir, turn)))
		}
		b.must(0, "plan", "--out", "plan.json", "--allow-self")
		b.must(0, "apply", "--plan", "plan.json")
		if p := b.must(0, "plan"); !strings.Contains(p.stdout.String(), "0 to create, 0 to update, 0 to delete") && !strings.Contains(p.stdout.String(), "No changes") {
			t.Errorf("%s: something is left:\n%s", turn, &p.stdout)
		}
	}
}

// TestSavedPlanHasNoSecrets, and what tells whether it is still good.
func TestSavedPlanHasNoSecrets(t *testing.T) {
	s := newShelf(t, "a")
	b, err := os.ReadFile(s.plan)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		CreatedAt time.Time
		Payers    []struct {
			AccountID string
			Sources   []struct{ Path, SHA256 string }
			Plan      struct{ Changes []struct{ Op, Ref string } }
			CSVs      []struct{ Path, SHA256 string }
		}
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	p := f.Payers[0]
	if !f.CreatedAt.Equal(s.at) || p.AccountID != account || p.Sources[0].Path != "a.yaml" || len(p.Sources[0].SHA256) != 64 || len(p.Plan.Changes) != 5 ||
		p.CSVs[0].Path != "a.csv" || p.CSVs[0].SHA256 != "" {
		t.Errorf("the file holds %s", b)
	}
	id, secret := s.aws.sim.Key(account)
	if slices.ContainsFunc([]string{id, secret, "externalId"}, func(word string) bool { return word != "" && strings.Contains(string(b), word) }) {
		t.Error("a key is in the file")
	}
}

package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// The tests of a payer file fail where a merge opens what must stay shut, unless
// the same merge takes them out. So those that were there before are held against
// what the file says now.

// testNotices tell the tests that are gone or ask another thing, and how they
// would go now. One that has another name alone is not gone. known may be nil.
func testNotices(was, is *spec.Payer, known explain.Known) []report.Notice {
	lost := lostTests(was, is)
	if len(lost) == 0 {
		return nil
	}
	names := map[string]bool{}
	for _, t := range is.Tests {
		names[t.Name] = true
	}
	tree, err := explain.Offline(is, known)
	var fail []report.Notice
	var pass []string
	for _, t := range lost {
		how := ""
		if err == nil {
			how = nowGoes(tree, t)
		} else {
			how = "nobody knows how it would go now: " + err.Error()
		}
		if how == "" {
			pass = append(pass, strconv.Quote(t.Name))
			continue
		}
		done := "takes out"
		if names[t.Name] {
			done = "changes"
		}
		fail = append(fail, report.Notice{Name: report.TestsRemoved, Level: report.Caution,
			Text: fmt.Sprintf("a merge %s the test %s (%s before); as it was, %s", done, strconv.Quote(t.Name), t.Pos, how)})
	}
	if n := len(fail) - shownGuards; n > 1 {
		fail[shownGuards].Text = fmt.Sprintf("a merge takes out or changes %d more tests that would not pass now", n)
		fail = fail[:shownGuards+1]
	}
	if len(pass) > 0 {
		fail = append(fail, warning(report.TestsRemoved, "a merge takes out or changes %s that would still pass: %s", words.Count(len(pass), "test", "tests"), words.Some(pass, shownGuards)))
	}
	return fail
}

// lostTests are the tests of before that the file has no more, whatever their
// names. Units that have another name count as the same.
func lostTests(was, is *spec.Payer) []spec.Test {
	have := map[string]bool{}
	for _, t := range is.Tests {
		have[asks(t)] = true
	}
	called := renamed(is)
	var lost []spec.Test
	for _, t := range was.Tests {
		if now, ok := called[t.OU]; ok {
			t.OU = now
		}
		if !have[asks(t)] {
			lost = append(lost, t)
		}
	}
	return lost
}

// asks is all that a test asks and expects.
func asks(t spec.Test) string {
	parts := []string{t.OU, t.Account, t.Action, t.Resource, t.Expect}
	for _, key := range slices.Sorted(maps.Keys(t.Context)) {
		parts = append(parts, strings.ToLower(key), fmt.Sprintf("%q", slices.Sorted(slices.Values(t.Context[key]))))
	}
	return fmt.Sprintf("%q", parts)
}

// renamed gives the paths of units under the names that they had.
func renamed(p *spec.Payer) map[string]string {
	all, alive := map[string]string{}, map[string]bool{}
	var walk func(parents []string, list []spec.OU)
	walk = func(parents []string, list []spec.OU) {
		for i := range list {
			o := &list[i]
			names := []string{o.Name}
			for _, old := range o.Previously {
				names = append(names, old.Value)
			}
			var paths []string
			for _, parent := range parents {
				for _, name := range names {
					path := resource.JoinPath(parent, name)
					paths = append(paths, path)
					all[path] = o.Path
				}
			}
			alive[o.Path] = true
			walk(paths, o.OUs)
		}
	}
	walk([]string{""}, p.OUs)
	maps.DeleteFunc(all, func(path, _ string) bool { return alive[path] })
	return all
}

// nowGoes says why a test does not pass now, "" where it does.
func nowGoes(tree *explain.Tree, t spec.Test) string {
	got, err := tree.Ask(explain.Question{OU: t.OU, Account: t.Account, Action: t.Action, Resource: t.Resource, Context: t.Context})
	switch {
	case err != nil:
		return "it could not be asked now: " + err.Error()
	case len(got.Hangs) > 0:
		return "it would be undecided now: it hangs on " + strings.Join(got.Hangs, ", ")
	case got.Decision == t.Expect:
		return ""
	}
	by := ""
	if why := got.Why(); why != "" {
		by = " (" + why + ")"
	}
	return fmt.Sprintf("it would fail now: %s in %s is %s%s, want %s", t.Action, got.Where, decided[got.Decision], by, t.Expect)
}

var decided = map[string]string{explain.Allow: "allowed", explain.Deny: "denied"}

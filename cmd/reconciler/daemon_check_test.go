package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// whole looks at AWS, at the repository and at all that the daemons have said,
// when a pool of so many accounts is to be there.
func (s *site) whole(count int) {
	s.t.Helper()
	s.accounts(count)
	s.repo.Fsck()
	s.history(count)
	s.audited()
	s.secrets()
	s.ask(0, "plan", "--detailed-exitcode", s.clone())
}

// accounts wants every account once, in its place, and in the CSV.
func (s *site) accounts(count int) {
	s.t.Helper()
	w := s.world()
	names, emails := map[string]int{}, map[string]int{}
	for _, a := range w.list("ListAccounts", "Accounts", nil) {
		names[a["Name"].(string)]++
		emails[a["Email"].(string)]++
	}
	if len(emails) != count+1 || len(names) != count+1 { // with the management account
		s.t.Errorf("%d names and %d emails, want %d", len(names), len(emails), count+1)
	}
	for _, all := range []map[string]int{names, emails} {
		for what, n := range all {
			if n != 1 {
				s.t.Errorf("%s is there %d times", what, n)
			}
		}
	}
	there := map[string]string{}
	for _, a := range w.list("ListAccountsForParent", "Accounts", map[string]string{"ParentId": w.ids["Labs"]}) {
		there[a["Email"].(string)] = a["Id"].(string)
	}
	var csv strings.Builder
	for id := 101; id < 101+count; id++ {
		email := fmt.Sprintf("student%d@lab.example", id)
		if there[email] == "" {
			s.t.Errorf("%s is not in its unit", email)
		}
		fmt.Fprintf(&csv, "%s,%d,%s\n", there[email], id, email)
	}
	if diff := cmp.Diff(csv.String(), s.repo.Read("main", "accounts/lab.csv")); diff != "" {
		s.t.Errorf("lab.csv at main (-want +got):\n%s", diff)
	}
	asked := w.list("ListCreateAccountStatus", "CreateAccountStatuses", nil)
	for _, c := range asked {
		if c["State"] != "SUCCEEDED" {
			s.t.Errorf("AWS was asked for an account, and it is %v: %v", c["State"], c["FailureReason"])
		}
	}
	if len(asked) != count {
		s.t.Errorf("AWS was asked for %d accounts, want %d", len(asked), count)
	}
}

var added = regexp.MustCompile(`^accounts: lab: (\d+) added$`)

// history wants commits of ours that change the CSV alone, say what became of
// it, and name the commit that was planned from.
func (s *site) history(count int) {
	s.t.Helper()
	sum := 0
	for _, commit := range strings.Fields(s.repo.Git("rev-list", "--first-parent", "main")) {
		f := strings.Split(s.repo.Git("show", "-s", "--format=%an%x00%s%x00%(trailers:key=Reconciler-Payer,valueonly,separator=%x2C)%x00%(trailers:key=Reconciler-Source,valueonly,separator=%x2C)", commit), "\x00")
		files := strings.Fields(s.repo.Git("diff-tree", "--root", "--no-commit-id", "--name-only", "-r", commit))
		if f[0] != "reconciler" {
			if slices.Contains(files, "accounts/lab.csv") {
				s.t.Errorf("%s of %s changes the CSV", commit, f[0])
			}
			continue
		}
		if diff := cmp.Diff([]string{"accounts/lab.csv"}, files); diff != "" {
			s.t.Errorf("what our commit %s changes (-want +got):\n%s", commit, diff)
		}
		m := added.FindStringSubmatch(f[1])
		if m == nil {
			s.t.Errorf("our commit is called %q", f[1])
			continue
		}
		n := 0
		fmt.Sscan(m[1], &n)
		sum += n
		if f[2] != "lab" {
			s.t.Errorf("Reconciler-Payer is %q", f[2])
		}
		if !slices.Contains(strings.Fields(s.repo.Git("rev-list", commit+"~")), f[3]) {
			s.t.Errorf("Reconciler-Source of %s is %q, which is no commit before it", commit, f[3])
		}
	}
	if sum != count {
		s.t.Errorf("the commits say that %d were added, want %d:\n%s", sum, count, s.repo.Git("log", "--stat", "--format=%h %an: %s", "main"))
	}
}

// audited wants JSON lines alone on the standard output of every daemon, and the
// same in its file.
func (s *site) audited() {
	s.t.Helper()
	printed := map[string]string{} // by config
	for _, p := range s.all {
		if p.cmd.Args[1] != "daemon" {
			continue
		}
		printed[p.cmd.Args[3]] += p.stdout.String()
	}
	for _, config := range slices.Sorted(maps.Keys(printed)) {
		all := printed[config]
		got, err := os.ReadFile(strings.TrimSuffix(config, ".yaml") + ".audit")
		if err != nil {
			s.t.Fatal(err)
		}
		if have := string(got); have != all && !killedBetween(all, have) {
			s.t.Errorf("the audit file of %s is not what was printed (-printed +file):\n%s", config, cmp.Diff(all, have))
		}
		for line := range strings.Lines(all) {
			var w struct{ Time, Payer, Caller, Service, Operation, Outcome string }
			if err := json.Unmarshal([]byte(line), &w); err != nil {
				s.t.Fatalf("no line of JSON on standard output: %s", line)
			}
			if w.Time == "" || w.Payer != "lab" || w.Operation == "" || w.Outcome == "" || !strings.Contains(w.Caller, "/reconciler/") {
				s.t.Errorf("an audit line lacks something: %s", line)
			}
		}
	}
}

// killedBetween says that all lines of a file were printed, and that lines that
// were printed and are not in the file may have been so as the process was
// killed: it prints first.
func killedBetween(printed, file string) bool {
	all := slices.Collect(strings.Lines(printed))
	rest := slices.Collect(strings.Lines(file))
	lost := 0
	for _, line := range all {
		if len(rest) > 0 && rest[0] == line {
			rest = rest[1:]
			continue
		}
		lost++
	}
	return len(rest) == 0 && lost <= 3*8 // kills, and writes at once
}

// secrets wants none of them where others read.
func (s *site) secrets() {
	s.t.Helper()
	look := func(where string, text []byte) {
		for _, secret := range []string{siteToken, siteSecret, siteAPIToken, siteExternalID, "any-secret"} {
			if secret == siteExternalID && strings.Contains(where, "/trees/") {
				continue // the payer file itself has it
			}
			if bytes.Contains(text, []byte(secret)) {
				s.t.Errorf("%s holds the secret %s", where, secret)
			}
		}
	}
	for _, p := range s.all {
		look(strings.Join(p.cmd.Args, " ")+": stdout", []byte(p.stdout.String()))
		look(strings.Join(p.cmd.Args, " ")+": stderr", []byte(p.stderr.String()))
		select {
		case <-p.gone:
			continue
		default:
		}
		if p.cmd.Args[1] == "daemon" {
			for _, path := range []string{"/status", "/metrics", "/healthz", "/readyz"} {
				look(path, []byte(s.get(p, path)))
			}
		}
	}
	for _, dir := range s.states {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			look(path, text)
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			s.t.Error(err)
		}
	}
	look("the repository's log", []byte(s.repo.Git("log", "--format=%B", "main")))
}

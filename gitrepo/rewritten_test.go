package gitrepo

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
	"github.com/payer-reconciler/reconciler/words"
)

// TestPushBranchThatWasSquashed into the branch, and not deleted, is begun anew:
// continued it would conflict with the branch for ever.
func TestPushBranchThatWasSquashed(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a"}})
	o := options(t, repo)
	o.PushBranch = "csvs"
	r := open(t, o)
	publish(t, r, csv("accounts/a.csv", "1\n2\n"))
	repo.Commit(gitserver.Commit{Files: map[string]string{"accounts/a.csv": "1\n2\n"}})
	fetch(t, r)
	publish(t, r, csv("accounts/a.csv", "1\n2\n3\n4\n"))
	merge := exec.Command("git", "merge-tree", "--write-tree", "main", "csvs")
	merge.Dir, merge.Env = repo.Path, gitserver.Env()
	if out, err := merge.CombinedOutput(); err != nil {
		t.Errorf("the push branch cannot be merged any more: %s", out)
	}

	// What is not merged yet is continued, whatever else comes to the branch.
	before := repo.Head("csvs")
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "b"}})
	fetch(t, r)
	publish(t, r, csv("accounts/a.csv", "1\n2\n3\n4\n5\n"))
	if parent := repo.Git("rev-parse", "csvs^"); parent != before {
		t.Errorf("the parent is %s, want %s", parent, before)
	}
}

// TestPushBranchThatMayNotBeForced goes on from where it is.
func TestPushBranchThatMayNotBeForced(t *testing.T) {
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "a"}})
	repo.Git("config", "receive.denyNonFastForwards", "true")
	o := options(t, repo)
	o.PushBranch = "csvs"
	r := open(t, o)
	publish(t, r, csv("accounts/a.csv", "1\n2\n"))
	repo.Commit(gitserver.Commit{Files: map[string]string{"accounts/a.csv": "1\n2\n"}})
	fetch(t, r)
	for _, rows := range []string{"1\n2\n3\n4\n", "1\n2\n3\n4\n5\n"} {
		before := repo.Head("csvs")
		publish(t, r, csv("accounts/a.csv", rows))
		if got := repo.Read("refs/heads/csvs", "accounts/a.csv"); got != rows {
			t.Errorf("the push branch has %q, want %q", got, rows)
		}
		if parent := repo.Git("rev-parse", "csvs^"); parent != before {
			t.Errorf("the parent is %s, want %s", parent, before)
		}
	}
}

// TestDangerSignedCommitComesBack: who may push and has no key puts the branch
// back to an old signed commit, or onto one of another branch.
func TestDangerSignedCommitComesBack(t *testing.T) {
	gitserver.Need(t, "ssh-keygen")
	repo := gitserver.Init(t)
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	pub, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	sign := []string{"gpg.format=ssh", "user.signingKey=" + key}
	weak := repo.Commit(gitserver.Commit{Sign: sign, Files: map[string]string{"payers/a.yaml": "weak"}})
	good := repo.Commit(gitserver.Commit{Sign: sign, Files: map[string]string{"payers/a.yaml": "strong"}})
	side := repo.Commit(gitserver.Commit{Sign: sign, Branch: "side", Onto: weak, Files: map[string]string{"payers/a.yaml": "never reviewed"}})
	o := options(t, repo)
	o.VerifyKeys = [][]byte{pub}
	r := open(t, o)
	for _, to := range []string{good, weak, side} {
		repo.Git("update-ref", "refs/heads/main", to)
		h := fetch(t, r)
		if h.Commit != good || to != good && h.Unverified != to {
			t.Errorf("main is put on %s: in force %s, held back %q; want %s in force", words.Commit(to), words.Commit(h.Commit), h.Unverified, words.Commit(good))
		}
	}
	repo.Git("update-ref", "refs/heads/main", good)
	next := repo.Commit(gitserver.Commit{Sign: sign, Files: map[string]string{"payers/a.yaml": "stronger"}})
	if h := fetch(t, r); h.Commit != next || h.Unverified != "" {
		t.Errorf("in force %s, want the commit upon it, %s", h.Commit, next)
	}
}

// TestDangerKeyThatIsTakenAway takes nothing back: neither what it had signed, nor
// more than that, where the other keys once stood alone.
func TestDangerKeyThatIsTakenAway(t *testing.T) {
	gitserver.Need(t, "ssh-keygen")
	repo := gitserver.Init(t)
	sign, pub := map[string][]string{}, map[string][]byte{}
	for _, who := range []string{"ann", "bob"} {
		key := filepath.Join(t.TempDir(), who)
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
			t.Fatal(string(out))
		}
		b, err := os.ReadFile(key + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		sign[who], pub[who] = []string{"gpg.format=ssh", "user.signingKey=" + key}, b
	}
	commit := func(who, text string) string {
		return repo.Commit(gitserver.Commit{Sign: sign[who], Files: map[string]string{"payers/a.yaml": text}})
	}
	o := options(t, repo)
	o.VerifyKeys = [][]byte{pub["ann"]}
	commit("ann", "two years ago")
	open(t, o)
	o.VerifyKeys = [][]byte{pub["ann"], pub["bob"]}
	r := open(t, o)
	commit("ann", "a year ago")
	fetch(t, r)
	today := commit("bob", "today")
	if h := fetch(t, r); h.Commit != today {
		t.Fatal(h)
	}
	o.VerifyKeys = [][]byte{pub["ann"]}
	for range 2 {
		var back *RolledBackError
		if again, err := Open(t.Context(), o); !errors.As(err, &back) {
			t.Errorf("Open without bob's key: %v", err)
			if err == nil {
				t.Errorf("in force is %s, and %s was", again.Head(), today)
			}
		}
	}
	next := commit("ann", "tomorrow")
	r = open(t, o)
	if h := fetch(t, r); h.Commit != next {
		t.Errorf("in force %s, want what ann signed upon it, %s", h.Commit, next)
	}
}

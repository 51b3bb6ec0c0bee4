package gitrepo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// signer makes signed commits with git, and has the public key.
type signer struct {
	public []byte
	sign   []string // settings of git
}

// sshSigner is a key of ssh-keygen.
func sshSigner(t *testing.T, kind string) signer {
	t.Helper()
	gitserver.Need(t, "ssh-keygen")
	file := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "ann", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %s", out)
	}
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return signer{public, []string{"gpg.format=ssh", "user.signingKey=" + file}}
}

// pgpSigner is a key of OpenPGP, used by gpg.
func pgpSigner(t *testing.T) signer {
	t.Helper()
	gpg := gitserver.Need(t, "gpg")
	e, err := openpgp.NewEntity("ann", "", "ann@acme.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp("", "gpg") // short, for the agent's socket
	if err != nil {
		t.Fatal(err)
	}
	var public, private bytes.Buffer
	for _, x := range []struct {
		to    *bytes.Buffer
		kind  string
		write func(w *bytes.Buffer) error
	}{
		{&public, openpgp.PublicKeyType, func(w *bytes.Buffer) error { return e.Serialize(w) }},
		{&private, openpgp.PrivateKeyType, func(w *bytes.Buffer) error { return e.SerializePrivate(w, nil) }},
	} {
		w, err := armor.Encode(x.to, x.kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		var raw bytes.Buffer
		if err := x.write(&raw); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(raw.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(gpg, "--homedir", home, "--batch", "--quiet", "--import")
	cmd.Stdin = &private
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gpg: %s", out)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	program := write(t, filepath.Join(t.TempDir(), "gpg"), "#!/bin/sh\nexec "+gpg+" --homedir "+home+" --batch \"$@\"\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	return signer{public.Bytes(), []string{"gpg.program=" + program, "user.signingKey=" + e.PrimaryKey.KeyIdString()}}
}

var signers = []struct {
	name string
	make func(t *testing.T) signer
}{
	{"ssh ed25519", func(t *testing.T) signer { return sshSigner(t, "ed25519") }},
	{"ssh rsa", func(t *testing.T) signer { return sshSigner(t, "rsa") }},
	{"ssh ecdsa", func(t *testing.T) signer { return sshSigner(t, "ecdsa") }},
	{"openpgp", pgpSigner},
}

// TestVerify: a commit comes into force by its signature, one of CSVs alone by
// the one that it stands upon, and nothing else does.
func TestVerify(t *testing.T) {
	for _, s := range signers {
		t.Run(s.name, func(t *testing.T) {
			ann, eve := s.make(t), s.make(t)
			repo := gitserver.Init(t)
			first := repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "0", "a.csv": "0"}})
			o := options(t, repo)
			o.VerifyKeys = [][]byte{ann.public}
			_, err := Open(t.Context(), o)
			refuse(t, err, "no commit of the branch is signed")
			commit := func(text string, sign []string) string {
				return repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": text}, Sign: sign})
			}
			good := commit("1", ann.sign)
			r := open(t, o)
			step := func(want, unverified string) {
				t.Helper()
				if h := fetch(t, r); h.Commit != want || h.Unverified != unverified || r.Head() != want {
					t.Errorf("in force %s, newer %q; want %s and %q", h.Commit, h.Unverified, want, unverified)
				}
			}
			step(good, "")
			made := publish(t, r, csv("a.csv", "1"))
			step(made, "")
			made = publish(t, r, csv("b.csv", "1"))
			step(made, "")
			bad := commit("2", eve.sign)
			step(made, bad)
			bad = commit("3", nil)
			step(made, bad)
			top := publish(t, r, csv("b.csv", "2")) // upon what is not signed
			step(made, top)
			r = open(t, o)
			if r.Head() != made {
				t.Errorf("after a start %s is in force, want %s", r.Head(), made)
			}
			good = commit("4", ann.sign) // who signs this has seen what is below
			step(good, "")

			// The branch is rewritten, and has no signed commit any more.
			bad = repo.Commit(gitserver.Commit{Onto: first, Files: map[string]string{"payers/a.yaml": "evil"}})
			step(good, bad)
		})
	}
}

// TestVerifySurvives: the commit in force stays so where the clone is made anew
// and the branch does not have it any more.
func TestVerifySurvives(t *testing.T) {
	ann := sshSigner(t, "ed25519")
	repo := gitserver.Init(t)
	first := repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "0"}})
	good := repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "1", "deep/er/x": "x"}, Sign: ann.sign})
	o := options(t, repo)
	o.VerifyKeys = [][]byte{ann.public}
	r := open(t, o)
	bad := repo.Commit(gitserver.Commit{Onto: first, Files: map[string]string{"payers/a.yaml": "evil"}})
	fetch(t, r)
	r.net <- struct{}{}
	err := r.clone(t.Context())
	<-r.net
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if h := fetch(t, r); h.Commit != good || h.Unverified != bad {
			t.Errorf("in force %s, newer %q; want %s and %s", h.Commit, h.Unverified, good, bad)
		}
		dir := filepath.Join(t.TempDir(), "x")
		if err := r.Export(t.Context(), good, dir); err != nil {
			t.Error(err)
		}
		r = open(t, o)
	}
	// The branch comes back to it: its history does, too.
	repo.Git("update-ref", "refs/heads/main", good)
	for range 2 {
		if h := fetch(t, r); h.Commit != good || h.Unverified != "" {
			t.Errorf("in force %s, newer %q; want %s", h.Commit, h.Unverified, good)
		}
	}
	n := 0
	if err := r.History(good, func(string) bool { n++; return true }); err != nil || n != 2 {
		t.Errorf("%d commits, %v; want 2", n, err)
	}
	// A key that is named no longer brings nothing into force.
	o.VerifyKeys = [][]byte{sshSigner(t, "ed25519").public}
	_, err = Open(t.Context(), o)
	refuse(t, err, "no commit of the branch is signed")
}

// TestNotOnlyCSV: what is called *.csv and is no file of its own does not pass
// without a signature.
func TestNotOnlyCSV(t *testing.T) {
	repo := gitserver.Init(t)
	base := repo.Commit(gitserver.Commit{Files: map[string]string{"a.csv": "0", "d/b.csv": "0", "x.yaml": "0", "d.csv/x": "0", "run.csv": "0"}})
	r := open(t, options(t, repo))
	sub := strings.Repeat("1", 40)
	for name, tt := range map[string]struct {
		c    gitserver.Commit
		want bool
	}{
		"nothing":        {gitserver.Commit{}, true},
		"edit":           {gitserver.Commit{Files: map[string]string{"a.csv": "1", "d/b.csv": "1"}}, true},
		"new":            {gitserver.Commit{Files: map[string]string{"n/e/w.csv": "1"}}, true},
		"removed":        {gitserver.Commit{Remove: []string{"a.csv", "d"}}, true},
		"mode":           {gitserver.Commit{Files: map[string]string{"run.csv": "0"}, Modes: map[string]string{"run.csv": "100755"}}, true},
		"yaml":           {gitserver.Commit{Files: map[string]string{"x.yaml": "1", "a.csv": "1"}}, false},
		"yaml mode":      {gitserver.Commit{Files: map[string]string{"x.yaml": "0"}, Modes: map[string]string{"x.yaml": "100755"}}, false},
		"yaml removed":   {gitserver.Commit{Remove: []string{"x.yaml"}}, false},
		"yaml to folder": {gitserver.Commit{Remove: []string{"x.yaml"}, Files: map[string]string{"x.yaml/a.csv": "1"}}, false},
		"in folder.csv":  {gitserver.Commit{Files: map[string]string{"d.csv/x": "1"}}, false},
		"folder to file": {gitserver.Commit{Remove: []string{"d.csv"}, Files: map[string]string{"d.csv": "1"}}, false},
		"link":           {gitserver.Commit{Files: map[string]string{"a.csv": "x.yaml"}, Modes: map[string]string{"a.csv": "120000"}}, false},
		"submodule":      {gitserver.Commit{Files: map[string]string{"a.csv": sub}, Modes: map[string]string{"a.csv": "160000"}}, false},
		"upper case":     {gitserver.Commit{Files: map[string]string{"A.CSV": "1"}}, false},
	} {
		tt.c.Onto = base
		commit := repo.Commit(tt.c)
		fetch(t, r)
		for _, way := range [][2]string{{base, commit}, {commit, base}} {
			if got, err := r.OnlyCSV(way[0], way[1]); err != nil || got != tt.want {
				t.Errorf("%s: only CSVs: %v, %v; want %v", name, got, err, tt.want)
			}
		}
	}
	if _, err := r.OnlyCSV(base, sub); err == nil {
		t.Error("a commit that is not there compares")
	}
}

// TestForgedCommits: a signature is good for the commit that it was made for.
func TestForgedCommits(t *testing.T) {
	ann := sshSigner(t, "ed25519")
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"payers/a.yaml": "0"}, Sign: ann.sign})
	evil := repo.Commit(gitserver.Commit{Branch: "evil", Files: map[string]string{"payers/a.yaml": "evil"}})
	tree := repo.Git("rev-parse", evil+"^{tree}")
	raw := repo.Git("cat-file", "commit", "main") + "\n"
	keys, err := newKeyring([][]byte{ann.public})
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, options(t, repo))
	head, body, _ := strings.Cut(raw, "\n\n")
	signature := head[strings.Index(head, "gpgsig "):]
	for name, text := range map[string]string{
		"as it is":               raw,
		"another tree":           "tree " + tree + raw[45:],
		"another message":        raw + "more\n",
		"another tree before":    "tree " + tree + "\n" + raw,
		"another tree after":     raw[:46] + "tree " + tree + "\n" + raw[46:],
		"a parent":               raw[:46] + "parent " + evil + "\n" + raw[46:],
		"two signatures":         head + "\n" + signature + "\n\n" + body,
		"another header":         head + "\nx-evil 1\n\n" + body,
		"signature in the body":  strings.Replace(head, signature, "", 1) + "\n" + body + signature,
		"signature of something": strings.Replace(raw, "SSH SIGNATURE", "PGP SIGNATURE", 2),
	} {
		o := &plumbing.MemoryObject{}
		o.SetType(plumbing.CommitObject)
		if _, err := o.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		h, err := r.store.SetEncodedObject(o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.commit(h)
		if err != nil {
			continue // go-git does not even read it
		}
		if got, want := keys.signed(r.store, c), name == "as it is"; got != want {
			t.Errorf("%s: signed %v, want %v", name, got, want)
		}
	}
}

// TestKeyLines reads the lines that git and OpenSSH write.
func TestKeyLines(t *testing.T) {
	ann := strings.TrimSpace(string(sshSigner(t, "ed25519").public))
	key := strings.TrimSuffix(ann, " ann")
	for _, tt := range []struct {
		text string
		want string // part of the error
		n    int
	}{
		{ann, "", 1},
		{key, "", 1},
		{"# a comment\n\n" + ann + "\n" + key + "\n", "", 2},
		{"ann@acme.example " + ann, "", 1},
		{"ann@acme.example,*@acme.example " + key + " a b c", "", 1},
		{`ann namespaces="file,git" ` + key, "", 1},
		{`ann namespaces="git",valid-after="20250101Z",valid-before="20270101000000Z" ` + key, "", 1},
		{`ann namespaces="file" ` + key, "holds no key", 0},
		{"ann cert-authority " + key, "not supported", 0},
		{`ann valid-after="soon" ` + key, "YYYYMMDD", 0},
		{"ssh-ed25519 AAAA", "cannot be read", 0},
		{"ssh-dss AAAA", "want an armored OpenPGP key", 0},
		{"hello", "want an armored OpenPGP key", 0},
		{"", "holds no key", 0},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n", "read key 1", 0},
	} {
		k, err := newKeyring([][]byte{[]byte(tt.text)})
		if tt.want != "" {
			refuse(t, err, tt.want)
		} else if err != nil || len(k.ssh) != tt.n {
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}

// TestKeyTimes: a key counts for the commits of its time.
func TestKeyTimes(t *testing.T) {
	ann := sshSigner(t, "ed25519")
	repo := gitserver.Init(t)
	repo.Commit(gitserver.Commit{Files: map[string]string{"a": "a"}, Sign: ann.sign}) // now
	r := open(t, options(t, repo))
	c, err := r.commit(r.tip)
	if err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]bool{
		`valid-after="20200101Z"`: true, `valid-before="20200101Z"`: false,
		`valid-after="29990101Z"`: false, `valid-after="20200101",valid-before="29990101"`: true,
	} {
		keys, err := newKeyring([][]byte{[]byte("ann " + options + " " + string(ann.public))})
		if err != nil {
			t.Fatal(err)
		}
		if got := keys.signed(r.store, c); got != want {
			t.Errorf("%s: signed %v, want %v", options, got, want)
		}
	}
}

package gitserver

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// clone clones with git itself.
func clone(t *testing.T, url string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("git", "clone", "-q", url, filepath.Join(t.TempDir(), "clone"))
	cmd.Env = append(Env(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestHTTP(t *testing.T) {
	repo := Init(t)
	repo.Commit(Commit{Files: map[string]string{"a.yaml": "a"}})
	server := HTTP(t, repo.Root, "secret")
	good := strings.Replace(server.URL, "http://", "http://x:secret@", 1) + "/" + repo.Name
	if out, err := clone(t, good); err != nil {
		t.Fatalf("clone with the token: %s", out)
	}
	if server.Requests() == 0 {
		t.Error("no request was counted")
	}
	if _, err := clone(t, server.URL+"/"+repo.Name); err == nil {
		t.Error("a clone without the token went through")
	}
	server.Down()
	if out, err := clone(t, good); err == nil || !strings.Contains(out, "onnect") {
		t.Errorf("a clone while the server is away: %v, %s", err, out)
	}
	server.Up()
	if out, err := clone(t, good); err != nil {
		t.Errorf("clone after the server came back: %s", out)
	}
}

func TestSSH(t *testing.T) {
	ssh := Need(t, "ssh")
	repo := Init(t)
	repo.Commit(Commit{Files: map[string]string{"a.yaml": "a"}})
	server := SSH(t)
	command := "GIT_SSH_COMMAND=" + ssh + " -F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -i " + server.KeyFile + " -o UserKnownHostsFile=" + server.KnownHostsFile
	if out, err := clone(t, server.URL(repo.Path), command); err != nil {
		t.Fatalf("clone: %s\n%s", out, server.log)
	}
	server.Down()
	if _, err := clone(t, server.URL(repo.Path), command); err == nil {
		t.Error("a clone while the server is away went through")
	}
	server.Up()
	if out, err := clone(t, server.URL(repo.Path), command); err != nil {
		t.Errorf("clone after the server came back: %s", out)
	}
}

package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// notForServer are variables that belong to the git that called us, as a hook
// is called, and would point the server at another repository.
var notForServer = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_NAMESPACE", "GIT_PREFIX",
	"GIT_PROTOCOL", "GIT_SHALLOW_FILE",
}

// dialLocal starts git itself upon a local repository, so that its hooks run
// and its settings hold as with every other push.
func dialLocal(ctx context.Context, r *remote, service string) (session, error) {
	cmd := exec.CommandContext(ctx, "git", strings.TrimPrefix(service, "git-"), r.path)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(notForServer, name)
	}), "LC_ALL=C")
	cmd.WaitDelay = time.Second // hooks may hold the streams open
	stderr := &some{}
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start git: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start git: %w", err)
	}
	if err := cmd.Start(); errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%s is a local repository, for which git itself is needed: install git", r.shown)
	} else if err != nil {
		return nil, fmt.Errorf("start git: %w", err)
	}
	end := sync.OnceFunc(func() {
		_ = stdin.Close()
		_ = stdout.Close()
		_ = cmd.Wait()
	})
	return &pipe{remote: r, stdin: stdin, stdout: bufio.NewReader(stdout), stderr: stderr, end: end}, nil
}

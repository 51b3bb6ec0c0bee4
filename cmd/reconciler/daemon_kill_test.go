package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/payer-reconciler/reconciler/internal/gitserver"
)

// killIn makes a hook of the repository kill a process, the first time that it
// runs.
func (s *site) killIn(hook string, p *process) {
	s.t.Helper()
	gitserver.Need(s.t, "sh")
	pid := filepath.Join(s.etc, "pid")
	if err := os.WriteFile(pid, fmt.Appendln(nil, p.cmd.Process.Pid), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.repo.Hook(hook, fmt.Sprintf("test -e %[1]s || exit 0\nkill -9 $(cat %[1]s)\nrm %[1]s", pid))
}

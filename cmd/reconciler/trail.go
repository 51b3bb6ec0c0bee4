package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
)

// trail is the audit log of a daemon: every write is a line on standard output,
// which is the journal under systemd, and in the file of the config, if any.
type trail struct {
	stdout *cloud.AuditLog
	mu     sync.Mutex // over what follows, and the order of the lines: a write waits while the file is opened anew
	path   string
	file   *os.File
	log    *cloud.AuditLog
}

func openTrail(stdout io.Writer, cfg *config.Config) (*trail, error) {
	t := &trail{stdout: cloud.NewAuditLog(stdout)}
	return t, t.reopen(cfg)
}

func (t *trail) add(w cloud.Write) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stdout.Add(w)
	if t.log != nil {
		t.log.Add(w)
	}
}

// reopen opens the file anew, as a rotation of logs needs it, or another one.
// Where that does not work the one that is open stays.
func (t *trail) reopen(cfg *config.Config) error {
	var fresh *os.File
	if cfg.AuditLog != "" {
		var err error
		if fresh, err = os.OpenFile(cfg.AuditLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640); err != nil {
			return fmt.Errorf("open audit log: %w", err)
		}
	}
	lost := t.close()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.path, t.file, t.log = cfg.AuditLog, fresh, nil
	if fresh != nil {
		t.log = cloud.NewAuditLog(fresh)
	}
	return lost
}

// close gives what could not be written since the file was opened.
func (t *trail) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return t.stdout.Err()
	}
	err := errors.Join(t.stdout.Err(), t.log.Err(), t.file.Close())
	t.file, t.log = nil, nil
	return err
}

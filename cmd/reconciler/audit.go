package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/payer-reconciler/reconciler/cloud"
)

// openAudit makes every session keep its writes in the file, behind what is
// there already. The returned function closes it and gives what could not be
// written. Without a path nothing is kept.
func (c *cli) openAudit(path string) (closeAudit func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open audit log: %w", err)
	}
	log := cloud.NewAuditLog(f)
	c.audit = log.Add
	return func() error { return errors.Join(log.Err(), f.Close()) }, nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/spec"
)

// exactlyOnePayer is the Args of commands that work on one payer.
func exactlyOnePayer(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	err := errors.New("which payer?")
	if len(args) > 1 {
		err = fmt.Errorf("%d payers are too many: %s takes one", len(args), cmd.CommandPath())
	}
	return hinted{err, cmd.CommandPath() + " PAYER, which is a payer file, or the name of a payer under -C DIR"}
}

// loadOne reads the payer that a command was given: a payer file, or a name
// that a payer file under dir bears.
func (c *cli) loadOne(dir, payer string) (*spec.Payer, error) {
	path := dir
	if info, err := os.Stat(payer); err == nil && !info.IsDir() {
		path = payer
	} else {
		c.payers = []string{payer}
	}
	payers, err := c.load([]string{path})
	var e *spec.Error
	switch {
	case err != nil && errors.As(err, &e) && e.File == "--payer":
		return nil, hinted{fmt.Errorf("%s is no payer file, and of %s: %s", payer, dir, e.Msg),
			"PAYER is a payer file, or the name of a payer in a file of -C DIR or its payers/"}
	case err != nil:
		return nil, err
	}
	if len(payers) != 1 {
		i := slices.IndexFunc(payers, func(p *spec.Payer) bool { return p.Name == payer })
		if i < 0 {
			return nil, fmt.Errorf("%s holds %d payers, not one", payer, len(payers))
		}
		return payers[i], nil
	}
	return payers[0], nil
}

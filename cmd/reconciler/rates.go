package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
)

// ratesInFile says that --api-rate names a file.
func (c *cli) ratesInFile() bool {
	return c.apiRate != "" && c.apiRate != "aws" && c.apiRate != "none"
}

// readRates reads the file that --api-rate names, and keeps to its rates. A
// word of --api-rate stays what it is.
func (c *cli) readRates() error {
	if !c.ratesInFile() {
		return nil
	}
	data, err := os.ReadFile(c.apiRate)
	if errors.Is(err, fs.ErrNotExist) {
		return hinted{fmt.Errorf("--api-rate %q is neither aws nor none, and no file", c.apiRate), hintRates}
	}
	if err != nil {
		return fmt.Errorf("read the rates: %w", err)
	}
	if c.rates, err = cloud.ParseRates(c.apiRate, data); err != nil {
		mistakes := tell.Flat(err)
		mistakes[0] = hinted{mistakes[0], hintRates}
		return errors.Join(mistakes...)
	}
	c.apiRate, c.rateFile = "aws", c.apiRate
	return nil
}

const hintRates = `aws, none, or a file of rates: {"rates": [{"service": "Organizations", "operations": ["CreateAccount"], "perSecond": 0.2, "burst": 5}]}`

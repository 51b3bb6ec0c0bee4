package main

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/lint"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// maxFindings are printed of one payer file.
const maxFindings = 500

// lint prints what the rules find in payer files, and gives how much that is.
func (c *cli) lint(payers []*spec.Payer) (int, error) {
	n := 0
	for _, p := range payers {
		found, err := lint.Check(p)
		if err != nil {
			return n, fmt.Errorf("%s: %w", p.Pos.File, err)
		}
		for _, f := range found[:min(len(found), maxFindings)] {
			fmt.Fprintln(c.stderr, report.Clean(f.String()))
		}
		if rest := len(found) - maxFindings; rest > 0 {
			fmt.Fprintf(c.stderr, "%s: lint: and %d more\n", p.Pos.File, rest)
		}
		n += len(found)
	}
	return n, nil
}

// lintRules lists the rules, one a line, for the help.
func lintRules() string {
	var b strings.Builder
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "  %-22s %s\n", r.Name, r.Says)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

func (c *cli) validateCommand() *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "validate [PATH…]",
		Short: "Checks payer files offline, every mistake at once",
		Long: `validate checks payer files without a call to AWS and prints every mistake as
file:line:column. What is right and may still be wrong is a warning, on standard
error; it leaves the exit code as it is. PATH is a payer file or a folder that
holds them.

The tests of a payer file are run against what the file says: one that fails is a
mistake too. One that hangs on a reference such as ${{ account:security.id }} is
told and counted, and decided by plan.

Lint tells, like a warning, what is right in a policy and most likely not meant:
in those of the organization, of IAM, in trust policies and in bucket policies.
With --strict it is an error. A rule is switched off in the payer file, with the
reason, for a policy of the organization, for another object, or for all:

  lint: {off: [{rule: NAME, policy: POLICY, reason: TEXT},
               {rule: NAME, object: KIND:NAME, reason: TEXT}]}

KIND is iamPolicy, role, memberRole, group, user or bucket.

The rules:

` + lintRules() + `

Exit codes: 0 no mistake, 1 a mistake or a failing test, and with --strict what lint
finds too.`,
		RunE: func(_ *cobra.Command, args []string) error {
			payers, err := c.load(args)
			if err := withPresets(args, err); err != nil {
				return err
			}
			c.warn(payers)
			found, err := c.lint(payers)
			if err != nil {
				return err
			}
			undecided, err := c.runTests(payers)
			if err != nil {
				return err
			}
			if strict && found > 0 {
				return hinted{fmt.Errorf("%s of lint, and --strict takes none", words.Count(found, "finding", "findings")),
					"mend the policy, or say in the payer file why it stays: lint: {off: [{rule: …, policy: …, reason: …}]}"}
			}
			for _, p := range payers {
				fmt.Fprintf(c.stdout, "%s: %s (%s): %s\n", p.Pos.File, p.Name, p.AccountID, summary(p, undecided[p]))
			}
			return nil
		},
	}
	c.payerFlags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 where lint finds something")
	return cmd
}

// runTests holds the tests of the payer files against what these say. Every
// failing test is an error; those that only AWS can decide are told, and counted
// for each payer.
func (c *cli) runTests(payers []*spec.Payer) (undecided map[*spec.Payer]int, err error) {
	var all *multierror.Error
	undecided = map[*spec.Payer]int{}
	for _, p := range payers {
		tests, err := explain.Run(p, nil)
		if err == nil {
			err = explain.Failed(tests)
		}
		if err != nil {
			all = multierror.Append(all, err)
		}
		for _, t := range explain.Undecided(tests) {
			undecided[p]++
			c.say("%s: note: test %q is not decided offline: it hangs on %s; plan decides it by what AWS has", t.Pos, t.Name, t.Undecided())
		}
	}
	return undecided, all.ErrorOrNil()
}

// summary counts what a payer file wants; beside policies, OUs and accounts only
// what it has any of.
func summary(p *spec.Payer, undecided int) string {
	n := len(p.Accounts)
	for _, pool := range p.Pools {
		n += len(pool.Accounts)
	}
	ous := 0
	for range p.AllOUs() {
		ous++
	}
	parts := []string{words.Count(len(p.Policies), "policy", "policies"), words.Count(ous, "OU", "OUs"), words.Count(n, "account", "accounts")}
	for _, more := range []struct {
		n         int
		one, many string
	}{
		{len(p.Roles), "role", "roles"}, {len(p.MemberRoles), "role in members", "roles in members"},
		{len(p.IAMPolicies), "IAM policy", "IAM policies"}, {len(p.Groups), "group", "groups"}, {len(p.Users), "user", "users"},
		{len(p.Tests), "test", "tests"},
		{len(p.Buckets), "bucket", "buckets"}, {len(p.BillingReports), "billing report", "billing reports"},
	} {
		if more.n == 0 {
			continue
		}
		part := words.Count(more.n, more.one, more.many)
		if more.one == "test" && undecided > 0 {
			part += fmt.Sprintf(" (%d not decided offline)", undecided)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// warn prints what is right in the files and may still be wrong.
func (c *cli) warn(payers []*spec.Payer) {
	for _, p := range payers {
		for _, w := range p.Warnings {
			fmt.Fprintln(c.stderr, report.Clean(w.Warning()))
		}
	}
}

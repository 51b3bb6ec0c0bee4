package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/spec"
)

// roleFlag lets a command that only reads enter payers by another role than the
// one that may write.
func (c *cli) roleFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.role, "role", "", "enter a payer by its role of this `NAME` instead of access.roleArn, such as one that can only read; the external id stays")
}

var roleNames = regexp.MustCompile(`^[\w+=,.@/-]{1,128}$`)

func (c *cli) checkRole() error {
	if c.role != "" && (!roleNames.MatchString(c.role) || strings.HasPrefix(c.role, "/")) {
		return hinted{fmt.Errorf("--role %q is no name of a role", c.role), "a name, such as reconciler-plan, with its path before it where it has one"}
	}
	return nil
}

// access says by which role a payer is entered; "" is by the ambient credentials.
func (c *cli) access(p *spec.Payer) (arn, externalID string) {
	if p.Access != nil {
		arn, externalID = p.Access.RoleARN, p.Access.ExternalID
	}
	if c.role == "" {
		return arn, externalID
	}
	partition := "aws"
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 {
		partition = parts[1]
	}
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, p.AccountID, c.role), externalID
}

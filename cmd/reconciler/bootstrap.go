package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/bootstrap"
)

// principal is the id of an account, or the ARN of a role or user in one.
var principal = regexp.MustCompile(`^([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[\x21-\x7e]{1,500}))$`)

func (c *cli) bootstrapCommand() *cobra.Command {
	var dir, as, trust string
	cmd := &cobra.Command{
		Use:   "bootstrap PAYER",
		Short: "Prints the role and policies that the tool itself needs in a payer",
		Long: `bootstrap prints what reconciler needs in a payer before it can work there: a
role, whom it trusts, a policy for plan and one for apply. It calls nothing. Run
what it prints as an administrator of the payer, then put the role under
access.roleArn. PAYER is a payer file, or the name of a payer under -C DIR: a file
whose name ends in .yaml or .yml would be taken for one, so the template has another.`,
		Example: `  reconciler bootstrap acme-labs --trust arn:aws:iam::444455556666:role/ci > reconciler-role.template
  aws cloudformation deploy --stack-name reconciler --template-file reconciler-role.template \
    --capabilities CAPABILITY_NAMED_IAM`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error {
			if trust != "" && !principal.MatchString(trust) {
				return hinted{fmt.Errorf("--trust %q is no principal", trust),
					"the id of an account, or the ARN of a role or user such as arn:aws:iam::444455556666:role/ci"}
			}
			p, err := c.loadOne(dir, args[0])
			if err != nil {
				return err
			}
			needs := bootstrap.For(p, bootstrap.Options{Trust: trust})
			switch {
			case as == "cloudformation":
				return needs.WriteCloudFormation(c.stdout)
			case as != "cli":
				return hinted{fmt.Errorf("--as %q is none", as), "cloudformation or cli"}
			case trust == "":
				return hinted{errors.New("lines for the AWS CLI need to know who is trusted"),
					"--trust names the role or user that runs reconciler, or the id of its account"}
			}
			return needs.WriteCLI(c.stdout)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&dir, "dir", "C", ".", "the folder `DIR` whose payer files have the name PAYER")
	f.StringVar(&as, "as", "cloudformation", "what is printed, `FORM` cloudformation or cli")
	f.StringVar(&trust, "trust", "", "who assumes the role: the `ARN` of a role or user, or an account id")
	_ = cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions([]string{"cloudformation", "cli"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

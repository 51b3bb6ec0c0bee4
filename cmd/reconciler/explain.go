package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/explain"
	"github.com/payer-reconciler/reconciler/kinds/chain"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// asked is what explain is called with.
type asked struct {
	dir         string
	ou, account string
	ouSet, live bool
	action, arn string
	context     []string
}

func (c *cli) explainCommand() *cobra.Command {
	var q asked
	cmd := &cobra.Command{
		Use:   "explain PAYER --ou PATH|--account NAME --action SERVICE:ACTION",
		Short: "Says whether an account may do an action, and which statement says so",
		Long: `explain holds one request against the service and resource control policies that
bind an account, and says allow or deny, by which statement of which policy on
which node. It asks the payer file, offline; with --live it asks AWS. What the
policies allow may still need a policy of IAM that allows it.

A condition key that is not given is missing from the request, aws:PrincipalArn
and aws:RequestedRegion too; where the answer hangs on one that every request has,
it says so. aws:PrincipalArn tells aws:PrincipalAccount, aws:PrincipalType and
aws:username too, and --live with --account tells aws:PrincipalOrgID where the
ARN is of that account. Of a role's session it is the ARN of the role. The root
is --ou /.

Where the answer hangs on what only AWS knows, such as the id behind
${{ account:security.id }}, the file gives no decision: the statements and what
they hang on are told, and the exit code is 3.

  reconciler explain acme-labs --ou Vocareum --action ec2:RunInstances \
    --context aws:RequestedRegion=us-east-1 --context ec2:InstanceType=m5.large

Exit codes: 0 for either decision, 1 an error, 3 not decided.`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noEmpty(cmd, "role"); err != nil {
				return err
			}
			q.ouSet = cmd.Flags().Changed("ou")
			return c.explain(cmd.Context(), args[0], q)
		},
	}
	c.awsFlags(cmd)
	c.roleFlag(cmd)
	c.formatFlags(cmd, "text", "json")
	f := cmd.Flags()
	f.StringVarP(&q.dir, "dir", "C", ".", "the folder `DIR` whose payer files have the name PAYER")
	f.StringVar(&q.ou, "ou", "", "any account in the unit of this `PATH`; / is the root")
	f.StringVar(&q.account, "account", "", "the account of this `NAME`, email or id")
	f.StringVar(&q.action, "action", "", "the `ACTION`, such as ec2:RunInstances")
	f.StringVar(&q.arn, "resource", "", "the `ARN` that the action is on")
	f.StringArrayVar(&q.context, "context", nil, "a condition key of the request, `KEY=VALUE`; a,b is a list, \"\\,\" a comma (repeatable)")
	f.BoolVar(&q.live, "live", false, "ask what AWS has, not what the payer file says")
	return cmd
}

func (c *cli) explain(ctx context.Context, payer string, a asked) error {
	if err := c.checkFormat("text", "json"); err != nil {
		return err
	}
	if c.role != "" && !a.live {
		return hinted{errors.New("--role is by whom AWS is asked, and the payer file is"), "add --live"}
	}
	q, err := a.question()
	if err != nil {
		return err
	}
	p, err := c.loadOne(a.dir, payer)
	if err != nil {
		return err
	}
	source, tree := "file", (*explain.Tree)(nil)
	if a.live {
		source = "live"
		tree, err = c.liveTree(ctx, p, q)
	} else {
		tree, err = explain.Offline(p, nil)
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	answer, err := tree.Ask(q)
	if err != nil {
		return err
	}
	if c.format == "json" {
		err = report.EncodeJSON(c.stdout, answer.Form(p, source, q))
	} else {
		_, err = fmt.Fprint(c.stdout, explained(q, answer))
	}
	if err == nil && answer.Decision == "" {
		c.complain(hinted{errors.New("not decided: it hangs on " + strings.Join(answer.Hangs, ", ")), "--live asks AWS, which knows"})
		return exit(undecided)
	}
	return err
}

// undecided is the exit code where the payer file does not decide.
const undecided = 3

// question reads the flags.
func (a asked) question() (explain.Question, error) {
	const hint = "reconciler explain PAYER --ou PATH --action ec2:RunInstances; the root is --ou /"
	q := explain.Question{OU: explain.Path(a.ou), Account: a.account, Action: a.action, Resource: a.arn, Context: map[string][]string{}}
	service, name, ok := strings.Cut(a.action, ":")
	switch {
	case a.ouSet == (a.account != ""):
		return q, hinted{errors.New("which accounts? explain takes one of --ou and --account"), hint}
	case a.ouSet && a.ou == "":
		return q, hinted{errors.New("--ou is empty"), hint}
	case !ok || service == "" || name == "":
		return q, hinted{fmt.Errorf("--action %q is no action", a.action), "the service, a colon and its action: ec2:RunInstances"}
	case strings.ContainsAny(a.action, "*? "):
		return q, hinted{fmt.Errorf("--action %q is a pattern", a.action), "one action is asked for at a time"}
	case a.arn != "" && a.arn != "*" && strings.Count(a.arn, ":") < 5:
		return q, hinted{fmt.Errorf("--resource %q is no ARN", a.arn), "arn:aws:s3:::bucket/key, say; * or nothing is no resource in particular"}
	}
	for _, pair := range a.context {
		if err := explain.AddContext(q.Context, pair); err != nil {
			return q, hinted{fmt.Errorf("--context %w", err), "a key that is not given is missing from the request"}
		}
	}
	if err := explain.CheckContext(q.Context); err != nil {
		return q, hinted{fmt.Errorf("--context %w", err), "an answer about a request that nobody can make is none"}
	}
	return q, nil
}

// liveTree reads what binds those who are asked about.
func (c *cli) liveTree(ctx context.Context, p *spec.Payer, q explain.Question) (*explain.Tree, error) {
	a, err := c.connect([]*spec.Payer{p})
	if err != nil {
		return nil, err
	}
	s, err := a.open(ctx, p)
	if err != nil {
		return nil, err
	}
	way, err := chain.Read(ctx, s, q.OU, q.Account)
	if err != nil {
		return nil, err
	}
	on := map[string][]explain.Attached{}
	var account *explain.Account
	for _, n := range way.Nodes {
		var list []explain.Attached
		for _, w := range n.Policies {
			list = append(list, explain.Attached{Policy: w.Ref, Type: w.Type, Document: w.Document})
		}
		if n.Ref.Kind == "account" {
			account = &explain.Account{Ref: n.Ref, Name: q.Account, ID: way.ID, OU: n.Path, On: list}
			continue
		}
		on[n.Path] = list
	}
	tree, err := explain.New(on)
	if err != nil {
		return nil, err
	}
	tree.Source, tree.RCPs, tree.Off, tree.Management, tree.Organization = "AWS", way.RCPs, way.Off, p.AccountID, way.Organization
	if way.Management {
		tree.Management = q.Account
	}
	if account != nil {
		err = tree.Add(*account)
	}
	return tree, err
}

// explained is the answer for people: the decision in the first line, then who
// decides.
func explained(q explain.Question, a *explain.Answer) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(report.Clean(s) + "\n") }
	on := ""
	if q.Resource != "" {
		on = " on " + q.Resource
	}
	verdict, verb := a.Decision, "allows it"
	switch a.Decision {
	case explain.Deny:
		verb = "denies it"
	case "":
		verdict, verb = "not decided", "may decide it"
	}
	line(verdict + ": " + q.Action + on + " by " + whose(a))
	for _, s := range a.By {
		line("  " + s.String() + " " + verb)
	}
	for _, n := range a.Closed {
		line("  " + n.String())
	}
	for _, r := range a.Hangs {
		line("  hangs on " + r)
	}
	for _, n := range a.Notes {
		line("  " + n)
	}
	return b.String()
}

// whose says who asks.
func whose(a *explain.Answer) string {
	switch a.Where.Kind {
	case "account":
		return a.Where.String()
	case "root":
		return "accounts in the root"
	}
	return "accounts of " + a.Where.String()
}

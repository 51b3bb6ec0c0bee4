package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/handoff"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

// handoffFlags are the flags of the command handoff.
type handoffFlags struct {
	dir, preset, tokenEnv       string
	detailed, register, approve bool
}

func (c *cli) handoffCommand() *cobra.Command {
	var o handoffFlags
	cmd := &cobra.Command{
		Use:   "handoff PAYER",
		Short: "Prints what a vendor has to be given, and what is still to do for it",
		Long: `handoff prints, for every preset that the payer uses, the values that the
vendor's form asks for, the mail to send, sign-in links and a checklist: what is
done, what an apply would do, what waits for AWS, and what only a person can do.
It reads AWS and changes nothing. PAYER is a payer file, or the name of a payer
under -C DIR.

With --register it makes the one call by which a vendor learns of the payer,
where the preset has one: only to the host that a preset of this tool names, with
the bearer token in the environment variable that --token-env names. It asks first.

Exit codes: 0 done, 1 an error; with --detailed-exitcode 2 where something is
missing or waits.`,
		Example: `  reconciler handoff acme-labs --format markdown
  FLEXERA_TOKEN=… reconciler handoff acme-labs --register --token-env FLEXERA_TOKEN`,
		Args: exactlyOnePayer,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noEmpty(cmd, "role"); err != nil {
				return err
			}
			return c.handoff(cmd.Context(), args[0], o)
		},
	}
	c.awsFlags(cmd)
	c.roleFlag(cmd)
	c.formatFlags(cmd, "text", "markdown", "json")
	f := cmd.Flags()
	f.StringVarP(&o.dir, "dir", "C", ".", "the folder `DIR` whose payer files have the name PAYER")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 where something is missing or waits")
	f.BoolVar(&o.register, "register", false, "make the vendor know the payer, by the call of its preset")
	f.StringVar(&o.preset, "preset", "", "the preset `NAME` whose call --register makes, where several have one")
	f.StringVar(&o.tokenEnv, "token-env", "", "the environment variable `VAR` that holds the vendor's bearer token, for --register")
	f.BoolVar(&o.approve, "auto-approve", false, "with --register, do not ask")
	return cmd
}

func (c *cli) handoff(ctx context.Context, payer string, o handoffFlags) error {
	if err := c.checkFormat("text", "markdown", "json"); err != nil {
		return err
	}
	if o.register && c.sandbox {
		return hinted{errors.New("--register calls the vendor itself, and does not go with --sandbox"), "a simulated payer is nobody's to register"}
	}
	token, err := o.token()
	if err != nil {
		return err
	}
	p, err := c.loadOne(o.dir, payer)
	if err != nil {
		return err
	}
	if len(p.Presets) == 0 && !handsOver(p) {
		return hinted{fmt.Errorf("%s uses no preset and hands over no role", p.Name),
			"`presets: [{use: vocareum/advanced, with: …}]` in the payer file, or `handoff: true` on a role; reconciler presets lists the presets"}
	}
	a, err := c.connect([]*spec.Payer{p})
	if err != nil {
		return err
	}
	pass := c.planOne(ctx, p, a, false)
	if pass.err != nil {
		return tell.Error(pass.err, p.Name)
	}
	if o.register {
		return c.registerPayer(ctx, pass, o, token)
	}
	h := handoff.New(handoff.Input{Payer: p, Plan: pass.planned.Plan, Live: pass.planned.Live})
	if err := c.writeHandoff(h); err != nil {
		return err
	}
	if o.detailed && !h.Complete() {
		return exit(2)
	}
	return nil
}

// handsOver says that the file hands a role over without a preset.
func handsOver(p *spec.Payer) bool {
	return slices.ContainsFunc(p.Roles, func(r spec.Role) bool { return r.Handoff }) ||
		slices.ContainsFunc(p.Users, func(u spec.User) bool { return u.Handoff }) ||
		slices.ContainsFunc(p.MemberRoles, func(r spec.MemberRole) bool { return r.Handoff })
}

// token is the vendor's, where --register needs it: from the environment and
// from nowhere else.
func (o handoffFlags) token() (string, error) {
	switch {
	case !o.register && (o.tokenEnv != "" || o.preset != "" || o.approve):
		return "", hinted{errors.New("--token-env, --preset and --auto-approve go with --register"), "add --register"}
	case !o.register:
		return "", nil
	case o.tokenEnv == "":
		return "", hinted{errors.New("--register needs the vendor's token"), "--token-env names the environment variable that holds it"}
	}
	token := strings.TrimSpace(os.Getenv(o.tokenEnv))
	if token == "" {
		return "", hinted{errors.New("the environment variable that --token-env names is empty"), "put the vendor's bearer token there"}
	}
	return token, nil
}

func (c *cli) writeHandoff(h *handoff.Handoff) error {
	switch c.format {
	case "json":
		return report.EncodeJSON(c.stdout, h)
	case "markdown":
		return h.WriteMarkdown(c.stdout)
	}
	return h.WriteText(c.stdout, handoff.TextOptions{Color: c.text(c.stdout).Color})
}

// registerPayer makes the call of a preset, after it was shown.
func (c *cli) registerPayer(ctx context.Context, p *pass, o handoffFlags, token string) error {
	use, err := registering(p.payer, o.preset)
	if err != nil {
		return err
	}
	call, err := handoff.Prepare(use, p.planned.Live)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "%s %s\n%s\n", call.Method, report.Clean(call.URL), report.Clean(string(call.Body)))
	if !o.approve {
		if !isTerminal(c.stdin) {
			return hinted{errors.New("--register asks before it calls, and there is no terminal to ask on"), "--auto-approve answers yes"}
		}
		if !c.ask(ctx, "Send this to "+report.Clean(call.Host)+"?") {
			return errors.New("nothing was sent")
		}
	}
	if err := call.Send(ctx, token, c.vendor); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s knows the payer %s now.\n", report.Clean(call.Host), p.payer.Name)
	return nil
}

// registering picks the preset whose call is made.
func registering(p *spec.Payer, name string) (spec.PresetUse, error) {
	var have []spec.PresetUse
	for _, u := range p.Presets {
		if u.Register != nil && (name == "" || u.Name == name) {
			have = append(have, u)
		}
	}
	switch {
	case len(have) == 1:
		return have[0], nil
	case len(have) > 1:
		return spec.PresetUse{}, hinted{fmt.Errorf("%d presets of %s can register it", len(have), p.Name), "--preset names one"}
	case name != "":
		return spec.PresetUse{}, fmt.Errorf("%s uses no preset %q that can register it", p.Name, name)
	}
	return spec.PresetUse{}, fmt.Errorf("no preset that %s uses has a call to register it by", p.Name)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/awssim"
)

var errSandboxFlags = errors.New("--sandbox-state and --sandbox-quota are for the simulated AWS")

// transport lets the SDK call a simulated AWS inside the process.
type transport struct{ http.RoundTripper }

func (t transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// roleName takes the name out of a role's ARN, its path left out.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func (c *cli) sandboxCommand() *cobra.Command {
	var listen, account string
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serves the simulated AWS on a local port",
		Long: `sandbox serves the simulated AWS over HTTP, for the AWS CLI or any SDK:
Organizations, STS, Account, the Resource Groups Tagging API, IAM, S3, Cost and
Usage Reports, Service Quotas and the stack sets of CloudFormation.

  reconciler sandbox --listen 127.0.0.1:4600 &
  export AWS_ENDPOINT_URL=http://127.0.0.1:4600 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
  aws organizations create-organization
  reconciler plan examples/vocareum

A key that it did not issue acts as --account. It checks no signatures: serve it
on loopback only.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context(), listen, account) },
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:4600", "the `ADDRESS` to serve on; port 0 takes a free one")
	f.StringVar(&account, "account", "111122223333", "the account, by its `ID`, that unknown access keys act as")
	f.StringVar(&c.sandboxState, "sandbox-state", "", "load the state from this `FILE`, and save it there in the end")
	f.IntVar(&c.sandboxQuota, "sandbox-quota", 0, "how many accounts an organization may have, `N` with the management account (default 50,000)")
	return cmd
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

func (c *cli) serve(ctx context.Context, listen, account string) error {
	if !accountID.MatchString(account) {
		return hinted{fmt.Errorf("--account %q is no account id", account), "12 digits"}
	}
	if err := c.checkQuota(); err != nil {
		return err
	}
	o := awssim.Options{Account: account, Quota: c.sandboxQuota, Log: c.log}
	sim, err := awssim.Load(c.sandboxState, o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	fmt.Fprintf(c.stderr, "simulated AWS on http://%s, account %s; Ctrl-C ends it\n", l.Addr(), account)
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if server.Shutdown(stop) != nil {
			server.Close() // calls that are held by a fault never end
		}
		err = <-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if c.sandboxState != "" {
		err = errors.Join(err, sim.Save(c.sandboxState))
	}
	return err
}

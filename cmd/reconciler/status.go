package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/report"
)

const (
	statusURL     = "http://127.0.0.1:9464" // where a daemon listens unless told otherwise
	statusTimeout = 5 * time.Second
	statusMax     = 32 << 20 // bytes; thousands of payers fit
)

func (c *cli) statusCommand() *cobra.Command {
	var from, file string
	cmd := &cobra.Command{
		Use:   "status [PAYER…]",
		Short: "Prints what a running daemon sees",
		Long: `status asks a running daemon what it sees and prints a table of its payers, and for
those that need somebody what is the matter and what to do. PAYER is the name of a
payer; without one it is all of them. The daemon is asked where --url says, or where
the config file of --config makes it listen.

Exit codes: 0 done, 1 an error, a daemon that does not answer, a repository or a
config that it cannot read, or a payer that is failed or broken.`,
		Example: `  reconciler status
  reconciler status acme-labs --config /etc/reconciler/reconciler.yaml
  reconciler status --format json | jq '.payers[] | select(.state != "ok") | .name'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.checkFormat("text", "json"); err != nil {
				return err
			}
			if file != "" {
				if cmd.Flags().Changed("url") {
					return hinted{errors.New("--url and --config both say where the daemon is"), "give one of them"}
				}
				var err error
				if from, err = listens(file); err != nil {
					return err
				}
			}
			return c.status(cmd.Context(), from, args)
		},
	}
	c.formatFlags(cmd, "text", "json")
	f := cmd.Flags()
	f.StringVar(&from, "url", statusURL, "the `URL` of the daemon")
	f.StringVar(&file, "config", "", "the daemon's config `FILE`, which says where it listens")
	return cmd
}

// listens gives the URL of the daemon that a config file describes.
func listens(file string) (string, error) {
	conf, err := loadServed(file)
	if err != nil {
		return "", err
	}
	if conf.Listen == "" {
		return "", hinted{fmt.Errorf("%s: listen is off, so that its daemon cannot be asked", file), "journalctl -u reconciler has its log"}
	}
	host, port, err := net.SplitHostPort(conf.Listen)
	if err != nil {
		return "", fmt.Errorf("%s: listen: %w", file, err)
	}
	switch ip := net.ParseIP(host); {
	case host == "" || ip != nil && ip.IsUnspecified() && ip.To4() != nil:
		host = "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

func (c *cli) status(ctx context.Context, from string, names []string) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	text, err := askStatus(ctx, from)
	if err != nil {
		return err
	}
	s, err := status.Read(bytes.NewReader(text))
	if err != nil {
		return hinted{fmt.Errorf("%s: %w", from, err), "is it a daemon of reconciler, and of this version?"}
	}
	if err := only(&s, names); err != nil {
		return err
	}
	if err := c.writeStatus(s, text, len(names) == 0); err != nil {
		return err
	}
	if len(names) == 0 && (s.Git.Error != "" || s.Git.Unverified != "" || len(s.Git.Mistakes) > 0 || s.Config.Error != "") {
		return exit(1)
	}
	for _, p := range s.Payers {
		if p.State == status.Failed || p.State == status.Broken {
			return exit(1)
		}
	}
	return nil
}

// writeStatus prints a status. As JSON, the whole of it is printed as the daemon
// wrote it, with what a newer one may say more.
func (c *cli) writeStatus(s status.Status, text []byte, whole bool) error {
	switch {
	case c.format == "json" && whole:
		if _, err := c.stdout.Write(text); err != nil {
			return fmt.Errorf("write status: %w", err)
		}
		return nil
	case c.format == "json":
		return status.WriteJSON(c.stdout, s)
	}
	o := c.text(c.stdout)
	return status.WriteText(c.stdout, s, status.TextOptions{Width: o.Width, Color: o.Color})
}

// only leaves the payers of some names, all of them where none is named.
func only(s *status.Status, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var have []string
	for _, p := range s.Payers {
		have = append(have, p.Name)
	}
	for _, n := range names {
		if slices.Contains(have, n) {
			continue
		}
		hint := "it has none yet"
		if len(have) > 0 {
			hint = "it has " + report.Clean(strings.Join(have, ", "))
		}
		return hinted{fmt.Errorf("the daemon has no payer %q", n), hint}
	}
	s.Payers = slices.DeleteFunc(s.Payers, func(p status.Payer) bool { return !slices.Contains(names, p.Name) })
	return nil
}

// askStatus gets the status of the daemon at a URL.
func askStatus(ctx context.Context, from string) ([]byte, error) {
	u, err := url.Parse(from)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, hinted{errors.New("--url is no http or https URL"), "such as " + statusURL}
	case u.User != nil:
		return nil, hinted{errors.New("--url holds credentials, which the daemon does not ask for"), "leave them out"}
	}
	if !strings.HasSuffix(u.Path, "/status") {
		u = u.JoinPath("status")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	r.Header.Set("User-Agent", "reconciler/"+version())
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, unreachable(u, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, hinted{fmt.Errorf("%s answers %s", u, res.Status), "is it a daemon of reconciler that listens there?"}
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, statusMax+1))
	if err != nil {
		return nil, unreachable(u, err)
	}
	return text, nil
}

// unreachable says that nobody answers, and where to look.
func unreachable(u *url.URL, err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
	case errors.As(err, &timeout) && timeout.Timeout():
		err = fmt.Errorf("no answer within %d s", int(statusTimeout.Seconds()))
	}
	return hinted{fmt.Errorf("the daemon at %s://%s does not answer: %w", u.Scheme, u.Host, err),
		"is it running (systemctl status reconciler), and does `listen` in its config name this address? --config FILE takes the address from there"}
}

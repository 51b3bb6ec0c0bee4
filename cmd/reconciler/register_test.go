package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// vendorServer is a vendor's server, and the transport that leads its host there.
func vendorServer(t *testing.T, answer http.HandlerFunc) http.RoundTripper {
	t.Helper()
	s := httptest.NewTLSServer(answer)
	t.Cleanup(s.Close)
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "onboarding.rightscale.com:443" {
				t.Errorf("a call to %s", address)
			}
			var d net.Dialer
			return d.DialContext(ctx, network, s.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// vendorsRepo is the example of the vendors, applied on a simulated AWS.
func vendorsRepo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/vendors")); err != nil {
		t.Fatal(err)
	}
	sim := awssim.New(awssim.Options{})
	sim.AddRole("111122223333", "reconciler", "acme-7f3c")
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	tools.SetEnvironment(t, server.URL, "any", "any-secret")
	if code, _, stderr := called(t, nil, "apply", "--auto-approve", "--payer", "costs", dir); code != 0 {
		t.Fatalf("apply: exit code %d\n%s", code, stderr)
	}
	return dir
}

// called runs a command with a way to vendors.
func called(t *testing.T, vendor http.RoundTripper, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := &cli{stdin: strings.NewReader("yes\n"), stdout: &out, stderr: &errs, staleAfter: staleAfter, vendor: vendor}
	root := c.command()
	root.SetArgs(args)
	if err := root.ExecuteContext(t.Context()); err != nil {
		c.complain(err)
		return 1, out.String(), errs.String()
	}
	return 0, out.String(), errs.String()
}

// TestRegister makes Flexera's call as an operator does.
func TestRegister(t *testing.T) {
	dir := vendorsRepo(t)
	const token = "s3cr3t-t0ken"
	t.Setenv("FLEXERA_TOKEN", token)
	calls := 0
	var body map[string]string
	vendor := vendorServer(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if got, want := r.Method+" "+r.URL.Path, "POST /api/onboarding/orgs/12345/bill_connects/aws/iam_role"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("Authorization: %s", got)
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
	})
	args := []string{"handoff", "costs", "-C", dir, "--register", "--token-env", "FLEXERA_TOKEN"}
	// Nobody answers where there is no terminal, whatever stands on standard input.
	code, _, stderr := called(t, vendor, args...)
	if code != 1 || calls != 0 || !strings.Contains(stderr, "--auto-approve answers yes") {
		t.Errorf("exit code %d after %d calls: %s", code, calls, stderr)
	}
	var stdout string
	code, stdout, stderr = called(t, vendor, append(args, "--auto-approve")...)
	if code != 0 || calls != 1 {
		t.Errorf("exit code %d after %d calls: %s", code, calls, stderr)
	}
	want := map[string]string{
		"aws_bill_account_id": "111122223333", "aws_bucket_name": "acme-costs-billing", "aws_bucket_path": "cur/flexera",
		"aws_sts_role_arn": "arn:aws:iam::111122223333:role/flexera",
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if !strings.Contains(stdout, "onboarding.rightscale.com knows the payer costs now.") {
		t.Errorf("it says %q", stdout)
	}
	if strings.Contains(stdout+stderr, token) {
		t.Errorf("the token is in %q", stdout+stderr)
	}
}

// TestRegisterRefused says what the vendor answered, and not the token.
func TestRegisterRefused(t *testing.T) {
	dir := vendorsRepo(t)
	t.Setenv("FLEXERA_TOKEN", "s3cr3t-t0ken")
	vendor := vendorServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no: "+r.Header.Get("Authorization"), http.StatusForbidden)
	})
	code, stdout, stderr := called(t, vendor, "handoff", "costs", "-C", dir, "--register", "--token-env", "FLEXERA_TOKEN", "--auto-approve")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "403 Forbidden") || strings.Contains(stderr, "s3cr3t") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

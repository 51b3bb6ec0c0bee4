package config_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

const examples = "../../examples/daemon/"

// TestExample: the example says the defaults, and what stands there as a comment
// is right too.
func TestExample(t *testing.T) {
	text, err := os.ReadFile(examples + "reconciler.yaml")
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"CREDENTIALS_DIRECTORY": "/run/credentials/reconciler.service", "STATE_DIRECTORY": "/var/lib/reconciler"}
	c, _, err := load(t, string(text), vars)
	if err != nil {
		t.Fatal(err)
	}
	least, _, err := load(t, "git: {url: \"https://git.example.com/acme/payers.git\", tokenFile: $CREDENTIALS_DIRECTORY/git-token}\n", vars)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Diff(least); got != nil {
		t.Errorf("the example differs from the defaults: %q", got)
	}
	commented := regexp.MustCompile(`(?m)^# ((?:webhook|apiTokenFile|stateDir|auditLog|notify):|  - |    [a-z]+:)`)
	c, _, err = load(t, commented.ReplaceAllString(string(text), "$1"), vars)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notify) != 2 || c.Webhook == nil || c.APITokenFile == "" || c.AuditLog == "" || c.StateDir != "/var/lib/reconciler" {
		t.Errorf("the comments of the example say %+v", c)
	}
}

// TestLocalExample: the other one works as it stands.
func TestLocalExample(t *testing.T) {
	c, err := config.Load(examples+"local.yaml", env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil || !c.Local() || c.Mode != "apply" {
		t.Errorf("got %+v, %v", c, err)
	}
}

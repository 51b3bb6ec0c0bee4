package awssim_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// mirror finds a folder that holds providers by registry name, in the places
// where Terraform itself looks and, not too deep, where people put such
// things. It is "" where there is none with the AWS provider.
func mirror() string {
	home, _ := os.UserHomeDir()
	places := []string{filepath.Join(home, ".terraform.d", "plugins"), os.Getenv("TF_PLUGIN_CACHE_DIR")}
	if file := os.Getenv("TF_CLI_CONFIG_FILE"); file != "" {
		text, _ := os.ReadFile(file)
		for _, m := range regexp.MustCompile(`path\s*=\s*"([^"]+)"`).FindAllSubmatch(text, -1) {
			places = append(places, string(m[1]))
		}
	}
	data := os.Getenv("XDG_DATA_DIRS")
	if data == "" {
		data = "/usr/local/share:/usr/share"
	}
	for _, d := range append(filepath.SplitList(data), filepath.Join(home, ".local", "share"), os.Getenv("XDG_DATA_HOME")) {
		places = append(places, filepath.Join(d, "terraform", "plugins"))
	}
	for _, p := range places {
		if p != "" && hasProvider(p) {
			return p
		}
	}
	for _, top := range []string{"/opt", "/usr", "/root", "/home", "/var/lib", "/srv", home} {
		if found := search(top); found != "" {
			return found
		}
	}
	return ""
}

// registry is the folder in a mirror that is named after where its providers
// come from.
const registry = "registry.terraform.io"

func hasProvider(dir string) bool {
	got, _ := filepath.Glob(filepath.Join(dir, registry, "hashicorp", "aws", "*"))
	return len(got) > 0
}

// search looks for a mirror five levels deep.
func search(top string) (found string) {
	_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case d.Name() == registry && hasProvider(filepath.Dir(path)):
			found = filepath.Dir(path)
			return fs.SkipAll
		case strings.Count(strings.TrimPrefix(path, top), string(filepath.Separator)) > 5:
			return fs.SkipDir
		}
		return nil
	})
	return found
}

const stack = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
  aws_service_access_principals = ["account.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "labs" {
  name      = "Labs"
  parent_id = aws_organizations_organization.this.roots[0].id
  tags      = { course = "aws-101" }
}

resource "aws_organizations_policy" "deny" {
  count   = 3
  name    = "Deny${count.index}"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "iam:*", Resource = "*" }]
  })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "labs" {
  count     = 3
  policy_id = aws_organizations_policy.deny[count.index].id
  target_id = aws_organizations_organizational_unit.labs.id
}

resource "aws_organizations_account" "lab" {
  count     = 3
  name      = "lab${count.index}"
  email     = "lab${count.index}@example.com"
  parent_id = aws_organizations_organizational_unit.labs.id
  role_name = "vocareum"
  tags      = { n = count.index }
  lifecycle { ignore_changes = [role_name] }
}
`

// TestTerraform applies an organization, plans it without a change, and
// destroys it once its accounts are old enough to leave.
func TestTerraform(t *testing.T) {
	bin := needs(t, "terraform")
	plugins := mirror()
	if plugins == "" {
		skip(t, "the AWS provider of terraform")
	}
	sim, _, env := serve(t, awssim.Options{SCPsOff: true})
	dir := t.TempDir()
	rc := filepath.Join(dir, "terraform.rc")
	write(t, rc, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", plugins))
	write(t, filepath.Join(dir, "main.tf"), stack)
	env = append(env, "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_DATA_DIR="+filepath.Join(dir, ".terraform"))
	run := func(args ...string) {
		t.Helper()
		if out, err := program(t, env, dir, bin, append(args, "-no-color")...); err != nil {
			t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run("init", "-input=false")
	run("apply", "-auto-approve", "-input=false")
	if got := on(t, sim, "111122223333").listed(); len(got) != 4 {
		t.Errorf("accounts after apply: %v", got)
	}
	run("plan", "-detailed-exitcode", "-input=false") // exit code 2 is a change
	sim.Advance(5 * 24 * time.Hour)
	run("destroy", "-auto-approve", "-input=false")
	if got := code(err2(on(t, sim, "111122223333").org.DescribeOrganization(t.Context(), nil))); got != "AWSOrganizationsNotInUseException" {
		t.Errorf("after destroy: %q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

package awssim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// needs finds a program, or skips.
func needs(t *testing.T, name string) string {
	t.Helper()
	path, err := tools.Program(name)
	return tools.Use(t, path, err)
}

// needsPython finds a Python that has a module, or skips.
func needsPython(t *testing.T, module string) string {
	t.Helper()
	py, err := tools.Python(t.Context(), module)
	return tools.Use(t, py, err)
}

// serve puts a simulator on a socket, and gives the environment of a client.
func serve(t *testing.T, opt awssim.Options) (*awssim.Server, string, []string) {
	t.Helper()
	sim := awssim.New(opt)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	key, secret := sim.Key("111122223333")
	return sim, srv.URL, tools.Environment(srv.URL, key, secret)
}

// program runs a client and gives what it says.
func program(t *testing.T, env []string, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = env, dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestAWSCLI(t *testing.T) {
	cli := needs(t, "aws")
	sim, _, env := serve(t, awssim.Options{})
	run := func(args ...string) map[string]any {
		t.Helper()
		out, err := program(t, env, t.TempDir(), cli, append(args, "--output", "json")...)
		if err != nil {
			t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		var v map[string]any
		if out != "" && json.Unmarshal([]byte(out), &v) != nil {
			t.Fatalf("aws %s says %s", strings.Join(args, " "), out)
		}
		return v
	}
	field := func(v map[string]any, path ...string) string {
		t.Helper()
		for _, p := range path[:len(path)-1] {
			v, _ = v[p].(map[string]any)
		}
		s, _ := v[path[len(path)-1]].(string)
		return s
	}
	if got := field(run("sts", "get-caller-identity"), "Account"); got != "111122223333" {
		t.Errorf("we are %s", got)
	}
	run("organizations", "create-organization", "--feature-set", "ALL")
	root := on(t, sim, "111122223333").root()
	ou := field(run("organizations", "create-organizational-unit", "--parent-id", root, "--name", "Labs", "--tags", "Key=a,Value=b"), "OrganizationalUnit", "Id")
	p := field(run("organizations", "create-policy", "--name", "Deny", "--description", "", "--type", "SERVICE_CONTROL_POLICY", "--content", scp), "Policy", "PolicySummary", "Id")
	run("organizations", "attach-policy", "--policy-id", p, "--target-id", ou)
	req := field(run("organizations", "create-account", "--account-name", "lab 1", "--email", "lab1@example.com"), "CreateAccountStatus", "Id")
	id := field(run("organizations", "describe-create-account-status", "--create-account-request-id", req), "CreateAccountStatus", "AccountId")
	run("organizations", "move-account", "--account-id", id, "--source-parent-id", root, "--destination-parent-id", ou)
	run("organizations", "enable-aws-service-access", "--service-principal", "account.amazonaws.com")
	run("account", "put-account-name", "--account-id", id, "--account-name", "lab one")
	for i := range 25 {
		on(t, sim, "111122223333").unit(ou, fmt.Sprint("unit", i))
	}
	if got := run("organizations", "list-organizational-units-for-parent", "--parent-id", ou)["OrganizationalUnits"].([]any); len(got) != 25 {
		t.Errorf("%d units over the pages, want 25", len(got))
	}
	got := run("organizations", "list-accounts-for-parent", "--parent-id", ou)["Accounts"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["Name"] != "lab one" {
		t.Errorf("accounts %v", got)
	}
	if got := run("resourcegroupstaggingapi", "get-resources", "--resource-type-filters", "organizations:ou")["ResourceTagMappingList"].([]any); len(got) != 1 {
		t.Errorf("resources %v", got)
	}
	out, err := program(t, env, t.TempDir(), cli, "organizations", "detach-policy", "--policy-id", p, "--target-id", root)
	if err == nil || !strings.Contains(out, "PolicyNotAttachedException") {
		t.Errorf("detach what is not attached: %v %s", err, out)
	}
}

func TestBoto3(t *testing.T) {
	py := needsPython(t, "boto3")
	_, _, env := serve(t, awssim.Options{Quota: 6})
	if out, err := program(t, env, "testdata", py, "-B", "boto3_drive.py"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

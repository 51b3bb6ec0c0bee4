// Package tools finds and starts the programs that tests and benchmarks use
// beside Go: moto, Terraform with its AWS provider, whatever else is on the
// PATH. None of them is needed to build or to run the module.
//
// A tool that is not there is the error [*Missing]; a test gives any error of
// this package to [Use], which skips with the one line that CI looks for.
package tools

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Missing is the error of a tool that is not on this machine.
type Missing struct{ Name string }

// Error is the line that says so; CI fails where it finds it.
func (m *Missing) Error() string { return "skip: " + m.Name + " is not on this machine" }

// Use gives v on. It skips the test where err says that a tool is missing, and
// ends it where err is any other.
func Use[T any](t testing.TB, v T, err error) T {
	t.Helper()
	var m *Missing
	switch {
	case errors.As(err, &m):
		t.Skip(m.Error())
	case err != nil:
		t.Fatal(err)
	}
	return v
}

// Program finds a program on the PATH.
func Program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &Missing{name}
	}
	return path, nil
}

// Python finds a Python that has a module.
func Python(ctx context.Context, module string) (string, error) {
	py, err := exec.LookPath("python3")
	if err != nil || exec.CommandContext(ctx, py, "-c", "import "+module).Run() != nil {
		return "", &Missing{module}
	}
	return py, nil
}

// Environment is that of this process without what it says of AWS and
// Terraform, and with an endpoint and keys instead.
func Environment(url, key, secret string) []string {
	env := slices.DeleteFunc(os.Environ(), func(s string) bool {
		return strings.HasPrefix(s, "AWS_") || strings.HasPrefix(s, "TF_")
	})
	return append(env, variables(url, key, secret)...)
}

// SetEnvironment makes this process such a client for the time of the test.
func SetEnvironment(t testing.TB, url, key, secret string) {
	t.Helper()
	for _, s := range os.Environ() {
		if name, _, _ := strings.Cut(s, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // puts it back in the end
			os.Unsetenv(name)
		}
	}
	for _, s := range variables(url, key, secret) {
		name, value, _ := strings.Cut(s, "=")
		t.Setenv(name, value)
	}
}

func variables(url, key, secret string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + url, "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret,
		"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
}

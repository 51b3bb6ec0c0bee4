package moto

import (
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

// TestBesideTerraform lets Terraform take over what the tool made: it imports
// everything and finds nothing to change, the tool finds nothing that Terraform
// changed, and a drift that the one heals is none for the other.
func TestBesideTerraform(t *testing.T) {
	tf, err := tools.FindTerraform()
	tf = tools.Use(t, tf, err)
	r := newRepo(t, dozen)
	r.apply()
	config, err := tools.Stack(t.Context(), r.client())
	if err != nil {
		t.Fatal(err)
	}
	w, err := tf.Workspace(t.Context(), t.TempDir(), config, tools.Environment(r.moto.URL, "test", "test"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.Run(t.Context(), "apply", "-auto-approve", "-input=false")
	if err != nil {
		t.Fatal(err)
	}
	// the organization, a policy, its two attachments, a unit, twelve accounts
	if want := "17 imported, 0 added, 0 changed, 0 destroyed"; !strings.Contains(out, want) {
		t.Errorf("terraform does not say %q:\n%s", want, out)
	}
	r.settled()
	id := r.ids()
	if _, err := r.client().DetachPolicy(t.Context(), detach(id("policy/Deny"), id("ou/Labs"))); err != nil {
		t.Fatal(err)
	}
	r.heals("create attachment/Deny@ou/Labs")
	if _, err := w.Run(t.Context(), "plan", "-detailed-exitcode", "-input=false"); err != nil { // exit code 2 is a change
		t.Error(err)
	}
}

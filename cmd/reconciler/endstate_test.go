package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
)

// What the payer of testdata/lab must come to, written down once more by hand.
var (
	labPolicies = map[string][]string{
		"root":     {"FullAWSAccess", "Guard"},
		"Labs":     {"Allow", "Regions"},
		"Projects": {"FullAWSAccess", "Regions"},
	}
	labAccounts = map[string][]string{
		"Labs":     {"101", "102", "103", "104", "105", "106", "107"},
		"Projects": {"amber", "birch", "cedar", "dill", "elm"},
	}
	labEmails = map[string]string{"Labs": "student%@lab.example", "Projects": "project-%@lab.example"}
)

// check looks at AWS and at the CSV when an apply is done: all is there, once
// and in its place, nothing is left to do, and it came about in a safe order.
func (b *bench) check() {
	b.t.Helper()
	b.door.killAt(0, never)
	b.must(0, "plan", "--detailed-exitcode")
	if n := b.door.count(); n != 0 {
		b.t.Errorf("a plan wrote %d times", n)
	}
	w := b.world()
	for node, want := range labPolicies {
		if diff := cmp.Diff(want, w.names("ListPoliciesForTarget", "Policies", map[string]string{"TargetId": w.ids[node], "Filter": "SERVICE_CONTROL_POLICY"})); diff != "" {
			b.t.Errorf("policies of %s (-want +got):\n%s", node, diff)
		}
	}
	var csv strings.Builder
	all := map[string]int{}
	for _, a := range w.list("ListAccounts", "Accounts", nil) {
		all[a["Email"].(string)]++
	}
	if len(all) != 13 {
		b.t.Errorf("%d accounts, want 13: %v", len(all), all)
	}
	for _, ou := range []string{"Labs", "Projects"} {
		there := map[string]string{}
		for _, a := range w.list("ListAccountsForParent", "Accounts", map[string]string{"ParentId": w.ids[ou]}) {
			there[a["Email"].(string)] = a["Id"].(string)
		}
		for _, id := range labAccounts[ou] {
			email := strings.ReplaceAll(labEmails[ou], "%", id)
			if all[email] != 1 || there[email] == "" {
				b.t.Errorf("%s is there %d times, in %s: %q", email, all[email], ou, there[email])
			}
			csv.WriteString(there[email] + "," + id + "," + email + "\n")
		}
	}
	got, err := os.ReadFile(filepath.Join(b.dir, "accounts", "lab.csv"))
	if err != nil {
		b.t.Fatal(err)
	}
	if diff := cmp.Diff(csv.String(), string(got)); diff != "" {
		b.t.Errorf("lab.csv (-want +got):\n%s", diff)
	}
	if n := temps(b.t, filepath.Join(b.dir, "accounts")); n != 0 {
		b.t.Errorf("%d temporary files are left", n)
	}
	b.checkOrder()
}

// world is a look at the simulated AWS that nothing lags.
type world struct {
	t   *testing.T
	sim *awssim.Server
	ids map[string]string // of root, and of units by name
}

func (b *bench) world() *world {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "world.json")
	if err := b.sim.Save(path); err != nil {
		b.t.Fatal(err)
	}
	sim, err := awssim.Load(path, awssim.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	w := &world{b.t, sim, map[string]string{}}
	w.ids["root"] = w.list("ListRoots", "Roots", nil)[0]["Id"].(string)
	for _, ou := range w.list("ListOrganizationalUnitsForParent", "OrganizationalUnits", map[string]string{"ParentId": w.ids["root"]}) {
		name := ou["Name"].(string)
		if w.ids[name] != "" {
			b.t.Errorf("two units %s", name)
		}
		w.ids[name] = ou["Id"].(string)
	}
	return w
}

// list gives all pages of a list.
func (w *world) list(op, member string, in map[string]string) []map[string]any {
	w.t.Helper()
	var all []map[string]any
	for token := ""; ; {
		input := map[string]string{}
		for k, v := range in {
			input[k] = v
		}
		if token != "" {
			input["NextToken"] = token
		}
		out, err := callOrganizations(w.sim, "111122223333", op, encode(input))
		if err != nil {
			w.t.Fatal(err)
		}
		page := out.(map[string]any)
		for _, item := range page[member].([]any) {
			all = append(all, item.(map[string]any))
		}
		if token, _ = page["NextToken"].(string); token == "" {
			return all
		}
	}
}

func (w *world) names(op, member string, in map[string]string) []string {
	w.t.Helper()
	var names []string
	for _, item := range w.list(op, member, in) {
		names = append(names, item["Name"].(string))
	}
	slices.Sort(names)
	return names
}

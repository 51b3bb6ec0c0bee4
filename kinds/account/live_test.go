package account_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestExistingAccountIsUsed matches the address in any case and takes the
// account as it is.
func TestExistingAccountIsUsed(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply("organization: {create: true, trustedServices: [account.amazonaws.com]}\nous: [{name: Labs}]\n")
		id := r.Account("s1", "S1@Acme.Example")
		r.Move(id, r.Root(), r.UnitIDs(r.Root())["Labs"])
		body := organizationAndLabs + pool(1, 1, "")
		r.Want(r.Apply(body))
		r.Settled(body)
		r.Equal("CSV", r.Read("accounts.csv"), id+",1,S1@Acme.Example\n")
		r.Equal("tags", r.TagsOf(id), map[string]string{})
	})
}

// TestWantedNameUnderAnotherAddress is no second account.
func TestWantedNameUnderAnotherAddress(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs)
		r.Account("ops", "old@acme.example")
		body := organizationAndLabs + "accounts: [{name: ops, email: new@acme.example}]\n"
		p := r.Plan(body)
		r.Want(p, "!~ account/new@acme.example email: old@acme.example -> new@acme.example "+
			"(blocked: exists as old@acme.example; the root email cannot be changed by an API)")
		before := r.Writes()
		if _, err := r.TryApply(p); err != nil || r.Writes() != before {
			t.Errorf("apply: %v, %d writes", err, r.Writes()-before)
		}
	})
}

// TestClosedAccountLeavesItsName to a new account under another address.
func TestClosedAccountLeavesItsName(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organizationAndLabs)
		r.Close(r.Account("ops", "old@acme.example"))
		r.Want(r.Plan(organizationAndLabs+"accounts: [{name: ops, email: new@acme.example}]\n"), "+ account/new@acme.example")
	})
}

// TestDanger24ForeignAccountOfOneName lets two accounts bear the name of a
// wanted one.
func TestDanger24ForeignAccountOfOneName(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + "accounts: [{name: ops, email: ops@acme.example, ou: Labs}]\n"
		r.Apply(body)
		r.Account("ops", "theirs@acme.example")
		r.Account("ops", "others@acme.example")
		p := r.Plan(body)
		r.Want(p)
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{"account/others@acme.example", "account/theirs@acme.example"})
		r.Settled(body)
	})
}

// TestDanger2RemovedLinesCloseNothing takes three accounts and a pool out of
// the file, with prune on.
func TestDanger2RemovedLinesCloseNothing(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		named := "accounts:\n"
		for _, n := range []string{"a", "b", "c"} {
			named += fmt.Sprintf("  - {name: %s, email: aws-%s@acme.example, ou: Labs}\n", n, n)
		}
		r.Apply(organizationAndLabs + named + pool(1, 2, ""))
		before := places(r)
		body := organizationAndLabs + "safety: {prune: true}\n"
		p := r.Apply(body)
		r.Want(p)
		r.Equal("left", kindtest.Left(p), []string{"account/aws-a@acme.example", "account/aws-b@acme.example",
			"account/aws-c@acme.example", "account/s1@acme.example", "account/s2@acme.example"})
		r.Equal("places", places(r), before)
	})
}

// TestDanger3EmptyPagesAreNotTheEnd puts empty pages into every list.
func TestDanger3EmptyPagesAreNotTheEnd(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 25, "") + "accounts: [{name: ops, email: ops@acme.example, tags: {a: b}}]\n"
		r.Apply(body)
		for _, operation := range []string{"ListAccounts", "ListOrganizationalUnitsForParent", "ListPolicies", "ListPoliciesForTarget",
			"ListCreateAccountStatus", "ListRoots", "GetResources", "ListTagsForResource"} {
			r.Sim.Inject(awssim.Fault{Operation: operation, Nth: 1, Kind: awssim.EmptyPage})
		}
		r.Settled(body)
		r.Sim.ClearFaults()
		for _, operation := range []string{"ListAccounts", "ListOrganizationalUnitsForParent", "GetResources"} {
			r.Ring(operation)
			_, err := r.TryPlan(body)
			r.Refused(err, "AWS gave the token of a page twice")
			r.Through = nil
		}
	})
}

// TestJournalThatGoesRoundEnds stands for endpoints that repeat the token of
// this one list for ever.
func TestJournalThatGoesRoundEnds(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 2, "")
		r.Apply(body)
		r.Ring("ListCreateAccountStatus")
		r.Settled(body)
	})
}

// TestMissingPathsAreWalked reads an endpoint that gives no Paths: the accounts
// of every node, once.
func TestMissingPathsAreWalked(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		strip := func(_ int, answer map[string]any) {
			list, _ := answer["Accounts"].([]any)
			if one, ok := answer["Account"]; ok {
				list = []any{one}
			}
			for _, a := range list {
				delete(a.(map[string]any), "Paths")
				a.(map[string]any)["Status"] = "ACTIVE"
				delete(a.(map[string]any), "State")
			}
		}
		for _, operation := range []string{"ListAccounts", "ListAccountsForParent", "DescribeAccount"} {
			r.Edit(operation, strip)
		}
		body := organizationAndLabs + "accounts: [{name: ops, email: ops@acme.example, ou: Labs}]\n" + pool(1, 22, "")
		r.Apply(body)
		r.Sim.ResetCalls()
		r.Plan(body)
		calls := r.Calls()
		r.Equal("calls", []int{calls["ListAccounts"], calls["ListAccountsForParent"]}, []int{1, 3}) // the root; Labs, two pages
		r.Settled(body)
		r.Move(*r.Accounts()["s3@acme.example"].Id, r.UnitIDs(r.Root())["Labs"], r.Root())
		r.Want(r.Plan(body), "~ account/s3@acme.example ou: root -> ou/Labs")
	})
}

// TestClosedAccount says that an address is burnt.
func TestClosedAccount(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 2, "")
		r.Apply(body)
		r.Close(*r.Accounts()["s1@acme.example"].Id)
		p := r.Plan(body)
		lines := kindtest.Lines(p)
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "!~ account/s1@acme.example state: ") ||
			!strings.Contains(lines[0], "its address cannot be used again") {
			t.Errorf("plan %q", lines)
		}
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		if got := r.Read("accounts.csv"); strings.Contains(got, "s1@") || !strings.Contains(got, "s2@") {
			t.Errorf("the CSV is\n%s", got)
		}
	})
}

// TestDanger3SecondPageFails loses the session in the middle of a list.
func TestDanger3SecondPageFails(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organizationAndLabs + pool(1, 45, "")
		r.Apply(body)
		for nth := 1; nth <= 3; nth++ {
			r.Sim.Inject(awssim.Fault{Operation: "ListAccounts", Nth: nth, Kind: awssim.Deny})
			p, err := r.TryPlan(body)
			r.Refused(err, "list accounts", "AccessDenied")
			if p != nil {
				t.Errorf("page %d is denied, and there is a plan", nth)
			}
		}
		r.Settled(body)
	})
}

// TestRenameSaysWhatItNeeds does not end the pass of the other changes.
func TestRenameSaysWhatItNeeds(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		account := func(name, ou string) string {
			return fmt.Sprintf("accounts: [{name: %s, email: aws-a@acme.example, ou: Labs}, {name: b, email: aws-b@acme.example, ou: %s}]\nsafety: {maxMoves: 5}\n", name, ou)
		}
		const units = "ous: [{name: Labs}, {name: Other}]\n"
		r.Apply("organization: {create: true}\n" + units + account("a", "Labs"))
		body := "organization: {create: true}\n" + units + account("renamed", "Other")
		_, err := r.TryApply(r.Plan(body))
		r.Refused(err, "account:PutAccountName", "account.amazonaws.com among organization.trustedServices")
		r.Want(r.Plan(body), "~ account/aws-a@acme.example name: a -> renamed")
		body = strings.Replace(body, "create: true", "create: true, trustedServices: [account.amazonaws.com]", 1)
		r.Apply(body) // the service comes before the rename
		r.Settled(body)
	})
}

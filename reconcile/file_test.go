package reconcile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

const renaming = "organization: {create: true, trustedServices: [account.amazonaws.com]}\n"

const named = `ous: [{name: Labs}]
pools:
  - {name: students, ou: Labs, ids: [IDS], account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}, csv: {path: accounts.csv, columns: [account_id, name]}}
  - {name: staff, ou: Labs, ids: [x], account: {name: "${{ id }}", email: "${{ id }}@acme.example"}, csv: staff.csv}
`

// TestNameThatASpreadsheetRuns of a member who renamed an account that left the
// file: only the CSV that would hold it is not written.
func TestNameThatASpreadsheetRuns(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(renaming + strings.Replace(named, "IDS", "a, b", 1))
		was := r.Read("accounts.csv")
		id, name := aws.ToString(r.Accounts()["sb@acme.example"].Id), "=HYPERLINK(1)"
		kindtest.Must[*account.PutAccountNameOutput](r)(account.NewFromConfig(r.Config()).PutAccountName(r.Context(),
			&account.PutAccountNameInput{AccountId: &id, AccountName: &name}))
		r.CatchUp()
		r.Write("staff.csv", "")

		p := r.Plan(renaming + strings.Replace(named, "IDS", "a, c", 1))
		r.Want(p, "+ account/sc@acme.example")
		r.Refused(p.Files[0].Err, "account "+id, `a spreadsheet would run name "=HYPERLINK(1)"`)
		if f := p.Files[1]; f.Err != nil || f.Add != 1 {
			t.Errorf("the other CSV: %+v", f)
		}
		a, err := r.TryApply(p)
		r.Refused(err, "account "+id)
		r.Refused(a.Files[0].Err, "account "+id)
		r.Equal("outcomes", len(a.Result.Outcomes), 1)
		r.Equal("CSV", r.Read("accounts.csv"), was)
		if got := r.Read("staff.csv"); !strings.HasSuffix(got, ",x,x@acme.example\n") {
			t.Errorf("the other CSV is %q", got)
		}
	})
}

// TestCSVThatTurnsForeignDuringTheApply has an error of its own; the others are written.
func TestCSVThatTurnsForeignDuringTheApply(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		p := r.Plan(organization + strings.Replace(named, "IDS", "a, b", 1))
		const foreign = "account;id;mail\n"
		r.Write("accounts.csv", foreign)
		a, err := r.TryApply(p)
		r.Refused(err, "accounts.csv is there and is not a CSV of ours", "remove it by hand")
		if len(a.Files) != 2 || a.Files[0].Err == nil || a.Files[1].Err != nil || a.Files[1].Add != 1 {
			t.Errorf("files %+v", a.Files)
		}
		r.Equal("CSV", r.Read("accounts.csv"), foreign)
	})
}

// TestDanger13ListOfOwners has account ids, and is no CSV of ours.
func TestDanger13ListOfOwners(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + students(1, 2)
		r.Apply(body)
		var owners strings.Builder
		for email, a := range r.Accounts() {
			owners.WriteString(email + "," + aws.ToString(a.Id) + "\n")
		}
		r.Write("owners.csv", owners.String())
		_, err := r.TryPlan(strings.Replace(body, "csv: accounts.csv", "csv: owners.csv", 1))
		r.Refused(err, "owners.csv is there and is not a CSV of ours", "its rows are not account_id, my_id, email")
		r.Equal("file", r.Read("owners.csv"), owners.String())

		// Our own, whose columns changed since.
		columns := strings.Replace(body, "csv: accounts.csv", "csv: {path: accounts.csv, columns: [email, account_id]}", 1)
		r.Apply(columns)
		_, err = r.TryPlan(strings.Replace(columns, "[email, account_id]", "[account_id, name]", 1))
		r.Refused(err, "where only its columns changed, remove it by hand: it is written anew")
	})
}

// TestDanger3LostCSVs has AWS show fewer than half of the accounts that the
// CSV names at HEAD, while the one on disk is gone or empty.
func TestDanger3LostCSVs(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + students(1, 5)
		r.Apply(body)
		before, head := r.Writes(), r.Read("accounts.csv")
		o := r.Options()
		o.Committed = func(p *spec.Payer, path string) ([]byte, error) {
			r.Equal("path", path, "accounts.csv")
			return []byte(head), nil
		}
		r.Edit("ListAccounts", func(_ int, answer map[string]any) { answer["Accounts"] = answer["Accounts"].([]any)[:1] })
		r.Edit("ListCreateAccountStatus", func(_ int, answer map[string]any) { answer["CreateAccountStatuses"] = []any{} })
		r.Write("accounts.csv", "")
		_, err := reconcile.Plan(t.Context(), r.Payer(body), o)
		r.Refused(err, "AWS shows 0 of the 5 accounts", "at HEAD", "not trusted")
		if err := os.Remove(filepath.Join(r.Dir, "accounts.csv")); err != nil {
			t.Fatal(err)
		}
		_, err = reconcile.Accounts(t.Context(), r.Payer(body), o)
		r.Refused(err, "AWS shows 0 of the 5 accounts")

		o.Committed = func(*spec.Payer, string) ([]byte, error) { return nil, errors.New("read HEAD: torn") }
		_, err = reconcile.Plan(t.Context(), r.Payer(body), o)
		r.Refused(err, "read HEAD: torn")
		r.Equal("writes", r.Writes(), before)
	})
}

package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// myIDs gives the my_id of each row, which stands behind the account id.
func myIDs(csv string) []string {
	var ids []string
	for l := range strings.Lines(csv) {
		ids = append(ids, strings.Split(l, ",")[1])
	}
	return ids
}

// pools is two pools that share a file, the later ids before the earlier ones.
func pools(a, b string) string {
	const account = `account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}`
	return fmt.Sprintf(`ous: [{name: Labs}, {name: Parked}]
pools:
  - {name: late, ou: Labs, ids: %s, %s, csv: accounts.csv, surplus: {action: keep}}
  - {name: early, ou: Labs, ids: %s, %s, csv: accounts.csv, surplus: {action: park, ou: Parked}}
`, a, account, b, account)
}

func TestRowsStandInFileOrder(t *testing.T) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
				body := organization + pools("[z9, z10]", "{from: 8, count: 4, width: 3}")
				p := r.Apply(body)
				if f := p.Files; len(f) != 1 || f[0].Add != 6 || f[0].Remove != 0 {
					t.Errorf("the plan says of the CSV %+v", f)
				}
				r.Settled(body)
				r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"z9", "z10", "008", "009", "010", "011"})

				// One leaves each pool and one comes: what is kept stays at the end, what is parked goes.
				body = organization + pools("[z10, z11]", "{from: 9, count: 3, width: 3}")
				p = r.Plan(body)
				r.Want(p, "~ account/s008@acme.example ou: ou/Labs -> ou/Parked", "+ account/sz11@acme.example")
				r.Equal("left", kindtest.Left(p), []string{"account/sz9@acme.example"})
				if f := p.Files[0]; f.Add != 1 || f.Remove != 1 {
					t.Errorf("the plan says of the CSV: %d rows to add, %d to remove", f.Add, f.Remove)
				}
				if _, err := r.TryApply(p); err != nil {
					t.Fatal(err)
				}
				r.Settled(body)
				r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"z10", "z11", "009", "010", "011", "z9"})
			})
		})
	}
}

// TestStayedRowsKeepTheirOrder has rows that left the ids stand as they stood,
// and not as AWS lists the accounts.
func TestStayedRowsKeepTheirOrder(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		for _, ids := range []string{"[b]", "[a, b]", "[c, a, b]", "[c]"} {
			r.Apply(organization + pools(ids, "[z]"))
		}
		r.Settled(organization + pools("[c]", "[z]"))
		r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"c", "z", "a", "b"})
	})
}

// TestStayedRowsOfASpreadsheet has a spreadsheet save the CSV: with a byte
// order mark. The ids of the rows that stay are kept.
func TestStayedRowsOfASpreadsheet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organization + pools("[a, b]", "[z]"))
		r.Write("accounts.csv", "\ufeff"+r.Read("accounts.csv"))
		r.Apply(organization + pools("[b]", "[z]"))
		r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"b", "z", "a"})
	})
}

// TestARowEntersOnlyInItsUnit has an account that exists, in another place,
// and cannot be moved.
func TestARowEntersOnlyInItsUnit(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(organization + "ous: [{name: Labs}]\n")
		body := organization + students(1, 2)
		r.Fail("MoveAccount")
		if _, err := r.TryApply(r.Plan(body)); err == nil {
			t.Fatal("the apply did not fail")
		}
		r.Equal("CSV", r.Read("accounts.csv"), "")
		if _, err := r.TryApply(r.Plan(body + "safety: {maxMoves: 2}\n")); err == nil {
			t.Fatal("the apply did not fail")
		}
		r.Equal("accounts, all in the root, and their rows", []int{len(r.Accounts()), len(r.Read("accounts.csv"))}, []int{2, 0})
		r.Sim.ClearFaults()
		r.Apply(body)
		r.Settled(body)
		r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"1", "2"})

		// Moved away behind our back, it keeps its row while the plan brings it back.
		for _, a := range r.Accounts() {
			if aws.ToString(a.Email) == "s1@acme.example" {
				r.Move(*a.Id, r.UnitIDs(r.Root())["Labs"], r.Root())
			}
		}
		p := r.Plan(body + "safety: {maxMoves: 1}\n")
		r.Want(p, "~ account/s1@acme.example ou: root -> ou/Labs")
		if p.Files[0].Changed {
			t.Errorf("the CSV would change: %+v", p.Files[0])
		}
	})
}

// TestEveryColumnIsStable writes all columns, and plans again without a
// difference in any byte.
func TestEveryColumnIsStable(t *testing.T) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
				body := organization + `ous: [{name: Labs, ous: [{name: 'A, "B"'}]}]
pools:
  - name: students
    ou: 'Labs/A, "B"'
    ids: [a1, a2]
    account: {name: "s ${{ id }}", email: "S${{ id }}@acme.example", tags: {course: "c-${{ id }}"}}
    csv:
      path: out/accounts.csv
      header: true
      columns: [my_id, account_id, name, email, ou, pool, arn, state, joined, "tag:course", "tag:other"]
`
				r.Apply(body)
				r.Settled(body)
				csv := strings.Split(r.Read("out/accounts.csv"), "\n")
				if len(csv) != 4 || csv[0] != "my_id,account_id,name,email,ou,pool,arn,state,joined,tag:course,tag:other" {
					t.Fatalf("the CSV is %q", csv)
				}
				a := r.Accounts()["Sa1@acme.example"]
				r.Equal("row", csv[1], fmt.Sprintf(`a1,%s,s a1,Sa1@acme.example,"Labs/A, ""B""",students,%s,ACTIVE,%s,c-a1,`,
					*a.Id, *a.Arn, a.JoinedTimestamp.UTC().Format("2006-01-02T15:04:05Z")))

				// A tag that somebody else sets on a column's key is shown, and no change.
				r.Tag(*a.Id, kindtest.Tags("other", "theirs")...)
				r.CatchUp()
				p := r.Apply(body)
				r.Want(p)
				if !strings.Contains(r.Read("out/accounts.csv"), ",c-a1,theirs\n") {
					t.Errorf("the CSV is\n%s", r.Read("out/accounts.csv"))
				}
				r.Settled(body)
			})
		})
	}
}

// TestDanger13ForeignCSV refuses to write over a file that is not a CSV of ours.
func TestDanger13ForeignCSV(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		for _, foreign := range []string{"name,phone\nAda,1\n", "#!/bin/sh\necho\n", "account_id,my_id,email\n111122223333,1,a@acme.example\nnot an id,2,b@acme.example\n"} {
			r.Write("accounts.csv", foreign)
			_, err := r.TryPlan(organization + students(1, 2))
			r.Refused(err, "payers/acme.yaml:8", "accounts.csv is there and is not a CSV of ours")
			if n := len(r.Sim.Calls()); n != 0 {
				t.Errorf("%d calls before that", n)
			}
			r.Equal("file", r.Read("accounts.csv"), foreign)
		}
		// One that turns up between plan and apply.
		r.Write("accounts.csv", "")
		p := r.Plan(organization + students(1, 2))
		r.Write("accounts.csv", "name,phone\nAda,1\n")
		_, err := r.TryApply(p)
		r.Refused(err, "not a CSV of ours")
		r.Equal("file", r.Read("accounts.csv"), "name,phone\nAda,1\n")
	})
}

// TestLostCSVIsWrittenAgain from what AWS has.
func TestLostCSVIsWrittenAgain(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + students(1, 3)
		r.Apply(body)
		csv := r.Read("accounts.csv")
		r.Write("accounts.csv", strings.SplitAfter(csv, "\n")[1])
		before := r.Writes()
		p := r.Apply(body)
		r.Want(p)
		if f := p.Files[0]; f.Add != 2 || f.Remove != 0 || r.Writes() != before {
			t.Errorf("%d rows to add, %d to remove, %d writes", f.Add, f.Remove, r.Writes()-before)
		}
		r.Equal("CSV", r.Read("accounts.csv"), csv)
	})
}

// TestFailedChangesStillWriteTheCSV of what is there by then.
func TestFailedChangesStillWriteTheCSV(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Sim.AddRole("444455556666", "any", "") // comes into being, with its own address
		body := organization + students(1, 2) + `  - {name: used, ou: Labs, ids: ["444455556666"], account: {name: "u${{ id }}", email: "root-${{ id }}@standalone.example"}, csv: accounts.csv}
`
		_, err := r.TryApply(r.Plan(body))
		r.Refused(err, "account/root-444455556666@standalone.example", "EMAIL_ALREADY_EXISTS")
		r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"1", "2"})
	})
}

// TestNothingIsMadeThatNoListCouldName has a CSV whose folder cannot be
// written: no account is made.
func TestNothingIsMadeThatNoListCouldName(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := organization + strings.Replace(students(1, 2), "accounts.csv", "lists/accounts.csv", 1)
		p := r.Plan(body)
		r.Write("lists", "a file")
		before := r.Writes()
		_, err := r.TryApply(p)
		r.Refused(err, "lists/accounts.csv")
		if n := r.Writes() - before; n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

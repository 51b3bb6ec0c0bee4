package reconcile_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// slow has one account made after the other, each in 25 seconds.
func slow(r *kindtest.Rig) reconcile.ApplyOptions {
	r.Through = slowly{r.Sim.Transport()}
	return reconcile.ApplyOptions{Options: executor.Options{Parallelism: 1}}
}

type slowly struct{ next http.RoundTripper }

func (s slowly) RoundTrip(q *http.Request) (*http.Response, error) {
	if strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".CreateAccount") {
		time.Sleep(25 * time.Second) // on the test's own clock
	}
	return s.next.RoundTrip(q)
}

// page is what Written was told of one file.
func page(f reconcile.File) string {
	return fmt.Sprintf("%s +%d -%d %v", f.CSV.Path, f.Add, f.Remove, f.Err)
}

// TestCSVsWhileAnApplyRuns: once a minute the accounts that are ready by then
// are in the CSV, and what is told at the end is of the whole apply.
func TestCSVsWhileAnApplyRuns(t *testing.T) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprint("lag ", lag), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{LagReads: lag}, func(t *testing.T, r *kindtest.Rig) {
				body := organization + students(1, 7)
				p := r.Plan(body)
				var got []string
				o := slow(r)
				rows := 0
				o.Written = func(files []reconcile.File) {
					for _, f := range files {
						rows += f.Add
						got = append(got, page(f))
					}
					if have := len(myIDs(r.Read("accounts.csv"))); have != rows {
						t.Errorf("told of %d rows, and the file has %d", rows, have)
					}
				}
				a, err := p.Apply(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				want := []string{"accounts.csv +1 -0 <nil>", "accounts.csv +2 -0 <nil>"}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("written on the way (-want +got):\n%s", diff)
				}
				r.Equal("of all", page(a.Files[0]), "accounts.csv +7 -0 <nil>")
				r.Equal("rows", myIDs(r.Read("accounts.csv")), []string{"1", "2", "3", "4", "5", "6", "7"})
				r.CatchUp()
				r.Settled(body)
			})
		})
	}
}

// TestACSVThatCannotBeWrittenOnTheWay does not stop the apply, and is told at
// once and at the end.
func TestACSVThatCannotBeWrittenOnTheWay(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		p := r.Plan(organization + students(1, 5))
		o := slow(r)
		o.Every = 30 * time.Second
		file := filepath.Join(r.Dir, "accounts.csv")
		began, told := time.Now(), 0
		o.Written = func(files []reconcile.File) {
			for _, f := range files {
				switch told++; {
				case told == 1 && f.Err == nil && f.Add == 1:
					if err := os.Remove(file); err != nil {
						t.Error(err)
					}
					if err := os.Mkdir(file, 0o755); err != nil {
						t.Error(err)
					}
				case told > 1 && f.Err != nil:
				default:
					t.Errorf("told after %v: %s", time.Since(began), page(f))
				}
			}
		}
		a, err := p.Apply(t.Context(), o)
		r.Refused(err, "accounts.csv")
		r.Equal("told of it on the way, and at the end", []bool{told > 1, a.Files[0].Err != nil}, []bool{true, true})
		r.Equal("accounts", []int{len(r.Accounts()), a.Result.Count(executor.Failed)}, []int{5, 0})
	})
}

// TestAnApplyThatIsStopped writes the CSV of what is there by then.
func TestAnApplyThatIsStopped(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		p := r.Plan(organization + students(1, 5))
		ctx, stop := context.WithCancelCause(t.Context())
		o := slow(r)
		o.Written = func([]reconcile.File) { stop(fmt.Errorf("ana paused acme: an outage")) }
		a, err := p.Apply(ctx, o)
		r.Refused(err, "ana paused acme")
		r.Equal("ended", a.Result.Ended, "interrupted: ana paused acme: an outage")
		ready := 0
		for i, c := range p.Plan.Changes {
			if c.Ref.Kind == "account" && a.Result.Outcomes[i] == executor.Done {
				ready++
			}
		}
		if rows := len(myIDs(r.Read("accounts.csv"))); rows != ready || ready == 0 || ready == 5 {
			t.Errorf("%d accounts are ready, and %d rows are there", ready, rows)
		}
	})
}

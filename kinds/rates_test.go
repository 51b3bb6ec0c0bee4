package kinds_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// paced is a Rig whose passes keep to the rates of AWS, on an AWS that holds
// them to these.
type paced struct {
	*kindtest.Rig
	limits cloud.Limits // of the process that the passes are in
	began  time.Time
}

// newPaced is to be called in a bubble: its passes take hours.
func newPaced(t *testing.T) *paced {
	t.Helper()
	return &paced{Rig: kindtest.New(t, awssim.Options{Rates: true, CreateTime: 10 * time.Second})}
}

func (r *paced) open(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
	id, secret := r.Sim.Key(r.ID)
	return cloud.Open(ctx, cloud.Options{Payer: p.Name, AccountID: p.AccountID, APIRate: "aws", Limits: &r.limits,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: &http.Client{Transport: r.Sim.Transport()}})
}

// plan begins to count calls and time, and plans.
func (r *paced) plan(body string) *reconcile.Planned {
	r.Helper()
	r.Sim.ResetCalls()
	r.began = time.Now()
	o := r.Options()
	o.Open = r.open
	p, err := reconcile.Plan(r.Context(), r.Payer(body), o)
	if err != nil {
		r.Fatalf("plan: %v", err)
	}
	return p
}

// apply applies a plan, all of which must get done.
func (r *paced) apply(p *reconcile.Planned) {
	r.Helper()
	a, err := p.Apply(r.Context(), reconcile.ApplyOptions{})
	if err != nil {
		r.Fatalf("apply: %v", err)
	}
	if n := a.Result.Count(executor.Done); n != len(p.Plan.Changes) {
		r.Fatalf("%d of %d changes done", n, len(p.Plan.Changes))
	}
}

// spent compares the calls of some operations since the plan, and the time. No
// call may have been throttled: the tool knows the rates.
func (r *paced) spent(what string, least, most time.Duration, want map[string]int) {
	r.Helper()
	took := time.Since(r.began)
	if took < least || took > most {
		r.Errorf("%s took %v, want %v to %v", what, took, least, most)
	}
	have, all := map[string]int{}, r.Calls()
	for op := range want {
		have[op] = all[op]
	}
	r.Equal(what, have, want)
	for _, c := range r.Sim.Calls() {
		if c.Code == "TooManyRequestsException" {
			r.Errorf("%s: %s was throttled", what, c.Operation)
		}
	}
}

// TestApplyAtTheRatesOfAWS makes what AWS makes slowly, one behind the other
// where one needs the other, and plans what is there by then.
func TestApplyAtTheRatesOfAWS(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body        string
		least, most time.Duration // of the apply
		calls       map[string]int
		plan        time.Duration // at most
		planCalls   map[string]int
	}{
		// (200-3)/0.1 s for the accounts; (100-3)/2 s for the policies before them,
		// and (100-2)/2 s to read these again at the end.
		"100 policies and 200 accounts": {
			payerOf(2, 100, 200, ""), 1970 * time.Second, 2100 * time.Second,
			map[string]int{"CreatePolicy": 100, "CreateOrganizationalUnit": 2, "AttachPolicy": 2, "CreateAccount": 200, "MoveAccount": 200},
			// (100-2)/2 s for the documents.
			time.Minute, map[string]int{"DescribePolicy": 100, "ListPoliciesForTarget": 3, "ListAccounts": 11},
		},
		// (100-2)/1 s for the units, (100-3)/2 s for the attachments, and some 30 s
		// to read what there is, before and at the end.
		"100 units": {
			payerOf(100, 5, 0, ""), 98 * time.Second, 190 * time.Second,
			map[string]int{"CreatePolicy": 5, "CreateOrganizationalUnit": 100, "AttachPolicy": 100, "CreateAccount": 0},
			time.Minute, map[string]int{"DescribePolicy": 5, "ListPoliciesForTarget": 101},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newPaced(t)
				r.apply(r.plan(tt.body))
				r.spent("apply", tt.least, tt.most, tt.calls)
				r.Want(r.plan(tt.body))
				r.spent("second plan", 0, tt.plan, tt.planCalls)
			})
		})
	}
}

// TestPlanOfForeignAccountsAtTheRatesOfAWS has 500 accounts that no file
// mentions: whose they are is asked of each, and of the root, in (501-15)/10 s.
func TestPlanOfForeignAccountsAtTheRatesOfAWS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newPaced(t)
		r.Organize()
		for i := range 500 {
			time.Sleep(time.Minute)
			kindtest.Must[*organizations.CreateAccountOutput](r.Rig)(r.Org().CreateAccount(t.Context(), &organizations.CreateAccountInput{
				AccountName: aws.String("foreign"), Email: aws.String(fmt.Sprintf("foreign%d@acme.example", i))}))
		}
		time.Sleep(time.Minute)
		p := r.plan("ous: [{name: Labs}]\n")
		if got := strings.Join(kindtest.Lines(p), "; "); !strings.Contains(got, "ou/Labs") {
			t.Errorf("plan %s", got)
		}
		r.spent("plan", 48*time.Second, time.Minute, map[string]int{"ListAccounts": 26, "ListTagsForResource": 501})
	})
}

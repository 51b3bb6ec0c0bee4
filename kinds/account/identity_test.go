package account_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

const renames = "organization: {create: true, trustedServices: [account.amazonaws.com]}\nous: [{name: Labs}, {name: Parked}]\n"

// blocked wants a plan of one change, which is blocked for that reason.
func blocked(r *kindtest.Rig, p *reconcile.Planned, ref, reason string) {
	r.Helper()
	if len(p.Plan.Changes) != 1 || p.Plan.Changes[0].Ref.String() != ref || p.Plan.Changes[0].Blocked != reason {
		r.Errorf("plan %v, want %s blocked: %s", kindtest.Lines(p), ref, reason)
	}
}

func renameTo(r *kindtest.Rig, id, name string) {
	r.Helper()
	in := &account.PutAccountNameInput{AccountId: aws.String(id), AccountName: aws.String(name)}
	kindtest.Must[*account.PutAccountNameOutput](r)(account.NewFromConfig(r.Config()).PutAccountName(r.Context(), in))
}

// TestDanger24ForeignCreationUnderWay has somebody else ask for an account of a
// wanted name: AWS's journal shows the name, and no address.
func TestDanger24ForeignCreationUnderWay(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(renames + pool(1, 1, ""))
		csv := r.Read("accounts.csv")
		in := &organizations.CreateAccountInput{AccountName: aws.String("s2"), Email: aws.String("somebody@else.example")}
		kindtest.Must[*organizations.CreateAccountOutput](r)(r.Org().CreateAccount(r.Context(), in))
		p := r.Plan(renames + pool(1, 2, ""))
		applied, err := r.TryApply(p)
		if err != nil {
			t.Fatal(err)
		}
		if applied.Result.Count(executor.Waiting) != 1 {
			t.Errorf("outcomes %v, want one that waits", applied.Result.Outcomes)
		}
		r.CatchUp()
		r.Equal("place of the foreign account", places(r)["somebody@else.example"], r.Root())
		r.Equal("CSV", r.Read("accounts.csv"), csv)
		blocked(r, r.Plan(renames+pool(1, 2, "")), "account/s2@acme.example", "exists as somebody@else.example; the root email cannot be changed by an API")
	})
}

// TestDanger17LostAnswerAndOldRequest loses an answer where an account of the
// name was made long ago and was renamed since.
func TestDanger17LostAnswerAndOldRequest(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(renames + pool(1, 1, ""))
		old := r.Account("s2", "old@acme.example")
		renameTo(r, old, "archive")
		r.CatchUp()
		p := r.Plan(renames + pool(1, 2, ""))
		r.Sim.Inject(awssim.Fault{Operation: "CreateAccount", Nth: 1, Kind: awssim.ServerError})
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.CatchUp()
		r.Equal("place of the old account", places(r)["old@acme.example"], r.Root())
		r.Equal("accounts", emails(r), []string{"old@acme.example", "s1@acme.example", "s2@acme.example"})
		r.Settled(renames + pool(1, 2, ""))
	})
}

// TestDanger9OneAccountRenamedAndReaddressed changes name and address of one
// of our accounts behind our back: it is found by its mark, and neither made a
// second time nor parked.
func TestDanger9OneAccountRenamedAndReaddressed(t *testing.T) {
	for name, more := range map[string]string{"keep": "", "park": ", surplus: {action: park, ou: Parked}"} {
		t.Run(name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := renames + pool(1, 3, more)
				r.Apply(body)
				id := aws.ToString(r.Accounts()["s2@acme.example"].Id)
				renameTo(r, id, "renamed by the vendor")
				readdress(r, "s2@acme.example", "vendor2@else.example")
				r.Tag(id, kindtest.Tags("reconciler:name", "s2@acme.example")...)
				r.CatchUp()
				blocked(r, r.Plan(body), "account/s2@acme.example", "exists as vendor2@else.example; the root email cannot be changed by an API")
			})
		})
	}
}

// readdress changes an address where no API does: in the simulator's state.
func readdress(r *kindtest.Rig, from, to string) {
	r.Helper()
	out := httptest.NewRecorder()
	r.Sim.ServeHTTP(out, httptest.NewRequest(http.MethodGet, "/_sim/state", nil))
	state := strings.ReplaceAll(out.Body.String(), from, to)
	in := httptest.NewRecorder()
	r.Sim.ServeHTTP(in, httptest.NewRequest(http.MethodPost, "/_sim/state", strings.NewReader(state)))
	if in.Code != http.StatusOK {
		r.Fatalf("load state: %d %s", in.Code, in.Body)
	}
}

// TestBlockedTwinIsNotListed has a foreign account of a wanted name in the
// wanted unit: it must not get into the vendor's CSV.
func TestBlockedTwinIsNotListed(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(renames + pool(1, 1, ""))
		csv := r.Read("accounts.csv")
		id := r.Account("s2", "foreign@else.example")
		r.Move(id, r.Root(), r.UnitIDs(r.Root())["Labs"])
		r.CatchUp()
		p := r.Plan(renames + pool(1, 2, ""))
		blocked(r, p, "account/s2@acme.example", "exists as foreign@else.example; the root email cannot be changed by an API")
		if _, err := r.TryApply(p); err != nil {
			t.Fatal(err)
		}
		r.Equal("CSV", r.Read("accounts.csv"), csv)
	})
}

// TestUnknownStateKeepsItsRow has AWS show a state that this version does not know.
func TestUnknownStateKeepsItsRow(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := renames + pool(1, 3, "")
		r.Apply(body)
		r.Edit("ListAccounts", func(_ int, answer map[string]any) {
			for _, a := range answer["Accounts"].([]any) {
				a.(map[string]any)["State"] = "ON_HOLIDAY"
			}
		})
		p := r.Plan(body)
		r.Want(p)
		if p.Files[0].Changed {
			t.Errorf("the CSV changes: %+v", p.Files[0])
		}
	})
}

// TestManagementAccountIsNoMember names the management account in the file.
func TestManagementAccountIsNoMember(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(renames)
		out := kindtest.Must[*organizations.DescribeOrganizationOutput](r)(
			r.Org().DescribeOrganization(r.Context(), &organizations.DescribeOrganizationInput{}))
		email := aws.ToString(out.Organization.MasterAccountEmail)
		p := r.Plan(renames + fmt.Sprintf("accounts: [{name: payer, email: %q, ou: Labs}]\n", email))
		blocked(r, p, "account/"+email, "it is the management account of the organization, which is no member to move or to hand out")
	})
}

// TestDanger3ListWithoutTheManagementAccount has AWS answer 200 with no account,
// where no CSV says that there were any.
func TestDanger3ListWithoutTheManagementAccount(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := renames + strings.Replace(pool(1, 3, ""), ", csv: accounts.csv", "", 1)
		r.Apply(body)
		r.Edit("ListAccounts", func(_ int, answer map[string]any) { answer["Accounts"] = []any{} })
		_, err := r.TryPlan(body)
		r.Refused(err, "lists 0 accounts", "management account "+kindtest.Account, "not trusted")
	})
}

// TestEqualRefusalsEndThePass wants a hundred accounts whose addresses are
// used elsewhere in AWS.
func TestEqualRefusalsEndThePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		use(r, 100)
		p := r.Plan(renames + pool(1, 100, "") + "safety: {maxAccountCreates: 100}\n")
		applied, err := r.TryApply(p)
		if err == nil || applied.Result.Ended == "" {
			t.Errorf("the pass went on: %v", err)
		}
		if got := r.Calls()["CreateAccount"]; got > 30 {
			t.Errorf("%d calls of CreateAccount, want about the 20 that end a pass", got)
		}
	})
}

// use lets another organization have the addresses s1 … sN.
func use(r *kindtest.Rig, n int) {
	r.Helper()
	id, secret := r.Sim.Key("444455556666")
	other := organizations.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: &http.Client{Transport: r.Sim.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	kindtest.Must[*organizations.CreateOrganizationOutput](r)(other.CreateOrganization(r.Context(), &organizations.CreateOrganizationInput{}))
	for i := range n {
		out := kindtest.Must[*organizations.CreateAccountOutput](r)(other.CreateAccount(r.Context(), &organizations.CreateAccountInput{
			AccountName: aws.String("x"), Email: aws.String(fmt.Sprintf("s%d@acme.example", i+1))}))
		kindtest.Must[*organizations.DescribeCreateAccountStatusOutput](r)(other.DescribeCreateAccountStatus(r.Context(),
			&organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: out.CreateAccountStatus.Id}))
	}
	r.Sim.ResetCalls()
}

// TestGoneAccountOfTheName has the journal name an account of a wanted name
// that AWS knows no more.
func TestGoneAccountOfTheName(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(renames + pool(1, 1, ""))
		r.Edit("ListCreateAccountStatus", func(_ int, answer map[string]any) {
			answer["CreateAccountStatuses"] = []any{map[string]any{
				"Id": "car-00000000000000000000000000000001", "AccountName": "s2", "State": "SUCCEEDED", "AccountId": "999999999999"}}
		})
		r.Want(r.Plan(renames+pool(1, 2, "")), "+ account/s2@acme.example")
	})
}

package awssim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
)

func (r *rig) newUnit(parent, name string) error {
	return err2(r.org.CreateOrganizationalUnit(r.ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name}))
}

func TestFaults(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	for _, tt := range []struct {
		kind awssim.FaultKind
		want string // code of the call that is hit
		then string // and of the same call again
	}{
		{awssim.Throttle, "TooManyRequestsException", ""},
		{awssim.ServerError, "ServiceException", ""},
		{awssim.Conflict, "ConcurrentModificationException", ""},
		{awssim.Deny, "AccessDeniedException", ""},
		{awssim.Drop, "reset", ""},
		{awssim.DropAnswer, "reset", "DuplicateOrganizationalUnitException"},
	} {
		r.sim.Inject(awssim.Fault{Operation: "CreateOrganizationalUnit", Nth: 2, Kind: tt.kind})
		if err := r.newUnit(root, "first "+string(tt.kind)); err != nil {
			t.Errorf("%s: the first is hit: %v", tt.kind, err)
		}
		err := r.newUnit(root, string(tt.kind))
		if got := code(err); got != tt.want && !(tt.want == "reset" && errors.Is(err, syscall.ECONNRESET)) {
			t.Errorf("%s: got %s", tt.kind, got)
		}
		if got := code(r.newUnit(root, string(tt.kind))); got != tt.then {
			t.Errorf("%s: then %q, want %q", tt.kind, got, tt.then)
		}
	}
	r.sim.Inject(awssim.Fault{Operation: "GetCallerIdentity", Kind: awssim.Throttle, Count: 1})
	if got := code(err2(r.sts.GetCallerIdentity(r.ctx, &sts.GetCallerIdentityInput{}))); got != "Throttling" {
		t.Errorf("STS: %s", got)
	}
}

func TestEmptyPageIsNotTheEnd(t *testing.T) {
	r := newRig(t, awssim.Options{})
	r.start()
	r.create("a")
	r.sim.Inject(awssim.Fault{Operation: "ListAccounts", Nth: 1, Count: 2, Kind: awssim.EmptyPage})
	r.sim.ResetCalls()
	if got := r.listed(); len(got) != 2 {
		t.Errorf("accounts %v", got)
	}
	if n := len(r.sim.Calls()); n != 2 { // behind an empty page stands no other
		t.Errorf("%d calls, want 2", n)
	}
}

// TestHeldWrite holds a write before and after it is done, over sockets and
// the control port, and takes the client away.
func TestHeldWrite(t *testing.T) {
	sim := awssim.New(awssim.Options{})
	srv := httptest.NewServer(sim)
	defer srv.Close()
	key, secret := sim.Key("111122223333")
	r := with(t, sim, srv.URL, srv.Client(), key, secret, "")
	root := r.start()
	for _, tt := range []struct{ kind, again string }{{"holdBefore", ""}, {"holdAfter", "DuplicateOrganizationalUnitException"}} {
		post(t, srv.URL, "faults", `{"operation":"write","nth":2,"kind":"`+tt.kind+`"}`)
		if err := r.newUnit(root, "free "+tt.kind); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error)
		name := tt.kind
		go func() {
			over <- err2(r.org.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &root, Name: &name}))
		}()
		if got := get(t, srv.URL, "held?timeout=10s"); !strings.Contains(got, `"Kind":"`+tt.kind+`"`) {
			t.Errorf("held: %s", got)
		}
		cancel()
		if err := <-over; err == nil {
			t.Error("the held call ended well")
		}
		if got := code(r.newUnit(root, name)); got != tt.again {
			t.Errorf("%s, then again: %q, want %q", tt.kind, got, tt.again)
		}
	}
	post(t, srv.URL, "faults", `{"operation":"write","nth":1,"kind":"holdBefore"}`)
	over := make(chan error)
	go func() { over <- r.newUnit(root, "released") }()
	get(t, srv.URL, "held?timeout=10s")
	var w struct{ Begun, Done int }
	if err := json.Unmarshal([]byte(get(t, srv.URL, "writes")), &w); err != nil || w.Begun != w.Done+3 {
		t.Errorf("writes %+v, %v: want three begun and not done (a drop, a refusal, a held one)", w, err)
	}
	post(t, srv.URL, "release", "")
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func post(t *testing.T, url, path, body string) string {
	t.Helper()
	res, err := http.Post(url+"/_sim/"+path, "application/json", strings.NewReader(body))
	return read(t, res, err)
}

func get(t *testing.T, url, path string) string {
	t.Helper()
	res, err := http.Get(url + "/_sim/" + path)
	return read(t, res, err)
}

func read(t *testing.T, res *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %v", res.Status, b, err)
	}
	return string(b)
}

func TestHeldCallHonoursItsContext(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	r.sim.Inject(awssim.Fault{Operation: awssim.AnyWrite, Kind: awssim.HoldBefore})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		r.sim.WaitHeld(t.Context())
		cancel()
	}()
	name := "x"
	if err := err2(r.org.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &root, Name: &name})); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestListsLagWrites(t *testing.T) {
	r := newRig(t, awssim.Options{LagReads: 3})
	r.start()
	r.create("a")
	for i, want := range []int{1, 1, 1, 2} {
		if got := len(r.listed()); got != want {
			t.Errorf("list %d: %d accounts, want %d", i+1, got, want)
		}
	}
}

func TestListsLagTheClock(t *testing.T) {
	r := newRig(t, awssim.Options{Manual: true, Lag: time.Minute})
	root := r.start()
	r.sim.Advance(time.Hour)
	r.unit(root, "Labs")
	count := func() int {
		return len(must[*organizations.ListOrganizationalUnitsForParentOutput](t)(r.org.ListOrganizationalUnitsForParent(r.ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &root})).OrganizationalUnits)
	}
	r.sim.Advance(59 * time.Second)
	if got := count(); got != 0 {
		t.Errorf("after 59 s: %d units", got)
	}
	r.sim.Advance(time.Second)
	if got := count(); got != 1 {
		t.Errorf("after a minute: %d units", got)
	}
}

func TestStateSavesAndLoads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	r := newRig(t, awssim.Options{})
	root := r.start()
	r.unit(root, "Labs")
	id := r.create("a")
	if err := r.sim.Save(path); err != nil {
		t.Fatal(err)
	}
	sim, err := awssim.Load(path, awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := on(t, sim, "111122223333").listed(); len(got) != 2 || got[1] != id {
		t.Errorf("after loading: %v", got)
	}
	if _, err := awssim.Load(path+".absent", awssim.Options{}); err != nil {
		t.Errorf("an absent file: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := awssim.Load(path, awssim.Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a corrupt file: %v", err)
	}
}

func TestControlPort(t *testing.T) {
	sim := awssim.New(awssim.Options{Manual: true, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	srv := httptest.NewServer(sim)
	defer srv.Close()
	if got := post(t, srv.URL, "advance", `{"duration":"90m"}`); !strings.Contains(got, "2026-01-01T01:30:00Z") {
		t.Errorf("advance: %s", got)
	}
	post(t, srv.URL, "roles", `{"account":"444455556666","name":"in","trusted":["111122223333"]}`)
	key, secret := sim.Key("111122223333")
	r := with(t, sim, srv.URL, srv.Client(), key, secret, "")
	arn, name := "arn:aws:iam::444455556666:role/in", "me"
	if err := err2(r.sts.AssumeRole(r.ctx, &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: &name})); err != nil {
		t.Error(err)
	}
	r.start()
	if got := get(t, srv.URL, "calls"); !strings.Contains(got, `"Operation":"CreateOrganization"`) {
		t.Errorf("calls: %s", got)
	}
	state := get(t, srv.URL, "state")
	post(t, srv.URL, "reset", "")
	if got := code(err2(r.org.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{}))); got != "AWSOrganizationsNotInUseException" {
		t.Errorf("after a reset: %s", got)
	}
	post(t, srv.URL, "state", state)
	if err := err2(r.org.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{})); err != nil {
		t.Errorf("after the state came back: %v", err)
	}
	for _, tt := range []struct {
		path, body, origin string
		want               int
	}{
		{"faults", `{"kind":"nonsense"}`, "", http.StatusBadRequest},
		{"advance", `{"duration":"-1h"}`, "", http.StatusBadRequest},
		{"state", `{"world":{}}`, "", http.StatusBadRequest},
		{"advance", `{"duration":"1h"}`, "https://elsewhere.example", http.StatusForbidden},
	} {
		req := httptest.NewRequest(http.MethodPost, "/_sim/"+tt.path, strings.NewReader(tt.body))
		if tt.origin != "" {
			req.Header.Set("Origin", tt.origin)
		}
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, req)
		if w.Code != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.path, tt.body, w.Code, tt.want)
		}
	}
}

// TestNothingSecretIsLogged looks for the credentials of a session in the log,
// the log of calls and the record.
func TestNothingSecretIsLogged(t *testing.T) {
	var log, record bytes.Buffer
	r := newRig(t, awssim.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Record: &record})
	r.sim.AddRole("444455556666", "in", "x-secret-42")
	arn, name, ext := "arn:aws:iam::444455556666:role/in", "me", "x-secret-42"
	c := must[*sts.AssumeRoleOutput](t)(r.sts.AssumeRole(r.ctx, &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: &name, ExternalId: &ext})).Credentials
	calls, err := json.Marshal(r.sim.Calls())
	if err != nil || log.Len() == 0 || record.Len() == 0 || len(calls) < 10 {
		t.Fatalf("nothing was logged: %v", err)
	}
	for where, text := range map[string]string{"log": log.String(), "record": record.String(), "calls": string(calls)} {
		for _, secret := range []string{*c.SecretAccessKey, *c.SessionToken, ext} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in the %s", where)
			}
		}
	}
}

// What lags is what was, only later: the same accounts under the same ids, also
// where a creation was refused meanwhile, and where those before it ended by
// the clock and not because somebody asked.
func TestListsThatLagShowTheSameIDs(t *testing.T) {
	r := newRig(t, awssim.Options{Manual: true, LagReads: 6})
	r.start()
	ask := func(name string) error {
		_, err := r.org.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: &name, Email: aws.String(name + "@lag.example")})
		return err
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if err := ask(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask("f"); code(err) != "TooManyRequestsException" {
		t.Fatalf("a sixth creation: %v", err)
	}
	r.sim.Advance(time.Second)
	r.listed() // the lagging world may not take the hour from this
	r.sim.Advance(time.Hour)
	r.listed()
	for _, name := range []string{"f", "g", "h", "i", "j"} {
		if err := ask(name); err != nil {
			t.Fatal(err)
		}
	}
	r.sim.Advance(time.Hour)
	for range 8 {
		r.listed()
	}
	got := r.listed()
	path := filepath.Join(t.TempDir(), "state.json")
	if err := r.sim.Save(path); err != nil {
		t.Fatal(err)
	}
	whole, err := awssim.Load(path, awssim.Options{Manual: true})
	if err != nil {
		t.Fatal(err)
	}
	want := on(t, whole, "111122223333").listed()
	if len(want) != 11 || !slices.Equal(got, want) {
		t.Errorf("lists that lag show %v, the world has %v", got, want)
	}
}

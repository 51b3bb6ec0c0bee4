package cloud

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// closed is why a gate is closed.
type closed struct{}

func (closed) Error() string { return "the lease is lost" }

func (closed) Hint() string { return "look who has it" }

// door is a gate that counts.
type door struct {
	mu         sync.Mutex
	asked, out int
	closeAfter int // so many that are let through; negative: all
	limit      time.Duration
}

func (d *door) gate(ctx context.Context) (context.Context, context.CancelFunc, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.closeAfter >= 0 && d.asked > d.closeAfter {
		return nil, nil, closed{}
	}
	cancel := context.CancelFunc(func() {})
	if d.limit > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, d.limit, closed{})
	}
	return ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.out++
		cancel()
	}, nil
}

// TestGateBeforeEveryTry: every try of a write is asked for, and done with;
// reads and calls without the gate are not.
func TestGateBeforeEveryTry(t *testing.T) {
	f := newFake()
	f.answers["ListRoots"] = ok
	f.answers["AttachPolicy"] = first(2, fails(400, "TooManyRequestsException"), ok)
	f.answers["AssumeRole"], f.answers["TagRole"] = enters(time.Hour), xmlOK("TagRole")
	o := options(f)
	d := &door{closeAfter: -1}
	o.Gate = d.gate
	s := opened(t, o)
	if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if d.asked != 0 {
		t.Errorf("asked %d times for reads", d.asked)
	}
	if err := attach(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if d.asked != 3 || d.out != 3 {
		t.Errorf("asked %d times and done %d times for 3 tries", d.asked, d.out)
	}
	if err := attach(WithoutGate(t.Context()), s); err != nil || d.asked != 3 {
		t.Errorf("asked %d times, %v", d.asked, err)
	}
	m, err := s.Member(t.Context(), memberID, "vocareum")
	if err != nil {
		t.Fatal(err)
	}
	if tag(t, m); d.asked != 4 || d.out != 4 {
		t.Errorf("asked %d times and done %d times with one in a member", d.asked, d.out)
	}
}

// TestClosedGate: nothing is sent, nothing is tried again, and the error ends
// the pass, in the payer and in members.
func TestClosedGate(t *testing.T) {
	f := newFake()
	f.answers["AttachPolicy"], f.answers["AssumeRole"] = ok, enters(time.Hour)
	o := options(f)
	d := &door{}
	o.Gate = d.gate
	writes := audited(&o)
	s := opened(t, o)
	m, err := s.Member(t.Context(), memberID, "vocareum")
	if err != nil {
		t.Fatal(err)
	}
	_, inside := iam.NewFromConfig(m.Config("")).TagRole(t.Context(), tagR("a"))
	for name, err := range map[string]error{"payer": attach(t.Context(), s), "member": inside} {
		if !Fatal(err) || !Gated(err) || Lost(err) || Inside(err) || !errors.Is(err, closed{}) || Code(err) != "" {
			t.Errorf("%s: fatal %v, gated %v, lost %v, inside %v, code %q: %v", name, Fatal(err), Gated(err), Lost(err), Inside(err), Code(err), err)
		}
		if got := Hint(err); got != "look who has it" {
			t.Errorf("%s: hint %q", name, got)
		}
	}
	if got, want := Explain(attach(t.Context(), s)), "AttachPolicy: not sent: the lease is lost"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if d.asked != 3 || f.times("AttachPolicy")+f.times("TagRole") != 0 || len(writes()) != 0 {
		t.Errorf("asked %d times, sent %v, audited %v", d.asked, f.operations(), writes())
	}
}

// TestGateCloses between the tries of a call: the audit tells of what was sent.
func TestGateCloses(t *testing.T) {
	f := newFake()
	f.answers["AttachPolicy"] = fails(400, "TooManyRequestsException")
	o := options(f)
	d := &door{closeAfter: 2}
	o.Gate = d.gate
	writes := audited(&o)
	s := opened(t, o)
	if err := attach(t.Context(), s); !Fatal(err) || !Gated(err) || f.times("AttachPolicy") != 2 {
		t.Errorf("%d tries: %v", f.times("AttachPolicy"), err)
	}
	if w := writes(); len(w) != 1 || w[0].Outcome != "canceled" || w[0].Attempts != 2 || w[0].Lost {
		t.Errorf("audited %+v", w)
	}
}

// hangs gives no answer until the request's context ends.
type hangs struct {
	*fake
	operation string
}

func (h hangs) Do(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") == "AWSOrganizationsV20161128."+h.operation {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return h.fake.Do(r)
}

// TestGateCutsShort what takes longer than it allows: once, with an answer that
// is lost.
func TestGateCutsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		o := options(f)
		o.HTTPClient = hangs{f, "AttachPolicy"}
		d := &door{closeAfter: -1, limit: time.Minute}
		o.Gate = d.gate
		writes := audited(&o)
		s := opened(t, o)
		began := time.Now()
		err := attach(t.Context(), s)
		if !Fatal(err) || !Gated(err) || !Lost(err) || !errors.Is(err, closed{}) || time.Since(began) != time.Minute || d.asked != 1 {
			t.Errorf("after %v, asked %d times, fatal %v, gated %v, lost %v: %v", time.Since(began), d.asked, Fatal(err), Gated(err), Lost(err), err)
		}
		if got, want := Explain(err), "AttachPolicy: cut short: the lease is lost"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if w := writes(); len(w) != 1 || w[0].Outcome != "canceled" || !w[0].Lost {
			t.Errorf("audited %+v", w)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := attach(ctx, s); Gated(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's own end: %v", err)
		}
	})
}

// TestObserve hears of every try, and what became of it.
func TestObserve(t *testing.T) {
	f := newFake()
	f.answers["AttachPolicy"] = first(1, fails(400, "TooManyRequestsException"), ok)
	f.answers["CreateAccount"] = drops
	var mu sync.Mutex
	var got []Call
	o := options(f)
	o.Observe = func(c Call) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, c)
	}
	s := opened(t, o)
	_ = attach(t.Context(), s)
	_ = create(t.Context(), s)
	want := []Call{
		{Service: "STS", Operation: "GetCallerIdentity", Outcome: "ok"},
		{Service: "Organizations", Operation: "DescribeOrganization", Outcome: "ok"},
		{Service: "Organizations", Operation: "AttachPolicy", Outcome: "TooManyRequestsException", Throttled: true, Write: true},
		{Service: "Organizations", Operation: "AttachPolicy", Outcome: "ok", Write: true},
		{Service: "Organizations", Operation: "CreateAccount", Outcome: "lost", Write: true},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Call{}, "Took")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestWithoutAudit writes no line, in the log neither.
func TestWithoutAudit(t *testing.T) {
	f := newFake()
	f.answers["AttachPolicy"] = ok
	o := options(f)
	writes, text := audited(&o), logged(&o)
	s := opened(t, o)
	if err := attach(WithoutAudit(t.Context()), s); err != nil {
		t.Fatal(err)
	}
	if len(writes()) != 0 || text() != "" {
		t.Errorf("audited %+v, logged %s", writes(), text())
	}
}

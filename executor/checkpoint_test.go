package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// ids lists what a state has, and marks what is absent.
func ids(st *resource.State) []string {
	var all []string
	for o := range st.All() {
		line := o.Ref.String() + "=" + o.ID()
		if o.Facts[resource.FactAbsent] != "" {
			line += " absent"
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// A change a second, one at a time: what is told every three seconds is what
// was done by then, and nothing is told where nothing got done.
func TestCheckpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
			time.Sleep(time.Second - time.Millisecond)
			if ref.Name == "3" {
				time.Sleep(time.Minute)
			}
			return map[string]string{"id": ref.Name}, nil
		}
		p := many(5, "a")
		began := time.Now()
		var got []string
		_, err := Run(t.Context(), session(t, "none"), kinds(f), p, nil, Options{Parallelism: 1, CheckpointEvery: 2 * time.Second,
			Checkpoint: func(live *resource.State) {
				got = append(got, fmt.Sprint(time.Since(began).Round(time.Second), " ", ids(live)))
			}})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"2s [a/0=0 a/1=1]", "4s [a/0=0 a/1=1 a/2=2]", "1m4s [a/0=0 a/1=1 a/2=2 a/3=3]"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("checkpoints (-want +got):\n%s", diff)
		}
	})
}

func TestAnEventSaysWhatIsThere(t *testing.T) {
	f := newFake()
	f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		return map[string]string{"id": "id-" + ref.Name}, nil
	}
	p := plan(change(planner.Create, "0"), change(planner.Delete, "1", 0))
	var have resource.State
	have.Put(*p.Changes[1].Have)
	var got []string
	r, err := Run(t.Context(), session(t, "none"), kinds(f), p, &have, Options{Parallelism: 1, Observe: func(e Event) {
		got = append(got, fmt.Sprintf("%s %s: %s", e.Change.Ref, e.Outcome, ids(e.Live)))
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a/0 : [a/1=live-1]",
		"a/0 done: [a/0=id-0 a/1=live-1]",
		"a/1 : [a/0=id-0 a/1=live-1]",
		"a/1 done: [a/0=id-0 a/1=live-1 absent]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if got := ids(r.Live); !slices.Equal(got, []string{"a/0=id-0"}) {
		t.Errorf("at the end there is %q", got)
	}
	if o, _ := have.Get(p.Changes[1].Ref); o.Facts[resource.FactAbsent] != "" {
		t.Error("the state that was given has changed")
	}
}

// A pass that is told to stop says why, and so does one whose right to write is
// gone: nothing is sent then, and nothing more is tried.
func TestWhyAPassWasStopped(t *testing.T) {
	paused := errors.New("ana paused acme: an outage")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(paused)
	r, err := Run(ctx, session(t, "none"), kinds(newFake()), many(2, "a"), nil, Options{})
	if r.Ended != "interrupted: ana paused acme: an outage" || !errors.Is(err, paused) {
		t.Errorf("ended %q, error %v", r.Ended, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, _ := Run(ctx, session(t, "none"), kinds(newFake()), many(2, "a"), nil, Options{}); r.Ended != "interrupted" {
		t.Errorf("ended %q", r.Ended)
	}
}

func TestAClosedGateEndsThePass(t *testing.T) {
	s, err := cloud.Open(t.Context(), cloud.Options{
		Payer: "acme", AccountID: "111122223333", APIRate: "none", HTTPClient: door{},
		Credentials: aws.CredentialsProvider(credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")),
		Gate: func(context.Context) (context.Context, context.CancelFunc, error) {
			return nil, nil, errors.New("the lease of acme is lost: host-b/7 holds it")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	f.does = func(ctx context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		_, err := s.Organizations().CreateOrganization(ctx, &organizations.CreateOrganizationInput{})
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", ref, err)
		}
		return nil, nil
	}
	p := many(9, "a")
	r, err := Run(t.Context(), s, kinds(f), p, nil, Options{Parallelism: 1})
	if r.Ended != "not sent: the lease of acme is lost: host-b/7 holds it" {
		t.Errorf("ended %q", r.Ended)
	}
	if err == nil || !strings.Contains(err.Error(), "host-b/7") || len(f.calls) != 1 || r.Count(Skipped) != 8 {
		t.Errorf("%d calls, %d skipped, error %v", len(f.calls), r.Count(Skipped), err)
	}
}

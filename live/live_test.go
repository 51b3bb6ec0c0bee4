package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

type liveFunc = func(context.Context, *cloud.Session, *spec.Payer, *resource.State) ([]resource.Object, error)

// after gives a Live that takes d and reads objects of the names.
func after(d time.Duration, kindName string, names ...string) liveFunc {
	return func(ctx context.Context, _ *cloud.Session, _ *spec.Payer, _ *resource.State) ([]resource.Object, error) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		var os []resource.Object
		for _, n := range names {
			os = append(os, resource.Object{Ref: resource.Ref{Kind: kindName, Name: n}, Outputs: map[string]string{"id": "id-" + n}})
		}
		return os, nil
	}
}

func refs(st *resource.State) []string {
	var rs []string
	for o := range st.All() {
		rs = append(rs, o.Ref.String())
	}
	return rs
}

// The kinds of most tests: a and b need nothing, c needs a, d needs c.
func chain(lives map[string]liveFunc) []*kind.Kind {
	a := &kind.Kind{Name: "a", Live: lives["a"]}
	b := &kind.Kind{Name: "b", Live: lives["b"]}
	c := &kind.Kind{Name: "c", Live: lives["c"], Requires: []*kind.Kind{a}}
	d := &kind.Kind{Name: "d", Live: lives["d"], Requires: []*kind.Kind{c}}
	return []*kind.Kind{a, b, c, d}
}

func TestReadOrderIsThatOfTheKinds(t *testing.T) {
	want := []string{"a/2", "a/1", "b/1", "c/1", "d/1"}
	for _, slow := range []string{"a", "b", "c", "d"} {
		synctest.Test(t, func(t *testing.T) {
			lives := map[string]liveFunc{}
			for k, names := range map[string][]string{"a": {"2", "1"}, "b": {"1"}, "c": {"1"}, "d": {"1"}} {
				d := time.Second
				if k == slow {
					d = time.Minute
				}
				lives[k] = after(d, k, names...)
			}
			st, err := Read(t.Context(), nil, nil, chain(lives))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, refs(st)); diff != "" {
				t.Errorf("slow %s: objects (-want +got):\n%s", slow, diff)
			}
		})
	}
}

func TestReadStartsAKindAsSoonAsItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		st, err := Read(t.Context(), nil, nil, chain(map[string]liveFunc{
			"a": after(time.Second, "a"),
			"b": after(10*time.Second, "b"), // nobody waits for b
			"c": after(4*time.Second, "c"),
			"d": after(5*time.Second, "d"),
		}))
		if err != nil || st.Len() != 0 {
			t.Fatalf("Read = %v, %v", st, err)
		}
		if got, want := time.Since(began), 10*time.Second; got != want {
			t.Errorf("Read took %v, want %v", got, want)
		}
	})
}

func TestReadGivesLiveWhatItRequiresAndNoMore(t *testing.T) {
	var got []string
	lives := map[string]liveFunc{"a": after(0, "a", "1"), "b": after(0, "b", "1"), "c": after(0, "c", "1")}
	payer := &spec.Payer{}
	lives["d"] = func(_ context.Context, _ *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
		if p != payer {
			t.Error("Live did not get the payer")
		}
		got = refs(read)
		return nil, nil
	}
	if _, err := Read(t.Context(), nil, payer, chain(lives)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/1", "c/1"}, got); diff != "" {
		t.Errorf("objects given to d (-want +got):\n%s", diff)
	}
}

func TestDangerAFailedReadIsNotAnEmptyRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("expired")
		var cancelled, started atomic.Bool
		lives := map[string]liveFunc{}
		lives["a"] = func(context.Context, *cloud.Session, *spec.Payer, *resource.State) ([]resource.Object, error) {
			time.Sleep(time.Second)
			return []resource.Object{{Ref: resource.Ref{Kind: "a", Name: "half"}}}, broken
		}
		lives["b"] = func(ctx context.Context, _ *cloud.Session, _ *spec.Payer, _ *resource.State) ([]resource.Object, error) {
			<-ctx.Done()
			cancelled.Store(true)
			return nil, ctx.Err()
		}
		lives["c"] = func(context.Context, *cloud.Session, *spec.Payer, *resource.State) ([]resource.Object, error) {
			started.Store(true)
			return nil, nil
		}
		lives["d"] = lives["c"]
		st, err := Read(t.Context(), nil, nil, chain(lives))
		if st != nil || !errors.Is(err, broken) || err.Error() != "read a: expired" {
			t.Errorf("Read = %v, %v", st, err)
		}
		if !cancelled.Load() || started.Load() {
			t.Errorf("others cancelled: %v, dependents started: %v", cancelled.Load(), started.Load())
		}
	})
}

func TestReadEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		hour := time.Hour
		st, err := Read(ctx, nil, nil, chain(map[string]liveFunc{
			"a": after(hour, "a"), "b": after(hour, "b"), "c": after(hour, "c"), "d": after(hour, "d"),
		}))
		if st != nil || !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "read ") {
			t.Errorf("Read = %v, %v", st, err)
		}
	})
}

func TestReadRefusesTwoObjectsOfOneRef(t *testing.T) {
	twice := func(context.Context, *cloud.Session, *spec.Payer, *resource.State) ([]resource.Object, error) {
		r := resource.Ref{Kind: "a", Name: "x"}
		return []resource.Object{{Ref: r, Outputs: map[string]string{"id": "1"}}, {Ref: r, Outputs: map[string]string{"id": "2"}}}, nil
	}
	st, err := Read(t.Context(), nil, nil, chain(map[string]liveFunc{
		"a": twice, "b": after(0, "b"), "c": after(0, "c"), "d": after(0, "d"),
	}))
	if want := "read a: a/x is there twice: 1 and 2"; st != nil || err == nil || err.Error() != want {
		t.Errorf("Read = %v, %v, want %s", st, err, want)
	}
}

func TestReadRefusesAKindThatStandsTooEarly(t *testing.T) {
	ks := chain(nil)
	ks[0], ks[2] = ks[2], ks[0]
	if _, err := Read(t.Context(), nil, nil, ks); err == nil || err.Error() != "read c: it requires a, which is not read before it" {
		t.Errorf("Read: %v", err)
	}
}

// members is a state of n accounts and a kind that confirms them.
func members(t *testing.T, n int, confirm func(context.Context, *cloud.Session, resource.Object) (resource.Object, error)) ([]*kind.Kind, *resource.State, []resource.Ref) {
	t.Helper()
	st := &resource.State{}
	var rs []resource.Ref
	for i := range n {
		r := resource.Ref{Kind: "account", Name: fmt.Sprint(i)}
		rs = append(rs, r)
		if err := st.Add(resource.Object{Ref: r}); err != nil {
			t.Fatal(err)
		}
	}
	return []*kind.Kind{{Name: "account", Confirm: confirm}, {Name: "attachment"}}, st, rs
}

func TestConfirmReplacesWhatItRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, now, most atomic.Int32
		ks, st, rs := members(t, 40, func(_ context.Context, _ *cloud.Session, o resource.Object) (resource.Object, error) {
			calls.Add(1)
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			now.Add(-1)
			o.Owner, o.OwnerRead = "acme", true
			return o, nil
		})
		bare := resource.Ref{Kind: "attachment", Name: "p@root"}
		if err := st.Add(resource.Object{Ref: bare}); err != nil {
			t.Fatal(err)
		}
		some := append([]resource.Ref{rs[3], rs[3], bare}, rs[10:30]...)
		got, err := Confirm(t.Context(), nil, ks, st, some)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rs {
			o, _ := got.Get(r)
			if want := i == 3 || i >= 10 && i < 30; o.OwnerRead != want {
				t.Errorf("%s: OwnerRead %v, want %v", r, o.OwnerRead, want)
			}
			if o, _ := st.Get(r); o.OwnerRead {
				t.Errorf("%s: the state that was given has changed", r)
			}
		}
		if calls.Load() != 21 || most.Load() != confirms {
			t.Errorf("calls %d, at once %d, want 21 and %d", calls.Load(), most.Load(), confirms)
		}
		if diff := cmp.Diff(refs(st), refs(got)); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

func TestConfirmFails(t *testing.T) {
	broken := errors.New("throttled")
	ks, st, rs := members(t, 20, func(_ context.Context, _ *cloud.Session, o resource.Object) (resource.Object, error) {
		switch o.Ref.Name {
		case "7":
			return resource.Object{}, broken
		case "8":
			return resource.Object{Ref: resource.Ref{Kind: "account", Name: "9"}}, nil
		}
		return o, nil
	})
	tests := map[string][]resource.Ref{
		"confirm account/7: throttled":                        {rs[1], rs[7]},
		"confirm account/8: the kind answered with account/9": {rs[8]},
		"confirm account/none: no such object was read":       {{Kind: "account", Name: "none"}},
	}
	for want, some := range tests {
		if got, err := Confirm(t.Context(), nil, ks, st, some); got != nil || err == nil || err.Error() != want {
			t.Errorf("Confirm = %v, %v, want %s", got, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := Confirm(ctx, nil, ks, st, rs[:3]); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Confirm after the end = %v, %v", got, err)
	}
}

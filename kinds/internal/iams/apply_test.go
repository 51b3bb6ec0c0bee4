package iams

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
)

// fake is a principal with little room, which writes down what is done to it.
type fake struct {
	inline, attached map[string]bool
	room             int
	done             []string
}

func (f *fake) calls() Calls {
	add := func(to map[string]bool, verb, what string) error {
		if !to[what] && len(to) >= f.room {
			f.done = append(f.done, "no room to "+verb+" "+what)
			return &types.LimitExceededException{}
		}
		to[what] = true
		f.done = append(f.done, verb+" "+what)
		return nil
	}
	take := func(from map[string]bool, verb, what string) error {
		if !from[what] {
			return &types.NoSuchEntityException{}
		}
		delete(from, what)
		f.done = append(f.done, verb+" "+what)
		return nil
	}
	return Calls{
		Put: func(_ context.Context, _, policy, document string) error {
			return add(f.inline, "put", policy+" "+document)
		},
		Drop:   func(_ context.Context, _, policy string) error { return take(f.inline, "drop", policy) },
		Attach: func(_ context.Context, _, arn string) error { return add(f.attached, "attach", arn) },
		Detach: func(_ context.Context, _, arn string) error { return take(f.attached, "detach", arn) },
		Bind: func(_ context.Context, _, arn string) error {
			f.done = append(f.done, "bind "+arn)
			return nil
		},
		Unbind: func(context.Context, string) error {
			f.done = append(f.done, "unbind")
			return nil
		},
		ListInline: func(context.Context, string, *string) ([]string, *string, error) {
			return keys(f.inline), nil, nil
		},
		ListAttached: func(_ context.Context, _ string, marker *string) ([]types.AttachedPolicy, *string, error) {
			if marker == nil {
				return nil, aws.String("an empty page is not the end"), nil
			}
			var all []types.AttachedPolicy
			for _, arn := range keys(f.attached) {
				all = append(all, types.AttachedPolicy{PolicyArn: aws.String(arn)})
			}
			return all, nil, nil
		},
	}
}

func keys(m map[string]bool) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func set(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

// attrs reads "name=value" and "-name" for what must be absent.
func attrs(words ...string) resource.Attrs {
	a := resource.Attrs{}
	for _, w := range words {
		if name, gone := strings.CutPrefix(w, "-"); gone {
			a[name] = resource.None()
			continue
		}
		name, value, _ := strings.Cut(w, "=")
		a[name] = resource.Lit(value)
	}
	return a
}

func TestApplyGrantsBeforeItTakesAway(t *testing.T) {
	arn := func(name string) string { return "arn:aws:iam::111122223333:policy/" + name }
	for name, tt := range map[string]struct {
		have, want resource.Attrs
		room       int
		done       []string
	}{
		"equal": {have: attrs("inline.a=A", "inline.theirs=T", "permissionsBoundary=x"), want: attrs("inline.a=A", "permissionsBoundary=x", "-inline.gone"), room: 9},
		"more and less": {
			have: attrs("inline.a=A", "managed."+arn("old")+"=attached", "inline.theirs=T"),
			want: attrs("inline.a=B", "inline.new=N", "managed."+arn("new")+"=attached", "-managed."+arn("old")), room: 9,
			done: []string{"put a sent B", "put new sent N", "attach " + arn("new"), "detach " + arn("old")},
		},
		"no room": {
			have: attrs("managed."+arn("old")+"=attached", "managed."+arn("stays")+"=attached"),
			want: attrs("managed."+arn("new")+"=attached", "-managed."+arn("old")), room: 2,
			done: []string{"no room to attach " + arn("new"), "detach " + arn("old"), "attach " + arn("new")},
		},
		"a boundary comes first": {
			have: attrs(), want: attrs("inline.a=A", "permissionsBoundary=x"), room: 9,
			done: []string{"bind x", "put a sent A"},
		},
		"and goes last": {
			have: attrs("permissionsBoundary=x", "inline.b=B"), want: attrs("inline.a=A", "-inline.b", "-permissionsBoundary"), room: 9,
			done: []string{"put a sent A", "drop b", "unbind"},
		},
		"what is off already": {have: attrs("inline.raced=R"), want: attrs("-inline.raced"), room: 9},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{inline: set(), attached: set(), room: tt.room}
			for k := range tt.have {
				if arn, ok := strings.CutPrefix(k, Managed); ok {
					f.attached[arn] = true
				}
				if policy, ok := strings.CutPrefix(k, Inline); ok && policy != "raced" {
					f.inline[policy] = true
				}
			}
			want := resource.Object{Attrs: tt.want, Inputs: resource.Attrs{}}
			for k, v := range tt.want {
				if arn, ok := strings.CutPrefix(k, Managed); ok {
					want.Inputs[k] = resource.Lit(arn)
				} else {
					want.Inputs[k] = resource.Lit("sent " + v.Value())
				}
			}
			if err := f.calls().Apply(t.Context(), &cloud.Session{}, "r", resource.Object{Attrs: tt.have}, want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.done, f.done); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestApplyWithoutRoom fails where nothing goes that would make room.
func TestApplyWithoutRoom(t *testing.T) {
	f := &fake{inline: set("theirs"), attached: set(), room: 1}
	want := resource.Object{Attrs: attrs("inline.a=A"), Inputs: attrs("inline.a=A")}
	err := f.calls().Apply(t.Context(), &cloud.Session{}, "r", resource.Object{}, want)
	if err == nil || cloud.Code(err) != "LimitExceeded" || !strings.Contains(err.Error(), "put policy a into r") {
		t.Errorf("the error is %v", err)
	}
}

func TestStripTakesEverythingOff(t *testing.T) {
	f := &fake{inline: set("a", "b"), attached: set("arn:1", "arn:2"), room: 9}
	if err := f.calls().Strip(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"drop a", "drop b", "detach arn:1", "detach arn:2"}, f.done); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestPolicyRef(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:policy/P":        "iam-policy/P true",
		"arn:aws:iam::111122223333:policy/a/b/P":    "iam-policy/P true",
		"arn:aws-cn:iam::111122223333:policy/P@x":   "iam-policy/P%40x true",
		"arn:aws:iam::aws:policy/ReadOnlyAccess":    "iam-policy/ReadOnlyAccess false",
		"arn:aws:iam::aws:policy/service-role/Some": "iam-policy/Some false",
		"arn:aws:iam::111122223333:role/P":          "iam-policy/P false",
		"nonsense":                                  "iam-policy/nonsense false",
	} {
		ref, ok := policyRef(arn)
		if got := fmt.Sprint(ref, " ", ok); got != want {
			t.Errorf("%s: %s, want %s", arn, got, want)
		}
	}
}

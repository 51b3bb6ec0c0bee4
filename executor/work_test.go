package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// The mark may have changed since it was read: what takes an object away from
// somebody reads it once more, from the object itself.
func TestDangerTheMarkIsReadOnceMoreBeforeADelete(t *testing.T) {
	f := newFake()
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) { return nil, nil }
	f.owner = func(ref resource.Ref) (string, error) {
		switch ref.Name {
		case "other", "park-other":
			return "globex", nil
		case "bare":
			return "", nil
		case "unread":
			return "", errors.New("throttled")
		}
		return "acme", nil
	}
	park := func(name string) planner.Change {
		c := change(planner.Update, name)
		c.Want.Facts = map[string]string{resource.FactConfirm: "park"}
		return c
	}
	unmarked := f.kind("c", kind.Lane{})
	unmarked.Marked, unmarked.Confirm = false, nil
	blind := f.kind("b", kind.Lane{})
	blind.Confirm = nil
	p := plan(
		change(planner.Delete, "ours"), change(planner.Delete, "other"), change(planner.Delete, "bare"), change(planner.Delete, "unread"),
		change(planner.Update, "edit"), park("park"), park("park-other"),
		change(planner.Delete, "b/blind"), change(planner.Delete, "c/unmarked"),
	)
	r, err := Run(t.Context(), session(t, "none"), []*kind.Kind{f.kind("a", kind.Lane{}), blind, unmarked}, p, nil, Options{Parallelism: 1})
	if err == nil {
		t.Error("no error")
	}
	want := []string{
		"a/ours done",
		`a/other failed: its mark says that payer "globex" owns it, so it is left alone`,
		"a/bare failed: it bears no mark any more, so it is left alone",
		"a/unread failed: confirm its mark: throttled",
		"a/edit done",
		"a/park done",
		`a/park-other failed: its mark says that payer "globex" owns it, so it is left alone`,
		"b/blind failed: confirm its mark: the kind cannot read it",
		"c/unmarked done",
	}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	slices.Sort(f.calls)
	calls := []string{
		"confirm a/bare", "confirm a/other", "confirm a/ours", "confirm a/park", "confirm a/park-other", "confirm a/unread",
		"delete a/ours", "delete c/unmarked", "update a/edit", "update a/park",
	}
	if diff := cmp.Diff(calls, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// Who deletes what somebody else has deleted meanwhile is done. What was to be
// changed and is gone is an error.
func TestADeleteOfWhatIsGoneIsDone(t *testing.T) {
	f := newFake()
	k := f.kind("a", kind.Lane{})
	confirm := k.Confirm
	k.Confirm = func(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
		have, err := confirm(ctx, s, have)
		switch {
		case err != nil:
		case strings.HasPrefix(have.Ref.Name, "absent"):
			have.Facts, have.Owner = map[string]string{resource.FactAbsent: "true"}, ""
		case strings.HasPrefix(have.Ref.Name, "unfound"):
			err = fmt.Errorf("read tags: %w", &smithy.GenericAPIError{Code: "TargetNotFoundException", Message: "none"})
		case have.Ref.Name == "unorganized":
			err = &smithy.GenericAPIError{Code: "AWSOrganizationsNotInUseException"}
		}
		return have, err
	}
	p := plan(change(planner.Delete, "absent"), change(planner.Delete, "unfound"), change(planner.Delete, "unorganized"),
		change(planner.Delete, "parent", 0, 1), change(planner.Update, "absent-too"), change(planner.Update, "unfound-too"))
	var have resource.State
	for i := range p.Changes {
		have.Put(*p.Changes[i].Have)
		if p.Changes[i].Op == planner.Update {
			p.Changes[i].Want.Facts = map[string]string{resource.FactConfirm: "park"}
		}
	}
	r, _ := Run(t.Context(), session(t, "none"), []*kind.Kind{k}, p, &have, Options{Parallelism: 1})
	want := []string{
		"a/absent done",
		"a/unfound done",
		"a/unorganized failed: confirm its mark: api error AWSOrganizationsNotInUseException: ",
		"a/parent done",
		"a/absent-too failed: confirm its mark: it is gone",
		"a/unfound-too failed: confirm its mark: it is gone: read tags: api error TargetNotFoundException: none",
	}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	f.calls = slices.DeleteFunc(f.calls, func(c string) bool { return strings.HasPrefix(c, "confirm") })
	if diff := cmp.Diff([]string{"delete a/parent"}, f.calls); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	for _, c := range p.Changes[:2] {
		if _, there := r.Live.Get(c.Ref); there {
			t.Errorf("%s is still there", c.Ref)
		}
	}
}

func TestASessionWithoutANameOwnsNothing(t *testing.T) {
	f := newFake()
	f.owner = func(resource.Ref) (string, error) { return "", nil }
	p := plan(change(planner.Delete, "0"))
	r, _ := Run(t.Context(), nil, kinds(f), p, nil, Options{})
	if r.Outcomes[0] != Failed || len(f.calls) != 1 {
		t.Errorf("outcomes %v, calls %v", outcomes(p, r), f.calls)
	}
}

func TestAnObjectThatWasNotConfirmedIsNotDeleted(t *testing.T) {
	f := newFake()
	k := f.kind("a", kind.Lane{})
	answers := map[string]resource.Object{
		"unread":  {Ref: resource.Ref{Kind: "a", Name: "unread"}, Owner: "acme"},
		"another": {Ref: resource.Ref{Kind: "a", Name: "x"}, Owner: "acme", OwnerRead: true},
	}
	k.Confirm = func(_ context.Context, _ *cloud.Session, have resource.Object) (resource.Object, error) {
		return answers[have.Ref.Name], nil
	}
	p := plan(change(planner.Delete, "unread"), change(planner.Delete, "another"))
	r, _ := Run(t.Context(), session(t, "none"), []*kind.Kind{k}, p, nil, Options{})
	want := []string{
		"a/unread failed: confirm its mark: it was not read",
		"a/another failed: confirm its mark: the kind answered with a/x",
	}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" || len(f.calls) != 0 {
		t.Errorf("calls %v, outcomes (-want +got):\n%s", f.calls, diff)
	}
}

func TestValuesAreKnownBeforeTheWrite(t *testing.T) {
	f := newFake()
	f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		return map[string]string{"id": "new-" + ref.Name}, nil
	}
	id := func(name string) resource.Text { return resource.Output(resource.Ref{Kind: "a", Name: name}, "id") }
	have := &resource.State{}
	have.Put(resource.Object{
		Ref:     resource.Ref{Kind: "a", Name: "live"},
		Attrs:   resource.Attrs{"name": resource.Lit("Live"), "tags.old": resource.Lit("x")},
		Outputs: map[string]string{"id": "live-id", "arn": "live-arn"}, Owner: "acme", OwnerRead: true,
	})
	p := plan(change(planner.Create, "ou"), change(planner.Create, "doc", 0), change(planner.Update, "live", 1), change(planner.Delete, "old"))
	have.Put(*p.Changes[3].Have)
	p.Changes[1].Want.Attrs = resource.Attrs{
		"document": resource.Join(resource.Lit("in "), id("ou"), resource.Lit(" and "), id("live")),
		"tags.x":   resource.None(),
	}
	p.Changes[1].Want.Inputs = resource.Attrs{"parent": id("ou")}
	p.Changes[1].Want.At = resource.Place{Account: id("live")}
	p.Changes[1].Want.Facts = map[string]string{resource.FactPool: "students", resource.FactConfirm: "true"}
	live, _ := have.Get(p.Changes[2].Ref)
	p.Changes[2].Have = &live
	p.Changes[2].Want.Attrs = resource.Attrs{"name": id("doc"), "tags.old": resource.None()}
	r, err := Run(t.Context(), session(t, "none"), kinds(f), p, have, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := resource.Object{
		Ref:    p.Changes[1].Ref,
		At:     resource.Place{Account: resource.Lit("live-id")},
		Attrs:  resource.Attrs{"document": resource.Lit("in new-ou and live-id"), "tags.x": resource.None()},
		Inputs: resource.Attrs{"parent": resource.Lit("new-ou")},
		Facts:  p.Changes[1].Want.Facts,
	}
	if diff := cmp.Diff(want, f.wants[want.Ref]); diff != "" {
		t.Errorf("given to Create (-want +got):\n%s", diff)
	}
	if _, ok := p.Changes[1].Want.Attrs["document"].Known(); ok {
		t.Error("the plan was changed")
	}
	after := []resource.Object{
		{
			Ref: live.Ref, Attrs: resource.Attrs{"name": resource.Lit("new-doc")},
			Outputs: map[string]string{"id": "new-live", "arn": "live-arn"}, Owner: "acme", OwnerRead: true,
		},
		{Ref: p.Changes[0].Ref, Attrs: resource.Attrs{}, Outputs: map[string]string{"id": "new-ou"}, Owner: "acme", OwnerRead: true},
		{
			Ref: want.Ref, At: want.At, Attrs: resource.Attrs{"document": resource.Lit("in new-ou and live-id")},
			Facts: map[string]string{resource.FactPool: "students"}, Outputs: map[string]string{"id": "new-doc"}, Owner: "acme", OwnerRead: true,
		},
	}
	if diff := cmp.Diff(after, slices.Collect(r.Live.All())); diff != "" {
		t.Errorf("live after (-want +got):\n%s", diff)
	}
	if o, _ := have.Get(live.Ref); o.Attrs["name"].Value() != "Live" || have.Len() != 2 {
		t.Error("the state that was given has changed")
	}
}

func TestAnUnknownValueIsAnError(t *testing.T) {
	f := newFake()
	ou := resource.Ref{Kind: "b", Name: "Sports"}
	unknown := resource.Output(ou, "id")
	attrs, inputs, place := change(planner.Create, "attrs", 0), change(planner.Update, "inputs"), change(planner.Create, "place")
	attrs.Want.Attrs = resource.Attrs{"z": unknown, "document": resource.Join(resource.Output(ou, "arn"), unknown)}
	inputs.Want.Inputs = resource.Attrs{"parent": unknown}
	place.Want.At.Account = unknown
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) {
		return map[string]string{"arn": "arn"}, nil
	}
	p := plan(change(planner.Create, "b/Sports"), attrs, inputs, place)
	r, _ := Run(t.Context(), nil, kinds(f), p, nil, Options{})
	want := []string{
		"b/Sports done",
		"a/attrs failed: resolve document: the id of b/Sports is not known",
		"a/inputs failed: resolve parent: the id of b/Sports is not known",
		"a/place failed: resolve account: the id of b/Sports is not known",
	}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"create b/Sports"}, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAdoptUpdatesAndMayOwn(t *testing.T) {
	f := newFake()
	f.does = func(context.Context, planner.Op, resource.Ref, string) (map[string]string, error) { return nil, nil }
	p := plan(change(planner.Adopt, "plain"), change(planner.Adopt, "own"))
	p.Changes[0].Want.Facts = map[string]string{resource.FactAdopt: "true"}
	p.Changes[1].Want.Facts = map[string]string{resource.FactAdopt: "own"}
	r, err := Run(t.Context(), session(t, "none"), kinds(f), p, nil, Options{Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"update a/plain", "update a/own"}, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	plain, _ := r.Live.Get(p.Changes[0].Ref)
	own, _ := r.Live.Get(p.Changes[1].Ref)
	if plain.Owner != "" || own.Owner != "acme" {
		t.Errorf("owners %q and %q", plain.Owner, own.Owner)
	}
}

func TestTheAuditNamesTheObject(t *testing.T) {
	var mu sync.Mutex
	var objects []string
	s := audited(t, "none", func(w cloud.Write) {
		mu.Lock()
		defer mu.Unlock()
		objects = append(objects, w.Operation+" "+w.Object)
	})
	k := newFake().kind("a", kind.Lane{})
	k.Create = func(ctx context.Context, s *cloud.Session, _ resource.Object) (map[string]string, error) {
		_, err := s.Organizations().LeaveOrganization(ctx, &organizations.LeaveOrganizationInput{})
		return nil, err
	}
	r, _ := Run(t.Context(), s, []*kind.Kind{k}, many(1, "a"), nil, Options{})
	if diff := cmp.Diff([]string{"LeaveOrganization a/0"}, objects); diff != "" || r.Outcomes[0] != Failed {
		t.Errorf("outcome %v, audit (-want +got):\n%s", r.Outcomes, diff)
	}
}

// AWS attaches its own policy to every new unit. What detaches it is planned
// before the unit is there, so it names the unit's id as an output.
func TestADeleteKnowsWhatCameWithAnotherChange(t *testing.T) {
	f := newFake()
	f.does = func(_ context.Context, _ planner.Op, ref resource.Ref, _ string) (map[string]string, error) {
		return map[string]string{"id": "id-" + ref.Name}, nil
	}
	p := plan(change(planner.Create, "unit"), change(planner.Delete, "default", 0), change(planner.Delete, "nowhere", 0))
	p.Changes[1].Have.Inputs = resource.Attrs{"target": resource.Output(p.Changes[0].Ref, "id")}
	p.Changes[2].Have.Inputs = resource.Attrs{"target": resource.Output(p.Changes[0].Ref, "none")}
	unmarked := f.kind("a", kind.Lane{})
	unmarked.Marked = false
	r, err := Run(t.Context(), session(t, "none"), []*kind.Kind{unmarked}, p, nil, Options{})
	if err == nil {
		t.Error("no error")
	}
	want := []string{"a/unit done", "a/default done", "a/nowhere failed: resolve target: the none of a/unit is not known"}
	if diff := cmp.Diff(want, outcomes(p, r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if got := f.wants[p.Changes[1].Ref].Inputs["target"].Value(); got != "id-unit" {
		t.Errorf("the delete was given target %q", got)
	}
}

package planner

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/payer-reconciler/reconciler/resource"
)

func TestNeeds(t *testing.T) {
	check(t, []row{
		{
			name: "through attributes, inputs and After",
			want: `organization
				ou/A <organization
				ou/A/B <ou/A
				policy/P doc=$ou/A/B.id
				account/a@x <ou/A/B >policy/P`,
			lines: `create organization
				create ou/A <- organization
				create ou/A/B <- ou/A
				create policy/P <- ou/A/B
				create account/a@x <- ou/A/B, policy/P`,
		},
		{
			name: "what After names and no plan holds is no wait",
			want: "ou/A\n account/a@x >ou/A >policy/none", have: "ou/A",
			lines: "create account/a@x",
		},
		{
			name: "what is referred to and is live is no wait, where it stays as it is",
			want: "ou/A\n account/a@x <ou/A", have: "ou/A",
			lines: "create account/a@x",
		},
		{
			name: "what is referred to and is nowhere", want: "account/a@x <ou/A >ou/B\n ou/C >account/a@x",
			lines: `create ou/C ! needs account/a@x, which is blocked
				create account/a@x ! needs ou/A, which is not there`,
		},
		{
			name: "a live object that is absent is nowhere", want: "account/a@x <ou/A", have: "ou/A :absent=true",
			lines: "create account/a@x ! needs ou/A, which is not there",
		},
		{
			name: "what is referred to and goes", want: "trusted-service/S :absent=true\n policy/P doc=$trusted-service/S.id",
			have: "trusted-service/S .id=s",
			lines: `delete trusted-service/S
				create policy/P ! needs trusted-service/S, which is to be deleted`,
		},
		{
			name: "a detach that After names", want: "ou/A\n attachment/Full@ou/A :absent=true\n account/a@x >attachment/Full@ou/A",
			have: "ou/A\n attachment/Full@ou/A :allows=true\n attachment/Q@ou/A :allows=true",
			lines: `delete attachment/Full@ou/A
				create account/a@x <- attachment/Full@ou/A
				unmanaged attachment/Q@ou/A`,
		},
		{
			name: "what AWS makes with another object and nobody wants", want: "ou/A\n attachment/Full@ou/A :absent=true\n attachment/P@ou/A <ou/A :allows=true",
			have: "attachment/Full@ou/A :allows=true :system=true",
			lines: `create ou/A
				create attachment/P@ou/A [slots 1/10] <- ou/A
				delete attachment/Full@ou/A <- ou/A, attachment/P@ou/A`,
		},
		{
			name: "what AWS makes with the organization", want: "organization\n attachment/Full@root :absent=true\n attachment/P@root <organization :allows=true",
			have: "attachment/Full@root <organization >root :allows=true :system=true",
			lines: `create organization
				create attachment/P@root [slots 1/10] <- organization
				delete attachment/Full@root <- organization, attachment/P@root`,
		},
	})
}

func TestDeletesInReverse(t *testing.T) {
	const keep = "\n ou/keep\n"
	check(t, []row{
		{
			name: "after all that hangs on it was deleted", want: keep, with: prune,
			have: keep + "ou/A\n ou/A/B >ou/A\n ou/A/B/C >ou/A/B",
			lines: `delete ou/A <- ou/A/B
				delete ou/A/B <- ou/A/B/C
				delete ou/A/B/C`,
		},
		{
			name: "after the moves out of it", want: keep + "account/a@x ou=keep <ou/keep", with: prune,
			have: keep + "ou/A\n account/a@x ou=A >ou/A",
			lines: `delete ou/A <- account/a@x
				update account/a@x ou "A" -> "keep"`,
		},
		{
			name: "blocked where the move is", want: keep + "account/a@x ou=keep <ou/keep :blocked=no", with: prune,
			have: keep + "ou/A\n account/a@x ou=A >ou/A",
			lines: `delete ou/A ! needs account/a@x, which is blocked
				update account/a@x ou "A" -> "keep" ! no`,
		},
		{
			name: "blocked where something stays", want: keep + "account/a@x tags.a=1", with: prune,
			have: keep + "ou/A\n account/a@x ou=A >ou/A\n account/b@x *- >ou/A\n account/c@x >ou/A",
			lines: `delete ou/A ! account/a@x and 2 more need it
				update account/a@x tags.a none -> "1"
				left account/c@x 0 never pruned
				unmanaged account/b@x`,
		},
		{
			name: "one that stays", want: keep, with: prune, have: keep + "ou/A\n account/b@x *- >ou/A",
			lines: "delete ou/A ! account/b@x needs it\n unmanaged account/b@x",
		},
		{
			name: "what AWS made does not hold it", want: keep, with: prune,
			have:  keep + "ou/A\n attachment/Full@ou/A >ou/A :system=true :allows=true",
			lines: "delete ou/A",
		},
		{
			name: "after a change by which it does without", want: keep + "role/R policies=Q", with: func(o *Options) {
				prune(o)
				o.Kinds["role"] = Rules{CanUpdate: true}
			},
			have: keep + "policy/P\n role/R policies=P >policy/P",
			lines: `delete policy/P <- role/R
				update role/R policies "P" -> "Q"`,
		},
		{
			name: "blocked where the change does not do without", want: keep + "role/R policies=Q >policy/P", with: func(o *Options) {
				prune(o)
				o.Kinds["role"] = Rules{CanUpdate: true}
			},
			have: keep + "policy/P\n role/R policies=P >policy/P",
			lines: `delete policy/P ! role/R needs it
				update role/R policies "P" -> "Q" ! needs policy/P, which is blocked`,
		},
	})
}

func TestRing(t *testing.T) {
	_, err := Diff(parse(t, "ou/x\n ou/a >ou/b\n ou/b doc=$ou/c.id\n ou/c <ou/a"), parse(t, ""), rules())
	if err == nil || !strings.HasSuffix(err.Error(), "ou/a needs ou/b needs ou/c needs ou/a") {
		t.Errorf("got %v, want a ring of three", err)
	}
	_, err = Diff(parse(t, "ou/a >ou/a"), parse(t, ""), rules())
	if err == nil || !strings.HasSuffix(err.Error(), ": ou/a needs ou/a") {
		t.Errorf("got %v, want a ring of one", err)
	}
}

func TestNeedsAreShared(t *testing.T) {
	want := parse(t, "ou/A\n ou/B\n policy/P")
	shared := []resource.Ref{{Kind: "policy", Name: "P"}, {Kind: "ou", Name: "A"}}
	for _, name := range []string{"a@x", "b@x", "c@x", "d@x"} {
		o := resource.Object{Ref: resource.Ref{Kind: "account", Name: name}, After: shared}
		if name > "b@x" {
			o.Inputs = resource.Attrs{"parent": resource.Output(resource.Ref{Kind: "ou", Name: "B"}, "id")}
		}
		if err := want.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Diff(want, parse(t, ""), rules())
	if err != nil {
		t.Fatal(err)
	}
	c := p.Changes[len(p.Changes)-4:]
	if len(c[0].Needs) != 2 || unsafe.SliceData(c[0].Needs) != unsafe.SliceData(c[1].Needs) {
		t.Errorf("two accounts of one After do not share their needs: %v, %v", c[0].Needs, c[1].Needs)
	}
	if len(c[2].Needs) != 3 || unsafe.SliceData(c[2].Needs) != unsafe.SliceData(c[3].Needs) {
		t.Errorf("two accounts of one After and one parent do not share their needs: %v, %v", c[2].Needs, c[3].Needs)
	}
}

package iams

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

const allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`

const made = "arn:aws:iam::111122223333:policy/Made"

// live has the policy Made, and not the policy New.
func live(t *testing.T, owner string) *resource.State {
	t.Helper()
	st := &resource.State{}
	if err := st.Add(resource.Object{Ref: spec.IAMPolicyRef("Made"), Outputs: map[string]string{"arn": made}, Owner: owner, OwnerRead: owner != ""}); err != nil {
		t.Fatal(err)
	}
	return st
}

func show(a resource.Attrs) []string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(a)) {
		v := a[k].String()
		if a[k].IsNone() {
			v = "none"
		}
		all = append(all, strings.ReplaceAll(k+"="+v, allow, "DOC"))
	}
	return all
}

func TestWants(t *testing.T) {
	of := func(name string) resource.Text { return resource.Output(spec.IAMPolicyRef(name), "arn") }
	policies := func(exclusive string) spec.Policies {
		return spec.Policies{
			Inline: []spec.InlinePolicy{{Name: "in", Document: resource.Lit(allow)}, {Name: "out", Document: resource.None()}},
			Managed: []spec.ManagedPolicy{{ARN: of("Made")}, {ARN: of("New")}, {ARN: resource.Lit("arn:aws:iam::aws:policy/Theirs")},
				{ARN: resource.Lit("arn:aws:iam::aws:policy/Off"), Absent: true}, {ARN: of("Never"), Absent: true}},
			ExactInline: exclusive != "", ExactManaged: exclusive == "both",
		}
	}
	have := resource.Object{Attrs: attrs("inline.in=x", "inline.other=x", "managed."+made+"=attached", "managed.arn:left=attached",
		"managed.arn:other=attached", "path=/", "tags.a=b", "permissionsBoundary=arn:x")}
	base := []string{
		"inline.in=" + Canonical(allow), "inline.out=none",
		"managed." + made + "=attached", "managed.arn:aws:iam::aws:policy/Off=none", "managed.arn:aws:iam::aws:policy/Theirs=attached",
		"managed.iam-policy/New=attached",
	}
	for name, tt := range map[string]struct {
		exclusive string
		leaving   map[string]bool
		more      []string
	}{
		"additive":          {},
		"leaving":           {leaving: set("arn:left", made), more: []string{"managed.arn:left=none"}},
		"exact of one list": {exclusive: "inline", more: []string{"inline.other=none"}},
		"exclusive":         {exclusive: "both", more: []string{"inline.other=none", "managed.arn:left=none", "managed.arn:other=none"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := resource.Object{Ref: spec.RoleRef("r"), Attrs: resource.Attrs{}, Inputs: resource.Attrs{}, Facts: map[string]string{}}
			if err := Wants(&o, policies(tt.exclusive), have, tt.leaving, live(t, "")); err != nil {
				t.Fatal(err)
			}
			want := slices.Sorted(slices.Values(append(slices.Clone(base), tt.more...)))
			if diff := cmp.Diff(want, show(o.Attrs)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			sent := []string{"inline.in=DOC", "managed." + made + "=${{ iam-policy/Made.arn }}",
				"managed.arn:aws:iam::aws:policy/Theirs=arn:aws:iam::aws:policy/Theirs", "managed.iam-policy/New=${{ iam-policy/New.arn }}"}
			if diff := cmp.Diff(sent, show(o.Inputs)); diff != "" {
				t.Errorf("inputs (-want +got):\n%s", diff)
			}
			if got, want := fmt.Sprint(o.Refs()), fmt.Sprint([]resource.Ref{spec.IAMPolicyRef("Made"), spec.IAMPolicyRef("New")}); got != want {
				t.Errorf("it needs %s, want %s", got, want)
			}
		})
	}
}

func TestLeavingIsOursAndPruned(t *testing.T) {
	for _, tt := range []struct {
		owner         string
		prune, wanted bool
		want          int
	}{
		{"acme", true, false, 1}, {"acme", false, false, 0}, {"acme", true, true, 0}, {"other", true, false, 0}, {"", true, false, 0},
	} {
		p := &spec.Payer{Name: "acme", Safety: spec.Safety{Prune: tt.prune}}
		if tt.wanted {
			p.IAMPolicies = []spec.IAMPolicy{{Name: "Made"}}
		}
		if got := Leaving(p, live(t, tt.owner)); len(got) != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestWantedSaysAPathOnlyWhereItIsSet(t *testing.T) {
	for path, want := range map[string]string{"": "", "/": "", "/a/": "/a/"} {
		o := Wanted(spec.RoleRef("r"), spec.Pos{}, "r", path, spec.Adopt{Adopt: true, Own: true})
		if got := o.Attrs[Path].Value(); got != want || o.Inputs[Path].Value() != path || o.Facts[resource.FactAdopt] != "own" {
			t.Errorf("path %q: %v %v %v", path, o.Attrs, o.Inputs, o.Facts)
		}
	}
}

func TestNamesDifferInCase(t *testing.T) {
	names := Names{}
	names.Add("Admin", spec.RoleRef("Admin"))
	for live, want := range map[string]string{"Admin": "role/Admin", "ADMIN": "role/Admin blocked", "Admins": "role/Admins"} {
		o := resource.Object{Ref: spec.RoleRef(live), Outputs: map[string]string{"name": live}, Facts: map[string]string{}}
		claimed := names.Claim(&o)
		got := o.Ref.String()
		if why := o.Facts[resource.FactBlocked]; why != "" {
			got += " blocked"
			if !strings.Contains(why, `"ADMIN"`) {
				t.Errorf("%s: %s", live, why)
			}
		}
		if got != want || claimed != (live != "Admins") {
			t.Errorf("%s: %s, claimed %v, want %s", live, got, claimed, want)
		}
	}
}

func TestCharactersSumWhatIsWritten(t *testing.T) {
	o := resource.Object{Facts: map[string]string{}, Inputs: attrs("inline.a=1 2 3", "inline.b=45", "trust=123456", "managed.x=x")}
	if Characters(&o, 100); o.Facts[resource.FactCharacters] != "5/100" {
		t.Errorf("%s, want 5/100", o.Facts[resource.FactCharacters])
	}
	none := resource.Object{Facts: map[string]string{}, Inputs: attrs("trust=123456")}
	if Characters(&none, 100); len(none.Facts) > 0 {
		t.Errorf("facts %v of a role without inline policies", none.Facts)
	}
}

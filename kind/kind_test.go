package kind_test

import (
	"context"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// whole is a kind that lacks nothing.
func whole(name string, requires ...*kind.Kind) *kind.Kind {
	return &kind.Kind{
		Name: name, Doc: "a kind", Requires: requires,
		Desired: func(*spec.Payer, *resource.State) ([]resource.Object, error) { return nil, nil },
		Live: func(context.Context, *cloud.Session, *spec.Payer, *resource.State) ([]resource.Object, error) {
			return nil, nil
		},
		Create: func(context.Context, *cloud.Session, resource.Object) (map[string]string, error) { return nil, nil },
	}
}

func TestCheck(t *testing.T) {
	first := whole("first")
	mute := whole("mute")
	mute.Live = nil
	narrow := whole("narrow")
	narrow.Lane = kind.Lane{Name: "creation"}
	tests := []struct {
		name  string
		kinds []*kind.Kind
		want  string // in the error; "" for none
	}{
		{"right", []*kind.Kind{first, whole("second", first)}, ""},
		{"none", nil, ""},
		{"two of one name", []*kind.Kind{first, whole("first")}, `kind "first": there are two of it`},
		{"required and not before", []*kind.Kind{whole("second", first), first}, `kind "second": it requires "first", which does not stand before it`},
		{"required and not there", []*kind.Kind{whole("second", first)}, `it requires "first"`},
		{"without a read", []*kind.Kind{mute}, `kind "mute": it needs`},
		{"without a name", []*kind.Kind{whole("")}, `it needs Name`},
		{"a lane without a width", []*kind.Kind{narrow}, `kind "narrow": its lane "creation" has no width`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := kind.Check(tt.kinds)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("Check: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Check: %v, want %q in it", err, tt.want)
			}
		})
	}
}

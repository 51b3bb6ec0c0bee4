package executor

import (
	"testing"

	"github.com/payer-reconciler/reconciler/kind"
)

func TestKindsShareALaneByName(t *testing.T) {
	tests := []struct {
		name  string
		a, b  kind.Lane
		same  bool
		width int // of a's lane
	}{
		{"one name", kind.Lane{Name: "x", Width: 5}, kind.Lane{Name: "x", Width: 5}, true, 5},
		{"the narrower holds", kind.Lane{Name: "x", Width: 5}, kind.Lane{Name: "x", Width: 3}, true, 3},
		{"two names", kind.Lane{Name: "x", Width: 5}, kind.Lane{Name: "y", Width: 3}, false, 5},
		{"no names", kind.Lane{Width: 5}, kind.Lane{Width: 5}, false, 5},
		{"no lanes", kind.Lane{}, kind.Lane{Name: "x"}, true, 0},
		{"one lane", kind.Lane{Name: "x", Width: 2}, kind.Lane{}, false, 2},
	}
	for _, tt := range tests {
		byKind, all := laneOf([]*kind.Kind{{Name: "a", Lane: tt.a}, {Name: "b", Lane: tt.b}})
		same := byKind["a"] == byKind["b"]
		if same != tt.same || byKind["a"].width != tt.width || len(all.all) == 1 != same {
			t.Errorf("%s: same %v, width %d, %d lanes", tt.name, same, byKind["a"].width, len(all.all))
		}
	}
}

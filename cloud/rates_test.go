package cloud

import "testing"

func TestRateOf(t *testing.T) {
	got, ok := RateOf("CreateAccount")
	if want := (Rate{PerSecond: 0.1, Burst: 3}); !ok || got != want {
		t.Errorf("RateOf(CreateAccount) = %v, %v, want %v", got, ok, want)
	}
	if _, ok := RateOf("CreateUnicorn"); ok {
		t.Error("RateOf(CreateUnicorn) gives a rate")
	}
	for op, r := range rates() {
		if r.PerSecond <= 0 || r.Burst < 1 {
			t.Errorf("%s: rate %v", op, r)
		}
	}
}

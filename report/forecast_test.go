package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestForecastLines(t *testing.T) {
	for name, tt := range map[string]struct {
		in   *Estimate
		want []string
	}{
		"none":    {nil, nil},
		"nothing": {&Estimate{Seconds: 9}, nil},
		"two days": {&Estimate{Lands: []Landing{{0, "CreateAccount", 8640}, {1, "CreateAccount", 1360}}, Quotas: []Headroom{{"accounts", 10500, 300, 10300}}},
			[]string{"Today about 8,640 of 10,000 account creations, the rest tomorrow.", "Accounts: 10,300 of 10,500 after this plan."}},
		"quotas of which most is left, and not": {&Estimate{Quotas: []Headroom{{"accounts", 100, 1, 2}, {"IAM roles", 1000, 700, 799}, {"organizational units", 2000, 1599, 1600}}},
			[]string{"Accounts: 2 of 100 after this plan.", "Organizational units: 1,600 of 2,000 after this plan."}},
		"a month": {&Estimate{Lands: []Landing{{0, "CloseAccount", 250}, {30, "CloseAccount", 1}}},
			[]string{"Today about 250 of 251 account closures, the rest in 30 days."}},
		"many days": {&Estimate{Lands: []Landing{{0, "Odd", 1}, {1, "Odd", 1}, {2, "Odd", 1}}},
			[]string{"Today about 1 of 3 calls of Odd, the last in 2 days."}},
		"none today": {&Estimate{Lands: []Landing{{1, "CloseAccount", 1}}}, []string{"Today none of 1 account closure, the rest tomorrow."}},
		"two operations": {&Estimate{Lands: []Landing{{0, "CreateAccount", 5}, {0, "MoveAccount", 2}, {1, "CreateAccount", 5}, {1, "MoveAccount", 2}}},
			[]string{"Today about 5 of 10 account creations, the rest tomorrow.", "Today about 2 of 4 account moves, the rest tomorrow."}},
		"all today": {&Estimate{Lands: []Landing{{0, "MoveAccount", 2}}}, []string{"Today 2 account moves."}},
	} {
		if diff := cmp.Diff(tt.want, tt.in.forecast()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

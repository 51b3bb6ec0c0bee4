package planner

import (
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

// holding holds back the changes of some objects.
func holding(refs ...string) func(*Options) {
	return func(o *Options) {
		o.Hold = map[resource.Ref]string{}
		for _, s := range refs {
			r, err := resource.ParseRef(s)
			if err != nil {
				panic(err)
			}
			o.Hold[r] = "held"
		}
	}
}

func TestHold(t *testing.T) {
	check(t, []row{
		{
			name: "a create, an update, an adoption and a delete; what is equal stays silent",
			want: `ou/A
				policy/B doc=2
				policy/C doc=2 :adopt=true
				policy/E doc=1
				trusted-service/S :absent=true`,
			have: `policy/B doc=1
				policy/C doc=1 *-
				policy/E doc=1
				trusted-service/S`,
			with: holding("ou/A", "policy/B", "policy/C", "policy/E", "trusted-service/S"),
			lines: `delete trusted-service/S ! held
				create ou/A ! held
				update policy/B doc "1" -> "2" ! held
				adopt policy/C doc "1" -> "2" ! held`,
		},
		{
			name: "what needs it is blocked too", want: "ou/A\n ou/A/B >ou/A\n ou/C", have: "", with: holding("ou/A"),
			lines: "create ou/A ! held\n create ou/A/B ! needs ou/A, which is blocked\n create ou/C",
		},
		{
			name: "a resume goes on", want: "account/a@x", have: "account/a@x !car-1", with: holding("account/a@x"),
			lines: "resume account/a@x",
		},
		{
			name: "another reason comes first, and a wait ends in the block", want: "policy/A :blocked=because\n policy/B :waiting=later", have: "",
			with: holding("policy/A", "policy/B"), lines: "create policy/A ! because\n create policy/B ! held",
		},
		{
			name: "no limit counts it", want: "account/a@x\n account/b@x", have: "",
			with:  func(o *Options) { holding("account/a@x")(o); o.MaxAccountCreates.Number = 1 },
			lines: "create account/a@x ! held\n create account/b@x",
		},
	})
}

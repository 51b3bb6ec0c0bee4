package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const onLabs = `organization
	ou/Labs
	attachment/FullAWSAccess@ou/Labs :allows=true :system=true
	attachment/Guard@ou/Labs :allows=false :exact=true
	policy/Guard doc=1`

const listed = `organization
	ou/Labs
	policy/Guard doc=1`

// TestDangerForeignPolicyEqualToOursIsDetached takes a policy off a list whose
// document is as the file has it: only its mark says whether the attachment may go.
func TestDangerForeignPolicyEqualToOursIsDetached(t *testing.T) {
	check(t, []row{
		{
			name: "ours goes", want: listed, have: onLabs,
			lines: "delete attachment/Guard@ou/Labs",
		},
		{
			name: "another payer's stays, with adopt too", want: listed + " :adopt=true", have: onLabs + " *other",
			lines: `delete attachment/Guard@ou/Labs ! the mark says that payer "other" owns policy/Guard`,
		},
		{
			name: "nobody's stays", want: listed, have: onLabs + " *-",
			lines: `delete attachment/Guard@ou/Labs ! policy/Guard is not ours; "adopt: true" on it takes it over`,
		},
		{
			name: "nobody's goes with adopt", want: listed + " :adopt=true", have: onLabs + " *-",
			lines: "delete attachment/Guard@ou/Labs",
		},
		{
			name: "a mark that was not read is asked for, once", want: listed + "\n ou/More", have: onLabs + " *?\n ou/More\n attachment/Guard@ou/More :allows=false :exact=true",
			lines: `delete attachment/Guard@ou/Labs ! policy/Guard is not ours; "adopt: true" on it takes it over
				delete attachment/Guard@ou/More ! policy/Guard is not ours; "adopt: true" on it takes it over
				unsure policy/Guard`,
		},
		{
			name: "what stays attached needs no mark", want: listed + "\n attachment/Guard@ou/Labs :allows=false", have: onLabs + " *?",
		},
		{
			name: "one that the list lacks waits for the creation, which reads its mark", want: listed,
			have: "organization\n ou/Labs\n attachment/FullAWSAccess@ou/Labs :allows=true :system=true\n attachment/Guard@ou/Labs :allows=false :exact=true",
			lines: `create policy/Guard
				delete attachment/Guard@ou/Labs <- policy/Guard`,
		},
	})
}

// TestDangerRequestOfAnotherPayer has something under way that bears a mark.
func TestDangerRequestOfAnotherPayer(t *testing.T) {
	check(t, []row{{
		name: "it is not gone on with", want: "account/a@x ou=A", have: "account/a@x *other !car-1",
		lines: `resume account/a@x ! the mark says that payer "other" owns it`,
	}})
}

// TestWhy wants a line for every change.
func TestWhy(t *testing.T) {
	o := rules()
	o.Prune, o.PruneAt = true, "a.yaml:90"
	p := plan(t, `ou/Labs @a.yaml:7
		policy/Guard doc=1
		policy/Never :absent=true @a.yaml:30
		trusted-service/S :absent=true @a.yaml:9`,
		onLabs+`
		policy/Never
		attachment/Never@ou/Labs :allows=false :follows=policy/Never
		policy/Old
		attachment/Old@ou/Labs :allows=false :follows=policy/Old
		attachment/Here@ou/Labs :allows=false :exact=true @a.yaml:8
		ou/Gone
		trusted-service/S`, o)
	got := map[string]string{}
	for _, c := range p.Changes {
		got[string(c.Op)+" "+c.Ref.String()] = c.Why()
	}
	want := map[string]string{
		"delete trusted-service/S":        "a.yaml:9",
		"delete policy/Never":             "a.yaml:30",
		"delete attachment/Never@ou/Labs": "a.yaml:30",
		"delete policy/Old":               "a.yaml:90",
		"delete attachment/Old@ou/Labs":   "a.yaml:90",
		"delete ou/Gone":                  "a.yaml:90",
		"delete attachment/Here@ou/Labs":  "a.yaml:8",
		"delete attachment/Guard@ou/Labs": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Why (-want +got):\n%s", diff)
	}
}

package planner

import "testing"

func TestDiff(t *testing.T) {
	check(t, []row{
		{
			name:  "what is missing is made",
			want:  "organization\n ou/A <organization @a.yaml:3",
			lines: "create organization\n create ou/A <- organization",
		},
		{
			name: "what is equal needs nothing",
			want: "ou/A tags.a=b",
			have: "ou/A tags.a=b tags.other=x",
		},
		{
			name:  "what differs is updated, fields by name",
			want:  "ou/A tags.b=2 tags.a=1 tags.c=-",
			have:  "ou/A tags.b=1 tags.c=x",
			lines: `update ou/A tags.a none -> "1" tags.b "1" -> "2" tags.c "x" -> none`,
		},
		{
			name: "what must be absent and is needs nothing",
			want: "ou/A tags.c=-",
			have: "ou/A",
		},
		{
			name: "outputs are compared by what they are now",
			want: "ou/A\n policy/P doc=$ou/A.id",
			have: "ou/A .id=ou-1\n policy/P doc=ou-1",
		},
		{
			name:  "an output not known yet is a difference",
			want:  "ou/A\n policy/P doc=$ou/A.id",
			have:  "policy/P doc=ou-1",
			lines: "create ou/A\n update policy/P doc \"ou-1\" -> \"${{ ou/A.id }}\" <- ou/A",
		},
		{
			name: "what left the file stands by name, numbers by their value, however AWS lists it",
			want: "ou/A", have: "policy/P11\n policy/P9\n policy/P10\n policy/Q2 *-\n policy/Q010 *-\n policy/Q1 *-",
			lines: `create ou/A
				left policy/P9 0
				left policy/P10 0
				left policy/P11 0
				unmanaged policy/Q1
				unmanaged policy/Q2
				unmanaged policy/Q010`,
		},
		{
			name: "kinds in the order of the options, wishes in file order, deletes behind",
			want: "account/b@x\n zebra/z\n policy/Q\n ou/B\n ou/A",
			have: "ou/Z\n ou/Y\n policy/P :exact=true",
			with: prune,
			lines: `create ou/B
				create ou/A
				delete ou/Y
				delete ou/Z
				create policy/Q
				delete policy/P
				create account/b@x
				create zebra/z`,
		},
	})
}

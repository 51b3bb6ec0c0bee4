package planner

import "testing"

func TestSlots(t *testing.T) {
	const none = "2 of 2 slots are taken"
	check(t, []row{
		{
			name: "attach before detach", want: "ou/A\n attachment/N@ou/A :allows=false",
			have: "ou/A\n attachment/Full@ou/A :allows=true :system=true\n attachment/O@ou/A :allows=false :exact=true",
			lines: `create attachment/N@ou/A [slots 2/10]
				delete attachment/O@ou/A <- attachment/N@ou/A`,
		},
		{
			name: "full: detach first, one at a time",
			want: "ou/A\n attachment/N1@ou/A :allows=false :slots=3\n attachment/N2@ou/A :allows=false :slots=3",
			have: `ou/A
				attachment/Full@ou/A :allows=true :system=true :slots=3
				attachment/O1@ou/A :allows=false :exact=true :slots=3
				attachment/O2@ou/A :allows=false :exact=true :slots=3`,
			lines: `create attachment/N1@ou/A [slots 3/3] <- attachment/O1@ou/A
				create attachment/N2@ou/A [slots 3/3] <- attachment/O2@ou/A
				delete attachment/O1@ou/A
				delete attachment/O2@ou/A <- attachment/N1@ou/A`,
		},
		{
			name: "full: what only denies goes first, what allows comes first",
			want: "ou/A\n attachment/D@ou/A :allows=false :slots=2\n attachment/Y@ou/A :allows=true :slots=2",
			have: `ou/A
				attachment/X@ou/A :allows=true :exact=true :slots=2
				attachment/O@ou/A :allows=false :exact=true :slots=2`,
			lines: `create attachment/D@ou/A [slots 2/2] <- attachment/X@ou/A
				create attachment/Y@ou/A [slots 2/2] <- attachment/O@ou/A
				delete attachment/O@ou/A
				delete attachment/X@ou/A <- attachment/Y@ou/A`,
		},
		{
			name: "full, and the last that allows would go first",
			want: "ou/A\n attachment/Y@ou/A :allows=true :slots=2",
			have: `ou/A
				attachment/X@ou/A :allows=true :exact=true :slots=2
				attachment/D@ou/A :allows=false :slots=2`,
			lines: `create attachment/Y@ou/A [slots 2/2] ! 2 of 2 slots are taken and the last policy that allows anything would have to go first
				delete attachment/X@ou/A ! 2 of 2 slots are taken and the last policy that allows anything would have to go first
				unmanaged attachment/D@ou/A`,
		},
		{
			name: "full: what only denies goes before what allows, though another one allows still",
			want: "ou/A\n attachment/N@ou/A :allows=false :slots=3\n attachment/X@ou/A :absent=true",
			have: `ou/A
				attachment/X@ou/A :allows=true :slots=3
				attachment/Z@ou/A :allows=true :slots=3 :system=true
				attachment/O@ou/A :allows=false :exact=true :slots=3`,
			lines: `create attachment/N@ou/A [slots 2/3] <- attachment/O@ou/A
				delete attachment/O@ou/A
				delete attachment/X@ou/A <- attachment/N@ou/A`,
		},
		{
			name: "full of others' policies; the file's first wishes come first",
			want: "ou/A\n attachment/N1@ou/A :allows=false :slots=2\n attachment/N2@ou/A :allows=false :slots=2",
			have: "ou/A\n attachment/Full@ou/A :allows=true :system=true :slots=2",
			lines: `create attachment/N1@ou/A [slots 2/2]
				create attachment/N2@ou/A [slots 2/2] ! ` + none,
		},
	})
}

func TestDetachStays(t *testing.T) {
	check(t, []row{
		{
			name: "the last that allows stays, unknown ones do not count",
			want: "ou/A\n attachment/X@ou/A :absent=true",
			have: "ou/A\n attachment/X@ou/A :allows=true\n attachment/Foreign@ou/A",
			lines: `delete attachment/X@ou/A ! the last SCP that allows anything on ou/A
				unmanaged attachment/Foreign@ou/A`,
		},
		{
			name: "an unknown one stays where nothing is known to allow",
			want: "ou/A\n attachment/X@ou/A :absent=true",
			have: "ou/A\n attachment/X@ou/A\n attachment/D@ou/A :allows=false",
			lines: `delete attachment/X@ou/A ! the last SCP that allows anything on ou/A
				unmanaged attachment/D@ou/A`,
		},
		{
			name: "of two that allow, one goes", want: "ou/A\n attachment/X@ou/A :absent=true\n attachment/Y@ou/A :absent=true",
			have: "ou/A\n attachment/X@ou/A :allows=true\n attachment/Y@ou/A :allows=true",
			lines: `delete attachment/X@ou/A
				delete attachment/Y@ou/A ! the last SCP that allows anything on ou/A`,
		},
		{
			name: "other types know no allowing, but a minimum",
			want: "ou/A", have: `ou/A
				attachment/T@ou/A :node=ou/A+TAG_POLICY :minimum=0 :exact=true
				attachment/R@ou/A :node=ou/A+RESOURCE_CONTROL_POLICY :exact=true`,
			lines: `delete attachment/R@ou/A ! at least 1 RESOURCE_CONTROL_POLICY must stay on ou/A
				delete attachment/T@ou/A`,
		},
		{
			name: "blocked policy, blocked detach", want: "ou/A\n policy/N doc=1\n attachment/N@ou/A >policy/N :allows=false",
			have: `ou/A
				policy/N doc=2 *-
				attachment/Full@ou/A :allows=true :system=true
				attachment/O@ou/A :allows=false :exact=true`,
			lines: `adopt policy/N doc "2" -> "1" ! exists, not ours; "adopt: true" on it takes it over
				create attachment/N@ou/A [slots 2/10] ! needs policy/N, which is blocked
				delete attachment/O@ou/A ! needs attachment/N@ou/A, which is blocked`,
		},
		{
			name: "the policy of a detach is blocked", want: "ou/A\n policy/O doc=1",
			have: `ou/A
				policy/O doc=2 *-
				attachment/Full@ou/A :allows=true :system=true
				attachment/O@ou/A :allows=false :exact=true`,
			lines: `adopt policy/O doc "2" -> "1" ! exists, not ours; "adopt: true" on it takes it over
				delete attachment/O@ou/A ! policy/O is not ours; "adopt: true" on it takes it over`,
		},
		{
			name: "a node that goes needs nothing that allows", want: "ou/keep", with: prune,
			have: "ou/keep\n ou/A\n attachment/X@ou/A :follows=ou/A :allows=true",
			lines: `delete ou/A <- attachment/X@ou/A
				delete attachment/X@ou/A`,
		},
	})
}

func TestPolicyTurns(t *testing.T) {
	const live = "ou/A\n attachment/P@ou/A\n"
	check(t, []row{
		{
			name: "the last one that allows", want: "ou/A\n policy/P doc=2 :allows=false\n attachment/P@ou/A",
			have:  live + "policy/P doc=1 :allows=true",
			lines: `update policy/P doc "1" -> "2" ! it would no longer allow anything, and is the last SCP that does on ou/A`,
		},
		{
			name: "nobody looked, and it only denies afterwards", want: "ou/A\n policy/P doc=2 :allows=false\n attachment/P@ou/A",
			have:  live + "policy/P doc=1",
			lines: `update policy/P doc "1" -> "2" ! it would no longer allow anything, and is the last SCP that does on ou/A`,
		},
		{
			name: "after what allows is attached", want: "ou/A\n policy/P doc=2 :allows=false\n attachment/P@ou/A\n attachment/N@ou/A :allows=true",
			have: live + "policy/P doc=1 :allows=true",
			lines: `update policy/P doc "1" -> "2" <- attachment/N@ou/A
				create attachment/N@ou/A [slots 2/10]`,
		},
		{
			name: "before what allows is detached",
			want: "ou/A\n policy/P doc=2 :allows=true\n attachment/P@ou/A\n attachment/X@ou/A :absent=true",
			have: live + "policy/P doc=1 :allows=false\n attachment/X@ou/A :allows=true",
			lines: `update policy/P doc "1" -> "2"
				delete attachment/X@ou/A <- policy/P`,
		},
		{
			name: "one takes over from the other",
			want: "ou/A\n policy/P doc=2 :allows=true\n policy/Q doc=2 :allows=false\n attachment/P@ou/A\n attachment/Q@ou/A",
			have: live + "attachment/Q@ou/A\n policy/P doc=1 :allows=false\n policy/Q doc=1 :allows=true",
			lines: `update policy/P doc "1" -> "2"
				update policy/Q doc "1" -> "2" <- policy/P`,
		},
		{
			name: "one that begins to allow and is detached is no help",
			want: "ou/A\n policy/P doc=2 :allows=true\n attachment/P@ou/A :absent=true\n attachment/X@ou/A :absent=true",
			have: live + "policy/P doc=1 :allows=false\n attachment/X@ou/A :allows=true",
			lines: `update policy/P doc "1" -> "2"
				delete attachment/P@ou/A
				delete attachment/X@ou/A ! the last SCP that allows anything on ou/A`,
		},
		{
			name: "a full node keeps what turns until the new one is there",
			want: `ou/A
				policy/P doc=2 :allows=false
				attachment/P@ou/A :slots=2
				attachment/X@ou/A :absent=true :slots=2
				attachment/N@ou/A :allows=true :slots=2`,
			have: `ou/A
				policy/P doc=1 :allows=true
				attachment/P@ou/A :slots=2
				attachment/X@ou/A :allows=true :slots=2`,
			lines: `update policy/P doc "1" -> "2" <- attachment/N@ou/A
				create attachment/N@ou/A [slots 2/2] <- attachment/X@ou/A
				delete attachment/X@ou/A`,
		},
		{
			name: "an attachment waits for the change of its policy",
			want: "ou/A\n policy/P doc=2 :allows=true\n attachment/P@ou/A", have: "ou/A\n policy/P doc=1 :allows=false",
			lines: `update policy/P doc "1" -> "2"
				create attachment/P@ou/A [slots 1/10] <- policy/P`,
		},
	})
}

func TestMovesBeforeDetach(t *testing.T) {
	const full = "\n attachment/Full@ou/A :allows=true :system=true :slots=2\n attachment/Full@ou/B :allows=true :system=true :slots=2"
	check(t, []row{
		{
			name: "a detach waits for who leaves", want: "ou/A\n ou/B\n ou/A/C\n account/a@x ou=B\n account/b@x ou=A/C >attachment/N@ou/A\n attachment/N@ou/A :allows=false",
			have: "ou/A\n ou/B\n ou/A/C >ou/A\n account/a@x ou=A/C >ou/A/C ^attachment/O@ou/A\n account/b@x ou=A >ou/A ^attachment/O@ou/A" + full +
				"\n attachment/O@ou/A :exact=true :allows=false\n attachment/N@ou/A :allows=false",
			lines: `delete attachment/O@ou/A <- account/a@x
				update account/a@x ou "A/C" -> "B"
				update account/b@x ou "A" -> "A/C"`,
		},
		{
			name: "and for what is deleted; what stays needs no wait", want: "ou/keep", with: prune,
			have: `ou/keep
				ou/A ^attachment/O@ou/keep
				ou/B *- ^attachment/O@ou/keep
				attachment/Full@ou/keep :allows=true :system=true
				attachment/O@ou/keep :exact=true :allows=false`,
			lines: `delete ou/A
				delete attachment/O@ou/keep <- ou/A
				unmanaged ou/B`,
		},
		{
			name: "but closes no ring: two that change places between full nodes",
			want: `ou/A
				ou/B
				attachment/N@ou/A :allows=false :slots=2
				attachment/N@ou/B :allows=false :slots=2
				account/a@x ou=B >attachment/N@ou/B
				account/b@x ou=A >attachment/N@ou/A`,
			have: "ou/A\n ou/B\n account/a@x ou=A >ou/A ^attachment/O@ou/A\n account/b@x ou=B >ou/B ^attachment/O@ou/B" + full + `
				attachment/O@ou/A :exact=true :allows=false :slots=2
				attachment/O@ou/B :exact=true :allows=false :slots=2`,
			lines: `create attachment/N@ou/A [slots 2/2] <- attachment/O@ou/A
				create attachment/N@ou/B [slots 2/2] <- attachment/O@ou/B
				delete attachment/O@ou/A
				delete attachment/O@ou/B <- account/b@x
				update account/a@x ou "A" -> "B" <- attachment/N@ou/B
				update account/b@x ou "B" -> "A" <- attachment/N@ou/A`,
		},
	})
}

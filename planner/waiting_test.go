package planner

import "testing"

// TestWaiting plans what AWS is not ready for and does not try it, nor what
// needs it.
func TestWaiting(t *testing.T) {
	check(t, []row{
		{
			name: "what needs it waits too, and nothing of it counts",
			want: "ou/A\n account/a ou=A\n account/b ou=A :waiting=account+quota+2,+needs+3\n policy/P doc=$account/b.id",
			have: "ou/A",
			with: func(o *Options) { o.MaxAccountCreates = Limit{Number: 1} },
			lines: `create policy/P … needs account/b, which waits
				create account/a
				create account/b … account quota 2, needs 3`,
		},
		{
			name: "a request under way for what differs",
			want: "ou/A x=2", have: "ou/A x=1 :waiting=AWS+has+request+r",
			lines: `update ou/A x "1" -> "2" … AWS has request r`,
		},
		{name: "what is equal waits for nothing", want: "ou/A x=1 :waiting=w", have: "ou/A x=1 :waiting=w"},
		{
			name: "a block goes before a wait, of its own and of what it needs",
			want: "policy/P doc=2 :waiting=w\n policy/Q doc=1 :waiting=w\n ou/A a=$policy/Q.id b=$policy/P.id", have: "policy/P doc=1 *other",
			lines: `create ou/A ! needs policy/P, which is blocked
				update policy/P doc "1" -> "2" ! the mark says that payer "other" owns it
				create policy/Q … w`,
		},
		{
			name: "no detach while its replacement waits",
			want: "policy/New doc=1 :waiting=w\n attachment/New@ou/A <policy/New\n ou/A",
			have: "policy/Old doc=1\n attachment/Old@ou/A :exact=true\n ou/A\n attachment/FullAWSAccess@ou/A :allows=true :system=true",
			lines: `create policy/New … w
				create attachment/New@ou/A [slots 2/10] … needs policy/New, which waits
				delete attachment/Old@ou/A … needs attachment/New@ou/A, which waits
				left policy/Old 0`,
		},
	})
}

// TestWaitingCounts under waiting alone.
func TestWaitingCounts(t *testing.T) {
	p := plan(t, "ou/A :waiting=w\n ou/B\n ou/C :blocked=b", "", rules())
	if s := p.Summary(); s != (Summary{Create: 1, Waiting: 1, Blocked: 1}) {
		t.Errorf("summary %+v", s)
	}
	if c := p.Changes[0]; c.Ref.Name != "A" || !c.Held() || len(c.Needs) != 0 {
		t.Errorf("change %+v", c)
	}
}

// TestProtected objects are never deleted, prune or not.
func TestProtected(t *testing.T) {
	check(t, []row{{
		name: "prune", want: "ou/Other", have: "ou/Other\n policy/P :protected=the+tool+runs+as+it", with: prune,
		lines: "delete policy/P ! the tool runs as it",
	}})
}

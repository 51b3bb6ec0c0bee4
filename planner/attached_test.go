package planner

import (
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

// TestAttachedToWhatGoes: a policy goes after the nodes that go with it, and stays
// where one of them does.
func TestAttachedToWhatGoes(t *testing.T) {
	const keep = "ou/keep .id=ou-1\n"
	check(t, []row{
		{
			name: "after its only node", want: keep, with: prune,
			have:  keep + "ou/A .id=ou-2\n policy/P :attachments=1 :targets=ou-2",
			lines: "delete ou/A\n delete policy/P <- ou/A",
		},
		{
			name: "after a detach and two nodes, one below the other", want: keep, with: prune,
			have: keep + "ou/A .id=ou-2\n ou/A/B .id=ou-3 >ou/A\n policy/P :attachments=3 :targets=ou-1+ou-2+ou-3\n" +
				"attachment/Full@ou/keep :allows=true :system=true\n attachment/P@ou/keep :follows=policy/P :allows=false",
			lines: `delete ou/A <- ou/A/B
				delete ou/A/B
				delete policy/P <- ou/A, ou/A/B, attachment/P@ou/keep
				delete attachment/P@ou/keep`,
		},
		{
			name: "and after those who move out of the node", want: keep + "account/a@x ou=keep", with: prune,
			have:  keep + "ou/A .id=ou-2\n policy/P :attachments=1 :targets=ou-2\n account/a@x ou=A >ou/A",
			lines: "delete ou/A <- account/a@x\n delete policy/P <- ou/A\n update account/a@x ou \"A\" -> \"keep\"",
		},
		{
			name: "not where the node cannot go", want: keep, with: prune,
			have: keep + "ou/A .id=ou-2\n policy/P :attachments=1 :targets=ou-2\n account/a@x *- >ou/A",
			lines: `delete ou/A ! account/a@x needs it
				delete policy/P ! needs ou/A, which is blocked
				unmanaged account/a@x`,
		},
		{
			name: "not where the node is held", want: keep,
			with: func(o *Options) {
				o.Prune, o.Hold = true, map[resource.Ref]string{{Kind: "ou", Name: "A"}: "held"}
			},
			have:  keep + "ou/A .id=ou-2\n policy/P :attachments=1 :targets=ou-2",
			lines: "delete ou/A ! held\n delete policy/P ! needs ou/A, which is blocked",
		},
		{
			name: "not where it hangs on an account, a node of others or one that nobody knows as well", want: keep, with: prune,
			have: keep + "ou/A .id=ou-2\n ou/Theirs .id=ou-3 *-\n policy/P :attachments=4 :targets=111122223333+ou-2+ou-3+ou-4\n account/a@x .id=111122223333 *-",
			lines: `delete ou/A
				delete policy/P ! attached to 3 nodes that the file does not name; detach it there first
				unmanaged ou/Theirs
				unmanaged account/a@x`,
		},
		{
			name: "not where two objects have the id", want: keep, with: prune,
			have: keep + "ou/A .id=ou-2\n trusted-service/S .id=ou-2\n policy/P :attachments=1 :targets=ou-2",
			lines: `delete ou/A
				delete policy/P ! attached to 1 node that the file does not name; detach it there first
				unmanaged trusted-service/S`,
		},
		{
			name: "a node that is read is counted once", want: "ou/A .id=ou-2 :absent=true\n" + keep, with: prune,
			have: keep + "ou/A .id=ou-2\n policy/P :attachments=2 :targets=ou-2+ou-9\n attachment/P@ou/A :follows=policy/P :allows=false",
			lines: `delete ou/A ! needs attachment/P@ou/A, which is blocked
				delete policy/P ! attached to 1 node that the file does not name; detach it there first
				delete attachment/P@ou/A ! needs policy/P, which is blocked`,
		},
	})
}

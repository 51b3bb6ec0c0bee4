package planner

import "testing"

func TestOwnership(t *testing.T) {
	check(t, []row{
		{
			name: "ours is updated", want: "policy/P doc=2", have: "policy/P doc=1",
			lines: `update policy/P doc "1" -> "2"`,
		},
		{
			name: "a kind that is used as found is updated", want: "ou/A tags.a=1", have: "ou/A *-",
			lines: `update ou/A tags.a none -> "1"`,
		},
		{
			name: "another payer's is blocked, with adopt too",
			want: "policy/P doc=2 :adopt=true\n ou/A tags.a=1", have: "policy/P doc=1 *other\n ou/A *other",
			lines: `update ou/A tags.a none -> "1" ! the mark says that payer "other" owns it
				update policy/P doc "1" -> "2" ! the mark says that payer "other" owns it`,
		},
		{
			name: "another payer's that is equal is silent", want: "policy/P doc=1", have: "policy/P doc=1 *other",
		},
		{
			name: "adopt", want: "policy/P doc=2 :adopt=true", have: "policy/P doc=1 *-",
			lines: `adopt policy/P doc "1" -> "2"`,
		},
		{
			name: "a mark that was not read is asked for", want: "policy/P doc=2\n ou/A tags.a=1", have: "policy/P doc=1 *?\n ou/A *?",
			lines: `update ou/A tags.a none -> "1"
				adopt policy/P doc "1" -> "2" ! exists, not ours; "adopt: true" on it takes it over
				unsure ou/A
				unsure policy/P`,
		},
		{
			name: "equal needs no mark", want: "policy/P doc=1", have: "policy/P doc=1 *?",
		},
		{
			name: "own asks for the mark of what is equal", want: "policy/P doc=1 :adopt=own", have: "policy/P doc=1 *?",
			lines: "unsure policy/P",
		},
		{
			name: "own marks what is equal and nobody's", want: "policy/P doc=1 :adopt=own", have: "policy/P doc=1 *-",
			lines: "adopt policy/P",
		},
		{
			name: "own leaves another payer's", want: "policy/P doc=1 :adopt=own", have: "policy/P doc=1 *other",
			lines: `update policy/P ! the mark says that payer "other" owns it`,
		},
		{
			name: "own and ours needs nothing", want: "policy/P doc=1 :adopt=own", have: "policy/P doc=1",
		},
		{
			name: "kinds without marks are simply updated", want: "organization a=2", have: "organization a=1 *-",
			lines: `update organization a "1" -> "2"`,
		},
	})
}

func TestBlocks(t *testing.T) {
	check(t, []row{
		{
			name: "a fixed attribute blocks the whole change",
			want: "account/a@x ou=B email=a@x", have: "account/a@x ou=A email=z@x",
			lines: `update account/a@x email "z@x" -> "a@x" ou "A" -> "B" ! exists as z@x; the root email cannot be changed by an API`,
		},
		{
			name: "a kind without update", want: "policy-type/T state=on", have: "policy-type/T state=off",
			lines: `update policy-type/T state "off" -> "on" ! AWS cannot change it`,
		},
		{
			name: "the fact on a wished or a live object; what is equal stays silent",
			want: `policy/A :blocked=because
				policy/B doc=2 :blocked=because
				policy/C doc=2
				policy/D doc=1 :blocked=because`,
			have: `policy/B doc=1
				policy/C doc=1 :blocked=failed+2+h+ago
				policy/D doc=1
				policy/E :exact=true :blocked=protected`,
			lines: `create policy/A ! because
				update policy/B doc "1" -> "2" ! because
				update policy/C doc "1" -> "2" ! failed 2 h ago
				delete policy/E ! protected`,
		},
		{
			name: "a live object that is absent blocks the create", want: "account/a@x",
			have:  "account/a@x :absent=true :blocked=failed+2+h+ago:+EMAIL_ALREADY_EXISTS",
			lines: "create account/a@x ! failed 2 h ago: EMAIL_ALREADY_EXISTS",
		},
		{
			name: "a live object that is absent is not there", want: "policy/P", have: "policy/P :absent=true\n ou/A :absent=true",
			lines: "create policy/P",
		},
	})
}

func TestAbsent(t *testing.T) {
	check(t, []row{
		{name: "not there", want: "trusted-service/S :absent=true"},
		{
			name: "there", want: "trusted-service/S :absent=true", have: "trusted-service/S",
			lines: "delete trusted-service/S",
		},
		{
			name: "a marked one only where it is ours",
			want: "policy/A :absent=true\n policy/B :absent=true\n policy/C :absent=true\n policy/D :absent=true",
			have: "policy/A\n policy/B *-\n policy/C *other\n policy/D *?",
			lines: `delete policy/A
				delete policy/B ! exists, not ours; "adopt: true" on it takes it over
				delete policy/C ! the mark says that payer "other" owns it
				delete policy/D ! exists, not ours; "adopt: true" on it takes it over
				unsure policy/D`,
		},
		{
			name: "a kind that is never deleted", want: "account/a@x :absent=true", have: "account/a@x",
			lines: "delete account/a@x ! objects of this kind are never deleted",
		},
	})
}

func TestUnwanted(t *testing.T) {
	const keep = "\n ou/keep"
	check(t, []row{
		{
			name: "ours is left, or deleted with prune off", want: keep,
			have:  keep + "\n policy/P :attachments=3\n account/a@x :name=Ann",
			lines: "left policy/P 3\n left account/a@x 0 Ann never pruned",
		},
		{
			name: "prune deletes ours, and never an account", want: keep, with: prune,
			have:  keep + "\n policy/P\n account/a@x",
			lines: "delete policy/P\n left account/a@x 0 never pruned",
		},
		{
			name: "not ours", want: keep, with: prune,
			have:  keep + "\n policy/P *-\n policy/Q *other\n trusted-service/S",
			lines: "unmanaged trusted-service/S\n unmanaged policy/P\n unmanaged policy/Q",
		},
		{
			name: "a mark that was not read is asked for", want: keep, with: prune, have: keep + "\n policy/P *?",
			lines: "unmanaged policy/P\n unsure policy/P",
		},
		{name: "what AWS made is nobody's", want: keep, with: prune, have: keep + "\n policy/FullAWSAccess :system=true"},
		{
			name: "one of an exact list goes, whoever made it", want: keep, have: keep + "\n attachment/P@ou/keep :exact=true",
			lines: "delete attachment/P@ou/keep ! the last SCP that allows anything on ou/keep",
		},
		{
			name: "what hangs on an unmarked object is read before it is deleted", want: keep + "\n policy-type/RCP :absent=true",
			have:  keep + "\n policy-type/RCP *?",
			lines: "delete policy-type/RCP\n unsure policy-type/RCP",
		},
		{
			name: "a request under way that nobody wants", want: keep, with: prune, have: keep + "\n account/a@x !car-1",
			lines: "unmanaged account/a@x",
		},
		{
			name: "held elsewhere", want: keep, with: prune, have: keep + "\n policy/P :attachments=3\n policy/Q :attachments=1\n policy/R :attachments=0",
			lines: `delete policy/P ! attached to 3 nodes that the file does not name; detach it there first
				delete policy/Q ! attached to 1 node that the file does not name; detach it there first
				delete policy/R`,
		},
	})
}

func TestFollows(t *testing.T) {
	const full = "\n ou/A\n attachment/Full@ou/A :allows=true :system=true"
	check(t, []row{
		{
			name: "deleted with its lead, before it", want: "ou/A", with: prune,
			have: full + "\n policy/P\n attachment/P@ou/A :follows=policy/P :allows=false",
			lines: `delete policy/P <- attachment/P@ou/A
				delete attachment/P@ou/A`,
		},
		{
			name: "part of what is left", want: "ou/A",
			have:  full + "\n policy/P :attachments=1\n attachment/P@ou/A :follows=policy/P",
			lines: "left policy/P 1",
		},
		{
			name: "nobody's where the lead is nobody's, or is not there", want: "ou/A",
			have:  full + "\n policy/P *-\n attachment/P@ou/A :follows=policy/P\n attachment/Q@ou/A :follows=policy/Q",
			lines: "unmanaged policy/P\n unmanaged attachment/P@ou/A\n unmanaged attachment/Q@ou/A",
		},
		{
			name: "two that follow each other", want: "ou/A", with: prune,
			have:  "ou/A\n policy/P :follows=policy/Q\n policy/Q :follows=policy/P",
			lines: "unmanaged policy/P\n unmanaged policy/Q",
		},
		{
			name: "blocked with its lead", want: "ou/A", with: prune,
			have: full + "\n policy/P :attachments=3\n attachment/P@ou/A :follows=policy/P :allows=false",
			lines: `delete policy/P ! attached to 2 nodes that the file does not name; detach it there first
				delete attachment/P@ou/A ! needs policy/P, which is blocked`,
		},
	})
}

func TestResume(t *testing.T) {
	check(t, []row{
		{
			name: "wanted and under way", want: "account/a@x ou=A name=a", have: "account/a@x *? !car-1",
			lines: "resume account/a@x",
		},
		{
			name: "blocked", want: "account/a@x :blocked=no", have: "account/a@x !car-1",
			lines: "resume account/a@x ! no",
		},
	})
}

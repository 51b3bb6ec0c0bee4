package impact

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReached: what a resource control policy says of actions that AWS applies
// none to is no impact; of the others it is.
func TestReached(t *testing.T) {
	const rest = `,"Principal":"*","Resource":"*"`
	before, after := on("", "RCPFullAWSAccess: "+full), on("", "RCPFullAWSAccess: "+full,
		"Own: "+deny(`"Action":["ec2:*","s3:*","kms:RetireGrant"]`+rest)+","+deny(`"Action":"lambda:*"`+rest))
	for _, list := range [][]Policy{before, after} {
		for i := range list {
			list[i].Type = resourceControl
		}
	}
	r, err := Of(Tree{Nodes: []Node{{Before: before, After: after, Accounts: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, n := range r.Impacts {
		got = append(got, n.Actions)
	}
	if diff := cmp.Diff([][]string{{"s3:*"}}, got); diff != "" || r.NewlyDenied != 3 {
		t.Errorf("denied to %d (-want +got):\n%s", r.NewlyDenied, diff)
	}

	after = append(on("", "RCPFullAWSAccess: "+full), on("", "Own: "+deny(`"Action":"ec2:*"`+rest))...)
	for i := range after {
		after[i].Type = resourceControl
	}
	if r, err = Of(Tree{Nodes: []Node{{Before: before, After: after, Accounts: 3}}}); err != nil || len(r.Impacts) > 0 || r.NewlyDenied > 0 {
		t.Errorf("of ec2 alone: %v, %v", lines(r), err)
	}
}

package snapshot_test

import (
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const small = `
organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}
policies:
  - name: Guard
    document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "ec2:*", Resource: "*"}]}
root: {policies: [Guard]}
ous: [{name: Labs, tags: {a: b}}]
accounts: [{name: one, email: one@acme.example, ou: Labs, tags: {owner: me}}]
`

func TestSmall(t *testing.T) {
	r := kindtest.New(t, awssim.Options{})
	equal(r, taken(r, small), small)
	r.Apply(small)
	equal(r, taken(r, small), small)
}

package account_test

import (
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// TestPolicyNamesAnAccountBelowIt has the usual "deny unless the security
// account" above that account: the policy can be written only once the account
// is there, so that one account does not wait for it, and all others do.
func TestPolicyNamesAnAccountBelowIt(t *testing.T) {
	const document = `{Version: 2012-10-17, Statement: [{Effect: Deny, Action: "s3:*", Resource: "*",
      Condition: {StringNotEquals: {aws:PrincipalAccount: "${{ account:sec.id }}"}}}]}`
	for name, body := range map[string]string{
		"on the root": `policies: [{name: OnlySec, document: ` + document + `}]
root: {policies: [OnlySec]}
ous: [{name: Labs}, {name: Security}]
`,
		"on its unit, without FullAWSAccess": `policies:
  - {name: OnlySec, document: ` + document + `}
  - {name: Allow, document: ` + kindtest.Allow + `}
ous: [{name: Labs}, {name: Security, policies: [OnlySec, Allow], fullAWSAccess: false}]
`,
		"by way of another policy": `policies:
  - {name: OnlySec, document: ` + document + `}
  - {name: Second, document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "sqs:*", Resource: "${{ policy:OnlySec.arn }}"}]}}
root: {policies: [Second]}
ous: [{name: Labs}, {name: Security}]
`,
	} {
		t.Run(name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\n" + body +
					"accounts: [{name: sec, email: sec@acme.example, ou: Security}]\n" + pool(1, 2, "")
				r.Apply(body)
				r.Settled(body)
				r.Equal("accounts", emails(r), []string{"s1@acme.example", "s2@acme.example", "sec@acme.example"})
			})
		})
	}
}

// Package bootstrap says what the tool itself needs in a payer: a role, whom
// the role trusts, and the policies by which it may plan and apply.
//
// Call [For] first; the [Needs] that it gives are written as a CloudFormation
// template or as lines for the AWS CLI. What a policy allows comes from one
// table, from the operations that are called to the IAM actions that AWS asks
// for them; see actions.json.
package bootstrap

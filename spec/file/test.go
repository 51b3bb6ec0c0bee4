package file

// Test is one request to AWS, and whether the policies of the file must allow or deny it.
type Test struct {
	// What must be so, for people.
	Name V[string] `json:"name" jsonschema:"required,minLength=1,maxLength=200,example=no reserved instances"`
	// Any account in the unit of this path; / is the root. Either ou or account.
	OU V[string] `json:"ou" jsonschema:"minLength=1,example=Vocareum"`
	// The name, or the email, of an account of this file. Either ou or account.
	Account V[string] `json:"account" jsonschema:"minLength=1"`
	// The action.
	Action V[string] `json:"action" jsonschema:"required,pattern=^[A-Za-z0-9-]+:[A-Za-z0-9]+$,example=ec2:PurchaseReservedInstancesOffering"`
	// The ARN that the action is on. Without it, no resource in particular.
	Resource V[string] `json:"resource" jsonschema:"minLength=1"`
	// The condition keys of the request. One that is not named is missing from it, aws:PrincipalArn and aws:RequestedRegion too, but for what aws:PrincipalArn tells: aws:PrincipalAccount, aws:PrincipalType and aws:username. Of a role's session it is the ARN of the role.
	Context V[Map[ContextValue]] `json:"context"`
	// allow or deny.
	Expect V[string] `json:"expect" jsonschema:"required,enum=allow,enum=deny"`
}

// ContextValue is the value of a condition key, or the list of its values.
type ContextValue struct {
	One  V[ID]    `shape:"text"`
	Many List[ID] `shape:"list"`
	Bool V[bool]  `shape:"bool"`
}

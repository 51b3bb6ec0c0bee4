package file

// MemberRole is a role in every member account that it selects.
type MemberRole struct {
	// The role's name, unique in each account whatever its letter case. It is not the role by which the account is entered (memberRole).
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$,example=NetworkReader"`
	// The path in the role's ARN, with a slash at both ends; it cannot be changed later. Default: /.
	Path V[string] `json:"path" jsonschema:"pattern=^/([\\x21-\\x7e]+/)?$,maxLength=512,default=/"`
	// What the role is for, 1,000 characters at most. Without it the description is not managed.
	Description V[string] `json:"description"`
	// Who may assume the role; always set, but with absent: true.
	Trust V[Trust] `json:"trust"`
	// How long a session of the role may last, from 1h to 12h: 12h, 43200s or 43200. Without it the duration is not managed.
	MaxSessionDuration V[Duration] `json:"maxSessionDuration"`
	// The ARN of the permissions boundary. null says that there must be none.
	PermissionsBoundary V[Tag] `json:"permissionsBoundary"`
	// Policies embedded in the role, by name. null says that one must be absent; others are left as they are.
	InlinePolicies V[Map[InlinePolicy]] `json:"inlinePolicies"`
	// Managed policies that must be attached: ARNs of AWS's own. Others are left as they are.
	ManagedPolicies List[string] `json:"managedPolicies"`
	// Managed policies that must not be attached: ARNs. true says that the role must not be there: it is deleted where it bears our mark, and the entry has name and in alone.
	Absent V[AbsentRole] `json:"absent"`
	// Make the lists that are set exact: embedded and attached policies that are not named go. A list that is not set stays additive; an empty one leaves nothing. Default: false.
	Exclusive V[bool] `json:"exclusive"`
	// Tags of the role. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// Take over a role that exists and is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
	// A vendor works with the role: it is protected from deletes and from losing its trust. Default: false.
	Handoff V[bool] `json:"handoff"`
	// Where the role is.
	In V[Members] `json:"in" jsonschema:"required"`
	// direct enters each account and makes the role; stackset lets CloudFormation do it, by units only, for thousands of accounts. Default: direct.
	Deploy V[string] `json:"deploy" jsonschema:"enum=direct,enum=stackset,default=direct"`
	// How the stack set deploys; only with deploy: stackset.
	StackSet V[StackSet] `json:"stackSet"`
}

// AbsentRole is a list of policies, or true for the role itself.
type AbsentRole struct {
	Policies List[string] `shape:"list"`
	Role     V[bool]      `shape:"bool"`
}

// Members selects accounts of the file, and the payer itself.
type Members struct {
	// Names of pools.
	Pools List[string] `json:"pools"`
	// Paths of units, as in Sports/Football: the accounts of the file that are in them or below, or, with deploy: stackset, all accounts there. / is the root.
	OUs List[string] `json:"ous"`
	// Names of accounts.
	Accounts List[string] `json:"accounts"`
	// The payer's own account gets the role too. Default: false.
	Payer V[bool] `json:"payer"`
}

// StackSet says how CloudFormation deploys a role.
type StackSet struct {
	// The stack set's name. Default: reconciler- and the role's name.
	Name V[string] `json:"name" jsonschema:"pattern=^[A-Za-z][A-Za-z0-9-]{0\\,127}$"`
	// The region in which its stacks are. Default: homeRegion.
	Region V[string] `json:"region" jsonschema:"example=us-east-1"`
	// How many accounts may fail before an operation stops: a number, or a percentage. Default: 0.
	FailureTolerance V[Amount] `json:"failureTolerance"`
	// How many accounts are worked on at once: a number, or a percentage. Default: 10.
	MaxConcurrent V[Amount] `json:"maxConcurrent"`
	// Leave the role in accounts that leave the units. Default: false.
	Retain V[bool] `json:"retainOnAccountRemoval"`
}

package file

// Role is an IAM role of the payer.
type Role struct {
	// The role's name, unique in the account whatever its letter case.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$,example=vocareumadmin"`
	// The path in the role's ARN, with a slash at both ends; it cannot be changed later. Default: /.
	Path V[string] `json:"path" jsonschema:"pattern=^/([\\x21-\\x7e]+/)?$,maxLength=512,default=/,example=/vendors/"`
	// What the role is for, 1,000 characters at most. Without it the description is not managed.
	Description V[string] `json:"description"`
	// Who may assume the role.
	Trust V[Trust] `json:"trust" jsonschema:"required"`
	// How long a session of the role may last, from 1h to 12h: 12h, 43200s or 43200. Without it the duration is not managed.
	MaxSessionDuration V[Duration] `json:"maxSessionDuration"`
	// The ARN of the permissions boundary, or ${{ iamPolicy:NAME.arn }}. null says that there must be none.
	PermissionsBoundary V[Tag] `json:"permissionsBoundary"`
	// Policies embedded in the role, by name. null says that one must be absent; others are left as they are.
	InlinePolicies V[Map[InlinePolicy]] `json:"inlinePolicies"`
	// Managed policies that must be attached: ARNs of AWS's own, or names of iamPolicies. Others are left as they are.
	ManagedPolicies List[string] `json:"managedPolicies"`
	// Managed policies that must not be attached: ARNs, or names of iamPolicies.
	Absent List[string] `json:"absent"`
	// Make the lists that are set exact: embedded and attached policies that are not named go. A list that is not set stays additive; an empty one leaves nothing. Default: false.
	Exclusive V[bool] `json:"exclusive"`
	// Tags of the role. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// Take over a role that exists and is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
	// A vendor works with the role: it is protected from deletes and from losing its trust. Default: false.
	Handoff V[bool] `json:"handoff"`
}

// Trust says who may assume a role: in short, or as a whole document.
type Trust struct {
	// Accounts whose administrators decide who of them may assume the role: ids, or ${{ account:NAME.id }}.
	Accounts List[ID] `json:"accounts" jsonschema:"example=117530877863"`
	// ARNs of users and roles that may assume the role, or references such as ${{ user:NAME.arn }}.
	Principals List[string] `json:"principals"`
	// AWS services that may assume the role, such as ec2.amazonaws.com.
	Services List[string] `json:"services" jsonschema:"example=ec2.amazonaws.com"`
	// What accounts and principals must say when they assume the role. A vendor gives one to each customer, or takes one that the customer chooses.
	ExternalID V[string] `json:"externalId" jsonschema:"minLength=2,maxLength=1224,pattern=^[A-Za-z0-9_+=\\,.@:/-]*$"`
	// true asks accounts and principals for a session with multi-factor authentication. Default: false.
	MFA V[bool] `json:"mfa"`
	// The JSON file of the whole trust policy, instead of all else here.
	File V[string] `json:"file" jsonschema:"minLength=1"`
	// The whole trust policy, instead of all else here.
	Document V[Raw] `json:"document"`
}

// InlinePolicy is a policy embedded in a role, user or group, or its absence.
type InlinePolicy struct {
	Policy V[PolicyText] `shape:"map"`
	Absent V[Null]       `shape:"null"`
}

// PolicyText is the document of a policy.
type PolicyText struct {
	// The JSON file of the document, from the folder that holds payers/ or the payer file. Either file or document.
	File V[string] `json:"file" jsonschema:"minLength=1,example=policies/vocareumadmin.json"`
	// The document itself. An unquoted date or account id stays as written. Either file or document.
	Document V[Raw] `json:"document"`
}

// IAMPolicy is a customer-managed policy of the payer.
type IAMPolicy struct {
	// The policy's name, unique in the account whatever its letter case.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,128}$,example=Optima"`
	// The path in the policy's ARN, with a slash at both ends; it cannot be changed later. Default: /.
	Path V[string] `json:"path" jsonschema:"pattern=^((/[A-Za-z0-9.\\,+@=_-]+)*)/$,maxLength=512,default=/"`
	// What the policy is for, 1,000 characters at most; AWS takes it at creation only. Without it the description is not managed.
	Description V[string] `json:"description"`
	// The JSON file of the document, from the folder that holds payers/ or the payer file. Either file or document.
	File V[string] `json:"file" jsonschema:"minLength=1,example=policies/optima.json"`
	// The document itself. An unquoted date or account id stays as written. Either file or document.
	Document V[Raw] `json:"document"`
	// Tags of the policy. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// Take over a policy that exists and is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
}

// Group is an IAM group of the payer.
type Group struct {
	// The group's name, unique in the account whatever its letter case.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,128}$,example=micetro"`
	// The path in the group's ARN, with a slash at both ends; it cannot be changed later. Default: /.
	Path V[string] `json:"path" jsonschema:"pattern=^/([\\x21-\\x7e]+/)?$,maxLength=512,default=/"`
	// Users of the payer that must be in the group. Others are left as they are.
	Members List[string] `json:"members"`
	// Users of the payer that must not be in the group.
	AbsentMembers List[string] `json:"absentMembers"`
	// Policies embedded in the group, by name. null says that one must be absent; others are left as they are.
	InlinePolicies V[Map[InlinePolicy]] `json:"inlinePolicies"`
	// Managed policies that must be attached: ARNs of AWS's own, or names of iamPolicies. Others are left as they are.
	ManagedPolicies List[string] `json:"managedPolicies"`
	// Managed policies that must not be attached: ARNs, or names of iamPolicies.
	Absent List[string] `json:"absent"`
	// Make the lists that are set exact: members, embedded and attached policies that are not named go. A list that is not set stays additive; an empty one leaves nothing. Default: false.
	Exclusive V[bool] `json:"exclusive"`
	// Roles in member accounts that the group may assume: one embedded policy a role and account, assume-ROLE-ACCOUNT, while they fit, else one managed policy a role. What was made so before and is not wanted any more goes; an empty list takes all of it away.
	Assume List[Assume] `json:"assume"`
}

// User is an IAM user of the payer. Its access keys are never made, listed or shown.
type User struct {
	// The user's name, unique in the account whatever its letter case.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$,example=micetro"`
	// The path in the user's ARN, with a slash at both ends; it cannot be changed later. Default: /.
	Path V[string] `json:"path" jsonschema:"pattern=^/([\\x21-\\x7e]+/)?$,maxLength=512,default=/"`
	// The ARN of the permissions boundary, or ${{ iamPolicy:NAME.arn }}. null says that there must be none.
	PermissionsBoundary V[Tag] `json:"permissionsBoundary"`
	// Policies embedded in the user, by name. null says that one must be absent; others are left as they are.
	InlinePolicies V[Map[InlinePolicy]] `json:"inlinePolicies"`
	// Managed policies that must be attached: ARNs of AWS's own, or names of iamPolicies. Others are left as they are.
	ManagedPolicies List[string] `json:"managedPolicies"`
	// Managed policies that must not be attached: ARNs, or names of iamPolicies.
	Absent List[string] `json:"absent"`
	// Make the lists that are set exact: embedded and attached policies that are not named go. A list that is not set stays additive; an empty one leaves nothing. Default: false.
	Exclusive V[bool] `json:"exclusive"`
	// Tags of the user. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// Take over a user that exists and is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
	// A vendor works with the user: it is protected from deletes. Default: false.
	Handoff V[bool] `json:"handoff"`
	// Roles in member accounts that the user may assume: one embedded policy a role and account, assume-ROLE-ACCOUNT, while they fit, else one managed policy a role. What was made so before and is not wanted any more goes; an empty list takes all of it away.
	Assume List[Assume] `json:"assume"`
}

// Assume is a role in member accounts that a group or user may assume.
type Assume struct {
	// The name of the role in the members.
	Role V[string] `json:"role" jsonschema:"required,pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$,example=NetworkReader"`
	// The path of the role in the members. Default: /.
	Path V[string] `json:"path" jsonschema:"pattern=^/([\\x21-\\x7e]+/)?$,maxLength=512,default=/"`
	// The members.
	In V[Accounts] `json:"in" jsonschema:"required"`
}

// Accounts selects accounts of the file; all that it names count.
type Accounts struct {
	// Names of pools.
	Pools List[string] `json:"pools"`
	// Paths of units, as in Sports/Football: the accounts of the file that are in them or below. / is the root.
	OUs List[string] `json:"ous"`
	// Names of accounts.
	Accounts List[string] `json:"accounts"`
}

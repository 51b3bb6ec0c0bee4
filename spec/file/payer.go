package file

// Payer is a payer file: what one AWS organization and its management account must be.
type Payer struct {
	// The version of this format.
	APIVersion V[string] `json:"apiVersion" jsonschema:"required,enum=reconciler/v1"`
	// What the file is: Payer or Defaults.
	Kind V[string] `json:"kind" jsonschema:"required,enum=Payer"`
	// The payer's name, unique in the repository. It is written into the mark of everything that is created, so it must not change later.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9][A-Za-z0-9._-]{0\\,49}$,example=acme-labs"`
	// The account id of the management account. No other account is touched.
	AccountID V[ID] `json:"accountId" jsonschema:"required"`
	// The region of what lives in a region. Organizations itself lives in us-east-1. Default: us-east-1.
	HomeRegion V[string] `json:"homeRegion" jsonschema:"default=us-east-1,example=us-east-1,example=eu-west-1"`
	// How to get into the payer. Without it the ambient AWS credentials are used.
	Access V[Access] `json:"access"`
	// Vendor presets to put in before anything else is looked at. What stands beside them must not contradict them.
	Presets List[PresetUse] `json:"presets"`
	// The organization, its policy types and its trusted services. What is not named is not managed.
	Organization V[Organization] `json:"organization"`
	// The policies of the organization. Naming one here makes it; the lists at root and ous attach it.
	Policies List[Policy] `json:"policies"`
	// The root of the organization.
	Root V[Node] `json:"root"`
	// The organizational units under the root; five levels at most.
	OUs List[OU] `json:"ous"`
	// IAM roles of the payer.
	Roles List[Role] `json:"roles"`
	// Customer-managed IAM policies of the payer.
	IAMPolicies List[IAMPolicy] `json:"iamPolicies"`
	// IAM groups of the payer. AWS has no tags on groups: one that exists is used as it is found.
	Groups List[Group] `json:"groups"`
	// IAM users of the payer. Access keys are never made, listed or shown.
	Users List[User] `json:"users"`
	// Roles inside member accounts.
	MemberRoles List[MemberRole] `json:"memberRoles"`
	// The role that is assumed inside member accounts. Default: the roleName of each account.
	MemberRole V[string] `json:"memberRole" jsonschema:"pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$"`
	// S3 buckets of the payer. A bucket is never deleted.
	Buckets List[Bucket] `json:"buckets"`
	// Cost and Usage Reports of the payer.
	BillingReports List[BillingReport] `json:"billingReports"`
	// Quotas that AWS is asked to raise.
	Quotas V[Quotas] `json:"quotas"`
	// The alternate contacts of the payer's own account.
	Contacts V[Contacts] `json:"contacts"`
	// Accounts that have a name of their own. An account that leaves the list stays where it is and is reported.
	Accounts List[Account] `json:"accounts"`
	// Accounts by count: a number of like accounts each.
	Pools List[Pool] `json:"pools"`
	// What a plan may do at most. A plan beyond it is shown and not applied.
	Safety V[Safety] `json:"safety"`
	// Tags of every object that takes tags. An object's own tags go before them.
	Tags V[Map[Tag]] `json:"tags"`
	// Overrides of AWS's own limits, for an organization whose quotas were raised.
	Limits V[Limits] `json:"limits"`
	// The lock of the payer's one writer: an object in S3 that a daemon or an apply holds while it writes to AWS. Without it a file lock is taken, which other machines do not see.
	Lease V[Lease] `json:"lease"`
	// What a daemon does where somebody changed AWS by hand: heal makes it again what the file says, report only says so. An apply by hand heals. Default: heal.
	Drift V[string] `json:"drift" jsonschema:"enum=heal,enum=report,default=heal"`
	// Stops all writes to the payer: a daemon plans and reports only, and apply refuses.
	Paused V[Paused] `json:"paused"`
	// Requests that the policies of this file must allow or deny. validate and plan hold them against the file; where one fails, nothing is applied.
	Tests List[Test] `json:"tests"`
	// What lint finds in the policies of this file and is meant so.
	Lint V[Lint] `json:"lint"`
}

// Defaults is the one file whose values fill what the payer files beside it leave out.
type Defaults struct {
	// The version of this format.
	APIVersion V[string] `json:"apiVersion" jsonschema:"required,enum=reconciler/v1"`
	// What the file is: Payer or Defaults.
	Kind V[string] `json:"kind" jsonschema:"required,enum=Defaults"`
	// The region of what lives in a region. Default: us-east-1.
	HomeRegion V[string] `json:"homeRegion" jsonschema:"default=us-east-1,example=us-east-1,example=eu-west-1"`
	// How to get into a payer that does not say so itself. ${{ payer.accountId }} stands for its account id.
	Access V[Access] `json:"access"`
	// What a plan may do at most, key by key.
	Safety V[Safety] `json:"safety"`
	// Tags of every object that takes tags. The tags of a payer and of an object go before them.
	Tags V[Map[Tag]] `json:"tags"`
	// Quotas that AWS is asked to raise, for a payer that does not say so itself.
	Quotas V[Quotas] `json:"quotas"`
	// Alternate contacts of the payers' own accounts, each where a payer does not name it itself.
	Contacts V[Contacts] `json:"contacts"`
	// Overrides of AWS's own limits.
	Limits V[Limits] `json:"limits"`
	// The lock of each payer's one writer, for a payer that does not name it itself. The key holds ${{ payer.name }}, so that each payer has its own.
	Lease V[Lease] `json:"lease"`
	// What a daemon does where somebody changed AWS by hand, for a payer that does not say so itself. Default: heal.
	Drift V[string] `json:"drift" jsonschema:"enum=heal,enum=report,default=heal"`
}

// Access is the way into the payer.
type Access struct {
	// The role to assume. Where it fails the payer ends: the ambient credentials are never used instead.
	RoleARN V[string] `json:"roleArn" jsonschema:"required,example=arn:aws:iam::111122223333:role/reconciler"`
	// The external id that the role's trust policy asks for.
	ExternalID V[string] `json:"externalId" jsonschema:"minLength=2,maxLength=1224,pattern=^[A-Za-z0-9_+=\\,.@:/-]*$"`
}

// Organization is the organization itself.
type Organization struct {
	// Make the organization where the account has none; without it that is an error.
	Create V[bool] `json:"create"`
	// Policy types that must be on. Others are left as they are.
	PolicyTypes List[string] `json:"policyTypes"`
	// Service principals that must have trusted access. Others are left as they are.
	TrustedServices List[string] `json:"trustedServices"`
	// Policy types and service principals that must not be on. Disabling a policy type destroys all its attachments for good.
	Absent List[string] `json:"absent"`
}

// Policy is one policy of the organization.
type Policy struct {
	// The policy's name, unique within its type.
	Name V[string] `json:"name" jsonschema:"required,minLength=1,maxLength=128"`
	// The policy type. Default: SERVICE_CONTROL_POLICY.
	Type V[string] `json:"type" jsonschema:"pattern=^[A-Z][A-Z0-9_]*$,default=SERVICE_CONTROL_POLICY,example=SERVICE_CONTROL_POLICY,example=RESOURCE_CONTROL_POLICY,example=TAG_POLICY"`
	// What the policy is for, 512 characters at most. Without it the description is not managed.
	Description V[string] `json:"description"`
	// The JSON file of the document, from the folder that holds payers/ or the payer file. Either file or document.
	File V[string] `json:"file" jsonschema:"minLength=1,example=policies/DenyLeave.json"`
	// The document itself. An unquoted date or account id stays as written. Either file or document.
	Document V[Raw] `json:"document"`
	// Names that the policy had before; a policy that still has one is renamed.
	Previously List[string] `json:"previously"`
	// Take over a policy that exists and is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
	// Tags of the policy. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// What a daemon does where somebody changed the policy or its attachments by hand: heal or report. Default: what the payer says.
	Drift V[string] `json:"drift" jsonschema:"enum=heal,enum=report"`
}

// Adopt is true, or {own: true} to mark the object as ours too.
type Adopt struct {
	Yes V[bool]     `shape:"bool"`
	Own V[AdoptOwn] `shape:"map"`
}

// AdoptOwn takes an object over.
type AdoptOwn struct {
	// Mark the object as ours, so that prune may delete it once it leaves the file.
	Own V[bool] `json:"own" jsonschema:"required"`
}

// Node is the root: the policies that hang on it.
type Node struct {
	// The policies attached here: their names, or TYPE:NAME. FullAWSAccess stays attached, named or not.
	Policies List[string] `json:"policies"`
	// false detaches FullAWSAccess, which is an error unless another policy here allows something.
	FullAWSAccess V[bool] `json:"fullAWSAccess"`
}

// OU is one organizational unit.
type OU struct {
	// The unit's name, unique under its parent.
	Name V[string] `json:"name" jsonschema:"required,minLength=1,maxLength=128"`
	// The policies attached here: their names, or TYPE:NAME. FullAWSAccess stays attached, named or not.
	Policies List[string] `json:"policies"`
	// false detaches FullAWSAccess, which is an error unless another policy here allows something.
	FullAWSAccess V[bool] `json:"fullAWSAccess"`
	// Names that the unit had before; a unit that still has one is renamed.
	Previously List[string] `json:"previously"`
	// Tags of the unit. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// The units under this one.
	OUs List[OU] `json:"ous"`
}

package file

// Account is an account that has a name of its own.
type Account struct {
	// The account's name, unique in the file.
	Name V[string] `json:"name" jsonschema:"required,minLength=1,maxLength=50"`
	// The root email, by which the account is known. It is unique in all of AWS and cannot be changed here.
	Email V[string] `json:"email" jsonschema:"required,minLength=6,maxLength=64,example=aws-security@acme.example"`
	// The path of the unit it is in, as in Sports/Football; a slash inside a name is written \/. Without it the placement is not managed.
	OU V[string] `json:"ou" jsonschema:"example=Security,example=Teaching/Labs"`
	// The role that AWS makes in the account at its creation. Default: OrganizationAccountAccessRole.
	RoleName V[string] `json:"roleName" jsonschema:"pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$,default=OrganizationAccountAccessRole"`
	// Whether IAM users and roles may see the billing of the account; only at its creation. Default: ALLOW.
	Billing V[string] `json:"iamUserAccessToBilling" jsonschema:"enum=ALLOW,enum=DENY,default=ALLOW"`
	// The role that is assumed inside the account. Default: the payer's memberRole, else roleName.
	MemberRole V[string] `json:"memberRole" jsonschema:"pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$"`
	// The alternate contacts of the account.
	Contacts V[Contacts] `json:"contacts"`
	// Tags of the account. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
}

// Pool is a number of like accounts.
type Pool struct {
	// The pool's name, unique in the file. It is written into the mark of its accounts.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9][A-Za-z0-9._-]{0\\,127}$"`
	// The path of the unit the accounts are in, as in Sports/Football. Without it the placement is not managed.
	OU V[string] `json:"ou" jsonschema:"example=Vocareum,example=Teaching/Labs"`
	// The ids of the accounts: a range, or a list.
	IDs V[IDs] `json:"ids" jsonschema:"required"`
	// What each account is like. ${{ id }} is its id.
	Account V[PoolAccount] `json:"account" jsonschema:"required"`
	// The CSV file that lists the accounts: its path, or a mapping with columns and header.
	CSV V[CSV] `json:"csv"`
	// What happens to accounts of the pool beyond its ids. Default: keep.
	Surplus V[Surplus] `json:"surplus"`
}

// IDs are a list of ids, or a range.
type IDs struct {
	List  List[ID]   `shape:"list"`
	Range V[IDRange] `shape:"map"`
}

// IDRange counts up from a number.
type IDRange struct {
	// The first number.
	From V[int] `json:"from" jsonschema:"required,minimum=0"`
	// How many.
	Count V[int] `json:"count" jsonschema:"required,minimum=0,maximum=50000"`
	// Text before each number.
	Prefix V[string] `json:"prefix" jsonschema:"pattern=^([A-Za-z0-9][A-Za-z0-9._-]*)?$"`
	// Pad the number with zeros to so many digits.
	Width V[int] `json:"width" jsonschema:"minimum=0,maximum=20"`
}

// PoolAccount is what the accounts of a pool have in common.
type PoolAccount struct {
	// The name of each account, with ${{ id }}.
	Name V[string] `json:"name" jsonschema:"required,minLength=1,example=${{ id }}"`
	// The root email of each account, with ${{ id }}.
	Email V[string] `json:"email" jsonschema:"required,minLength=6,example=awslabs${{ id }}@vocareum.com"`
	// The role that AWS makes in the account at its creation. Default: OrganizationAccountAccessRole.
	RoleName V[string] `json:"roleName" jsonschema:"pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$,default=OrganizationAccountAccessRole"`
	// Whether IAM users and roles may see the billing of the account; only at its creation. Default: ALLOW.
	Billing V[string] `json:"iamUserAccessToBilling" jsonschema:"enum=ALLOW,enum=DENY,default=ALLOW"`
	// The role that is assumed inside each account. Default: the payer's memberRole, else roleName.
	MemberRole V[string] `json:"memberRole" jsonschema:"pattern=^[A-Za-z0-9+=\\,.@_-]{1\\,64}$"`
	// The alternate contacts of each account.
	Contacts V[Contacts] `json:"contacts"`
	// Tags of each account; ${{ id }} is its id. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
}

// CSV is the path alone, or a mapping.
type CSV struct {
	Short V[string]  `shape:"text"`
	Long  V[CSVFile] `shape:"map"`
}

// CSVFile is a CSV file of accounts.
type CSVFile struct {
	// The file, which ends in .csv, from the folder that holds payers/ or the payer file.
	Path V[string] `json:"path" jsonschema:"required,pattern=\\.csv$"`
	// The columns, in order. Default: account_id, my_id, email.
	Columns List[string] `json:"columns"`
	// Whether the first row names the columns. Default: false.
	Header V[bool] `json:"header"`
}

// Surplus says what happens to accounts beyond the ids.
type Surplus struct {
	// keep leaves them where they are and reports them; park moves them to ou. Closing comes with a later version.
	Action V[string] `json:"action" jsonschema:"required,enum=keep,enum=park"`
	// The path of the unit that takes parked accounts.
	OU V[string] `json:"ou"`
}

// Safety holds the guards of a plan.
type Safety struct {
	// Delete owned policies and units that left the file; never accounts. Default: false.
	Prune V[bool] `json:"prune"`
	// Deletes, detaches and disables in one plan: a number, or a percentage of the live objects of a kind. Default: 5.
	MaxRemovals V[Amount] `json:"maxRemovals"`
	// Moves of accounts in one plan: a number, or a percentage of the live member accounts. Default: 25%.
	MaxMoves V[Amount] `json:"maxMoves"`
	// New accounts in one plan; an account cannot be unmade. Default: 50.
	MaxAccountCreates V[Amount] `json:"maxAccountCreates"`
	// Live member accounts to which one plan newly denies something by changes of service and resource control policies and of what they hang on, and not by moves alone: a number, or a percentage of the live member accounts. Default: 100%, which holds back nothing: a policy that was detached by hand must be put back.
	MaxNewlyDenied V[Amount] `json:"maxNewlyDenied"`
	// Closing accounts comes with a later version.
	CloseAccounts V[bool] `json:"closeAccounts" jsonschema:"enum=false"`
}

// Limits override what AWS's own quotas are by default.
type Limits struct {
	// By policy type.
	Policies V[Map[PolicyLimit]] `json:"policies"`
	// Levels of units under the root. AWS's own: 5.
	OUDepth V[int] `json:"ouDepth" jsonschema:"minimum=1,maximum=50"`
	// Characters of the trust policy of a role, white space not counted. AWS's own: 2,048.
	TrustCharacters V[int] `json:"trustCharacters" jsonschema:"minimum=1"`
	// Managed policies attached to one role, user or group. AWS's own: 10.
	ManagedPolicies V[int] `json:"managedPolicies" jsonschema:"minimum=1"`
}

// PolicyLimit overrides the limits of one policy type.
type PolicyLimit struct {
	// Characters of one document, as sent.
	Characters V[int] `json:"characters" jsonschema:"minimum=1"`
	// Policies attached directly to one root or unit.
	Attached V[int] `json:"attached" jsonschema:"minimum=1"`
}

package file

// Bucket is an S3 bucket of the payer. What it does not say is not managed.
type Bucket struct {
	// The bucket's name, unique in all of AWS.
	Name V[string] `json:"name" jsonschema:"required,minLength=3,maxLength=255,example=acme-billing"`
	// The bucket's region; it cannot be changed later. Default: homeRegion.
	Region V[string] `json:"region" jsonschema:"example=us-east-1"`
	// Keep old versions of objects; false suspends that.
	Versioning V[bool] `json:"versioning"`
	// The default encryption of new objects.
	Encryption V[Encryption] `json:"encryption"`
	// true switches all four blocks of public access on; a mapping sets them one by one.
	PublicAccessBlock V[PublicAccessBlock] `json:"publicAccessBlock"`
	// Who owns objects that other accounts write.
	Ownership V[string] `json:"ownership" jsonschema:"enum=BucketOwnerEnforced,enum=BucketOwnerPreferred,enum=ObjectWriter"`
	// Rules of the bucket's lifecycle, by id. Others are left as they are.
	Lifecycle List[LifecycleRule] `json:"lifecycle"`
	// Ids of rules of the lifecycle that must be absent.
	AbsentLifecycle List[string] `json:"absentLifecycle"`
	// Statements of the bucket's policy, each with a Sid by which it is known. Others are left as they are.
	Statements List[Raw] `json:"statements"`
	// Sids of statements that must be absent from the bucket's policy.
	Absent List[string] `json:"absent"`
	// Tags of the bucket. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// Take over a bucket of the payer that is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
}

// Encryption is a bucket's default encryption.
type Encryption struct {
	// AES256 (keys of S3), aws:kms or aws:kms:dsse.
	Algorithm V[string] `json:"algorithm" jsonschema:"required,enum=AES256,enum=aws:kms,enum=aws:kms:dsse"`
	// The id, alias or ARN of the KMS key. Without it AWS's own key for S3.
	KMSKey V[string] `json:"kmsKey" jsonschema:"example=alias/billing"`
	// Ask KMS less often, by a key of the bucket; with aws:kms only.
	BucketKey V[bool] `json:"bucketKey"`
}

// PublicAccessBlock is true, or a mapping.
type PublicAccessBlock struct {
	All   V[bool]        `shape:"bool"`
	Parts V[PublicParts] `shape:"map"`
}

// PublicParts are the four blocks of public access.
type PublicParts struct {
	// Refuse new public ACLs.
	BlockACLs V[bool] `json:"blockPublicAcls"`
	// Ignore public ACLs that are there.
	IgnoreACLs V[bool] `json:"ignorePublicAcls"`
	// Refuse public bucket policies.
	BlockPolicy V[bool] `json:"blockPublicPolicy"`
	// Let only the account and AWS services in where the policy is public.
	Restrict V[bool] `json:"restrictPublicBuckets"`
}

// LifecycleRule is one rule of a bucket's lifecycle.
type LifecycleRule struct {
	// The rule's id, unique in the bucket.
	ID V[string] `json:"id" jsonschema:"required,minLength=1,maxLength=255"`
	// The objects whose key begins so. Without it all objects.
	Prefix V[string] `json:"prefix" jsonschema:"maxLength=1024"`
	// Whether the rule works. Default: true.
	Enabled V[bool] `json:"enabled"`
	// Delete objects so many days after they were made.
	Expire V[int] `json:"expireAfterDays" jsonschema:"minimum=1"`
	// Delete old versions so many days after they were replaced.
	ExpireNoncurrent V[int] `json:"expireNoncurrentAfterDays" jsonschema:"minimum=1"`
	// Drop uploads in parts that did not end within so many days.
	AbortMultipart V[int] `json:"abortMultipartAfterDays" jsonschema:"minimum=1"`
	// Moves to cheaper storage classes.
	Transitions List[Transition] `json:"transitions"`
}

// Transition moves objects to another storage class.
type Transition struct {
	// So many days after they were made.
	After V[int] `json:"afterDays" jsonschema:"required,minimum=0"`
	// The storage class.
	StorageClass V[string] `json:"storageClass" jsonschema:"required,enum=STANDARD_IA,enum=ONEZONE_IA,enum=INTELLIGENT_TIERING,enum=GLACIER_IR,enum=GLACIER,enum=DEEP_ARCHIVE"`
}

// BillingReport is a legacy Cost and Usage Report.
type BillingReport struct {
	// The report's name, unique in the payer.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[0-9A-Za-z!_.*'()-]{1\\,256}$"`
	// The name of a bucket in buckets. The statements that let AWS deliver the report are added to its policy.
	Bucket V[string] `json:"bucket" jsonschema:"required"`
	// What the keys of the report's objects begin with. Default: cur.
	Prefix V[string] `json:"prefix" jsonschema:"pattern=^[0-9A-Za-z!_.*'()/-]{1\\,256}$,default=cur"`
	// What one line of the report covers. Default: DAILY.
	TimeUnit V[string] `json:"timeUnit" jsonschema:"enum=HOURLY,enum=DAILY,enum=MONTHLY,default=DAILY"`
	// The format of the files. Default: textORcsv.
	Format V[string] `json:"format" jsonschema:"enum=textORcsv,enum=Parquet,default=textORcsv"`
	// GZIP or ZIP with textORcsv, Parquet with Parquet. Default: GZIP, or Parquet.
	Compression V[string] `json:"compression" jsonschema:"enum=GZIP,enum=ZIP,enum=Parquet"`
	// What the report has beside its usual columns: RESOURCES, SPLIT_COST_ALLOCATION_DATA, MANUAL_DISCOUNT_COMPATIBILITY.
	Elements List[string] `json:"elements"`
	// Manifests for other services: REDSHIFT, QUICKSIGHT, or ATHENA alone.
	Artifacts List[string] `json:"artifacts"`
	// Whether each delivery is kept or takes the place of the one before. Default: OVERWRITE_REPORT.
	Versioning V[string] `json:"versioning" jsonschema:"enum=CREATE_NEW_REPORT,enum=OVERWRITE_REPORT,default=OVERWRITE_REPORT"`
	// Deliver again for months that are closed, where charges are corrected. Default: true.
	Refresh V[bool] `json:"refreshClosedReports" jsonschema:"default=true"`
	// Tags of the report. null says that a tag must be absent.
	Tags V[Map[Tag]] `json:"tags"`
	// Take over a report that exists and is not ours: it is changed to what stands here.
	Adopt V[Adopt] `json:"adopt"`
}

// Quotas are what the payer asks AWS for.
type Quotas struct {
	// The most accounts that the organization may have, the payer counted: a number, or auto for as many as the file wants. A plan asks AWS for it.
	Accounts V[AccountQuota] `json:"accounts" jsonschema:"required"`
}

// Contacts are the alternate contacts of an account. One that is not named is not managed.
type Contacts struct {
	// Who is asked about bills. null says that there must be none.
	Billing V[Contact] `json:"billing"`
	// Who is told about the services in use. null says that there must be none.
	Operations V[Contact] `json:"operations"`
	// Who is told about security. null says that there must be none.
	Security V[Contact] `json:"security"`
}

// Contact is an alternate contact, or its absence.
type Contact struct {
	Person V[Person] `shape:"map"`
	Absent V[Null]   `shape:"null"`
}

// Person is who is contacted.
type Person struct {
	// The name, 64 characters at most.
	Name V[string] `json:"name" jsonschema:"required,minLength=1,maxLength=64"`
	// The title, 50 characters at most.
	Title V[string] `json:"title" jsonschema:"required,minLength=1,maxLength=50"`
	// The email address.
	Email V[string] `json:"email" jsonschema:"required,minLength=1,maxLength=254"`
	// The telephone number.
	Phone V[string] `json:"phone" jsonschema:"required,pattern=^[ 0-9()+-]{1\\,25}$"`
}

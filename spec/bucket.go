package spec

import (
	"github.com/payer-reconciler/reconciler/resource"
)

// Bucket is an S3 bucket of the payer. What is nil or empty is not managed.
type Bucket struct {
	Pos               Pos
	Name              string
	Region            string // the home region where the file says nothing
	Versioning        *bool
	Encryption        *Encryption
	PublicAccessBlock *PublicAccessBlock
	Ownership         string // BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter
	Lifecycle         []LifecycleRule
	AbsentLifecycle   []Name
	Tags              map[string]*resource.Text
	Adopt             Adopt
	// Statements are those of the bucket's policy that are ours, those that a
	// billing report needs put in. Others in the policy stay.
	Statements       []Statement
	AbsentStatements []Name // Sids
}

// Ref names the bucket in a plan.
func (b Bucket) Ref() resource.Ref { return BucketRef(b.Name) }

// Encryption is a bucket's default encryption.
type Encryption struct {
	Pos       Pos
	Algorithm string         // AES256, aws:kms or aws:kms:dsse
	KMSKey    *resource.Text // id, alias or ARN of the key; nil: AWS's own
	BucketKey *bool
}

// PublicAccessBlock is the four switches of a bucket; nil is not managed.
type PublicAccessBlock struct {
	Pos                                                                         Pos
	BlockPublicACLs, IgnorePublicACLs, BlockPublicPolicy, RestrictPublicBuckets *bool
}

// LifecycleRule is one rule of a bucket, known by its id. Days of 0 are not set.
type LifecycleRule struct {
	Pos                          Pos
	ID                           string
	Prefix                       string
	Enabled                      bool
	ExpireDays                   int
	NoncurrentExpireDays         int
	AbortIncompleteMultipartDays int
	Transitions                  []Transition
}

// Transition moves objects to another storage class after some days.
type Transition struct {
	Days         int
	StorageClass string
}

// Statement is one statement of a bucket's policy, known by its Sid.
type Statement struct {
	Pos      Pos
	Sid      string
	Document resource.Text // the statement alone as minified JSON, Sid and all
}

// BillingReport is a legacy Cost and Usage Report.
type BillingReport struct {
	Pos         Pos
	Name        string
	Bucket      string // a bucket of the file
	Region      string // of the bucket
	Prefix      string
	TimeUnit    string   // HOURLY, DAILY or MONTHLY
	Format      string   // textORcsv or Parquet
	Compression string   // ZIP, GZIP or Parquet, as the format asks
	Elements    []string // additional schema elements: RESOURCES, SPLIT_COST_ALLOCATION_DATA, …
	Artifacts   []string // REDSHIFT, QUICKSIGHT, ATHENA
	Versioning  string   // CREATE_NEW_REPORT or OVERWRITE_REPORT
	Refresh     bool     // closed months too
	Tags        map[string]*resource.Text
	Adopt       Adopt
}

// Ref names the report in a plan.
func (r BillingReport) Ref() resource.Ref { return BillingReportRef(r.Name) }

// Quotas are what the payer asks AWS for.
type Quotas struct {
	Pos      Pos
	Accounts *AccountQuota // nil: never asked for
}

// AccountQuota is the most accounts that the organization may have.
type AccountQuota struct {
	Pos    Pos
	Auto   bool // as many as the file wants
	Number int  // where not Auto
}

// Contacts are the alternate contacts of an account; nil is not managed.
type Contacts struct {
	Pos                           Pos
	Billing, Operations, Security *Contact
}

// Contact is one alternate contact, or its absence.
type Contact struct {
	Pos                       Pos
	Absent                    bool
	Name, Title, Email, Phone string
}

// BucketRef names a bucket.
func BucketRef(name string) resource.Ref { return resource.Ref{Kind: "bucket", Name: name} }

// BucketPolicyRef names the policy of a bucket.
func BucketPolicyRef(bucket string) resource.Ref {
	return resource.Ref{Kind: "bucket-policy", Name: bucket}
}

// BillingReportRef names a billing report.
func BillingReportRef(name string) resource.Ref {
	return resource.Ref{Kind: "billing-report", Name: resource.Escape(name)}
}

// QuotaRef names the quota of accounts.
var QuotaRef = resource.Ref{Kind: "quota", Name: "accounts"}

// ContactRef names an alternate contact (BILLING, OPERATIONS, SECURITY) of the
// payer, or, with an email, of a member.
func ContactRef(email, contactType string) resource.Ref {
	if email == "" {
		return resource.Ref{Kind: "contact", Name: contactType}
	}
	return resource.Ref{Kind: "contact", Name: AccountRef(email).Name + "/" + contactType}
}

// PresetUse is one entry of presets: what a preset hands over to its vendor,
// with the parameters put in. What its body says has become part of the Payer.
type PresetUse struct {
	Pos         Pos
	Name        string // vocareum/advanced
	Description string
	Form        []FormField
	Mail        *Mail
	Steps       []Step
	Checks      []Check
	Links       []resource.Ref // roles whose sign-in link is handed out
	Register    *Register
}

// FormField is one value that the vendor's form asks for.
type FormField struct {
	Label string
	Value resource.Text // with outputs that are known after an apply
	Note  string
}

// Mail is what the customer writes to the vendor.
type Mail struct{ To, Subject, Body resource.Text }

// Step is what only a person can do.
type Step struct {
	Title string
	Do    resource.Text // where to click, or whom to ask
	URL   string
}

// Check is a line of the checklist: it is done where no change of a plan
// touches what it covers.
type Check struct {
	Title  string
	Covers []string // refs, or KIND/* for all that the file names of a kind
}

// Register is the call that makes a vendor know the payer.
type Register struct {
	Pos      Pos
	Method   string
	URL      resource.Text
	Host     string // the only host it may go to
	Headers  map[string]string
	Body     map[string]resource.Text // one flat JSON object
	Embedded bool                     // the preset is one of ours: only these may register
}

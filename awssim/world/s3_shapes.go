package world

import (
	"time"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// The structures of this file are S3's documents, under the names that they
// have in its XML, and a bucket's state, under the same names in a saved world.

// Encryption is ServerSideEncryptionConfiguration.
type Encryption struct {
	Rules []EncryptionRule `xml:"Rule"`
}

// EncryptionRule is the one rule of a bucket's default encryption.
type EncryptionRule struct {
	Default                *EncryptionDefault `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKeyEnabled       *bool
	BlockedEncryptionTypes *BlockedEncryptionTypes
}

// EncryptionDefault is ServerSideEncryptionByDefault.
type EncryptionDefault struct {
	SSEAlgorithm   string
	KMSMasterKeyID *string
}

// BlockedEncryptionTypes names kinds of encryption that uploads must not use.
type BlockedEncryptionTypes struct{ EncryptionType []string }

// PublicAccessBlock is PublicAccessBlockConfiguration.
type PublicAccessBlock struct {
	BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
}

// Versioning is VersioningConfiguration; both are empty on a bucket that never
// had it.
type Versioning struct {
	Status    string `xml:",omitempty"`
	MFADelete string `xml:"MfaDelete,omitempty"`
}

// OwnershipControls is what it is called; it has one rule.
type OwnershipControls struct {
	Rules []OwnershipRule `xml:"Rule"`
}

// OwnershipRule says who owns what others put into a bucket.
type OwnershipRule struct{ ObjectOwnership string }

// Lifecycle is BucketLifecycleConfiguration.
type Lifecycle struct {
	Rules []LifecycleRule `xml:"Rule"`
}

// LifecycleRule is one rule of it.
type LifecycleRule struct {
	ID                             string               `xml:",omitempty"`
	Prefix                         *string              `json:",omitempty"`
	Filter                         *LifecycleFilter     `json:",omitempty"`
	Status                         string               `xml:",omitempty"`
	Expiration                     *LifecycleExpiration `json:",omitempty"`
	Transitions                    []Transition         `xml:"Transition" json:",omitempty"`
	NoncurrentVersionTransitions   []Transition         `xml:"NoncurrentVersionTransition" json:",omitempty"`
	NoncurrentVersionExpiration    *Noncurrent          `json:",omitempty"`
	AbortIncompleteMultipartUpload *AbortUpload         `json:",omitempty"`
}

// LifecycleFilter says which objects a rule is about: by one criterion, or by
// several under And.
type LifecycleFilter struct {
	Prefix                *string       `json:",omitempty"`
	Tag                   *Tag          `json:",omitempty"`
	ObjectSizeGreaterThan *int64        `json:",omitempty"`
	ObjectSizeLessThan    *int64        `json:",omitempty"`
	And                   *LifecycleAnd `json:",omitempty"`
}

// LifecycleAnd holds criteria that all must fit.
type LifecycleAnd struct {
	Prefix                *string `json:",omitempty"`
	Tags                  []Tag   `xml:"Tag" json:",omitempty"`
	ObjectSizeGreaterThan *int64  `json:",omitempty"`
	ObjectSizeLessThan    *int64  `json:",omitempty"`
}

// LifecycleExpiration ends objects.
type LifecycleExpiration struct {
	Date                      *time.Time `json:",omitempty"`
	Days                      *int       `json:",omitempty"`
	ExpiredObjectDeleteMarker *bool      `json:",omitempty"`
}

// Transition moves objects, or older versions of them, to another class.
type Transition struct {
	Date                    *time.Time `json:",omitempty"`
	Days                    *int       `json:",omitempty"`
	NoncurrentDays          *int       `json:",omitempty"`
	NewerNoncurrentVersions *int       `json:",omitempty"`
	StorageClass            string
}

// Noncurrent ends older versions.
type Noncurrent struct {
	NoncurrentDays          *int `json:",omitempty"`
	NewerNoncurrentVersions *int `json:",omitempty"`
}

// AbortUpload ends uploads that nobody finished.
type AbortUpload struct{ DaysAfterInitiation *int }

// BucketShape is a line of ListBuckets.
type BucketShape struct {
	Name         string
	CreationDate Stamp
	BucketRegion string `xml:",omitempty"`
}

// ObjectShape is a line of ListObjectsV2.
type ObjectShape struct {
	Key          string
	LastModified Stamp
	ETag         string
	Size         int
	StorageClass string
}

// Stamp is a moment as S3's XML shows it.
type Stamp struct{ time.Time }

// MarshalText gives the moment in UTC, with milliseconds.
func (s Stamp) MarshalText() ([]byte, error) {
	return s.UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z"), nil
}

// bucket is a bucket and what is set on it, live and saved.
type bucket struct {
	Name, Owner, Region string
	Location            string `json:",omitempty"` // as it was asked for: EU is eu-west-1
	Created             time.Time
	Seq                 uint64
	Versioning          Versioning
	Encryption          Encryption
	Block               *PublicAccessBlock `json:",omitempty"`
	Ownership           *OwnershipControls `json:",omitempty"`
	Lifecycle           *Lifecycle         `json:",omitempty"`
	Tags                []Tag              `json:",omitempty"`
	Tagged              bool               `json:",omitempty"` // has, or had, tags
	Policy              string             `json:",omitempty"`
	Bound               map[string]string  `json:",omitempty"` // principals of the policy, and the ids that AWS keeps for them
	Objects             map[string]*object `json:",omitempty"`
	compiled            *iampolicy.Policy
	compiledOf          string
}

// object is an object in a bucket.
type object struct {
	Body                   []byte
	ETag, Type             string
	Modified               time.Time
	Meta                   map[string]string `json:",omitempty"`
	Encoding, Cache, Disps string            `json:",omitempty"`
}

package world

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const bucketOwnerEnforced = "BucketOwnerEnforced"

func malformedXML() *Error {
	return refuse("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

func invalidArgument(format string, args ...any) *Error {
	return refuse("InvalidArgument", format, args...)
}

// PutBucketVersioning switches versioning on, or suspends it. It never goes
// away again.
func (w *World) PutBucketVersioning(a Ask, v Versioning) error {
	b, err := w.open(a, "s3:PutBucketVersioning")
	switch {
	case err != nil:
		return err
	case v.Status != "Enabled" && v.Status != "Suspended":
		return refuse("IllegalVersioningConfigurationException", "The Versioning element must be specified")
	case v.MFADelete != "" && v.MFADelete != "Enabled" && v.MFADelete != "Disabled":
		return malformedXML()
	case v.MFADelete == "Enabled":
		return refuse("AccessDenied", "Mfa Authentication must be used for this request")
	}
	b.Versioning = v
	return nil
}

// GetBucketVersioning tells how it stands; nothing where it never was on.
func (w *World) GetBucketVersioning(a Ask) (Versioning, error) {
	b, err := w.open(a, "s3:GetBucketVersioning")
	if err != nil {
		return Versioning{}, err
	}
	return b.Versioning, nil
}

func defaultEncryption() Encryption {
	no := false
	return Encryption{[]EncryptionRule{{Default: &EncryptionDefault{SSEAlgorithm: "AES256"}, BucketKeyEnabled: &no}}}
}

// PutBucketEncryption sets the default encryption. The key need not exist: KMS
// is not simulated.
func (w *World) PutBucketEncryption(a Ask, e Encryption) error {
	b, err := w.open(a, "s3:PutEncryptionConfiguration")
	if err != nil {
		return err
	}
	if len(e.Rules) != 1 || e.Rules[0].Default == nil && e.Rules[0].BlockedEncryptionTypes == nil {
		return malformedXML()
	}
	r := &e.Rules[0]
	if t := r.BlockedEncryptionTypes; t != nil && (len(t.EncryptionType) != 1 || t.EncryptionType[0] != "NONE" && t.EncryptionType[0] != "SSE-C") {
		return malformedXML()
	}
	if r.Default == nil {
		r.Default = defaultEncryption().Rules[0].Default
	}
	switch d := r.Default; d.SSEAlgorithm {
	case "AES256":
		if d.KMSMasterKeyID != nil {
			return invalidArgument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
		}
	case "aws:kms", "aws:kms:dsse":
		if d.KMSMasterKeyID != nil && *d.KMSMasterKeyID == "" {
			return malformedXML()
		}
	default:
		return malformedXML()
	}
	if r.BucketKeyEnabled == nil {
		no := false
		r.BucketKeyEnabled = &no
	}
	b.Encryption = e
	return nil
}

// GetBucketEncryption tells the default encryption, which every bucket has.
func (w *World) GetBucketEncryption(a Ask) (Encryption, error) {
	b, err := w.open(a, "s3:GetEncryptionConfiguration")
	if err != nil {
		return Encryption{}, err
	}
	return b.Encryption, nil
}

// DeleteBucketEncryption brings SSE-S3 back.
func (w *World) DeleteBucketEncryption(a Ask) error {
	b, err := w.open(a, "s3:PutEncryptionConfiguration")
	if err == nil {
		b.Encryption = defaultEncryption()
	}
	return err
}

// PutPublicAccessBlock sets all four switches: one that is not given is off.
func (w *World) PutPublicAccessBlock(a Ask, p PublicAccessBlock) error {
	b, err := w.open(a, "s3:PutBucketPublicAccessBlock")
	if err == nil {
		b.Block = &p
	}
	return err
}

// GetPublicAccessBlock tells the four switches.
func (w *World) GetPublicAccessBlock(a Ask) (PublicAccessBlock, error) {
	b, err := w.open(a, "s3:GetBucketPublicAccessBlock")
	if err != nil {
		return PublicAccessBlock{}, err
	}
	if b.Block == nil {
		return PublicAccessBlock{}, refuse("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
	}
	return *b.Block, nil
}

// DeletePublicAccessBlock takes the switches away: nothing is blocked then.
func (w *World) DeletePublicAccessBlock(a Ask) error {
	b, err := w.open(a, "s3:PutBucketPublicAccessBlock")
	if err == nil {
		b.Block = nil
	}
	return err
}

func checkOwnership(o string) error {
	if o != bucketOwnerEnforced && o != "BucketOwnerPreferred" && o != "ObjectWriter" {
		return malformedXML()
	}
	return nil
}

// PutBucketOwnershipControls says who owns what others put in.
func (w *World) PutBucketOwnershipControls(a Ask, o OwnershipControls) error {
	b, err := w.open(a, "s3:PutBucketOwnershipControls")
	if err != nil {
		return err
	}
	if len(o.Rules) != 1 {
		return malformedXML()
	}
	if err := checkOwnership(o.Rules[0].ObjectOwnership); err != nil {
		return err
	}
	b.Ownership = &o
	return nil
}

// GetBucketOwnershipControls tells it.
func (w *World) GetBucketOwnershipControls(a Ask) (OwnershipControls, error) {
	b, err := w.open(a, "s3:GetBucketOwnershipControls")
	if err != nil {
		return OwnershipControls{}, err
	}
	if b.Ownership == nil {
		return OwnershipControls{}, refuse("OwnershipControlsNotFoundError", "The bucket ownership controls were not found")
	}
	return *b.Ownership, nil
}

// DeleteBucketOwnershipControls takes it away.
func (w *World) DeleteBucketOwnershipControls(a Ask) error {
	b, err := w.open(a, "s3:PutBucketOwnershipControls")
	if err == nil {
		b.Ownership = nil
	}
	return err
}

// tagText is what keys and values of tags hold. How long they may be is counted:
// said in the pattern it would take megabytes.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func tagFits(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && tagText.MatchString(s)
}

// checkBucketTags looks at all the tags that a bucket is to have.
func checkBucketTags(tags []Tag) error {
	if len(tags) > maxTags {
		return refuse("BadRequest", "Bucket tag count cannot be greater than 50")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case seen[t.Key]:
			return refuse("InvalidTag", "Cannot provide multiple Tags with the same key")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return refuse("InvalidTag", "System tags cannot be added/updated by requester")
		case !tagFits(t.Key, 1, 128):
			return refuse("InvalidTag", "The TagKey you have provided is invalid")
		case !tagFits(t.Value, 0, 256):
			return refuse("InvalidTag", "The TagValue you have provided is invalid")
		}
		seen[t.Key] = true
	}
	return nil
}

func (b *bucket) setTags(tags []Tag) {
	b.Tags = slices.Clone(tags)
	b.Tagged = b.Tagged || len(tags) > 0
}

// PutBucketTagging replaces all tags of a bucket.
func (w *World) PutBucketTagging(a Ask, tags []Tag) error {
	b, err := w.open(a, "s3:PutBucketTagging")
	if err != nil {
		return err
	}
	if err := checkBucketTags(tags); err != nil {
		return err
	}
	b.setTags(tags)
	return nil
}

// GetBucketTagging tells the tags; that there are none is an error.
func (w *World) GetBucketTagging(a Ask) ([]Tag, error) {
	b, err := w.open(a, "s3:GetBucketTagging")
	if err != nil {
		return nil, err
	}
	if len(b.Tags) == 0 {
		return nil, refuse("NoSuchTagSet", "The TagSet does not exist")
	}
	return b.Tags, nil
}

// DeleteBucketTagging takes all tags off.
func (w *World) DeleteBucketTagging(a Ask) error {
	b, err := w.open(a, "s3:PutBucketTagging")
	if err == nil {
		b.setTags(nil)
	}
	return err
}

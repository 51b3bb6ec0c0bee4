package world

import (
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxBuckets is the default quota of general purpose buckets of an account.
const maxBuckets = 10000

// Ask is what every call about a bucket says of itself.
type Ask struct {
	Caller Caller
	Bucket string
	Key    string // of an object, "" where it is about the bucket
	Region string // that the request is signed for
	Owner  string // the account that the caller expects to own the bucket
	Hosted bool   // the bucket's name is in the host, not in the path
}

// NewBucket is what CreateBucket is asked for.
type NewBucket struct {
	Location  string // "" where none is given
	Ownership string
	Tags      []Tag
}

// CanonicalID is the id that S3 has for an account.
func CanonicalID(account string) string {
	seed := hash(account, "canonical")
	var b [32]byte
	for i := range b {
		seed = scramble(seed)
		b[i] = byte(seed)
	}
	return hex.EncodeToString(b[:])
}

func (b *bucket) arn() string { return "arn:" + partition(b.Region) + ":s3:::" + b.Name }

// partition is the part of AWS that a region is in.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func s3Denied() *Error { return refuse("AccessDenied", "Access Denied") }

// found is the bucket that a call is about, where the call came to the right
// region and the owner is the one that it expects.
func (w *World) found(a Ask) (*bucket, error) {
	b := w.buckets[a.Bucket]
	switch {
	case b == nil:
		return nil, refuse("NoSuchBucket", "The specified bucket does not exist")
	case a.Region != b.Region && a.Hosted:
		e := refuse("AuthorizationHeaderMalformed", "The authorization header is malformed; the region '%s' is wrong; expecting '%s'", a.Region, b.Region)
		e.Region = b.Region
		return nil, e
	case a.Region != b.Region:
		e := refuse("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
		e.Region = b.Region
		return nil, e
	case a.Owner != "" && a.Owner != b.Owner:
		return nil, s3Denied()
	}
	return b, nil
}

// open is found, for a caller who may do the action.
func (w *World) open(a Ask, action string) (*bucket, error) {
	b, err := w.found(a)
	if err != nil {
		return nil, err
	}
	if !w.mayS3(b, a, action) {
		return nil, s3Denied()
	}
	return b, nil
}

// LookAtBucket tells only whether the caller may do something with a bucket.
func (w *World) LookAtBucket(a Ask, action string) error {
	_, err := w.open(a, action)
	return err
}

// CreateBucket makes a bucket and tells its region. Names are global: another
// account's is taken. One's own is too, but in us-east-1, where the answer is
// as if it were new.
func (w *World) CreateBucket(a Ask, in NewBucket) (region string, err error) {
	if err := checkBucketName(a.Bucket); err != nil {
		return "", err
	}
	if region, err = bucketRegion(a.Region, in.Location); err != nil {
		return "", err
	}
	if in.Ownership == "" {
		in.Ownership = bucketOwnerEnforced
	}
	if err := checkOwnership(in.Ownership); err != nil {
		return "", err
	}
	if err := checkBucketTags(in.Tags); err != nil {
		return "", err
	}
	if b := w.buckets[a.Bucket]; b != nil {
		switch {
		case b.Owner != a.Caller.Account:
			return "", refuse("BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.")
		case b.Region != home || region != home:
			return "", refuse("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
		}
		return region, nil
	}
	if gone, ok := w.gone[a.Bucket]; ok && w.now.Before(gone.Add(w.cfg.BucketTime)) {
		return "", refuse("OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Please try again.")
	}
	if len(w.bucketsOf(a.Caller.Account)) >= maxBuckets {
		return "", refuse("TooManyBuckets", "You have attempted to create more buckets than allowed")
	}
	delete(w.gone, a.Bucket)
	w.account(a.Caller.Account)
	b := &bucket{
		Name: a.Bucket, Owner: a.Caller.Account, Region: region, Location: in.Location, Created: w.now, Seq: w.next(),
		Encryption: defaultEncryption(), Block: &PublicAccessBlock{true, true, true, true},
		Ownership: &OwnershipControls{[]OwnershipRule{{in.Ownership}}},
		Objects:   map[string]*object{},
	}
	b.setTags(in.Tags)
	w.buckets[b.Name] = b
	return region, nil
}

// HeadBucket tells the region of a bucket that the caller may look into.
func (w *World) HeadBucket(a Ask) (region string, err error) {
	b, err := w.open(a, "s3:ListBucket")
	if err != nil {
		return "", err
	}
	return b.Region, nil
}

// DeleteBucket removes an empty bucket.
func (w *World) DeleteBucket(a Ask) error {
	b, err := w.open(a, "s3:DeleteBucket")
	if err != nil {
		return err
	}
	if len(b.Objects) > 0 {
		return refuse("BucketNotEmpty", "The bucket you tried to delete is not empty")
	}
	delete(w.buckets, b.Name)
	for name, at := range w.gone {
		if !w.now.Before(at.Add(w.cfg.BucketTime)) {
			delete(w.gone, name)
		}
	}
	if w.cfg.BucketTime > 0 {
		w.gone[b.Name] = w.now
	}
	return nil
}

// GetBucketLocation tells the location that a bucket was made with; "" is
// us-east-1. That region's endpoint answers for buckets of all regions.
func (w *World) GetBucketLocation(a Ask) (string, error) {
	if b := w.buckets[a.Bucket]; b != nil && a.Region == home {
		a.Region = b.Region
	}
	b, err := w.open(a, "s3:GetBucketLocation")
	if err != nil {
		return "", err
	}
	return b.Location, nil
}

// bucketsOf are the names of an account's buckets, in their order.
func (w *World) bucketsOf(account string) []string {
	var out []string
	for name, b := range w.buckets {
		if b.Owner == account {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// ListBuckets lists the caller's own buckets after a name: all of them where
// max is 0. The regions stand there where the caller asked for a part only.
func (w *World) ListBuckets(who, prefix, region, after string, max int) (page []BucketShape, next string) {
	part := max > 0 || prefix != "" || region != "" || after != ""
	for _, name := range w.bucketsOf(who) {
		b := w.buckets[name]
		if name <= after || !strings.HasPrefix(name, prefix) || region != "" && b.Region != region {
			continue
		}
		if max > 0 && len(page) == max {
			return page, page[max-1].Name
		}
		s := BucketShape{Name: name, CreationDate: Stamp{b.Created}}
		if part {
			s.BucketRegion = b.Region
		}
		page = append(page, s)
	}
	return page, ""
}

// savedS3 is S3 in a saved world.
type savedS3 struct {
	Buckets []*bucket            `json:"buckets"`
	Gone    map[string]time.Time `json:"gone,omitempty"`
}

func (w *World) saveS3() *savedS3 {
	if len(w.buckets)+len(w.gone) == 0 {
		return nil
	}
	s := &savedS3{Gone: w.gone}
	for _, name := range slices.Sorted(maps.Keys(w.buckets)) {
		s.Buckets = append(s.Buckets, w.buckets[name])
	}
	return s
}

func (w *World) readS3(s *savedS3) error {
	if s == nil {
		return nil
	}
	for _, b := range s.Buckets {
		if b == nil || w.buckets[b.Name] != nil {
			return errors.New("a bucket has no state, or stands twice")
		}
		if b.Objects == nil {
			b.Objects = map[string]*object{}
		}
		if len(b.Encryption.Rules) != 1 || b.Encryption.Rules[0].Default == nil {
			b.Encryption = defaultEncryption()
		}
		for k, o := range b.Objects {
			if o == nil {
				delete(b.Objects, k)
			}
		}
		w.buckets[b.Name] = b
	}
	if s.Gone != nil {
		w.gone = s.Gone
	}
	return nil
}

// GetBucketACL tells the id of the owner, the one whom the list names.
func (w *World) GetBucketACL(a Ask) (string, error) {
	b, err := w.open(a, "s3:GetBucketAcl")
	if err != nil {
		return "", err
	}
	return CanonicalID(b.Owner), nil
}

package world

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
)

// Object is an object, as PutObject takes it and GetObject gives it.
type Object struct {
	Body                   []byte
	ETag, Type             string
	Modified               time.Time
	Meta                   map[string]string
	Encoding, Cache, Disps string
	Encryption             string // that of the bucket
}

// If is what must hold of an object before a call does anything: ETags with
// their quotation marks, or *. What is empty is not asked.
type If struct{ Match, NoneMatch string }

func fits(condition, tag string) bool {
	for c := range strings.SplitSeq(condition, ",") {
		if c = strings.TrimSpace(c); c == "*" || strings.Trim(c, `"`) == strings.Trim(tag, `"`) {
			return true
		}
	}
	return false
}

func preconditionFailed() *Error {
	return refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

func noSuchKey() *Error { return refuse("NoSuchKey", "The specified key does not exist.") }

// openIf opens a bucket for a change with a condition. Who asks for an ETag must
// be allowed to read the object, too ("How to prevent object overwrites with
// conditional writes" and "How to perform conditional deletes", S3 user guide).
func (w *World) openIf(a Ask, action string, cond If) (*bucket, error) {
	b, err := w.open(a, action)
	if err == nil && cond.Match != "" && cond.Match != "*" && !w.mayS3(b, a, "s3:GetObject") {
		err = s3Denied()
	}
	return b, err
}

// PutObject puts an object in place of what was there. Versions are not kept.
func (w *World) PutObject(a Ask, in Object, cond If) (Object, error) {
	b, err := w.openIf(a, "s3:PutObject", cond)
	if err != nil {
		return Object{}, err
	}
	old := b.Objects[a.Key]
	switch {
	case len(a.Key) > 1024:
		return Object{}, refuse("KeyTooLongError", "Your key is too long")
	case cond.NoneMatch != "" && cond.NoneMatch != "*":
		return Object{}, refuse("NotImplemented", "A header you provided implies functionality that is not implemented")
	case cond.NoneMatch == "*" && old != nil:
		return Object{}, preconditionFailed()
	case cond.Match != "" && old == nil:
		return Object{}, noSuchKey()
	case cond.Match != "" && !fits(cond.Match, old.ETag):
		return Object{}, preconditionFailed()
	}
	sum := md5.Sum(in.Body)
	o := &object{
		Body: slices.Clone(in.Body), ETag: `"` + hex.EncodeToString(sum[:]) + `"`, Type: in.Type, Modified: w.now,
		Meta: maps.Clone(in.Meta), Encoding: in.Encoding, Cache: in.Cache, Disps: in.Disps,
	}
	if o.Type == "" {
		o.Type = "binary/octet-stream"
	}
	b.Objects[a.Key] = o
	return o.shape(b), nil
}

func (o *object) shape(b *bucket) Object {
	return Object{o.Body, o.ETag, o.Type, o.Modified, o.Meta, o.Encoding, o.Cache, o.Disps, b.Encryption.Rules[0].Default.SSEAlgorithm}
}

// GetObject gives an object. One that does not exist is an AccessDenied for
// those who may not list the bucket.
func (w *World) GetObject(a Ask, cond If) (Object, error) {
	b, err := w.open(a, "s3:GetObject")
	if err != nil {
		return Object{}, err
	}
	o := b.Objects[a.Key]
	switch {
	case o == nil:
		if !w.mayS3(b, Ask{Caller: a.Caller, Bucket: a.Bucket}, "s3:ListBucket") {
			return Object{}, s3Denied()
		}
		return Object{}, noSuchKey()
	case cond.Match != "" && !fits(cond.Match, o.ETag):
		return Object{}, preconditionFailed()
	case cond.NoneMatch != "" && fits(cond.NoneMatch, o.ETag):
		return Object{}, refuse("NotModified", "Not Modified")
	}
	return o.shape(b), nil
}

// DeleteObject removes an object; one that is not there is no mistake, unless
// the call asks for one.
func (w *World) DeleteObject(a Ask, cond If) error {
	b, err := w.openIf(a, "s3:DeleteObject", cond)
	if err != nil {
		return err
	}
	o := b.Objects[a.Key]
	switch {
	case cond.Match != "" && o == nil:
		return noSuchKey()
	case cond.Match != "" && !fits(cond.Match, o.ETag):
		return preconditionFailed()
	}
	delete(b.Objects, a.Key)
	return nil
}

// Listing is a page of ListObjectsV2.
type Listing struct {
	Contents  []ObjectShape
	Prefixes  []string
	Truncated bool
	Next      string // the key or the prefix to go on after
}

// ListObjects lists keys after one, those with a prefix; what is equal up to
// the delimiter is one line.
func (w *World) ListObjects(a Ask, prefix, delimiter, after string, max int) (Listing, error) {
	b, err := w.open(a, "s3:ListBucket")
	if err != nil {
		return Listing{}, err
	}
	var out Listing
	for _, key := range slices.Sorted(maps.Keys(b.Objects)) {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok || key <= after {
			continue
		}
		group := ""
		if delimiter != "" {
			if head, _, cut := strings.Cut(rest, delimiter); cut {
				group = prefix + head + delimiter
			}
		}
		if group != "" && (len(out.Prefixes) > 0 && out.Prefixes[len(out.Prefixes)-1] == group || strings.HasPrefix(after, group)) {
			continue
		}
		if len(out.Contents)+len(out.Prefixes) == max {
			out.Truncated = max > 0
			return out, nil
		}
		if group != "" {
			out.Prefixes, out.Next = append(out.Prefixes, group), group
			continue
		}
		o := b.Objects[key]
		out.Contents, out.Next = append(out.Contents, ObjectShape{key, Stamp{o.Modified}, o.ETag, len(o.Body), "STANDARD"}), key
	}
	return out, nil
}

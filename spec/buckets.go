package spec

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`)

// The beginnings and ends that S3 keeps for names of its own (Amazon S3 User
// Guide, "General purpose bucket naming rules").
var (
	bucketNotFirst = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketNotLast  = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}
)

// declareBucket notes a name that S3 takes.
func (b *builder) declareBucket(v file.V[string]) {
	s := b.plain(v, "")
	if !b.fits(v.At) || !b.bucketName(v.At, s) {
		return
	}
	if t, twice := b.things["bucket"][s]; twice {
		b.add(v.At, "a second bucket %q, the first is on line %d", strictyaml.Shown(s), t.line)
		return
	}
	b.declare("bucket", s, thing{BucketRef(s), v.Line})
}

// bucketName checks a name as S3 does. It says whether it is right.
func (b *builder) bucketName(at file.At, s string) bool {
	if n := runes(s); n < 3 || n > 63 {
		b.add(at, "%q has %d characters, the name of a bucket has 3 to 63", strictyaml.Shown(s), n)
		return false
	}
	for _, p := range bucketNotFirst {
		if strings.HasPrefix(s, p) {
			b.add(at, "%q begins with %s, which S3 keeps for itself", strictyaml.Shown(s), p)
			return false
		}
	}
	for _, p := range bucketNotLast {
		if strings.HasSuffix(s, p) {
			b.add(at, "%q ends with %s, which S3 keeps for itself", strictyaml.Shown(s), p)
			return false
		}
	}
	_, address := netip.ParseAddr(s)
	switch {
	case !bucketName.MatchString(s):
		b.add(at, "the name of a bucket has small letters, digits, dots and dashes, a letter or digit at both ends; have %q", strictyaml.Shown(s))
	case strings.Contains(s, ".."):
		b.add(at, "%q has two dots side by side", strictyaml.Shown(s))
	case address == nil:
		b.add(at, "%q looks like an IP address", strictyaml.Shown(s))
	default:
		return true
	}
	return false
}

// readBuckets reads the buckets of the payer, without the statements.
func (b *builder) readBuckets() {
	for _, v := range b.f.Buckets.Value {
		f := v.Value
		out := Bucket{Pos: pos(v.At), Name: b.plain(f.Name, ""), Region: b.p.HomeRegion, Tags: b.tags(f.Tags, "", ownTags), Adopt: adoption(f.Adopt)}
		if b.fits(f.Region.At) {
			out.Region = b.region(f.Region)
		}
		if b.fits(f.Versioning.At) {
			out.Versioning = &f.Versioning.Value
		}
		out.Encryption = b.encryption(f.Encryption, out.Region)
		out.PublicAccessBlock = b.publicAccess(f.PublicAccessBlock)
		if o := f.Ownership; b.fits(o.At) {
			out.Ownership = b.oneOf(o, "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
		}
		b.lifecycle(f, &out)
		b.statements(f, &out)
		if _, ok := b.buckets[out.Name]; !ok {
			b.buckets[out.Name] = len(b.p.Buckets)
		}
		b.p.Buckets = append(b.p.Buckets, out)
	}
}

// oneOf reads one of some words.
func (b *builder) oneOf(v file.V[string], words ...string) string {
	for _, w := range words {
		if v.Value == w {
			return w
		}
	}
	last := len(words) - 1
	hint := strictyaml.Meant(v.Value, words)
	for _, w := range words {
		if hint == "" && strings.EqualFold(w, v.Value) {
			hint = " (did you mean " + strictyaml.Quoted(w) + "?)"
		}
	}
	b.add(v.At, "want %s or %s, have %q%s", strings.Join(words[:last], ", "), words[last], strictyaml.Shown(v.Value), hint)
	return words[0]
}

// kmsKey is a key's id, an alias, or the ARN of either (Amazon S3 API, type
// ServerSideEncryptionByDefault; AWS KMS, KeyIdType).
var kmsKey = regexp.MustCompile(`^(arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:)?(key/)?(alias/[A-Za-z0-9/_-]{1,250}|(mrk-)?[0-9a-f-]{32,36})$`)

func (b *builder) encryption(v file.V[file.Encryption], region string) *Encryption {
	if !b.fits(v.At) {
		return nil
	}
	f := v.Value
	e := &Encryption{Pos: pos(v.At), Algorithm: "AES256"}
	if b.fits(f.Algorithm.At) {
		e.Algorithm = b.oneOf(f.Algorithm, "AES256", "aws:kms", "aws:kms:dsse")
	}
	if k := f.KMSKey; b.fits(k.At) {
		before := len(b.list)
		t := b.text(k.At, k.Value, "")
		e.KMSKey = &t
		s, known := t.Known()
		g := kmsKey.FindStringSubmatch(s)
		switch {
		case e.Algorithm == "AES256":
			b.add(k.At, "a KMS key goes with the algorithm aws:kms or aws:kms:dsse")
		case !known || len(b.list) != before:
		case g == nil || g[1] == "" && g[3] != "" || g[1] != "" && g[3] == "" && !strings.HasPrefix(g[4], "alias/"):
			b.add(k.At, "want the id, the alias (alias/NAME) or the ARN of a KMS key, have %q", strictyaml.Shown(s))
		case g[2] != "" && g[2] != region:
			b.add(k.At, "the key is in %s, the bucket in %s", g[2], strictyaml.Shown(region))
		}
	}
	if k := f.BucketKey; b.fits(k.At) {
		if e.BucketKey = &k.Value; k.Value && e.Algorithm != "aws:kms" {
			b.add(k.At, "a bucket key goes with the algorithm aws:kms")
		}
	}
	return e
}

func (b *builder) publicAccess(v file.V[file.PublicAccessBlock]) *PublicAccessBlock {
	if !b.fits(v.At) {
		return nil
	}
	p := &PublicAccessBlock{Pos: pos(v.At)}
	if all := v.Value.All; all.Set() {
		if !all.Value {
			b.add(v.At, "want true, or a mapping that says which of the four blocks are off")
		}
		on := true
		p.BlockPublicACLs, p.IgnorePublicACLs, p.BlockPublicPolicy, p.RestrictPublicBuckets = &on, &on, &on, &on
		return p
	}
	f := v.Value.Parts.Value
	for _, part := range []struct {
		from file.V[bool]
		to   **bool
	}{{f.BlockACLs, &p.BlockPublicACLs}, {f.IgnoreACLs, &p.IgnorePublicACLs}, {f.BlockPolicy, &p.BlockPublicPolicy}, {f.Restrict, &p.RestrictPublicBuckets}} {
		if b.fits(part.from.At) {
			value := part.from.Value
			*part.to = &value
		}
	}
	return p
}

// bucketARN is the ARN of a bucket, known from the start.
func (b *builder) bucketARN(name string) string { return "arn:" + b.p.Partition() + ":s3:::" + name }

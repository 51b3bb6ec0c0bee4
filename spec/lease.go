package spec

import (
	"strings"
	"time"
	"unicode"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// Lease says where the lock of the payer's one writer is: an object of S3.
type Lease struct {
	Pos    Pos
	Bucket string
	Key    string
	Region string // that of the bucket where the file declares it, else the home region
	// Declared says that the bucket stands under buckets of the same file: it
	// may not be there before the first apply.
	Declared bool
}

// Paused says that a daemon only plans, and why.
type Paused struct {
	Pos    Pos
	Reason string
	Until  time.Time // zero: until it leaves the file
}

// At says whether the payer is paused at that time.
func (p *Paused) At(now time.Time) bool {
	return p != nil && (p.Until.IsZero() || now.Before(p.Until))
}

// A key of S3 has 1,024 bytes (Amazon S3 User Guide, "Naming Amazon S3
// objects"); the pause beside the lease has a suffix.
const (
	pauseSuffix = ".pause"
	maxLeaseKey = 1024 - len(pauseSuffix)
	maxReason   = 500 // characters
)

// lease reads where the lock is. It comes after the buckets, which know their
// regions.
func (b *builder) lease() {
	v := b.f.Lease
	if !b.fits(v.At) {
		return
	}
	f, before := v.Value, len(b.list)
	out := Lease{Pos: pos(v.At), Region: b.p.HomeRegion}
	if out.Bucket = b.plain(f.Bucket, ""); b.fits(f.Bucket.At) {
		b.bucketName(f.Bucket.At, out.Bucket)
	}
	if out.Key = b.plain(f.Key, ""); b.fits(f.Key.At) {
		b.leaseKey(f.Key.At, out.Key)
	}
	if i, ok := b.buckets[out.Bucket]; ok {
		out.Region, out.Declared = b.p.Buckets[i].Region, true
	}
	if f.Bucket.Set() && f.Key.Set() && b.fits(f.Bucket.At) && b.fits(f.Key.At) && len(b.list) == before {
		b.p.Lease = &out
	}
}

// leaseKey checks a key as S3 and every proxy before it take it.
func (b *builder) leaseKey(at file.At, key string) {
	switch {
	case key == "":
		b.add(at, "the key is empty")
	case len(key) > maxLeaseKey:
		b.add(at, "the key has %s bytes: S3 takes 1,024, and the pause beside it ends in %s", of(len(key), maxLeaseKey), pauseSuffix)
	case strings.ContainsFunc(key, unicode.IsControl):
		b.add(at, "holds a control character: %q", strictyaml.Shown(key))
	case strings.HasPrefix(key, "/"):
		b.add(at, "the key begins with a slash: %s", strictyaml.Quoted(key))
	case strings.HasSuffix(key, "/"):
		b.add(at, "the key ends with a slash: %s", strictyaml.Quoted(key))
	case strings.HasSuffix(key, pauseSuffix):
		b.add(at, "the key ends in %s, which is how a pause is called", pauseSuffix)
	case strings.Contains(key, "//"):
		b.add(at, "the key has two slashes side by side: %s", strictyaml.Quoted(key))
	default:
		for part := range strings.SplitSeq(key, "/") {
			if part == "." || part == ".." {
				b.add(at, "the key has the part %q: %s", part, strictyaml.Quoted(key))
				return
			}
		}
	}
}

// leaseOfMany wants a key of its own for each payer that a Defaults file holds
// for. Where it has none, no payer beside it counts.
func (s *source) leaseOfMany() {
	v := s.defaults.Lease.Value.Key
	if !v.Set() || s.unfit[v.Path] {
		return
	}
	list, _ := spans(v.Value)
	for _, p := range list {
		if p.ref && p.text == "payer.name" {
			return
		}
	}
	s.errs.add(v.At, "the key holds for every payer beside this file and must differ: write ${{ payer.name }} in it, such as reconciler/${{ payer.name }}.lease")
	s.unfit[v.Path] = true
}

// paused reads why nothing is written.
func (b *builder) paused() {
	v := b.f.Paused
	if !b.fits(v.At) {
		return
	}
	r := v.Value.Reason
	b.p.Paused = &Paused{Pos: pos(v.At), Reason: r.Value, Until: v.Value.Until.Value.Time}
	switch n := runes(r.Value); {
	case !b.fits(r.At):
	case strings.TrimSpace(r.Value) == "":
		b.add(r.At, "the reason is empty: who finds the payer paused reads it")
	case n > maxReason:
		b.add(r.At, "the reason has %s characters", of(n, maxReason))
	case strings.ContainsFunc(r.Value, unicode.IsControl):
		b.add(r.At, "holds a control character: %q", strictyaml.Shown(r.Value))
	}
}

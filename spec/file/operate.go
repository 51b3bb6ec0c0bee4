package file

import "time"

// Lease is the place of a lock in S3. A pause stands beside it, under the key with .pause behind it.
type Lease struct {
	// The S3 bucket, whose objects the way into the payer may read and write. It lives in the region that it has under buckets, else in homeRegion.
	Bucket V[string] `json:"bucket" jsonschema:"required,minLength=3"`
	// The key of the object, which no other payer may have.
	Key V[string] `json:"key" jsonschema:"required,minLength=1,maxLength=1018,example=reconciler/acme-labs.lease"`
}

// Paused says that nothing may be written, and why.
type Paused struct {
	// Why; whoever looks at the daemon or calls apply reads it.
	Reason V[string] `json:"reason" jsonschema:"required,minLength=1,maxLength=500"`
	// When the pause ends by itself. Without it, when paused leaves the file.
	Until V[Time] `json:"until"`
}

// Time is a point in time as RFC 3339 writes it: 2026-12-01T08:00:00Z.
type Time struct{ time.Time }

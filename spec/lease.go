package spec

import "time"

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

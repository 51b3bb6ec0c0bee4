package world

import (
	"slices"
	"strconv"
	"time"
)

// maxLifecycleRules is how many rules a bucket has at most.
const maxLifecycleRules = 1000

// coldAfter are the storage classes that objects reach after so many days at
// the earliest.
var coldAfter = map[string]int{
	"STANDARD_IA": 30, "ONEZONE_IA": 30, "INTELLIGENT_TIERING": 0, "GLACIER_IR": 0, "GLACIER": 0, "DEEP_ARCHIVE": 0,
}

// PutBucketLifecycleConfiguration replaces all rules of a bucket.
func (w *World) PutBucketLifecycleConfiguration(a Ask, l Lifecycle) error {
	b, err := w.open(a, "s3:PutLifecycleConfiguration")
	if err != nil {
		return err
	}
	if len(l.Rules) == 0 || len(l.Rules) > maxLifecycleRules {
		return malformedXML()
	}
	seen := map[string]bool{}
	for i := range l.Rules {
		r := &l.Rules[i]
		if err := r.check(); err != nil {
			return err
		}
		if r.ID == "" {
			r.ID = strconv.FormatUint(scramble(hash(b.Name)+w.next()), 36)
		}
		if seen[r.ID] {
			return invalidArgument("Rule ID must be unique. Found same ID for more than one rule")
		}
		seen[r.ID] = true
	}
	b.Lifecycle = &l
	return nil
}

// GetBucketLifecycleConfiguration tells the rules.
func (w *World) GetBucketLifecycleConfiguration(a Ask) (Lifecycle, error) {
	b, err := w.open(a, "s3:GetLifecycleConfiguration")
	if err != nil {
		return Lifecycle{}, err
	}
	if b.Lifecycle == nil {
		return Lifecycle{}, refuse("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
	}
	return *b.Lifecycle, nil
}

// DeleteBucketLifecycle takes all rules away.
func (w *World) DeleteBucketLifecycle(a Ask) error {
	b, err := w.open(a, "s3:PutLifecycleConfiguration")
	if err == nil {
		b.Lifecycle = nil
	}
	return err
}

func (r *LifecycleRule) check() error {
	actions := r.Expiration != nil || r.NoncurrentVersionExpiration != nil || r.AbortIncompleteMultipartUpload != nil ||
		len(r.Transitions)+len(r.NoncurrentVersionTransitions) > 0
	switch {
	case r.Status != "Enabled" && r.Status != "Disabled", (r.Prefix == nil) == (r.Filter == nil):
		return malformedXML()
	case len(r.ID) > 255:
		return invalidArgument("ID length should not exceed allowed limit of 255")
	case !actions:
		return refuse("InvalidRequest", "At least one action needs to be specified in a rule")
	}
	if err := r.Filter.check(); err != nil {
		return err
	}
	if err := r.checkExpiration(); err != nil {
		return err
	}
	return r.checkTransitions()
}

// check wants one criterion at most, or several under And.
func (f *LifecycleFilter) check() error {
	if f == nil {
		return nil
	}
	given := []bool{f.Prefix != nil, f.Tag != nil, f.ObjectSizeGreaterThan != nil, f.ObjectSizeLessThan != nil, f.And != nil}
	if n := len(slices.DeleteFunc(given, func(is bool) bool { return !is })); n > 1 {
		return malformedXML()
	}
	if and := f.And; and != nil {
		n := len(and.Tags)
		for _, is := range []bool{and.Prefix != nil, and.ObjectSizeGreaterThan != nil, and.ObjectSizeLessThan != nil} {
			if is {
				n++
			}
		}
		if n < 2 {
			return malformedXML()
		}
	}
	return nil
}

func positive(what string, n *int) error {
	if n != nil && *n <= 0 {
		return invalidArgument("'%s' for action must be a positive integer", what)
	}
	return nil
}

func (r *LifecycleRule) checkExpiration() error {
	if e := r.Expiration; e != nil {
		given := []bool{e.Days != nil, e.Date != nil, e.ExpiredObjectDeleteMarker != nil}
		if n := len(slices.DeleteFunc(given, func(is bool) bool { return !is })); n != 1 {
			return malformedXML()
		}
		if err := positive("Days", e.Days); err != nil {
			return err
		}
		if e.Date != nil && !e.Date.Equal(e.Date.Truncate(24*time.Hour)) {
			return invalidArgument("'Date' must be at midnight GMT")
		}
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		if e.NoncurrentDays == nil {
			return malformedXML()
		}
		if err := positive("NoncurrentDays", e.NoncurrentDays); err != nil {
			return err
		}
	}
	if e := r.AbortIncompleteMultipartUpload; e != nil {
		if e.DaysAfterInitiation == nil {
			return malformedXML()
		}
		return positive("DaysAfterInitiation", e.DaysAfterInitiation)
	}
	return nil
}

func (r *LifecycleRule) checkTransitions() error {
	for i, t := range r.Transitions {
		least, known := coldAfter[t.StorageClass]
		switch {
		case !known || (t.Days == nil) == (t.Date == nil) || t.NoncurrentDays != nil:
			return malformedXML()
		case t.Days != nil && *t.Days < 0:
			return invalidArgument("'Days' in Transition action must be nonnegative")
		case t.Days != nil && *t.Days < least:
			return invalidArgument("'Days' in Transition action must be greater than or equal to %d for storageClass '%s'", least, t.StorageClass)
		case t.Days != nil && r.Expiration != nil && r.Expiration.Days != nil && *r.Expiration.Days <= *t.Days:
			return invalidArgument("'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action")
		case slices.ContainsFunc(r.Transitions[:i], func(o Transition) bool { return o.StorageClass == t.StorageClass }):
			return invalidArgument("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
		}
	}
	for _, t := range r.NoncurrentVersionTransitions {
		if _, known := coldAfter[t.StorageClass]; !known || t.NoncurrentDays == nil || t.Days != nil || t.Date != nil {
			return malformedXML()
		}
	}
	return nil
}

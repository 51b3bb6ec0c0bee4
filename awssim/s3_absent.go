package awssim

import (
	"github.com/payer-reconciler/reconciler/awssim/wire"
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// s3Absent are the questions about what no bucket of this simulator can have.
// Clients that look at all of a bucket ask them, and get the answer of a bucket
// on which nobody ever set it.
var s3Absent = map[string]operation{
	"GetBucketAccelerateConfiguration": {noConflict: true, run: unset("s3:GetAccelerateConfiguration", "AccelerateConfiguration", struct{}{})},
	"GetBucketLogging":                 {noConflict: true, run: unset("s3:GetBucketLogging", "BucketLoggingStatus", struct{}{})},
	"GetBucketRequestPayment":          {noConflict: true, run: unset("s3:GetBucketRequestPayment", "RequestPaymentConfiguration", struct{ Payer string }{"BucketOwner"})},

	"GetBucketCors":              missing("s3:GetBucketCORS", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
	"GetBucketReplication":       missing("s3:GetReplicationConfiguration", "ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
	"GetBucketWebsite":           missing("s3:GetBucketWebsite", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
	"GetObjectLockConfiguration": missing("s3:GetBucketObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
}

// unset makes an operation that answers one document about any bucket.
func unset(action, root string, value any) func(*world.World, *call) (any, error) {
	return func(w *world.World, c *call) (any, error) {
		if err := w.LookAtBucket(ask(c), action); err != nil {
			return nil, err
		}
		return &wire.Document{Root: root, Value: value}, nil
	}
}

// missing makes one that answers an error about any bucket.
func missing(action, code, message string) operation {
	return operation{noConflict: true, run: func(w *world.World, c *call) (any, error) {
		if err := w.LookAtBucket(ask(c), action); err != nil {
			return nil, err
		}
		return nil, &world.Error{Code: code, Message: message}
	}}
}

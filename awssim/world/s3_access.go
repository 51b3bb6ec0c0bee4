package world

// mayS3 tells whether the caller may do something with a bucket or an object
// in it: those of the owner's account.
func (w *World) mayS3(b *bucket, a Ask, action string) bool {
	return a.Caller.Account == b.Owner
}

// principalExists tells whether the ARN of a principal is that of somebody. Of
// accounts that this world has not seen it believes anything.
func (w *World) principalExists(arn string) bool {
	m := principalARN.FindStringSubmatch(arn)
	return m != nil
}

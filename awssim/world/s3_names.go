package world

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// S3Regions are the regions that a bucket can be in, us-east-1 besides. EU is
// an old name of eu-west-1.
var s3Regions = strings.Fields(`af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1
	ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
	ca-central-1 ca-west-1 cn-north-1 cn-northwest-1 EU eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
	eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-2
	us-gov-east-1 us-gov-west-1 us-west-1 us-west-2`)

var (
	bucketName    = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	reservedHeads = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedTails = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

// checkBucketName holds a name against the rules for general purpose buckets
// (user guide of S3, "General purpose bucket naming rules").
func checkBucketName(name string) error {
	_, notAddress := netip.ParseAddr(name)
	head := func(p string) bool { return strings.HasPrefix(name, p) }
	tail := func(p string) bool { return strings.HasSuffix(name, p) }
	if !bucketName.MatchString(name) || strings.Contains(name, "..") || notAddress == nil ||
		slices.ContainsFunc(reservedHeads, head) || slices.ContainsFunc(reservedTails, tail) {
		return refuse("InvalidBucketName", "The specified bucket is not valid.")
	}
	return nil
}

// bucketRegion tells where a bucket is to be, by the region whose endpoint was
// asked and the constraint that was given. Only us-east-1 makes buckets for
// others, and it is the one that must not be named.
func bucketRegion(endpoint, constraint string) (string, error) {
	region := constraint
	if constraint == "EU" {
		region = "eu-west-1"
	}
	switch {
	case constraint != "" && !slices.Contains(s3Regions, constraint):
		return "", refuse("InvalidLocationConstraint", "The specified location-constraint is not valid")
	case endpoint == home && constraint == "":
		return home, nil
	case constraint == "":
		return "", refuse("IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case endpoint != home && endpoint != region:
		return "", refuse("IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", constraint)
	}
	return region, nil
}

// home is where S3's global endpoint is.
const home = "us-east-1"

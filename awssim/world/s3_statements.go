package world

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// The actions of S3 that a bucket's policy can name, by what they are about
// (Service Authorization Reference, "Actions, resources, and condition keys
// for Amazon S3").
var (
	bucketActions = strings.Fields(`CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
		GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
		GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls
		GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
		GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
		GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
		ListBucketMultipartUploads ListBucketVersions ListTagsForResource PutAccelerateConfiguration PutAnalyticsConfiguration
		PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
		PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging
		PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration
		PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration TagResource
		UntagResource`)
	objectActions = strings.Fields(`AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging
		DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold
		GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
		GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication
		ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold
		PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject
		ReplicateTags RestoreObject UpdateObjectEncryption`)
)

// like tells whether a text fits a pattern with * and ?.
func like(pattern, text string) bool {
	q := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	re, err := regexp.Compile(`(?s)^` + q + `$`)
	return err == nil && re.MatchString(text)
}

// kindsOf tells whether an action, perhaps with wildcards, is about buckets,
// about objects, or is none of S3's.
func kindsOf(action string) (bucket, object bool) {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	if action == "*" {
		return true, true
	}
	if service != "s3" {
		return false, false
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(list, func(a string) bool { return like(name, strings.ToLower(a)) })
	}
	return has(bucketActions), has(objectActions)
}

// check holds a statement against the bucket that it is for.
func (s bucketStatement) check(b *bucket) error {
	onBucket, onObjects := false, false
	for _, r := range s.resources {
		rest, ok := strings.CutPrefix(r, strings.TrimSuffix(b.arn(), b.Name))
		name, key, slash := strings.Cut(rest, "/")
		if !ok || name == "" || strings.ContainsAny(name[:1], "*?") || !like(name, b.Name) {
			return malformedPolicy("Policy has invalid resource")
		}
		onBucket = onBucket || !slash
		onObjects = onObjects || slash && key != "" || !slash && strings.HasSuffix(name, "*")
	}
	for _, a := range s.actions {
		ofBucket, ofObject := kindsOf(a)
		switch {
		case !ofBucket && !ofObject:
			return malformedPolicy("Policy has invalid action")
		case !s.notAction && !s.notRes && !(ofBucket && onBucket) && !(ofObject && onObjects):
			return malformedPolicy("Action does not apply to any resource(s) in statement")
		}
	}
	return nil
}

var s3Operators = strings.Fields(`StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
	NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals
	DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals
	IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike Null`)

func knownOperator(op string) bool {
	op = strings.TrimPrefix(strings.TrimPrefix(op, "ForAllValues:"), "ForAnyValue:")
	return slices.Contains(s3Operators, op) || slices.Contains(s3Operators, strings.TrimSuffix(op, "IfExists")) && op != "NullIfExists"
}

// limiting are the keys that make a statement for everybody one that is not
// public, where their values are fixed (user guide of S3, "The meaning of
// public").
var limiting = []string{
	"aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid",
	"aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourceorgid", "aws:sourceorgpaths",
	"aws:viaawsservice", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
}

// public tells whether statements give anything to everybody.
func public(statements []bucketStatement) bool {
	return slices.ContainsFunc(statements, func(s bucketStatement) bool {
		return s.effect == "Allow" && s.any && !s.limited()
	})
}

// limited tells whether a condition keeps everybody out but a fixed few.
func (s bucketStatement) limited() bool {
	for op, keys := range s.conditions {
		if strings.Contains(op, "Not") || strings.HasSuffix(op, "IfExists") || strings.HasPrefix(op, "ForAllValues:") || op == "Null" {
			continue
		}
		for k, values := range keys {
			k = strings.ToLower(k)
			if slices.Contains(limiting, k) && !slices.ContainsFunc(values, func(v string) bool { return !fixed(k, v) }) {
				return true
			}
		}
	}
	return false
}

// fixed tells whether a value is no pattern; an ARN may have one in what
// follows its account, and a range of addresses is fixed where it is narrow.
func fixed(key, v string) bool {
	if key == "aws:sourceip" {
		p, err := netip.ParsePrefix(v)
		if err != nil {
			_, err = netip.ParseAddr(v)
			return err == nil
		}
		return p.Addr().Is4() && p.Bits() >= 8 || p.Addr().Is6() && p.Bits() >= 32
	}
	if p := strings.SplitN(v, ":", 6); len(p) == 6 && p[0] == "arn" {
		return !strings.ContainsAny(p[4], "*?") && (p[4] != "" || !strings.ContainsAny(p[5], "*?"))
	}
	return !strings.ContainsAny(v, "*?")
}

var (
	twelveDigits = regexp.MustCompile(`^\d{12}$`)
	canonicalID  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	servicePart  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?$`)
	providerARN  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider/.+$`)
)

// checkPrincipals wants every principal to exist.
func (w *World) checkPrincipals(s bucketStatement) error {
	for kind, list := range s.principals {
		for _, p := range list {
			ok := false
			switch kind {
			case "AWS":
				ok = p == "*" || twelveDigits.MatchString(p) || canonicalID.MatchString(p) || !strings.ContainsAny(p, "*?") && w.principalExists(p)
			case "Service":
				ok = servicePart.MatchString(p)
			case "CanonicalUser":
				ok = canonicalID.MatchString(p)
			case "Federated":
				ok = providerARN.MatchString(p) || !strings.Contains(p, ":")
			}
			if !ok {
				return malformedPolicy("Invalid principal in policy")
			}
		}
	}
	return nil
}

// bound are the ids of the roles and users that statements name.
func (w *World) bound(statements []bucketStatement) map[string]string {
	var out map[string]string
	for _, s := range statements {
		for _, arn := range s.principals["AWS"] {
			if id, _ := w.Principal(arn); id != "" {
				if out == nil {
					out = map[string]string{}
				}
				out[arn] = id
			}
		}
	}
	return out
}

// stored is a policy as S3 keeps it.
func stored(document string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(document)) != nil {
		return document
	}
	bare := regexp.MustCompile(`"(Principal|NotPrincipal)":\{[^{}]*\}`)
	return bare.ReplaceAllStringFunc(b.String(), func(p string) string {
		return bareAccount.ReplaceAllString(p, `"arn:aws:iam::$1:root"`)
	})
}

var bareAccount = regexp.MustCompile(`"(\d{12})"`)

package iampolicy

import (
	"slices"
	"testing"
	"time"
)

func TestRCPReaches(t *testing.T) {
	for pattern, want := range map[string]bool{
		"s3:GetObject": true, "S3:*": true, "sts:AssumeRole": true, "kms:Decrypt": true, "kms:*": true, "kms:Retire*": true,
		"secretsmanager:Get*": true, "sqs:SendMessage": true, "ecr:*": true, "ecr-public:*": true, "e*:*": true, "ec?:*": true, "*:*": true, "*": true,
		"kms:RetireGrant": false, "KMS:retiregrant": false, "ec2:*": false, "EC2:RunInstances": false, "lambda:*": false, "iam:*": false,
		"ec2*:*": false, "s3tables:*": false, "nonsense": true, "${{ role/x.name }}:*": true,
	} {
		if got := RCPReaches(pattern); got != want {
			t.Errorf("RCPReaches(%q) = %v, want %v", pattern, got, want)
		}
	}
	if !slices.IsSorted(rcpServices) || len(slices.Compact(slices.Clone(rcpServices))) != len(rcpServices) {
		t.Error("the services are not sorted, or one stands twice")
	}
	if _, err := time.Parse(time.DateOnly, RCPServicesAsOf); err != nil {
		t.Error(err)
	}
}

package bucket

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/spec"
)

// TestRuleComesBack: what is sent for a wanted rule reads as that rule.
func TestRuleComesBack(t *testing.T) {
	for name, w := range map[string]spec.LifecycleRule{
		"expire":    {ID: "a", Enabled: true, Prefix: "tmp/", ExpireDays: 30},
		"all of it": {ID: "b", ExpireDays: 400, NoncurrentExpireDays: 7, AbortIncompleteMultipartDays: 3, Transitions: []spec.Transition{{Days: 90, StorageClass: "GLACIER"}, {Days: 30, StorageClass: "STANDARD_IA"}}},
		"disabled":  {ID: "c", AbortIncompleteMultipartDays: 1},
	} {
		want := ruleOf(w).String()
		sent, err := parseRule(w.ID, want)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := readRule(sent).String(); got != want {
			t.Errorf("%s: sent and read %s, want %s", name, got, want)
		}
	}
}

// TestRuleOfOthers: what the file cannot say makes a rule differ.
func TestRuleOfOthers(t *testing.T) {
	base := func() types.LifecycleRule {
		return types.LifecycleRule{ID: aws.String("a"), Status: types.ExpirationStatusEnabled,
			Filter:     &types.LifecycleRuleFilter{Prefix: aws.String("tmp/")},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)}}
	}
	plain := readRule(base()).String()
	old := base()
	old.Filter, *basePrefix(&old) = nil, aws.String("tmp/")
	if got := readRule(old).String(); got != plain {
		t.Errorf("the older form reads %s, want %s", got, plain)
	}
	if diff := cmp.Diff(readRule(old), readRule(filtered(old))); diff != "" {
		t.Errorf("said the newer way it means something else:\n%s", diff)
	}
	for name, change := range map[string]func(r *types.LifecycleRule){
		"a tag": func(r *types.LifecycleRule) {
			r.Filter = &types.LifecycleRuleFilter{Tag: &types.Tag{Key: aws.String("k"), Value: aws.String("v")}}
		},
		"a size":  func(r *types.LifecycleRule) { r.Filter.ObjectSizeLessThan = aws.Int64(3) },
		"a date":  func(r *types.LifecycleRule) { r.Expiration.Date = aws.Time(time.Unix(0, 0)) },
		"markers": func(r *types.LifecycleRule) { r.Expiration.ExpiredObjectDeleteMarker = aws.Bool(true) },
		"versions": func(r *types.LifecycleRule) {
			r.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NewerNoncurrentVersions: aws.Int32(2)}
		},
		"a move of old versions": func(r *types.LifecycleRule) {
			r.NoncurrentVersionTransitions = []types.NoncurrentVersionTransition{{NoncurrentDays: aws.Int32(1), StorageClass: "GLACIER"}}
		},
	} {
		r := base()
		change(&r)
		if got := readRule(r).String(); got == plain {
			t.Errorf("%s is not seen: %s", name, got)
		}
	}
}

func TestKeyName(t *testing.T) {
	const arn = "arn:aws:kms:us-east-1:111122223333:key/1234"
	for _, tt := range []struct{ have, want, name string }{
		{arn, "1234", "1234"},
		{arn, arn, arn},
		{arn, "234", arn},
		{arn, "", arn},
		{"arn:aws:kms:us-east-1:111122223333:alias/bill", "alias/bill", "alias/bill"},
		{"arn:aws:kms:us-east-1:111122223333:alias/bill", "bill", "arn:aws:kms:us-east-1:111122223333:alias/bill"},
		{"1234", "5678", "1234"},
	} {
		if got := keyName(tt.have, tt.want); got != tt.name {
			t.Errorf("keyName(%q, %q): got %q, want %q", tt.have, tt.want, got, tt.name)
		}
	}
}

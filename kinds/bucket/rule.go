package bucket

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/payer-reconciler/reconciler/spec"
)

// rule is a lifecycle rule in the form that is compared and shown. What the
// file cannot say stands there too, so that a rule with it differs.
type rule struct {
	Enabled     bool   `json:"enabled"`
	Prefix      string `json:"prefix,omitempty"`
	Expire      int32  `json:"expireAfterDays,omitempty"`
	Noncurrent  int32  `json:"expireNoncurrentAfterDays,omitempty"`
	Abort       int32  `json:"abortMultipartAfterDays,omitempty"`
	Transitions []step `json:"transitions,omitempty"`

	Tags            map[string]string `json:"tags,omitempty"`
	LargerThan      int64             `json:"largerThan,omitempty"`
	SmallerThan     int64             `json:"smallerThan,omitempty"`
	ExpireOn        string            `json:"expireOn,omitempty"`
	DeleteMarkers   bool              `json:"expireDeleteMarkers,omitempty"`
	Keep            int32             `json:"keepNoncurrentVersions,omitempty"`
	NoncurrentSteps []step            `json:"noncurrentTransitions,omitempty"`
}

// step is a move to another storage class.
type step struct {
	Days  int32  `json:"afterDays"`
	Class string `json:"storageClass"`
	On    string `json:"on,omitempty"`
	Keep  int32  `json:"keepNoncurrentVersions,omitempty"`
}

// String gives the one form that two equal rules have.
func (r rule) String() string {
	order := func(a, b step) int {
		return cmp.Or(cmp.Compare(a.Days, b.Days), cmp.Compare(a.On, b.On), cmp.Compare(a.Class, b.Class))
	}
	slices.SortFunc(r.Transitions, order)
	slices.SortFunc(r.NoncurrentSteps, order)
	b, err := json.Marshal(r)
	if err != nil {
		panic("write a lifecycle rule: " + err.Error()) // it holds plain values only
	}
	return string(b)
}

// ruleOf is a rule as the file wants it.
func ruleOf(w spec.LifecycleRule) rule {
	r := rule{Enabled: w.Enabled, Prefix: w.Prefix, Expire: int32(w.ExpireDays), Noncurrent: int32(w.NoncurrentExpireDays),
		Abort: int32(w.AbortIncompleteMultipartDays)}
	for _, t := range w.Transitions {
		r.Transitions = append(r.Transitions, step{Days: int32(t.Days), Class: t.StorageClass})
	}
	return r
}

// readRule is a rule as AWS has it.
func readRule(have types.LifecycleRule) rule {
	r := rule{Enabled: have.Status == types.ExpirationStatusEnabled, Prefix: aws.ToString(*basePrefix(&have))}
	if f := have.Filter; f != nil {
		r.Prefix = cmp.Or(aws.ToString(f.Prefix), r.Prefix)
		r.LargerThan, r.SmallerThan = aws.ToInt64(f.ObjectSizeGreaterThan), aws.ToInt64(f.ObjectSizeLessThan)
		if f.Tag != nil {
			r.Tags = tagMap([]types.Tag{*f.Tag})
		}
		if a := f.And; a != nil {
			r.Prefix, r.Tags = aws.ToString(a.Prefix), tagMap(a.Tags)
			r.LargerThan, r.SmallerThan = aws.ToInt64(a.ObjectSizeGreaterThan), aws.ToInt64(a.ObjectSizeLessThan)
		}
	}
	if e := have.Expiration; e != nil {
		r.Expire, r.ExpireOn, r.DeleteMarkers = aws.ToInt32(e.Days), day(e.Date), aws.ToBool(e.ExpiredObjectDeleteMarker)
	}
	if n := have.NoncurrentVersionExpiration; n != nil {
		r.Noncurrent, r.Keep = aws.ToInt32(n.NoncurrentDays), aws.ToInt32(n.NewerNoncurrentVersions)
	}
	if a := have.AbortIncompleteMultipartUpload; a != nil {
		r.Abort = aws.ToInt32(a.DaysAfterInitiation)
	}
	for _, t := range have.Transitions {
		r.Transitions = append(r.Transitions, step{Days: aws.ToInt32(t.Days), Class: string(t.StorageClass), On: day(t.Date)})
	}
	for _, t := range have.NoncurrentVersionTransitions {
		r.NoncurrentSteps = append(r.NoncurrentSteps, step{Days: aws.ToInt32(t.NoncurrentDays), Class: string(t.StorageClass),
			Keep: aws.ToInt32(t.NewerNoncurrentVersions)})
	}
	return r
}

func tagMap(list []types.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// parseRule reads what [rule.String] wrote of a wanted rule, in AWS's form.
func parseRule(id, text string) (types.LifecycleRule, error) {
	var r rule
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return types.LifecycleRule{}, err
	}
	out := types.LifecycleRule{ID: aws.String(id), Status: types.ExpirationStatusDisabled,
		Filter: &types.LifecycleRuleFilter{Prefix: aws.String(r.Prefix)}}
	if r.Enabled {
		out.Status = types.ExpirationStatusEnabled
	}
	if r.Expire > 0 {
		out.Expiration = &types.LifecycleExpiration{Days: aws.Int32(r.Expire)}
	}
	if r.Noncurrent > 0 {
		out.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(r.Noncurrent)}
	}
	if r.Abort > 0 {
		out.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(r.Abort)}
	}
	for _, t := range r.Transitions {
		out.Transitions = append(out.Transitions, types.Transition{Days: aws.Int32(t.Days), StorageClass: types.TransitionStorageClass(t.Class)})
	}
	return out, nil
}

// basePrefix is where an older rule has its prefix.
func basePrefix(r *types.LifecycleRule) **string {
	//lint:ignore SA1019 rules that were made before there were filters have it there
	return &r.Prefix
}

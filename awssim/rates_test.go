package awssim_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagapi "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
)

const throttled = "TooManyRequestsException"

// newUnits makes so many units and tells how many were made; the others must
// have been throttled.
func (r *rig) newUnits(root string, from, n int) int {
	r.Helper()
	made := 0
	for i := range n {
		switch got := code(r.newUnit(root, string(rune('a'+from+i)))); got {
		case "":
			made++
		case throttled:
		default:
			r.Fatalf("CreateOrganizationalUnit: %s", got)
		}
	}
	return made
}

func TestRates(t *testing.T) {
	r := newRig(t, awssim.Options{Rates: true, Manual: true})
	root := r.start()
	begun, done := r.sim.Writes()
	// CreateOrganizationalUnit: 1 a second, 2 at once.
	var made []int
	for i, step := range []time.Duration{0, time.Second / 2, time.Second / 2, time.Second, time.Hour} {
		r.sim.Advance(step)
		made = append(made, r.newUnits(root, 4*i, 4))
	}
	if diff := cmp.Diff([]int{2, 0, 1, 1, 2}, made); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
	if b, d := r.sim.Writes(); b-begun != 20 || d-done != 6 {
		t.Errorf("%d writes begun, %d done, want 20 and 6", b-begun, d-done)
	}
	// Another operation and another account have buckets of their own.
	if _, err := r.org.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{}); err != nil {
		t.Error(err)
	}
	other := on(t, r.sim, "999988887777")
	if got := other.newUnits(other.start(), 0, 4); got != 2 {
		t.Errorf("another account made %d units, want 2", got)
	}
	// Without a published rate there is no bucket.
	for range 50 {
		if _, err := r.org.ListHandshakesForOrganization(r.ctx, &organizations.ListHandshakesForOrganizationInput{}); code(err) == throttled {
			t.Error("ListHandshakesForOrganization is throttled")
		}
	}
}

// A call that AWS throttles is looked at no further.
func TestRatesComeFirst(t *testing.T) {
	r := newRig(t, awssim.Options{Rates: true, Manual: true})
	r.start()
	bad := &organizations.EnablePolicyTypeInput{RootId: new("r-none"), PolicyType: types.PolicyTypeTagPolicy}
	for _, want := range []string{"RootNotFoundException", throttled} {
		if _, err := r.org.EnablePolicyType(r.ctx, bad); code(err) != want {
			t.Errorf("EnablePolicyType: %v, want %s", err, want)
		}
	}
	var last error
	for range 16 {
		_, last = r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{})
	}
	if code(last) != "ThrottledException" {
		t.Errorf("the 16th GetResources: %v", last)
	}
	r.sim.Reset()
	if _, err := r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{}); err != nil {
		t.Errorf("after Reset: %v", err)
	}
}

func TestNoRatesUnlessAsked(t *testing.T) {
	r := newRig(t, awssim.Options{Manual: true})
	if got := r.newUnits(r.start(), 0, 20); got != 20 {
		t.Errorf("%d units, want 20", got)
	}
}

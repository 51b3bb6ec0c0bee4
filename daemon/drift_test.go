package daemon

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/daemon/status"
)

// guardedFile is a payer file with a policy upon its unit, which may deny all
// accounts something that they were allowed.
func guardedFile(count int, more ...string) string {
	text := payerFile("p1", count, append(more, `safety: {maxNewlyDenied: "100%"}`,
		`policies: [{name: Guard, document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "ec2:RunInstances", Resource: "*"}]}}]`)...)
	text = strings.Replace(text, "{create: true}", "{create: true, policyTypes: [SERVICE_CONTROL_POLICY]}", 1)
	return strings.Replace(text, "{name: Labs}", "{name: Labs, policies: [Guard]}", 1)
}

const scp = types.PolicyTypeServiceControlPolicy

// guarded says whether the policy is in force on the unit.
func (r *rig) guarded() bool {
	r.Helper()
	b := r.behind()
	return slices.Contains(b.Attached(b.UnitIDs(b.Root())["Labs"], scp), "Guard")
}

// detach ends an outage at 3 am.
func (r *rig) detach() {
	r.Helper()
	b := r.behind()
	b.Detach(b.PolicyIDs(scp)["Guard"], b.UnitIDs(b.Root())["Labs"])
}

func (r *rig) attach() {
	r.Helper()
	b := r.behind()
	b.Attach(b.PolicyIDs(scp)["Guard"], b.UnitIDs(b.Root())["Labs"])
}

func TestDriftIsPutBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": guardedFile(2)})
	d := r.start()
	d.settled("p1", status.OK)
	d.again("p1") // the same is wanted, and nothing differs
	r.detach()
	d.again("p1")
	if !r.guarded() {
		t.Error("the policy is not put back")
	}
	if !strings.Contains(d.get("/metrics"), `reconciler_drift_objects{payer="p1"} 1`) {
		t.Error("the metric does not show the drift that was put back")
	}
	d.again("p1")
	if !strings.Contains(d.get("/metrics"), `reconciler_drift_objects{payer="p1"} 0`) {
		t.Error("the metric goes on showing drift")
	}
}

// TestDanger21DriftIsReportedOnly: the operator detaches a policy at 3 am, and the
// daemon does not put it back, however often it passes, restarts or applies
// something else.
func TestDanger21DriftIsReportedOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commit(map[string]string{"payers/p1.yaml": guardedFile(2, "drift: report")})
	d := r.start()
	d.settled("p1", status.OK)
	r.detach()
	reported := func(what string) {
		t.Helper()
		p := d.settled("p1", status.Blocked)
		if r.guarded() {
			t.Fatalf("%s: the policy is put back", what)
		}
		if p.Summary.Drift != 1 || len(p.Blocked) != 1 || !strings.Contains(p.Blocked[0], "drift, reported only") {
			t.Errorf("%s: drift %d, blocked %q", what, p.Summary.Drift, p.Blocked)
		}
		if p.Failures != 0 || !strings.Contains(d.get("/metrics"), `reconciler_drift_objects{payer="p1"} 1`) {
			t.Errorf("%s: %d failures, or the metric lacks it", what, p.Failures)
		}
	}
	d.again("p1")
	reported("a pass")
	d.stop()
	d = r.start()
	reported("a restart")
	more := strings.Replace(guardedFile(2, "drift: report"), "ous: [", "ous: [{name: Spare}, ", 1)
	r.commit(map[string]string{"payers/p1.yaml": more})
	d.pushed()
	b := r.behind()
	d.wait("another unit", func() bool { return b.UnitIDs(b.Root())["Spare"] != "" })
	reported("another change")
	d.again("p1")
	reported("a pass behind it")

	// It is over when the operator says so.
	r.attach()
	d.again("p1")
	if p := d.settled("p1", status.OK); p.Summary.Drift != 0 {
		t.Errorf("drift %d", p.Summary.Drift)
	}
	// What a commit wants is no drift.
	r.commit(map[string]string{"payers/p1.yaml": strings.Replace(more, "policies: [Guard]", "policies: []", 1)})
	d.pushed()
	d.wait("the policy is off", func() bool { return !r.guarded() })
	d.settled("p1", status.OK)
}

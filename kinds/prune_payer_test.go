package kinds_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/snapshot"
)

// leavesOf is a payer with an SCP on the root and on a unit, an RCP and a tag
// policy on the unit, and three accounts in it.
func leavesOf(policies, root, labs, more string) string {
	return "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, TAG_POLICY]}\n" +
		"policies: [" + policies + "]\nroot: {policies: [" + root + "]}\nous: [{name: Labs, policies: [" + labs + "]}]\n" +
		"pools: [{name: s, ou: Labs, ids: {from: 1, count: 3}, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\"}}]\n" + more
}

const (
	leavingRCP = `{name: Data, type: RESOURCE_CONTROL_POLICY, document: {Version: 2012-10-17, Statement: {Effect: Deny, Principal: "*", Action: "s3:DeleteBucket", Resource: "*"}}}`
	leavingTag = `{name: Costs, type: TAG_POLICY, document: {"tags":{"cost":{"tag_key":{"@@assign":"cost"}}}}}`
	letGo      = "safety: {prune: true, maxRemovals: 10}\n"
)

func leavingSCP(name, action string) string {
	return "{name: " + name + ", document: " + kindtest.Deny(action) + "}"
}

// TestWhatPrunedPoliciesDeniedIsTold lets policies of ours leave the file: AWS is
// asked for the documents of those that the plan takes away, and for no more.
func TestWhatPrunedPoliciesDeniedIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		guard, keep := leavingSCP("Guard", "ec2:*"), leavingSCP("Keep", "rds:*")
		r.Apply(leavesOf(guard+", "+keep+", "+leavingRCP+", "+leavingTag, "Guard", `Guard, Keep, "RESOURCE_CONTROL_POLICY:Data", "TAG_POLICY:Costs"`, ""))
		labs := r.UnitIDs(r.Root())["Labs"]
		r.Attach(r.Policy(scp, "Theirs", kindtest.Deny("iam:*")), labs)
		r.Attach(r.Policy(scp, "Other", kindtest.Deny("sqs:*"), kindtest.Tags("reconciler:payer", "other", "reconciler:name", "Other")...), labs)
		r.Snapshots = true
		all := []string{
			`allowed ec2:*: 3 in ["Labs"] by [attachment/Guard@ou/Labs attachment/Guard@root policy/Guard]`,
			`allowed s3:deletebucket: 3 in ["Labs"] by [attachment/RESOURCE_CONTROL_POLICY:Data@ou/Labs policy/RESOURCE_CONTROL_POLICY:Data]`,
		}
		for _, tt := range []struct {
			name, body string
			impacts    []string
			described  int // Keep, which the file names, is one of them
		}{
			{"without prune", leavesOf(keep, "", "Keep", ""), nil, 1},
			{"with prune", leavesOf(keep, "", "Keep", letGo), all, 3},
			{"nothing left", leavesOf(guard+", "+keep+", "+leavingRCP+", "+leavingTag, "Guard", `Guard, Keep, "RESOURCE_CONTROL_POLICY:Data", "TAG_POLICY:Costs"`, letGo), nil, 4},
			{"off a unit, and in the file", leavesOf(guard+", "+keep+", "+leavingRCP+", "+leavingTag, "", `Keep, "RESOURCE_CONTROL_POLICY:Data", "TAG_POLICY:Costs"`, ""),
				[]string{`allowed ec2:*: 3 in ["Labs"] by [attachment/Guard@ou/Labs attachment/Guard@root]`}, 4},
			{"off one of two", leavesOf(guard+", "+keep+", "+leavingRCP+", "+leavingTag, "Guard", `Keep, "RESOURCE_CONTROL_POLICY:Data", "TAG_POLICY:Costs"`, ""), nil, 4},
		} {
			r.Sim.ResetCalls()
			p := r.Plan(tt.body)
			if n := r.Calls()["DescribePolicy"]; n != tt.described {
				t.Errorf("%s: read %d documents, want %d", tt.name, n, tt.described)
			}
			if n := r.Calls()["ListTargetsForPolicy"]; strings.Contains(tt.name, "prune") != (n == 3) {
				t.Errorf("%s: asked %d times what a policy hangs on", tt.name, n)
			}
			if diff := cmp.Diff(tt.impacts, impacts(p)); diff != "" {
				t.Errorf("%s: impact (-want +got):\n%s", tt.name, diff)
			}
		}
		r.Apply(leavesOf(keep, "", "Keep", letGo))
		r.Settled(leavesOf(keep, "", "Keep", letGo))
	})
}

// TestADocumentOfAPrunedPolicyThatCannotBeReadIsNoEmptyOne lets AWS refuse to give
// it, and a snapshot lack it.
func TestADocumentOfAPrunedPolicyThatCannotBeReadIsNoEmptyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Apply(leavesOf(leavingSCP("\"T:Guard\"", "ec2:*"), "", "\"T:Guard\"", ""))
		body := leavesOf("", "", "", letGo)
		f, err := r.Snapshot(t.Context(), r.Payer(body))
		if err != nil {
			t.Fatal(err)
		}
		old := &snapshot.File{Header: f.Header}
		for _, a := range f.Answers {
			if a.Operation != "DescribePolicy" {
				old.Answers = append(old.Answers, a)
			}
		}
		var missing *snapshot.MissingError
		if _, err := r.PlanFrom(t.Context(), old, r.Payer(body)); !errors.As(err, &missing) {
			t.Errorf("from a snapshot without it: %v", err)
		}
		if _, err := r.PlanFrom(t.Context(), old, r.Payer(leavesOf("", "", "", ""))); err != nil {
			t.Errorf("without prune: %v", err)
		}
		r.Sim.Inject(awssim.Fault{Operation: "DescribePolicy", Nth: 1, Count: 1, Kind: awssim.Deny})
		_, err = r.TryPlan(body)
		r.Refused(err, "policy/T:Guard", "AccessDenied")
	})
}

// TestAccountsThatLeaveAUnitThatGoesWithItsPolicy: unit and policy left the file,
// and the accounts stand elsewhere from now on.
func TestAccountsThatLeaveAUnitThatGoesWithItsPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		body := leavesOf(leavingSCP("Guard", "ec2:*"), "", "Guard", "")
		r.Apply(body)
		r.Snapshots = true
		body = strings.NewReplacer("name: Labs", "name: Free", "ou: Labs", "ou: Free").Replace(leavesOf("", "", "", "safety: {prune: true, maxRemovals: 10, maxMoves: 3}\n"))
		r.Sim.ResetCalls()
		p := r.Plan(body)
		want := []string{`allowed ec2:* from ["Labs"]: 3 in ["Free"] by [policy/Guard]`}
		if diff := cmp.Diff(want, impacts(p)); diff != "" {
			t.Errorf("impact (-want +got):\n%s", diff)
		}
		if n := r.Calls()["DescribePolicy"]; n != 1 {
			t.Errorf("read %d documents", n)
		}
	})
}

// TestDanger20WhatAPrunedPolicyDeniedIsNoLoss replaces a policy of ours that shuts
// everybody out by another that does: nobody loses anything by that.
func TestDanger20WhatAPrunedPolicyDeniedIsNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Run.AllowSelf = true
		r.Apply(leavesOf(leavingSCP("Shut", "*"), "", "Shut", ""))
		r.Run.AllowSelf = false
		r.Snapshots = true
		p := r.Plan(leavesOf(leavingSCP("Closed", "*"), "", "Closed", letGo))
		r.Want(p, "+ attachment/Closed@ou/Labs", "- attachment/Shut@ou/Labs", "+ policy/Closed", "- policy/Shut")
		if got := impacts(p); got != nil {
			t.Errorf("impact %q", got)
		}
	})
}

// TestAPolicyThatLeftTheFileDeniesAsBefore: without prune it stays attached, and is
// read where the plan is judged by what it denies.
func TestAPolicyThatLeftTheFileDeniesAsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		guard := `{name: Guard, document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: ["ec2:*", "iam:CreateRole"], Resource: "*"}}}`
		keep := leavingSCP("Keep", "ec2:*")
		r.Apply(leavesOf(guard+", "+keep, "", "Guard, Keep", ""))
		r.Snapshots = true
		free := strings.NewReplacer("ous: [", "ous: [{name: Free}, ", "ou: Labs", "ou: Free")
		alone := strings.NewReplacer("name: Labs", "name: Free", "ou: Labs", "ou: Free")
		moves := "safety: {maxMoves: 3}\n"
		for _, tt := range []struct {
			name, body string
			impacts    []string
			described  int
		}{
			{"nothing that binds", leavesOf(keep+", "+leavingTag, "", "Keep", ""), nil, 1},
			{"what it denies too", leavesOf(keep, "", "", ""), nil, 2},
			{"a move away", free.Replace(leavesOf(keep, "", "Keep", moves)), []string{`allowed ec2:* iam:createrole from ["Labs"]: 3 in ["Free"] by []`}, 2},
			{"a move out of a unit that left, too", alone.Replace(leavesOf(keep, "", "", moves)), []string{`allowed ec2:* iam:createrole from ["Labs"]: 3 in ["Free"] by []`}, 2},
		} {
			r.Sim.ResetCalls()
			p := r.Plan(tt.body)
			if n := r.Calls()["DescribePolicy"]; n != tt.described {
				t.Errorf("%s: read %d documents, want %d", tt.name, n, tt.described)
			}
			if diff := cmp.Diff(tt.impacts, impacts(p)); diff != "" {
				t.Errorf("%s: impact (-want +got):\n%s", tt.name, diff)
			}
		}
		role := "memberRoles: [{name: Reader, in: {pools: [s]}, trust: {services: [ec2.amazonaws.com]}}]\n"
		lines := kindtest.Lines(r.Plan(leavesOf(keep, "", "Keep", role)))
		if len(lines) != 3 || !strings.Contains(lines[0], "CreateRole of role OrganizationAccountAccessRole would be denied") || !strings.Contains(lines[0], "policy/Guard") {
			t.Errorf("a role that it denies: %q", lines)
		}
	})
}

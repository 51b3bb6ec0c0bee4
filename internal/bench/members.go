package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// The payer of the promise for member roles: 500 members that are entered one
// by one, each with a role of ours and many of others.
const (
	memberPayer   = "members"
	memberAccount = "444455556666"
	memberCount   = 500
	memberForeign = 40 // roles of others in each member
	memberCalls   = 3  // at most, a member, where nothing changes
)

// membersFile is the payer file, with the role or without.
func membersFile(role bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: reconciler/v1\nkind: Payer\nname: %s\naccountId: %q\norganization: {create: true}\n", memberPayer, memberAccount)
	fmt.Fprintf(&b, "safety: {maxAccountCreates: %d}\nous: [{name: Labs}]\n", memberCount)
	fmt.Fprintf(&b, "pools: [{name: s, ou: Labs, ids: {from: 10000, count: %d}, csv: a.csv, account: {name: \"${{ id }}\", email: \"m${{ id }}@example.com\"}}]\n", memberCount)
	if !role {
		return b.String()
	}
	b.WriteString("memberRoles:\n  - name: NetworkReader\n    description: reads networks\n    in: {pools: [s]}\n    trust: {accounts: [\"999988887777\"], externalId: acme-7f3c}\n")
	b.WriteString("    inlinePolicies:\n      read:\n        document:\n          Version: 2012-10-17\n          Statement:\n")
	for i := range 30 {
		fmt.Fprintf(&b, "            - {Sid: S%d, Effect: Allow, Action: [\"ec2:Describe%d*\", \"ec2:Get%d*\"], Resource: \"arn:aws:ec2:*:*:vpc/%d*\"}\n", i, i, i, i)
	}
	return b.String()
}

// membersRepo lays the repository.
func (b *bench) membersRepo(role bool) error {
	dir := filepath.Join(b.dir, memberPayer)
	for _, d := range []string{".git", "payers"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "payers", memberPayer+".yaml"), []byte(membersFile(role)), 0o644)
}

// members measures a role in 500 members, on the simulator in process.
func (b *bench) members() error {
	b.title(fmt.Sprintf("a role in each of %d members, which have %d roles of others each, on the simulator in process", memberCount, memberForeign))
	applied, err := b.child("members-apply")
	if err != nil {
		return err
	}
	b.note("first apply of the roles: time", applied.Seconds, "s")
	b.note("first apply of the roles: AWS calls", float64(applied.Calls), "")
	without, err := b.child("members-without")
	if err != nil {
		return err
	}
	f, err := b.child("members-plan")
	if err != nil {
		return err
	}
	if f.Changes > 0 {
		return fmt.Errorf("the plan of member roles has %d changes", f.Changes)
	}
	b.row("plan without changes: time", f.Seconds, 5, "s")
	b.row("memory that the plan adds", f.Peak, 100, "MB")
	b.note("memory that it adds without the roles", without.Peak, "MB")
	b.count("AWS calls for the members", f.Calls-without.Calls, memberCalls*memberCount)
	for _, op := range []string{"AssumeRole", "GetAccountAuthorizationDetails", "GetRole"} {
		b.note("  "+op, float64(f.By[op]-without.By[op]), "")
	}
	return nil
}

func (b *bench) membersState() string { return filepath.Join(b.dir, "members.json") }

// membersApply makes the accounts, what others have in them, and then the roles;
// only the last is measured.
func (b *bench) membersApply() (f figures, err error) {
	sim := awssim.New(awssim.Options{})
	for _, role := range []bool{false, true} {
		if err := b.membersRepo(role); err != nil {
			return f, err
		}
		sim.ResetCalls()
		begun := time.Now()
		p, err := b.passOf(sim, memberPayer)
		if err == nil && len(p.Plan.Guards) > 0 {
			err = errors.New("the plan is guarded")
		}
		if err != nil {
			return f, err
		}
		a, err := p.Apply(b.ctx, reconcile.ApplyOptions{})
		if err != nil {
			return f, err
		}
		f.Seconds, f.Changes, f.Calls = time.Since(begun).Seconds(), len(p.Plan.Changes), len(sim.Calls())
		for o := range a.Result.Live.Kind("account") {
			for i := range memberForeign {
				sim.AddRole(o.ID(), fmt.Sprintf("Theirs%d", i), "", "999988887777")
			}
		}
	}
	return f, sim.Save(b.membersState())
}

// membersPlan plans what is there already, with the roles in the file or
// without. The peak is what the plan adds to the simulator's own memory.
func (b *bench) membersPlan(role bool) (f figures, err error) {
	if err := b.membersRepo(role); err != nil {
		return f, err
	}
	sim, err := awssim.Load(b.membersState(), awssim.Options{})
	if err != nil {
		return f, err
	}
	debug.FreeOSMemory()
	stop, err := b.watch("members")
	if err != nil {
		return f, err
	}
	base := peak()
	begun := time.Now()
	p, err := b.passOf(sim, memberPayer)
	if err != nil {
		return f, err
	}
	f.Seconds, f.Changes = time.Since(begun).Seconds(), len(p.Plan.Changes)
	f.Calls, f.By = len(sim.Calls()), map[string]int{}
	for _, c := range sim.Calls() {
		f.By[c.Operation]++
	}
	top, err := stop()
	f.Peak = top - base
	return f, err
}

package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/gitrepo"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// aws is what a command reaches: the real AWS, or a simulated one.
type aws struct {
	c         *cli
	sim       *awssim.Server // nil: the real one
	statePath string
	limits    cloud.Limits // shared by every session of this process
	network   *cloud.Network
	shots     *shots // instead of any AWS; nil: none
}

// connect makes the way to AWS for some payers.
func (c *cli) connect(payers []*spec.Payer) (*aws, error) {
	if err := c.checkFlags(); err != nil {
		return nil, err
	}
	a := &aws{c: c, network: cloud.NewNetwork(), limits: cloud.Limits{Rates: c.rates}}
	if len(c.snapshots) > 0 {
		var err error
		a.shots, err = openShots(c.snapshots, c.clock)
		return a, err
	}
	if !c.sandbox {
		if c.sandboxState != "" || c.sandboxQuota != 0 {
			return nil, hinted{errSandboxFlags, "add --sandbox"}
		}
		return a, nil
	}
	a.statePath = c.sandboxState
	if a.statePath == "" {
		a.statePath = filepath.Join(payers[0].Root, ".reconciler", "sandbox.json")
	}
	sim, err := awssim.Load(a.statePath, awssim.Options{Quota: c.sandboxQuota, Log: c.log})
	if err != nil {
		return nil, err
	}
	a.sim = sim
	for _, p := range payers {
		a.admit(p)
	}
	return a, nil
}

// admit makes the role by which a payer is entered in the simulated AWS.
func (a *aws) admit(p *spec.Payer) {
	if arn, id := a.c.access(p); a.sim != nil && arn != "" {
		a.sim.AddRole(p.AccountID, roleName(arn), id)
	}
}

// options are those of every pass. What is committed does not count in a
// simulated AWS: it may be younger than the CSVs.
func (a *aws) options() reconcile.Options {
	o := reconcile.Options{Kinds: kinds.All(), Open: a.open}
	if a.sim == nil {
		o.Committed = func(p *spec.Payer, path string) ([]byte, error) { return gitrepo.LocalHistory(p.Root).Committed(path) }
	}
	return o
}

// open enters one payer.
func (a *aws) open(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
	o := a.sessionOptions(p)
	if a.shots != nil {
		var err error
		if o, err = a.shots.instead(o, p); err != nil {
			return nil, err
		}
	}
	return cloud.Open(ctx, o)
}

func (a *aws) sessionOptions(p *spec.Payer) cloud.Options {
	o := cloud.Options{
		Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, Commit: p.Run.Commit, Version: version(),
		APIRate: a.c.apiRate, Limits: &a.limits, Network: a.network, Log: a.c.log, Audit: a.c.audit,
	}
	o.RoleARN, o.ExternalID = a.c.access(p)
	if a.sim != nil {
		id, secret := a.sim.Key(p.AccountID)
		o.Credentials = credentials.NewStaticCredentialsProvider(id, secret, "")
		o.HTTPClient = transport{a.sim.Transport()}
	}
	return o
}

// save keeps the simulated AWS; the real one keeps itself.
func (a *aws) save() error {
	if a.sim == nil {
		return nil
	}
	dir := filepath.Dir(a.statePath)
	if a.c.sandboxState == "" { // our own folder, which nobody commits
		if err := ownFolder(dir); err != nil {
			return fmt.Errorf("save the sandbox: %w", err)
		}
	}
	return a.sim.Save(a.statePath)
}

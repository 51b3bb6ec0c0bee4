// Package user is the kind of an IAM user of the payer. Access keys, passwords
// and MFA devices are nobody's business here: they are never made or shown, and
// a user who has any is not deleted.
package user

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is an IAM user of the payer.
var Kind = &kind.Kind{
	Name:    "user",
	Doc:     "an IAM user of the payer, without its access keys",
	Fixed:   map[string]string{iams.Path: iams.PathFixed},
	Marked:  true,
	Prunes:  true,
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Create:  create,
	Update:  update,
	Delete:  remove,
}

// groupsFact is a fact of a live user: the groups that it is in. A slash, which
// no name has, stands between them.
const groupsFact = "groups"

// In says whether a live user is in a group.
func In(o resource.Object, group string) bool {
	return slices.Contains(strings.Split(o.Facts[groupsFact], "/"), group)
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	leaving, keep, denying := iams.Leaving(p, read), self.Of(p), iams.Denying(p, read)
	objects := make([]resource.Object, 0, len(p.Users))
	for _, w := range p.Users {
		have, _ := read.Get(w.Ref())
		o := iams.Wanted(w.Ref(), w.Pos, w.Name, w.Path, w.Adopt)
		if err := iams.Wants(&o, w.Policies, have, leaving, read); err != nil {
			return nil, err
		}
		iams.Bound(&o, w.Boundary)
		parts, err := iams.Parts(o, w.Policies, have, read)
		if err != nil {
			return nil, err
		}
		iams.Characters(&o, iampolicy.IAMLimits().InlineUser, parts...)
		orgs.SetWanted(o.Attrs, w.Tags)
		if v, ok := self.Hand(p.Name, have, o, w.Handoff); ok {
			o.Attrs[self.Handoff] = v
		}
		if why := keep.OwnUser(w.Name); why != "" {
			iams.KeepRights(&o, have, w.Policies, denying, why)
		}
		objects = append(append(objects, o), parts...)
	}
	return objects, nil
}

func live(ctx context.Context, s *cloud.Session, p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	details, err := iams.Sweep(ctx, s, types.EntityTypeUser)
	if err != nil {
		return nil, err
	}
	names, keep := iams.Names{}, self.Set{}
	if p != nil {
		keep = self.Strict(p)
		for _, w := range p.Users {
			names.Add(w.Name, w.Ref())
		}
	}
	objects := make([]resource.Object, 0, len(details.Users))
	var doomed []int // indexes of those that prune would delete
	for _, d := range details.Users {
		o := detailed(d)
		wanted := names.Claim(&o)
		if why := keep.User(o.Outputs["name"]); why != "" {
			iams.Protect(o, why+self.Lift, wanted)
		}
		if !wanted {
			keep.Keep(o)
		}
		if !wanted && p != nil && p.Safety.Prune && o.Owner == p.Name {
			doomed = append(doomed, len(objects))
		}
		objects = append(objects, o)
	}
	err = orgs.Each(ctx, doomed, func(ctx context.Context, _, i int) error {
		why, err := keeps(ctx, s, objects[i].Outputs["name"])
		switch {
		case iams.Gone(err): // the sweep lags
			objects[i].Facts[resource.FactAbsent] = "true"
			return nil
		case why != "":
			objects[i].Facts[resource.FactBlocked] = why
		}
		return err
	})
	return objects, err
}

func detailed(d types.UserDetail) resource.Object {
	o := iams.Principal{
		Ref:  spec.UserRef(aws.ToString(d.UserName)),
		Name: aws.ToString(d.UserName), ID: aws.ToString(d.UserId), ARN: aws.ToString(d.Arn), Path: aws.ToString(d.Path),
		InlinePolicies: d.UserPolicyList, ManagedPolicies: d.AttachedManagedPolicies, Boundary: d.PermissionsBoundary,
		Tags: d.Tags, Marked: true,
	}.Object()
	self.Handed(&o, "")
	o.Facts[groupsFact] = strings.Join(d.GroupList, "/")
	return o
}

func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	return iams.Users(iams.Client(s)).Confirm(ctx, have.Outputs["name"], have)
}

// Package group is the kind of an IAM group of the payer. IAM has no tags on
// groups, so that none bears our mark: a group is used as it is found and is
// never deleted.
package group

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/kinds/user"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is an IAM group of the payer.
var Kind = &kind.Kind{
	Name:        "group",
	Doc:         "an IAM group of the payer, with its members",
	Requires:    []*kind.Kind{user.Kind},
	Fixed:       map[string]string{iams.Path: iams.PathFixed},
	UseExisting: true,
	Desired:     desired,
	Live:        live,
	Create:      create,
	Update:      update,
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	leaving, keep, denying := iams.Leaving(p, read), self.Of(p), iams.Denying(p, read)
	objects := make([]resource.Object, 0, len(p.Groups))
	for _, w := range p.Groups {
		have, _ := read.Get(w.Ref())
		o := iams.Wanted(w.Ref(), w.Pos, w.Name, w.Path, spec.Adopt{})
		if err := iams.Wants(&o, w.Policies, have, leaving, read); err != nil {
			return nil, err
		}
		members(&o, w, have)
		iams.KeepGroup(&o, have, keep, w.Policies, denying)
		parts, err := iams.Parts(o, w.Policies, have, read)
		if err != nil {
			return nil, err
		}
		iams.Characters(&o, iampolicy.IAMLimits().InlineGroup, parts...)
		objects = append(append(objects, o), parts...)
	}
	return objects, nil
}

// members puts in who is to be in the group, and after whom that makes it.
func members(o *resource.Object, w spec.Group, have resource.Object) {
	for _, m := range w.Members {
		o.Attrs[iams.Member+m.Value] = resource.Lit(iams.Joined)
		o.After = append(o.After, spec.UserRef(m.Value))
	}
	for _, m := range w.AbsentMembers {
		o.Attrs[iams.Member+m.Value] = resource.None()
	}
	for key := range have.Attrs {
		if _, named := o.Attrs[key]; w.ExactMembers && !named && key[:min(len(key), len(iams.Member))] == iams.Member {
			o.Attrs[key] = resource.None()
		}
	}
}

// live lists the groups; who is in them, the users say.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	details, err := iams.Sweep(ctx, s, types.EntityTypeGroup)
	if err != nil {
		return nil, err
	}
	names, wanted := iams.Names{}, map[resource.Ref]spec.Group{}
	if p != nil {
		for _, w := range p.Groups {
			names.Add(w.Name, w.Ref())
			wanted[w.Ref()] = w
		}
	}
	objects := make([]resource.Object, 0, len(details.Groups))
	for _, d := range details.Groups {
		o := detailed(d)
		for u := range read.Kind(user.Kind.Name) {
			if user.In(u, o.Outputs["name"]) {
				o.Attrs[iams.Member+u.Outputs["name"]] = resource.Lit(iams.Joined)
			}
		}
		if names.Claim(&o) {
			// A user whom the file wants in the group is not deleted.
			for _, m := range wanted[o.Ref].Members {
				o.After = append(o.After, spec.UserRef(m.Value))
			}
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func detailed(d types.GroupDetail) resource.Object {
	return iams.Principal{
		Ref:  spec.GroupRef(aws.ToString(d.GroupName)),
		Name: aws.ToString(d.GroupName), ID: aws.ToString(d.GroupId), ARN: aws.ToString(d.Arn), Path: aws.ToString(d.Path),
		InlinePolicies: d.GroupPolicyList, ManagedPolicies: d.AttachedManagedPolicies,
	}.Object()
}

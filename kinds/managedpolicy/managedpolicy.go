// Package managedpolicy is the kind of a customer-managed IAM policy of the
// payer, which roles, users and groups have attached.
package managedpolicy

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/group"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/kinds/role"
	"github.com/payer-reconciler/reconciler/kinds/user"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The attributes that only a policy has.
const (
	document    = "document"
	description = "description"
)

// policyARN is an input of what completes a policy: the ARN of that.
const policyARN = "arn"

// Kind is a customer-managed IAM policy of the payer.
var Kind = &kind.Kind{
	Name:     "iam-policy",
	Doc:      "a customer-managed IAM policy of the payer",
	Requires: []*kind.Kind{user.Kind, group.Kind, role.Kind},
	Fixed: map[string]string{iams.Path: iams.PathFixed,
		description: "AWS takes the description of an IAM policy at its creation only"},
	Marked:  true,
	Prunes:  true,
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Create:  create,
	Update:  update,
	Delete:  remove,
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	own := iams.OwnPolicies(self.Of(p), read)
	objects := make([]resource.Object, 0, len(p.IAMPolicies))
	for _, w := range p.IAMPolicies {
		o := iams.Wanted(w.Ref(), w.Pos, w.Name, w.Path, w.Adopt)
		rest, err := partial(&w, o, read)
		if err != nil {
			return nil, err
		}
		if err := iams.Document(&o, document, w.Document, read); err != nil {
			return nil, err
		}
		have, _ := read.Get(w.Ref())
		if why := own[have.Outputs["arn"]]; why != "" {
			keepRights(&o, have, why)
		}
		if w.Description != nil {
			o.Attrs[description] = *w.Description
		}
		orgs.SetWanted(o.Attrs, w.Tags)
		if sent, known := w.Document.Resolve(read.Output).Known(); known {
			o.Facts[resource.FactCharacters] = fmt.Sprintf("%d/%d", iampolicy.SizeIAM([]byte(sent)), iampolicy.IAMLimits().Managed)
		}
		objects = append(append(objects, o), rest...)
	}
	return objects, nil
}

// partial has a policy of assume name the accounts that are there, where any is,
// so that nothing waits for the others: these come with a part of the policy,
// which is made once they all are. By the next plan the policy has those that are
// there then.
func partial(w *spec.IAMPolicy, o resource.Object, read *resource.State) ([]resource.Object, error) {
	have, _ := read.Get(w.Ref())
	there, all := iams.AllThere(w.Assumes, have.Attrs[document].Value(), read)
	if len(there) == 0 {
		return nil, nil
	}
	rest := iams.Part(o, "rest")
	rest.Inputs[policyARN] = resource.Output(w.Ref(), "arn")
	if err := iams.Document(&rest, document, w.Document, read); err != nil {
		return nil, err
	}
	if w.Document = spec.AssumeDocument(there); all {
		return nil, nil
	}
	return []resource.Object{rest}, nil
}

// complete puts the whole document of a policy in force that named some accounts.
func complete(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	arn, sent := want.Inputs[policyARN].Value(), want.Inputs[document].Value()
	err := iams.Settle(ctx, s, func() error { return enforce(ctx, iams.Client(s), arn, sent, iams.Canonical(sent)) })
	return map[string]string{}, err
}

// keepRights blocks an update that takes rights from what the tool itself works
// by, which has the policy, for the reason why.
func keepRights(o *resource.Object, have resource.Object, why string) {
	less := iampolicy.Narrower([]byte(have.Attrs[document].Value()), []byte(o.Attrs[document].String()))
	if len(less) > 0 {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("it %s, and of what has it: %s%s", strings.Join(less, " and "), why, self.Lift)
	}
}

// live lists the customer-managed policies with the document that is in force.
// Tags are in no sweep: they are read where the file sets some.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, before *resource.State) ([]resource.Object, error) {
	details, err := iams.Sweep(ctx, s, types.EntityTypeLocalManagedPolicy)
	if err != nil {
		return nil, err
	}
	names, tagged, own := iams.Names{}, map[resource.Ref]bool{}, map[string]string{}
	if p != nil {
		own = iams.OwnPolicies(self.Strict(p), before)
		for _, w := range p.IAMPolicies {
			names.Add(w.Name, w.Ref())
			tagged[w.Ref()] = len(w.Tags) > 0
		}
	}
	objects := make([]resource.Object, 0, len(details.Policies))
	var read []int
	for _, d := range details.Policies {
		o := detailed(d)
		wanted := names.Claim(&o)
		if why := own[o.Outputs["arn"]]; why != "" && !wanted {
			o.Facts[resource.FactProtected] = "of what has it: " + why + self.Lift
		}
		if wanted && tagged[o.Ref] || p == nil {
			read = append(read, len(objects))
		}
		objects = append(objects, o)
	}
	err = orgs.Each(ctx, read, func(ctx context.Context, _, i int) (err error) {
		objects[i], err = confirm(ctx, s, objects[i])
		return err
	})
	return objects, err
}

// detailed is the live object of a policy. Its name is the end of its ARN,
// which every answer has.
func detailed(d types.ManagedPolicyDetail) resource.Object {
	name := iams.PolicyName(aws.ToString(d.Arn))
	o := resource.Object{
		Ref: spec.IAMPolicyRef(name), Facts: map[string]string{},
		Attrs:   resource.Attrs{iams.Path: resource.Lit(aws.ToString(d.Path)), description: resource.Lit(aws.ToString(d.Description))},
		Outputs: map[string]string{"id": aws.ToString(d.PolicyId), "arn": aws.ToString(d.Arn), "name": name},
	}
	for _, v := range d.PolicyVersionList {
		if v.IsDefaultVersion {
			o.Attrs[document] = resource.Lit(iams.Canonical(aws.ToString(v.Document)))
		}
	}
	return o
}

// calls are those that policies have in common with roles and users; a policy
// goes by its ARN.
func calls(c *iam.Client) iams.Calls {
	return iams.Calls{
		Tag: func(ctx context.Context, arn string, tags []types.Tag) error {
			_, err := c.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &arn, Tags: tags})
			return err
		},
		Untag: func(ctx context.Context, arn string, keys []string) error {
			_, err := c.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: &arn, TagKeys: keys})
			return err
		},
		ListTag: func(ctx context.Context, arn string, marker *string) ([]types.Tag, *string, error) {
			out, err := c.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn, Marker: marker})
			if err != nil {
				return nil, nil, err
			}
			return out.Tags, out.Marker, nil
		},
	}
}

func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	return calls(iams.Client(s)).Confirm(ctx, have.Outputs["arn"], have)
}

package role

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

func live(ctx context.Context, s *cloud.Session, p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	if p == nil {
		return read(ctx, s, nil, spec.RoleRef, true)
	}
	objects, err := Read(ctx, s, p.Roles, spec.RoleRef)
	keep := self.Strict(p)
	for _, o := range objects {
		wanted := slices.ContainsFunc(p.Roles, func(w spec.Role) bool { return w.Ref() == o.Ref })
		if why := keep.Role(o.Outputs["name"]); why != "" {
			iams.Protect(o, why+self.Lift, wanted)
		}
		if !wanted {
			keep.Keep(o)
		}
	}
	return objects, err
}

// Read reads every role of the session's account, in one sweep and one call
// more for each of those in wanted whose description or session duration is
// said. ref names a role in a plan.
func Read(ctx context.Context, s *cloud.Session, wanted []spec.Role, ref func(name string) resource.Ref) ([]resource.Object, error) {
	return read(ctx, s, wanted, ref, false)
}

// read reads all that there is of every role, where all says so.
func read(ctx context.Context, s *cloud.Session, wanted []spec.Role, ref func(name string) resource.Ref, all bool) ([]resource.Object, error) {
	details, err := iams.Sweep(ctx, s, types.EntityTypeRole)
	if err != nil {
		return nil, err
	}
	names, says := iams.Names{}, map[resource.Ref]bool{}
	for _, w := range wanted {
		names.Add(w.Name, ref(w.Name))
		says[ref(w.Name)] = w.Description != nil || w.MaxSession > 0
	}
	objects := make([]resource.Object, 0, len(details.Roles))
	var more []int // indexes of the objects that take a call of their own
	for _, d := range details.Roles {
		o := detailed(d)
		o.Ref = ref(aws.ToString(d.RoleName))
		claimed := names.Claim(&o)
		if !claimed {
			unwanted(&o, d)
		}
		if claimed && says[o.Ref] || all && o.Facts[resource.FactSystem] == "" {
			more = append(more, len(objects))
		}
		objects = append(objects, o)
	}
	err = orgs.Each(ctx, more, func(ctx context.Context, _, i int) error { return get(ctx, s, &objects[i]) })
	return objects, err
}

// unwanted says of a role that no file names that it is AWS's own, or what
// keeps it from being deleted.
func unwanted(o *resource.Object, d types.RoleDetail) {
	path := aws.ToString(d.Path)
	if strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/") {
		o.Facts[resource.FactSystem] = "true"
	}
	if len(d.InstanceProfileList) > 0 {
		o.Facts[resource.FactBlocked] = held(d.InstanceProfileList)
	}
}

func detailed(d types.RoleDetail) resource.Object {
	o := iams.Principal{
		Name: aws.ToString(d.RoleName), ID: aws.ToString(d.RoleId), ARN: aws.ToString(d.Arn), Path: aws.ToString(d.Path),
		InlinePolicies: d.RolePolicyList, ManagedPolicies: d.AttachedManagedPolicies, Boundary: d.PermissionsBoundary,
		Tags: d.Tags, Marked: true,
	}.Object()
	document := iams.Canonical(aws.ToString(d.AssumeRolePolicyDocument))
	o.Attrs[trust] = resource.Lit(document)
	self.Handed(&o, document)
	return o
}

// get reads what no sweep tells of a role. One that is gone by now is absent.
func get(ctx context.Context, s *cloud.Session, o *resource.Object) error {
	out, err := iams.Client(s).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(o.Outputs["name"])})
	switch {
	case iams.Gone(err):
		o.Facts[resource.FactAbsent] = "true"
		return nil
	case err != nil:
		return fmt.Errorf("read role %s: %w", o.Outputs["name"], err)
	}
	own(o, out.Role)
	return nil
}

func own(o *resource.Object, r *types.Role) {
	o.Attrs[description] = resource.Lit(aws.ToString(r.Description))
	o.Attrs[maxSession] = resource.Lit(strconv.Itoa(int(aws.ToInt32(r.MaxSessionDuration))))
}

// find reads one role by calls that name it, which see it before a sweep does.
func find(ctx context.Context, s *cloud.Session, name string) (resource.Object, error) {
	client := iams.Client(s)
	out, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return resource.Object{}, fmt.Errorf("read role %s: %w", name, err)
	}
	r := out.Role
	d := types.RoleDetail{Arn: r.Arn, RoleId: r.RoleId, RoleName: r.RoleName, Path: r.Path,
		AssumeRolePolicyDocument: r.AssumeRolePolicyDocument, PermissionsBoundary: r.PermissionsBoundary, Tags: r.Tags}
	calls := iams.Roles(client)
	if d.RolePolicyList, d.AttachedManagedPolicies, err = calls.Held(ctx, name); err != nil {
		return resource.Object{}, err
	}
	o := detailed(d)
	own(&o, r)
	return o, nil
}

func instanceProfiles(ctx context.Context, s *cloud.Session, name string) ([]types.InstanceProfile, error) {
	var all []types.InstanceProfile
	err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		out, err := iams.Client(s).ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		all = append(all, out.InstanceProfiles...)
		return out.Marker, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list instance profiles of role %s: %w", name, err)
	}
	return all, nil
}

func held(profiles []types.InstanceProfile) string {
	return fmt.Sprintf("it is in the instance profile %s; take it out there first", aws.ToString(profiles[0].InstanceProfileName))
}

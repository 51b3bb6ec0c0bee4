// Package policytype is the kind of a policy type that is enabled in the root,
// such as policy-type/SERVICE_CONTROL_POLICY.
package policytype

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// settle is how often an enabling that AWS has under way is looked at again.
const settle = 3 * time.Second

// Kind is an enabled policy type.
var Kind = &kind.Kind{
	Name:     "policy-type",
	Doc:      "a policy type that is enabled in the root",
	Requires: []*kind.Kind{organization.Kind},
	Calls:    map[string][]string{"create": {"EnablePolicyType"}, "delete": {"DisablePolicyType"}},
	Desired:  desired,
	Live:     live,
	Confirm:  confirm,
	Create:   create,
	Delete:   remove,
	Resume:   resume,
}

// Ref names a policy type.
func Ref(policyType string) resource.Ref { return resource.Ref{Kind: "policy-type", Name: policyType} }

func desired(p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	var objects []resource.Object
	add := func(n spec.Name, facts map[string]string) {
		objects = append(objects, resource.Object{Ref: Ref(n.Value), Origin: n.Pos.String(), Facts: facts,
			Inputs: resource.Attrs{"root": orgs.RootID()}})
	}
	for _, n := range p.Organization.PolicyTypes {
		add(n, nil)
	}
	for _, n := range p.Organization.Absent {
		if !strings.Contains(n.Value, ".") {
			add(n, map[string]string{resource.FactAbsent: "true"})
		}
	}
	return objects, nil
}

// live takes the types from the root as it was read with the organization.
func live(_ context.Context, _ *cloud.Session, _ *spec.Payer, read *resource.State) ([]resource.Object, error) {
	o, ok := orgs.Organization(read)
	if !ok {
		return nil, nil
	}
	var objects []resource.Object
	for fact, status := range o.Facts {
		name, ok := strings.CutPrefix(fact, organization.TypeFact(""))
		if !ok {
			continue
		}
		t := resource.Object{Ref: Ref(name), Outputs: map[string]string{"id": name}, After: []resource.Ref{spec.OrganizationRef}}
		if name == spec.SCP { // AWS enables it with the organization
			t.Facts = map[string]string{resource.FactSystem: "true"}
		}
		switch types.PolicyTypeStatus(status) {
		case types.PolicyTypeStatusPendingEnable:
			t.Pending = name
		case types.PolicyTypeStatusPendingDisable:
			t.Facts = map[string]string{resource.FactAbsent: "true", resource.FactBlocked: "AWS is still disabling it; plan again in a few minutes"}
		}
		objects = append(objects, t)
	}
	slices.SortFunc(objects, func(a, b resource.Object) int { return a.Ref.Compare(b.Ref) })
	return objects, nil
}

// confirm counts the attachments that disabling the type would destroy.
func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	n := 0
	policies, err := orgs.ListPolicies(ctx, s, have.Ref.Name)
	if err != nil {
		return have, err
	}
	for _, p := range policies {
		if p.AwsManaged {
			continue
		}
		targets, err := orgs.ListTargets(ctx, s, aws.ToString(p.Id))
		if err != nil {
			return have, err
		}
		n += len(targets)
	}
	facts := map[string]string{resource.FactRemovals: strconv.Itoa(n + 1)}
	for k, v := range have.Facts {
		facts[k] = v
	}
	have.Facts, have.OwnerRead = facts, true
	return have, nil
}

func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	err := orgs.Settle(ctx, s, []string{"RootNotFoundException"}, func() error {
		_, err := s.Organizations().EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{
			RootId: aws.String(want.Inputs["root"].Value()), PolicyType: types.PolicyType(want.Ref.Name)})
		return err
	})
	var already *types.PolicyTypeAlreadyEnabledException
	if err != nil && !errors.As(err, &already) {
		return nil, err
	}
	return resume(ctx, s, want, want.Ref.Name)
}

// resume looks whether the type is enabled by now: AWS answers at once and
// settles later, and refuses attachments until then.
func resume(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error) {
	root, err := orgs.ReadRoot(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, t := range root.PolicyTypes {
		if string(t.Type) == want.Ref.Name && t.Status == types.PolicyTypeStatusEnabled {
			return map[string]string{"id": want.Ref.Name}, nil
		}
	}
	return nil, &kind.Pending{Token: token, Again: settle}
}

func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	root, err := orgs.ReadRoot(ctx, s)
	if err != nil {
		return err
	}
	_, err = s.Organizations().DisablePolicyType(ctx, &organizations.DisablePolicyTypeInput{
		RootId: root.Id, PolicyType: types.PolicyType(have.Ref.Name)})
	var not *types.PolicyTypeNotEnabledException
	if err != nil && !errors.As(err, &not) {
		return err
	}
	return nil
}

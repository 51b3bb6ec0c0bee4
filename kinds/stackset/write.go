package stackset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// batch is how many units one operation takes (CloudFormation API reference,
// CreateStackInstances, read 2026-11).
const batch = 50

// capabilities let a template make a role with a name of its own.
var capabilities = []types.Capability{types.CapabilityCapabilityNamedIam}

// create lets CloudFormation in, makes the stack set with our mark on it, and
// deploys it. One of the name that is there by now is ours if it bears our mark.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	young, err := activate(ctx, s)
	if err != nil {
		return nil, err
	}
	name := want.Ref.Name
	in := &cloudformation.CreateStackSetInput{
		StackSetName: &name, PermissionModel: types.PermissionModelsServiceManaged, Capabilities: capabilities,
		TemplateBody: aws.String(want.Attrs[template].Value()), AutoDeployment: autoOf(want), Description: aws.String(description),
		Tags: tagList(orgs.Wanted(want), self.Mark(s.Payer(), want, handedTrust(want))),
	}
	var wait []string
	if young { // CloudFormation may not know everywhere yet that it was let in
		wait = []string{"ValidationError"}
	}
	err = orgs.Settle(ctx, s, wait, func() error {
		_, err := client(s).CreateStackSet(cloud.WithoutRepeat(ctx), in)
		return err
	})
	var exists *types.NameAlreadyExistsException
	switch {
	case errors.As(err, &exists) || cloud.Lost(err):
		if err := mine(ctx, s, name, err); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	return converge(ctx, s, want, token{})
}

// mine checks that a stack set which is there by now bears our mark; cause is
// why it should be there.
func mine(ctx context.Context, s *cloud.Session, name string, cause error) error {
	d, err := describe(ctx, s, name)
	var gone *types.StackSetNotFoundException
	switch {
	case errors.As(err, &gone):
		return fmt.Errorf("%w; AWS does not show it, apply again", cause)
	case err != nil:
		return err
	}
	switch owner := tagMap(d.Tags)[orgs.KeyPayer]; owner {
	case s.Payer():
		return nil
	case "":
		return fmt.Errorf("%s exists and is not ours; plan again", name)
	default:
		return fmt.Errorf("%s exists and bears the mark of payer %q", name, owner)
	}
}

// activate lets CloudFormation into the organization. Trusted access that
// Organizations gives is not enough, so CloudFormation's own call is made. It
// says whether it was made just now.
func activate(ctx context.Context, s *cloud.Session) (young bool, err error) {
	status, err := readAccess(ctx, s)
	if err != nil || status == string(types.OrganizationStatusEnabled) {
		return false, err
	}
	if _, err := client(s).ActivateOrganizationsAccess(ctx, &cloudformation.ActivateOrganizationsAccessInput{}); err != nil {
		return false, fmt.Errorf("let stack sets into the organization: %w", err)
	}
	return true, nil
}

func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	if !want.Attrs[access].Equal(have.Attrs[access]) {
		if _, err := activate(ctx, s); err != nil {
			return nil, err
		}
	}
	return converge(ctx, s, want, token{})
}

// converge makes the next step that is missing, and ends where none is. A step
// that begins an operation is pending; resume comes back here after it.
func converge(ctx context.Context, s *cloud.Session, want resource.Object, t token) (map[string]string, error) {
	d, err := describe(ctx, s, want.Ref.Name)
	if err != nil {
		return nil, err
	}
	r := reader{s: s}
	have := r.object(d)
	if t.did(updated) == 0 {
		if needsUpdate(s, have, want) {
			return nil, begin(ctx, s, want.Ref.Name, t, updated, func(id *string) error { return send(ctx, s, d, want, id) })
		}
		if failed := targets(want.Facts[factRetry]); t.did(retried) < len(failed) {
			return nil, begin(ctx, s, want.Ref.Name, t, retried, func(id *string) error { return retry(ctx, s, want, failed[t.did(retried)], id) })
		}
	}
	missing := missing(d, want)
	if n := min(len(missing), batch); n > 0 && t.did(created) <= (len(missing)+len(d.OrganizationalUnitIds))/batch {
		return nil, begin(ctx, s, want.Ref.Name, t, created, func(id *string) error {
			return deploy(ctx, s, want, &types.DeploymentTargets{OrganizationalUnitIds: missing[:n]}, preferences(want), id)
		})
	}
	if without := targets(want.Facts[factLacking]); t.did(filled) < len(without) {
		return nil, begin(ctx, s, want.Ref.Name, t, filled, func(id *string) error {
			return deploy(ctx, s, want, without[t.did(filled)], ofAll(want), id)
		})
	}
	if stuck := want.Facts[factStuck]; stuck != "" {
		return have.Outputs, fmt.Errorf("the stacks in %s are inoperable, and CloudFormation updates them no more: take their instances out of the stack set with RetainStacks, and delete the stacks there",
			words.Some(strings.Split(stuck, ","), shown))
	}
	return have.Outputs, nil
}

// deploy makes the stacks of some targets.
func deploy(ctx context.Context, s *cloud.Session, want resource.Object, to *types.DeploymentTargets, how *types.StackSetOperationPreferences, id *string) error {
	_, err := client(s).CreateStackInstances(ctx, &cloudformation.CreateStackInstancesInput{
		StackSetName: &want.Ref.Name, OperationId: id, Regions: []string{want.Inputs[region].Value()}, DeploymentTargets: to, OperationPreferences: how})
	return err
}

// retry tries the stacks again that failed, and lets all others alone. The set
// itself is what it was.
func retry(ctx context.Context, s *cloud.Session, want resource.Object, to *types.DeploymentTargets, id *string) error {
	_, err := client(s).UpdateStackSet(ctx, &cloudformation.UpdateStackSetInput{
		StackSetName: &want.Ref.Name, OperationId: id, Capabilities: capabilities, UsePreviousTemplate: aws.Bool(true), Description: aws.String(description),
		Regions: []string{want.Inputs[region].Value()}, DeploymentTargets: to, OperationPreferences: ofAll(want)})
	return err
}

// missing are the wanted units that the stack set does not deploy to, sorted.
func missing(d *types.StackSet, want resource.Object) []string {
	var ids []string
	for key, id := range want.Inputs {
		if strings.HasPrefix(key, unit) && !slices.Contains(d.OrganizationalUnitIds, id.Value()) {
			ids = append(ids, id.Value())
		}
	}
	slices.Sort(ids)
	return ids
}

// needsUpdate says whether the set itself differs, so that all its stacks are to
// be brought up to date.
func needsUpdate(s *cloud.Session, have, want resource.Object) bool {
	for _, key := range []string{template, auto, retain} {
		if !want.Attrs[key].Equal(have.Attrs[key]) {
			return true
		}
	}
	if set, drop := orgs.TagChanges(have, want); len(set)+len(drop) > 0 || owns(s, have, want) || self.Takes(have, want) {
		return true
	}
	_, differs := self.Retag(have, want, handedTrust(want))
	return differs
}

// owns says whether an update sets the mark.
func owns(s *cloud.Session, have, want resource.Object) bool {
	return want.Facts[resource.FactAdopt] == "own" && have.Owner != s.Payer()
}

// send updates the set and with it all its stacks. The tags replace those that
// are there, so these are sent again.
func send(ctx context.Context, s *cloud.Session, d *types.StackSet, want resource.Object, id *string) error {
	tags := tagMap(d.Tags)
	for k, v := range want.Attrs {
		if key, ok := strings.CutPrefix(k, "tags."); ok && v.IsNone() {
			delete(tags, key)
		}
	}
	maps.Copy(tags, orgs.Wanted(want))
	if want.Facts[resource.FactAdopt] == "own" || tags[orgs.KeyPayer] == s.Payer() {
		maps.Copy(tags, self.Mark(s.Payer(), want, handedTrust(want)))
	}
	if want.Attrs[self.Handoff].IsNone() {
		delete(tags, orgs.KeyHandoff)
	}
	_, err := client(s).UpdateStackSet(ctx, &cloudformation.UpdateStackSetInput{
		StackSetName: &want.Ref.Name, OperationId: id, Capabilities: capabilities, TemplateBody: aws.String(want.Attrs[template].Value()),
		AutoDeployment: autoOf(want), Tags: tagList(tags), Description: aws.String(description), OperationPreferences: preferences(want)})
	return err
}

// description is that of every stack set of ours.
const description = "A role in the members of units; its template is kept by a payer file"

func autoOf(want resource.Object) *types.AutoDeployment {
	return &types.AutoDeployment{Enabled: aws.Bool(true), RetainStacksOnAccountRemoval: aws.Bool(want.Attrs[retain].Value() == "true")}
}

// preferences say how many accounts are worked on at once, and how many may
// fail. The one does not narrow the other: with AWS's default no more accounts
// would be worked on than may fail, and one.
func preferences(want resource.Object) *types.StackSetOperationPreferences {
	p := &types.StackSetOperationPreferences{ConcurrencyMode: types.ConcurrencyModeSoftFailureTolerance}
	if n, percent := amount(want.Inputs[tolerance].Value()); percent {
		p.FailureTolerancePercentage = n
	} else {
		p.FailureToleranceCount = n
	}
	if n, percent := amount(want.Inputs[concurrent].Value()); percent {
		p.MaxConcurrentPercentage = n
	} else {
		p.MaxConcurrentCount = n
	}
	return p
}

// ofAll are the preferences of an operation on some stacks: a percentage that may
// fail is one of all that the set has.
func ofAll(want resource.Object) *types.StackSetOperationPreferences {
	p := preferences(want)
	if percent := p.FailureTolerancePercentage; percent != nil {
		all, _ := strconv.ParseInt(want.Facts[factStacks], 10, 32) // made of a number
		p.FailureToleranceCount, p.FailureTolerancePercentage = aws.Int32(int32(all)**percent/100), nil
	}
	return p
}

// amount reads what spec.Amount writes.
func amount(s string) (n *int32, percent bool) {
	digits, percent := strings.CutSuffix(s, "%")
	v, _ := strconv.ParseInt(digits, 10, 32) // made of a number
	return aws.Int32(int32(v)), percent
}

func tagList(sets ...map[string]string) []types.Tag {
	var tags []types.Tag
	for _, t := range orgs.List(sets...) {
		tags = append(tags, types.Tag{Key: t.Key, Value: t.Value})
	}
	return tags
}

// remove takes the role out of the accounts of a unit, or of all units and then
// deletes the stack set.
func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	return removeNext(ctx, s, have, token{steps: deleting})
}

// removeNext makes the next step of a delete: the units batch by batch, or just
// accounts of one where units below it stay, then the set itself.
func removeNext(ctx context.Context, s *cloud.Session, have resource.Object, t token) error {
	set, _, _ := strings.Cut(have.Ref.Name, "@")
	one := have.Facts[factUnit]
	if next := leaving(have); t.did(deleted) < len(next) {
		return begin(ctx, s, set, t, deleted, func(id *string) error {
			_, err := client(s).DeleteStackInstances(ctx, &cloudformation.DeleteStackInstancesInput{
				StackSetName: &set, OperationId: id, Regions: strings.Split(have.Outputs["regions"], ","), RetainStacks: aws.Bool(false),
				DeploymentTargets:    next[t.did(deleted)],
				OperationPreferences: &types.StackSetOperationPreferences{MaxConcurrentCount: aws.Int32(10), ConcurrencyMode: types.ConcurrencyModeSoftFailureTolerance}})
			return err
		})
	}
	if one != "" {
		return nil
	}
	_, err := client(s).DeleteStackSet(ctx, &cloudformation.DeleteStackSetInput{StackSetName: &set})
	var gone *types.StackSetNotFoundException
	var busy *types.OperationInProgressException
	switch {
	case errors.As(err, &gone):
		return nil
	case errors.As(err, &busy):
		other, err := underWay(ctx, s, set)
		if err != nil {
			return err
		}
		if other == "" {
			other = nothing
		}
		return token{operation: other, steps: t.steps}.wait()
	}
	return err
}

// leaving are the targets of the operations that a delete takes.
func leaving(have resource.Object) []*types.DeploymentTargets {
	units := strings.FieldsFunc(have.Outputs["units"], func(r rune) bool { return r == ',' })
	if one := have.Facts[factUnit]; one != "" {
		if accounts, narrow := have.Facts[factAccounts]; narrow {
			return targets(one + "=" + accounts)
		}
		units = []string{one}
	}
	var all []*types.DeploymentTargets
	for chunk := range slices.Chunk(units, batch) {
		all = append(all, &types.DeploymentTargets{OrganizationalUnitIds: chunk})
	}
	return all
}

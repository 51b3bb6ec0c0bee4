package stackset

import (
	"cmp"
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
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// client is CloudFormation in the payer's home region, where its stack sets live.
func client(s *cloud.Session) *cloudformation.Client {
	return cloudformation.NewFromConfig(s.Config(""))
}

// live reads every stack set of the home region: those of our permission model
// with their tags, and of those that are wanted what is under way or failed.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if _, ok := orgs.Organization(read); !ok {
		return nil, nil
	}
	summaries, err := listSets(ctx, s)
	if err != nil {
		return nil, err
	}
	r := reader{s: s, p: p, wanted: map[string]spec.MemberRole{}, units: unitsByID(read)}
	if p != nil {
		r.keep = self.Of(p)
		for _, m := range deployedBySets(p) {
			r.wanted[m.StackSet.Name] = m
		}
	}
	found := make([][]resource.Object, len(summaries))
	err = orgs.Each(ctx, summaries, func(ctx context.Context, i int, sum types.StackSetSummary) (err error) {
		found[i], err = r.set(ctx, sum)
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

func listSets(ctx context.Context, s *cloud.Session) ([]types.StackSetSummary, error) {
	var all []types.StackSetSummary
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := client(s).ListStackSets(ctx, &cloudformation.ListStackSetsInput{Status: types.StackSetStatusActive, NextToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Summaries...)
		return page.NextToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list stack sets: %w", err)
	}
	return all, nil
}

// unitsByID gives the path of every unit; that of the root is empty.
func unitsByID(read *resource.State) map[string]string {
	units := map[string]string{}
	if org, ok := orgs.Organization(read); ok {
		units[org.Outputs["rootId"]] = ""
	}
	for o := range read.Kind("ou") {
		units[o.ID()] = o.Ref.Name
	}
	return units
}

// reader reads stack sets.
type reader struct {
	s      *cloud.Session
	p      *spec.Payer
	wanted map[string]spec.MemberRole
	units  map[string]string
	keep   self.Set
}

// set reads one. One that was deleted meanwhile is nothing.
func (r reader) set(ctx context.Context, sum types.StackSetSummary) ([]resource.Object, error) {
	name := aws.ToString(sum.StackSetName)
	m, wanted := r.wanted[name]
	if !wanted && sum.PermissionModel != types.PermissionModelsServiceManaged {
		return []resource.Object{{Ref: spec.StackSetRef(name), OwnerRead: true, Outputs: map[string]string{"id": aws.ToString(sum.StackSetId)}}}, nil
	}
	d, err := describe(ctx, r.s, name)
	var gone *types.StackSetNotFoundException
	switch {
	case errors.As(err, &gone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	o := r.object(d)
	if !wanted {
		r.keep.Keep(o)
		return []resource.Object{o}, r.countRemovals(ctx, &o, "")
	}
	if err := r.state(ctx, &o); err != nil {
		return nil, err
	}
	extra, err := r.extra(ctx, m, d, o)
	return append([]resource.Object{o}, extra...), err
}

func describe(ctx context.Context, s *cloud.Session, name string) (*types.StackSet, error) {
	out, err := client(s).DescribeStackSet(ctx, &cloudformation.DescribeStackSetInput{StackSetName: &name})
	if err != nil {
		return nil, fmt.Errorf("read stack set %s: %w", name, err)
	}
	return out.StackSet, nil
}

// object is the live object of a stack set.
func (r reader) object(d *types.StackSet) resource.Object {
	body := aws.ToString(d.TemplateBody)
	if n, err := normal(body); err == nil {
		body = n
	}
	o := resource.Object{
		Ref: spec.StackSetRef(aws.ToString(d.StackSetName)), Facts: map[string]string{},
		Attrs: resource.Attrs{template: resource.Lit(body), instances: resource.Lit(current)},
		Outputs: map[string]string{"id": aws.ToString(d.StackSetId), "arn": aws.ToString(d.StackSetARN), "name": aws.ToString(d.StackSetName),
			"units": strings.Join(d.OrganizationalUnitIds, ","), "regions": strings.Join(d.Regions, ",")},
	}
	if a := d.AutoDeployment; a != nil {
		word := "disabled"
		if aws.ToBool(a.Enabled) {
			word = "enabled"
		}
		o.Attrs[auto] = resource.Lit(word)
		o.Attrs[retain] = resource.Lit(strconv.FormatBool(aws.ToBool(a.RetainStacksOnAccountRemoval)))
	}
	if d.PermissionModel != types.PermissionModelsServiceManaged {
		o.Facts[resource.FactBlocked] = "it is self-managed: reconciler works with service-managed stack sets"
	}
	if len(d.Regions) > 0 {
		o.Attrs[region] = resource.Lit(strings.Join(d.Regions, ", "))
	}
	for _, id := range d.OrganizationalUnitIds {
		if path, ok := r.units[id]; ok {
			o.Attrs[unitAttr(path)] = resource.Lit(deployed)
			o.After = append(o.After, ou.Ref(path))
		}
	}
	o = orgs.Confirm(o, tagMap(d.Tags))
	self.Handed(&o, cmp.Or(trustOf(body), body))
	return o
}

func tagMap(tags []types.Tag) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return all
}

// state reads whether CloudFormation is let in, what it has under way, and where
// the stacks are not what the set says.
func (r reader) state(ctx context.Context, o *resource.Object) error {
	status, err := readAccess(ctx, r.s)
	if err != nil {
		return err
	}
	o.Attrs[access] = resource.Lit(status)
	op, err := underWay(ctx, r.s, o.Outputs["name"])
	if err != nil {
		return err
	}
	if op != "" {
		o.Attrs[instances] = resource.Lit("operation " + op + " is under way")
		if o.Owner == r.s.Payer() {
			o.Pending = token{operation: op}.String()
		}
		return nil
	}
	bad, err := broken(ctx, r.s, o.Outputs["name"])
	if err == nil && bad != "" {
		o.Attrs[instances] = resource.Lit(bad)
	}
	return err
}

func readAccess(ctx context.Context, s *cloud.Session) (string, error) {
	out, err := client(s).DescribeOrganizationsAccess(ctx, &cloudformation.DescribeOrganizationsAccessInput{})
	if err != nil {
		return "", fmt.Errorf("read the organization's access for stack sets: %w", err)
	}
	return string(out.Status), nil
}

// shown is how many accounts a text names.
const shown = 5

// broken says where stacks are not what the set says, "" where they all are. It
// asks for those alone: there may be ten thousand others.
func broken(ctx context.Context, s *cloud.Session, name string) (string, error) {
	var all []string
	for _, status := range []types.StackInstanceDetailedStatus{types.StackInstanceDetailedStatusFailed,
		types.StackInstanceDetailedStatusCancelled, types.StackInstanceDetailedStatusInoperable} {
		filter := []types.StackInstanceFilter{{Name: types.StackInstanceFilterNameDetailedStatus, Values: aws.String(string(status))}}
		err := eachInstance(ctx, s, name, filter, func(i types.StackInstanceSummary) {
			all = append(all, strings.TrimSuffix(fmt.Sprintf("%s %s: %s", aws.ToString(i.Account), status, aws.ToString(i.StatusReason)), ": "))
		})
		if err != nil {
			return "", err
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d not current: %s", len(all), some(all)), nil
}

// some are the first of many, in one line.
func some(all []string) string {
	if more := len(all) - shown; more > 0 {
		return strings.Join(all[:shown], "; ") + fmt.Sprintf("; and %d more", more)
	}
	return strings.Join(all, "; ")
}

func eachInstance(ctx context.Context, s *cloud.Session, name string, filter []types.StackInstanceFilter, f func(types.StackInstanceSummary)) error {
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := client(s).ListStackInstances(ctx, &cloudformation.ListStackInstancesInput{StackSetName: &name, Filters: filter, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, i := range page.Summaries {
			f(i)
		}
		return page.NextToken, nil
	})
	if err != nil {
		return fmt.Errorf("list stacks of %s: %w", name, err)
	}
	return nil
}

// factUnit is the id of the unit that an object without a wish of its own is:
// one that the stack set deploys to and the file does not name.
const factUnit = "unit"

// extra are the units that the set deploys to and the file does not name: each
// an object of its own, left or, where prune says so, taken away.
func (r reader) extra(ctx context.Context, m spec.MemberRole, d *types.StackSet, set resource.Object) ([]resource.Object, error) {
	var all []resource.Object
	for _, id := range d.OrganizationalUnitIds {
		path, known := r.units[id]
		if known && slices.Contains(m.OUs, path) {
			continue
		}
		label, after := id, []resource.Ref{set.Ref}
		if known {
			label, after = ou.Ref(path).String(), append(after, ou.Ref(path))
		}
		o := resource.Object{Ref: resource.Ref{Kind: set.Ref.Kind, Name: set.Ref.Name + "@" + label}, After: after,
			Facts: map[string]string{factUnit: id}, Outputs: maps.Clone(set.Outputs), Owner: set.Owner, OwnerRead: set.OwnerRead}
		o.Outputs["id"] += "@" + id
		if m.Handoff && !r.p.Run.AllowSelf {
			o.Facts[resource.FactProtected] = "its role is handed to a vendor" + self.Lift
		}
		if err := r.countRemovals(ctx, &o, id); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// countRemovals notes how many accounts lose the role with the object, where it
// may come to that.
func (r reader) countRemovals(ctx context.Context, o *resource.Object, unitID string) error {
	if r.p == nil || !r.p.Safety.Prune || o.Owner != r.s.Payer() {
		return nil
	}
	n := 0
	err := eachInstance(ctx, r.s, o.Outputs["name"], nil, func(i types.StackInstanceSummary) {
		if unitID == "" || aws.ToString(i.OrganizationalUnitId) == unitID {
			n++
		}
	})
	if n > 1 {
		o.Facts[resource.FactRemovals] = strconv.Itoa(n)
	}
	return err
}

// confirm reads the mark of a stack set afresh.
func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	if have.Outputs["name"] == "" {
		return have, nil // it is self-managed, and nothing of ours is
	}
	d, err := describe(ctx, s, have.Outputs["name"])
	var gone *types.StackSetNotFoundException
	switch {
	case errors.As(err, &gone):
		have.Facts = maps.Clone(have.Facts)
		have.Facts[resource.FactAbsent], have.OwnerRead = "true", true
		return have, nil
	case err != nil:
		return have, err
	}
	return orgs.Confirm(have, tagMap(d.Tags)), nil
}

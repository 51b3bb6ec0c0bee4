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
	"github.com/payer-reconciler/reconciler/words"
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
	r := reader{s: s, p: p, read: read, wanted: map[string]spec.MemberRole{}, units: unitsByID(read)}
	if p != nil {
		r.members, r.keep = places(p, read, r.units), self.Strict(p)
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
	read   *resource.State
	wanted map[string]spec.MemberRole
	units  map[string]string
	// members are where the accounts are.
	members map[string]place
	keep    self.Set
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
		return []resource.Object{o}, r.countAll(ctx, &o)
	}
	list, err := listStacks(ctx, r.s, name)
	if err != nil {
		return nil, err
	}
	o.After = nil // of units that it is to leave: these are objects of their own
	for _, path := range m.OUs {
		if _, on := o.Attrs[unitAttr(path)]; on {
			o.After = append(o.After, ou.Ref(path))
		}
	}
	if err := r.state(ctx, &o, m, d, list); err != nil {
		return nil, err
	}
	r.first(&o, m, d)
	return append([]resource.Object{o}, r.extra(m, d, o, list)...), nil
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
			"units": strings.Join(r.there(d.OrganizationalUnitIds), ","), "regions": strings.Join(d.Regions, ",")},
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

// there are the units of a list that there are; CloudFormation goes on naming
// one that was deleted, and takes nothing out of it.
func (r reader) there(ids []string) []string {
	if r.units == nil {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, known := r.units[id]; return !known })
}

func tagMap(tags []types.Tag) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return all
}

// state reads whether CloudFormation is let in and what it has under way; where
// that is nothing, it says which stacks are not what the set says, or are not there.
func (r reader) state(ctx context.Context, o *resource.Object, m spec.MemberRole, d *types.StackSet, list []types.StackInstanceSummary) error {
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
	var texts []string
	for _, text := range []string{r.broken(o, m, d, list), r.lacking(o, m, d, list)} {
		if text != "" {
			texts = append(texts, text)
		}
	}
	if texts != nil {
		o.Attrs[instances] = resource.Lit(strings.Join(texts, "; "))
	}
	return nil
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

// reasons are the first of many sentences of AWS, in one line: these have commas
// of their own.
func reasons(all []string) string {
	if len(all) <= shown+1 {
		return strings.Join(all, "; ")
	}
	return strings.Join(all[:shown], "; ") + "; and " + words.Comma(len(all)-shown) + " more"
}

// The facts of an object without a wish of its own, a unit that the stack set
// deploys to and the file does not name: its id and, where units below it stay,
// the accounts that lose the role.
const (
	factUnit     = "unit"
	factAccounts = "accounts"
)

// extra are the units that the set deploys to and the file does not name: each
// an object of its own, left or, where prune says so, taken away. One below a
// unit that the file names is none: to take it away would take the role from
// accounts that keep it, and there is nothing in it to take. Nor is one that was
// deleted, where nobody has a stack through it.
func (r reader) extra(m spec.MemberRole, d *types.StackSet, set resource.Object, list []types.StackInstanceSummary) []resource.Object {
	var all []resource.Object
	for _, id := range d.OrganizationalUnitIds {
		path, known := r.units[id]
		if _, kept := withinAny(path, m.OUs); known && kept || !known && r.holds(id, list) == 0 {
			continue
		}
		label, after := id, []resource.Ref{set.Ref}
		if known {
			label, after = ou.Ref(path).String(), append(after, ou.Ref(path))
		}
		o := resource.Object{Ref: resource.Ref{Kind: set.Ref.Kind, Name: set.Ref.Name + "@" + label}, After: after,
			Facts: map[string]string{factUnit: id}, Outputs: maps.Clone(set.Outputs), Owner: set.Owner, OwnerRead: set.OwnerRead}
		o.Outputs["id"] += "@" + id
		n := 0
		if below := unitsBelow(path, known, m.OUs); below != nil {
			n = r.narrow(&o, path, below, list)
		} else {
			n = r.holds(id, list)
			if known {
				r.keepUntilMoved(&o, path, m.OUs)
			}
		}
		if n > 0 && m.Handoff {
			o.Facts[resource.FactProtected] = "its role is handed to a vendor" + self.Lift
		}
		r.counts(&o, n)
		all = append(all, o)
	}
	return all
}

// unitsBelow are the units below a path.
func unitsBelow(path string, known bool, units []string) []string {
	var below []string
	for _, u := range units {
		if known && within(u, path) {
			below = append(below, u)
		}
	}
	return below
}

// narrow says of a unit that goes while units below it stay who loses the role.
// CloudFormation takes it from whole units, those below too, and it takes it from
// single accounts; but then it goes on deploying to what comes into the unit.
func (r reader) narrow(o *resource.Object, path string, below []string, list []types.StackInstanceSummary) int {
	losers := r.losers(path, below, list)
	if len(losers) == 0 {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("CloudFormation goes on deploying to what comes into %s, and to end that would take the role from %s too; "+
			"name the former, or apply the file without the role and then with it: between the two nobody has it", ou.Ref(path), ou.Ref(below[0]))
	}
	o.Facts[factAccounts] = strings.Join(losers, ",")
	return len(losers)
}

// counts notes how many accounts lose the role with the object, where it may come
// to that.
func (r reader) counts(o *resource.Object, n int) {
	if n > 1 && r.prunes(*o) {
		o.Facts[resource.FactRemovals] = strconv.Itoa(n)
	}
}

func (r reader) prunes(o resource.Object) bool {
	return r.p != nil && r.p.Safety.Prune && o.Owner == r.s.Payer()
}

// countAll notes how many accounts lose the role with the whole of a set.
func (r reader) countAll(ctx context.Context, o *resource.Object) error {
	if !r.prunes(*o) {
		return nil
	}
	list, err := listStacks(ctx, r.s, o.Outputs["name"])
	r.counts(o, len(list))
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

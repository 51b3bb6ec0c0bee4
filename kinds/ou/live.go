package ou

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// unit is one live unit while the tree is read.
type unit struct {
	id, arn, name string
	awsPath       string // of the unit itself
	path          string // of names: as the payer file has it, where it names the unit
	children      []*unit
}

// live walks the whole tree, a level at a time, for accounts may sit in units
// that no file names.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	org, ok := orgs.Organization(read)
	if !ok {
		return nil, nil
	}
	root := &unit{id: org.Outputs["rootId"], awsPath: org.Outputs["rootPath"]}
	for level := []*unit{root}; len(level) > 0; {
		err := orgs.Each(ctx, level, func(ctx context.Context, _ int, u *unit) error { return readChildren(ctx, s, u) })
		if err != nil {
			return nil, err
		}
		var next []*unit
		for _, u := range level {
			next = append(next, u.children...)
		}
		level = next
	}
	var wanted []spec.OU
	if p != nil {
		wanted = p.OUs
	}
	if err := identify(ctx, s, root, wanted); err != nil {
		return nil, err
	}
	var bulk map[string]map[string]string
	keys := tagKeys(p)
	if len(keys) > 0 {
		var err error
		if bulk, err = orgs.BulkTags(ctx, s, "organizations:ou"); err != nil {
			return nil, err
		}
	}
	return objects(root, bulk, keys), nil
}

func readChildren(ctx context.Context, s *cloud.Session, u *unit) error {
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := s.Organizations().ListOrganizationalUnitsForParent(ctx,
			&organizations.ListOrganizationalUnitsForParentInput{ParentId: aws.String(u.id), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, c := range page.OrganizationalUnits {
			id := aws.ToString(c.Id)
			u.children = append(u.children, &unit{id: id, arn: aws.ToString(c.Arn), name: aws.ToString(c.Name),
				awsPath: u.awsPath + id + "/"})
		}
		return page.NextToken, nil
	})
	if err != nil {
		return fmt.Errorf("list units under %s: %w", u.id, err)
	}
	slices.SortStableFunc(u.children, func(a, b *unit) int { return compareNames(a, b) })
	return nil
}

func compareNames(a, b *unit) int {
	switch {
	case a.name < b.name:
		return -1
	case a.name > b.name:
		return 1
	}
	return 0
}

// tagKeys are the tag keys that the file sets on any unit.
func tagKeys(p *spec.Payer) map[string]bool {
	keys := map[string]bool{}
	if p == nil {
		return keys
	}
	for o := range p.AllOUs() {
		for k := range o.Tags {
			keys[k] = true
		}
	}
	return keys
}

func objects(root *unit, bulk map[string]map[string]string, keys map[string]bool) []resource.Object {
	var all []resource.Object
	var walk func(parent *unit)
	walk = func(parent *unit) {
		hangs := []resource.Ref{Ref(parent.path)}
		for _, u := range parent.children {
			o := resource.Object{
				Ref: Ref(u.path), Attrs: resource.Attrs{"name": resource.Lit(u.name)}, After: hangs,
				Outputs: map[string]string{"id": u.id, "arn": u.arn, "path": u.awsPath},
			}
			orgs.AddBulk(&o, bulk[u.arn], keys)
			all = append(all, o)
			walk(u)
		}
	}
	walk(root)
	return all
}

// identify gives every live unit its path: the one of the wanted unit that it
// is, by its name, a name it had (previously), or our mark, else its own names.
func identify(ctx context.Context, s *cloud.Session, parent *unit, wanted []spec.OU) error {
	claimed := map[*unit]spec.OU{}
	byName := map[string]*unit{}
	for _, c := range parent.children {
		byName[c.name] = c
	}
	var missing []spec.OU
	for _, w := range wanted {
		c, err := match(w, byName)
		if err != nil {
			return err
		}
		if c == nil {
			missing = append(missing, w)
			continue
		}
		claimed[c] = w
	}
	if err := matchMarks(ctx, s, parent, missing, claimed); err != nil {
		return err
	}
	for _, c := range parent.children {
		w, ok := claimed[c]
		c.path = resource.JoinPath(parent.path, c.name)
		if ok {
			c.path = w.Path
		}
		if err := identify(ctx, s, c, w.OUs); err != nil {
			return err
		}
	}
	return nil
}

// match finds the live unit of a wanted one by its name or a name it had. Both
// alive is an error: nobody can say which one is meant.
func match(w spec.OU, byName map[string]*unit) (*unit, error) {
	found := byName[w.Name]
	for _, old := range w.Previously {
		c := byName[old.Value]
		switch {
		case c == nil:
		case found != nil:
			return nil, fmt.Errorf("%s: previously: both %q (%s) and %q (%s) are alive; "+
				"take %q out of previously, or empty and delete one of the two", old.Pos, found.name, found.id, c.name, c.id, old.Value)
		default:
			found = c
		}
	}
	return found, nil
}

// matchMarks looks among the units that nobody claims for those that bear the
// mark of a missing one: they were renamed behind our back.
func matchMarks(ctx context.Context, s *cloud.Session, parent *unit, missing []spec.OU, claimed map[*unit]spec.OU) error {
	var free []*unit
	for _, c := range parent.children {
		if _, ok := claimed[c]; !ok {
			free = append(free, c)
		}
	}
	if len(missing) == 0 || len(free) == 0 {
		return nil
	}
	tags := make([]map[string]string, len(free))
	err := orgs.Each(ctx, free, func(ctx context.Context, i int, u *unit) (err error) {
		if tags[i], err = orgs.ReadTags(ctx, s, u.id); orgs.Gone(err) {
			return nil // the list lags: it bears nobody's mark
		}
		return err
	})
	if err != nil {
		return err
	}
	var still []spec.OU
	for _, w := range missing {
		if !claim(w, free, tags, claimed, func(t map[string]string) bool {
			return t[orgs.KeyPayer] == s.Payer() && t[orgs.KeyName] == orgs.MarkName(w.Path)
		}) {
			still = append(still, w)
		}
	}
	// A unit above was renamed since: the mark has the path of then. Its last
	// step is the unit's own, and no unit leaves its parent.
	for _, w := range still {
		claim(w, free, tags, claimed, func(t map[string]string) bool {
			names := resource.SplitPath(t[orgs.KeyName])
			return t[orgs.KeyPayer] == s.Payer() && len(names) > 0 && names[len(names)-1] == w.Name
		})
	}
	return nil
}

// claim gives w the first unit that nobody has and whose tags are right.
func claim(w spec.OU, free []*unit, tags []map[string]string, claimed map[*unit]spec.OU, right func(map[string]string) bool) bool {
	for i, u := range free {
		if _, taken := claimed[u]; !taken && right(tags[i]) {
			claimed[u] = w
			return true
		}
	}
	return false
}

func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	return orgs.Fresh(ctx, s, have)
}

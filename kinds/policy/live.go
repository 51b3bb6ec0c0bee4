package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// live lists the policies of every type that is enabled or that the file
// names, and reads the documents of those that the file names, and of all of a
// type that the file switches off. That of one that left the file is read by
// [content] where a plan is judged by it.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if _, ok := orgs.Organization(read); !ok {
		return nil, nil
	}
	var objects []resource.Object
	var described []int // indexes of the objects whose document is needed
	for _, policyType := range policyTypes(p, read) {
		summaries, err := orgs.ListPolicies(ctx, s, policyType)
		if err != nil {
			return nil, err
		}
		refs, err := identify(ctx, s, p, policyType, summaries)
		if err != nil {
			return nil, err
		}
		for _, sum := range summaries {
			ref, wanted := refs[aws.ToString(sum.Id)]
			if !wanted {
				ref = spec.PolicyRef(policyType, aws.ToString(sum.Name))
			}
			o := summarized(ref, sum)
			if wanted || !sum.AwsManaged && (p == nil || goes(p, policyType)) {
				described = append(described, len(objects))
			}
			if !wanted && p != nil {
				o.Facts[factUnnamed] = "true"
			}
			objects = append(objects, o)
		}
	}
	err := orgs.Each(ctx, described, func(ctx context.Context, _, i int) error { return describe(ctx, s, &objects[i]) })
	if err != nil {
		return nil, err
	}
	if err := addTags(ctx, s, p, objects); err != nil {
		return nil, err
	}
	return objects, nil
}

// factUnnamed is on a policy that the file does not name.
const factUnnamed = "unnamed"

// goes says that the file switches off one of the two policy types that bind
// requests: what its policies deny, whosever they are, ends with it, and is read
// to be told.
func goes(p *spec.Payer, policyType string) bool {
	return (policyType == spec.SCP || policyType == spec.RCP) && slices.ContainsFunc(p.Organization.Absent, func(n spec.Name) bool { return n.Value == policyType })
}

// policyTypes are the types to list, sorted.
func policyTypes(p *spec.Payer, read *resource.State) []string {
	all := map[string]bool{}
	for t := range read.Kind("policy-type") {
		if t.Facts[resource.FactAbsent] == "" {
			all[t.Ref.Name] = true
		}
	}
	if p != nil {
		for _, w := range p.Policies {
			all[w.Type] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func summarized(ref resource.Ref, sum types.PolicySummary) resource.Object {
	o := resource.Object{
		Ref: ref,
		Attrs: resource.Attrs{"name": resource.Lit(aws.ToString(sum.Name)),
			"description": resource.Lit(aws.ToString(sum.Description))},
		Outputs: map[string]string{"id": aws.ToString(sum.Id), "arn": aws.ToString(sum.Arn)},
		Facts:   map[string]string{resource.FactPolicyType: string(sum.Type)},
	}
	if sum.AwsManaged {
		o.Facts[resource.FactSystem] = "true"
	}
	if sum.AwsManaged && aws.ToString(sum.Name) == spec.FullAWSAccess {
		o.Facts[resource.FactAllows] = "true"
	}
	return o
}

func describe(ctx context.Context, s *cloud.Session, o *resource.Object) error {
	out, err := s.Organizations().DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(o.ID())})
	if err != nil {
		return fmt.Errorf("read policy %s (%s): %w", o.Attrs["name"].Value(), o.ID(), err)
	}
	content := []byte(aws.ToString(out.Policy.Content))
	policyType := string(out.Policy.PolicySummary.Type)
	document, err := iampolicy.CanonicalFor(policyType, content)
	if err != nil {
		document = string(content) // not a policy as we know it: shown as it is
	}
	o.Attrs["document"] = resource.Lit(document)
	if policyType == spec.SCP {
		o.Facts[resource.FactAllows] = strconv.FormatBool(iampolicy.Allows(content))
	}
	return nil
}

// content reads the document of a policy that the file does not name.
func content(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	have.Attrs, have.Facts = maps.Clone(have.Attrs), maps.Clone(have.Facts)
	return have, describe(ctx, s, &have)
}

// identify says which live policy is which wanted one: by its name, a name it
// had, or our mark. The map is by policy id.
func identify(ctx context.Context, s *cloud.Session, p *spec.Payer, policyType string, live []types.PolicySummary) (map[string]resource.Ref, error) {
	refs := map[string]resource.Ref{}
	if p == nil {
		return refs, nil
	}
	byName := map[string]types.PolicySummary{}
	for _, sum := range live {
		if old, ok := byName[aws.ToString(sum.Name)]; ok {
			return nil, fmt.Errorf("two policies of type %s are named %q: %s and %s", policyType,
				aws.ToString(sum.Name), aws.ToString(old.Id), aws.ToString(sum.Id))
		}
		byName[aws.ToString(sum.Name)] = sum
	}
	missing := map[string]resource.Ref{} // by the name in the mark
	for _, w := range p.Policies {
		if w.Type != policyType {
			continue
		}
		id, err := match(w, byName)
		if err != nil {
			return nil, err
		}
		if id == "" {
			missing[orgs.MarkName(w.Ref().Name)] = w.Ref()
		} else {
			refs[id] = w.Ref()
		}
	}
	if len(missing) == 0 {
		return refs, nil
	}
	return refs, identifyMarked(ctx, s, live, missing, refs)
}

func match(w spec.Policy, byName map[string]types.PolicySummary) (string, error) {
	found := aws.ToString(byName[w.Name].Id)
	for _, old := range w.Previously {
		id := aws.ToString(byName[old.Value].Id)
		switch {
		case id == "":
		case found != "":
			return "", fmt.Errorf("%s: previously: both policy %q (%s) and %q (%s) are alive; "+
				"take %q out of previously, or detach and delete one of the two", old.Pos, w.Name, found, old.Value, id, old.Value)
		default:
			found = id
		}
	}
	return found, nil
}

// identifyMarked looks among the policies that nobody claims for those that
// bear the mark of a missing one: they were renamed behind our back.
func identifyMarked(ctx context.Context, s *cloud.Session, live []types.PolicySummary, missing, refs map[string]resource.Ref) error {
	var free []types.PolicySummary
	for _, sum := range live {
		if _, ok := refs[aws.ToString(sum.Id)]; !ok && !sum.AwsManaged {
			free = append(free, sum)
		}
	}
	tags := make([]map[string]string, len(free))
	err := orgs.Each(ctx, free, func(ctx context.Context, i int, sum types.PolicySummary) (err error) {
		if tags[i], err = orgs.ReadTags(ctx, s, aws.ToString(sum.Id)); orgs.Gone(err) {
			return nil // the list lags: it bears nobody's mark
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, sum := range free {
		ref, ok := missing[tags[i][orgs.KeyName]]
		if ok && tags[i][orgs.KeyPayer] == s.Payer() {
			refs[aws.ToString(sum.Id)] = ref
			delete(missing, tags[i][orgs.KeyName])
		}
	}
	return nil
}

// addTags puts in the tags that the file sets on any policy, from one bulk read.
func addTags(ctx context.Context, s *cloud.Session, p *spec.Payer, objects []resource.Object) error {
	keys := map[string]bool{}
	if p != nil {
		for _, w := range p.Policies {
			for k := range w.Tags {
				keys[k] = true
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	bulk, err := orgs.BulkTags(ctx, s, "organizations:policy")
	if err != nil {
		return err
	}
	for i := range objects {
		orgs.AddBulk(&objects[i], bulk[objects[i].Outputs["arn"]], keys)
	}
	return nil
}

// confirm reads the mark, and for a policy of ours where it is attached: it is
// asked only of policies that change, or that left the file.
func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	have, err := orgs.Fresh(ctx, s, have)
	if err != nil {
		return have, err
	}
	if have.Facts[factUnnamed] == "" || have.Owner != s.Payer() {
		return have, nil
	}
	ids, err := reach(ctx, s, have)
	if err != nil {
		return have, err
	}
	slices.Sort(ids)
	facts := maps.Clone(have.Facts)
	facts[resource.FactAttachments] = strconv.Itoa(len(ids))
	facts[resource.FactTargets] = strings.Join(ids, " ")
	have.Facts = facts
	return have, nil
}

// reach lists what a policy hangs on.
func reach(ctx context.Context, s *cloud.Session, have resource.Object) ([]string, error) {
	targets, err := orgs.ListTargets(ctx, s, have.ID())
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = aws.ToString(t.TargetId)
	}
	return ids, nil
}

package kindtest

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// This file is what others do in the payer: each method acts with the SDK's own
// client and ends the test where AWS refuses.

// Allow is the document of a policy that allows all, Deny of one that denies
// some action.
const Allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// Deny is the document of a policy that denies an action.
func Deny(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"` + action + `","Resource":"*"}]}`
}

// Must gives the value of a call that must not fail.
func Must[T any](r *Rig) func(T, error) T {
	return func(v T, err error) T {
		r.Helper()
		if err != nil {
			r.Fatal(err)
		}
		return v
	}
}

// Organize makes an organization and gives the id of its root.
func (r *Rig) Organize() string {
	r.Helper()
	Must[*organizations.CreateOrganizationOutput](r)(r.Org().CreateOrganization(r.Context(),
		&organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll}))
	return r.Root()
}

// Root gives the id of the root.
func (r *Rig) Root() string {
	r.Helper()
	out := Must[*organizations.ListRootsOutput](r)(r.Org().ListRoots(r.Context(), &organizations.ListRootsInput{}))
	return aws.ToString(out.Roots[0].Id)
}

// Tags gives tags in AWS's form: key, value, key, value.
func Tags(kv ...string) []types.Tag {
	var tags []types.Tag
	for i := 0; i < len(kv); i += 2 {
		tags = append(tags, types.Tag{Key: aws.String(kv[i]), Value: aws.String(kv[i+1])})
	}
	return tags
}

// Unit makes a unit and gives its id.
func (r *Rig) Unit(parent, name string, tags ...types.Tag) string {
	r.Helper()
	out := Must[*organizations.CreateOrganizationalUnitOutput](r)(r.Org().CreateOrganizationalUnit(r.Context(),
		&organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name, Tags: tags}))
	return aws.ToString(out.OrganizationalUnit.Id)
}

// Policy makes a policy of a type and gives its id.
func (r *Rig) Policy(policyType types.PolicyType, name, content string, tags ...types.Tag) string {
	r.Helper()
	out := Must[*organizations.CreatePolicyOutput](r)(r.Org().CreatePolicy(r.Context(), &organizations.CreatePolicyInput{
		Name: &name, Type: policyType, Content: &content, Description: aws.String(""), Tags: tags}))
	return aws.ToString(out.Policy.PolicySummary.Id)
}

// Attach attaches a policy to a node.
func (r *Rig) Attach(policy, target string) {
	r.Helper()
	Must[*organizations.AttachPolicyOutput](r)(r.Org().AttachPolicy(r.Context(),
		&organizations.AttachPolicyInput{PolicyId: &policy, TargetId: &target}))
}

// Detach detaches a policy from a node.
func (r *Rig) Detach(policy, target string) {
	r.Helper()
	Must[*organizations.DetachPolicyOutput](r)(r.Org().DetachPolicy(r.Context(),
		&organizations.DetachPolicyInput{PolicyId: &policy, TargetId: &target}))
}

// Tag sets tags of anything.
func (r *Rig) Tag(id string, tags ...types.Tag) {
	r.Helper()
	Must[*organizations.TagResourceOutput](r)(r.Org().TagResource(r.Context(),
		&organizations.TagResourceInput{ResourceId: &id, Tags: tags}))
}

// Untag takes tags off anything.
func (r *Rig) Untag(id string, keys ...string) {
	r.Helper()
	Must[*organizations.UntagResourceOutput](r)(r.Org().UntagResource(r.Context(),
		&organizations.UntagResourceInput{ResourceId: &id, TagKeys: keys}))
}

// TagsOf reads the tags of anything.
func (r *Rig) TagsOf(id string) map[string]string {
	r.Helper()
	out := Must[*organizations.ListTagsForResourceOutput](r)(r.Org().ListTagsForResource(r.Context(),
		&organizations.ListTagsForResourceInput{ResourceId: &id}))
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

// Account makes an account, waits for it on a fast clock and gives its id.
func (r *Rig) Account(name, email string, tags ...types.Tag) string {
	r.Helper()
	out := Must[*organizations.CreateAccountOutput](r)(r.Org().CreateAccount(r.Context(),
		&organizations.CreateAccountInput{AccountName: &name, Email: &email, Tags: tags}))
	st := Must[*organizations.DescribeCreateAccountStatusOutput](r)(r.Org().DescribeCreateAccountStatus(r.Context(),
		&organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: out.CreateAccountStatus.Id}))
	if st.CreateAccountStatus.State != types.CreateAccountStateSucceeded {
		r.Fatalf("account %s: %s %s", name, st.CreateAccountStatus.State, st.CreateAccountStatus.FailureReason)
	}
	return aws.ToString(st.CreateAccountStatus.AccountId)
}

// Move moves an account.
func (r *Rig) Move(id, from, to string) {
	r.Helper()
	Must[*organizations.MoveAccountOutput](r)(r.Org().MoveAccount(r.Context(),
		&organizations.MoveAccountInput{AccountId: &id, SourceParentId: &from, DestinationParentId: &to}))
}

// Close closes an account.
func (r *Rig) Close(id string) {
	r.Helper()
	Must[*organizations.CloseAccountOutput](r)(r.Org().CloseAccount(r.Context(), &organizations.CloseAccountInput{AccountId: &id}))
}

// Accounts lists every member account by its email, as AWS has it now, whatever
// its lists show.
func (r *Rig) Accounts() map[string]types.Account {
	r.Helper()
	all := map[string]types.Account{}
	r.tree(r.Root(), func(id string) {
		out := Must[*organizations.DescribeAccountOutput](r)(r.Org().DescribeAccount(r.Context(),
			&organizations.DescribeAccountInput{AccountId: &id}))
		if id == Account {
			return
		}
		email := aws.ToString(out.Account.Email)
		if old, twice := all[email]; twice {
			r.Errorf("%s has two accounts: %s and %s", email, aws.ToString(old.Id), id)
		}
		all[email] = *out.Account
	})
	return all
}

// tree visits every account. ListChildren never lags.
func (r *Rig) tree(parent string, visit func(id string)) {
	r.Helper()
	for _, id := range r.children(parent, types.ChildTypeAccount) {
		visit(id)
	}
	for _, id := range r.children(parent, types.ChildTypeOrganizationalUnit) {
		r.tree(id, visit)
	}
}

func (r *Rig) children(parent string, of types.ChildType) []string {
	r.Helper()
	var ids []string
	p := organizations.NewListChildrenPaginator(r.Org(), &organizations.ListChildrenInput{ParentId: &parent, ChildType: of})
	for p.HasMorePages() {
		for _, c := range Must[*organizations.ListChildrenOutput](r)(p.NextPage(r.Context())).Children {
			ids = append(ids, aws.ToString(c.Id))
		}
	}
	return ids
}

// UnitIDs gives the units right under a node by name.
func (r *Rig) UnitIDs(parent string) map[string]string {
	r.Helper()
	all := map[string]string{}
	for _, id := range r.children(parent, types.ChildTypeOrganizationalUnit) {
		out := Must[*organizations.DescribeOrganizationalUnitOutput](r)(r.Org().DescribeOrganizationalUnit(r.Context(),
			&organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: &id}))
		all[aws.ToString(out.OrganizationalUnit.Name)] = id
	}
	return all
}

// PolicyIDs gives the policies of a type by name.
func (r *Rig) PolicyIDs(policyType types.PolicyType) map[string]string {
	r.Helper()
	all := map[string]string{}
	for _, p := range Must[*organizations.ListPoliciesOutput](r)(r.Org().ListPolicies(r.Context(),
		&organizations.ListPoliciesInput{Filter: policyType})).Policies {
		if _, twice := all[aws.ToString(p.Name)]; twice {
			r.Errorf("two policies are named %s", aws.ToString(p.Name))
		}
		all[aws.ToString(p.Name)] = aws.ToString(p.Id)
	}
	return all
}

// Attached gives the names of the policies of a type on a node, sorted.
func (r *Rig) Attached(target string, policyType types.PolicyType) []string {
	r.Helper()
	var names []string
	for _, p := range Must[*organizations.ListPoliciesForTargetOutput](r)(r.Org().ListPoliciesForTarget(r.Context(),
		&organizations.ListPoliciesForTargetInput{TargetId: &target, Filter: policyType})).Policies {
		names = append(names, aws.ToString(p.Name))
	}
	slices.Sort(names)
	return names
}

// Services gives the principals that have trusted access.
func (r *Rig) Services() []string {
	r.Helper()
	var all []string
	for _, s := range Must[*organizations.ListAWSServiceAccessForOrganizationOutput](r)(r.Org().ListAWSServiceAccessForOrganization(r.Context(),
		&organizations.ListAWSServiceAccessForOrganizationInput{})).EnabledServicePrincipals {
		all = append(all, aws.ToString(s.ServicePrincipal))
	}
	return all
}

// EnableType enables a policy type.
func (r *Rig) EnableType(policyType types.PolicyType) {
	r.Helper()
	root := r.Root()
	Must[*organizations.EnablePolicyTypeOutput](r)(r.Org().EnablePolicyType(r.Context(),
		&organizations.EnablePolicyTypeInput{RootId: &root, PolicyType: policyType}))
	r.Root() // who asks, settles it
}

// EnabledTypes gives the policy types that the root has enabled.
func (r *Rig) EnabledTypes() []string {
	r.Helper()
	var all []string
	out := Must[*organizations.ListRootsOutput](r)(r.Org().ListRoots(r.Context(), &organizations.ListRootsInput{}))
	for _, t := range out.Roots[0].PolicyTypes {
		if t.Status == types.PolicyTypeStatusEnabled {
			all = append(all, string(t.Type))
		}
	}
	return all
}

// CatchUp asks for lists until none of them lags any more.
func (r *Rig) CatchUp() {
	r.Helper()
	for range r.lag {
		Must[*organizations.ListAccountsOutput](r)(r.Org().ListAccounts(r.Context(), &organizations.ListAccountsInput{}))
	}
}

// Fail makes every call of an operation answer that AWS broke down.
func (r *Rig) Fail(operation string) {
	r.Sim.Inject(awssim.Fault{Operation: operation, Kind: awssim.ServerError})
}

// Order gives the writes since the log was reset that hold any of the words,
// in AWS's own order.
func (r *Rig) Order(words ...string) []string {
	var ops []string
	for _, c := range r.Sim.Calls() {
		if c.Write && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(c.Operation, w) }) {
			ops = append(ops, c.Operation)
		}
	}
	return ops
}

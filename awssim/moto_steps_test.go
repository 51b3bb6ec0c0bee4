package awssim_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// vars are the ids that one server gave, under the names of this test.
type vars = map[string]string

// motoSteps are calls in an order in which each makes sense. A step keeps the
// ids that later ones need.
var motoSteps = []step{
	{"who am I", func(r *rig, v vars) (any, error) {
		out, err := r.sts.GetCallerIdentity(r.ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return nil, err
		}
		return map[string]any{"Account": out.Account}, nil // Arn and UserId are the emulator's own
	}, ""},
	{"before the organization", func(r *rig, v vars) (any, error) {
		return r.org.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{})
	}, ""},
	{"accounts before the organization", func(r *rig, v vars) (any, error) {
		return r.org.ListAccounts(r.ctx, &organizations.ListAccountsInput{})
	}, "moto answers an empty list, AWS AWSOrganizationsNotInUseException"},
	{"create the organization", func(r *rig, v vars) (any, error) {
		return r.org.CreateOrganization(r.ctx, &organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll})
	}, ""},
	{"create it again", func(r *rig, v vars) (any, error) {
		return r.org.CreateOrganization(r.ctx, &organizations.CreateOrganizationInput{})
	}, ""},
	{"describe it", func(r *rig, v vars) (any, error) {
		return r.org.DescribeOrganization(r.ctx, &organizations.DescribeOrganizationInput{})
	}, ""},
	{"the root", func(r *rig, v vars) (any, error) {
		out, err := r.org.ListRoots(r.ctx, &organizations.ListRootsInput{})
		if err == nil {
			v["root"] = *out.Roots[0].Id
		}
		return out, err
	}, ""},
	{"enable SCPs", func(r *rig, v vars) (any, error) {
		return r.org.EnablePolicyType(r.ctx, &organizations.EnablePolicyTypeInput{RootId: aws.String(v["root"]), PolicyType: scpType})
	}, "moto enables at once, AWS answers PENDING_ENABLE"},
	{"the root with SCPs", func(r *rig, v vars) (any, error) { return r.org.ListRoots(r.ctx, &organizations.ListRootsInput{}) }, ""},
	{"enable SCPs again", func(r *rig, v vars) (any, error) {
		return r.org.EnablePolicyType(r.ctx, &organizations.EnablePolicyTypeInput{RootId: aws.String(v["root"]), PolicyType: scpType})
	}, ""},
	{"make a unit", func(r *rig, v vars) (any, error) { return makeUnit(r, v, "labs", "root", "Labs") }, ""},
	{"make a unit below", func(r *rig, v vars) (any, error) { return makeUnit(r, v, "trial", "labs", "Trial") }, ""},
	{"rename a unit", func(r *rig, v vars) (any, error) {
		return r.org.UpdateOrganizationalUnit(r.ctx, &organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: aws.String(v["trial"]), Name: aws.String("Trials")})
	}, ""},
	{"describe a unit", func(r *rig, v vars) (any, error) {
		return r.org.DescribeOrganizationalUnit(r.ctx, &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: aws.String(v["trial"])})
	}, ""},
	{"the units under the root", func(r *rig, v vars) (any, error) {
		return r.org.ListOrganizationalUnitsForParent(r.ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: aws.String(v["root"])})
	}, ""},
	{"the parent of a unit", func(r *rig, v vars) (any, error) {
		return r.org.ListParents(r.ctx, &organizations.ListParentsInput{ChildId: aws.String(v["trial"])})
	}, ""},
	{"the children of a unit", func(r *rig, v vars) (any, error) {
		return r.org.ListChildren(r.ctx, &organizations.ListChildrenInput{ParentId: aws.String(v["labs"]), ChildType: types.ChildTypeOrganizationalUnit})
	}, ""},
	{"make a policy", func(r *rig, v vars) (any, error) {
		out, err := r.org.CreatePolicy(r.ctx, &organizations.CreatePolicyInput{Name: aws.String("Deny"), Description: aws.String("d"), Type: scpType, Content: aws.String(scp)})
		if err == nil {
			v["policy"] = *out.Policy.PolicySummary.Id
		}
		return out, err
	}, ""},
	{"make it again", func(r *rig, v vars) (any, error) {
		return r.org.CreatePolicy(r.ctx, &organizations.CreatePolicyInput{Name: aws.String("Deny"), Description: aws.String("d"), Type: scpType, Content: aws.String(scp)})
	}, ""},
	{"change it", func(r *rig, v vars) (any, error) {
		return r.org.UpdatePolicy(r.ctx, &organizations.UpdatePolicyInput{PolicyId: aws.String(v["policy"]), Description: aws.String("e")})
	}, ""},
	{"describe it", func(r *rig, v vars) (any, error) {
		return r.org.DescribePolicy(r.ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(v["policy"])})
	}, ""},
	{"describe AWS's", func(r *rig, v vars) (any, error) {
		return r.org.DescribePolicy(r.ctx, &organizations.DescribePolicyInput{PolicyId: aws.String("p-FullAWSAccess")})
	}, "moto's document of it has blanks"},
	{"the policies", func(r *rig, v vars) (any, error) {
		return r.org.ListPolicies(r.ctx, &organizations.ListPoliciesInput{Filter: scpType})
	}, ""},
	{"attach it", func(r *rig, v vars) (any, error) { return nothing(r.attach(v["policy"], v["labs"])) }, ""},
	{"attach it twice", func(r *rig, v vars) (any, error) { return nothing(r.attach(v["policy"], v["labs"])) }, "moto accepts it, AWS DuplicatePolicyAttachmentException"},
	{"attach it to nothing", func(r *rig, v vars) (any, error) { return nothing(r.attach(v["policy"], "ou-abcd-12345678")) }, "moto OrganizationalUnitNotFoundException, AWS TargetNotFoundException"},
	{"the policies of a unit", func(r *rig, v vars) (any, error) {
		return r.org.ListPoliciesForTarget(r.ctx, &organizations.ListPoliciesForTargetInput{TargetId: aws.String(v["labs"]), Filter: scpType})
	}, ""},
	{"the targets of a policy", func(r *rig, v vars) (any, error) {
		return r.org.ListTargetsForPolicy(r.ctx, &organizations.ListTargetsForPolicyInput{PolicyId: aws.String(v["policy"])})
	}, ""},
	{"delete a policy in use", func(r *rig, v vars) (any, error) { return nothing(r.remove(v["policy"])) }, ""},
	{"make an account", func(r *rig, v vars) (any, error) {
		out, err := r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: aws.String("lab"), Email: aws.String("lab@example.com")})
		if err == nil {
			v["request"] = *out.CreateAccountStatus.Id
		}
		return out, err
	}, "moto is SUCCEEDED at once, AWS IN_PROGRESS"},
	{"how far it is", func(r *rig, v vars) (any, error) {
		out, err := r.org.DescribeCreateAccountStatus(r.ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String(v["request"])})
		if err == nil {
			v["account"] = *out.CreateAccountStatus.AccountId
		}
		return out, err
	}, ""},
	{"an unknown request", func(r *rig, v vars) (any, error) {
		return r.org.DescribeCreateAccountStatus(r.ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String("car-00000000")})
	}, "moto AccountNotFoundException, AWS CreateAccountStatusNotFoundException"},
	{"describe the account", func(r *rig, v vars) (any, error) {
		return r.org.DescribeAccount(r.ctx, &organizations.DescribeAccountInput{AccountId: aws.String(v["account"])})
	}, ""},
	{"move it from a wrong parent", func(r *rig, v vars) (any, error) { return nothing(r.move(v["account"], v["trial"], v["labs"])) }, "moto only asks that the source exists"},
	{"where it is", func(r *rig, v vars) (any, error) {
		return r.org.ListParents(r.ctx, &organizations.ListParentsInput{ChildId: aws.String(v["account"])})
	}, "moto moved it in the step before"},
	{"move it", func(r *rig, v vars) (any, error) { return nothing(r.move(v["account"], v["root"], v["labs"])) }, ""},
	{"move it again", func(r *rig, v vars) (any, error) { return nothing(r.move(v["account"], v["root"], v["labs"])) }, "moto accepts it, AWS DuplicateAccountException"},
	{"the accounts of a unit", func(r *rig, v vars) (any, error) {
		return r.org.ListAccountsForParent(r.ctx, &organizations.ListAccountsForParentInput{ParentId: aws.String(v["labs"])})
	}, ""},
	{"tag it", func(r *rig, v vars) (any, error) {
		return r.org.TagResource(r.ctx, &organizations.TagResourceInput{ResourceId: aws.String(v["account"]), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}, {Key: aws.String("c"), Value: aws.String("")}}})
	}, ""},
	{"take a tag off", func(r *rig, v vars) (any, error) {
		return r.org.UntagResource(r.ctx, &organizations.UntagResourceInput{ResourceId: aws.String(v["account"]), TagKeys: []string{"c"}})
	}, ""},
	{"its tags", func(r *rig, v vars) (any, error) {
		return r.org.ListTagsForResource(r.ctx, &organizations.ListTagsForResourceInput{ResourceId: aws.String(v["account"])})
	}, ""},
	{"trust a service", func(r *rig, v vars) (any, error) {
		return r.org.EnableAWSServiceAccess(r.ctx, &organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("guardduty.amazonaws.com")})
	}, ""},
	{"the trusted services", func(r *rig, v vars) (any, error) {
		return r.org.ListAWSServiceAccessForOrganization(r.ctx, &organizations.ListAWSServiceAccessForOrganizationInput{})
	}, ""},
	{"delegate it", func(r *rig, v vars) (any, error) {
		return r.org.RegisterDelegatedAdministrator(r.ctx, &organizations.RegisterDelegatedAdministratorInput{AccountId: aws.String(v["account"]), ServicePrincipal: aws.String("guardduty.amazonaws.com")})
	}, ""},
	{"the administrators", func(r *rig, v vars) (any, error) {
		return r.org.ListDelegatedAdministrators(r.ctx, &organizations.ListDelegatedAdministratorsInput{})
	}, ""},
	{"what it administers", func(r *rig, v vars) (any, error) {
		return r.org.ListDelegatedServicesForAccount(r.ctx, &organizations.ListDelegatedServicesForAccountInput{AccountId: aws.String(v["account"])})
	}, ""},
	{"take it off", func(r *rig, v vars) (any, error) { return nothing(r.detach(v["policy"], v["labs"])) }, ""},
	{"take it off twice", func(r *rig, v vars) (any, error) { return nothing(r.detach(v["policy"], v["labs"])) }, "moto accepts it, AWS PolicyNotAttachedException"},
	{"delete it", func(r *rig, v vars) (any, error) { return nothing(r.remove(v["policy"])) }, ""},
	{"describe what is gone", func(r *rig, v vars) (any, error) {
		return r.org.DescribePolicy(r.ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(v["policy"])})
	}, ""},
	{"delete the unit below", func(r *rig, v vars) (any, error) {
		return r.org.DeleteOrganizationalUnit(r.ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: aws.String(v["trial"])})
	}, ""},
	{"delete an organization with members", func(r *rig, v vars) (any, error) {
		return r.org.DeleteOrganization(r.ctx, &organizations.DeleteOrganizationInput{})
	}, ""},
}

const scpType = types.PolicyTypeServiceControlPolicy

func nothing(err error) (any, error) { return map[string]any{}, err }

func (r *rig) remove(policy string) error {
	return err2(r.org.DeletePolicy(r.ctx, &organizations.DeletePolicyInput{PolicyId: &policy}))
}

func makeUnit(r *rig, v vars, as, parent, name string) (any, error) {
	out, err := r.org.CreateOrganizationalUnit(r.ctx, &organizations.CreateOrganizationalUnitInput{ParentId: aws.String(v[parent]), Name: &name})
	if err == nil {
		v[as] = *out.OrganizationalUnit.Id
	}
	return out, err
}

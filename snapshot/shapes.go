package snapshot

import (
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// The services, as the SDK calls them.
const (
	inOrganizations = "Organizations"
	inTagging       = "Resource Groups Tagging API"
	inAccount       = "Account"
	inIAM           = "IAM"
	inS3            = "S3"
	inReports       = "Cost and Usage Report Service"
	inQuotas        = "Service Quotas"
	inStacks        = "CloudFormation"
	inSTS           = "STS"
)

// shapes are the operations that a file can hold, by service, with an output to
// read into. None of them writes.
func shapes() map[string]map[string]any {
	return map[string]map[string]any{
		inSTS: {"GetCallerIdentity": sts.GetCallerIdentityOutput{}, assumeRole: sts.AssumeRoleOutput{}},
		inOrganizations: {
			"DescribeOrganization": organizations.DescribeOrganizationOutput{}, "ListRoots": organizations.ListRootsOutput{},
			"ListAWSServiceAccessForOrganization": organizations.ListAWSServiceAccessForOrganizationOutput{},
			"ListOrganizationalUnitsForParent":    organizations.ListOrganizationalUnitsForParentOutput{},
			"ListAccounts":                        organizations.ListAccountsOutput{},
			"ListAccountsForParent":               organizations.ListAccountsForParentOutput{},
			"DescribeAccount":                     organizations.DescribeAccountOutput{},
			"ListParents":                         organizations.ListParentsOutput{},
			"ListCreateAccountStatus":             organizations.ListCreateAccountStatusOutput{},
			"ListPolicies":                        organizations.ListPoliciesOutput{},
			"DescribePolicy":                      organizations.DescribePolicyOutput{},
			"ListPoliciesForTarget":               organizations.ListPoliciesForTargetOutput{},
			"ListTargetsForPolicy":                organizations.ListTargetsForPolicyOutput{},
			"ListTagsForResource":                 organizations.ListTagsForResourceOutput{},
		},
		inTagging: {"GetResources": tagging.GetResourcesOutput{}},
		inAccount: {"GetAlternateContact": account.GetAlternateContactOutput{}},
		inIAM: {
			"GetAccountAuthorizationDetails": iam.GetAccountAuthorizationDetailsOutput{},
			"GetRole":                        iam.GetRoleOutput{}, "ListRoleTags": iam.ListRoleTagsOutput{},
			"ListUserTags": iam.ListUserTagsOutput{}, "ListPolicyTags": iam.ListPolicyTagsOutput{},
			"ListAccessKeys": iam.ListAccessKeysOutput{}, "GetLoginProfile": iam.GetLoginProfileOutput{},
			"ListMFADevices": iam.ListMFADevicesOutput{}, "ListSSHPublicKeys": iam.ListSSHPublicKeysOutput{},
			"ListSigningCertificates":        iam.ListSigningCertificatesOutput{},
			"ListServiceSpecificCredentials": iam.ListServiceSpecificCredentialsOutput{},
			"ListInstanceProfilesForRole":    iam.ListInstanceProfilesForRoleOutput{},
		},
		inS3: {
			"ListBuckets": s3.ListBucketsOutput{}, "HeadBucket": s3.HeadBucketOutput{}, "GetBucketLocation": s3.GetBucketLocationOutput{},
			"GetBucketVersioning": s3.GetBucketVersioningOutput{}, "GetBucketEncryption": s3.GetBucketEncryptionOutput{},
			"GetBucketOwnershipControls": s3.GetBucketOwnershipControlsOutput{}, "GetPublicAccessBlock": s3.GetPublicAccessBlockOutput{},
			"GetBucketLifecycleConfiguration": s3.GetBucketLifecycleConfigurationOutput{},
			"GetBucketTagging":                s3.GetBucketTaggingOutput{}, "GetBucketPolicy": s3.GetBucketPolicyOutput{},
		},
		inReports: {"DescribeReportDefinitions": cur.DescribeReportDefinitionsOutput{}, "ListTagsForResource": cur.ListTagsForResourceOutput{}},
		inQuotas: {
			"ListServiceQuotas": servicequotas.ListServiceQuotasOutput{}, "ListAWSDefaultServiceQuotas": servicequotas.ListAWSDefaultServiceQuotasOutput{},
			"GetServiceQuota": servicequotas.GetServiceQuotaOutput{},
			"ListRequestedServiceQuotaChangeHistoryByQuota": servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaOutput{},
		},
		inStacks: {
			"ListStackSets": cloudformation.ListStackSetsOutput{}, "DescribeStackSet": cloudformation.DescribeStackSetOutput{},
			"DescribeOrganizationsAccess": cloudformation.DescribeOrganizationsAccessOutput{},
			"ListStackSetOperations":      cloudformation.ListStackSetOperationsOutput{}, "ListStackInstances": cloudformation.ListStackInstancesOutput{},
		},
	}
}

// typed are the errors that the kinds know by their Go type, by code.
func typed(code string, message *string) smithy.APIError {
	switch code {
	case "AWSOrganizationsNotInUseException":
		return &orgtypes.AWSOrganizationsNotInUseException{Message: message}
	case "TargetNotFoundException":
		return &orgtypes.TargetNotFoundException{Message: message}
	case "NoSuchEntity":
		return &iamtypes.NoSuchEntityException{Message: message}
	case "StackSetNotFoundException":
		return &cfntypes.StackSetNotFoundException{Message: message}
	}
	return &smithy.GenericAPIError{Code: code, Message: *message}
}

// sizes are the members that say how much an answer may hold.
var sizes = []string{"MaxResults", "MaxItems", "MaxBuckets", "ResourcesPerPage"}

var (
	moment   = reflect.TypeFor[time.Time]()
	metadata = reflect.TypeFor[middleware.Metadata]()
)

// plain is a shape of the SDK as JSON has it: without what is not there.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		if v.Type() == moment {
			return v.Interface()
		}
		return members(v)
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Interface()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	}
	return v.Interface()
}

// members are those of a structure that are there. A pointer to nothing, and
// what is nothing without one, is not.
func members(v reflect.Value) map[string]any {
	all := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Type == metadata || v.Field(i).IsZero() {
			continue
		}
		all[f.Name] = plain(v.Field(i))
	}
	return all
}

// asked is an input as a file has it, and as questions are told apart by.
func asked(operation string, input any) ([]byte, error) {
	all := members(reflect.Indirect(reflect.ValueOf(input)))
	for name := range all {
		if slices.Contains(sizes, name) || operation == assumeRole && name != "RoleArn" {
			delete(all, name)
		}
	}
	return encode(all)
}

const assumeRole = "AssumeRole"

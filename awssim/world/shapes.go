package world

import (
	"strconv"
	"time"
)

// Time is a moment that JSON shows as AWS's JSON protocols do: seconds since
// 1970, with milliseconds.
type Time struct{ time.Time }

// MarshalJSON gives the seconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1000, 'f', -1, 64), nil
}

// The structures below are the shapes of the service model that bear the same
// names; their fields are the model's members.
type (
	// Tag is a key and its value.
	Tag struct{ Key, Value string }

	// PolicyTypeSummary says how far a policy type is enabled.
	PolicyTypeSummary struct{ Type, Status string }

	// Organization is what DescribeOrganization answers.
	Organization struct {
		Id, Arn, FeatureSet                                   string
		MasterAccountArn, MasterAccountId, MasterAccountEmail string
		AvailablePolicyTypes                                  []PolicyTypeSummary
	}

	// Root is the top of an organization's tree.
	Root struct {
		Id, Arn, Name string
		PolicyTypes   []PolicyTypeSummary
	}

	// OrganizationalUnit is a unit with its path of ids.
	OrganizationalUnit struct{ Id, Arn, Name, Path string }

	// Account is a member or the management account. Status is the older form
	// of State.
	Account struct {
		Id, Arn, Email, Name, Status, State string
		Paths                               []string
		JoinedMethod                        string
		JoinedTimestamp                     Time
	}

	// Child and Parent are what the tree calls name.
	Child struct{ Id, Type string }

	// Parent is the node above.
	Parent struct{ Id, Type string }

	// CreateAccountStatus is how far the creation of an account is. It has no
	// email.
	CreateAccountStatus struct {
		Id, AccountName, State string
		RequestedTimestamp     Time
		CompletedTimestamp     *Time  `json:",omitempty"`
		AccountId              string `json:",omitempty"`
		FailureReason          string `json:",omitempty"`
	}

	// PolicySummary is a policy without its document.
	PolicySummary struct {
		Id, Arn, Name, Description, Type string
		AwsManaged                       bool
	}

	// Policy is a policy with its document, as it was sent.
	Policy struct {
		PolicySummary PolicySummary
		Content       string
	}

	// PolicyTarget is a node that a policy is attached to.
	PolicyTarget struct{ TargetId, Arn, Name, Type string }

	// EnabledServicePrincipal is a service with trusted access.
	EnabledServicePrincipal struct {
		ServicePrincipal string
		DateEnabled      Time
	}

	// DelegatedAdministrator is a member that administers a service.
	DelegatedAdministrator struct {
		Id, Arn, Email, Name, Status, State, JoinedMethod string
		JoinedTimestamp, DelegationEnabledDate            Time
	}

	// DelegatedService is a service that a member administers.
	DelegatedService struct {
		ServicePrincipal      string
		DelegationEnabledDate Time
	}

	// ResourceTagMapping is a resource with its tags, as the tagging API tells.
	ResourceTagMapping struct {
		ResourceARN string
		Tags        []Tag
	}
)

package iampolicy

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// IAMLimit is what IAM lets an account and its roles, users, groups and policies
// have. Sizes are characters as [SizeIAM] counts them, but for the last.
type IAMLimit struct {
	InlineUser  int `json:"inlineUser"`  // all inline policies of a user in sum
	InlineGroup int `json:"inlineGroup"` // and of a group
	InlineRole  int `json:"inlineRole"`  // and of a role
	Managed     int `json:"managed"`     // one customer-managed policy
	Trust       int `json:"trust"`       // the trust policy of a role; AWS raises it on request
	Versions    int `json:"versions"`    // of one customer-managed policy

	AttachedRole  int `json:"attachedRole"` // managed policies; AWS raises these three on request
	AttachedUser  int `json:"attachedUser"`
	AttachedGroup int `json:"attachedGroup"`
	GroupsOfUser  int `json:"groupsOfUser"`

	RoleName    int `json:"roleName"` // characters of a name
	UserName    int `json:"userName"`
	GroupName   int `json:"groupName"`
	PolicyName  int `json:"policyName"` // managed and inline
	Path        int `json:"path"`
	Description int `json:"description"`
	Tags        int `json:"tags"`       // of one role, user or policy
	MinSession  int `json:"minSession"` // seconds that MaxSessionDuration may say
	MaxSession  int `json:"maxSession"`
	ExternalID  int `json:"externalID"` // characters; at least 2

	BucketPolicyBytes int `json:"bucketPolicyBytes"` // of a whole bucket policy as sent, white space and all

	Source string `json:"source"` // where the numbers stand
	Date   string `json:"date"`   // the day from which they hold
}

//go:embed iamlimits.json
var iamLimitsJSON []byte

// IAMLimits gives the limits of IAM.
func IAMLimits() IAMLimit { return iamLimits() }

var iamLimits = sync.OnceValue(func() IAMLimit {
	var l IAMLimit
	if err := json.Unmarshal(iamLimitsJSON, &l); err != nil {
		panic("read iamlimits.json: " + err.Error())
	}
	return l
})

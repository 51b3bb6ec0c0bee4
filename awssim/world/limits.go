package world

import "time"

// The figures AWS publishes, kept apart from those of the rest of the module:
// the simulator is an independent check. Source: "Quotas and service limits
// for AWS Organizations", read 2026-05-15 or later.
const (
	maxOUs        = 2000
	maxDepth      = 5
	maxTags       = 50
	maxCreating   = 5
	maxClosing    = 3
	leaveAge      = 4 * 24 * time.Hour
	closedFor     = 90 * 24 * time.Hour
	closeWindow   = 30 * 24 * time.Hour
	minCloseQuota = 250
	maxCloseQuota = 1000
)

// PageMax is the most that an Organizations list gives at once.
const PageMax = 20

// SCP and RCP are the two policy types with rules of their own.
const (
	SCP = "SERVICE_CONTROL_POLICY"
	RCP = "RESOURCE_CONTROL_POLICY"
)

type typeLimit struct {
	size, number, slots int
}

// limits has one row a policy type: characters as sent, policies of the type,
// policies of the type attached to one node. A node has at least one SCP. The
// last five types have no published figures of their own and take those of
// the declarative ones.
var limits = map[string]typeLimit{
	SCP:                                {10240, 10000, 10},
	RCP:                                {5120, 2000, 5},
	"TAG_POLICY":                       {10000, 1000, 10},
	"BACKUP_POLICY":                    {10000, 1000, 10},
	"AISERVICES_OPT_OUT_POLICY":        {2500, 1000, 5},
	"CHATBOT_POLICY":                   {10000, 1000, 5},
	"DECLARATIVE_POLICY_EC2":           {10000, 1000, 10},
	"SECURITYHUB_POLICY":               {10000, 1000, 10},
	"INSPECTOR_POLICY":                 {10000, 1000, 10},
	"UPGRADE_ROLLOUT_POLICY":           {10000, 1000, 10},
	"BEDROCK_POLICY":                   {10000, 1000, 10},
	"S3_POLICY":                        {10000, 1000, 10},
	"NETWORK_SECURITY_DIRECTOR_POLICY": {10000, 1000, 10},
}

// IsPolicyType tells whether AWS Organizations has such a policy type.
func IsPolicyType(t string) bool { _, ok := limits[t]; return ok }

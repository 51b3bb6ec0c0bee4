package awssim

import (
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// rate is a token bucket of AWS: calls a second in the long run, and how many
// at once.
type rate struct{ perSecond, burst float64 }

// awsRates are the rates of the operations in one account, as the user guide of
// AWS Organizations ("Quotas and service limits"), the reference of Account
// Management and that of the Resource Groups Tagging API give them (May 2026).
// It is written down here a second time, so that a slip in what the tool itself
// believes shows as a throttle.
var awsRates = map[string]rate{
	"CreateAccount":                       {0.1, 3},
	"CloseAccount":                        {0.05, 1},
	"RemoveAccountFromOrganization":       {2, 2},
	"MoveAccount":                         {2, 3},
	"DescribeAccount":                     {20, 30},
	"DescribeCreateAccountStatus":         {2, 2},
	"ListCreateAccountStatus":             {5, 8},
	"ListAccounts":                        {8, 12},
	"ListAccountsForParent":               {5, 8},
	"ListParents":                         {5, 8},
	"ListChildren":                        {6, 10},
	"ListRoots":                           {1, 2},
	"DescribeOrganization":                {1, 2},
	"ListOrganizationalUnitsForParent":    {5, 8},
	"DescribeOrganizationalUnit":          {2, 2},
	"CreateOrganizationalUnit":            {1, 2},
	"UpdateOrganizationalUnit":            {2, 3},
	"DeleteOrganizationalUnit":            {2, 3},
	"CreatePolicy":                        {2, 3},
	"UpdatePolicy":                        {2, 3},
	"DeletePolicy":                        {2, 3},
	"DescribePolicy":                      {2, 2},
	"ListPolicies":                        {5, 8},
	"AttachPolicy":                        {2, 3},
	"DetachPolicy":                        {2, 3},
	"ListPoliciesForTarget":               {5, 8},
	"ListTargetsForPolicy":                {5, 8},
	"EnablePolicyType":                    {1, 1},
	"DisablePolicyType":                   {1, 1},
	"EnableAWSServiceAccess":              {1, 2},
	"DisableAWSServiceAccess":             {1, 2},
	"ListAWSServiceAccessForOrganization": {1, 3},
	"TagResource":                         {4, 6},
	"UntagResource":                       {4, 6},
	"ListTagsForResource":                 {10, 15},
	"PutAccountName":                      {1, 1},
	"GetResources":                        {15, 15},
}

// rated are the services that the rates are of. Others have operations of the
// same names.
var rated = map[string]bool{"organizations": true, "account": true, "tagging": true}

// bucket is the rate of one operation in one account.
type bucket struct {
	tokens float64
	at     time.Time
}

type bucketKey struct{ account, operation string }

// throttle takes a token, and answers as AWS does where there is none. A call
// that is refused takes none. The caller holds the lock.
func (s *Server) throttle(c *call) error {
	r, ok := awsRates[c.Operation]
	if !ok || !s.opt.Rates || !rated[c.Service] {
		return nil
	}
	now := s.world.Now()
	k := bucketKey{c.who.Account, c.Operation}
	b, ok := s.buckets[k]
	if !ok {
		b = bucket{r.burst, now}
	}
	b.tokens = min(r.burst, b.tokens+now.Sub(b.at).Seconds()*r.perSecond)
	b.at = now
	const rounding = 1e-6 // of a token: clocks count nanoseconds
	enough := b.tokens >= 1-rounding
	if enough {
		b.tokens--
	}
	s.buckets[k] = b
	if !enough {
		return &world.Error{Code: s.services[c.Service].words.throttled, Message: "The rate of this operation is used up."}
	}
	return nil
}

// Package awssim is AWS as far as this module needs it, simulated over HTTP:
// Organizations, STS, IAM, buckets of S3, CloudFormation's stack sets, Cost and
// Usage Reports, Service Quotas, Account and the Resource Groups Tagging API,
// in their own wire formats, with AWS's rules.
//
// Make a [Server] with [New] or [Load]. Reach it over HTTP (it is an
// [http.Handler]) or, without sockets, through [Server.Transport]. Every
// account id is an account; each may have an organization of its own, and
// AssumeRole goes between them. A key that the server did not issue acts as
// [Options.Account].
//
// Under /_sim/ the same handler has a control port, which moves the clock,
// arms faults, holds calls, and shows and replaces the state; see controlPort
// in control.go for its operations. Requests that a browser's page sends are
// refused there.
//
// # The clock
//
// With [Options.Manual] the clock moves by [Server.Advance] alone, and work
// under way takes CreateTime, SettleTime and CloseTime (10 s, 5 s, 10 min
// where they are zero). Else the clock is the real one, plus what Advance
// added, and work is fast: it takes 50 ms, and is also done when somebody asks
// how far it is. So CreateAccount answers IN_PROGRESS, and the first
// DescribeCreateAccountStatus of it SUCCEEDED or FAILED; EnablePolicyType
// answers PENDING_ENABLE, and the next ListRoots or DescribeOrganization
// finds it ENABLED. A time that is given takes that long on either clock.
//
// A request for a higher quota takes people at AWS an hour a state (QuotaTime):
// PENDING, CASE_OPENED, APPROVED. Where the clock is the real one and no time is
// given, each question about it takes it one state on.
//
// # Buckets
//
// S3 is known by the scope of the credentials. A bucket stands in the path, or
// in the host before localhost, before a name of two parts, or before s3 of
// amazonaws.com. The region is the one that the request is signed for: a bucket
// elsewhere answers 301, or 400 where it stands in the host. Objects are small,
// live in memory, and have no versions; access control lists, uploads in parts
// and keys of KMS are not simulated. The policy of a bucket always decides;
// [Options.BucketTime] keeps the name of a deleted bucket for so long.
//
// # Where AWS's documentation and its users disagree
//
// CreateOrganization with all features enables service control policies in the
// root: so says its documentation, and so does this package. Those who create
// organizations by API report a root without any type enabled
// (aws-cloudformation/cloudformation-coverage-roadmap#1901), and the Terraform
// provider relies on that. [Options.SCPsOff] makes it so.
//
// # Stack sets
//
// CloudFormation is simulated as far as service-managed stack sets of roles go,
// with templates in JSON. CloudFormation's own activation is needed beside
// trusted access; one operation of a set runs at a time and takes StackTime on
// the clock (30 s, or in the sandbox 50 ms and until somebody asks); the
// management account is never deployed to. Accounts that come into a unit or
// leave it are followed by automatic deployments, which queue. A role that is
// there already fails its account's stack. To which units a set deploys is told
// as of the beginning of a CREATE, and of the end of a DELETE that succeeded.
//
// # Roles and who may assume them
//
// AssumeRole holds the caller against the role's trust policy: principal,
// external id, MFA (a serial number of the caller's account and any six digits),
// the longest session, and one hour from a role's session. What a policy names
// must exist. An account that no one has used here is out of sight: whatever
// role or user of it a policy names is taken to exist.
//
// A role or user that was made a moment ago can neither be assumed nor named
// for [Options.RoleSettle]. Roles of [Server.AddRole] are there at once. The
// permanent key of an account ([Server.Key]) belongs to a user that IAM does
// not list and that may do everything.
//
// With [Options.Enforce] each call must be allowed by the caller's inline,
// attached and group policies, its boundary and session policies, and, in a
// member, by the service control policies above it; see enforce.go for the
// actions. Resource control policies are not looked at. Of AWS's own policies
// that have no document here (see world/iam_managed.go) nothing is allowed.
//
// # Rates
//
// With [Options.Rates] every operation has the token bucket that AWS publishes
// for it, in each account, on the clock; see awsRates in rates.go. It starts
// full, and a call that finds it empty answers TooManyRequestsException, or what
// its service calls that, and does nothing.
//
// # Lists that lag
//
// With [Options.LagReads] or [Options.Lag], ListAccounts,
// ListAccountsForParent, ListOrganizationalUnitsForParent, ListPolicies,
// ListPoliciesForTarget, ListTargetsForPolicy, ListCreateAccountStatus,
// GetResources, and IAM's ListRoles, ListUsers, ListGroups, ListPolicies and
// GetAccountAuthorizationDetails show an older state: a write is not in the answers of the next
// LagReads calls of these operations (of any account), nor before Lag has
// passed on the clock. What describes one object, ListRoots, ListParents,
// ListChildren and ListTagsForResource never lag, and an organization is there
// as soon as it is made.
//
// # Records
//
// Every exchange is written as a line of JSON to [Options.Record], or, where
// that is nil and the environment variable RECONCILER_AWS_LOG names a file,
// to the end of that file. internal/conform checks such a file against AWS's
// service models. Secrets, passwords, session tokens and external ids are not in it.
package awssim

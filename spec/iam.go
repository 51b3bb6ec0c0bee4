package spec

import (
	"github.com/payer-reconciler/reconciler/resource"
)

// Role is an IAM role of the payer, or what a [MemberRole] puts into members.
type Role struct {
	Pos  Pos
	Name string
	Path string // "/" where the file says nothing
	// Trust is the document of who may assume the role, minified; made of the
	// short form (accounts, principals, services, externalId, mfa), or as given.
	Trust resource.Text
	// TrustPos is where the trust stands.
	TrustPos    Pos
	Description *resource.Text // nil: not managed
	MaxSession  int            // seconds; 0: not managed
	Boundary    *resource.Text // the ARN of the permissions boundary; nil: not managed; None: absent
	Policies    Policies
	Tags        map[string]*resource.Text
	Adopt       Adopt
	// Handoff says that a vendor works with the role: it is protected.
	Handoff bool
}

// Ref names the role of the payer in a plan.
func (r Role) Ref() resource.Ref { return RoleRef(r.Name) }

// Policies are what is embedded in and attached to a role, user or group. They
// are additive: what is not named stays, unless its list is exact.
type Policies struct {
	Inline  []InlinePolicy
	Managed []ManagedPolicy
	// ExactInline and ExactManaged say that other embedded and attached policies
	// go: the file says exclusive, and sets that list.
	ExactInline, ExactManaged bool
	// Assume says that the file sets assume: what that has made before and is not
	// among these goes. See [AssumeInline] and [AssumePolicy] for its names.
	Assume bool
}

// InlinePolicy is a policy embedded in a role, user or group.
type InlinePolicy struct {
	Pos      Pos
	Name     string
	Document resource.Text // minified; what is sent. None: it must be absent
	Source   string        // the policy file from the repository's root; "" for an inline document
	// Account is the account that a policy of assume lets into: it is of use
	// once that is there, and nothing else waits for it.
	Account *Account
	Assumes string // the role in it that it lets assume
}

// ManagedPolicy is a managed policy that is attached, or must not be.
type ManagedPolicy struct {
	Pos    Pos
	ARN    resource.Text // known from the start for AWS's own; an output of an IAMPolicy else
	Absent bool
	// Assumes is that of the policy, where assume makes it.
	Assumes []AssumedRole
}

// AssumedRole is a role in a member that somebody may assume.
type AssumedRole struct {
	Account *Account
	ARN     resource.Text // known once the account is there
}

// IAMPolicy is a customer-managed policy of the payer.
type IAMPolicy struct {
	Pos         Pos
	Name        string
	Path        string         // "/" where the file says nothing
	Description *resource.Text // AWS takes it at creation only; nil: not managed
	Document    resource.Text  // minified
	Source      string
	Tags        map[string]*resource.Text
	Adopt       Adopt
	// Assumes are the roles that Document lists, where assume makes the policy.
	// Those whose account is not there yet must not hold up the others: see
	// [AssumeDocument].
	Assumes []AssumedRole
}

// Ref names the policy in a plan.
func (p IAMPolicy) Ref() resource.Ref { return IAMPolicyRef(p.Name) }

// Group is an IAM group of the payer. Groups take no tags, so none bears our
// mark: a group is used as it is found.
type Group struct {
	Pos           Pos
	Name          string
	Path          string
	Members       []Name // users of the payer, of this file or not
	AbsentMembers []Name
	// ExactMembers says that other members go.
	ExactMembers bool
	Policies     Policies
}

// Ref names the group in a plan.
func (g Group) Ref() resource.Ref { return GroupRef(g.Name) }

// User is an IAM user of the payer. Its access keys are nobody's business here:
// they are never made, listed or shown.
type User struct {
	Pos      Pos
	Name     string
	Path     string
	Boundary *resource.Text
	Policies Policies
	Tags     map[string]*resource.Text
	Adopt    Adopt
	Handoff  bool
}

// Ref names the user in a plan.
func (u User) Ref() resource.Ref { return UserRef(u.Name) }

// MemberRole is a role in every member account that it selects.
type MemberRole struct {
	Role
	// Accounts are those of the file that are selected, in file order, for
	// deploy: direct. For a stack set it is empty.
	Accounts []Account
	// OUs are the paths of the selected OUs as the file names them; "" is the root.
	OUs []string
	// Payer says that the payer's own account gets the role too, directly: the
	// role stands among the payer's Roles as well, and nobody else makes it.
	Payer    bool
	StackSet *StackSet // nil: deploy: direct
	// Gone says that the accounts must not have the role: it is deleted where it
	// is ours. Of the Role there are just Pos and Name then, and no stack set.
	Gone bool
}

// StackSet says how CloudFormation deploys a member role.
type StackSet struct {
	Pos                    Pos
	Name                   string // of the stack set; reconciler-ROLE where the file says nothing
	Region                 string // where its stacks are; the home region
	FailureTolerance       Amount // accounts that may fail before the operation stops; default 0
	MaxConcurrent          Amount // accounts at once; default 10
	RetainOnAccountRemoval bool
}

// RoleRef names an IAM role of the payer.
func RoleRef(name string) resource.Ref {
	return resource.Ref{Kind: "role", Name: resource.Escape(name)}
}

// IAMPolicyRef names a customer-managed policy of the payer.
func IAMPolicyRef(name string) resource.Ref {
	return resource.Ref{Kind: "iam-policy", Name: resource.Escape(name)}
}

// GroupRef names an IAM group of the payer.
func GroupRef(name string) resource.Ref {
	return resource.Ref{Kind: "group", Name: resource.Escape(name)}
}

// UserRef names an IAM user of the payer.
func UserRef(name string) resource.Ref {
	return resource.Ref{Kind: "user", Name: resource.Escape(name)}
}

// MemberRoleRef names a role in the member with an email: member-role/EMAIL/NAME.
func MemberRoleRef(email, name string) resource.Ref {
	return resource.Ref{Kind: "member-role", Name: AccountRef(email).Name + "/" + resource.Escape(name)}
}

// StackSetRef names a stack set.
func StackSetRef(name string) resource.Ref { return resource.Ref{Kind: "stack-set", Name: name} }

package spec

import (
	"fmt"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/resource"
)

// Pos is a place in a payer file. File is relative to the repository's root,
// with forward slashes; Line and Column count from 1.
type Pos struct {
	File         string
	Line, Column int
}

// String gives file:line, the form in which a plan says why.
func (p Pos) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// IsZero says that the value was not written in any file.
func (p Pos) IsZero() bool { return p == Pos{} }

// Payer is one payer file, checked and with the Defaults filled in.
type Payer struct {
	Pos       Pos    // of the document
	Root      string // the repository's root, an absolute path
	Path      string // the payer file, an absolute path
	Dir       string // the folder that file and csv are relative to, absolute
	Name      string
	AccountID string

	HomeRegion   string // us-east-1 where the file says nothing
	Access       *Access
	Organization Organization
	Policies     []Policy
	Node         Node // the organization's root
	OUs          []OU // the top level
	Accounts     []Account
	Pools        []Pool
	Safety       Safety
	Tags         map[string]*resource.Text // on every object that takes tags; nil value: absent
	Limits       Limits

	Presets        []PresetUse
	Roles          []Role
	IAMPolicies    []IAMPolicy
	Groups         []Group
	Users          []User
	Buckets        []Bucket
	BillingReports []BillingReport
	MemberRoles    []MemberRole
	Quotas         Quotas
	Contacts       Contacts // of the payer's own account

	Lease  *Lease  // nil: no lease is named
	Drift  string  // DriftHeal or DriftReport; see DriftOf
	Paused *Paused // nil: the file pauses nothing
	Tests  []Test  // of what the policies allow and deny
	// LintOff are the rules of lint that the file does without.
	LintOff []LintOff

	// Sources are the files of the repository that the payer was read from: its
	// own, the Defaults that hold for it, documents, and the presets of the
	// repository with theirs. They are relative to Root, with forward slashes,
	// sorted, each once. A symbolic link on the way to one of them, to a file or
	// to a folder, is one too: its text is where it leads. The CSVs, which are
	// written, are not among them.
	Sources []string

	// Warnings are what is right in the file and may still be wrong, in the
	// order of its lines. Each prints by Error.Warning.
	Warnings []*Error

	Run Run // what the pass knows and no file says
}

// Run is what one pass knows about its payer beyond the file.
type Run struct {
	Commit      string           // the commit the payer is read from, "" outside git
	Changed     func() time.Time // see LastChanged; asked only where it matters, for it may read a long history
	RetryFailed bool             // try again what AWS refused for good
	KnownIDs    []string         // account ids that the CSVs name
	Caller      string           // the ARN of who the session runs as
	AllowSelf   bool             // what protects ourselves and the vendors is lifted
	// Unmarked says that an account bore no mark when a pass read it a short
	// while ago; nil: nobody remembers.
	Unmarked func(accountID string) bool
}

// LastChanged is when the payer file last changed: its commit, else its
// modification time; zero where nobody knows.
func (r Run) LastChanged() time.Time {
	if r.Changed == nil {
		return time.Time{}
	}
	return r.Changed()
}

// Access says how to get into the payer; without it, the ambient credentials.
type Access struct {
	Pos        Pos
	RoleARN    string
	ExternalID string
}

// Name is a name in a list, with the place where it stands.
type Name struct {
	Pos   Pos
	Value string
}

// Organization is the section organization.
type Organization struct {
	Pos             Pos
	Create          bool
	PolicyTypes     []Name
	TrustedServices []Name
	// Absent are policy types and service principals that must not be on.
	Absent []Name
	// TrustedServicesSet says that the file speaks of trusted services at all.
	TrustedServicesSet bool
}

// Policy is one policy of Organizations.
type Policy struct {
	Pos         Pos
	Name        string
	Type        string         // SERVICE_CONTROL_POLICY where the file says nothing
	Description *resource.Text // nil: not managed
	Document    resource.Text  // minified; what is sent, references inside it
	Characters  int            // of Document as sent, references that are not known counted as none
	Source      string         // the policy file from the repository's root; "" for an inline document
	Previously  []Name
	Adopt       Adopt
	Tags        map[string]*resource.Text
	Drift       string // DriftHeal or DriftReport; "": as the payer says
}

// Ref names the policy in a plan: its name, behind the type where it is not an SCP.
func (p Policy) Ref() resource.Ref { return PolicyRef(p.Type, p.Name) }

// Adopt says whether an object that exists and is not ours may be changed, and
// whether it becomes ours by that.
type Adopt struct{ Adopt, Own bool }

// Node is what the root and an OU have in common: the policies attached to it.
type Node struct {
	Pos         Pos
	Policies    []Attached
	PoliciesPos Pos // of the list; of the node where there is none
	// FullAWSAccess false detaches FullAWSAccess from the node; nil and true keep it.
	FullAWSAccess    *bool
	FullAWSAccessPos Pos
}

// Attached is one policy in the list of a node.
type Attached struct {
	Pos    Pos
	Policy resource.Ref // kind policy; FullAWSAccess and RCPFullAWSAccess need no declaration
	Type   string       // policy type
}

// OU is one organizational unit.
type OU struct {
	Node
	Name       string
	Path       string // of names from the root, as resource.JoinPath makes it
	Previously []Name
	Tags       map[string]*resource.Text
	OUs        []OU
}

// Ref names the OU in a plan.
func (o OU) Ref() resource.Ref { return resource.Ref{Kind: "ou", Name: o.Path} }

// Account is one wanted account: an entry of accounts, or one id of a pool.
type Account struct {
	Pos      Pos
	Name     string
	Email    string // as written; identity is its lower case
	OU       string // path; "" is the root
	OUSet    bool   // false: placement is not managed
	RoleName string
	Billing  string // ALLOW or DENY
	Tags     map[string]*resource.Text
	Pool     string // "" for an entry of accounts
	ID       string // the pool's id
	// MemberRole is the role that we assume inside the account; RoleName where
	// the file says nothing.
	MemberRole string
	Contacts   Contacts // shared by the accounts of a pool
}

// Ref names the account in a plan: by its email in lower case.
func (a Account) Ref() resource.Ref { return AccountRef(a.Email) }

// Pool is a number of like accounts.
type Pool struct {
	Pos      Pos
	Name     string
	OU       string
	Accounts []Account // one an id, in the order of the ids
	CSV      *CSV
	Surplus  Surplus
}

// CSV is the file of a pool's accounts. Several pools may share a path; their
// columns and header are then the same.
type CSV struct {
	Pos     Pos
	Path    string // from the repository's root, forward slashes
	Columns []string
	Header  bool
}

// Surplus says what happens to a pool's accounts beyond its ids.
type Surplus struct {
	Pos    Pos
	Action string // keep or park
	OU     string // of park
}

// Safety holds the guards.
type Safety struct {
	Pos               Pos // of the section, or of the payer where there is none
	Prune             bool
	PrunePos          Pos // where prune is written; of the section where it is not
	MaxRemovals       Amount
	MaxMoves          Amount
	MaxAccountCreates Amount
	MaxNewlyDenied    Amount
}

// Amount is a number, or a percentage of what is there.
type Amount struct {
	Pos     Pos // where it is written; zero for a default
	Number  int
	Percent bool
}

// String gives the amount as the file would say it.
func (a Amount) String() string {
	if a.Percent {
		return fmt.Sprintf("%d%%", a.Number)
	}
	return fmt.Sprint(a.Number)
}

// Limits override AWS's own, for an organization whose quota was raised.
type Limits struct {
	Policies map[string]PolicyLimit // by policy type
	OUDepth  int                    // levels under the root; 0: AWS's 5

	TrustCharacters int // of a role's trust policy; 0: AWS's own
	ManagedPolicies int // attached to one role, user or group; 0: AWS's own
}

// PolicyLimit overrides the limits of one policy type; 0 leaves AWS's own.
type PolicyLimit struct{ Characters, Attached int }

// Partition is the part of AWS that the payer is in: aws, aws-cn or aws-us-gov.
func (p *Payer) Partition() string {
	switch {
	case strings.HasPrefix(p.HomeRegion, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(p.HomeRegion, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

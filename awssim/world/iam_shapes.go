package world

import "time"

// The structures below are the shapes of IAM's service model that bear the
// same names. Documents are encoded as IAM encodes them.
type (
	// Boundary is an AttachedPermissionsBoundary.
	Boundary struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

	// Role is a role with its trust.
	Role struct {
		Path, RoleName           string
		RoleId                   string
		Arn                      string
		CreateDate               time.Time
		AssumeRolePolicyDocument string
		Description              string `xml:",omitempty"`
		MaxSessionDuration       int
		PermissionsBoundary      *Boundary
		Tags                     []Tag
	}

	// User is a user without its policies.
	User struct {
		Path, UserName      string
		UserId              string
		Arn                 string
		CreateDate          time.Time
		PermissionsBoundary *Boundary
		Tags                []Tag
	}

	// Group is a group without its members.
	Group struct {
		Path, GroupName string
		GroupId         string
		Arn             string
		CreateDate      time.Time
	}

	// ManagedPolicy is the shape Policy of IAM.
	ManagedPolicy struct {
		PolicyName, PolicyId          string
		Arn, Path                     string
		DefaultVersionId              string
		AttachmentCount               int
		PermissionsBoundaryUsageCount int
		IsAttachable                  bool
		Description                   string `xml:",omitempty"`
		CreateDate, UpdateDate        time.Time
		Tags                          []Tag
	}

	// PolicyVersion is a version of a managed policy.
	PolicyVersion struct {
		Document         string `xml:",omitempty"`
		VersionId        string
		IsDefaultVersion bool
		CreateDate       time.Time
	}

	// PolicyDetail is an inline policy.
	PolicyDetail struct{ PolicyName, PolicyDocument string }

	// AttachedPolicy names a managed policy that is attached.
	AttachedPolicy struct{ PolicyName, PolicyArn string }

	// UserDetail is a user with all that hangs on it.
	UserDetail struct {
		Path, UserName, UserId, Arn string
		CreateDate                  time.Time
		UserPolicyList              []PolicyDetail
		GroupList                   []string
		AttachedManagedPolicies     []AttachedPolicy
		PermissionsBoundary         *Boundary
		Tags                        []Tag
	}

	// GroupDetail is a group with all that hangs on it.
	GroupDetail struct {
		Path, GroupName, GroupId, Arn string
		CreateDate                    time.Time
		GroupPolicyList               []PolicyDetail
		AttachedManagedPolicies       []AttachedPolicy
	}

	// RoleDetail is a role with all that hangs on it, but for its description
	// and the length of its sessions.
	RoleDetail struct {
		Path, RoleName, RoleId, Arn string
		CreateDate                  time.Time
		AssumeRolePolicyDocument    string
		InstanceProfileList         []struct{}
		RolePolicyList              []PolicyDetail
		AttachedManagedPolicies     []AttachedPolicy
		PermissionsBoundary         *Boundary
		Tags                        []Tag
	}

	// ManagedPolicyDetail is a managed policy with its versions.
	ManagedPolicyDetail struct {
		PolicyName, PolicyId, Arn, Path string
		DefaultVersionId                string
		AttachmentCount                 int
		PermissionsBoundaryUsageCount   int
		IsAttachable                    bool
		Description                     string `xml:",omitempty"`
		CreateDate, UpdateDate          time.Time
		PolicyVersionList               []PolicyVersion
	}

	// AccountDetails is a page of GetAccountAuthorizationDetails.
	AccountDetails struct {
		UserDetailList  []UserDetail
		GroupDetailList []GroupDetail
		RoleDetailList  []RoleDetail
		Policies        []ManagedPolicyDetail
	}

	// AccessKeyMetadata is an access key without its secret.
	AccessKeyMetadata struct {
		UserName, AccessKeyId, Status string
		CreateDate                    time.Time
	}

	// MFADevice is a device that a user signs in with.
	MFADevice struct {
		UserName, SerialNumber string
		EnableDate             time.Time
	}

	// LoginProfile is a user's password, without the password.
	LoginProfile struct {
		UserName              string
		CreateDate            time.Time
		PasswordResetRequired bool
	}

	// PolicyUsers is who has a managed policy.
	PolicyUsers struct {
		PolicyGroups []PolicyGroup
		PolicyUsers  []PolicyUser
		PolicyRoles  []PolicyRole
	}

	// PolicyGroup is a group that has a policy.
	PolicyGroup struct{ GroupName, GroupId string }

	// PolicyUser is a user that has a policy.
	PolicyUser struct{ UserName, UserId string }

	// PolicyRole is a role that has a policy.
	PolicyRole struct{ RoleName, RoleId string }
)

func (e *entity) boundaryShape() *Boundary {
	if e.boundary == "" {
		return nil
	}
	return &Boundary{"PermissionsBoundaryPolicy", e.boundary}
}

func (w *World) roleShape(who string, r *role) Role {
	return Role{
		Path: r.path, RoleName: r.name, RoleId: r.id, Arn: r.arn(who, RoleKind), CreateDate: r.created,
		AssumeRolePolicyDocument: encoded(w.shownTrust(r)), Description: r.desc, MaxSessionDuration: int(r.session),
		PermissionsBoundary: r.boundaryShape(), Tags: r.tags,
	}
}

func (u *user) shape(who string) User {
	return User{
		Path: u.path, UserName: u.name, UserId: u.id, Arn: u.arn(who, UserKind), CreateDate: u.created,
		PermissionsBoundary: u.boundaryShape(), Tags: u.tags,
	}
}

func (g *group) shape(who string) Group {
	return Group{Path: g.path, GroupName: g.name, GroupId: g.id, Arn: g.arn(who, GroupKind), CreateDate: g.created}
}

package world

import (
	"regexp"
	"slices"
)

// NewUser is what CreateUser is asked for.
type NewUser struct {
	Path, Name, Boundary string
	Tags                 []Tag
}

// CreateUser makes a user, without any credentials.
func (w *World) CreateUser(who string, in NewUser) (*User, error) {
	ids := w.iam(who)
	if _, ok := seek(ids.users, in.Name); ok {
		return nil, taken("user", in.Name)
	}
	if len(ids.users) >= maxUsers {
		return nil, limitExceeded("Cannot exceed quota for UsersPerAccount: %d", maxUsers)
	}
	if err := checkIAMTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if in.Boundary != "" && w.policyAt(who, in.Boundary) == nil {
		return nil, noEntity("Scope ARN: %s does not exist or is not attachable.", in.Boundary)
	}
	u := &user{entity: w.newEntity(who, UserKind, in.Path, in.Name)}
	u.boundary, u.tags = in.Boundary, w.sharedTags(in.Tags)
	ids.users = put(ids.users, u)
	out := u.shape(who)
	return &out, nil
}

// GetUser tells a user; without a name, the caller.
func (w *World) GetUser(c Caller, name string) (*User, error) {
	if name == "" {
		if c.user == "" {
			if c.Role {
				return nil, refuse("ValidationError", "Must specify userName when calling with non-User credentials")
			}
			return &User{Path: "/", UserName: "sandbox", UserId: c.UserID, Arn: c.Arn, CreateDate: w.account(c.Account).created}, nil
		}
		name = c.user
	}
	u, err := w.user(c.Account, name)
	if err != nil {
		return nil, err
	}
	out := u.shape(c.Account)
	return &out, nil
}

// userOf is the user that a call names, or the one that calls.
func (w *World) userOf(c Caller, name string) (*user, error) {
	if name == "" {
		name = c.user
	}
	return w.user(c.Account, name)
}

// ListUsers lists users, without their tags and boundaries.
func (w *World) ListUsers(who, prefix string, p NamedPage) ([]User, string) {
	page, next := pageAfter(w.iam(who).users, (*user).key, p, func(u *user) bool { return u.under(prefix) })
	out := make([]User, len(page))
	for i, u := range page {
		out[i] = u.shape(who)
		out[i].Tags, out[i].PermissionsBoundary = nil, nil
	}
	return out, next
}

// DeleteUser removes a user on whom nothing hangs.
func (w *World) DeleteUser(who, name string) error {
	u, err := w.user(who, name)
	if err != nil {
		return err
	}
	if err := u.bare(); err != nil {
		return err
	}
	ids := w.iam(who)
	switch {
	case len(u.keys) > 0:
		return inTheWay("delete access keys")
	case u.login != nil:
		return inTheWay("delete login profile")
	case len(u.mfa) > 0:
		return inTheWay("deactivate MFA devices")
	case len(u.certificates) > 0:
		return inTheWay("delete certificates")
	case len(u.ssh)+len(u.credentials) > 0:
		return inTheWay("remove referenced objects")
	case slices.ContainsFunc(ids.groups, func(g *group) bool { return slices.Contains(g.members, u) }):
		return inTheWay("remove users from group")
	}
	ids.users = drop(ids.users, name)
	return nil
}

// CreateAccessKey gives a user a key, at most two.
func (w *World) CreateAccessKey(c Caller, name string) (meta AccessKeyMetadata, secret string, err error) {
	u, err := w.userOf(c, name)
	if err != nil {
		return AccessKeyMetadata{}, "", err
	}
	if len(u.keys) >= maxAccessKeys {
		return AccessKeyMetadata{}, "", limitExceeded("Cannot exceed quota for AccessKeysPerUser: %d", maxAccessKeys)
	}
	k := accessKey{userKey + letters(upper, 12, hash(c.Account, u.name, "key")+w.next()), w.now}
	u.keys = append(u.keys, k)
	w.keys[k.id] = keyOwner{c.Account, u.name}
	return AccessKeyMetadata{u.name, k.id, "Active", k.created}, secretOf(k.id), nil
}

// ListAccessKeys lists a user's keys.
func (w *World) ListAccessKeys(c Caller, name string) ([]AccessKeyMetadata, error) {
	out := []AccessKeyMetadata{}
	if name == "" && c.user == "" && !c.Role {
		return out, nil
	}
	u, err := w.userOf(c, name)
	if err != nil {
		return nil, err
	}
	for _, k := range u.keys {
		out = append(out, AccessKeyMetadata{u.name, k.id, "Active", k.created})
	}
	return out, nil
}

// DeleteAccessKey makes a key void.
func (w *World) DeleteAccessKey(c Caller, name, key string) error {
	u, err := w.userOf(c, name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(u.keys, func(k accessKey) bool { return k.id == key })
	if i < 0 {
		return noEntity("The Access Key with id %s cannot be found.", key)
	}
	u.keys = slices.Delete(u.keys, i, i+1)
	delete(w.keys, key)
	return nil
}

// CreateLoginProfile gives a user a password, which nobody keeps here.
func (w *World) CreateLoginProfile(c Caller, name string, reset bool) (*LoginProfile, error) {
	u, err := w.userOf(c, name)
	if err != nil {
		return nil, err
	}
	if u.login != nil {
		return nil, refuse("EntityAlreadyExists", "Login Profile for user %s already exists.", u.name)
	}
	u.login = &login{w.now, reset}
	return &LoginProfile{u.name, w.now, reset}, nil
}

// GetLoginProfile tells whether a user has a password.
func (w *World) GetLoginProfile(c Caller, name string) (*LoginProfile, error) {
	u, err := w.userOf(c, name)
	if err != nil {
		return nil, err
	}
	if u.login == nil {
		return nil, noEntity("Login Profile for User %s cannot be found.", u.name)
	}
	return &LoginProfile{u.name, u.login.created, u.login.reset}, nil
}

// DeleteLoginProfile takes the password away.
func (w *World) DeleteLoginProfile(c Caller, name string) error {
	u, err := w.userOf(c, name)
	if err != nil {
		return err
	}
	if u.login == nil {
		return noEntity("Login Profile for User %s cannot be found.", u.name)
	}
	u.login = nil
	return nil
}

var mfaSerial = regexp.MustCompile(`^(arn:aws:iam::\d{12}:mfa/[\w+=,.@/-]+|[A-Z0-9]{9,})$`)

// EnableMFADevice gives a user a device. The codes are not looked at.
func (w *World) EnableMFADevice(who, name, serial string) error {
	u, err := w.user(who, name)
	if err != nil {
		return err
	}
	if !mfaSerial.MatchString(serial) {
		return noEntity("VirtualMFADevice with serial number %s doesn't exist.", serial)
	}
	for _, x := range w.iam(who).users {
		if x.device(serial) >= 0 {
			return refuse("EntityAlreadyExists", "MFADevice with serial number %s is assigned.", serial)
		}
	}
	if len(u.mfa) >= maxMFADevices {
		return limitExceeded("Cannot exceed quota for MFADevicesPerUser: %d", maxMFADevices)
	}
	u.mfa = append(u.mfa, mfaDevice{serial, w.now})
	return nil
}

func (u *user) device(serial string) int {
	return slices.IndexFunc(u.mfa, func(d mfaDevice) bool { return d.serial == serial })
}

// DeactivateMFADevice takes a device away.
func (w *World) DeactivateMFADevice(c Caller, name, serial string) error {
	u, err := w.userOf(c, name)
	if err != nil {
		return err
	}
	i := u.device(serial)
	if i < 0 {
		return noEntity("MFA Device invalid for user.")
	}
	u.mfa = slices.Delete(u.mfa, i, i+1)
	return nil
}

// ListMFADevices lists a user's devices.
func (w *World) ListMFADevices(c Caller, name string) ([]MFADevice, error) {
	out := []MFADevice{}
	if name == "" && c.user == "" && !c.Role {
		return out, nil
	}
	u, err := w.userOf(c, name)
	if err != nil {
		return nil, err
	}
	for _, d := range u.mfa {
		out = append(out, MFADevice{u.name, d.serial, d.created})
	}
	return out, nil
}

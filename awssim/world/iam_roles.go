package world

import "strings"

// NewRole is what CreateRole is asked for.
type NewRole struct {
	Path, Name, Trust, Description, Boundary string
	Session                                  int // in seconds; zero is an hour
	Tags                                     []Tag
}

// CreateRole makes a role.
func (w *World) CreateRole(who string, in NewRole) (*Role, error) {
	if strings.HasPrefix(in.Path, "/aws-service-role/") || strings.HasPrefix(in.Path, "/aws-reserved/") {
		return nil, refuse("InvalidInput", "The path %s is reserved for AWS.", in.Path)
	}
	ids := w.iam(who)
	if _, ok := seek(ids.roles, in.Name); ok {
		return nil, taken("role", in.Name)
	}
	if len(ids.roles) >= maxRoles {
		return nil, limitExceeded("Cannot exceed quota for RolesPerAccount: %d", maxRoles)
	}
	if err := checkIAMTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if in.Boundary != "" && w.policyAt(who, in.Boundary) == nil {
		return nil, refuse("InvalidInput", "Scope ARN: %s does not exist or is not attachable.", in.Boundary)
	}
	doc, bound, err := w.trusting(in.Trust)
	if err != nil {
		return nil, err
	}
	r := &role{entity: w.newEntity(who, RoleKind, in.Path, in.Name), trust: doc, bound: bound, desc: in.Description, session: int32(in.Session)}
	if r.session == 0 {
		r.session = shortestSession
	}
	r.boundary, r.tags = in.Boundary, w.sharedTags(in.Tags)
	ids.roles = put(ids.roles, r)
	out := w.roleShape(who, r)
	return &out, nil
}

// trusting reads a trust policy, holds it against the quota and finds those
// whom it names.
func (w *World) trusting(text string) (*document, []boundPrincipal, error) {
	doc, err := w.trustDocument(text)
	if err != nil {
		return nil, nil, err
	}
	if lettersOf(doc.text) > maxTrustSize {
		return nil, nil, limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrustSize)
	}
	var bound []boundPrincipal
	for _, p := range principals(&doc.root) {
		if p.text == "*" {
			continue
		}
		id, ok := w.Principal(p.text)
		if !ok {
			return nil, nil, malformed(`Invalid principal in policy: "AWS":"%s"`, p.text)
		}
		if id != "" {
			bound = append(bound, boundPrincipal{p.text, id})
		}
	}
	return doc, bound, nil
}

// shownTrust is a trust policy as IAM shows it: instead of a principal that is
// gone stands its id.
func (w *World) shownTrust(r *role) string {
	text := r.trust.text
	for _, b := range r.bound {
		if id := w.idOf(b.arn); id != b.id {
			text = strings.ReplaceAll(text, `"`+b.arn+`"`, `"`+b.id+`"`)
		}
	}
	return text
}

// Principal tells whether a policy may name somebody: an account, or a role or
// user that exists and that all of AWS knows by now. An account that this
// world has never seen is somebody else's, and has whom one likes. The id is
// what AWS keeps in place of the ARN, "" for accounts and sessions.
func (w *World) Principal(arn string) (id string, ok bool) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[1] != "aws" || p[3] != "" || !accountDigits.MatchString(p[4]) {
		return "", false
	}
	account := w.accounts[p[4]]
	switch typ, rest, _ := strings.Cut(p[5], "/"); {
	case p[2] == "iam" && p[5] == "root":
		return "", true
	case p[2] == "iam" && (typ == "role" || typ == "user") && rest != "":
		if account == nil {
			return "", true
		}
		e := w.named(account, arn)
		if e == nil {
			return w.idOf(arn), w.idOf(arn) != ""
		}
		return e.id, w.settled(e)
	case p[2] == "sts" && typ == "assumed-role":
		name, _, ok := strings.Cut(rest, "/")
		if account == nil || !ok {
			return "", ok
		}
		r, err := w.role(p[4], name)
		return "", err == nil && w.settled(&r.entity)
	}
	return "", p[2] == "sts" && strings.HasPrefix(p[5], "federated-user/")
}

// named finds the role or the user of an ARN, nil where there is none.
func (w *World) named(a *account, arn string) *entity {
	if a.iam == nil {
		return nil
	}
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	if r, ok := exactly(a.iam.roles, name); ok && r.arn(a.id, RoleKind) == arn {
		return &r.entity
	}
	if u, ok := exactly(a.iam.users, name); ok && u.arn(a.id, UserKind) == arn {
		return &u.entity
	}
	return nil
}

// idOf is the id of a role or a user by its ARN. The user that an account's
// permanent key belongs to has one too.
func (w *World) idOf(arn string) string {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 {
		return ""
	}
	if arn == sandboxUser(p[4]) {
		return sandboxID(p[4])
	}
	if a := w.accounts[p[4]]; a != nil {
		if e := w.named(a, arn); e != nil {
			return e.id
		}
	}
	return ""
}

// GetRole tells a role.
func (w *World) GetRole(who, name string) (*Role, error) {
	r, err := w.role(who, name)
	if err != nil {
		return nil, err
	}
	out := w.roleShape(who, r)
	return &out, nil
}

// ListRoles lists roles, without their tags and boundaries.
func (w *World) ListRoles(who, prefix string, p NamedPage) ([]Role, string) {
	page, next := pageAfter(w.iam(who).roles, (*role).key, p, func(r *role) bool { return r.under(prefix) })
	out := make([]Role, len(page))
	for i, r := range page {
		out[i] = w.roleShape(who, r)
		out[i].Tags, out[i].PermissionsBoundary = nil, nil
	}
	return out, next
}

// UpdateRole sets the description and the longest session; nil leaves alone.
func (w *World) UpdateRole(who, name string, description *string, session *int) error {
	r, err := w.ownRole(who, name)
	if err != nil {
		return err
	}
	if description != nil {
		r.desc = *description
	}
	if session != nil {
		r.session = int32(*session)
	}
	return nil
}

// UpdateAssumeRolePolicy replaces the trust of a role.
func (w *World) UpdateAssumeRolePolicy(who, name, text string) error {
	r, err := w.ownRole(who, name)
	if err != nil {
		return err
	}
	doc, bound, err := w.trusting(text)
	if err != nil {
		return err
	}
	r.trust, r.bound = doc, bound
	return nil
}

// DeleteRole removes a role that has no policies any more.
func (w *World) DeleteRole(who, name string) error {
	r, err := w.ownRole(who, name)
	if err != nil {
		return err
	}
	if err := r.bare(); err != nil {
		return err
	}
	ids := w.iam(who)
	ids.roles = drop(ids.roles, name)
	return nil
}

func inTheWay(what string) *Error {
	return refuse("DeleteConflict", "Cannot delete entity, must %s first.", what)
}

// bare refuses while an entity has policies.
func (e *entity) bare() error {
	switch {
	case len(e.attached) > 0:
		return inTheWay("detach all policies")
	case len(e.inline) > 0:
		return inTheWay("delete policies")
	}
	return nil
}

// CreateServiceLinkedRole makes the role of a service, which only AWS changes.
func (w *World) CreateServiceLinkedRole(who, service, suffix, description string) (*Role, error) {
	label, ok := strings.CutSuffix(service, ".amazonaws.com")
	if !ok || label == "" {
		return nil, refuse("InvalidInput", "Service role name does not exist for service %s.", service)
	}
	name := "AWSServiceRoleFor" + strings.ToUpper(label[:1]) + label[1:]
	if suffix != "" {
		name += "_" + suffix
	}
	ids := w.iam(who)
	if _, ok := seek(ids.roles, name); ok {
		return nil, refuse("InvalidInput", "Service role name %s has been taken in this account, please try a different suffix.", name)
	}
	doc, err := w.trustDocument(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}]}`)
	if err != nil {
		return nil, refuse("InvalidInput", "Service role name does not exist for service %s.", service)
	}
	r := &role{entity: w.newEntity(who, RoleKind, "/aws-service-role/"+service+"/", name), trust: doc, desc: description, session: shortestSession, service: service}
	ids.roles = put(ids.roles, r)
	out := w.roleShape(who, r)
	return &out, nil
}

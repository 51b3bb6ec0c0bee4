package world

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// managedPolicy is a managed policy of a customer or of AWS.
type managedPolicy struct {
	name, path, id, desc string
	arn                  string
	created, updated     time.Time
	versions             []policyVersion // the oldest first
	current              int             // the number of the default version
	last                 int             // the highest number ever given
	tags                 []Tag
}

type policyVersion struct {
	number  int
	doc     *document // nil where only AWS knows it
	created time.Time
}

func (p *managedPolicy) key() string { return strings.ToLower(p.name) }

var policyArnText = regexp.MustCompile(`^arn:aws:iam::(\d{12}|aws):policy((/[A-Za-z0-9.,+@=_-]+)*)/[\w+=,.@-]+$`)

func policyArn(arn string) error {
	if !policyArnText.MatchString(arn) {
		return refuse("InvalidInput", "ARN %s is not valid.", arn)
	}
	return nil
}

// policyAt is the policy of an ARN, nil where there is none that an account
// may use.
func (w *World) policyAt(who, arn string) *managedPolicy {
	if p := w.managedByAWS(arn); p != nil {
		return p
	}
	list := w.iam(who).policies
	if i, ok := seek(list, arn[strings.LastIndexByte(arn, '/')+1:]); ok && list[i].arn == arn {
		return list[i]
	}
	return nil
}

// policyOf is policyAt for a call.
func (w *World) policyOf(who, arn string) (*managedPolicy, error) {
	if err := policyArn(arn); err != nil {
		return nil, err
	}
	p := w.policyAt(who, arn)
	if p == nil {
		return nil, noEntity("Policy %s was not found.", arn)
	}
	return p, nil
}

// ownPolicy is a policy that its account may change. AWS's own answer that
// they are not in reach, under a code that every operation declares.
func (w *World) ownPolicy(who, arn string) (*managedPolicy, error) {
	p, err := w.policyOf(who, arn)
	if err != nil {
		return nil, err
	}
	if w.managedByAWS(arn) != nil {
		return nil, refuse("AccessDenied", "Policy %s is outside your own account.", arn)
	}
	return p, nil
}

func (w *World) managedDocument(text string) (*document, error) {
	doc, err := w.identityDocument(text)
	if err != nil {
		return nil, err
	}
	if lettersOf(text) > maxManagedSize {
		return nil, limitExceeded("Cannot exceed quota for PolicySize: %d", maxManagedSize)
	}
	return doc, nil
}

// NewManagedPolicy is what CreatePolicy of IAM is asked for.
type NewManagedPolicy struct {
	Path, Name, Document, Description string
	Tags                              []Tag
}

// CreateManagedPolicy makes a customer-managed policy.
func (w *World) CreateManagedPolicy(who string, in NewManagedPolicy) (*ManagedPolicy, error) {
	if in.Path == "" {
		in.Path = "/"
	}
	ids := w.iam(who)
	if _, ok := seek(ids.policies, in.Name); ok {
		return nil, refuse("EntityAlreadyExists", "A policy called %s already exists. Duplicate names are not allowed.", in.Name)
	}
	if len(ids.policies) >= maxPolicies {
		return nil, limitExceeded("Cannot exceed quota for PoliciesPerAccount: %d", maxPolicies)
	}
	if err := checkIAMTags(nil, in.Tags); err != nil {
		return nil, err
	}
	doc, err := w.managedDocument(in.Document)
	if err != nil {
		return nil, err
	}
	p := &managedPolicy{
		name: w.same(in.Name), path: w.same(in.Path), desc: in.Description, created: w.now, updated: w.now, current: 1, last: 1,
		id:       "ANPA" + letters(upper, 17, hash(who, "policy", in.Name)+w.next()),
		arn:      "arn:aws:iam::" + who + ":policy" + in.Path + in.Name,
		versions: []policyVersion{{1, doc, w.now}}, tags: w.sharedTags(in.Tags),
	}
	ids.policies = put(ids.policies, p)
	out := w.policyShape(who, p)
	out.Description = ""
	return &out, nil
}

// uses counts who has a policy: attached, and as a boundary.
func (w *World) uses(who, arn string) (attached, boundary int) {
	w.eachEntity(who, func(_ Kind, e *entity) {
		if slices.Contains(e.attached, arn) {
			attached++
		}
		if e.boundary == arn {
			boundary++
		}
	})
	return attached, boundary
}

// eachEntity visits all roles, users and groups of an account.
func (w *World) eachEntity(who string, visit func(Kind, *entity)) {
	ids := w.iam(who)
	for _, r := range ids.roles {
		visit(RoleKind, &r.entity)
	}
	for _, u := range ids.users {
		visit(UserKind, &u.entity)
	}
	for _, g := range ids.groups {
		visit(GroupKind, &g.entity)
	}
}

func (w *World) policyShape(who string, p *managedPolicy) ManagedPolicy {
	attached, boundary := w.uses(who, p.arn)
	return ManagedPolicy{
		PolicyName: p.name, PolicyId: p.id, Arn: p.arn, Path: p.path, DefaultVersionId: versionID(p.current),
		AttachmentCount: attached, PermissionsBoundaryUsageCount: boundary, IsAttachable: true,
		Description: p.desc, CreateDate: p.created, UpdateDate: p.updated, Tags: p.tags,
	}
}

func versionID(n int) string { return fmt.Sprintf("v%d", n) }

func (p *managedPolicy) version(id string) (int, error) {
	i := slices.IndexFunc(p.versions, func(v policyVersion) bool { return versionID(v.number) == id })
	if i < 0 {
		return 0, noEntity("Policy %s version %s does not exist or is not attachable.", p.arn, id)
	}
	return i, nil
}

func (p *managedPolicy) versionShape(v policyVersion, whole bool) PolicyVersion {
	s := PolicyVersion{VersionId: versionID(v.number), IsDefaultVersion: v.number == p.current, CreateDate: v.created}
	if whole && v.doc != nil {
		s.Document = encoded(v.doc.text)
	}
	return s
}

// GetManagedPolicy tells a managed policy without its document.
func (w *World) GetManagedPolicy(who, arn string) (*ManagedPolicy, error) {
	p, err := w.policyOf(who, arn)
	if err != nil {
		return nil, err
	}
	out := w.policyShape(who, p)
	return &out, nil
}

// DeleteManagedPolicy removes a policy that nobody has, and its one version.
func (w *World) DeleteManagedPolicy(who, arn string) error {
	p, err := w.ownPolicy(who, arn)
	if err != nil {
		return err
	}
	attached, boundary := w.uses(who, arn)
	if attached+boundary > 0 {
		return refuse("DeleteConflict", "Cannot delete a policy attached to entities.")
	}
	if len(p.versions) > 1 {
		return refuse("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	ids := w.iam(who)
	ids.policies = drop(ids.policies, p.name)
	return nil
}

// PolicyQuery is what ListPolicies of IAM is asked for.
type PolicyQuery struct {
	Scope, Prefix, Usage string
	Attached             bool
}

// ListManagedPolicies lists policies, without their tags and descriptions.
func (w *World) ListManagedPolicies(who string, q PolicyQuery, p NamedPage) ([]ManagedPolicy, string) {
	var all []*managedPolicy
	if q.Scope != "AWS" {
		all = append(all, w.iam(who).policies...)
	}
	if q.Scope != "Local" {
		all = append(all, w.allManagedByAWS()...)
	}
	slices.SortFunc(all, func(a, b *managedPolicy) int { return strings.Compare(a.arn, b.arn) })
	keep := func(x *managedPolicy) bool {
		if !strings.HasPrefix(x.path, q.Prefix) {
			return false
		}
		attached, boundary := 1, 1
		if q.Attached || q.Usage != "" {
			attached, boundary = w.uses(who, x.arn)
		}
		switch {
		case q.Usage == "PermissionsPolicy" && attached == 0, q.Usage == "PermissionsBoundary" && boundary == 0:
			return false
		}
		return !q.Attached || attached > 0
	}
	page, next := pageAfter(all, func(x *managedPolicy) string { return x.arn }, p, keep)
	out := make([]ManagedPolicy, len(page))
	for i, x := range page {
		out[i] = w.policyShape(who, x)
		out[i].Tags, out[i].Description = nil, ""
	}
	return out, next
}

// CreatePolicyVersion adds a version, at most five.
func (w *World) CreatePolicyVersion(who, arn, text string, current bool) (*PolicyVersion, error) {
	p, err := w.ownPolicy(who, arn)
	if err != nil {
		return nil, err
	}
	doc, err := w.managedDocument(text)
	if err != nil {
		return nil, err
	}
	if len(p.versions) >= maxVersions {
		return nil, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
	}
	p.last++
	v := policyVersion{p.last, doc, w.now}
	p.versions = append(p.versions, v)
	if current {
		p.current = v.number
	}
	p.updated = w.now
	out := p.versionShape(v, false)
	return &out, nil
}

// GetPolicyVersion tells a version with its document.
func (w *World) GetPolicyVersion(who, arn, id string) (*PolicyVersion, error) {
	p, err := w.policyOf(who, arn)
	if err != nil {
		return nil, err
	}
	i, err := p.version(id)
	if err != nil {
		return nil, err
	}
	if p.versions[i].doc == nil {
		return nil, refuse("ServiceFailure", "The simulator does not know the document of %s.", arn)
	}
	out := p.versionShape(p.versions[i], true)
	return &out, nil
}

// ListPolicyVersions lists versions, the newest first.
func (w *World) ListPolicyVersions(who, arn string, pg NamedPage) ([]PolicyVersion, string, error) {
	p, err := w.policyOf(who, arn)
	if err != nil {
		return nil, "", err
	}
	all := slices.Clone(p.versions)
	slices.Reverse(all)
	page, next := pageAfter(all, func(v policyVersion) string { return fmt.Sprintf("%09d", 999999999-v.number) }, pg, nil)
	out := make([]PolicyVersion, len(page))
	for i, v := range page {
		out[i] = p.versionShape(v, false)
	}
	return out, next, nil
}

// DeletePolicyVersion removes a version that is not the default.
func (w *World) DeletePolicyVersion(who, arn, id string) error {
	p, err := w.ownPolicy(who, arn)
	if err != nil {
		return err
	}
	i, err := p.version(id)
	if err != nil {
		return err
	}
	if p.versions[i].number == p.current {
		return refuse("DeleteConflict", "Cannot delete the default version of a policy.")
	}
	p.versions = slices.Delete(p.versions, i, i+1)
	return nil
}

// SetDefaultPolicyVersion puts a version in force.
func (w *World) SetDefaultPolicyVersion(who, arn, id string) error {
	p, err := w.ownPolicy(who, arn)
	if err != nil {
		return err
	}
	i, err := p.version(id)
	if err != nil {
		return err
	}
	p.current, p.updated = p.versions[i].number, w.now
	return nil
}

// TagPolicy sets tags of a customer-managed policy.
func (w *World) TagPolicy(who, arn string, tags []Tag) error {
	p, err := w.ownPolicy(who, arn)
	if err != nil {
		return err
	}
	return w.setIAMTags(&p.tags, tags)
}

// UntagPolicy removes tags of a customer-managed policy.
func (w *World) UntagPolicy(who, arn string, keys []string) error {
	p, err := w.ownPolicy(who, arn)
	if err != nil {
		return err
	}
	dropIAMTags(&p.tags, keys)
	return nil
}

// ListPolicyTags lists the tags of a managed policy.
func (w *World) ListPolicyTags(who, arn string, pg NamedPage) ([]Tag, string, error) {
	p, err := w.policyOf(who, arn)
	if err != nil {
		return nil, "", err
	}
	tags, next := tagPage(p.tags, pg)
	return tags, next, nil
}

// ListEntitiesForPolicy tells who has a policy; filter and usage narrow it.
func (w *World) ListEntitiesForPolicy(who, arn, filter, usage, prefix string, pg NamedPage) (*PolicyUsers, string, error) {
	if _, err := w.policyOf(who, arn); err != nil {
		return nil, "", err
	}
	type holder struct {
		k Kind
		e *entity
	}
	var all []holder
	w.eachEntity(who, func(k Kind, e *entity) {
		has := usage != "PermissionsBoundary" && slices.Contains(e.attached, arn) || usage != "PermissionsPolicy" && e.boundary == arn
		if has && (filter == "" || strings.EqualFold(filter, kindWords[k].name)) && e.under(prefix) {
			all = append(all, holder{k, e})
		}
	})
	page, next := pageAfter(all, func(h holder) string { return fmt.Sprint(h.k, h.e.key()) }, pg, nil)
	out := &PolicyUsers{[]PolicyGroup{}, []PolicyUser{}, []PolicyRole{}}
	for _, h := range page {
		switch h.k {
		case RoleKind:
			out.PolicyRoles = append(out.PolicyRoles, PolicyRole{h.e.name, h.e.id})
		case UserKind:
			out.PolicyUsers = append(out.PolicyUsers, PolicyUser{h.e.name, h.e.id})
		case GroupKind:
			out.PolicyGroups = append(out.PolicyGroups, PolicyGroup{h.e.name, h.e.id})
		}
	}
	return out, next, nil
}

package world

import (
	"slices"
	"strings"
)

// PutInline sets an inline policy of a role, user or group.
func (w *World) PutInline(who string, k Kind, name, policy, text string) error {
	e, err := w.changeable(who, k, name)
	if err != nil {
		return err
	}
	doc, err := w.identityDocument(text)
	if err != nil {
		return err
	}
	sum := lettersOf(text)
	at := -1
	for i, p := range e.inline {
		if p.name == policy {
			at = i
		} else {
			sum += lettersOf(p.doc.text)
		}
	}
	if most := kindWords[k].inline; sum > most {
		return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", most, kindWords[k].name, name)
	}
	if at >= 0 {
		e.inline[at].doc = doc
		return nil
	}
	e.inline = append(e.inline, inlinePolicy{w.same(policy), doc})
	slices.SortFunc(e.inline, func(a, b inlinePolicy) int { return strings.Compare(a.name, b.name) })
	return nil
}

func (e *entity) findInline(k Kind, policy string) (int, error) {
	i := slices.IndexFunc(e.inline, func(p inlinePolicy) bool { return p.name == policy })
	if i < 0 {
		return 0, noEntity("The %s policy with name %s cannot be found.", kindWords[k].name, policy)
	}
	return i, nil
}

// GetInline tells an inline policy, encoded.
func (w *World) GetInline(who string, k Kind, name, policy string) (string, error) {
	e, err := w.entity(who, k, name)
	if err != nil {
		return "", err
	}
	i, err := e.findInline(k, policy)
	if err != nil {
		return "", err
	}
	return encoded(e.inline[i].doc.text), nil
}

// DeleteInline removes an inline policy.
func (w *World) DeleteInline(who string, k Kind, name, policy string) error {
	e, err := w.changeable(who, k, name)
	if err != nil {
		return err
	}
	i, err := e.findInline(k, policy)
	if err != nil {
		return err
	}
	e.inline = slices.Delete(e.inline, i, i+1)
	return nil
}

// ListInline lists the names of inline policies.
func (w *World) ListInline(who string, k Kind, name string, p NamedPage) ([]string, string, error) {
	e, err := w.entity(who, k, name)
	if err != nil {
		return nil, "", err
	}
	page, next := pageAfter(e.inline, func(i inlinePolicy) string { return i.name }, p, nil)
	names := make([]string, len(page))
	for i, x := range page {
		names[i] = x.name
	}
	return names, next, nil
}

// Attach attaches a managed policy. What is attached already is left so.
func (w *World) Attach(who string, k Kind, name, arn string) error {
	e, err := w.changeable(who, k, name)
	if err != nil {
		return err
	}
	if err := policyArn(arn); err != nil {
		return err
	}
	if w.policyAt(who, arn) == nil {
		return noEntity("Policy %s does not exist or is not attachable.", arn)
	}
	if slices.Contains(e.attached, arn) {
		return nil
	}
	if len(e.attached) >= maxAttached {
		kind := kindWords[k].name
		return limitExceeded("Cannot exceed quota for PoliciesPer%s: %d", strings.ToUpper(kind[:1])+kind[1:], maxAttached)
	}
	e.attached = append(e.attached, w.same(arn))
	return nil
}

// Detach takes a managed policy away.
func (w *World) Detach(who string, k Kind, name, arn string) error {
	e, err := w.changeable(who, k, name)
	if err != nil {
		return err
	}
	if err := policyArn(arn); err != nil {
		return err
	}
	i := slices.Index(e.attached, arn)
	if i < 0 {
		return noEntity("Policy %s was not found.", arn)
	}
	e.attached = slices.Delete(slices.Clone(e.attached), i, i+1)
	return nil
}

// ListAttached lists the managed policies of a role, user or group.
func (w *World) ListAttached(who string, k Kind, name, prefix string, p NamedPage) ([]AttachedPolicy, string, error) {
	e, err := w.entity(who, k, name)
	if err != nil {
		return nil, "", err
	}
	arns := slices.Sorted(slices.Values(e.attached))
	page, next := pageAfter(arns, func(s string) string { return s }, p, func(s string) bool { return strings.HasPrefix(pathOf(s), prefix) })
	return attachedShapes(page), next, nil
}

func attachedShapes(arns []string) []AttachedPolicy {
	out := make([]AttachedPolicy, len(arns))
	for i, arn := range arns {
		out[i] = AttachedPolicy{arn[strings.LastIndexByte(arn, '/')+1:], arn}
	}
	return out
}

// pathOf is the path in the ARN of a policy.
func pathOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":policy")
	return rest[:strings.LastIndexByte(rest, '/')+1]
}

// PutBoundary sets the permissions boundary of a role or a user.
func (w *World) PutBoundary(who string, k Kind, name, arn string) error {
	e, err := w.changeable(who, k, name)
	if err != nil {
		return err
	}
	if err := policyArn(arn); err != nil {
		return err
	}
	if w.policyAt(who, arn) == nil {
		return noEntity("Scope ARN: %s does not exist or is not attachable.", arn)
	}
	e.boundary = w.same(arn)
	return nil
}

// DeleteBoundary takes the boundary away.
func (w *World) DeleteBoundary(who string, k Kind, name string) error {
	e, err := w.changeable(who, k, name)
	if err != nil {
		return err
	}
	if e.boundary == "" {
		return noEntity("The %s with name %s has no permissions boundary.", kindWords[k].name, name)
	}
	e.boundary = ""
	return nil
}

// checkIAMTags looks at tags that would be set over others. IAM takes no two
// keys that differ only in the case of letters.
func checkIAMTags(old, tags []Tag) error {
	seen := map[string]bool{}
	n := len(old)
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		if strings.HasPrefix(key, "aws:") {
			return refuse("InvalidInput", "Invalid tag key: %s. Keys that begin with aws: are reserved for AWS.", t.Key)
		}
		if seen[key] {
			return refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
		if !slices.ContainsFunc(old, func(o Tag) bool { return strings.EqualFold(o.Key, t.Key) }) {
			n++
		}
	}
	if n > maxTags {
		return limitExceeded("The number of tags has reached the maximum limit of %d.", maxTags)
	}
	return nil
}

// sharedTags is a copy whose keys are shared.
func (w *World) sharedTags(tags []Tag) []Tag {
	var out []Tag
	for _, t := range tags {
		out = append(out, Tag{w.same(t.Key), t.Value})
	}
	return out
}

func (w *World) setIAMTags(old *[]Tag, tags []Tag) error {
	if err := checkIAMTags(*old, tags); err != nil {
		return err
	}
	next := slices.Clone(*old)
	for _, t := range w.sharedTags(tags) {
		i := slices.IndexFunc(next, func(o Tag) bool { return strings.EqualFold(o.Key, t.Key) })
		if i < 0 {
			next = append(next, t)
		} else {
			next[i] = t
		}
	}
	*old = next
	return nil
}

func dropIAMTags(old *[]Tag, keys []string) {
	*old = slices.DeleteFunc(slices.Clone(*old), func(t Tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, t.Key) })
	})
}

// TagEntity sets tags of a role or a user.
func (w *World) TagEntity(who string, k Kind, name string, tags []Tag) error {
	e, err := w.entity(who, k, name)
	if err != nil {
		return err
	}
	return w.setIAMTags(&e.tags, tags)
}

// UntagEntity removes tags of a role or a user.
func (w *World) UntagEntity(who string, k Kind, name string, keys []string) error {
	e, err := w.entity(who, k, name)
	if err != nil {
		return err
	}
	dropIAMTags(&e.tags, keys)
	return nil
}

func tagPage(tags []Tag, p NamedPage) ([]Tag, string) {
	sorted := slices.SortedFunc(slices.Values(tags), func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return pageAfter(sorted, func(t Tag) string { return t.Key }, p, nil)
}

// ListEntityTags lists the tags of a role or a user.
func (w *World) ListEntityTags(who string, k Kind, name string, p NamedPage) ([]Tag, string, error) {
	e, err := w.entity(who, k, name)
	if err != nil {
		return nil, "", err
	}
	tags, next := tagPage(e.tags, p)
	return tags, next, nil
}

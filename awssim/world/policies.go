package world

import "unicode/utf8"

// policy is a policy of an organization, or AWS's own.
type policy struct {
	id, name, desc, typ, content string
	seq                          uint64
	aws                          bool
	tags                         []Tag
	targets                      list[*node]
}

func (p *policy) order() uint64 { return p.seq }

// managed are AWS's own policies: the type that each is the default of.
var managed = []policy{
	{id: "p-FullAWSAccess", name: "FullAWSAccess", desc: "Allows access to every operation", typ: SCP, aws: true,
		content: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`},
	{id: "p-RCPFullAWSAccess", name: "RCPFullAWSAccess", desc: "Allows access to every resource", typ: RCP, aws: true,
		content: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`},
}

// lower is the type as ARNs have it.
func lower(typ string) string {
	b := []byte(typ)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (o *org) policyArn(p *policy) string {
	if p.aws {
		return "arn:aws:organizations::aws:policy/" + lower(p.typ) + "/" + p.id
	}
	return o.arn("policy", "/"+lower(p.typ)+"/"+p.id)
}

func (o *org) summary(p *policy) PolicySummary {
	return PolicySummary{Id: p.id, Arn: o.policyArn(p), Name: p.name, Description: p.desc, Type: p.typ, AwsManaged: p.aws}
}

func (o *org) policyShape(p *policy) *Policy {
	return &Policy{PolicySummary: o.summary(p), Content: p.content}
}

func (w *World) addManaged(o *org) {
	for _, m := range managed {
		p := m
		p.seq = w.next()
		o.addPolicy(&p)
	}
}

func (o *org) ofType(typ string) *list[*policy] {
	l := o.byType[typ]
	if l == nil {
		l = &list[*policy]{}
		o.byType[typ] = l
	}
	return l
}

func (o *org) addPolicy(p *policy) {
	o.policies[p.id] = p
	o.ofType(p.typ).add(p)
}

func (o *org) policy(id string) (*policy, error) {
	if p := o.policies[id]; p != nil {
		return p, nil
	}
	return nil, refuse("PolicyNotFoundException", "You specified a policy that doesn't exist.")
}

// own finds a policy that may be changed.
func (o *org) own(id string) (*policy, error) {
	p, err := o.policy(id)
	if err == nil && p.aws {
		return nil, Invalid("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified.")
	}
	return p, err
}

// named refuses a second policy of one name and type.
func (o *org) named(typ, name string, but *policy) error {
	for _, p := range o.ofType(typ).items {
		if p.name == name && p != but {
			return refuse("DuplicatePolicyException", "A policy with the same name already exists.")
		}
	}
	return nil
}

// checkContent looks at the size first, characters as sent, then at the form.
func checkContent(typ, content string) error {
	if n := utf8.RuneCountInString(content); n > limits[typ].size {
		return Constraint("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the limit on the size of the policy: %d characters, %d are allowed.", n, limits[typ].size)
	}
	if err := checkDocument(typ, content); err != nil {
		return refuse("MalformedPolicyDocumentException", "The provided policy document does not meet the requirements of the specified policy type: %v.", err)
	}
	return nil
}

// NewPolicy is what CreatePolicy is asked for.
type NewPolicy struct {
	Name, Description, Type, Content string
	Tags                             []Tag
}

// CreatePolicy makes a policy. A name that is taken is refused before the
// document is looked at.
func (w *World) CreatePolicy(who string, in NewPolicy) (*Policy, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	if err := o.allFeatures(); err != nil {
		return nil, err
	}
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if err := o.named(in.Type, in.Name, nil); err != nil {
		return nil, err
	}
	if err := checkContent(in.Type, in.Content); err != nil {
		return nil, err
	}
	if o.ofType(in.Type).len() >= limits[in.Type].number {
		return nil, Constraint("POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of policies of this type.")
	}
	p := &policy{id: o.newID("p-", alnum, 8), name: in.Name, desc: in.Description, typ: in.Type, content: in.Content, seq: w.next()}
	o.addPolicy(p)
	w.setTags(o, policyTags{p}, in.Tags)
	return o.policyShape(p), nil
}

// UpdatePolicy changes what is given and leaves the rest.
func (w *World) UpdatePolicy(who, id string, name, description, content *string) (*Policy, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	p, err := o.own(id)
	if err != nil {
		return nil, err
	}
	if name != nil {
		if err := o.named(p.typ, *name, p); err != nil {
			return nil, err
		}
	}
	if content != nil {
		if err := checkContent(p.typ, *content); err != nil {
			return nil, err
		}
		p.content = *content
	}
	if name != nil {
		p.name = *name
	}
	if description != nil {
		p.desc = *description
	}
	return o.policyShape(p), nil
}

// DeletePolicy removes a policy that is attached nowhere.
func (w *World) DeletePolicy(who, id string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	p, err := o.own(id)
	if err != nil {
		return err
	}
	if p.targets.len() > 0 {
		return refuse("PolicyInUseException", "The policy is attached to one or more entities.")
	}
	delete(o.policies, id)
	o.ofType(p.typ).remove(p)
	o.tagged.remove(policyTags{p})
	return nil
}

// DescribePolicy tells a policy with its document, byte for byte as it was sent.
func (w *World) DescribePolicy(who, id string) (*Policy, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, err
	}
	p, err := o.policy(id)
	if err != nil {
		return nil, err
	}
	return o.policyShape(p), nil
}

// ListPolicies lists the policies of a type, AWS's own first.
func (w *World) ListPolicies(who, typ string, pg Page) ([]PolicySummary, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	page, next := o.ofType(typ).page(pg, nil)
	return o.summaries(page), next, nil
}

func (o *org) summaries(page []*policy) []PolicySummary {
	out := make([]PolicySummary, len(page))
	for i, p := range page {
		out[i] = o.summary(p)
	}
	return out
}

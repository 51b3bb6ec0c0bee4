package world

// parentNode finds a root or unit by id.
func (o *org) parentNode(id string) *node {
	if n := o.nodes[id]; n != nil && n.kids != nil {
		return n
	}
	return nil
}

func (o *org) unit(id string) (*node, error) {
	if n := o.parentNode(id); n != nil && n.parent != nil {
		return n, nil
	}
	return nil, refuse("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
}

func (o *org) unitShape(n *node) *OrganizationalUnit {
	return &OrganizationalUnit{Id: n.id, Arn: o.nodeArn(n), Name: n.name, Path: o.path(n)}
}

func noParent() *Error {
	return refuse("ParentNotFoundException", "You specified parent that doesn't exist.")
}

func (n *node) hasUnit(name string, but *node) error {
	for _, k := range n.kids.units.items {
		if k.name == name && k != but {
			return refuse("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")
		}
	}
	return nil
}

// CreateOrganizationalUnit makes a unit, at most five levels under the root.
func (w *World) CreateOrganizationalUnit(who, parent, name string, tags []Tag) (*OrganizationalUnit, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	if err := checkTags(nil, tags); err != nil {
		return nil, err
	}
	up := o.parentNode(parent)
	if up == nil {
		return nil, noParent()
	}
	if err := up.hasUnit(name, nil); err != nil {
		return nil, err
	}
	depth := 1
	for n := up; n.parent != nil; n = n.parent {
		depth++
	}
	if depth > maxDepth {
		return nil, Constraint("OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the depth limit of an OU tree.")
	}
	if o.units >= maxOUs {
		return nil, Constraint("OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of OUs.")
	}
	n := &node{id: o.newID("ou-"+o.root.id[2:]+"-", alnum, 8), name: name, seq: w.next(), parent: up, kids: &kids{}}
	o.nodes[n.id] = n
	o.units++
	up.kids.units.add(n)
	o.attachDefaults(n)
	w.setTags(o, nodeTags{n}, tags)
	return o.unitShape(n), nil
}

// DescribeOrganizationalUnit tells of one unit.
func (w *World) DescribeOrganizationalUnit(who, id string) (*OrganizationalUnit, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, err
	}
	n, err := o.unit(id)
	if err != nil {
		return nil, err
	}
	return o.unitShape(n), nil
}

// UpdateOrganizationalUnit renames a unit; its siblings' names are taken.
func (w *World) UpdateOrganizationalUnit(who, id string, name *string) (*OrganizationalUnit, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	n, err := o.unit(id)
	if err != nil {
		return nil, err
	}
	if name != nil {
		if err := n.parent.hasUnit(*name, n); err != nil {
			return nil, err
		}
		n.name = *name
	}
	return o.unitShape(n), nil
}

// DeleteOrganizationalUnit removes an empty unit, and with it its attachments.
func (w *World) DeleteOrganizationalUnit(who, id string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	n, err := o.unit(id)
	if err != nil {
		return err
	}
	if n.kids.units.len()+n.kids.accounts.len() > 0 {
		return refuse("OrganizationalUnitNotEmptyException", "The organizational unit is not empty.")
	}
	n.parent.kids.units.remove(n)
	o.forget(n)
	o.units--
	return nil
}

// forget drops a node from everything but its parent.
func (o *org) forget(n *node) {
	for _, p := range n.policies {
		p.targets.remove(n)
	}
	n.policies = nil
	o.tagged.remove(nodeTags{n})
	delete(o.nodes, n.id)
}

// above finds the node whose children somebody may list.
func (w *World) above(who, parent string) (*org, *node, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, nil, err
	}
	up := o.parentNode(parent)
	if up == nil {
		return nil, nil, noParent()
	}
	return o, up, nil
}

// ListOrganizationalUnitsForParent lists the units right under a node.
func (w *World) ListOrganizationalUnitsForParent(who, parent string, p Page) ([]OrganizationalUnit, uint64, error) {
	o, up, err := w.above(who, parent)
	if err != nil {
		return nil, 0, err
	}
	page, next := up.kids.units.page(p, nil)
	out := make([]OrganizationalUnit, len(page))
	for i, n := range page {
		out[i] = *o.unitShape(n)
	}
	return out, next, nil
}

// ListParents tells the one node above a unit or account.
func (w *World) ListParents(who, child string) ([]Parent, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, err
	}
	n := o.nodes[child]
	if n == nil || n.parent == nil {
		return nil, refuse("ChildNotFoundException", "You specified an organizational unit or account that doesn't exist.")
	}
	return []Parent{{n.parent.id, n.parent.typ()}}, nil
}

// ListChildren lists the units or the accounts right under a node.
func (w *World) ListChildren(who, parent, typ string, p Page) ([]Child, uint64, error) {
	_, up, err := w.above(who, parent)
	if err != nil {
		return nil, 0, err
	}
	of := &up.kids.units
	if typ == "ACCOUNT" {
		of = &up.kids.accounts
	}
	page, next := of.page(p, nil)
	out := make([]Child, len(page))
	for i, n := range page {
		out[i] = Child{n.id, typ}
	}
	return out, next, nil
}

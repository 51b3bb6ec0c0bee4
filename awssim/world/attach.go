package world

import "slices"

func (o *org) target(id string) (*node, error) {
	if n := o.nodes[id]; n != nil {
		return n, nil
	}
	return nil, refuse("TargetNotFoundException", "You specified a target that doesn't exist.")
}

func (o *org) hang(p *policy, n *node) {
	n.policies = append(n.policies, p)
	p.targets.add(n)
}

func (o *org) take(p *policy, n *node) {
	n.policies = slices.DeleteFunc(n.policies, func(x *policy) bool { return x == p })
	p.targets.remove(n)
}

func (n *node) count(typ string) int {
	c := 0
	for _, p := range n.policies {
		if p.typ == typ {
			c++
		}
	}
	return c
}

// attachDefaults hangs AWS's own policy of every enabled type on a node.
func (o *org) attachDefaults(n *node) {
	for i := range managed {
		if t := o.types[managed[i].typ]; t != nil && t.status != pendingDisable {
			o.hang(o.policies[managed[i].id], n)
		}
	}
}

// pair finds a policy and a node to put together or to part.
func (w *World) pair(who, id, target string) (*org, *policy, *node, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := o.policy(id)
	if err != nil {
		return nil, nil, nil, err
	}
	n, err := o.target(target)
	return o, p, n, err
}

// AttachPolicy hangs a policy on the root, a unit or an account.
func (w *World) AttachPolicy(who, id, target string) error {
	o, p, n, err := w.pair(who, id, target)
	if err != nil {
		return err
	}
	if err := o.typeEnabled(p.typ); err != nil {
		return err
	}
	if slices.Contains(n.policies, p) {
		return refuse("DuplicatePolicyAttachmentException", "A policy is already attached to the specified target.")
	}
	if n.count(p.typ) >= limits[p.typ].slots {
		return Constraint("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "You have exceeded the number of policies of this type that can be attached to an entity.")
	}
	o.hang(p, n)
	return nil
}

// DetachPolicy takes a policy off a node. A node keeps one SCP at least, and
// always RCPFullAWSAccess.
func (w *World) DetachPolicy(who, id, target string) error {
	o, p, n, err := w.pair(who, id, target)
	if err != nil {
		return err
	}
	if p.aws && p.typ == RCP {
		return Invalid("NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy.")
	}
	if !slices.Contains(n.policies, p) {
		return refuse("PolicyNotAttachedException", "The policy isn't attached to the specified target.")
	}
	if p.typ == SCP && n.count(SCP) == 1 {
		return Constraint("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "You can't remove the last policy of this type from an entity.")
	}
	o.take(p, n)
	return nil
}

// ListPoliciesForTarget lists the policies of a type that hang on a node
// itself, not those it inherits.
func (w *World) ListPoliciesForTarget(who, target, typ string, pg Page) ([]PolicySummary, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	n, err := o.target(target)
	if err != nil {
		return nil, 0, err
	}
	var l list[*policy]
	for _, p := range n.policies {
		if p.typ == typ {
			l.add(p)
		}
	}
	page, next := l.page(pg, nil)
	return o.summaries(page), next, nil
}

// ListTargetsForPolicy lists the nodes that a policy hangs on.
func (w *World) ListTargetsForPolicy(who, id string, pg Page) ([]PolicyTarget, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	p, err := o.policy(id)
	if err != nil {
		return nil, 0, err
	}
	page, next := p.targets.page(pg, nil)
	out := make([]PolicyTarget, len(page))
	for i, n := range page {
		out[i] = PolicyTarget{TargetId: n.id, Arn: o.nodeArn(n), Name: n.label(), Type: n.typ()}
	}
	return out, next, nil
}

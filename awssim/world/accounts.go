package world

import (
	"slices"
	"time"
)

func noAccount() *Error {
	return refuse("AccountNotFoundException", "You specified an account that doesn't exist.")
}

func (o *org) member(id string) (*node, error) {
	if n := o.nodes[id]; n != nil && n.acct != nil {
		return n, nil
	}
	return nil, noAccount()
}

func (o *org) accountShape(n *node) Account {
	method := "INVITED"
	if n.created {
		method = "CREATED"
	}
	s := stateNames[n.acct.state]
	return Account{
		Id: n.id, Arn: o.nodeArn(n), Email: n.acct.email, Name: n.acct.name, Status: s.status, State: s.state,
		Paths: []string{o.path(n)}, JoinedMethod: method, JoinedTimestamp: Time{n.joined},
	}
}

func (o *org) accountShapes(page []*node) []Account {
	out := make([]Account, len(page))
	for i, n := range page {
		out[i] = o.accountShape(n)
	}
	return out
}

// DescribeAccount tells of one account of the organization.
func (w *World) DescribeAccount(who, id string) (*Account, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, err
	}
	n, err := o.member(id)
	if err != nil {
		return nil, err
	}
	a := o.accountShape(n)
	return &a, nil
}

// ListAccounts lists all accounts, the management account among them.
func (w *World) ListAccounts(who string, p Page) ([]Account, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	page, next := o.accounts.page(p, nil)
	return o.accountShapes(page), next, nil
}

// ListAccountsForParent lists the accounts right under a node.
func (w *World) ListAccountsForParent(who, parent string, p Page) ([]Account, uint64, error) {
	o, up, err := w.above(who, parent)
	if err != nil {
		return nil, 0, err
	}
	page, next := up.kids.accounts.page(p, nil)
	return o.accountShapes(page), next, nil
}

// MoveAccount moves an account between nodes; source must be where it is.
func (w *World) MoveAccount(who, id, source, destination string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	n, err := o.member(id)
	if err != nil {
		return err
	}
	from, to := o.parentNode(source), o.parentNode(destination)
	switch {
	case from == nil:
		return refuse("SourceParentNotFoundException", "You specified a source parent that doesn't exist.")
	case to == nil:
		return refuse("DestinationParentNotFoundException", "You specified a destination parent that doesn't exist.")
	case n.parent == to:
		return refuse("DuplicateAccountException", "The account is already present in the specified destination.")
	case n.parent != from:
		return refuse("SourceParentNotFoundException", "The account is not in the specified source parent.")
	}
	from.kids.accounts.remove(n)
	n.parent = to
	to.kids.accounts.add(n)
	w.stacksFollow(o, id)
	return nil
}

// RemoveAccountFromOrganization lets a member go. An account that was created
// here must be four days old; what a standalone account needs besides is taken
// as given.
func (w *World) RemoveAccountFromOrganization(who, id string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	n, err := o.member(id)
	if err != nil {
		return err
	}
	return w.leave(o, n)
}

// LeaveOrganization is the same, asked for by the member itself.
func (w *World) LeaveOrganization(who string) error {
	o, err := w.inOrg(who)
	if err != nil {
		return err
	}
	return w.leave(o, o.nodes[who])
}

func (w *World) leave(o *org, n *node) error {
	switch {
	case n.acct == o.master:
		return refuse("MasterCannotLeaveOrganizationException", "You can't remove the management account from an organization.")
	case len(o.admins[n.id]) > 0:
		return Constraint("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", "The account is a delegated administrator.")
	case n.created && w.now.Before(n.joined.Add(leaveAge)):
		return Constraint("WAIT_PERIOD_ACTIVE", "You must wait until at least four days after the account was created.")
	}
	w.drop(o, n)
	return nil
}

// drop takes an account out of its organization.
func (w *World) drop(o *org, n *node) {
	n.parent.kids.accounts.remove(n)
	o.accounts.remove(n)
	o.forget(n)
	delete(o.admins, n.id)
	o.closing = slices.DeleteFunc(o.closing, func(a *account) bool { return a == n.acct })
	n.acct.org, n.acct.node = nil, nil
	w.stacksFollow(o, n.id)
}

// CloseAccount begins the closing of a member. Its address is burnt: no other
// account ever gets it.
func (w *World) CloseAccount(who, id string) error {
	o, err := w.payer(who)
	if err != nil {
		return err
	}
	n, err := o.member(id)
	if err != nil {
		return err
	}
	o.closures = slices.DeleteFunc(o.closures, func(t time.Time) bool { return !w.now.Before(t.Add(closeWindow)) })
	busy := 0
	for _, a := range o.closing {
		if a.state == PendingClosure {
			busy++
		}
	}
	quota := min(max(minCloseQuota, (o.accounts.len()-1)/5), maxCloseQuota)
	switch {
	case n.acct == o.master:
		return Constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account.")
	case n.acct.state != Active:
		return refuse("AccountAlreadyClosedException", "The account is already closed or is being closed.")
	case busy >= maxClosing:
		return Constraint("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", "You can close only %d accounts at a time.", maxClosing)
	case len(o.closures) >= quota:
		return Constraint("CLOSE_ACCOUNT_QUOTA_EXCEEDED", "You have exceeded the quota of closed accounts for the past 30 days.")
	}
	n.acct.state, n.acct.closing = PendingClosure, w.now
	o.closing = append(o.closing, n.acct)
	o.closures = append(o.closures, w.now)
	w.wake(w.cfg.CloseTime)
	return nil
}

// settleClosures ends closings that are due, and takes accounts out that have
// been closed for ninety days.
func (w *World) settleClosures(o *org) {
	for _, a := range slices.Clone(o.closing) {
		if end := a.closing.Add(w.cfg.CloseTime); a.state == PendingClosure && w.now.Before(end) {
			w.wake(end.Sub(w.now))
			continue
		}
		a.state = Closed
		if end := a.closing.Add(closedFor); w.now.Before(end) {
			w.wake(end.Sub(w.now))
			continue
		}
		w.drop(o, a.node)
	}
}

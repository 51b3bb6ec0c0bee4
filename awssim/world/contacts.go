package world

import "time"

// accountService is the principal that trusted access must name before the
// management account may work on members through the Account API.
const accountService = "account.amazonaws.com"

// Contact is an alternate contact.
type Contact struct {
	Name, Title, EmailAddress, PhoneNumber, AlternateContactType string
}

// subject finds the account that a call of the Account API is about: the
// caller's own where none is named, else a member of its organization.
func (w *World) subject(who, id string) (*account, error) {
	if id == "" {
		return w.account(who), nil
	}
	o := w.account(who).org
	if o == nil {
		return nil, denied()
	}
	_, admin := o.admins[who][accountService]
	if _, trusted := o.services[accountService]; !trusted || o.master.id != who && !admin {
		return nil, denied()
	}
	n := o.nodes[id]
	if n == nil || n.acct == nil || n.acct == o.master {
		return nil, denied()
	}
	return n.acct, nil
}

// PutAccountName renames an account.
func (w *World) PutAccountName(who, id, name string) error {
	a, err := w.subject(who, id)
	if err == nil {
		a.name = name
	}
	return err
}

// Information is what GetAccountInformation tells.
type Information struct {
	ID, Name, State string
	Created         time.Time
}

// GetAccountInformation tells the name and state of an account.
func (w *World) GetAccountInformation(who, id string) (Information, error) {
	a, err := w.subject(who, id)
	if err != nil {
		return Information{}, err
	}
	return Information{a.id, a.name, [...]string{"ACTIVE", "ACTIVE", "CLOSED"}[a.state], a.created}, nil
}

// PutAlternateContact sets one contact of an account.
func (w *World) PutAlternateContact(who, id string, c Contact) error {
	a, err := w.subject(who, id)
	if err != nil {
		return err
	}
	if a.contacts == nil {
		a.contacts = map[string]Contact{}
	}
	a.contacts[c.AlternateContactType] = c
	return nil
}

// GetAlternateContact tells one contact of an account.
func (w *World) GetAlternateContact(who, id, typ string) (Contact, error) {
	a, err := w.subject(who, id)
	if err != nil {
		return Contact{}, err
	}
	c, ok := a.contacts[typ]
	if !ok {
		return Contact{}, refuse("ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
	}
	return c, nil
}

// DeleteAlternateContact removes one contact of an account.
func (w *World) DeleteAlternateContact(who, id, typ string) error {
	if _, err := w.GetAlternateContact(who, id, typ); err != nil {
		return err
	}
	a, err := w.subject(who, id)
	if err == nil {
		delete(a.contacts, typ)
	}
	return err
}

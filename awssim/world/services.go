package world

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// knownService takes for a service principal what looks like one; AWS keeps a
// list that nobody publishes.
func knownService(principal string) error {
	if name, ok := strings.CutSuffix(principal, ".amazonaws.com"); !ok || name == "" {
		return Invalid("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified a service principal that isn't recognized: %s.", principal)
	}
	return nil
}

func (w *World) servicePayer(who, principal string) (*org, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	if o.features != "ALL" {
		return nil, Constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "This operation requires all features.")
	}
	return o, knownService(principal)
}

// EnableAWSServiceAccess gives a service trusted access. Again is no mistake.
func (w *World) EnableAWSServiceAccess(who, principal string) error {
	o, err := w.servicePayer(who, principal)
	if err != nil {
		return err
	}
	if _, ok := o.services[principal]; !ok {
		o.services[principal] = w.now
	}
	return nil
}

// DisableAWSServiceAccess takes it away.
func (w *World) DisableAWSServiceAccess(who, principal string) error {
	o, err := w.servicePayer(who, principal)
	if err != nil {
		return err
	}
	delete(o.services, principal)
	return nil
}

// pageOf pages through names in their order; the number that goes on is the
// place in that order, which suits lists of a few dozen.
func pageOf(names []string, p Page) ([]string, uint64) {
	slices.Sort(names)
	from := min(int(p.After), len(names))
	to := min(from+p.Max, len(names))
	if to < len(names) {
		return names[from:to], uint64(to)
	}
	return names[from:to], 0
}

// ListAWSServiceAccessForOrganization lists the services with trusted access.
func (w *World) ListAWSServiceAccessForOrganization(who string, p Page) ([]EnabledServicePrincipal, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	page, next := pageOf(slices.Collect(maps.Keys(o.services)), p)
	out := make([]EnabledServicePrincipal, len(page))
	for i, s := range page {
		out[i] = EnabledServicePrincipal{s, Time{o.services[s]}}
	}
	return out, next, nil
}

// RegisterDelegatedAdministrator lets a member administer a service that has
// trusted access.
func (w *World) RegisterDelegatedAdministrator(who, id, principal string) error {
	o, err := w.servicePayer(who, principal)
	if err != nil {
		return err
	}
	n, err := o.member(id)
	if err != nil {
		return err
	}
	if n.acct == o.master {
		return Constraint("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", "You can't register the management account as a delegated administrator.")
	}
	if n.acct.state != Active {
		return Constraint("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR", "You can't register a suspended account as a delegated administrator.")
	}
	if _, ok := o.services[principal]; !ok {
		return Constraint("SERVICE_ACCESS_NOT_ENABLED", "You must enable service access first.")
	}
	if _, ok := o.admins[id][principal]; ok {
		return refuse("AccountAlreadyRegisteredException", "The account is already a delegated administrator for this service.")
	}
	if o.admins[id] == nil {
		o.admins[id] = map[string]time.Time{}
	}
	o.admins[id][principal] = w.now
	return nil
}

// DeregisterDelegatedAdministrator ends that.
func (w *World) DeregisterDelegatedAdministrator(who, id, principal string) error {
	o, err := w.servicePayer(who, principal)
	if err != nil {
		return err
	}
	if _, err := o.member(id); err != nil {
		return err
	}
	if _, ok := o.admins[id][principal]; !ok {
		return refuse("AccountNotRegisteredException", "The account is not a delegated administrator for this service.")
	}
	delete(o.admins[id], principal)
	if len(o.admins[id]) == 0 {
		delete(o.admins, id)
	}
	return nil
}

// ListDelegatedAdministrators lists the members that administer a service, or
// any where none is named.
func (w *World) ListDelegatedAdministrators(who, principal string, p Page) ([]DelegatedAdministrator, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	since := map[string]time.Time{}
	for id, services := range o.admins {
		for s, t := range services {
			if first, ok := since[id]; (principal == "" || s == principal) && (!ok || t.Before(first)) {
				since[id] = t
			}
		}
	}
	page, next := pageOf(slices.Collect(maps.Keys(since)), p)
	out := make([]DelegatedAdministrator, len(page))
	for i, id := range page {
		a := o.accountShape(o.nodes[id])
		out[i] = DelegatedAdministrator{
			Id: a.Id, Arn: a.Arn, Email: a.Email, Name: a.Name, Status: a.Status, State: a.State,
			JoinedMethod: a.JoinedMethod, JoinedTimestamp: a.JoinedTimestamp, DelegationEnabledDate: Time{since[id]},
		}
	}
	return out, next, nil
}

// ListDelegatedServicesForAccount lists the services that a member administers.
func (w *World) ListDelegatedServicesForAccount(who, id string, p Page) ([]DelegatedService, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	if _, err := o.member(id); err != nil {
		return nil, 0, err
	}
	if len(o.admins[id]) == 0 {
		return nil, 0, refuse("AccountNotRegisteredException", "The account is not a delegated administrator.")
	}
	page, next := pageOf(slices.Collect(maps.Keys(o.admins[id])), p)
	out := make([]DelegatedService, len(page))
	for i, s := range page {
		out[i] = DelegatedService{s, Time{o.admins[id][s]}}
	}
	return out, next, nil
}

// Package contact is the kind of an alternate contact (billing, operations or
// security) of the payer's own account or of a member.
package contact

import (
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/payer-reconciler/reconciler/kind"
	accounts "github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/trustedservice"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Kind is an alternate contact. AWS has one of each type in an account, and
// none that the file does not name is read; null in the file takes one away.
var Kind = &kind.Kind{
	Name:     "contact",
	Doc:      "an alternate contact of the payer or of a member: billing, operations, security",
	Requires: []*kind.Kind{trustedservice.Kind, accounts.Kind},
	Calls: map[string][]string{"create": {"PutAlternateContact"}, "update": {"PutAlternateContact"},
		"delete": {"DeleteAlternateContact"}},
	Desired: desired,
	Live:    live,
	Create:  create,
	Update:  update,
	Delete:  remove,
}

// service is the one whose trusted access the contacts of members need.
const service = "account.amazonaws.com"

// access is what the contacts of members wait for.
var access = []resource.Ref{trustedservice.Ref(service)}

// The inputs: the id of the member, "" for the payer's own account, and the type.
const (
	inputAccount = "account"
	inputType    = "type"
)

// one is one contact that the file speaks of.
type one struct {
	email       string // "" for the payer's own
	contactType types.AlternateContactType
	contact     *spec.Contact
	pool, id    string // of the account, where it is of a pool
}

func (o one) ref() resource.Ref { return spec.ContactRef(o.email, string(o.contactType)) }

// each gives the contacts that the file names of an account.
func each(email string, c spec.Contacts, f func(one)) {
	for _, o := range []one{
		{email: email, contactType: types.AlternateContactTypeBilling, contact: c.Billing},
		{email: email, contactType: types.AlternateContactTypeOperations, contact: c.Operations},
		{email: email, contactType: types.AlternateContactTypeSecurity, contact: c.Security},
	} {
		if o.contact != nil {
			f(o)
		}
	}
}

// named gives all contacts of the file but those of accounts that are closed:
// AWS lets nobody see or change these.
func named(p *spec.Payer, read *resource.State) []one {
	var all []one
	add := func(o one) { all = append(all, o) }
	each("", p.Contacts, add)
	for a := range p.AllAccounts() {
		if have, _ := read.Get(a.Ref()); !accounts.Closed(have) {
			each(a.Email, a.Contacts, func(o one) {
				o.pool, o.id = a.Pool, a.ID
				add(o)
			})
		}
	}
	return all
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	var (
		objects []resource.Object
		after   = []resource.Ref{spec.OrganizationRef, trustedservice.Ref(service)}
		attrs   = map[*spec.Contact]resource.Attrs{} // those of a pool share them
	)
	for _, o := range named(p, read) {
		a, ok := attrs[o.contact]
		if !ok {
			a = attributes(o.contact)
			attrs[o.contact] = a
		}
		w := resource.Object{Ref: o.ref(), Attrs: a, Origin: o.contact.Pos.String(),
			Inputs: resource.Attrs{inputType: resource.Lit(string(o.contactType))}}
		if o.email != "" {
			w.Inputs[inputAccount], w.After = resource.Output(spec.AccountRef(o.email), "id"), after
		}
		w.Facts = map[string]string{}
		if o.contact.Absent {
			w.Facts[resource.FactAbsent] = "true"
		}
		if o.pool != "" {
			w.Facts[resource.FactName] = string(o.contactType)
			w.Facts[resource.FactPool], w.Facts[resource.FactID] = o.pool, o.id
		}
		objects = append(objects, w)
	}
	return objects, nil
}

func attributes(c *spec.Contact) resource.Attrs {
	if c.Absent {
		return nil
	}
	return resource.Attrs{"name": resource.Lit(c.Name), "title": resource.Lit(c.Title),
		"email": resource.Lit(c.Email), "phone": resource.Lit(c.Phone)}
}

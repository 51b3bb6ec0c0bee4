package contact

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"

	"github.com/payer-reconciler/reconciler/cloud"
	accounts "github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/trustedservice"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// live reads the contacts that the file names, one call each. Those of members
// are not asked for before there is trusted access.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if p == nil {
		p = everything(s, read)
	}
	all := named(p, read)
	state := trusted(p, read)
	objects := make([]resource.Object, len(all))
	err := orgs.Each(ctx, all, func(ctx context.Context, i int, o one) (err error) {
		id := ""
		if o.email != "" {
			have, _ := read.Get(spec.AccountRef(o.email))
			if id = have.ID(); id == "" {
				return nil // an account that is to be made has none
			}
			switch {
			case state == off:
				objects[i] = resource.Object{Ref: o.ref(), Facts: map[string]string{resource.FactAbsent: "true",
					resource.FactBlocked: "contacts of members need " + service + " among organization.trustedServices"}}
				return nil
			case state == comes:
				return nil
			}
		}
		objects[i], err = get(ctx, s, o, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(objects, func(o resource.Object) bool { return o.Ref.IsZero() }), nil
}

// What is known of trusted access for the service.
const (
	unknown = iota // the list of services was not read
	on
	comes // an apply switches it on
	off
)

func trusted(p *spec.Payer, read *resource.State) int {
	if _, ok := read.Get(trustedservice.Ref(service)); ok {
		return on
	}
	if !p.Organization.TrustedServicesSet {
		return unknown
	}
	for _, n := range p.Organization.TrustedServices {
		if n.Value == service {
			return comes
		}
	}
	return off
}

// everything is a payer that names every contact of every account.
func everything(s *cloud.Session, read *resource.State) *spec.Payer {
	c := spec.Contacts{Billing: &spec.Contact{}, Operations: &spec.Contact{}, Security: &spec.Contact{}}
	p := &spec.Payer{Contacts: c}
	p.Organization.TrustedServicesSet = true // a list that was read whole
	for a := range read.Kind(accounts.Kind.Name) {
		if a.ID() != s.AccountID() {
			p.Accounts = append(p.Accounts, spec.Account{Email: a.Outputs["email"], Contacts: c})
		}
	}
	return p
}

// member is the AccountId of a call: none for the payer's own account, which
// must not be named.
func member(s *cloud.Session, id string) *string {
	if id == "" || id == s.AccountID() {
		return nil
	}
	return aws.String(id)
}

// gone says that the account has no contact of the type.
func gone(err error) bool { return cloud.Code(err) == "ResourceNotFoundException" }

func get(ctx context.Context, s *cloud.Session, o one, id string) (resource.Object, error) {
	out, err := s.Account().GetAlternateContact(ctx, &account.GetAlternateContactInput{
		AccountId: member(s, id), AlternateContactType: o.contactType})
	switch {
	case gone(err):
		return resource.Object{}, nil
	case err != nil:
		return resource.Object{}, fmt.Errorf("read %s: %w", o.ref(), explain(err, member(s, id), "GetAlternateContact"))
	}
	c := out.AlternateContact
	live := resource.Object{Ref: o.ref(), Outputs: map[string]string{"id": string(o.contactType), inputAccount: id},
		Attrs: resource.Attrs{"name": resource.Lit(aws.ToString(c.Name)), "title": resource.Lit(aws.ToString(c.Title)),
			"email": resource.Lit(aws.ToString(c.EmailAddress)), "phone": resource.Lit(aws.ToString(c.PhoneNumber))}}
	if o.email != "" {
		live.Under = access // a delete needs it
	}
	return live, nil
}

// explain says what a refusal needs. For a member it may be trusted access as
// well as a permission; so it does not mean that we may do nothing here.
func explain(err error, member *string, operation string) error {
	switch {
	case !strings.HasPrefix(cloud.Code(err), "AccessDenied"):
		return err
	case member == nil:
		return fmt.Errorf("%w; it needs account:%s", err, operation)
	}
	return cloud.Refused(err, "for a member it needs account:"+operation+", and "+service+" among organization.trustedServices")
}

// Package kinds is the list of every kind that the tool knows. A new kind is a
// new folder here and one line in [All].
package kinds

import (
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/attachment"
	"github.com/payer-reconciler/reconciler/kinds/billingreport"
	"github.com/payer-reconciler/reconciler/kinds/bucket"
	"github.com/payer-reconciler/reconciler/kinds/bucketpolicy"
	"github.com/payer-reconciler/reconciler/kinds/contact"
	"github.com/payer-reconciler/reconciler/kinds/group"
	"github.com/payer-reconciler/reconciler/kinds/managedpolicy"
	"github.com/payer-reconciler/reconciler/kinds/memberrole"
	"github.com/payer-reconciler/reconciler/kinds/organization"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/kinds/policy"
	"github.com/payer-reconciler/reconciler/kinds/policytype"
	"github.com/payer-reconciler/reconciler/kinds/quota"
	"github.com/payer-reconciler/reconciler/kinds/role"
	"github.com/payer-reconciler/reconciler/kinds/stackset"
	"github.com/payer-reconciler/reconciler/kinds/trustedservice"
	"github.com/payer-reconciler/reconciler/kinds/user"
)

// All lists the kinds in the order in which a plan shows them. Each stands
// behind those it requires.
func All() []*kind.Kind {
	return []*kind.Kind{
		organization.Kind,
		trustedservice.Kind,
		policytype.Kind,
		ou.Kind,
		policy.Kind,
		attachment.Kind,
		quota.Kind,
		account.Kind,
		user.Kind,
		group.Kind,
		role.Kind,
		managedpolicy.Kind,
		memberrole.Kind,
		stackset.Kind,
		contact.Kind,
		bucket.Kind,
		bucketpolicy.Kind,
		billingreport.Kind,
	}
}

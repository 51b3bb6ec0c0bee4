package spec

import (
	"iter"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
)

// SCP and RCP are the two policy types that have a default policy.
const (
	SCP = "SERVICE_CONTROL_POLICY"
	RCP = "RESOURCE_CONTROL_POLICY"
)

// The policies that AWS attaches to every node of their type.
const (
	FullAWSAccess    = "FullAWSAccess"
	RCPFullAWSAccess = "RCPFullAWSAccess"
)

// The refs of what exists once.
var (
	OrganizationRef = resource.Ref{Kind: "organization"}
	RootRef         = resource.Ref{Kind: "root"}
)

// PolicyRef names a policy: policy/NAME for an SCP, policy/TYPE:NAME for any
// other type.
func PolicyRef(policyType, name string) resource.Ref {
	name = resource.Escape(name)
	if policyType != SCP {
		name = policyType + ":" + name
	}
	return resource.Ref{Kind: "policy", Name: name}
}

// AccountRef names an account by its email, in lower case.
func AccountRef(email string) resource.Ref {
	return resource.Ref{Kind: "account", Name: strings.ToLower(email)}
}

// AttachmentRef names a policy on a node; node is the Ref of the root or an OU.
func AttachmentRef(policy, node resource.Ref) resource.Ref {
	return resource.Ref{Kind: "attachment", Name: policy.Name + "@" + node.String()}
}

// AllOUs gives every declared OU, parents before children, in file order.
func (p *Payer) AllOUs() iter.Seq[OU] {
	return func(yield func(OU) bool) { walkOUs(p.OUs, yield) }
}

func walkOUs(ous []OU, yield func(OU) bool) bool {
	for _, o := range ous {
		if !yield(o) || !walkOUs(o.OUs, yield) {
			return false
		}
	}
	return true
}

// AllAccounts gives every wanted account: the named ones, then those of the
// pools, in file order and the order of the ids.
func (p *Payer) AllAccounts() iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for _, a := range p.Accounts {
			if !yield(a) {
				return
			}
		}
		for _, pool := range p.Pools {
			for _, a := range pool.Accounts {
				if !yield(a) {
					return
				}
			}
		}
	}
}

// CSVs gives the files that the pools name, each path once, in file order.
func (p *Payer) CSVs() []CSV {
	var files []CSV
	seen := map[string]bool{}
	for _, pool := range p.Pools {
		if pool.CSV != nil && !seen[pool.CSV.Path] {
			seen[pool.CSV.Path] = true
			files = append(files, *pool.CSV)
		}
	}
	return files
}

package spec

import (
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// What a daemon does about an object that somebody changed in AWS.
const (
	DriftHeal   = "heal"   // it is made again what the file says
	DriftReport = "report" // it is reported and left
)

// DriftOf gives DriftHeal or DriftReport for an object: what its policy says,
// for a policy and its attachments, else what the payer says.
func (p *Payer) DriftOf(ref resource.Ref) string {
	name := ""
	switch ref.Kind {
	case "policy":
		name = ref.Name
	case "attachment":
		name, _, _ = strings.Cut(ref.Name, "@") // an @ in a name is escaped
	}
	if name != "" {
		for _, policy := range p.Policies {
			if policy.Drift != "" && policy.Ref().Name == name {
				return policy.Drift
			}
		}
	}
	if p.Drift == "" {
		return DriftHeal
	}
	return p.Drift
}

// drift reads heal or report; "" where nothing is said.
func (b *builder) drift(v file.V[string]) string {
	if !b.fits(v.At) {
		return ""
	}
	return b.oneOf(v, DriftHeal, DriftReport)
}

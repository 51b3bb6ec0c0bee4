package reconcile

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// WantedDigest is a hash of what the payer file wants. Two passes of one version
// of this program with one digest want the same, whatever lines the file has it
// on and whatever AWS has by then.
func (p *Planned) WantedDigest() string {
	// Values that AWS gives and accounts that come and go are no part of a wish:
	// the kinds are shown the organization alone.
	var read resource.State
	if org, ok := p.Live.Get(spec.OrganizationRef); ok {
		read.Put(org)
	}
	hash := sha256.New()
	out := json.NewEncoder(hash)
	for _, k := range p.kinds {
		objects, err := k.Desired(p.Payer, &read)
		if err != nil { // with what AWS has it was none: it is as good a part of the hash
			fmt.Fprintln(hash, k.Name, err)
		}
		for _, o := range objects {
			w := wish{Ref: o.Ref, At: o.At, Attrs: o.Attrs, Inputs: o.Inputs,
				Absent: o.Facts[resource.FactAbsent], Adopt: o.Facts[resource.FactAdopt]}
			if err := out.Encode(w); err != nil {
				panic(fmt.Sprintf("encode %s: %v", o.Ref, err)) // plain strings
			}
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:16])
}

// wish is what a payer file wants of one object.
type wish struct {
	Ref           resource.Ref
	At            resource.Place
	Attrs, Inputs resource.Attrs
	Absent, Adopt string
}

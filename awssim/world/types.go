package world

import "time"

// policyType is a policy type that is enabled, or on its way.
type policyType struct {
	status string
	asked  time.Time
}

const (
	enabled        = "ENABLED"
	pendingEnable  = "PENDING_ENABLE"
	pendingDisable = "PENDING_DISABLE"
)

func (o *org) allFeatures() error {
	if o.features != "ALL" {
		return refuse("PolicyTypeNotAvailableForOrganizationException", "You can't use the specified policy type with the feature set currently enabled for this organization.")
	}
	return nil
}

func (o *org) typeEnabled(typ string) error {
	if t := o.types[typ]; t == nil || t.status != enabled {
		return refuse("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")
	}
	return nil
}

func (w *World) rootOf(who, root string) (*org, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	if o.root.id != root {
		return nil, refuse("RootNotFoundException", "You specified a root that doesn't exist.")
	}
	return o, nil
}

// EnablePolicyType begins to enable a type. It answers at once; ListRoots
// shows ENABLED later.
func (w *World) EnablePolicyType(who, root, typ string) (*Root, error) {
	o, err := w.rootOf(who, root)
	if err != nil {
		return nil, err
	}
	if err := o.allFeatures(); err != nil {
		return nil, err
	}
	if t := o.types[typ]; t != nil {
		if t.status == pendingDisable {
			return nil, refuse("PolicyChangesInProgressException", "Changes to the effective policy are in progress. Try again later.")
		}
		return nil, refuse("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
	}
	o.types[typ] = &policyType{status: pendingEnable, asked: w.now}
	for _, n := range o.nodes {
		for i := range managed {
			if managed[i].typ == typ {
				o.hang(o.policies[managed[i].id], n)
			}
		}
	}
	w.wake(w.cfg.SettleTime)
	r := o.rootShape()
	return &r, nil
}

// DisablePolicyType begins to disable a type. All its attachments are gone,
// and do not come back when the type is enabled again.
func (w *World) DisablePolicyType(who, root, typ string) (*Root, error) {
	o, err := w.rootOf(who, root)
	if err != nil {
		return nil, err
	}
	if t := o.types[typ]; t != nil && t.status != enabled {
		return nil, refuse("PolicyChangesInProgressException", "Changes to the effective policy are in progress. Try again later.")
	}
	if err := o.typeEnabled(typ); err != nil {
		return nil, err
	}
	for _, p := range o.ofType(typ).items {
		for p.targets.len() > 0 {
			o.take(p, p.targets.items[p.targets.len()-1])
		}
	}
	o.types[typ] = &policyType{status: pendingDisable, asked: w.now}
	w.wake(w.cfg.SettleTime)
	r := o.rootShape()
	return &r, nil
}

// settleTypes ends changes of policy types that are due, or all.
func (w *World) settleTypes(o *org, all bool) {
	for name, t := range o.types {
		end := t.asked.Add(w.cfg.SettleTime)
		switch {
		case t.status == enabled:
		case !all && w.now.Before(end):
			w.wake(end.Sub(w.now))
		case t.status == pendingEnable:
			t.status = enabled
		default:
			delete(o.types, name)
		}
	}
}

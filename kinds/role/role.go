// Package role is the kind of an IAM role of the payer. What it does in one
// account, [Want], [Read], [Create], [Update] and [Delete], serves for roles
// inside members too: the session says which account it is.
package role

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// The attributes that only a role has.
const (
	trust       = "trust"
	description = "description"
	maxSession  = "maxSessionDuration"
)

// Kind is an IAM role of the payer. AWS publishes no rates of IAM, so that no
// forecast can be made of its calls.
var Kind = &kind.Kind{
	Name:    "role",
	Doc:     "an IAM role of the payer",
	Fixed:   map[string]string{iams.Path: iams.PathFixed},
	Marked:  true,
	Prunes:  true,
	Desired: desired,
	Live:    live,
	Confirm: Confirm,
	Create:  Create,
	Update:  Update,
	Delete:  Delete,
	Resume:  Resume,
}

func desired(p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	leaving, keep, denying := iams.Leaving(p, read), self.Of(p), iams.Denying(p, read)
	objects := make([]resource.Object, 0, len(p.Roles))
	for _, w := range p.Roles {
		have, _ := read.Get(w.Ref())
		o, err := Want(w, w.Ref(), have, leaving, read)
		if err != nil {
			return nil, err
		}
		if v, ok := self.Hand(p.Name, have, o, w.Handoff); ok {
			o.Attrs[self.Handoff] = v
		}
		if why := keep.Role(w.Name); why != "" {
			KeepTrust(&o, have, why)
		}
		if why := keep.OwnRole(w.Name); why != "" {
			iams.KeepRights(&o, have, w.Policies, denying, why)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// Want is the wanted object of a role; have is the live one, leaving are the
// ARNs of policies that are about to be deleted.
func Want(w spec.Role, ref resource.Ref, have resource.Object, leaving map[string]bool, read *resource.State) (resource.Object, error) {
	o := iams.Wanted(ref, w.Pos, w.Name, w.Path, w.Adopt)
	if err := iams.Document(&o, trust, w.Trust, read); err != nil {
		return o, err
	}
	if err := iams.Wants(&o, w.Policies, have, leaving, read); err != nil {
		return o, err
	}
	if w.Description != nil {
		o.Attrs[description] = *w.Description
	}
	if w.MaxSession > 0 {
		o.Attrs[maxSession] = resource.Lit(strconv.Itoa(w.MaxSession))
	}
	iams.Bound(&o, w.Boundary)
	iams.Characters(&o, iampolicy.IAMLimits().InlineRole)
	orgs.SetWanted(o.Attrs, w.Tags)
	return o, nil
}

// KeepTrust blocks what would take from somebody the right to assume a role
// that must stay, for the reason why. What this plan makes trusts nobody of
// before: its output stands for it, and is no principal that anybody has. What
// was handed over gets back the trust that was written last, whoever else was
// let in behind our back; the way in of our own does not, for we may need it.
func KeepTrust(o *resource.Object, have resource.Object, why string) {
	before, found := have.Attrs[trust]
	if !found || why == self.HandedOver && self.Heals(have, o.Attrs[trust]) {
		return
	}
	if lost := self.LosesTrust(before.Value(), o.Attrs[trust].String()); len(lost) > 0 {
		o.Facts[resource.FactBlocked] = fmt.Sprintf("its new trust shuts out %s, and %s%s", strings.Join(lost, " and "), why, self.Lift)
	}
}

// Confirm reads the mark of a live role afresh.
func Confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	return iams.Roles(iams.Client(s)).Confirm(ctx, have.Outputs["name"], have)
}

// Delete takes everything off a role and deletes it. One that an EC2 instance
// profile holds stays as it is: machines run as it.
func Delete(ctx context.Context, s *cloud.Session, have resource.Object) error {
	name := have.Outputs["name"]
	profiles, err := instanceProfiles(ctx, s, name)
	switch {
	case iams.Gone(err):
		return nil
	case err != nil:
		return err
	case len(profiles) > 0:
		return fmt.Errorf("delete role %s: %s", name, held(profiles))
	}
	if err := iams.Roles(iams.Client(s)).Strip(ctx, name); err != nil && !iams.Gone(err) {
		return err
	}
	return remove(ctx, s, name)
}

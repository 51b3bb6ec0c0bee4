package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/live"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// read reads the payer until what AWS shows fits together: its lists may lag
// one another, and a plan made of an account in a unit that is not listed would
// make the unit anew and take the account's stay for a move.
func read(ctx context.Context, s *cloud.Session, p *spec.Payer, kinds []*kind.Kind) (*resource.State, error) {
	for look := range looks {
		if look > 0 {
			if err := s.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
				return nil, err
			}
		}
		have, err := live.Read(ctx, s, p, kinds)
		if outran(err) && look < looks-1 {
			continue
		}
		if err != nil {
			return nil, err
		}
		odd := misplaced(have)
		if odd == nil {
			return have, nil
		}
		if look == looks-1 {
			return nil, &UnsettledError{Account: odd.Ref.String(), Unit: odd.Attrs["ou"].Value()}
		}
	}
	return nil, nil // not reached: looks is not 0
}

// UnsettledError is the error of a read whose lists do not fit together, however
// often they are asked for.
type UnsettledError struct{ Account, Unit string }

// Error names the account and the unit that no list shows.
func (e *UnsettledError) Error() string {
	return fmt.Sprintf("AWS shows %s in %s, and does not list that unit; plan again in a minute", e.Account, e.Unit)
}

// Unsettled says that the error of a pass comes from lists of AWS that lag one
// another: to read everything again may help.
func Unsettled(err error) bool {
	var e *UnsettledError
	return errors.As(err, &e) || outran(err)
}

// outran says that a list showed what AWS does not have any more by the time it
// is asked for: a unit, say, that was deleted a moment ago.
func outran(err error) bool { return strings.HasSuffix(cloud.Code(err), "NotFoundException") }

// misplaced gives an account whose unit is known by its id alone.
func misplaced(have *resource.State) *resource.Object {
	for a := range have.Kind("account") {
		if strings.HasPrefix(a.Attrs["ou"].Value(), "ou-") {
			return &a
		}
	}
	return nil
}

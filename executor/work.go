package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// job is all that a worker is given of a change.
type job struct {
	index      int
	op         planner.Op
	kind       *kind.Kind
	session    *cloud.Session
	payer      string
	have, want *resource.Object
	resume     bool
	token      string
}

// ending is what a worker gives back.
type ending struct {
	index   int
	have    *resource.Object // as it was confirmed
	want    *resource.Object
	outputs map[string]string
	err     error
}

// do makes the change. A panic of a kind is left to end the process: what it
// did is not known, so nothing may be built on it.
func (j job) do(ctx context.Context) ending {
	ctx = cloud.WithObject(ctx, j.wanted().Ref.String())
	e := ending{index: j.index, have: j.have, want: j.want}
	if !j.resume && j.mustConfirm() {
		e.have, e.err = j.confirm(ctx)
		if errors.Is(e.err, errGone) && j.op == planner.Delete {
			e.err = nil // somebody else was faster
			return e
		}
		if e.err != nil {
			return e
		}
	}
	switch {
	case j.resume:
		e.outputs, e.err = j.kind.Resume(ctx, j.session, j.wanted(), j.token)
	case j.op == planner.Create:
		e.outputs, e.err = j.kind.Create(ctx, j.session, *j.want)
	case j.op == planner.Delete:
		e.err = j.kind.Delete(ctx, j.session, *e.have)
	default:
		e.outputs, e.err = j.kind.Update(ctx, j.session, *e.have, *j.want)
	}
	return e
}

// wanted is the wanted object, or, of a delete, the one that is to go.
func (j job) wanted() resource.Object {
	if j.want != nil {
		return *j.want
	}
	return *j.have
}

// mustConfirm says that the change takes something away which must be ours.
func (j job) mustConfirm() bool {
	switch j.op {
	case planner.Delete:
		return j.kind.Marked
	case planner.Update, planner.Adopt:
		return j.want.Facts[resource.FactConfirm] != ""
	}
	return false
}

// errGone is an object that is not there any more.
var errGone = errors.New("it is gone")

// confirm reads the mark of the object itself, and refuses one that is not, or
// no longer, this payer's.
func (j job) confirm(ctx context.Context) (*resource.Object, error) {
	if j.kind.Confirm == nil {
		return j.have, errors.New("confirm its mark: the kind cannot read it")
	}
	fresh, err := j.kind.Confirm(ctx, j.session, *j.have)
	switch {
	case strings.HasSuffix(cloud.Code(err), "NotFoundException"):
		return j.have, fmt.Errorf("confirm its mark: %w: %w", errGone, err)
	case err != nil:
		return j.have, fmt.Errorf("confirm its mark: %w", err)
	case fresh.Ref != j.have.Ref:
		return j.have, fmt.Errorf("confirm its mark: the kind answered with %s", fresh.Ref)
	case fresh.Facts[resource.FactAbsent] != "":
		return j.have, fmt.Errorf("confirm its mark: %w", errGone)
	case !fresh.OwnerRead:
		return j.have, errors.New("confirm its mark: it was not read")
	case fresh.Owner == "":
		return j.have, errors.New("it bears no mark any more, so it is left alone")
	case fresh.Owner != j.payer:
		return j.have, fmt.Errorf("its mark says that payer %q owns it, so it is left alone", fresh.Owner)
	}
	return &fresh, nil
}

package memberrole

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/role"
	"github.com/payer-reconciler/reconciler/resource"
)

// The role that a new account is made with may not be assumable for a minute or
// two: tries that wait 1, 2, 3 … seconds for one another take two minutes.
const tries = 15

// enter opens the session in the member of an object.
func enter(ctx context.Context, s *cloud.Session, o resource.Object) (*cloud.Session, error) {
	return s.Member(ctx, o.At.Account.Value(), o.Facts[factEnter])
}

// create makes the role. A member that does not let us in yet is asked again.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	return enterAndCreate(ctx, s, want, 1)
}

func enterAndCreate(ctx context.Context, s *cloud.Session, want resource.Object, try int) (map[string]string, error) {
	m, err := enter(ctx, s, want)
	switch {
	case err != nil && cloud.Barred(err) && cloud.Code(err) != "" && try < tries:
		return nil, &kind.Pending{Token: fmt.Sprintf("%s %d", entering, try+1), Again: time.Duration(try) * time.Second}
	case err != nil:
		return nil, err
	}
	return role.Create(ctx, m, want)
}

// entering begins the token of a member that did not let us in.
const entering = "enter"

// resume goes on where create or update left off.
func resume(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error) {
	if op, n, _ := strings.Cut(token, " "); op == entering {
		try, err := strconv.Atoi(n)
		if err != nil {
			return nil, fmt.Errorf("resume member role %s: no such token: %q", want.Ref.Name, token)
		}
		return enterAndCreate(ctx, s, want, try)
	}
	m, err := enter(ctx, s, want)
	if err != nil {
		return nil, err
	}
	return role.Resume(ctx, m, want, token)
}

// update sends what differs.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	m, err := enter(ctx, s, want)
	if err != nil {
		return nil, err
	}
	return role.Update(ctx, m, have, want)
}

// remove deletes the role.
func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	m, err := enter(ctx, s, have)
	if err != nil {
		return err
	}
	return role.Delete(ctx, m, have)
}

// confirm reads the mark afresh. Where the member does not let us, whose the
// role is stays unknown, and nothing is done to it.
func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	if have.Facts[resource.FactAbsent] != "" {
		return have, nil
	}
	m, err := enter(ctx, s, have)
	var fresh resource.Object
	if err == nil {
		fresh, err = role.Confirm(ctx, m, have)
	}
	switch {
	case cloud.Barred(err):
		have.Facts = maps.Clone(have.Facts)
		have.Facts[resource.FactBlocked] = "cannot read its mark in account " + have.At.Account.Value() + ": " + reason(err)
		have.OwnerRead = false
		return have, nil
	case err != nil:
		return have, err
	}
	return fresh, nil
}

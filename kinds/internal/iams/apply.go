package iams

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
)

// The order of writes: a boundary is set before anything is granted, and taken
// off after all else. What is granted comes before what is taken away, so that
// nobody is locked out on the way; only what finds no room waits until the rest
// has gone.

// Apply makes what a role, user or group holds of policies what want says. What
// want does not name stays.
func (c Calls) Apply(ctx context.Context, s *cloud.Session, name string, have, want resource.Object) error {
	bound, set := want.Attrs[Boundary]
	differs := set && !bound.Equal(boundary(have))
	if differs && !bound.IsNone() {
		err := Settle(ctx, s, func() error { return c.Bind(ctx, name, bound.Value()) })
		if err != nil {
			return fmt.Errorf("bound %s by %s: %w", name, bound.Value(), err)
		}
	}
	var waiting []string
	for _, key := range granted(have, want) {
		err := c.grant(ctx, s, name, key, want)
		if cloud.Code(err) == "LimitExceeded" {
			waiting = append(waiting, key)
		} else if err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have.Attrs)) {
		if v, named := want.Attrs[key]; named && v.IsNone() {
			if err := c.revoke(ctx, name, key); err != nil {
				return err
			}
		}
	}
	for _, key := range waiting {
		if err := c.grant(ctx, s, name, key, want); err != nil {
			return err
		}
	}
	if differs && bound.IsNone() {
		if err := c.Unbind(ctx, name); err != nil && !Gone(err) {
			return fmt.Errorf("take the boundary off %s: %w", name, err)
		}
	}
	return nil
}

func boundary(have resource.Object) resource.Text {
	if b, ok := have.Attrs[Boundary]; ok {
		return b
	}
	return resource.None()
}

// granted are the attributes of want that are policies and that have does not
// have so, sorted.
func granted(have, want resource.Object) []string {
	var keys []string
	for key, v := range want.Attrs {
		_, inline := strings.CutPrefix(key, Inline)
		_, managed := strings.CutPrefix(key, Managed)
		if (inline || managed) && !v.IsNone() && !v.Equal(have.Attrs[key]) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// grant writes an inline policy or attaches a managed one.
func (c Calls) grant(ctx context.Context, s *cloud.Session, name, key string, want resource.Object) error {
	sent := want.Inputs[key].Value()
	if policy, ok := strings.CutPrefix(key, Inline); ok {
		if err := Settle(ctx, s, func() error { return c.Put(ctx, name, policy, sent) }); err != nil {
			return fmt.Errorf("put policy %s into %s: %w", policy, name, err)
		}
		return nil
	}
	if err := Settle(ctx, s, func() error { return c.Attach(ctx, name, sent) }); err != nil {
		return fmt.Errorf("attach %s to %s: %w", sent, name, err)
	}
	return nil
}

// revoke takes off what an attribute names; what is off already is done.
func (c Calls) revoke(ctx context.Context, name, key string) error {
	if policy, ok := strings.CutPrefix(key, Inline); ok {
		if err := c.Drop(ctx, name, policy); err != nil && !Gone(err) {
			return fmt.Errorf("delete policy %s of %s: %w", policy, name, err)
		}
	}
	if arn, ok := strings.CutPrefix(key, Managed); ok {
		if err := c.Detach(ctx, name, arn); err != nil && !Gone(err) {
			return fmt.Errorf("detach %s from %s: %w", arn, name, err)
		}
	}
	return nil
}

// Strip takes every policy off, those that were added since the plan too: what
// holds policies cannot be deleted.
func (c Calls) Strip(ctx context.Context, name string) error {
	inline, attached, err := c.listHeld(ctx, name)
	if err != nil {
		return err
	}
	for _, policy := range inline {
		if err := c.revoke(ctx, name, Inline+policy); err != nil {
			return err
		}
	}
	for _, a := range attached {
		if err := c.revoke(ctx, name, Managed+aws.ToString(a.PolicyArn)); err != nil {
			return err
		}
	}
	return nil
}

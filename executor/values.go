package executor

import (
	"fmt"
	"maps"
	"slices"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// resolve gives the wanted object with every Text known, from the outputs of
// what is there by now. One that is not known is an error which says what is
// missing. Where all was known, want itself is given back; nil stays nil.
func resolve(want *resource.Object, live *resource.State) (*resource.Object, error) {
	if want == nil {
		return nil, nil
	}
	o := *want
	var err error
	if o.Attrs, err = known(o.Attrs, live); err != nil {
		return nil, err
	}
	if o.Inputs, err = known(o.Inputs, live); err != nil {
		return nil, err
	}
	if o.At.Account, err = knownText("account", o.At.Account, live); err != nil {
		return nil, err
	}
	return &o, nil
}

// known resolves attributes. Those given are not changed.
func known(attrs resource.Attrs, live *resource.State) (resource.Attrs, error) {
	var unknown []string
	for name, t := range attrs {
		if _, ok := t.Known(); !ok {
			unknown = append(unknown, name)
		}
	}
	if unknown == nil {
		return attrs, nil
	}
	attrs = maps.Clone(attrs)
	slices.Sort(unknown)
	for _, name := range unknown {
		t, err := knownText(name, attrs[name], live)
		if err != nil {
			return nil, err
		}
		attrs[name] = t
	}
	return attrs, nil
}

// knownText resolves one text, and names the first output that is missing.
func knownText(name string, t resource.Text, live *resource.State) (resource.Text, error) {
	var err error
	t = t.Resolve(func(ref resource.Ref, output string) (string, bool) {
		s, ok := live.Output(ref, output)
		if !ok && err == nil {
			err = fmt.Errorf("resolve %s: the %s of %s is not known", name, output, ref)
		}
		return s, ok
	})
	return t, err
}

// keep notes what a change that is done made of its object.
func (r *run) keep(e ending) {
	c := &r.plan.Changes[e.index]
	r.changed = true
	if c.Op == planner.Delete {
		r.gone[c.Ref] = true
		if o, there := r.result.Live.Get(c.Ref); there {
			o.Facts = maps.Clone(o.Facts)
			if o.Facts == nil {
				o.Facts = map[string]string{}
			}
			o.Facts[resource.FactAbsent] = "true"
			r.result.Live.Put(o)
		}
		return
	}
	r.result.Live.Put(r.after(c, e))
}

// after is the live object after a change: what there was, with the wanted
// attributes and the outputs over it.
func (r *run) after(c *planner.Change, e ending) resource.Object {
	o := resource.Object{Ref: c.Ref}
	if e.have != nil && c.Op != planner.Create {
		o = *e.have
	} else {
		o.Facts, o.After = maps.Clone(e.want.Facts), e.want.After
		for _, f := range []string{resource.FactAbsent, resource.FactAdopt, resource.FactBlocked, resource.FactConfirm} {
			delete(o.Facts, f)
		}
	}
	o.At, o.Pending = e.want.At, ""
	attrs := make(resource.Attrs, len(o.Attrs)+len(e.want.Attrs))
	maps.Copy(attrs, o.Attrs)
	for name, t := range e.want.Attrs {
		if attrs[name] = t; t.IsNone() {
			delete(attrs, name)
		}
	}
	outputs := make(map[string]string, len(o.Outputs)+len(e.outputs))
	maps.Copy(outputs, o.Outputs)
	maps.Copy(outputs, e.outputs)
	o.Attrs, o.Outputs = attrs, outputs
	made := c.Op == planner.Create && r.tasks[e.index].kind.Marked
	if made || c.Op == planner.Adopt && e.want.Facts[resource.FactAdopt] == "own" {
		o.Owner, o.OwnerRead = r.payer, true
	}
	return o
}

// without gives a state that lacks some objects.
func without(st *resource.State, gone map[resource.Ref]bool) *resource.State {
	if len(gone) == 0 {
		return st
	}
	out := &resource.State{}
	for o := range st.All() {
		if !gone[o.Ref] {
			out.Put(o)
		}
	}
	return out
}

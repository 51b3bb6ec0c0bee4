package planner

import (
	"cmp"
	"slices"

	"github.com/payer-reconciler/reconciler/resource"
)

// differ is one Diff under way. One goroutine owns it.
type differ struct {
	o          Options
	want, have *resource.State
	plan       *Plan
	changes    []Change
	links      []links                 // beside changes
	at         map[resource.Ref]int    // index of the change of a Ref
	afters     map[sliceKey]*after     // After slices that were resolved
	followers  map[string][]string     // by the Ref that live objects follow, their nodes; nil until asked for
	byID       map[string]resource.Ref // live objects by their id; nil until asked for
	asked      map[resource.Ref]bool
}

func diff(want, have *resource.State, o Options) (*Plan, error) {
	d := &differ{
		o: o, want: want, have: have, plan: &Plan{},
		at: map[resource.Ref]int{}, afters: map[sliceKey]*after{}, asked: map[resource.Ref]bool{},
	}
	if err := d.emptied(); err != nil {
		return nil, err
	}
	for _, kind := range d.kinds() {
		d.wanted(kind)
		d.live(kind)
	}
	if err := d.settle(); err != nil {
		return nil, err
	}
	for i := range d.changes {
		if d.changes[i].Blocked != "" {
			d.changes[i].Waiting = ""
		}
	}
	d.plan.Changes = d.changes
	d.plan.Guards = d.guards()
	d.plan.Estimate = d.estimate()
	return d.plan, nil
}

// kinds gives the order of the report: first as the options say, then what
// they do not name.
func (d *differ) kinds() []string {
	kinds := slices.Clone(d.o.Order)
	rest := append(d.want.Kinds(), d.have.Kinds()...)
	slices.Sort(rest)
	for _, k := range slices.Compact(rest) {
		if !slices.Contains(d.o.Order, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// wanted compares every wanted object of a kind with the live one.
func (d *differ) wanted(kind string) {
	for w := range d.want.Kind(kind) {
		if is(w, resource.FactAbsent) {
			continue // a delete, which live adds
		}
		h, found := d.have.Get(w.Ref)
		if found && !is(h, resource.FactAbsent) {
			d.compare(w, h)
			continue
		}
		d.add(Change{
			Op: Create, Ref: w.Ref, Want: ptr(w),
			Blocked: cmp.Or(w.Facts[resource.FactBlocked], h.Facts[resource.FactBlocked]),
			Waiting: h.Facts[resource.FactWaiting], Refused: h.Facts[resource.FactRefused],
		})
	}
}

// live looks for what is to be deleted, is left or is nobody's among the live
// objects of a kind. AWS lists in whatever order, so they are sorted.
func (d *differ) live(kind string) {
	var gone []resource.Object
	for h := range d.have.Kind(kind) {
		w, found := d.want.Get(h.Ref)
		if !is(h, resource.FactAbsent) && (!found || is(w, resource.FactAbsent)) {
			gone = append(gone, h)
		}
	}
	slices.SortFunc(gone, func(a, b resource.Object) int { return a.Ref.CompareNatural(b.Ref) })
	for _, h := range gone {
		if w, found := d.want.Get(h.Ref); found {
			d.add(Change{Op: Delete, Ref: h.Ref, Have: ptr(h), Want: ptr(w), Blocked: d.absent(w, h)})
		} else {
			d.unwanted(h)
		}
	}
}

func (d *differ) add(c Change) {
	if c.Want != nil && c.Op != Delete {
		c.Usage = characters(*c.Want)
	}
	c.Move = d.moves(&c)
	c.Waiting = cmp.Or(c.Waiting, c.fact(resource.FactWaiting))
	c.Refused = cmp.Or(c.Refused, c.fact(resource.FactRefused))
	if c.Op != Resume {
		c.Blocked = cmp.Or(c.Blocked, d.o.Hold[c.Ref])
	}
	d.at[c.Ref] = len(d.changes)
	d.changes = append(d.changes, c)
}

// moves says whether a change takes an object of ours from its place to
// another one. What is new is in no place of its own yet.
func (d *differ) moves(c *Change) bool {
	place := d.o.Kinds[c.Ref.Kind].Place
	if place == "" || c.Have == nil || is(*c.Have, resource.FactNew) {
		return false
	}
	return slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Name == place })
}

// fields lists the attributes of w that h does not have so, sorted by name.
func (d *differ) fields(w, h *resource.Object) []Field {
	var fields []Field
	for name, after := range w.Attrs {
		if _, known := after.Known(); !known {
			after = after.Resolve(d.output)
		}
		before, found := h.Attrs[name]
		if !found {
			before = resource.None()
		}
		if !before.Equal(after) {
			fields = append(fields, Field{Name: name, Before: before, After: after})
		}
	}
	slices.SortFunc(fields, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	return fields
}

// output is what a live object gives under a name.
func (d *differ) output(r resource.Ref, name string) (string, bool) {
	if !d.isLive(r) {
		return "", false
	}
	return d.have.Output(r, name)
}

// isLive says that AWS has the object.
func (d *differ) isLive(r resource.Ref) bool {
	h, found := d.have.Get(r)
	return found && !is(h, resource.FactAbsent)
}

// is says whether a fact stands on an object.
func is(o resource.Object, fact string) bool {
	v := o.Facts[fact]
	return v != "" && v != "false"
}

// ptr gives a copy of its own to a change.
func ptr(o resource.Object) *resource.Object { return &o }

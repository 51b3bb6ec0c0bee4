package resource

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Attrs are the attributes of an object by flat name ("document",
// "tags.course"): what is compared and what is shown.
type Attrs map[string]Text

// Place is where an object lives. Zero: the payer account, its home region.
type Place struct {
	Account Text   `json:"account,omitzero"`
	Region  string `json:"region,omitempty"`
}

// IsZero says that the place is the payer account in its home region.
func (p Place) IsZero() bool { return p.Account.Equal(Text{}) && p.Region == "" }

// Object is one thing, wanted or live.
type Object struct {
	Ref   Ref   `json:"ref"`
	At    Place `json:"at,omitzero"`
	Attrs Attrs `json:"attrs,omitempty"`

	// Inputs are desired only: what a kind needs to make or change the object
	// and nobody compares or shows, such as the id of the parent or a value
	// that AWS takes at creation and never gives back.
	Inputs Attrs `json:"inputs,omitempty"`

	// After lists objects that must be right before this one is made or
	// changed, where Attrs and Inputs do not show it; one that no plan holds is
	// no wait. On a live object it lists what the object hangs on: none of
	// these may be deleted before this object is deleted or changed to do
	// without. The slice may be shared by many objects; nobody writes into it.
	After []Ref `json:"after,omitempty"`

	// Under is live only: what guards the object where it is, such as the
	// policies on its unit. They may go while it stays; but where the same plan
	// moves the object or deletes it, that comes first. Shared like After.
	Under []Ref `json:"under,omitempty"`

	// Origin is the file:line that wants the object; on a live object the one
	// that would let it go, such as the list that no longer names it.
	Origin string `json:"origin,omitempty"`

	// Facts are never compared. The names that planner and report know are the
	// Fact constants.
	Facts map[string]string `json:"facts,omitempty"`

	// Outputs are live only: id, arn and what else other objects may ask for.
	Outputs map[string]string `json:"outputs,omitempty"`

	// Pending is live only: the token of an AWS request under way.
	Pending string `json:"pending,omitempty"`

	// Owner is live only: the payer name in our mark, "" where there is none
	// or where the mark was not looked for (then OwnerRead is false).
	Owner     string `json:"owner,omitempty"`
	OwnerRead bool   `json:"ownerRead,omitempty"`
}

// Output gives a named output of a live object.
func (o Object) Output(name string) (string, bool) {
	s, ok := o.Outputs[name]
	return s, ok
}

// ID is the AWS id of a live object, "" where it has none.
func (o Object) ID() string { return o.Outputs["id"] }

// Refs lists what the object's attributes, inputs and place need, in sorted
// order. After is not among them.
func (o Object) Refs() []Ref {
	var refs []Ref
	for _, t := range o.Attrs {
		refs = append(refs, t.Refs()...)
	}
	for _, t := range o.Inputs {
		refs = append(refs, t.Refs()...)
	}
	refs = append(refs, o.At.Account.Refs()...)
	slices.SortFunc(refs, Ref.Compare)
	return slices.Compact(refs)
}

// State is a set of objects, each Ref once. Objects are kept in the order in
// which they were added. A State is not safe for writes from two goroutines.
type State struct {
	objects []Object
	index   map[Ref]int
	kinds   map[string][]int
}

// Add puts in one more object. Two objects of one Ref are an error that says
// both ids, for one of them would hide the other.
func (s *State) Add(o Object) error {
	if i, ok := s.index[o.Ref]; ok {
		return fmt.Errorf("%s is there twice: %s and %s", o.Ref, name(s.objects[i]), name(o))
	}
	if s.index == nil {
		s.index, s.kinds = map[Ref]int{}, map[string][]int{}
	}
	s.index[o.Ref] = len(s.objects)
	s.kinds[o.Ref.Kind] = append(s.kinds[o.Ref.Kind], len(s.objects))
	s.objects = append(s.objects, o)
	return nil
}

// name says which one an object is: its id, else the line that wants it.
func name(o Object) string {
	switch {
	case o.ID() != "":
		return o.ID()
	case o.Origin != "":
		return o.Origin
	}
	return "one without an id"
}

// Grow makes room for n more objects, for whoever knows how many will come. What
// is in the state stays.
func (s *State) Grow(n int) {
	if s.index == nil {
		s.index, s.kinds = make(map[Ref]int, n), map[string][]int{}
	}
	s.objects = slices.Grow(s.objects, n)
}

// Put replaces the object of the same Ref, or adds it.
func (s *State) Put(o Object) {
	if i, ok := s.index[o.Ref]; ok {
		s.objects[i] = o
		return
	}
	_ = s.Add(o) // cannot be there twice
}

// Get gives the object of a Ref.
func (s *State) Get(r Ref) (Object, bool) {
	if i, ok := s.index[r]; ok {
		return s.objects[i], true
	}
	return Object{}, false
}

// Output gives one output of one object.
func (s *State) Output(r Ref, output string) (string, bool) {
	if i, ok := s.index[r]; ok {
		return s.objects[i].Output(output)
	}
	return "", false
}

// Len counts the objects.
func (s *State) Len() int { return len(s.objects) }

// All gives every object in the order of Add.
func (s *State) All() iter.Seq[Object] { return slices.Values(s.objects) }

// Kind gives the objects of one kind in the order of Add.
func (s *State) Kind(kind string) iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for _, i := range s.kinds[kind] {
			if !yield(s.objects[i]) {
				return
			}
		}
	}
}

// Count counts the objects of one kind.
func (s *State) Count(kind string) int { return len(s.kinds[kind]) }

// Kinds lists the kinds that have objects, sorted.
func (s *State) Kinds() []string { return slices.Sorted(maps.Keys(s.kinds)) }

// Clone gives a state whose set can be changed without changing s. The maps of
// its objects are shared: replace them, do not write into them.
func (s *State) Clone() *State {
	c := &State{objects: slices.Clone(s.objects), index: maps.Clone(s.index), kinds: map[string][]int{}}
	for k, v := range s.kinds {
		c.kinds[k] = slices.Clone(v)
	}
	return c
}

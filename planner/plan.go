package planner

import "github.com/payer-reconciler/reconciler/resource"

// Op is what a change does.
type Op string

// The operations. Adopt changes an object that is not ours, because the file
// says so; Resume goes on with a request that AWS has under way.
const (
	Create Op = "create"
	Update Op = "update"
	Adopt  Op = "adopt"
	Delete Op = "delete"
	Resume Op = "resume"
)

// Plan is what one pass over one payer would do. It is plain data: it can be
// sorted, printed, saved and read back.
type Plan struct {
	// Changes stand in the order in which a person reads them: kinds as
	// Options.Order has them, creates and updates in file order, then deletes.
	Changes []Change
	// Left are objects of ours that the file names no longer and that stay.
	Left []Left
	// Unmanaged are live objects that are not ours and that no file names.
	Unmanaged []resource.Ref
	// Guards are the limits that this plan breaks. A plan with a guard does not apply.
	Guards []Guard
	// Estimate is how long AWS will take.
	Estimate Estimate
	// Unsure are live objects whose mark decides about them and was not read:
	// confirm them, put them into the live state, and call Diff again.
	Unsure []resource.Ref
}

// Change is one thing to do to one object.
type Change struct {
	Op      Op
	Ref     resource.Ref
	Fields  []Field          // what differs, sorted by name; none for a create or a delete
	Usage   []Usage          // sizes and slots after the change
	Blocked string           // why it is not done; "" where it is
	Waiting string           // what AWS must have first, such as a higher quota; it is not tried until then. Never beside Blocked
	Needs   []int            // indexes into Changes, sorted: these must be done first; shared, never written to
	Move    bool             `json:",omitempty"` // takes the object from its place to another one, not only its creation to an end
	Have    *resource.Object // live; nil for a create
	Want    *resource.Object // desired; nil for a delete, but where the file says that it must not be there
}

// Field is one attribute that differs.
type Field struct {
	Name          string
	Before, After resource.Text // None: it is not there
}

// Usage is how much of a limit is taken: characters of a policy document, slots of a node.
type Usage struct {
	Name        string
	Used, Limit int
}

// Left is an object of ours that left the file.
type Left struct {
	Ref         resource.Ref
	Name        string // what a person calls it, "" where the Ref says it
	Attachments int    // nodes it is in force on
	Prunes      bool   // prune deletes objects of the kind
}

// Guard is a limit of safety that a plan breaks.
type Guard struct {
	Name    string // maxMoves
	Limit   string // as the file says it: 25%
	Planned int
	Kind    string // the kind counted, where a percentage counts by kind
	Lift    string // file:line where the limit is raised
}

// Estimate is a forecast of AWS's own pace.
type Estimate struct {
	Seconds int
	By      []Calls // the longest first
}

// Calls is a number of calls of one operation.
type Calls struct {
	Operation string
	Calls     int
	PerMinute float64 // AWS's sustained rate, 0 where it is not known
}

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
	// These, Left and Unmanaged stand by name within a kind, 9 before 10.
	Changes []Change `json:"changes,omitempty"`
	// Left are objects of ours that the file names no longer and that stay.
	Left []Left `json:"left,omitempty"`
	// Unmanaged are live objects that are not ours and that no file names.
	Unmanaged []resource.Ref `json:"unmanaged,omitempty"`
	// Guards are the limits that this plan breaks. A plan with a guard does not apply.
	Guards []Guard `json:"guards,omitempty"`
	// Estimate is how long AWS will take.
	Estimate Estimate `json:"estimate,omitzero"`
	// Unsure are live objects whose mark decides about them and was not read:
	// confirm them, put them into the live state, and call Diff again.
	Unsure []resource.Ref `json:"unsure,omitempty"`
}

// Change is one thing to do to one object.
type Change struct {
	Op      Op               `json:"op"`
	Ref     resource.Ref     `json:"ref"`
	Fields  []Field          `json:"fields,omitempty"`  // what differs, sorted by name; none for a create or a delete
	Usage   []Usage          `json:"usage,omitempty"`   // sizes and slots after the change
	Blocked string           `json:"blocked,omitempty"` // why it is not done; "" where it is
	Lifted  string           `json:"lifted,omitempty"`  // why it would be blocked, had nobody lifted what protects the tool and the vendors; it is done
	Refused string           `json:"refused,omitempty"` // why AWS refused it for good before, where it is tried again all the same
	Waiting string           `json:"waiting,omitempty"` // what AWS must have first, such as a higher quota; it is not tried until then. Never beside Blocked
	Needs   []int            `json:"needs,omitempty"`   // indexes into Changes, sorted: these must be done first; shared, never written to
	Move    bool             `json:"move,omitempty"`    // takes the object from its place to another one, not only its creation to an end
	Have    *resource.Object `json:"have,omitempty"`    // live; nil for a create
	Want    *resource.Object `json:"want,omitempty"`    // desired; nil for a delete, but where the file says that it must not be there
}

// Field is one attribute that differs.
type Field struct {
	Name string `json:"name"`
	// Before and After are None where it is not there.
	Before resource.Text `json:"before"`
	After  resource.Text `json:"after"`
}

// Usage is how much of a limit is taken: characters of a policy document, slots of a node.
type Usage struct {
	Name  string `json:"name"`
	Used  int    `json:"used"`
	Limit int    `json:"limit"`
}

// Left is an object of ours that left the file.
type Left struct {
	Ref         resource.Ref `json:"ref"`
	Name        string       `json:"name,omitempty"`        // what a person calls it, "" where the Ref says it
	Attachments int          `json:"attachments,omitempty"` // nodes it is in force on
	Prunes      bool         `json:"prunes,omitempty"`      // prune deletes objects of the kind
}

// Guard is a limit of safety that a plan breaks.
type Guard struct {
	Name    string `json:"name"`  // maxMoves
	Limit   string `json:"limit"` // as the file says it: 25%
	Planned int    `json:"planned"`
	Kind    string `json:"kind,omitempty"` // the kind counted, where a percentage counts by kind
	Lift    string `json:"lift,omitempty"` // file:line where the limit is raised
}

// Estimate is a forecast of AWS's own pace.
type Estimate struct {
	Seconds int     `json:"seconds,omitempty"`
	By      []Calls `json:"by,omitempty"` // the longest first
}

// Calls is a number of calls of one operation.
type Calls struct {
	Operation string  `json:"operation,omitempty"`
	Calls     int     `json:"calls,omitempty"`
	PerMinute float64 `json:"perMinute,omitempty"` // AWS's sustained rate, 0 where it is not known
}

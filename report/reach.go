package report

// Unit is a node of the tree of OUs, as it is and as it will be.
type Unit struct {
	// Path is the path of names, as in the ref of an OU; "" is the root.
	Path string `json:"path"`
	// Op is create or delete, and "" for a node that stays.
	Op string `json:"op,omitempty"`
	// Before and After count the accounts that stand in the node itself.
	Before int `json:"before"`
	After  int `json:"after"`
	// Policies are those attached after the plan: the names of SCPs, TYPE:NAME
	// of others. Those that the plan attaches or detaches are in its changes.
	Policies []string `json:"policies,omitempty"`
}

// Impact is what a plan newly denies or newly allows to accounts.
type Impact struct {
	Effect    string   `json:"effect"`              // denied or allowed
	Actions   []string `json:"actions"`             // patterns; one behind ! is taken out of the others
	Resource  string   `json:"resource,omitempty"`  // "" is every one
	Condition string   `json:"condition,omitempty"` // canonical JSON; "" is none
	Unless    []Scope  `json:"unless,omitempty"`    // where it is not so: each alone is enough
	By        []string `json:"by,omitempty"`        // refs of the changes that do it
	From      []string `json:"from,omitempty"`      // of accounts that move: paths of where they stand now
	OUs       []string `json:"ous,omitempty"`       // paths; "" is the root
	Accounts  int      `json:"accounts"`
}

// Scope is on which resources and under which condition.
type Scope struct {
	Resource  string `json:"resource,omitempty"`  // "" is every one
	Condition string `json:"condition,omitempty"` // canonical JSON; "" is none
	// Denied says that what is newly allowed is denied there still, or what is
	// newly denied was denied there already; if not, it is allowed there.
	Denied bool `json:"denied,omitempty"`
}

// Test is one of the payer file's own tests, and how it went.
type Test struct {
	Name   string `json:"name"`
	Where  string `json:"where"` // the ref of the OU or the account
	Action string `json:"action"`
	Expect string `json:"expect"`        // allow or deny
	Got    string `json:"got,omitempty"` // allow or deny; "" where it is undecided
	By     string `json:"by,omitempty"`  // the statement that decided it, and where it stands
	At     string `json:"at,omitempty"`  // file:line of the test
	OK     bool   `json:"ok"`
	// Undecided is what the test hangs on and nobody knows yet: it has neither
	// passed nor failed, and OK says nothing.
	Undecided string `json:"undecided,omitempty"`
}

// failed says that the policies decide otherwise than the test wants.
func (t *Test) failed() bool { return !t.OK && t.Undecided == "" }

// Landing is what of an estimate is done on which day: 0 is today.
type Landing struct {
	Day       int    `json:"day"`
	Operation string `json:"operation"`
	Calls     int    `json:"calls"`
}

// Headroom is a quota before and after the plan.
type Headroom struct {
	Name  string `json:"name"`
	Limit int    `json:"limit"`
	Used  int    `json:"used"`
	After int    `json:"after"`
}

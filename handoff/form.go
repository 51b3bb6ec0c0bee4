package handoff

// FormatVersion is the version of the JSON form. A field may be added under the
// same first number; one that goes or changes its meaning raises it.
const FormatVersion = "1.0"

// Handoff is the JSON form of what is handed over of one payer.
type Handoff struct {
	FormatVersion string   `json:"formatVersion"`
	Payer         string   `json:"payer"`
	AccountID     string   `json:"accountId"`
	Commit        string   `json:"commit,omitempty"`
	Vendors       []Vendor `json:"vendors"`
	Summary       Summary  `json:"summary"`
}

// Vendor is the part of one preset, or of the roles that the file hands over
// without one; then Preset is empty.
type Vendor struct {
	Preset      string  `json:"preset,omitempty"`
	Description string  `json:"description,omitempty"`
	Form        []Value `json:"form,omitempty"`
	Mail        *Mail   `json:"mail,omitempty"`
	Links       []Link  `json:"links,omitempty"`
	Checklist   []Line  `json:"checklist,omitempty"`
	// Register says that handoff --register can make the vendor know the payer.
	Register string `json:"register,omitempty"`
}

// Value is one value of the vendor's form.
type Value struct {
	Label string `json:"label"`
	Value string `json:"value,omitempty"`
	// Unknown stands where the value is known only after an apply.
	Unknown bool   `json:"unknown,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Mail is what the customer writes to the vendor.
type Mail struct {
	To      string `json:"to,omitempty"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// Unknown says that something in it is known only after an apply.
	Unknown bool `json:"unknown,omitempty"`
}

// Link is where a person takes on a role.
type Link struct {
	Role    string `json:"role"`
	Account string `json:"account"`
	Name    string `json:"name"` // shown by the console
	URL     string `json:"url"`
}

// The states of a line.
const (
	Done    = "done"
	Missing = "missing" // an apply would do it, or the file lacks it
	Waiting = "waiting" // AWS is not ready
	ByHand  = "by hand" // only a person can do it; nobody can tell whether it is done
)

// Line is one line of the checklist.
type Line struct {
	State string `json:"state"`
	Title string `json:"title"`
	// Do is the console step of what is done by hand, or why the line is not done.
	Do  string `json:"do,omitempty"`
	URL string `json:"url,omitempty"`
	// Changes are what an apply would do, a line each; More counts those that
	// are not listed.
	Changes []string `json:"changes,omitempty"`
	More    int      `json:"more,omitempty"`
}

// Summary counts the lines of all checklists.
type Summary struct {
	Done    int `json:"done"`
	Missing int `json:"missing"`
	Waiting int `json:"waiting"`
	ByHand  int `json:"byHand"`
}

// Complete says that nothing is missing and nothing waits. What is done by hand
// does not count: only a person knows.
func (h *Handoff) Complete() bool { return h.Summary.Missing == 0 && h.Summary.Waiting == 0 }

func (s *Summary) count(state string) {
	switch state {
	case Done:
		s.Done++
	case Missing:
		s.Missing++
	case Waiting:
		s.Waiting++
	case ByHand:
		s.ByHand++
	}
}

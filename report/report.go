package report

// FormatVersion is the version of the JSON form. A field may be added under the
// same first number; one that goes or changes its meaning raises it.
const FormatVersion = "1.1"

// Report is the JSON form of a plan, or of what an apply did with it.
type Report struct {
	FormatVersion string `json:"formatVersion"`
	// Head is the commit of the branch that its readers know, Base what it was
	// merged into; "" where nobody told.
	Head string `json:"head,omitempty"`
	Base string `json:"base,omitempty"`
	// Since is what the changes of the files were looked for against, such as
	// origin/main; "" where all payers were planned.
	Since string `json:"since,omitempty"`
	// Notices are of no payer of the report, or of all.
	Notices []Notice `json:"notices,omitempty"`
	// Mistakes are those of files, as file:line:col: text. With some there may be
	// no payers.
	Mistakes []string `json:"mistakes,omitempty"`
	Payers   []Payer  `json:"payers"`
}

// Payer is the part of one payer.
type Payer struct {
	Name       string    `json:"name"`
	AccountID  string    `json:"accountId,omitempty"`
	Commit     string    `json:"commit,omitempty"`
	Error      string    `json:"error,omitempty"`
	Applied    bool      `json:"applied,omitempty"`
	Summary    Summary   `json:"summary"`
	ClaimsRoot bool      `json:"claimsRoot,omitempty"`
	Snapshot   *Snapshot `json:"snapshot,omitempty"`
	Notices    []Notice  `json:"notices,omitempty"`
	Changes    []Change  `json:"changes,omitempty"`
	Left       []Left    `json:"left,omitempty"`
	Unmanaged  []string  `json:"unmanaged,omitempty"`
	Tree       []Unit    `json:"tree,omitempty"`
	Impact     []Impact  `json:"impact,omitempty"`
	Tests      []Test    `json:"tests,omitempty"`
	Estimate   *Estimate `json:"estimate,omitempty"`
	Guards     []Guard   `json:"guards,omitempty"`
	Files      []File    `json:"files,omitempty"`
}

// Summary counts changes by what they do; one that is blocked or waits counts only there.
type Summary struct {
	Create    int `json:"create"`
	Update    int `json:"update"`
	Delete    int `json:"delete"`
	Adopt     int `json:"adopt"`
	Resume    int `json:"resume"`
	Blocked   int `json:"blocked"`
	Waiting   int `json:"waiting"`
	Left      int `json:"left"`
	Unmanaged int `json:"unmanaged"`
}

// Change is one change of one object.
type Change struct {
	Op     string  `json:"op"`
	Ref    string  `json:"ref"`
	Kind   string  `json:"kind"`
	Name   string  `json:"name,omitempty"`
	Pool   string  `json:"pool,omitempty"`
	ID     string  `json:"id,omitempty"` // in the pool
	OU     string  `json:"ou,omitempty"` // where a new account goes, as a ref
	Why    string  `json:"why,omitempty"`
	Fields []Field `json:"fields,omitempty"`
	// Foreign are those whom the change newly lets in and who are not of the
	// organization, or not known to be: accounts, organizations, principals as the
	// document has them; * is anyone. NoExternalID are those of them who are let in
	// already and are asked for no external id any more.
	Foreign      []string `json:"foreign,omitempty"`
	NoExternalID []string `json:"noExternalId,omitempty"`
	// ForeignAccounts is into how many accounts a stack set lets those.
	ForeignAccounts int     `json:"foreignAccounts,omitempty"`
	Usage           []Usage `json:"usage,omitempty"`
	Blocked         string  `json:"blocked,omitempty"`
	Lifted          string  `json:"lifted,omitempty"`  // why it would be blocked, had --allow-self not lifted that
	Waiting         string  `json:"waiting,omitempty"` // what AWS must have first
	Outcome         string  `json:"outcome,omitempty"`
	Error           string  `json:"error,omitempty"`
}

// Field is one attribute that differs, or that what is created will have. A side that is nil is not there.
type Field struct {
	Name   string  `json:"name"`
	Before *string `json:"before,omitempty"`
	After  *string `json:"after,omitempty"`
	// AfterUnknown stands instead of After where the value is known only after
	// apply; AfterTemplate is that value with a ${{ }} for what is not known.
	AfterUnknown  bool   `json:"afterUnknown,omitempty"`
	AfterTemplate string `json:"afterTemplate,omitempty"`
}

// Usage is how much of a limit is taken after the change.
type Usage struct {
	Name  string `json:"name"`
	Used  int    `json:"used"`
	Limit int    `json:"limit"`
}

// Left is an object of ours that left the file and stays.
type Left struct {
	Ref         string `json:"ref"`
	Name        string `json:"name,omitempty"`
	Attachments int    `json:"attachments,omitempty"`
	Reason      string `json:"reason"`
}

// Guard is a limit that the plan breaks; the plan does not apply.
type Guard struct {
	Name    string `json:"name"`
	Limit   string `json:"limit"`
	Planned int    `json:"planned"`
	Kind    string `json:"kind,omitempty"`
	Lift    string `json:"lift,omitempty"`
}

// Estimate is how long AWS will take, the longest operation first.
type Estimate struct {
	Seconds int     `json:"seconds"`
	By      []Calls `json:"by,omitempty"`
	// Lands is there where a daily cap or a rolling quota binds; by day.
	Lands  []Landing  `json:"lands,omitempty"`
	Quotas []Headroom `json:"quotas,omitempty"`
}

// Calls is a number of calls of one operation.
type Calls struct {
	Operation string  `json:"operation"`
	Calls     int     `json:"calls"`
	PerMinute float64 `json:"perMinute,omitempty"`
}

// File is a file of the repository that would change, or has changed.
type File struct {
	Path   string `json:"path"` // from the root of the repository
	Add    int    `json:"add"`
	Remove int    `json:"remove"`
	Error  string `json:"error,omitempty"`
}

// The outcomes of a change, as the executor gives them.
const (
	done    = "done"
	failed  = "failed"
	skipped = "skipped"
	waiting = "waiting"
)

// Changed says that something differs from a payer file: a change, a blocked
// line or a file.
func (r *Report) Changed() bool {
	return r.some(func(p *Payer) bool { return len(p.Changes) > 0 || len(p.Files) > 0 })
}

// Guarded says that a plan breaks a guard and may not be applied.
func (r *Report) Guarded() bool {
	return r.some(func(p *Payer) bool { return len(p.Guards) > 0 })
}

// Failed says that files have mistakes, or that a payer, a change or a file
// ended with an error.
func (r *Report) Failed() bool {
	return len(r.Mistakes) > 0 || r.some(func(p *Payer) bool {
		for _, f := range p.Files {
			if f.Error != "" {
				return true
			}
		}
		return p.Error != "" || p.outcomes(failed) > 0
	})
}

// Unfinished says that lines remain which are blocked or waiting.
func (r *Report) Unfinished() bool {
	return r.some(func(p *Payer) bool { return p.Summary.Blocked+p.Summary.Waiting > 0 || p.outcomes(waiting) > 0 })
}

func (r *Report) some(is func(*Payer) bool) bool {
	for i := range r.Payers {
		if is(&r.Payers[i]) {
			return true
		}
	}
	return false
}

// outcomes counts the changes that ended so.
func (p *Payer) outcomes(o string) int {
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Outcome == o {
			n++
		}
	}
	return n
}

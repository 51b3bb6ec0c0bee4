package status

import "time"

// FormatVersion is that of the JSON form: fields may be added while it begins
// with 1.
const FormatVersion = "1.0"

// Status is what a daemon says of itself at one moment. Empty fields are left out
// of its JSON.
type Status struct {
	FormatVersion string    `json:"formatVersion"`
	Version       string    `json:"version"` // of the program
	StartedAt     time.Time `json:"startedAt"`
	Now           time.Time `json:"now"`
	Mode          string    `json:"mode"` // plan or apply
	Git           Git       `json:"git"`
	Config        Config    `json:"config"`
	Payers        []Payer   `json:"payers"` // by name
}

// Git is the repository that the payers are read from.
type Git struct {
	URL        string    `json:"url,omitempty"` // without credentials; a folder in local mode
	Branch     string    `json:"branch,omitempty"`
	Commit     string    `json:"commit,omitempty"`     // in force
	FetchedAt  time.Time `json:"fetchedAt,omitzero"`   // the last fetch that worked
	Error      string    `json:"error,omitempty"`      // of the last fetch or push, where it did not work
	Unverified string    `json:"unverified,omitempty"` // a newer commit that no trusted key signed
	Mistakes   []string  `json:"mistakes,omitempty"`   // in payer files that bear no payer in force; the first MaxLines
}

// Config is the daemon's config file.
type Config struct {
	Path     string    `json:"path,omitempty"`
	LoadedAt time.Time `json:"loadedAt,omitzero"` // what is in force
	Error    string    `json:"error,omitempty"`   // why what stands there now is not in force
}

// The states that a payer may be in, one at a time.
const (
	OK         = "ok"          // the last pass did all that it was to do
	Failed     = "failed"      // the last pass ended with an error, or a change of it did
	Standby    = "standby"     // another daemon holds the lease
	Paused     = "paused"      // somebody said that nothing may be written
	FirstApply = "first-apply" // the first apply is an operator's, and has not been
	Guarded    = "guarded"     // the plan would change more than the file's safety allows
	Blocked    = "blocked"     // parts of the plan cannot be done
	Broken     = "broken"      // the payer file has mistakes; its last good commit is in force
)

// Payer is one payer.
type Payer struct {
	Name        string         `json:"name"`
	AccountID   string         `json:"accountId,omitempty"`
	File        string         `json:"file,omitempty"`
	State       string         `json:"state"`            // one of the constants; "" before the first pass
	Since       time.Time      `json:"since,omitzero"`   // in this state
	Commit      string         `json:"commit,omitempty"` // that the last pass was from
	LastPass    *Pass          `json:"lastPass,omitempty"`
	LastCleanAt time.Time      `json:"lastCleanAt,omitzero"` // the last pass that did all it was to do; zero: none since the daemon started
	NextAt      time.Time      `json:"nextAt,omitzero"`      // the next pass, unless something starts one before
	Running     *Running       `json:"running,omitempty"`
	Error       string         `json:"error,omitempty"`
	Failures    int            `json:"failures,omitempty"` // in a row
	Summary     *Summary       `json:"summary,omitempty"`  // of the last plan
	Guards      []string       `json:"guards,omitempty"`
	Blocked     []string       `json:"blocked,omitempty"`  // the first MaxLines
	Accounts    map[string]int `json:"accounts,omitempty"` // by state
	Pools       []Pool         `json:"pools,omitempty"`
	Quota       *Quota         `json:"quota,omitempty"`
	Lease       *Lease         `json:"lease,omitempty"`
	Pause       *Pause         `json:"pause,omitempty"`
}

// MaxLines bounds the lists of lines. Summary.Blocked counts all that are blocked.
const MaxLines = 10

// Pass is a pass that ended.
type Pass struct {
	StartedAt time.Time `json:"startedAt"`
	Seconds   float64   `json:"seconds"`
	Result    string    `json:"result"`            // a state
	Trigger   string    `json:"trigger,omitempty"` // timer, commit, webhook, signal, …
}

// Running is a pass under way.
type Running struct {
	Phase string    `json:"phase"` // such as plan or apply
	Since time.Time `json:"since"`
	Done  int       `json:"done,omitempty"`
	Total int       `json:"total,omitempty"` // changes; 0 where they are not known yet
}

// Summary counts what a plan would do, and what it leaves alone. What is blocked
// is counted there alone.
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
	Drift     int `json:"drift"`
}

// Pool says how many accounts of a pool there are in which state.
type Pool struct {
	Name     string `json:"name"`
	Wanted   int    `json:"wanted"`
	Ready    int    `json:"ready"`
	Creating int    `json:"creating"`
	Surplus  int    `json:"surplus"`
}

// Quota is how many accounts the organization may have, and has.
type Quota struct {
	Limit int `json:"limit"`
	Used  int `json:"used"`
}

// Lease is who may write.
type Lease struct {
	Kind    string    `json:"kind"`             // s3 or file
	Holder  string    `json:"holder,omitempty"` // "": nobody that is known
	Expires time.Time `json:"expires,omitzero"`
	Mine    bool      `json:"mine"` // this daemon holds it
}

// Pause is why nothing is written.
type Pause struct {
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"` // zero: until somebody resumes
	From   string    `json:"from"`           // command or file
}

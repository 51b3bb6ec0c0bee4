package preflight

// FormatVersion is the version of the JSON form.
const FormatVersion = "1.0"

// Result is the JSON form of what stands in the way of a payer.
type Result struct {
	FormatVersion string  `json:"formatVersion"`
	Payer         string  `json:"payer"`
	AccountID     string  `json:"accountId"`
	Checks        []Check `json:"checks"`
	Summary       Summary `json:"summary"`
}

// The states of a check.
const (
	OK      = "ok"
	Note    = "note"    // worth knowing; an apply works
	Problem = "problem" // an apply fails, or leaves something out
	Unknown = "unknown" // it could not be found out
	ByHand  = "by hand" // only a person can do it; nobody can tell whether it is done
)

// Check is one question with its answer.
type Check struct {
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Text    string   `json:"text"`
	Details []string `json:"details,omitempty"` // a line each
	Hint    string   `json:"hint,omitempty"`    // what to do about it
}

// Summary counts the checks.
type Summary struct {
	OK      int `json:"ok"`
	Note    int `json:"note"`
	Problem int `json:"problem"`
	Unknown int `json:"unknown"`
	ByHand  int `json:"byHand"`
}

// Ready says that no problem stands in the way, as far as could be found out.
func (r *Result) Ready() bool { return r.Summary.Problem == 0 }

func (r *Result) add(c Check) {
	r.Checks = append(r.Checks, c)
	switch c.State {
	case OK:
		r.Summary.OK++
	case Note:
		r.Summary.Note++
	case Problem:
		r.Summary.Problem++
	case Unknown:
		r.Summary.Unknown++
	case ByHand:
		r.Summary.ByHand++
	}
}

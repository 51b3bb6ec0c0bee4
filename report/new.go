package report

import (
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// Input is what there is to say about one payer.
type Input struct {
	Name, AccountID, Commit string

	// Plan is nil where the payer could not be planned; Err says why. With a
	// Plan, Err is what ended its apply before the end.
	Plan *planner.Plan
	Err  error

	// Outcomes and Errs are the executor's, by index of Plan.Changes; nil
	// before an apply. Applied says that there was one, if only of nothing.
	Outcomes []string
	Errs     []error
	Applied  bool

	Files []File

	// Tree is the tree of OUs, Impact what the plan newly denies and allows,
	// Tests how the file's own tests went; Lands and Quotas join the estimate.
	Tree   []Unit
	Impact []Impact
	Tests  []Test
	Lands  []Landing
	Quotas []Headroom

	// Documents are the payer's policies as the file has them, by which Impact is
	// spelled.
	Documents []string

	// ClaimsRoot says that the organization's root does not bear the mark of the
	// payer yet, and that an apply sets it first (or has set it).
	ClaimsRoot bool

	// Snapshot is what was planned from in the place of AWS; nil: AWS itself.
	Snapshot *Snapshot

	// Members are the ids of the accounts of the organization, the payer's among
	// them; nil where nobody knows them.
	Members map[string]bool

	// Organization is the id of the organization, "" where it has none yet: a
	// policy that names one then names another.
	Organization string

	// Notices are what a reviewer must know beside the changes.
	Notices []Notice
}

// New makes the report of some payers, in their order. It keeps nothing of the
// plans but strings.
func New(inputs ...Input) *Report {
	r := &Report{FormatVersion: FormatVersion, Payers: make([]Payer, 0, len(inputs))}
	for _, in := range inputs {
		r.Payers = append(r.Payers, newPayer(in))
	}
	return r
}

func newPayer(in Input) Payer {
	p := Payer{Name: in.Name, AccountID: in.AccountID, Commit: in.Commit, Applied: in.Applied,
		ClaimsRoot: in.ClaimsRoot, Snapshot: in.Snapshot, Notices: in.Notices, Files: in.Files, Tree: in.Tree, Impact: spelledAs(in.Documents, in.Impact), Tests: in.Tests}
	if in.Err != nil {
		p.Error = in.Err.Error()
	}
	if in.Plan == nil {
		if in.Err == nil {
			p.Error = "no plan was made"
		}
		return p
	}
	outside, spelled := strangers{members: in.Members, organization: in.Organization, known: map[string]guests{}}, spellings{}
	for i, c := range in.Plan.Changes {
		var outcome string
		var err error
		if i < len(in.Outcomes) {
			outcome = in.Outcomes[i]
		}
		if i < len(in.Errs) {
			err = in.Errs[i]
		}
		change := NewChange(c, outcome, err)
		spelled.of(&c, change.Fields)
		change.Foreign, change.NoExternalID = outside.of(change.Fields)
		if len(change.Foreign)+len(change.NoExternalID) > 0 {
			change.ForeignAccounts = deployedTo(&c, in.Tree)
		}
		p.Changes = append(p.Changes, change)
		p.Summary.count(c)
	}
	off := typesOff(in.Plan)
	for _, l := range in.Plan.Left {
		p.Left = append(p.Left, newLeft(l, off))
	}
	for _, u := range in.Plan.Unmanaged {
		p.Unmanaged = append(p.Unmanaged, u.String())
	}
	for _, g := range in.Plan.Guards {
		p.Guards = append(p.Guards, Guard{Name: g.Name, Limit: g.Limit, Planned: g.Planned, Kind: g.Kind, Lift: g.Lift})
	}
	p.Summary.Left, p.Summary.Unmanaged = len(p.Left), len(p.Unmanaged)
	p.Estimate = newEstimate(in)
	return p
}

func (s *Summary) count(c planner.Change) {
	switch {
	case c.Blocked != "":
		s.Blocked++
	case c.Waiting != "":
		s.Waiting++
	case c.Op == planner.Create:
		s.Create++
	case c.Op == planner.Update:
		s.Update++
	case c.Op == planner.Delete:
		s.Delete++
	case c.Op == planner.Adopt:
		s.Adopt++
	case c.Op == planner.Resume:
		s.Resume++
	}
}

// NewChange gives the form of one change, with its outcome and error ("" and
// nil before apply). A blocked change has no outcome: nobody tried it.
func NewChange(c planner.Change, outcome string, err error) Change {
	out := Change{Op: string(c.Op), Ref: c.Ref.String(), Kind: c.Ref.Kind, Blocked: c.Blocked, Lifted: c.Lifted, Waiting: c.Waiting,
		Name: c.Name(), Pool: c.Pool(), ID: fact(c, resource.FactID), Why: c.Why()}
	if out.Name == "" {
		out.Name = c.Ref.Name
	}
	if c.Want != nil {
		if ou, ok := c.Want.Attrs["ou"]; ok && c.Op == planner.Create {
			out.OU = ouRef(ou)
		}
	}
	for _, f := range c.Fields {
		out.Fields = append(out.Fields, newField(f))
	}
	out.Fields = append(out.Fields, madeFields(&c, out.Name)...)
	for _, u := range c.Usage {
		out.Usage = append(out.Usage, Usage(u))
	}
	if c.Blocked != "" {
		return out
	}
	out.Outcome = outcome
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// fact reads a fact of the wanted object, else of the live one.
func fact(c planner.Change, name string) string {
	if c.Want != nil && c.Want.Facts[name] != "" {
		return c.Want.Facts[name]
	}
	if c.Have != nil {
		return c.Have.Facts[name]
	}
	return ""
}

// ouRef names a place in the tree: by the path, by the ref, or by an output.
func ouRef(t resource.Text) string {
	s, known := t.Known()
	switch {
	case !known && len(t.Refs()) > 0:
		if r := t.Refs()[0]; r.Kind == "ou" {
			return r.String()
		}
		return "root"
	case s == "" || s == "root" || strings.HasPrefix(s, "ou/"):
		return s
	}
	return resource.Unit(s).String()
}

func newField(f planner.Field) Field {
	out := Field{Name: f.Name}
	if !f.Before.IsNone() {
		s := f.Before.String()
		out.Before = &s
	}
	if s, known := f.After.Known(); !known {
		out.AfterUnknown, out.AfterTemplate = true, f.After.String()
	} else if !f.After.IsNone() {
		out.After = &s
	}
	return out
}

func newEstimate(in Input) *Estimate {
	e := in.Plan.Estimate
	if e.Seconds == 0 && len(e.By) == 0 && len(in.Lands) == 0 && len(in.Quotas) == 0 {
		return nil
	}
	out := &Estimate{Seconds: e.Seconds, Lands: in.Lands, Quotas: in.Quotas}
	for _, c := range e.By {
		out.By = append(out.By, Calls(c))
	}
	return out
}

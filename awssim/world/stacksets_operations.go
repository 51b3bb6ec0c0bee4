package world

import (
	"cmp"
	"slices"
	"time"
)

// StackTarget is where an operation goes: an account, a region, and the unit
// that it was named by.
type StackTarget struct{ Account, Region, Unit string }

// StackResult is how an operation ended in one account and region.
type StackResult struct {
	StackTarget
	Status, Reason string
}

// StackOperation is work on a stack set. One runs at a time; automatic
// deployments queue behind it.
type StackOperation struct {
	Seq                    uint64
	ID, Action, Status     string
	Reason                 string `json:",omitempty"`
	Preferences            StackPreferences
	Units                  []string // that were named
	Filter                 StackFilter
	Targets                []StackTarget
	Results                []StackResult
	Retain                 bool // of a delete: what the stacks made stays
	Automatic              bool
	Created, Started, Done time.Time
	Failed                 int
}

func (op *StackOperation) underWay() bool { return op.Status == "RUNNING" || op.Status == "QUEUED" }

// StackWork is what CreateStackInstances, UpdateStackInstances and
// DeleteStackInstances are asked for.
type StackWork struct {
	Action, Name, Region, Operation string
	Units, Accounts, Regions        []string
	Filter                          StackFilter
	Retain                          bool
	Preferences                     StackPreferences
}

// StackInstances begins to create, update or delete the instances of a set in
// the accounts under some units, those of the management account left out.
func (w *World) StackInstances(who string, in StackWork) (string, error) {
	o, err := w.stacksOrg(who)
	if err != nil {
		return "", err
	}
	s, err := w.stackSet(who, in.Region, in.Name)
	if err != nil {
		return "", err
	}
	switch {
	case len(in.Accounts) > 0:
		return "", invalidStack("StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target")
	case len(in.Units) == 0:
		return "", invalidStack("OrganizationalUnitIds are required")
	case len(in.Units) > maxTargets:
		return "", invalidStack("More than %d organizational units", maxTargets)
	case len(in.Regions) == 0:
		return "", invalidStack("Regions are required")
	}
	for _, u := range in.Units {
		if o.parentNode(u) == nil {
			return "", invalidStack("OrganizationalUnit %s does not exist in the organization", u)
		}
	}
	if err := s.idle(); err != nil {
		return "", err
	}
	if err := in.Filter.check(in.Action); err != nil {
		return "", err
	}
	op := &StackOperation{Action: in.Action, ID: in.Operation, Units: in.Units, Filter: in.Filter, Retain: in.Retain, Preferences: in.Preferences}
	switch in.Action {
	case "CREATE":
		op.Targets = o.stackTargets(in.Units, in.Regions, in.Filter)
		s.OrganizationalUnitIds = union(s.OrganizationalUnitIds, in.Units)
		s.Regions = union(s.Regions, in.Regions)
	case "UPDATE":
		if op.Targets = s.within(o, in.Units, in.Regions, in.Filter); len(op.Targets) == 0 {
			return "", refuse("StackInstanceNotFoundException", "There is no stack instance in these units")
		}
	default:
		op.Targets = s.within(o, in.Units, in.Regions, in.Filter)
	}
	return w.beginStack(s, op)
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// beginStack notes an operation and lets it run.
func (w *World) beginStack(s *StackSet, op *StackOperation) (string, error) {
	if err := op.Preferences.Check(); err != nil {
		return "", err
	}
	for _, old := range s.Operations {
		if op.ID != "" && old.ID == op.ID {
			return "", refuse("OperationIdAlreadyExistsException", "The operation id %s was used before", op.ID)
		}
	}
	op.Seq, op.Created = w.next(), w.now
	if op.ID == "" {
		op.ID = uuid(hash(s.StackSetId) + op.Seq)
	}
	if op.Action == "CREATE" {
		for _, t := range op.Targets {
			if s.instance(t) == nil {
				s.add(&StackInstance{Account: t.Account, Region: t.Region, OrganizationalUnitId: t.Unit, Status: "OUTDATED",
					DetailedStatus: "PENDING", LastOperationId: op.ID, Generation: -1})
			}
		}
	}
	op.Status = "QUEUED"
	s.Operations = append(s.Operations, op)
	w.nextStack(s)
	return op.ID, nil
}

// nextStack starts the operation that is first in the queue, where none runs.
func (w *World) nextStack(s *StackSet) {
	for _, op := range s.Operations {
		switch op.Status {
		case "RUNNING":
			return
		case "QUEUED":
			op.Status, op.Started = "RUNNING", w.now
			w.wake(w.cfg.StackTime)
			return
		}
	}
}

// settleStacks ends the operations that are due, of one set or of all.
func (w *World) settleStacks(only *StackSet, all bool) {
	for _, s := range w.stackSets {
		if only != nil && s != only {
			continue
		}
		for _, op := range slices.Clone(s.Operations) {
			if op.Status != "RUNNING" {
				continue
			}
			if end := op.Started.Add(w.cfg.StackTime); !all && w.now.Before(end) {
				w.wake(end.Sub(w.now))
				continue
			}
			w.runStack(s, op)
			w.nextStack(s)
		}
	}
}

// runStack does the work of an operation, account by account.
func (w *World) runStack(s *StackSet, op *StackOperation) {
	limit := op.Preferences.tolerance(len(op.Targets))
	for _, t := range op.Targets {
		r := StackResult{StackTarget: t, Status: "SUCCEEDED"}
		switch {
		case op.Failed > limit && !op.Automatic:
			r.Status, r.Reason = "CANCELLED", "Cancelled since failure tolerance has exceeded"
			s.mark(t, op, "CANCELLED", r.Reason)
		default:
			skipped, why := w.deploy(s, op, t)
			if skipped {
				continue
			}
			if why != "" {
				r.Status, r.Reason = "FAILED", why
				op.Failed++
			}
		}
		op.Results = append(op.Results, r)
	}
	op.Done, op.Status = w.now, "SUCCEEDED"
	if op.Failed > limit {
		op.Status = "FAILED"
	}
	// What is deployed to automatically knows no accounts: a filter leaves the
	// units what they are (CloudFormation user guide, "Enable or disable automatic
	// deployments", read 2026-11).
	if op.Action == "DELETE" && !op.Automatic && op.Status == "SUCCEEDED" && !op.Filter.narrows() {
		s.OrganizationalUnitIds = slices.DeleteFunc(slices.Clone(s.OrganizationalUnitIds), func(u string) bool { return slices.Contains(op.Units, u) })
		if len(s.OrganizationalUnitIds) == 0 {
			s.Regions = nil
		}
	}
}

// mark notes on an instance how an operation ended there.
func (s *StackSet) mark(t StackTarget, op *StackOperation, detailed, reason string) {
	if i := s.instance(t); i != nil {
		i.DetailedStatus, i.StatusReason, i.LastOperationId = detailed, reason, op.ID
		if detailed == "SUCCEEDED" {
			i.Status = "CURRENT"
		} else {
			i.Status = "OUTDATED"
		}
	}
}

// deploy brings one instance to where the operation wants it. It gives AWS's
// reason where that fails.
func (w *World) deploy(s *StackSet, op *StackOperation, t StackTarget) (skipped bool, why string) {
	i := s.instance(t)
	if i == nil {
		return true, ""
	}
	if a := w.accounts[t.Account]; a == nil || a.state != Active {
		s.mark(t, op, "SKIPPED_SUSPENDED_ACCOUNT", "")
		if op.Action == "DELETE" {
			s.remove(i)
		}
		return true, ""
	}
	if op.Action == "DELETE" {
		if !op.Retain && i.Role != "" {
			if err := w.dropStackRole(t.Account, i.Role, i.Held); err != nil {
				s.mark(t, op, "INOPERABLE", err.Error())
				i.Status = "INOPERABLE"
				return false, err.Error()
			}
		}
		s.remove(i)
		return false, ""
	}
	if i.Generation == s.Generation && i.Role != "" && i.Status == "CURRENT" {
		s.mark(t, op, "SUCCEEDED", "")
		return false, ""
	}
	if i.StackId == "" {
		i.StackId = "arn:aws:cloudformation:" + t.Region + ":" + t.Account + ":stack/StackSet-" + s.StackSetName + "-" + uuid(hash(s.StackSetId, t.Account)) + "/" + uuid(hash(t.Account, s.StackSetId))
	}
	if why := w.putStackRole(s, i); why != "" {
		s.mark(t, op, "FAILED", why)
		return false, why
	}
	i.Generation = s.Generation
	s.mark(t, op, "SUCCEEDED", "")
	return false, ""
}

// place finds where the instance of a target is, or would be.
func (s *StackSet) place(t StackTarget) (int, bool) {
	return slices.BinarySearchFunc(s.Instances, t, func(i *StackInstance, t StackTarget) int {
		return cmp.Or(cmp.Compare(i.Account, t.Account), cmp.Compare(i.Region, t.Region))
	})
}

func (s *StackSet) instance(t StackTarget) *StackInstance {
	if at, ok := s.place(t); ok {
		return s.Instances[at]
	}
	return nil
}

func (s *StackSet) add(i *StackInstance) {
	if at, ok := s.place(StackTarget{Account: i.Account, Region: i.Region}); !ok {
		s.Instances = slices.Insert(s.Instances, at, i)
	}
}

func (s *StackSet) remove(i *StackInstance) {
	if at, ok := s.place(StackTarget{Account: i.Account, Region: i.Region}); ok {
		s.Instances = slices.Delete(s.Instances, at, at+1)
	}
}

// stacksFollow deploys automatically where an account has come to, and takes
// away what it has left. It is told after the account has its new place.
func (w *World) stacksFollow(o *org, id string) {
	n := o.nodes[id] // nil: it has left the organization
	for _, s := range w.stackSets {
		if s.Owner != o.master.id || s.Status != "ACTIVE" || !s.Auto || id == o.master.id {
			continue
		}
		unit := ""
		for _, u := range s.OrganizationalUnitIds {
			if n != nil && n.under(u) {
				unit = u
			}
		}
		for _, region := range s.Regions {
			t := StackTarget{id, region, unit}
			i := s.instance(t)
			op := &StackOperation{Automatic: true, Targets: []StackTarget{t}}
			switch {
			case unit != "" && i == nil:
				op.Action, op.Units = "CREATE", []string{unit}
			case unit == "" && i != nil:
				op.Action, op.Retain = "DELETE", s.Retain
			case unit != "":
				i.OrganizationalUnitId = unit
				continue
			default:
				continue
			}
			_, _ = w.beginStack(s, op) // what it asks for is right by its making
		}
	}
}

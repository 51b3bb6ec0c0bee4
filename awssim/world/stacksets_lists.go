package world

import "slices"

// InstanceFilter says which instances are asked for; what is empty takes all.
type InstanceFilter struct{ Account, Region, Detailed, Operation string }

// DescribeStackInstance tells of one instance.
func (w *World) DescribeStackInstance(who, region, name, account, where string) (*StackSet, *StackInstance, error) {
	s, err := w.stackSet(who, region, name)
	if err != nil {
		return nil, nil, err
	}
	if i := s.instance(StackTarget{Account: account, Region: where}); i != nil {
		return s, i, nil
	}
	return nil, nil, refuse("StackInstanceNotFoundException", "Stack instance not found for StackSet %s, account %s, region %s", name, account, where)
}

// ListStackInstances lists the instances of a set. The number that goes on is
// the place in the list, which is in the order of accounts.
func (w *World) ListStackInstances(who, region, name string, f InstanceFilter, p Page) (*StackSet, []*StackInstance, uint64, error) {
	s, err := w.stackSet(who, region, name)
	if err != nil {
		return nil, nil, 0, err
	}
	var out []*StackInstance
	for at := min(int(p.After), len(s.Instances)); at < len(s.Instances); at++ {
		i := s.Instances[at]
		switch {
		case f.Account != "" && i.Account != f.Account, f.Region != "" && i.Region != f.Region,
			f.Detailed != "" && i.DetailedStatus != f.Detailed, f.Operation != "" && i.LastOperationId != f.Operation:
			continue
		case len(out) == p.Max:
			return s, out, uint64(at), nil
		}
		out = append(out, i)
	}
	return s, out, 0, nil
}

// DescribeStackSetOperation tells how far an operation is.
func (w *World) DescribeStackSetOperation(who, region, name, id string) (*StackSet, *StackOperation, error) {
	s, err := w.asked(who, region, name)
	if err != nil {
		return nil, nil, err
	}
	op := s.operation(id)
	if op == nil {
		return nil, nil, refuse("OperationNotFoundException", "Operation %s not found", id)
	}
	return s, op, nil
}

func (s *StackSet) operation(id string) *StackOperation {
	for _, op := range s.Operations {
		if op.ID == id {
			return op
		}
	}
	return nil
}

// asked finds a set whose operations somebody asks for, which in an eager world
// ends them.
func (w *World) asked(who, region, name string) (*StackSet, error) {
	s, err := w.stackSet(who, region, name)
	if err != nil {
		return nil, err
	}
	for w.cfg.EagerStack && s.idle() != nil {
		w.settleStacks(s, true)
	}
	return s, nil
}

// ListStackSetOperations lists the operations of a set, the newest first.
func (w *World) ListStackSetOperations(who, region, name string, p Page) ([]*StackOperation, uint64, error) {
	s, err := w.asked(who, region, name)
	if err != nil {
		return nil, 0, err
	}
	newest := slices.Clone(s.Operations)
	slices.Reverse(newest)
	page, next := placed(newest, p)
	return page, next, nil
}

// ListStackSetOperationResults lists how an operation ended in its accounts.
func (w *World) ListStackSetOperationResults(who, region, name, id, status string, p Page) ([]StackResult, uint64, error) {
	s, err := w.asked(who, region, name)
	if err != nil {
		return nil, 0, err
	}
	op := s.operation(id)
	if op == nil {
		return nil, 0, refuse("OperationNotFoundException", "Operation %s not found", id)
	}
	all := op.Results
	if op.underWay() {
		for _, t := range op.Targets {
			all = append(all, StackResult{StackTarget: t, Status: "PENDING"})
		}
	}
	if status != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(r StackResult) bool { return r.Status != status })
	}
	page, next := placed(all, p)
	return page, next, nil
}

// placed is a page of a list; the number that goes on is the place in it.
func placed[T any](items []T, p Page) ([]T, uint64) {
	from := min(int(p.After), len(items))
	to := min(from+p.Max, len(items))
	if to < len(items) {
		return items[from:to], uint64(to)
	}
	return items[from:to], 0
}

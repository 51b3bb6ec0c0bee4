package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/words"
)

// What stands in the columns of the table, clean.

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func state(p *Payer) string {
	if p.State == "" {
		return "new"
	}
	return clean(p.State)
}

func next(now time.Time, p *Payer) string {
	if p.Running != nil {
		return "running"
	}
	return in(now, p.NextAt)
}

// changes writes what the last plan would do in the signs of the plan.
func changes(p *Payer) string {
	s := p.Summary
	if s == nil {
		return "-"
	}
	var parts []string
	for _, part := range []struct {
		sign string
		n    int
	}{{"+", s.Create}, {"~", s.Update}, {"-", s.Delete}, {"@", s.Adopt}, {">", s.Resume}, {"!", s.Blocked}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprint(part.sign, part.n))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, " ")
}

// accounts writes how many accounts of the pools are ready, of those wanted.
func accounts(p *Payer) string {
	if len(p.Pools) == 0 {
		return "-"
	}
	ready, wanted := 0, 0
	for _, pool := range p.Pools {
		ready += pool.Ready
		wanted += pool.Wanted
	}
	return fmt.Sprintf("%d/%d", ready, wanted)
}

// note says in a few words what is special about a payer.
func note(now time.Time, p *Payer) string {
	var parts []string
	if r := p.Running; r != nil {
		s := clean(r.Phase)
		if r.Total > 0 {
			s += fmt.Sprintf(" %d of %d", r.Done, r.Total)
		}
		parts = append(parts, s+" for "+words.Age(now.Sub(r.Since)))
	}
	if why := reason(p); why != "" {
		parts = append(parts, clean(why))
	}
	if p.Summary != nil && p.Summary.Drift > 0 {
		parts = append(parts, fmt.Sprintf("drift %d", p.Summary.Drift))
	}
	if p.Summary != nil && p.Summary.Waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", p.Summary.Waiting))
	}
	return strings.Join(parts, "; ")
}

// reason says why a payer is in its state.
func reason(p *Payer) string {
	switch {
	case p.Pause != nil && p.Pause.By != "":
		return "by " + p.Pause.By + ": " + p.Pause.Reason
	case p.Pause != nil:
		return p.Pause.Reason
	case p.Error != "":
		line, _, _ := strings.Cut(strings.TrimSpace(p.Error), "\n")
		return line
	}
	switch p.State {
	case Standby:
		if p.Lease != nil && p.Lease.Holder != "" {
			return p.Lease.Holder + " writes"
		}
		return "another daemon writes"
	case FirstApply:
		return "waits for an operator's first apply"
	case Guarded:
		return strings.Join(p.Guards, ", ")
	case Blocked:
		if len(p.Blocked) > 0 {
			return p.Blocked[0]
		}
	}
	return ""
}

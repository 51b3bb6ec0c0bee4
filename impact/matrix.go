package impact

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// matrix is which statements mean which actions. An atom is a pattern of actions
// without those that are narrower, so that each statement means all of an atom
// or nothing of it; the last one is every action.
type matrix struct {
	atoms  []string          // in lower case, sorted
	spelt  map[string]string // as a document writes it
	scopes []iampolicy.Scope // each that any statement has, once
	within map[[2]int]bool   // scopes by their indexes
	policy map[string]*read  // by document
	number map[string]int    // of documents
	inside []set             // by atom: the narrower ones; nil until asked for
}

// read is one document: its statements by scope.
type read struct {
	denies, allows map[int]set // by index of the scope
	unknown        bool
}

func newMatrix(t Tree) (*matrix, error) {
	m := &matrix{spelt: map[string]string{}, within: map[[2]int]bool{}, policy: map[string]*read{"": {unknown: true}}, number: map[string]int{"": 0}}
	parts := map[string][]iampolicy.Part{}
	for _, list := range t.lists() {
		for _, p := range list {
			if _, known := parts[p.Document]; known || p.Document == "" {
				continue
			}
			of, err := iampolicy.Parts([]byte(p.Document))
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", p.Ref, err)
			}
			if p.Type == resourceControl {
				reached(of)
			}
			parts[p.Document], m.number[p.Document] = of, len(m.number)
		}
	}
	m.atomize(parts)
	m.inside = make([]set, len(m.atoms))
	byScope := map[string]int{}
	for doc, of := range parts {
		r := &read{denies: map[int]set{}, allows: map[int]set{}}
		for i := range of {
			key := of[i].Scope.Resource + "\n" + of[i].Scope.Condition
			at, ok := byScope[key]
			if !ok {
				at = len(m.scopes)
				byScope[key] = at
				m.scopes = append(m.scopes, of[i].Scope)
			}
			side := r.allows
			if of[i].Deny {
				side = r.denies
			}
			if side[at] == nil {
				side[at] = m.none()
			}
			m.mean(&of[i], side[at])
		}
		m.policy[doc] = r
	}
	return m, nil
}

const resourceControl = "RESOURCE_CONTROL_POLICY"

// reached takes the actions out of a resource control policy that AWS applies no
// such policy to.
func reached(of []iampolicy.Part) {
	for i := range of {
		if p := &of[i]; !p.Not {
			p.Actions = slices.DeleteFunc(p.Actions, func(a string) bool { return !iampolicy.RCPReaches(a) })
		}
	}
}

func (m *matrix) none() set { return make(set, (len(m.atoms)+63)/64) }

// maxAtoms keeps documents of nothing but crossing patterns from taking long.
const maxAtoms = 5000

// atomize gathers the patterns, and what those share that cross each other.
func (m *matrix) atomize(parts map[string][]iampolicy.Part) {
	m.note("*")
	for _, of := range parts {
		for _, p := range of {
			for _, a := range p.Actions {
				m.note(a)
			}
		}
	}
	byService := map[string][]string{}
	for a := range m.spelt {
		service, _, _ := strings.Cut(a, ":")
		if strings.ContainsAny(service, "*?") {
			service = "*"
		}
		byService[service] = append(byService[service], a)
	}
	for service, list := range byService {
		with := list
		if service != "*" {
			with = append(slices.Clone(list), byService["*"]...)
		}
		m.cross(list, with)
	}
	for a := range m.spelt {
		m.atoms = append(m.atoms, a)
	}
	slices.Sort(m.atoms)
}

// cross adds what patterns share of which none covers the other.
func (m *matrix) cross(list, with []string) {
	for round := 0; round < 3; round++ {
		var fresh []string
		for i, a := range list {
			for j, b := range with {
				if a == b || j < i && j < len(list) && round == 0 || len(m.spelt) > maxAtoms {
					continue
				}
				if !strings.ContainsAny(a, "*?") || !strings.ContainsAny(b, "*?") || iampolicy.Covers(a, b) || iampolicy.Covers(b, a) {
					continue
				}
				for _, s := range iampolicy.Shared(a, b) {
					if m.spelt[s] == "" {
						m.note(s)
						fresh = append(fresh, s)
					}
				}
			}
		}
		if len(fresh) == 0 {
			return
		}
		with, list = append(slices.Clone(with), fresh...), fresh
	}
}

// note takes in a pattern; the spelling with most capitals is the one shown.
func (m *matrix) note(pattern string) {
	low := strings.ToLower(pattern)
	if have := m.spelt[low]; have == "" || have == low {
		m.spelt[low] = pattern
	}
}

// mean adds the atoms that a statement means.
func (m *matrix) mean(p *iampolicy.Part, to set) {
	for i, atom := range m.atoms {
		named := slices.ContainsFunc(p.Actions, func(a string) bool { return m.covers(a, atom) })
		if named != p.Not {
			to.add(i)
		}
	}
}

// covers is iampolicy.Covers, quick where the first letters differ.
func (m *matrix) covers(pattern, atom string) bool {
	if p := pattern[0] | 0x20; p >= 'a' && p <= 'z' && p != atom[0] {
		return false
	}
	return iampolicy.Covers(pattern, atom)
}

// narrower are the atoms inside an atom.
func (m *matrix) narrower(i int) set {
	if m.inside[i] == nil {
		m.inside[i] = m.none()
		for j, atom := range m.atoms {
			if i != j && m.covers(m.atoms[i], atom) {
				m.inside[i].add(j)
			}
		}
	}
	return m.inside[i]
}

// isWithin says that one scope holds only where the other does.
func (m *matrix) isWithin(s, o int) bool {
	if s == o {
		return true
	}
	key := [2]int{s, o}
	in, known := m.within[key]
	if !known {
		in = m.scopes[s].Within(&m.scopes[o])
		m.within[key] = in
	}
	return in
}

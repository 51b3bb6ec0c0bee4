package reconcile

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// An object that bears no mark is believed to bear none for an hour, less some
// minutes that chance picks for each, so that they are not all read anew at once.
const (
	believed = time.Hour
	spread   = 20 * time.Minute
)

// Memory is what passes over one payer leave for later ones: which accounts there
// were, and which objects bear no mark. Whether one does costs a call for each object that no file names, in
// every pass. Its zero value is empty and ready; it is safe to use from several
// goroutines.
//
// It only ever says that an object is nobody's business. What a plan would
// change, and what the file names, is read afresh in each pass, and what is
// taken away once more right before.
type Memory struct {
	mu       sync.Mutex
	unmarked map[string]time.Time // by kind and id: until when
	accounts []string             // ids of the accounts that the last read showed
}

// lastAccounts gives the accounts that the last trusted read showed.
func (m *Memory) lastAccounts() []string {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.accounts
}

// noteAccounts keeps the accounts of a trusted read.
func (m *Memory) noteAccounts(have *resource.State) {
	if m == nil {
		return
	}
	var ids []string
	for a := range have.Kind("account") {
		if id := a.ID(); id != "" {
			ids = append(ids, strings.Clone(id)) // a part of AWS's answer, which is not kept for it
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts = ids
}

func memoryKey(o resource.Object) string { return o.Ref.Kind + " " + o.ID() }

// note takes in what was read of the mark of an object.
func (m *Memory) note(o resource.Object) {
	if m == nil || o.ID() == "" || !o.OwnerRead || o.Facts[resource.FactAbsent] != "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.Owner != "" {
		delete(m.unmarked, memoryKey(o))
		return
	}
	if m.unmarked == nil {
		m.unmarked = map[string]time.Time{}
	}
	m.unmarked[memoryKey(o)] = time.Now().Add(believed - rand.N(spread))
}

// noteAll takes in the marks that the kinds read by themselves.
func (m *Memory) noteAll(have *resource.State) {
	if m == nil {
		return
	}
	for o := range have.All() {
		m.note(o)
	}
}

// ofAccounts says which accounts bore no mark a short while ago; nil where
// nothing is remembered. A row of those that the CSVs name shows their tags.
func (m *Memory) ofAccounts(p *spec.Payer) func(id string) bool {
	if m == nil {
		return nil
	}
	listed := map[string]bool{}
	for _, id := range p.Run.KnownIDs {
		listed[id] = true
	}
	return func(id string) bool {
		o := resource.Object{Ref: resource.Ref{Kind: "account"}, Outputs: map[string]string{"id": id}}
		return !listed[id] && m.knows(o)
	}
}

// forget drops an object that is written to.
func (m *Memory) forget(o resource.Object) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.unmarked, memoryKey(o))
}

// knows says that the object bore no mark a short while ago.
func (m *Memory) knows(o resource.Object) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	until, ok := m.unmarked[memoryKey(o)]
	if ok && !time.Now().Before(until) {
		delete(m.unmarked, memoryKey(o))
		ok = false
	}
	return ok && o.ID() != ""
}

// tidy drops what is too old, objects that are gone among them.
func (m *Memory) tidy() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for key, until := range m.unmarked {
		if !now.Before(until) {
			delete(m.unmarked, key)
		}
	}
}

// recall answers from the memory for those objects whose mark the plan asks
// for only to say that nobody manages them. It gives the others.
func (p *Planned) recall(have *resource.State, plan *planner.Plan) (*resource.State, []resource.Ref) {
	m := p.o.Memory
	if m == nil {
		return have, plan.Unsure
	}
	m.tidy()
	unmanaged := map[resource.Ref]bool{}
	for _, r := range plan.Unmanaged {
		unmanaged[r] = true
	}
	for i := range plan.Changes { // the policy of a detach decides about it
		if h := plan.Changes[i].Have; h != nil {
			if r, err := resource.ParseRef(h.Facts[resource.FactPolicy]); err == nil {
				delete(unmanaged, r)
			}
		}
	}
	listed := map[string]bool{} // a row of theirs shows their tags
	for _, id := range p.Payer.Run.KnownIDs {
		listed[id] = true
	}
	have = have.Clone()
	var rest []resource.Ref
	for _, r := range plan.Unsure {
		o, ok := have.Get(r)
		if !ok || !unmanaged[r] || listed[o.ID()] || !m.knows(o) {
			rest = append(rest, r)
			continue
		}
		o.Owner, o.OwnerRead = "", true
		have.Put(o)
	}
	return have, rest
}

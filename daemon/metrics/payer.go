package metrics

import (
	"sync"
	"time"
)

// Pool says how many accounts of a pool there are in which state.
type Pool struct {
	Name                             string
	Wanted, Ready, Creating, Surplus int
}

// Quota is how many accounts an organization may have, and has.
type Quota struct{ Limit, Used int }

// States are the states that a payer may be in, one at a time:
//
//   - ok: the last pass did all that it was to do
//   - failed: the last pass ended with an error, or a change of it did
//   - standby: another daemon holds the lease
//   - paused: somebody said that nothing may be written
//   - first-apply: the first apply is an operator's, and has not been
//   - guarded: the plan would change more than the file's safety allows
//   - blocked: parts of the plan cannot be done
//   - broken: the payer file has mistakes; its last good commit is in force
var States = []string{"ok", "failed", "standby", "paused", "first-apply", "guarded", "blocked", "broken"}

// table is what is true now, by payer. mu guards all of it.
type table struct {
	mu     sync.Mutex
	payers map[string]*entry

	fetch      time.Time // the last that worked
	unverified *bool
	mistakes   *int
	config     *bool
	configAt   time.Time // the last that was taken
}

// entry is what is true of one payer.
type entry struct {
	since    time.Time // when it was first seen
	clean    time.Time // zero: never
	state    string    // "": not known yet
	paused   *bool
	drift    *int
	accounts map[string]int
	pools    map[string]Pool
	quota    *Quota
	holds    *bool
	expires  func() time.Time
}

func newTable() *table { return &table{payers: map[string]*entry{}} }

// update changes what is true of a payer, one that is new included.
func (t *table) update(name string, change func(*entry)) {
	name = valid(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.payers[name]
	if p == nil {
		p = &entry{since: time.Now()}
		t.payers[name] = p
	}
	change(p)
}

func (t *table) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.payers, name)
}

func (t *table) fetched() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fetch = time.Now()
}

// Payer makes a payer known before its first pass: from now on its seconds
// without a clean pass are counted.
func (m *Metrics) Payer(payer string) { m.now.update(payer, func(*entry) {}) }

// Clean says that a pass ended at a time that did all it was to do, without an
// error.
func (m *Metrics) Clean(payer string, at time.Time) {
	m.now.update(payer, func(e *entry) { e.clean = at })
}

// State says which of [States] a payer is in. A standby knows nothing of what is
// in AWS by now: its drift, accounts, pools and quota are dropped.
func (m *Metrics) State(payer, state string) {
	m.now.update(payer, func(e *entry) {
		e.state = valid(state)
		if state == "standby" {
			e.drift, e.accounts, e.pools, e.quota = nil, nil, nil, nil
		}
	})
}

// Paused says whether a payer is paused, whatever else its state is.
func (m *Metrics) Paused(payer string, is bool) {
	m.now.update(payer, func(e *entry) { e.paused = &is })
}

// Drift says how many objects of a payer somebody changed behind git's back.
func (m *Metrics) Drift(payer string, objects int) {
	m.now.update(payer, func(e *entry) { e.drift = &objects })
}

// Accounts says how many member accounts of a payer are in which state. States
// that are not named any more are dropped.
func (m *Metrics) Accounts(payer string, byState map[string]int) {
	valids := make(map[string]int, len(byState))
	for state, n := range byState {
		valids[valid(state)] += n
	}
	m.now.update(payer, func(e *entry) { e.accounts = valids })
}

// Pools says what is in the pools of a payer. Pools that are not named any more
// are dropped.
func (m *Metrics) Pools(payer string, pools []Pool) {
	byName := make(map[string]Pool, len(pools))
	for _, pool := range pools {
		byName[valid(pool.Name)] = pool
	}
	m.now.update(payer, func(e *entry) { e.pools = byName })
}

// Quota says how many accounts a payer may have and has; nil where that could not
// be found out.
func (m *Metrics) Quota(payer string, quota *Quota) {
	if quota != nil {
		q := *quota
		quota = &q
	}
	m.now.update(payer, func(e *entry) { e.quota = quota })
}

// Lease says whether this daemon holds the lease or lock of a payer. expires says
// at each scrape until when; it may not wait for the network. It is nil, or gives
// the zero time, where there is no such time.
func (m *Metrics) Lease(payer string, mine bool, expires func() time.Time) {
	m.now.update(payer, func(e *entry) { e.holds, e.expires = &mine, expires })
}

// Config says whether the config file was taken as it stands now. One that was
// refused leaves the one before in force.
func (m *Metrics) Config(taken bool) {
	m.now.mu.Lock()
	defer m.now.mu.Unlock()
	m.now.config = &taken
	if taken {
		m.now.configAt = time.Now()
	}
}

// Unverified says whether the branch's newest commit is held back because no key
// of git.verify signed it.
func (m *Metrics) Unverified(held bool) {
	m.now.mu.Lock()
	defer m.now.mu.Unlock()
	m.now.unverified = &held
}

// Mistakes says how many mistakes there are in the payer files, those of payers
// whose last good commit stays in force included.
func (m *Metrics) Mistakes(n int) {
	m.now.mu.Lock()
	defer m.now.mu.Unlock()
	m.now.mistakes = &n
}

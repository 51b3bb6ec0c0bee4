package status

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Board holds the status of a daemon. It may be used from many goroutines: what it
// hands out is a copy that shares nothing with it.
type Board struct {
	mu     sync.Mutex
	status Status // without payers
	payers map[string]*Payer
}

// NewBoard makes the board of a daemon that starts now.
func NewBoard(version, mode string) *Board {
	return &Board{payers: map[string]*Payer{},
		status: Status{FormatVersion: FormatVersion, Version: version, StartedAt: time.Now(), Mode: mode}}
}

// Update changes what is said of a payer; one that is new has its name alone. It
// notes since when the state is what change makes it, keeps the first of many
// blocked lines and takes credentials out of the error. What a standby knew of AWS
// is dropped. change must not call the board.
func (b *Board) Update(name string, change func(*Payer)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.payers[name]
	if p == nil {
		p = &Payer{}
		b.payers[name] = p
	}
	before := p.State
	change(p)
	p.Name = name
	if p.State != before {
		p.Since = time.Now()
	}
	if p.State == Standby {
		p.Summary, p.Guards, p.Blocked, p.Accounts, p.Pools, p.Quota = nil, nil, nil, nil, nil, nil
	}
	p.Error = noCredentials(p.Error)
	p.Blocked = p.Blocked[:min(len(p.Blocked), MaxLines)]
	*p = p.clone() // what change put in stays its caller's
}

// Remove takes a payer off the board.
func (b *Board) Remove(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.payers, name)
}

// Git changes what is said of the repository. Credentials are taken out of its URL
// and its error.
func (b *Board) Git(change func(*Git)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.status.Git)
	b.status.Git.URL = noCredentials(b.status.Git.URL)
	b.status.Git.Error = noCredentials(b.status.Git.Error)
	b.status.Git.Mistakes = slices.Clone(b.status.Git.Mistakes[:min(len(b.status.Git.Mistakes), MaxLines)])
}

// Config changes what is said of the config file.
func (b *Board) Config(change func(*Config)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.status.Config)
}

// Mode says what the daemon does from now on: plan or apply.
func (b *Board) Mode(mode string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Mode = mode
}

// Payer gives what is said of a payer, if anything.
func (b *Board) Payer(name string) (Payer, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.payers[name]
	if p == nil {
		return Payer{}, false
	}
	return p.clone(), true
}

// Status gives what the daemon says of itself now, the payers by name.
func (b *Board) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.status
	s.Now = time.Now()
	s.Git.Mistakes = slices.Clone(s.Git.Mistakes)
	s.Payers = make([]Payer, 0, len(b.payers))
	for _, p := range b.payers {
		s.Payers = append(s.Payers, p.clone())
	}
	slices.SortFunc(s.Payers, func(a, b Payer) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// Handler serves the status as JSON.
func (b *Board) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "GET alone", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = WriteJSON(w, b.Status()) // whoever asked is gone
	})
}

// clone gives a copy that shares nothing.
func (p *Payer) clone() Payer {
	c := *p
	c.LastPass, c.Running, c.Summary = copied(p.LastPass), copied(p.Running), copied(p.Summary)
	c.Quota, c.Lease, c.Pause = copied(p.Quota), copied(p.Lease), copied(p.Pause)
	c.Guards, c.Blocked, c.Pools = slices.Clone(p.Guards), slices.Clone(p.Blocked), slices.Clone(p.Pools)
	c.Accounts = maps.Clone(p.Accounts)
	return c
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

package world

import (
	"strings"
	"time"
)

// Config says how long things take in a world.
type Config struct {
	Quota       int           // accounts of an organization, the management account counted
	CreateTime  time.Duration // CreateAccount to SUCCEEDED or FAILED
	SettleTime  time.Duration // EnablePolicyType and DisablePolicyType
	CloseTime   time.Duration // CloseAccount to CLOSED
	RoleSettle  time.Duration // a new role or user cannot be used so long
	Enforce     bool          // the policies of who calls are looked at
	Finalize    time.Duration // after CreateOrganization, CreateAccount is refused so long
	SCPsOff     bool          // CreateOrganization enables no policy type
	EagerMaker  bool          // a creation is also done when somebody asks how far it is
	EagerTypes  bool          // and so is a change of a policy type
	StackTime   time.Duration // an operation on a stack set, from its start
	EagerStack  bool          // it is also done when somebody asks how far it is
	BucketTime  time.Duration // how long the name of a deleted bucket is not to be had
	QuotaTime   time.Duration // each state of a request for a higher quota
	EagerQuota  bool          // it is also taken a state on when somebody asks how far it is
	QuotaDenied bool          // it ends as DENIED
	QuotaCode   string        // of the quota of accounts; "" is L-E619E033
}

// World is all of the simulated AWS. Its owner serializes the calls.
type World struct {
	cfg       Config
	now       time.Time
	seq       uint64
	accounts  map[string]*account
	emails    map[string]string // in lower case: who has it, or had it
	reserved  map[string]bool   // ids promised to accounts under way
	orgs      []*org
	sessions  map[string]*session
	keys      map[string]keyOwner  // access keys of users
	documents map[string]*document // policies of IAM, by their text
	due       time.Time            // nothing settles before; zero: nothing is under way
	intern    map[string]string
	// stackSets are those of every account, in the order they were made.
	stackSets []*StackSet
	buckets   map[string]*bucket        // by name, of all accounts
	gone      map[string]time.Time      // names of buckets that were deleted
	reports   map[string]*list[*report] // of billing, by account
	quotas    quotas
}

// account is an AWS account, in an organization or not.
type account struct {
	id, name, email string
	created         time.Time
	state           State
	closing         time.Time // when its closing was asked for
	org             *org
	node            *node
	iam             *identities // nil where there is nothing
	contacts        map[string]Contact
}

// State is how an account stands.
type State uint8

// The states that accounts of this world have.
const (
	Active State = iota
	PendingClosure
	Closed
)

var stateNames = [...]struct{ state, status string }{
	Active:         {"ACTIVE", "ACTIVE"},
	PendingClosure: {"PENDING_CLOSURE", "PENDING_CLOSURE"},
	Closed:         {"CLOSED", "SUSPENDED"},
}

// New makes an empty world. An account is there as soon as somebody uses it.
func New(cfg Config) *World {
	return &World{
		cfg:       cfg,
		accounts:  map[string]*account{},
		emails:    map[string]string{},
		reserved:  map[string]bool{},
		sessions:  map[string]*session{},
		keys:      map[string]keyOwner{},
		documents: map[string]*document{},
		intern:    map[string]string{},
		buckets:   map[string]*bucket{},
		gone:      map[string]time.Time{},
		reports:   map[string]*list[*report]{},
	}
}

// SetNow tells the time and lets all work end that ends by then. The time
// never goes back.
func (w *World) SetNow(t time.Time) {
	if t.After(w.now) {
		w.now = t
	}
	if !w.due.IsZero() && !w.now.Before(w.due) {
		w.settle()
	}
}

// Now is the time last told.
func (w *World) Now() time.Time { return w.now }

// account finds an account, or lets a standalone one come into being.
func (w *World) account(id string) *account {
	a := w.accounts[id]
	if a == nil {
		a = &account{id: id, name: "Account " + id, email: "root-" + id + "@standalone.example", created: w.now}
		w.accounts[id] = a
		w.emails[a.email] = id
	}
	return a
}

// same lets equal strings share their bytes: ten thousand accounts have few
// tag keys and role names.
func (w *World) same(s string) string {
	if t, ok := w.intern[s]; ok {
		return t
	}
	s = strings.Clone(s)
	w.intern[s] = s
	return s
}

// wake notes that something ends d from now.
func (w *World) wake(d time.Duration) {
	t := w.now.Add(d)
	if w.due.IsZero() || t.Before(w.due) {
		w.due = t
	}
}

// settle ends what is due and finds out when the next thing is.
func (w *World) settle() {
	w.due = time.Time{}
	w.settleQuotas()
	for _, o := range w.orgs {
		w.settleCreations(o, func(r *request) bool { return !w.now.Before(r.asked.Add(w.cfg.CreateTime)) })
		w.settleTypes(o, false)
		w.settleClosures(o)
	}
	w.settleStacks(nil, false)
}

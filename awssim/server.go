package awssim

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// Options say what kind of AWS a [Server] is. The zero value is the fast
// sandbox.
type Options struct {
	Account     string        // who an unknown access key acts as; default 111122223333
	Quota       int           // accounts an organization may have, the management account counted; default 50000
	Start       time.Time     // where the clock starts; default: the time of New
	Manual      bool          // the clock moves only by Advance
	CreateTime  time.Duration // how long CreateAccount takes on the clock; zero: see the package comment
	SettleTime  time.Duration // EnablePolicyType and DisablePolicyType, likewise
	CloseTime   time.Duration // CloseAccount, likewise
	QuotaTime   time.Duration // each state of a request for a higher quota; zero: an hour, and see the package comment
	QuotaDenied bool          // such a request ends as DENIED
	QuotaCode   string        // of the quota of accounts; default L-E619E033
	BucketTime  time.Duration // how long the name of a deleted bucket is not to be had
	StackTime   time.Duration // an operation on a stack set, likewise
	SCPsOff     bool          // a new organization has no policy type enabled, see the package comment
	RoleSettle  time.Duration // a new role or user cannot be used so long; zero: 10 s on a manual clock, else not at all
	Finalize    time.Duration // how long CreateAccount is refused after CreateOrganization
	Lag         time.Duration // lists show a write only after this
	LagReads    int           // lists show a write only after so many more list calls
	Rates       bool          // what comes faster than AWS's published rates is throttled, on the clock
	Enforce     bool          // the policies of who calls, and the service control policies above, must allow each call
	Log         *slog.Logger  // a line a call; default: none
	Record      io.Writer     // a line of JSON an exchange, see the package comment
}

// Server is a simulated AWS. It may be used by many goroutines at once.
type Server struct {
	opt      Options
	services map[string]service
	record   *recorder
	port     *http.ServeMux // the control port

	mu      sync.Mutex // guards all below
	world   *world.World
	behind  *replica // nil where nothing lags
	calls   []Call
	count   uint64 // of calls, for request ids
	began   time.Time
	moved   time.Duration // by Advance
	faults  []*armed
	buckets map[bucketKey]bucket // of the rates
	begun   int                  // writes
	done    int
	held    []*holding
	change  chan struct{} // closed and made anew when held changes
}

// fast is how long work takes in the sandbox where nobody asks for it.
const fast = 50 * time.Millisecond

// New makes a simulated AWS without any organization.
func New(opt Options) *Server {
	if opt.Account == "" {
		opt.Account = "111122223333"
	}
	if opt.Quota == 0 {
		opt.Quota = 50000
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opt: opt, services: services(), began: time.Now(), change: make(chan struct{}), buckets: map[bucketKey]bucket{}}
	s.record = newRecorder(opt.Record, os.Getenv("RECONCILER_AWS_LOG"))
	s.port = s.controlPort()
	s.install(world.New(opt.config()))
	return s
}

func (o Options) config() world.Config {
	def := func(d, manual time.Duration) time.Duration {
		switch {
		case d > 0:
			return d
		case o.Manual:
			return manual
		}
		return fast
	}
	return world.Config{
		Quota:       o.Quota,
		CreateTime:  def(o.CreateTime, 10*time.Second),
		SettleTime:  def(o.SettleTime, 5*time.Second),
		CloseTime:   def(o.CloseTime, 10*time.Minute),
		RoleSettle:  o.roleSettle(),
		Enforce:     o.Enforce,
		Finalize:    o.Finalize,
		QuotaTime:   cmp.Or(o.QuotaTime, time.Hour),
		EagerQuota:  !o.Manual && o.QuotaTime == 0,
		QuotaDenied: o.QuotaDenied,
		QuotaCode:   o.QuotaCode,
		BucketTime:  o.BucketTime,
		SCPsOff:     o.SCPsOff,
		EagerTypes:  !o.Manual && o.SettleTime == 0,
		EagerMaker:  !o.Manual && o.CreateTime == 0,
		StackTime:   def(o.StackTime, world.DefaultStackTime),
		EagerStack:  !o.Manual && o.StackTime == 0,
	}
}

func (o Options) roleSettle() time.Duration {
	if o.RoleSettle == 0 && o.Manual {
		return 10 * time.Second
	}
	return o.RoleSettle
}

// install puts a world in place. The caller holds the lock or is alone.
func (s *Server) install(w *world.World) {
	s.world, s.behind = w, nil
	if s.opt.Lag > 0 || s.opt.LagReads > 0 {
		s.behind = &replica{world: w.Clone(), lag: s.opt.Lag, reads: s.opt.LagReads}
	}
	w.SetNow(s.now())
}

// now is the time on the server's clock. The caller holds the lock.
func (s *Server) now() time.Time {
	start := s.opt.Start
	if start.IsZero() {
		start = s.began
	}
	start = start.Add(s.moved)
	if s.opt.Manual {
		return start
	}
	return start.Add(time.Since(s.began))
}

// Advance moves the clock, and ends what ends meanwhile.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved += d
	s.world.SetNow(s.now())
}

// Now is the time on the server's clock.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Key is the permanent access key of an account. An account always has the
// same one.
func (s *Server) Key(account string) (id, secret string) { return world.Key(account) }

// AddRole puts a role into an account, for AssumeRole to find. Without
// trusted, anyone may assume it; trusted holds account ids or ARNs.
func (s *Server) AddRole(account, name, externalID string, trusted ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change1(func(w *world.World) { w.AddRole(account, name, externalID, trusted...) })
}

// change1 makes a change that no call made, in the lagging copy too.
func (s *Server) change1(f func(*world.World)) {
	s.world.SetNow(s.now())
	f(s.world)
	if s.behind != nil {
		s.behind.later(s.world.Now(), f)
	}
}

// Reset forgets everything: accounts, faults, calls. The clock goes on.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releaseAll()
	s.calls, s.faults, s.begun, s.done = nil, nil, 0, 0
	clear(s.buckets)
	s.install(world.New(s.opt.config()))
}

func (s *Server) requestID() string {
	s.count++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(s.count*2654435761), s.count)
}

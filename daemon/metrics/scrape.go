package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// descs of what the table writes out at a scrape.
var (
	descDrift       = desc("drift_objects", "Objects that somebody changed behind git's back, as the last pass saw.", "payer")
	descAccounts    = desc("accounts", "Member accounts by state.", "payer", "state")
	descPools       = desc("pool_accounts", "Accounts of a pool: wanted by the file, ready, creating, and surplus beyond those wanted.", "payer", "pool", "state")
	descQuotaLimit  = desc("quota_accounts_limit", "Accounts that the organization may have.", "payer")
	descQuotaUsed   = desc("quota_accounts_used", "Accounts that count against the quota.", "payer")
	descQuotaLeft   = desc("quota_accounts_headroom", "Accounts that the quota leaves room for; below zero where it was lowered.", "payer")
	descCleanAt     = desc("last_clean_pass_timestamp_seconds", "When the last clean pass ended. There is none for a payer without one since the daemon started.", "payer")
	descSinceClean  = desc("seconds_since_last_clean_pass", "Seconds since the last clean pass; where there was none, since the daemon first saw the payer.", "payer")
	descState       = desc("payer_state", "1 for the state that the payer is in, 0 for the others.", "payer", "state")
	descPaused      = desc("paused", "1 while the payer is paused.", "payer")
	descHolds       = desc("lease_holder", "1 where this daemon holds the lease or the lock of the payer.", "payer")
	descLeaseLeft   = desc("lease_seconds_left", "Seconds until the lease that this daemon holds runs out, unless it is renewed.", "payer")
	descFetchAt     = desc("git_last_fetch_timestamp_seconds", "When the repository was last fetched.")
	descHeld        = desc("git_unverified_head", "1 while the branch's newest commit is held back because no trusted key signed it.")
	descMistakes    = desc("payer_file_mistakes", "Mistakes in the payer files at the newest commit.")
	descConfigTaken = desc("config_last_load_successful", "1 where the config file was taken as it stands, 0 where it was refused and the one before is in force.")
	descConfigAt    = desc("config_last_load_success_timestamp_seconds", "When the config file was last taken.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// Describe names what Collect may give.
func (t *table) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descDrift, descAccounts, descPools, descQuotaLimit, descQuotaUsed, descQuotaLeft, descCleanAt, descSinceClean, descState, descPaused,
		descHolds, descLeaseLeft, descFetchAt, descHeld, descMistakes, descConfigTaken, descConfigAt} {
		to <- d
	}
}

// Collect writes the table out as it is at one moment. Nothing is said of what is
// not known.
func (t *table) Collect(to chan<- prometheus.Metric) {
	s := t.look()
	for name, expires := range s.leases { // what others lock is asked without our lock
		if until := expires(); !until.IsZero() {
			s.put(descLeaseLeft, until.Sub(s.now).Seconds(), name)
		}
	}
	for _, m := range s.all {
		to <- m
	}
}

// look takes what is true at one moment.
func (t *table) look() *scrape {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &scrape{now: time.Now(), leases: map[string]func() time.Time{}}
	s.time(descFetchAt, t.fetch)
	s.bool(descHeld, t.unverified)
	if t.mistakes != nil {
		s.put(descMistakes, float64(*t.mistakes))
	}
	s.bool(descConfigTaken, t.config)
	s.time(descConfigAt, t.configAt)
	for name, e := range t.payers {
		s.entry(name, e)
	}
	return s
}

// scrape is one look at the table.
type scrape struct {
	now    time.Time
	all    []prometheus.Metric
	leases map[string]func() time.Time // of the payers whose lease is ours
}

func (s *scrape) put(d *prometheus.Desc, v float64, labels ...string) {
	s.all = append(s.all, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...))
}

func (s *scrape) bool(d *prometheus.Desc, v *bool, labels ...string) {
	if v != nil {
		s.put(d, one(*v), labels...)
	}
}

func (s *scrape) time(d *prometheus.Desc, t time.Time, labels ...string) {
	if !t.IsZero() {
		s.put(d, float64(t.UnixNano())/1e9, labels...)
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// entry writes out what is true of a payer.
func (s *scrape) entry(name string, e *entry) {
	if e.drift != nil {
		s.put(descDrift, float64(*e.drift), name)
	}
	for state, n := range e.accounts {
		s.put(descAccounts, float64(n), name, state)
	}
	for pool, p := range e.pools {
		s.put(descPools, float64(p.Wanted), name, pool, "wanted")
		s.put(descPools, float64(p.Ready), name, pool, "ready")
		s.put(descPools, float64(p.Creating), name, pool, "creating")
		s.put(descPools, float64(p.Surplus), name, pool, "surplus")
	}
	if q := e.quota; q != nil {
		s.put(descQuotaLimit, float64(q.Limit), name)
		s.put(descQuotaUsed, float64(q.Used), name)
		s.put(descQuotaLeft, float64(q.Limit-q.Used), name)
	}
	s.clean(name, e)
	s.state(name, e)
	s.bool(descPaused, e.paused, name)
	s.lease(name, e)
}

// clean takes its seconds from the monotonic clock, where the times have one: a
// wall clock that is set does not change them.
func (s *scrape) clean(name string, e *entry) {
	s.time(descCleanAt, e.clean, name)
	from := e.since
	if !e.clean.IsZero() {
		from = e.clean
	}
	s.put(descSinceClean, max(0, s.now.Sub(from).Seconds()), name)
}

func (s *scrape) state(name string, e *entry) {
	if e.state == "" {
		return
	}
	known := false
	for _, each := range States {
		s.put(descState, one(each == e.state), name, each)
		known = known || each == e.state
	}
	if !known {
		s.put(descState, 1, name, e.state)
	}
}

func (s *scrape) lease(name string, e *entry) {
	s.bool(descHolds, e.holds, name)
	if e.holds != nil && *e.holds && e.expires != nil {
		s.leases[name] = e.expires
	}
}

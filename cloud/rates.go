package cloud

import (
	_ "embed"
	"maps"
	"sync"
)

// Rate is how fast AWS takes one operation in one account. A field that is 0, or
// nil, is not published.
type Rate struct {
	PerSecond float64 // calls a second in the long run
	Burst     int     // calls at once
	// InProgress is how many requests AWS works on at once, and Seconds how long
	// each takes it.
	InProgress int
	Seconds    float64
	Cap        *Cap // a quota of calls beside the rate

	Source, Date string // who says so, and as of when
}

// Cap is a quota of calls in any so many days that follow each other.
type Cap struct {
	Days  int
	Calls int // the least that are allowed
	// PercentOfMembers and PercentOfAccountQuota allow more than Calls, by the
	// members that there are, and by how many accounts there may be.
	PercentOfMembers, PercentOfAccountQuota int
	Most                                    int // 0: no bound
}

// operationKey names an operation; two services may have one of the same name.
type operationKey struct{ service, name string }

// Rates are the rates of operations. A value is never changed after it was
// made, and may be used from many goroutines.
type Rates struct {
	rows   map[operationKey]Rate
	byName map[string]operationKey // the service that stands first in the table
	quotas map[string]Quota
}

//go:embed rates.json
var ratesJSON []byte

var published = sync.OnceValue(func() *Rates {
	r, err := parseRates("rates.json", ratesJSON, &Rates{})
	if err != nil {
		panic("read rates.json: " + err.Error())
	}
	return r
})

// PublishedRates gives the rates that AWS publishes, as the embedded table has
// them, each with its source and date.
func PublishedRates() *Rates { return published() }

// ParseRates reads a table that says other rates than the published ones, for
// an account in which AWS allows more or less. A row gives what it names and
// leaves the rest of its operations as published. name is that of the file; a
// mistake is told with its line and column in it, and all mistakes are told.
func ParseRates(name string, data []byte) (*Rates, error) {
	return parseRates(name, data, published())
}

// Of gives the rate of an operation, and whether one is known.
func (r *Rates) Of(operation string) (Rate, bool) {
	key, ok := r.byName[operation]
	return r.rows[key], ok
}

// of gives the rate of the operation of a service.
func (r *Rates) of(key operationKey) (Rate, bool) {
	rate, ok := r.rows[key]
	return rate, ok && rate.PerSecond > 0
}

// copied gives a copy that can be added to.
func (r *Rates) copied() *Rates {
	c := &Rates{rows: maps.Clone(r.rows), byName: maps.Clone(r.byName), quotas: maps.Clone(r.quotas)}
	if c.rows == nil {
		c.rows, c.byName = map[operationKey]Rate{}, map[string]operationKey{}
	}
	if c.quotas == nil {
		c.quotas = map[string]Quota{}
	}
	return c
}

func (r *Rates) put(key operationKey, rate Rate) {
	r.rows[key] = rate
	if _, ok := r.byName[key.name]; !ok {
		r.byName[key.name] = key
	}
}

package cloud

import (
	"maps"
	"slices"
	"strings"
)

// Quota is how many of something AWS lets an organization or an account have.
type Quota struct {
	Limit        int
	Source, Date string // who says so, and as of when
}

// The names of quotas. That of accounts is not here: it is read from AWS.
const (
	QuotaUnits = "organizational units"
	QuotaRoles = "IAM roles"

	quotaPolicies      = "policies of "
	quotaOtherPolicies = quotaPolicies + "any other type"
)

// QuotaPolicies is the name of the quota of a policy type.
func QuotaPolicies(policyType string) string { return quotaPolicies + policyType }

// Quota gives a quota by its name, and whether it is known. AWS raises most on
// request, so what is published may be less than what holds.
func (r *Rates) Quota(name string) (Quota, bool) {
	q, ok := r.quotas[name]
	if !ok && strings.HasPrefix(name, quotaPolicies) {
		q, ok = r.quotas[quotaOtherPolicies]
	}
	return q, ok
}

// quota reads one quota and lays it over the table.
func (f *rateFile) quota() {
	at := f.skip(int(f.dec.InputOffset()))
	before := len(f.mistakes)
	name, q := "", Quota{}
	f.object("a quota", "name, limit, source and date", func(key string) bool {
		switch key {
		case "name":
			name = f.text(key)
		case "limit":
			q.Limit = f.whole(key)
		case "source":
			q.Source = f.text(key)
		case "date":
			q.Date = f.text(key)
		default:
			return false
		}
		return true
	})
	if len(f.mistakes) > before {
		return
	}
	switch _, known := f.base.Quota(name); {
	case name == "" || q.Limit == 0:
		f.mistake(at, "a quota needs name and limit")
	case !known && len(f.base.quotas) > 0:
		f.mistake(at, "no quota %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(f.base.quotas)), ", "))
	}
	if first, there := f.quotas[name]; there {
		f.mistake(at, "the quota %q stands there already, at %s", name, f.place(first))
		return
	}
	f.quotas[name] = at
	if q.Source == "" {
		q.Source = f.name
	}
	f.out.quotas[name] = q
}

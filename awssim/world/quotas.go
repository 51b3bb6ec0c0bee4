package world

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The one quota that is simulated. Its code is not the same everywhere:
// L-E619E033 and L-29A0C5DF are both reported, so a world can be told.
const (
	quotaService     = "organizations"
	quotaServiceName = "AWS Organizations"
	quotaName        = "Default maximum number of accounts"
	quotaCode        = "L-E619E033"
	quotaUsual       = 10    // what AWS gives a new organization
	quotaMost        = 50000 // beyond it AWS says no
)

// The states of a request that a world goes through.
const (
	quotaPending  = "PENDING"
	quotaCase     = "CASE_OPENED"
	quotaApproved = "APPROVED"
	quotaDenied   = "DENIED"
)

// QuotaRequest is a request for more. It is kept as it is, too.
type QuotaRequest struct {
	ID, Account, Caller, Status string
	Desired                     float64
	Seq                         uint64
	Created, Updated            time.Time
}

func (r *QuotaRequest) order() uint64 { return r.Seq }

func (r *QuotaRequest) open() bool { return r.Status == quotaPending || r.Status == quotaCase }

// quotas are the raised quotas of accounts, and what was asked for.
type quotas struct {
	Raised   map[string]int                  `json:"raised,omitempty"`
	Requests []*QuotaRequest                 `json:"requests"`
	book     map[string]*list[*QuotaRequest] // by account
}

func (q *quotas) of(account string) *list[*QuotaRequest] {
	if q.book == nil {
		q.book = map[string]*list[*QuotaRequest]{}
		for _, r := range q.Requests {
			if q.book[r.Account] == nil {
				q.book[r.Account] = &list[*QuotaRequest]{}
			}
			q.book[r.Account].add(r)
		}
	}
	if q.book[account] == nil {
		q.book[account] = &list[*QuotaRequest]{}
	}
	return q.book[account]
}

// quotaOf is how many accounts an organization of this management account may
// have.
func (w *World) quotaOf(account string) int {
	if n := w.quotas.Raised[account]; n > 0 {
		return n
	}
	return w.cfg.Quota
}

// ServiceQuota is a quota as Service Quotas shows it.
type ServiceQuota struct {
	ServiceCode, ServiceName, QuotaArn, QuotaCode, QuotaName string
	Value                                                    float64
	Unit                                                     string
	Adjustable, GlobalQuota                                  bool
	QuotaAppliedAtLevel                                      string `json:",omitempty"`
}

// QuotaChange is a request as Service Quotas shows it.
type QuotaChange struct {
	Id                                                       string
	CaseId                                                   string `json:",omitempty"`
	ServiceCode, ServiceName, QuotaCode, QuotaName, QuotaArn string
	DesiredValue                                             float64
	Status, Requester, Unit, QuotaRequestedAtLevel           string
	GlobalQuota                                              bool
	Created, LastUpdated                                     Time
}

func (w *World) code() string {
	if w.cfg.QuotaCode != "" {
		return w.cfg.QuotaCode
	}
	return quotaCode
}

// knownQuota wants what is asked about to be simulated. Organizations has its
// quotas in its one region.
func (w *World) knownQuota(region, service, code string) error {
	if service != quotaService || region != home || code != "" && code != w.code() {
		return refuse("NoSuchResourceException", "The request failed because the specified service or quota does not exist.")
	}
	return nil
}

func (w *World) serviceQuota(account string, value int, level string) ServiceQuota {
	return ServiceQuota{
		quotaService, quotaServiceName, "arn:aws:servicequotas::" + account + ":" + quotaService + "/" + w.code(), w.code(), quotaName,
		float64(value), "None", true, true, level,
	}
}

// payerOf is the management account of the caller's organization, or the
// caller.
func (w *World) payerOf(who string) string {
	if o := w.account(who).org; o != nil {
		return o.master.id
	}
	return who
}

// ServiceQuotas tells the applied quotas of Organizations: one.
func (w *World) ServiceQuotas(who, region, service, code string) ([]ServiceQuota, error) {
	if err := w.knownQuota(region, service, code); err != nil {
		return nil, err
	}
	return []ServiceQuota{w.serviceQuota(who, w.quotaOf(w.payerOf(who)), "ACCOUNT")}, nil
}

// DefaultQuotas tells what AWS gives where nobody asked for more.
func (w *World) DefaultQuotas(region, service, code string) ([]ServiceQuota, error) {
	if err := w.knownQuota(region, service, code); err != nil {
		return nil, err
	}
	return []ServiceQuota{w.serviceQuota("", min(quotaUsual, w.cfg.Quota), "")}, nil
}

// RequestServiceQuotaIncrease asks for more. Only the management account may,
// and only once at a time.
func (w *World) RequestServiceQuotaIncrease(c Caller, region, service, code string, desired float64) (*QuotaChange, error) {
	if err := w.knownQuota(region, service, code); err != nil {
		return nil, err
	}
	if w.payerOf(c.Account) != c.Account {
		return nil, refuse("AccessDeniedException", "You must sign in to the management account of the organization.")
	}
	mine := w.quotas.of(c.Account)
	switch {
	case slices.ContainsFunc(mine.items, (*QuotaRequest).open):
		return nil, refuse("ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota.")
	case desired <= float64(w.quotaOf(c.Account)):
		return nil, refuse("IllegalArgumentException", "You must provide a quota value that is greater than the current quota value.")
	case desired != float64(int(desired)):
		return nil, refuse("IllegalArgumentException", "You must provide a whole number.")
	}
	r := &QuotaRequest{Account: c.Account, Caller: c.Arn, Status: quotaPending, Desired: desired, Seq: w.next(), Created: w.now, Updated: w.now}
	r.ID = letters(alnum, 40, hash(c.Account, "quota")+r.Seq)
	w.quotas.Requests = append(w.quotas.Requests, r)
	mine.add(r)
	w.wake(w.cfg.QuotaTime)
	out := w.quotaChange(r)
	return &out, nil
}

func (w *World) quotaChange(r *QuotaRequest) QuotaChange {
	requester, _ := json.Marshal(map[string]string{"accountId": r.Account, "callerArn": r.Caller})
	c := QuotaChange{
		Id: r.ID, ServiceCode: quotaService, ServiceName: quotaServiceName, QuotaCode: w.code(), QuotaName: quotaName,
		QuotaArn: "arn:aws:servicequotas::" + r.Account + ":" + quotaService + "/" + w.code(), DesiredValue: r.Desired,
		Status: r.Status, Requester: string(requester), Unit: "None", QuotaRequestedAtLevel: "ACCOUNT", GlobalQuota: true,
		Created: Time{r.Created}, LastUpdated: Time{r.Updated},
	}
	if r.Status != quotaPending {
		c.CaseId = letters("0123456789", 12, hash(r.ID))
	}
	return c
}

// step takes an open request one state on.
func (w *World) step(r *QuotaRequest, at time.Time) {
	r.Updated = at
	switch {
	case r.Status == quotaPending:
		r.Status = quotaCase
	case w.cfg.QuotaDenied || r.Desired > quotaMost:
		r.Status = quotaDenied
	default:
		r.Status = quotaApproved
		if w.quotas.Raised == nil {
			w.quotas.Raised = map[string]int{}
		}
		w.quotas.Raised[r.Account] = int(r.Desired)
	}
}

// settleQuotas takes on what is due.
func (w *World) settleQuotas() {
	for _, r := range w.quotas.Requests {
		for r.open() {
			end := r.Updated.Add(w.cfg.QuotaTime)
			if w.now.Before(end) {
				w.wake(end.Sub(w.now))
				break
			}
			w.step(r, end)
		}
	}
}

// quotaAsked takes the open requests of an account one state on, where this world
// is eager: somebody looks.
func (w *World) quotaAsked(account string) {
	if !w.cfg.EagerQuota {
		return
	}
	for _, r := range w.quotas.of(account).items {
		if r.open() {
			w.step(r, w.now)
		}
	}
}

// QuotaHistory lists what an account asked for, of one service, quota and
// status where they are given.
func (w *World) QuotaHistory(who, region, service, code, status string, p Page) ([]QuotaChange, uint64, error) {
	if service != "" {
		if err := w.knownQuota(region, service, code); err != nil {
			return nil, 0, err
		}
	}
	w.quotaAsked(who)
	page, next := w.quotas.of(who).page(p, func(r *QuotaRequest) bool {
		return region == home && (status == "" || r.Status == status)
	})
	out := make([]QuotaChange, len(page))
	for i, r := range page {
		out[i] = w.quotaChange(r)
	}
	return out, next, nil
}

// GetRequestedServiceQuotaChange tells of one request.
func (w *World) GetRequestedServiceQuotaChange(who, region, id string) (*QuotaChange, error) {
	for _, r := range w.quotas.of(who).items {
		if r.ID == id && region == home {
			w.quotaAsked(who)
			c := w.quotaChange(r)
			return &c, nil
		}
	}
	return nil, refuse("NoSuchResourceException", "The request failed because the quota request %s does not exist.", strings.TrimSpace(id))
}

func (w *World) saveQuotas() *quotas {
	if len(w.quotas.Requests) == 0 {
		return nil
	}
	return &w.quotas
}

func (w *World) readQuotas(q *quotas) {
	if q == nil {
		return
	}
	q.Requests = slices.DeleteFunc(q.Requests, func(r *QuotaRequest) bool { return r == nil })
	w.quotas = *q
}

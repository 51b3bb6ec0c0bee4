package world

import (
	"slices"
	"strings"
	"time"
)

// request is a CreateAccount under way or over.
type request struct {
	id, name, email, role string
	seq                   uint64
	state, reason         string
	account               string // promised from the start, told when SUCCEEDED
	tags                  []Tag
	asked, done           time.Time
}

const (
	inProgress = "IN_PROGRESS"
	succeeded  = "SUCCEEDED"
	failed     = "FAILED"
)

func (r *request) order() uint64 { return r.seq }

func (r *request) shape() CreateAccountStatus {
	s := CreateAccountStatus{Id: r.id, AccountName: r.name, State: r.state, RequestedTimestamp: Time{r.asked}, FailureReason: r.reason}
	if r.state == succeeded {
		s.AccountId = r.account
	}
	if r.state != inProgress {
		s.CompletedTimestamp = &Time{r.done}
	}
	return s
}

// NewAccount is what CreateAccount is asked for.
type NewAccount struct {
	Name, Email, Role string
	Tags              []Tag
}

// CreateAccount begins the creation of an account. An address that is used
// anywhere shows only later, as FAILED with EMAIL_ALREADY_EXISTS.
//
// A sixth creation in progress is throttled: the quotas page gives five at
// once, the only ConstraintViolation that is near it
// (ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED) is by the model's words about a day's
// number, and what users report for creations side by side is the throttling
// error "another request is already in progress" under HTTP 400
// (pulumi/pulumi-aws-native#1687).
func (w *World) CreateAccount(who string, in NewAccount) (*CreateAccountStatus, error) {
	o, err := w.payer(who)
	if err != nil {
		return nil, err
	}
	if in.Role == "" {
		in.Role = "OrganizationAccountAccessRole"
	}
	if strings.HasPrefix(in.Role, "AWSServiceRoleFor") {
		return nil, Invalid("INVALID_ROLE_NAME", "You provided an invalid role name.")
	}
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	switch {
	case w.now.Before(o.created.Add(w.cfg.Finalize)):
		return nil, refuse("FinalizingOrganizationException", "AWS Organizations is still initializing your organization.")
	case o.accounts.len()+len(o.creating) >= w.quotaOf(o.master.id):
		return nil, Constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of AWS accounts.")
	case len(o.creating) >= maxCreating:
		return nil, &Error{Code: "TooManyRequestsException", Message: "AWS Organizations can't complete your request because another request is already in progress. Try again later."}
	}
	r := &request{
		id: o.newID("car-", hexa, 32), name: in.Name, email: in.Email, role: w.same(in.Role), seq: w.next(),
		state: inProgress, account: w.newAccountID(o), tags: in.Tags, asked: w.now,
	}
	o.requests[r.id] = r
	o.journal.add(r)
	o.creating = append(o.creating, r)
	w.wake(w.cfg.CreateTime)
	s := r.shape()
	return &s, nil
}

// settleCreations ends the creations that are due, in the order they came.
func (w *World) settleCreations(o *org, due func(*request) bool) {
	var left []*request
	for _, r := range o.creating {
		if due(r) {
			w.finish(o, r)
			continue
		}
		left = append(left, r)
		w.wake(r.asked.Add(w.cfg.CreateTime).Sub(w.now))
	}
	o.creating = left
}

func (w *World) finish(o *org, r *request) {
	r.done = w.now
	delete(w.reserved, r.account)
	key := strings.ToLower(r.email)
	if _, used := w.emails[key]; used {
		r.state, r.reason, r.tags = failed, "EMAIL_ALREADY_EXISTS", nil
		return
	}
	a := &account{id: r.account, name: r.name, email: r.email, created: w.now}
	made := w.plainRole(a.id, r.role, "", []string{o.master.id})
	made.fresh = true
	a.iam = &identities{roles: []*role{made}}
	w.accounts[a.id], w.emails[key] = a, a.id
	w.join(o, a, true)
	w.setTags(o, nodeTags{a.node}, r.tags)
	r.state, r.tags = succeeded, nil
}

// DescribeCreateAccountStatus tells how far a creation is.
func (w *World) DescribeCreateAccountStatus(who, id string) (*CreateAccountStatus, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, err
	}
	r := o.requests[id]
	if r == nil {
		return nil, refuse("CreateAccountStatusNotFoundException", "You specified a create account request that doesn't exist.")
	}
	if w.cfg.EagerMaker && r.state == inProgress {
		w.settleCreations(o, func(x *request) bool { return x == r })
	}
	s := r.shape()
	return &s, nil
}

// ListCreateAccountStatus lists creations in the given states, all where none
// is given.
func (w *World) ListCreateAccountStatus(who string, states []string, p Page) ([]CreateAccountStatus, uint64, error) {
	o, err := w.reader(who)
	if err != nil {
		return nil, 0, err
	}
	keep := func(r *request) bool { return len(states) == 0 || slices.Contains(states, r.state) }
	page, next := o.journal.page(p, keep)
	out := make([]CreateAccountStatus, len(page))
	for i, r := range page {
		out[i] = r.shape()
	}
	return out, next, nil
}

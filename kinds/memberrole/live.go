package memberrole

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/account"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/kinds/role"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// visitors is how many members are read at once.
const visitors = 12

// visit is a member to enter, and what is wanted there.
type visit struct {
	account spec.Account
	have    resource.Object // the live account
	roles   []spec.Role
	gone    []string // the names of roles that must not be there
}

// live enters every member that is selected and there. A member that does not
// let us in is a reason on each of its roles, and no end of the read; any other
// error is.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	if p == nil {
		return nil, nil // which role lets us in, only a payer file says
	}
	visits := visitsOf(p, read)
	r := &reader{s: s, self: self.Strict(p), texts: map[string]string{}}
	found := make([][]resource.Object, len(visits))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(visitors)
	for i, v := range visits {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				found[i], err = r.visit(ctx, v)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var objects []resource.Object
	for _, list := range found {
		objects = append(objects, list...)
	}
	return objects, nil
}

// visitsOf groups the wanted roles by account, in file order. An account that
// is not there yet is not visited.
func visitsOf(p *spec.Payer, read *resource.State) []visit {
	var visits []visit
	at := map[resource.Ref]int{}
	for _, m := range direct(p) {
		for _, a := range m.Accounts {
			have, ok := read.Get(a.Ref())
			if !ok || have.ID() == "" {
				continue
			}
			i, seen := at[a.Ref()]
			if !seen {
				i = len(visits)
				at[a.Ref()] = i
				visits = append(visits, visit{account: a, have: have})
			}
			if m.Gone {
				visits[i].gone = append(visits[i].gone, m.Name)
				continue
			}
			visits[i].roles = append(visits[i].roles, m.Role)
		}
	}
	return visits
}

// reader reads members, several at once.
type reader struct {
	s    *cloud.Session
	self self.Set

	mu    sync.Mutex
	texts map[string]string // thousands of members have the same documents
}

// visit reads the roles of one member that are wanted there or ours.
func (r *reader) visit(ctx context.Context, v visit) ([]resource.Object, error) {
	id := v.have.ID()
	if why := shut(v.have); why != "" {
		return barred(v, why), nil
	}
	m, err := r.s.Member(ctx, id, v.account.MemberRole)
	if cloud.Barred(err) {
		return barred(v, "what is there is not known: cannot enter the account as role "+v.account.MemberRole+": "+reason(err)), nil
	}
	if err != nil {
		return nil, err
	}
	all, err := role.Read(ctx, m, v.roles, func(name string) resource.Ref { return spec.MemberRoleRef(v.account.Email, name) })
	if cloud.Barred(err) {
		return barred(v, "what is there is not known: cannot read the roles of the account as role "+v.account.MemberRole+": "+reason(err)), nil
	}
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", id, err)
	}
	return r.ours(v, all), nil
}

// shut says why an account is not to be entered at all.
func shut(account resource.Object) string {
	if account.Facts[resource.FactSystem] != "" {
		return "it is the management account of the organization, and no member"
	}
	switch state := account.Facts[resource.FactState]; state {
	case "", "ACTIVE":
		return ""
	default:
		return "the account is " + state
	}
}

// reason is what AWS said, its code first, without what differs from call to call.
// The object is in the account that it is about: what we say does not name that.
func reason(err error) string {
	if e := (*cloud.Error)(nil); errors.As(err, &e) && e.Code != "" {
		return e.Code + ": " + e.Message
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}

// barred stands for the roles of a member that nothing is known of. Those that
// must not be there may be, but in an account that is closed nothing is done.
func barred(v visit, why string) []resource.Object {
	var objects []resource.Object
	if !account.Closed(v.have) {
		for _, name := range v.gone {
			objects = append(objects, resource.Object{Ref: spec.MemberRoleRef(v.account.Email, name), OwnerRead: true,
				Facts: map[string]string{resource.FactBlocked: why}})
		}
	}
	for _, w := range v.roles {
		objects = append(objects, resource.Object{
			Ref:   spec.MemberRoleRef(v.account.Email, w.Name),
			Facts: map[string]string{resource.FactAbsent: "true", resource.FactBlocked: why},
		})
	}
	return objects
}

// ours keeps of a member's roles those that are wanted there, and those that
// bear our mark as a role of a member: what a stack set of ours has made is the
// stack set's.
func (r *reader) ours(v visit, all []resource.Object) []resource.Object {
	wanted := map[resource.Ref]bool{}
	for _, w := range v.roles {
		wanted[spec.MemberRoleRef(v.account.Email, w.Name)] = true
	}
	gone, names := map[resource.Ref]bool{}, map[string]resource.Ref{}
	for _, name := range v.gone {
		ref := spec.MemberRoleRef(v.account.Email, name)
		gone[ref], names[strings.ToLower(name)] = true, ref
	}
	var kept []resource.Object
	for _, o := range all {
		// IAM does not tell names apart by their case.
		if ref, named := names[strings.ToLower(o.Outputs["name"])]; named {
			o.Ref = ref
		}
		set, bySet := strings.CutPrefix(o.Attrs[iams.Tag+orgs.KeyName].Value(), stackSet)
		if !wanted[o.Ref] && !gone[o.Ref] && (o.Owner != r.s.Payer() || bySet) {
			continue
		}
		o.At = resource.Place{Account: resource.Lit(v.have.ID())}
		o.After = nil // a policy of that name in the payer is another policy
		o.Facts = maps.Clone(o.Facts)
		o.Facts[factEnter] = v.account.MemberRole
		if bySet && o.Owner == r.s.Payer() {
			o.Facts[resource.FactBlocked] = "the stack set " + set + " has made it, and takes it away with itself: let that go first"
		}
		if gone[o.Ref] && o.OwnerRead && o.Owner == "" {
			o.Facts[resource.FactBlocked] = "it is not ours, and absent: true deletes what bears our mark alone"
		}
		if why := r.self.Member(v.account, o.Outputs["name"]); why != "" {
			o.Facts[resource.FactProtected] = why + self.Lift
		}
		if !wanted[o.Ref] {
			r.self.Keep(o)
		}
		r.share(o.Attrs)
		kept = append(kept, o)
	}
	return kept
}

// stackSet begins the name in the mark of what a stack set has made.
const stackSet = "stack-set/"

// share lets equal texts of many members be one.
func (r *reader) share(attrs resource.Attrs) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, v := range attrs {
		text := v.Value()
		if len(text) < 64 {
			continue
		}
		if _, ok := r.texts[text]; !ok {
			r.texts[text] = text
		}
		attrs[k] = resource.Lit(r.texts[text])
	}
}

package world

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	payer = "111122223333"
	other = "444455556666"
	allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

var (
	noon  = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	whole = Page{Max: 20}
)

// scene is an organization with a little of everything.
type scene struct {
	*testing.T
	*World
	org                   *org
	root, labs, deep, old string // a unit, the fifth level under it, an empty unit
	scp, used             string // a policy, and one that hangs on labs
	member, closed, admin string // accounts in the root
}

func (s *scene) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) create(who, name string) string {
	s.Helper()
	r, err := s.CreateAccount(who, NewAccount{Name: name, Email: name + "@example.com"})
	s.ok(err)
	s.SetNow(s.Now().Add(10 * time.Second))
	r, err = s.DescribeCreateAccountStatus(who, r.Id)
	s.ok(err)
	return r.AccountId
}

func (s *scene) unit(parent, name string) string {
	s.Helper()
	u, err := s.CreateOrganizationalUnit(payer, parent, name, nil)
	s.ok(err)
	return u.Id
}

func (s *scene) policy(name string) string {
	s.Helper()
	p, err := s.CreatePolicy(payer, NewPolicy{Name: name, Type: SCP, Content: allow})
	s.ok(err)
	return p.PolicySummary.Id
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, World: New(Config{Quota: 50, CreateTime: 10 * time.Second, SettleTime: 5 * time.Second, CloseTime: 10 * time.Minute})}
	s.SetNow(noon)
	_, err := s.CreateOrganization(payer, "ALL")
	s.ok(err)
	s.org = s.accounts[payer].org
	s.root = s.org.root.id
	s.labs = s.unit(s.root, "Labs")
	s.deep = s.labs
	for i := 2; i <= maxDepth; i++ {
		s.deep = s.unit(s.deep, fmt.Sprint("Level", i))
	}
	s.old = s.unit(s.root, "Old")
	s.scp, s.used = s.policy("Spare"), s.policy("Used")
	s.ok(s.AttachPolicy(payer, s.used, s.labs))
	s.member, s.closed, s.admin = s.create(payer, "member"), s.create(payer, "closed"), s.create(payer, "admin")
	s.ok(s.CloseAccount(payer, s.closed))
	s.ok(s.EnableAWSServiceAccess(payer, "config.amazonaws.com"))
	s.ok(s.RegisterDelegatedAdministrator(payer, s.admin, "config.amazonaws.com"))
	return s
}

// verdict is the code and Reason of a refusal, "" where there is none.
func verdict(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return strings.TrimSpace(e.Code + " " + e.Reason)
}

func only[T any](_ T, err error) error { return err }

func pageErr[T any](_ []T, _ uint64, err error) error { return err }

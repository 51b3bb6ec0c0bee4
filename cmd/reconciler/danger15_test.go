package main

import (
	"fmt"
	"strings"
	"testing"
)

const guardOn = `policies:
  - {name: Guard, document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}}
  - {name: Far, document: {Version: 2012-10-17, Statement: [{Effect: Deny, Action: "ec2:*", Resource: "*"}]}}
ous: [{name: Other, policies: [Far]}, {name: Labs, policies: [Guard]}]
`

// TestDanger15SavedPlanUnderAGuttedPolicy: who edits by hand what guards a unit, or
// opens the unit, makes the plan of a new account in it stale; an edit of what
// guards another unit does not.
func TestDanger15SavedPlanUnderAGuttedPolicy(t *testing.T) {
	const open = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:x","Resource":"*"}]}`
	gut := func(name string) func(*shelf) {
		return func(s *shelf) {
			s.call(account, "UpdatePolicy", fmt.Sprintf(`{"PolicyId":%q,"Content":%q}`, s.policy(name), open))
		}
	}
	for _, tt := range []struct {
		name string
		move func(*shelf)
		code int
		want []string
	}{
		{"its own", gut("Guard"), 1, []string{"stale: policy/Guard: document"}},
		{"another's", gut("Far"), 0, []string{"blocked: not in the saved plan", "Applied: 1 created, 0 updated"}},
		{"a type is off", func(s *shelf) {
			s.call(account, "DisablePolicyType", fmt.Sprintf(`{"RootId":%q,"PolicyType":"SERVICE_CONTROL_POLICY"}`, s.root(account)))
		}, 1, []string{"stale: attachment/Guard@ou/Labs: is gone"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(t, "a")
			s.edit("organization: {create: true}", "organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}")
			s.edit("ous: [{name: Labs}]\n", guardOn)
			s.save()
			s.run(0, "apply", "--plan", s.plan)
			s.edit("count: 3", "count: 4")
			s.save()
			tt.move(s)
			s.run(tt.code, "apply", "--plan", s.plan)
			s.wants(&s.out, tt.want...)
			made := strings.Contains(fmt.Sprint(s.call(account, "ListAccounts", "{}")), "lab4@a.example")
			if made != (tt.code == 0) {
				t.Errorf("the account was made: %v\n%s", made, &s.out)
			}
		})
	}
}

// policy gives the id of a service control policy.
func (s *shelf) policy(name string) string {
	s.Helper()
	for _, p := range s.call(account, "ListPolicies", `{"Filter":"SERVICE_CONTROL_POLICY"}`)["Policies"].([]any) {
		if m := p.(map[string]any); m["Name"] == name {
			return m["Id"].(string)
		}
	}
	s.Fatalf("no policy %s", name)
	return ""
}

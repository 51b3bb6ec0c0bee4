package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestAccountsThatDocumentsTreatAlike are of one sort, others are not.
func TestAccountsThatDocumentsTreatAlike(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string // what two statements say
		alike      bool   // 444400000001 and 444400000002
	}{
		{"neither is named", `"StringEquals": {"aws:PrincipalAccount": "999900000000"}`, "", true},
		{"one is named", `"StringEquals": {"aws:PrincipalAccount": "444400000001"}`, "", false},
		{"both, in one list", `"StringEquals": {"aws:PrincipalAccount": ["444400000001", "444400000002"]}`, "", true},
		{"both, in two statements", `"StringEquals": {"aws:PrincipalAccount": "444400000001"}`, `"StringEquals": {"aws:PrincipalAccount": "444400000002"}`, false},
		{"both, in both statements", `"StringEquals": {"aws:PrincipalAccount": ["444400000001", "444400000002"]}`, `"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::444400000002:*", "arn:aws:iam::444400000001:*"]}`, true},
		{"under two operators", `"StringEquals": {"aws:PrincipalAccount": "444400000001"}, "StringNotEquals": {"aws:PrincipalAccount": "444400000002"}`, "", false},
		{"with another role", `"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::444400000001:role/a", "arn:aws:iam::444400000002:role/b"]}`, "", false},
		{"by a pattern", `"StringLike": {"aws:PrincipalAccount": "4444*"}`, "", true},
		{"one by a pattern", `"StringLike": {"aws:PrincipalAccount": "*1"}`, "", false},
		{"one by its id, the other by a pattern", `"StringLike": {"aws:PrincipalAccount": ["444400000001", "*0002"]}`, "", true},
		{"one by a pattern in an ARN", `"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::?????????002:role/*"}`, "", false},
		{"one by a pattern without a head", `"StringLike": {"aws:PrincipalArn": "*02:role/OrganizationAccountAccessRole"}`, "", false},
		{"one by a pattern of its last digits and whatever", `"StringLike": {"aws:PrincipalArn": "*0002:*"}`, "", false},
		{"one by a mark for its last digit", `"StringLike": {"aws:PrincipalArn": "*?2:role/*"}`, "", false},
		{"both by patterns without a head, in one list", `"StringLike": {"aws:PrincipalArn": ["*01:role/a", "*02:role/a"]}`, "", true},
		{"neither by a pattern without a head", `"StringLike": {"aws:PrincipalArn": ["*:role/a1", "*03:role/b", "arn:aws:iam::*"]}`, "", true},
		{"one in both statements", `"StringEquals": {"aws:PrincipalAccount": ["444400000001", "444400000002"]}`, `"StringEquals": {"aws:PrincipalAccount": "444400000001"}`, false},
	} {
		p := labs(t, false)
		text := `{"Action": "ec2:*", "Condition": {` + tt.a + `}}`
		if tt.b != "" {
			text += `, {"Action": "s3:*", "Condition": {` + tt.b + `}}`
		}
		put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "X"), Attrs: resource.Attrs{"document": resource.Lit(document(t, text))}})
		put(t, p, hanging(spec.SCP, "X", spec.RootRef))
		var s said
		s.read(p.bound())
		one, other := s.sort("444400000001"), s.sort("444400000002")
		if (one == other) != tt.alike {
			t.Errorf("%s: %q and %q", tt.name, one, other)
		}
	}
}

// TestDanger20ThePatternOfAnAccount shuts one account out, which stands behind
// another of its unit.
func TestDanger20ThePatternOfAnAccount(t *testing.T) {
	for _, is := range []string{`Account": "44440000000?`, `Account": "*0001`, `Account": "*0002`,
		`Arn": "*01:role/Organization*`, `Arn": "*02:role/OrganizationAccountAccessRole`, `Arn": "*0002:*`} {
		p := labs(t, false)
		hang(t, p, "scp", "-", `{"Condition": {"StringLike": {"aws:Principal`+is+`"}}}`)
		if hold, err := p.barred(true); err != nil || len(hold) != 1 {
			t.Errorf("%s: %v, %v", is, hold, err)
		}
	}
}

// listed is a payer of 10,000 accounts with lists of ids in policies, three
// hundred a list, behind a perimeter that shuts the ordinary guesses out.
func listed(t testing.TB, ids int) *Planned {
	t.Helper()
	p := edited(t, 10000)
	p.Plan.Changes = nil
	var list []string
	hangs := func() {
		ref := spec.PolicyRef(spec.SCP, fmt.Sprint("List", ids))
		put(t, p, resource.Object{Ref: ref, Attrs: resource.Attrs{"document": resource.Lit(document(t, `{"Action": "braket:*", "Condition": {"StringEquals": {"aws:PrincipalAccount": [`+strings.Join(list, ",")+`]}}}`))}})
		put(t, p, hanging(spec.SCP, ref.Name, spec.RootRef))
		list = nil
	}
	for a := range p.Live.Kind("account") {
		if ids == 0 {
			break
		}
		if list, ids = append(list, `"`+a.ID()+`"`), ids-1; len(list) == 300 || ids == 0 {
			hangs()
		}
	}
	put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "Net"), Attrs: resource.Attrs{"document": resource.Lit(document(t,
		`{"Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}, "StringNotEquals": {"aws:PrincipalTag/a": ["b", "c"]}}}`))}})
	put(t, p, hanging(spec.SCP, "Net", spec.RootRef))
	ref := spec.PolicyRef(spec.SCP, "New")
	at := hanging(spec.SCP, "New", spec.RootRef)
	p.Plan.Changes = []planner.Change{{Op: planner.Create, Ref: at.Ref, Want: &at},
		{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(document(t, `{"Action": "ec2:Purchase*"}`))}}}}
	return p
}

// BenchmarkShutOutListed is a look at a harmless attachment where policies name
// accounts by their ids.
func BenchmarkShutOutListed(b *testing.B) {
	for _, ids := range []int{0, 600, 5400} {
		b.Run(fmt.Sprint(ids), func(b *testing.B) {
			p := listed(b, ids)
			for b.Loop() {
				if hold, err := p.barred(true); err != nil || len(hold) > 0 {
					b.Fatal(hold, err)
				}
			}
		})
	}
}

// TestListsOfAccountsCostLittle asks for each sort of accounts, and not for each
// account that a policy names.
func TestListsOfAccountsCostLittle(t *testing.T) {
	p := listed(t, 5400)
	b := p.bound()
	g, err := newGauge(p, b)
	if err != nil {
		t.Fatal(err)
	}
	g.roles()
	if n := len(g.losses); n == 0 || n > 40 { // eighteen lists, and the accounts in none
		t.Errorf("%d sorts of roles", n)
	}
}

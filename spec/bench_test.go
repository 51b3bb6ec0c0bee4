package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

func BenchmarkLoad10000InPool(b *testing.B) {
	dir := repository(b, head+`ous: [{name: Labs}]
pools:
  - name: p
    ou: Labs
    ids: {from: 1, count: 10000}
    account: {name: "${{ id }}", email: "aws+${{ id }}@acme.example", tags: {course: a}}
`)
	b.ReportAllocs()
	for b.Loop() {
		payers, err := spec.Load([]string{dir}, spec.Options{})
		if err != nil || len(payers[0].Pools[0].Accounts) != 10000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad10000Named(b *testing.B) {
	var file strings.Builder
	file.WriteString(head + "ous: [{name: Labs}]\naccounts:\n")
	for i := range 10000 {
		fmt.Fprintf(&file, "  - {name: account %d, email: aws+%d@acme.example, ou: Labs, tags: {course: a}}\n", i, i)
	}
	dir := repository(b, file.String())
	b.ReportAllocs()
	for b.Loop() {
		payers, err := spec.Load([]string{dir}, spec.Options{})
		if err != nil || len(payers[0].Accounts) != 10000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad10000WithMemberRoles(b *testing.B) {
	dir := repository(b, head+`ous: [{name: Labs}]
pools:
  - name: p
    ou: Labs
    ids: {from: 1, count: 10000}
    account: {name: "${{ id }}", email: "aws+${{ id }}@acme.example", contacts: {billing: null}}
memberRoles:
  - {name: A, trust: &t {accounts: ["${{ payer.accountId }}"]}, in: {pools: [p]}}
  - {name: B, trust: *t, in: {ous: [Labs]}}
  - {name: C, trust: *t, in: {ous: [/]}, deploy: stackset}
groups: [{name: g, assume: [{role: A, in: {pools: [p]}}, {role: B, in: {ous: [Labs]}}]}]
`)
	b.ReportAllocs()
	for b.Loop() {
		payers, err := spec.Load([]string{dir}, spec.Options{})
		if err != nil || len(payers[0].MemberRoles[1].Accounts) != 10000 {
			b.Fatal(err)
		}
	}
}

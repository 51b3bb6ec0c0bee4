package spec_test

import (
	"fmt"
	"path/filepath"
	"runtime"
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

// BenchmarkLoad50Payers reads what a daemon keeps: 50 payers of 200 accounts,
// and says what one Load leaves in memory.
func BenchmarkLoad50Payers(b *testing.B) {
	dir := b.TempDir()
	write(b, filepath.Join(dir, "defaults.yaml"), "apiVersion: reconciler/v1\nkind: Defaults\nlease: {bucket: acme-locks, key: \"reconciler/${{ payer.name }}.lease\"}\n")
	for i := range 50 {
		name := fmt.Sprintf("payer-%02d", i)
		write(b, filepath.Join(dir, "payers", name+".yaml"), fmt.Sprintf("apiVersion: reconciler/v1\nkind: Payer\nname: %s\naccountId: \"1111222233%02d\"\n", name, i)+`
ous: [{name: Labs, policies: [A]}]
policies: [{name: A, file: policies/a.json}]
pools:
  - name: p
    ou: Labs
    ids: {from: 1, count: 200}
    account: {name: "`+name+`-${{ id }}", email: "`+name+`+${{ id }}@acme.example", tags: {course: a}}
    csv: accounts/`+name+`.csv
`)
	}
	write(b, filepath.Join(dir, "policies", "a.json"), denyS3)
	b.ReportAllocs()
	var payers []*spec.Payer
	before := heap()
	for b.Loop() {
		var err error
		if payers, err = spec.Load([]string{dir}, spec.Options{Root: dir}); err != nil || len(payers) != 50 {
			b.Fatal(len(payers), err)
		}
	}
	b.ReportMetric(float64(heap()-before)/(1<<20), "MB-kept")
	runtime.KeepAlive(payers)
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

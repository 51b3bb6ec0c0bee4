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

package spec_test

import (
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

func BenchmarkLoad10000(b *testing.B) {
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

package awssim_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/awssim"
)

// fill makes accounts in fifty units: create, ask, move.
func fill(b *testing.B, r *rig, n int) {
	root := r.start()
	units := make([]string, 50)
	for i := range units {
		units[i] = r.unit(root, fmt.Sprint("unit", i))
	}
	for i := range n {
		name, email := fmt.Sprint("lab", i), fmt.Sprintf("lab%d@example.com", i)
		out, err := r.org.CreateAccount(r.ctx, &organizations.CreateAccountInput{AccountName: &name, Email: &email, Tags: []types.Tag{
			{Key: aws.String("reconciler:payer"), Value: aws.String("acme")}, {Key: aws.String("reconciler:id"), Value: &name},
		}})
		if err != nil {
			b.Fatal(err)
		}
		id := *r.status(*out.CreateAccountStatus.Id).AccountId
		if err := r.move(id, root, units[i%50]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstApply is what a first apply of 10,000 accounts asks of the
// simulator: 30,000 calls through the real SDK, in this process.
func BenchmarkFirstApply(b *testing.B) {
	for range b.N {
		sim := awssim.New(awssim.Options{})
		fill(b, on(b, sim, "111122223333"), 10000)
		var before, after runtime.MemStats
		sim.ResetCalls()
		runtime.GC()
		runtime.ReadMemStats(&before)
		sim.Reset()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(before.HeapAlloc-after.HeapAlloc)/(1<<20), "MB-of-state")
	}
}

// BenchmarkListAll reads 10,000 accounts, 20 a page.
func BenchmarkListAll(b *testing.B) {
	r := on(b, awssim.New(awssim.Options{}), "111122223333")
	fill(b, r, 10000)
	for b.Loop() {
		p := organizations.NewListAccountsPaginator(r.org, &organizations.ListAccountsInput{})
		for p.HasMorePages() {
			if _, err := p.NextPage(r.ctx); err != nil {
				b.Fatal(err)
			}
		}
	}
}

package planner

import (
	"fmt"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
)

// crowd gives n accounts in 50 OUs with 100 policies, two of them on each OU,
// as they would be wanted and as they would be read.
func crowd(b *testing.B, n int) (want, have *resource.State) {
	b.Helper()
	want, have = &resource.State{}, &resource.State{}
	put := func(o resource.Object) {
		want.Put(o)
		o.Inputs, o.Origin = nil, ""
		o.Outputs, o.Owner, o.OwnerRead = map[string]string{"id": "id-" + o.Ref.String()}, "acme", true
		have.Put(o)
	}
	put(resource.Object{Ref: resource.Ref{Kind: "organization"}})
	for i := range 100 {
		put(resource.Object{
			Ref: resource.Ref{Kind: "policy", Name: fmt.Sprint("P", i)}, Attrs: resource.Attrs{"document": resource.Lit("{}")},
			Facts: map[string]string{resource.FactAllows: "true"},
		})
	}
	afters := make([][]resource.Ref, 50)
	for i := range afters {
		ou := resource.Ref{Kind: "ou", Name: fmt.Sprint("O", i)}
		put(resource.Object{Ref: ou})
		for k := range 7 {
			policy := resource.Ref{Kind: "policy", Name: fmt.Sprint("P", (2*i+k)%100)}
			a := resource.Object{
				Ref: resource.Ref{Kind: "attachment", Name: policy.Name + "@" + ou.String()}, After: []resource.Ref{policy, ou},
				Facts: map[string]string{
					resource.FactNode: ou.String() + " " + scp, resource.FactPolicy: policy.String(),
					resource.FactSlots: "10", resource.FactMinimum: "1", resource.FactAllows: "true",
				},
			}
			put(a)
			afters[i] = append(afters[i], a.Ref)
		}
	}
	for i := range n {
		email := fmt.Sprintf("awslabs%d@vocareum.com", 10000+i)
		ou := resource.Ref{Kind: "ou", Name: fmt.Sprint("O", i%50)}
		put(resource.Object{
			Ref: resource.Ref{Kind: "account", Name: email},
			Attrs: resource.Attrs{
				"email": resource.Lit(email), "name": resource.Lit(fmt.Sprint(10000 + i)), "ou": resource.Lit(ou.Name),
				"tags.course": resource.Lit("aws-101"),
			},
			Inputs: resource.Attrs{"parent": resource.Output(ou, "id")},
			After:  afters[i%50], Origin: "payers/acme.yaml:40",
		})
	}
	return want, have
}

func BenchmarkDiff10000NoChange(b *testing.B) {
	want, have := crowd(b, 10000)
	o := rules()
	b.ReportAllocs()
	for b.Loop() {
		if p, err := Diff(want, have, o); err != nil || len(p.Changes) > 0 {
			b.Fatal(p, err)
		}
	}
}

func BenchmarkDiff10000Creates(b *testing.B) {
	want, _ := crowd(b, 10000)
	o := rules()
	b.ReportAllocs()
	for b.Loop() {
		if p, err := Diff(want, &resource.State{}, o); err != nil || len(p.Changes) < 10000 {
			b.Fatal(p, err)
		}
	}
}

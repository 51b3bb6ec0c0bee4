package lint

import (
	"testing"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// FuzzCheck: no document makes lint panic, and one that AWS would take is read.
func FuzzCheck(f *testing.F) {
	for _, tt := range cases {
		f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",` + tt.statement + `}]}`)
		f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + tt.statement + `}}`)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		p := &spec.Payer{Policies: []spec.Policy{
			{Name: "A", Type: spec.SCP, Document: resource.Lit(doc), Characters: len(doc)},
			{Name: "B", Type: spec.SCP, Document: resource.Lit(doc), Characters: len(doc)},
		}}
		if iampolicy.Check(iampolicy.IdentityPolicy, []byte(doc)) == nil {
			p.IAMPolicies = []spec.IAMPolicy{{Name: "C", Document: resource.Lit(doc)}}
			p.Groups = []spec.Group{{Name: "D", Policies: spec.Policies{Inline: []spec.InlinePolicy{{Name: "E", Document: resource.Lit(doc)}},
				Managed: []spec.ManagedPolicy{{ARN: resource.Output(p.IAMPolicies[0].Ref(), "arn")}}}}}
		}
		p.Node.Policies = []spec.Attached{{Policy: p.Policies[0].Ref(), Type: spec.SCP}, {Policy: p.Policies[1].Ref(), Type: spec.SCP}}
		found, err := Check(p)
		if err != nil {
			if iampolicy.Check(spec.SCP, []byte(doc)) == nil {
				t.Fatalf("Check refuses a document that is right: %v", err)
			}
			return
		}
		for _, one := range found {
			if one.String() == "" || one.Msg == "" {
				t.Fatalf("a finding without a message: %+v", one)
			}
		}
	})
}

package kinds_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// inThePayer is something of every service that the payer has beyond its organization.
const inThePayer = `roles: [{name: auditor, trust: {services: [ec2.amazonaws.com]}}]
memberRoles: [{name: Reader, in: {pools: [s]}, trust: {services: [ec2.amazonaws.com]}}]
buckets: [{name: acme-audited}]
billingReports: [{name: audited, bucket: acme-audited}]
contacts: {billing: {name: Bill, title: Finance, email: bill@acme.example, phone: "+1 555 0101"}}
`

// TestAuditOfAnApply has a line for every write, and every line says who did it
// and what for.
func TestAuditOfAnApply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Organize()
		var b bytes.Buffer
		log := cloud.NewAuditLog(&b)
		o := r.Options()
		o.Open = func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
			id, secret := r.Sim.Key(r.ID)
			return cloud.Open(ctx, cloud.Options{Payer: p.Name, AccountID: p.AccountID, Audit: log.Add,
				Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: &http.Client{Transport: r.Sim.Transport()}})
		}
		before := r.Writes()
		p, err := reconcile.Plan(t.Context(), r.Payer(payerOf(2, 2, 2, "")+inThePayer), o)
		if err != nil {
			t.Fatal(err)
		}
		if b.Len() > 0 {
			t.Errorf("a plan wrote:\n%s", b.String())
		}
		if _, err := p.Apply(t.Context(), reconcile.ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		objects := map[string]bool{}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		for _, line := range lines {
			var w cloud.Write
			if err := json.Unmarshal([]byte(line), &w); err != nil {
				t.Fatal(err)
			}
			if w.Object == "" || w.Operation == "" || w.Service == "" || w.Payer != "acme" || w.RequestID == "" || !strings.HasPrefix(w.Caller, "arn:aws:") {
				t.Errorf("line %s", line)
			}
			objects[w.Operation+" "+w.Object] = true
		}
		if n := r.Writes() - before; len(lines) != n || log.Err() != nil {
			t.Errorf("%d lines for %d writes, error %v", len(lines), n, log.Err())
		}
		for _, want := range []string{"TagResource root", "CreatePolicy policy/p0",
			"CreateOrganizationalUnit ou/u1", "AttachPolicy attachment/p1@ou/u1", "CreateAccount account/s1@acme.example", "MoveAccount account/s1@acme.example",
			"CreateRole role/auditor", "PutBucketPolicy bucket-policy/acme-audited", "PutReportDefinition billing-report/audited",
			"PutAlternateContact contact/BILLING", "CreateRole member-role/s1@acme.example/Reader"} {
			if !objects[want] {
				t.Errorf("no line of %s", want)
			}
		}
	})
}

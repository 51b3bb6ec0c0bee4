package lease_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/lease"
)

// TestDangerBucketAway puts the lease behind the session's gate: writes go on as
// long as it is renewed, and end with the pass when the bucket is away; the
// renewals ask no gate and are in no audit.
func TestDangerBucketAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		id, secret := sim.Key("111122223333")
		var mu sync.Mutex
		var audited []string
		var l *lease.Lease
		s, err := cloud.Open(t.Context(), cloud.Options{
			Payer: "acme", AccountID: "111122223333", Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
			HTTPClient: &http.Client{Transport: sim.Transport()},
			Gate: func(ctx context.Context) (context.Context, context.CancelFunc, error) {
				return l.Gate(ctx)
			},
			Audit: func(w cloud.Write) {
				mu.Lock()
				defer mu.Unlock()
				audited = append(audited, w.Operation+" "+w.Outcome)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		open := cloud.WithoutGate(t.Context())
		c := s3.NewFromConfig(s.Config(""))
		if _, err := c.CreateBucket(open, &s3.CreateBucketInput{Bucket: aws.String("acme-billing")}); err != nil {
			t.Fatal(err)
		}
		l, err = lease.Acquire(t.Context(), lease.S3(c, "acme-billing", "acme.lease", "111122223333"), lease.Options{
			Call: func(ctx context.Context, renewal bool) context.Context {
				if renewal {
					ctx = cloud.WithoutAudit(ctx)
				}
				return cloud.WithoutGate(ctx)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		write := func() error {
			_, err := s.Organizations().CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{})
			return err
		}
		time.Sleep(time.Hour)
		if err := write(); err != nil {
			t.Fatalf("after an hour: %v", err)
		}
		for _, operation := range []string{"s3:PutObject", "s3:GetObject", "s3:DeleteObject"} {
			sim.Inject(awssim.Fault{Operation: operation, Kind: awssim.Drop})
		}
		time.Sleep(4*time.Minute + 10*time.Second)
		_, before := sim.Writes()
		began := time.Now()
		err = write()
		if !cloud.Fatal(err) || !cloud.Gated(err) || !errors.Is(err, lease.ErrLost) || time.Since(began) > 50*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		want := "CreateOrganization: not sent: the right to write is lost: it was not renewed in time: write s3://acme-billing/acme.lease: PutObject: "
		if got := cloud.Explain(err); !strings.HasPrefix(got, want) {
			t.Errorf("explained as %q", got)
		}
		if _, after := sim.Writes(); after != before {
			t.Errorf("%d writes were done", after-before)
		}
		sim.ClearFaults()
		if err := l.Release(t.Context()); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if got := strings.Join(audited, ", "); got != "CreateBucket ok, PutObject ok, CreateOrganization ok, DeleteObject ok" {
			t.Errorf("audited %s", got)
		}
	})
}

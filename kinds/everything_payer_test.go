package kinds_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/live"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestEverythingIsRead reads a payer without a file: all that these kinds have.
func TestEverythingIsRead(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(withContacts("account.amazonaws.com", 1) + strings.TrimPrefix(fullBucket("acme-bills"), organizationOnly) +
			"billingReports: [{name: costs, bucket: acme-bills}]\n")
		id, secret := r.Sim.Key(kindtest.Account)
		s, err := cloud.Open(t.Context(), cloud.Options{Payer: "acme", AccountID: kindtest.Account,
			Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: &http.Client{Transport: r.Sim.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		wanted := []string{"bucket", "bucket-policy", "billing-report", "quota", "contact"}
		have, err := live.Read(t.Context(), s, nil, slices.DeleteFunc(kinds.All(), func(k *kind.Kind) bool {
			return slices.Contains([]string{"role", "user", "group", "iam-policy", "member-role", "stack-set"}, k.Name)
		}))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range wanted {
			for o := range have.Kind(name) {
				got = append(got, o.Ref.String())
			}
		}
		r.Equal("read", got, []string{"bucket/acme-bills", "bucket-policy/acme-bills", "billing-report/costs", "quota/accounts", "contact/s1@acme.example/SECURITY"})
		b, _ := have.Get(spec.BucketRef("acme-bills"))
		var attrs []string
		for name := range b.Attrs {
			attrs = append(attrs, name)
		}
		slices.Sort(attrs)
		r.Equal("attributes", attrs, []string{"encryption.algorithm", "encryption.bucketKey", "lifecycle.tmp", "ownership",
			"publicAccessBlock.blockPublicAcls", "publicAccessBlock.blockPublicPolicy", "publicAccessBlock.ignorePublicAcls",
			"publicAccessBlock.restrictPublicBuckets", "region", "tags.course", "tags.reconciler:name", "tags.reconciler:payer", "versioning"})
	})
}

package presets_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds"
	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/spec"
)

// as is the configuration of a client with some credentials.
func as(sim *awssim.Server, c aws.CredentialsProvider) aws.Config {
	return aws.Config{Region: "us-east-1", HTTPClient: &http.Client{Transport: sim.Transport()}, Credentials: c}
}

// key is the permanent key of an account.
func key(sim *awssim.Server, account string) aws.CredentialsProvider {
	id, secret := sim.Key(account)
	return credentials.NewStaticCredentialsProvider(id, secret, "")
}

// assume takes a role on, with an external id where there is one.
func assume(ctx context.Context, cfg aws.Config, role, externalID string) (aws.CredentialsProvider, error) {
	in := &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("vendor")}
	if externalID != "" {
		in.ExternalId = &externalID
	}
	out, err := sts.NewFromConfig(cfg).AssumeRole(ctx, in)
	if err != nil {
		return nil, err
	}
	c := out.Credentials
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), nil
}

// applied applies a payer of the example of the vendors.
func applied(t *testing.T, name string, o awssim.Options) (*awssim.Server, *spec.Payer) {
	t.Helper()
	payers, err := spec.Load([]string{"../examples/vendors"}, spec.Options{Only: []string{name}, Presets: presets.FS})
	if err != nil {
		t.Fatal(err)
	}
	p, sim := payers[0], awssim.New(o)
	for i := range p.Pools {
		p.Pools[i].CSV = nil // the example's folder stays as it is
	}
	open := func(ctx context.Context, p *spec.Payer) (*cloud.Session, error) {
		return cloud.Open(ctx, cloud.Options{Payer: p.Name, AccountID: p.AccountID, Credentials: key(sim, p.AccountID), HTTPClient: &http.Client{Transport: sim.Transport()}})
	}
	planned, err := reconcile.Plan(t.Context(), p, reconcile.Options{Kinds: kinds.All(), Open: open})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := planned.Apply(t.Context(), reconcile.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	return sim, p
}

// customerOf is a payer of a vendor, which enters its own account, as the principal that its guide names.
type customerOf struct {
	payer, role, externalID string
	account, own            string // the vendor's account, and its role there; none: the account itself
}

func (v customerOf) principal(ctx context.Context, t *testing.T, sim *awssim.Server) aws.Config {
	t.Helper()
	cfg := as(sim, key(sim, v.account))
	if v.own == "" {
		return cfg
	}
	sim.AddRole(v.account, v.own, "")
	c, err := assume(ctx, cfg, "arn:aws:iam::"+v.account+":role/"+v.own, "")
	if err != nil {
		t.Fatal(err)
	}
	return as(sim, c)
}

// TestVendorsGetIn lets each vendor in with the right external id, and nobody
// with another, with none, or from elsewhere; and what it has then is its own
// policy, no more.
func TestVendorsGetIn(t *testing.T) {
	for _, v := range []customerOf{
		{"labs", "vocareumadmin", "acme-voc-1", "117530877863", ""},
		{"labs-standard", "vocareumadmin", "acme-voc-2", "117530877863", ""},
		{"costs", "flexera", "12345", "451234325714", "production_customer_access"},
	} {
		t.Run(v.payer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim, p := applied(t, v.payer, awssim.Options{Enforce: true})
				arn := "arn:aws:iam::" + p.AccountID + ":role/" + v.role
				cfg := v.principal(t.Context(), t, sim)
				for _, wrong := range []string{"", "another"} {
					if _, err := assume(t.Context(), cfg, arn, wrong); cloud.Code(err) != "AccessDenied" {
						t.Errorf("with the external id %q: %v", wrong, err)
					}
				}
				if _, err := assume(t.Context(), as(sim, key(sim, "999988887777")), arn, v.externalID); cloud.Code(err) != "AccessDenied" {
					t.Errorf("from another account: %v", err)
				}
				c, err := assume(t.Context(), cfg, arn, v.externalID)
				if err != nil {
					t.Fatal(err)
				}
				_, err = iam.NewFromConfig(as(sim, c)).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &v.role})
				if cloud.Code(err) != "AccessDenied" {
					t.Errorf("the vendor looks at roles: %v", err)
				}
			})
		})
	}
}

// TestMicetroGetsIn takes the way of Micetro: a key of the user, and by it the
// role in a member.
func TestMicetroGetsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, p := applied(t, "networks", awssim.Options{Enforce: true})
		admin := iam.NewFromConfig(as(sim, key(sim, p.AccountID)))
		made, err := admin.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("micetro")})
		if err != nil {
			t.Fatal(err)
		}
		user := as(sim, credentials.NewStaticCredentialsProvider(*made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey, ""))
		document, err := admin.GetGroupPolicy(t.Context(), &iam.GetGroupPolicyInput{GroupName: aws.String("micetro"), PolicyName: aws.String("assume-MicetroAccess-hub")})
		if err != nil {
			t.Fatal(err)
		}
		text, err := url.PathUnescape(*document.PolicyDocument)
		if err != nil {
			t.Fatal(err)
		}
		role := regexp.MustCompile(`arn:aws:iam::[0-9]{12}:role/MicetroAccess`).FindString(text)
		if _, err := assume(t.Context(), user, role, ""); err != nil {
			t.Errorf("assume %s: %v", role, err)
		}
		if _, err := assume(t.Context(), user, "arn:aws:iam::"+role[13:25]+":role/OrganizationAccountAccessRole", ""); cloud.Code(err) != "AccessDenied" {
			t.Errorf("the user is an administrator of the member: %v", err)
		}
	})
}

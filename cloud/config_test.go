package cloud

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSessionName(t *testing.T) {
	tests := []struct{ payer, commit, want string }{
		{"acme-labs", "9f3c0123456789", "reconciler-acme-labs-9f3c0123"},
		{"acme-labs", "", "reconciler-acme-labs"},
		{"Ümlaut labs/1", "9f3c", "reconciler--mlaut-labs-1-9f3c"},
		{strings.Repeat("x", 90), "9f3c01234", "reconciler-" + strings.Repeat("x", 44) + "-9f3c0123"},
	}
	for _, tt := range tests {
		if got := SessionName(tt.payer, tt.commit); got != tt.want {
			t.Errorf("SessionName(%q, %q) = %q, want %q", tt.payer, tt.commit, got, tt.want)
		}
	}
}

func TestAmazonHost(t *testing.T) {
	tests := map[string]bool{
		"https://organizations.us-east-1.amazonaws.com": true,
		"https://sts.cn-north-1.amazonaws.com.cn":       true,
		"https://sts.us-east-1.api.aws":                 true,
		"http://127.0.0.1:4600":                         false,
		"https://amazonaws.com.example":                 false,
		"https://notamazonaws.com":                      false,
		"":                                              false,
	}
	for endpoint, want := range tests {
		if got := amazonHost(endpoint); got != want {
			t.Errorf("amazonHost(%q) = %v, want %v", endpoint, got, want)
		}
	}
}

func TestRegions(t *testing.T) {
	tests := []struct{ role, home, global string }{
		{"", "us-east-1", "us-east-1"},
		{"arn:aws:iam::111122223333:role/reconciler", "us-east-1", "us-east-1"},
		{"arn:aws-us-gov:iam::111122223333:role/reconciler", "us-gov-west-1", "us-gov-west-1"},
		{"arn:aws-cn:iam::111122223333:role/reconciler", "cn-northwest-1", "cn-northwest-1"},
	}
	for _, tt := range tests {
		home := homeRegion(tt.role)
		if home != tt.home || globalRegion(home) != tt.global {
			t.Errorf("role %q: home %s, global %s, want %s, %s", tt.role, home, globalRegion(home), tt.home, tt.global)
		}
	}
	if got := globalRegion("eu-central-1"); got != "us-east-1" {
		t.Errorf("globalRegion(eu-central-1) = %s, want us-east-1", got)
	}
}

func TestNoCredentials(t *testing.T) {
	bare(t)
	start := time.Now()
	_, err := Open(t.Context(), Options{Payer: "acme-labs", AccountID: payerID})
	if err == nil || Explain(err) != "payer acme-labs: no AWS credentials" || !strings.Contains(Hint(err), "AWS_PROFILE") || !Fatal(err) {
		t.Errorf("Open: %v, hint %q", err, Hint(err))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestNoInstanceMetadata(t *testing.T) {
	bare(t)
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", srv.URL)
	_, err := Open(t.Context(), Options{Payer: "acme-labs", AccountID: payerID})
	if err == nil || Explain(err) != "payer acme-labs: no AWS credentials" {
		t.Errorf("Open: %v", err)
	}
}

func TestUnknownProfile(t *testing.T) {
	bare(t)
	t.Setenv("AWS_PROFILE", "nobody")
	_, err := Open(t.Context(), Options{Payer: "acme-labs", AccountID: payerID})
	if err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("Open: %v", err)
	}
}

// An in-process client works whatever the machine's environment says.
func TestClientBesideCABundle(t *testing.T) {
	bare(t)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFake()
	t.Setenv("AWS_CA_BUNDLE", bundle)
	opened(t, options(f))

	// With the ambient credentials the bundle is read, so it must be a good one.
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	if err := os.WriteFile(bundle, pemOf(srv), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	o := options(f)
	o.Credentials = nil
	opened(t, o)
	if got := f.calls[len(f.calls)-1].Key; got != "AKIAENV" {
		t.Errorf("signed by %s, want the ambient AKIAENV", got)
	}
}

func TestEndpointFromEnvironment(t *testing.T) {
	bare(t)
	f := newFake()
	srv := httptest.NewServer(overHTTP(f))
	defer srv.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
	o := Options{Payer: "acme-labs", AccountID: payerID}
	s := opened(t, o)
	if s.rated {
		t.Error("rated against an endpoint that is not AWS")
	}
	if got := s.Wait(time.Hour); got != 10*time.Millisecond {
		t.Errorf("Wait(1h) = %v", got)
	}
	o.APIRate = "aws"
	if s := opened(t, o); !s.rated || s.Wait(time.Hour) != time.Hour {
		t.Error("not rated, though asked to be")
	}
}

func TestRated(t *testing.T) {
	bare(t)
	env := func(values ...string) func(*testing.T) {
		return func(t *testing.T) {
			for i := 0; i < len(values); i += 2 {
				t.Setenv(values[i], values[i+1])
			}
		}
	}
	tests := []struct {
		name, rate string
		env        func(*testing.T)
		want       bool
	}{
		{"AWS", "", env(), true},
		{"AWS by name", "", env("AWS_ENDPOINT_URL_ORGANIZATIONS", "https://organizations.us-east-1.amazonaws.com"), true},
		{"elsewhere", "", env("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), false},
		{"one service elsewhere", "", env("AWS_ENDPOINT_URL_ORGANIZATIONS", "http://127.0.0.1:1"), false},
		{"forced off", "none", env(), false},
		{"forced on", "aws", env("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.env(t)
			o := Options{Payer: "p", AccountID: payerID, APIRate: tt.rate, Credentials: options(nil).Credentials}
			o, err := o.complete()
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := load(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := rated(o, cfg); got != tt.want {
				t.Errorf("rated = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	f := newFake()
	for _, change := range []func(*Options){
		func(o *Options) { o.AccountID = "" },
		func(o *Options) { o.APIRate = "fast" },
	} {
		o := options(f)
		change(&o)
		if _, err := Open(t.Context(), o); err == nil || !strings.HasPrefix(err.Error(), "payer acme-labs: ") {
			t.Errorf("Open: %v", err)
		}
	}
	if n := len(f.operations()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

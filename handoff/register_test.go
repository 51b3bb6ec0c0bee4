package handoff

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

const token = "s3cr3t-t0ken"

// vendor is a vendor's server, and the transport that leads every host to it.
func vendor(t *testing.T, answer http.HandlerFunc) http.RoundTripper {
	t.Helper()
	s := httptest.NewTLSServer(answer)
	t.Cleanup(s.Close)
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, s.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func prepare(t *testing.T, change func(*spec.Register)) (*Call, error) {
	t.Helper()
	in := input(t)
	u := in.Payer.Presets[0]
	r := *u.Register
	change(&r)
	u.Register = &r
	return Prepare(u, in.Live)
}

func TestRegister(t *testing.T) {
	var got *http.Request
	var body map[string]string
	tr := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
	})
	c, err := prepare(t, func(r *spec.Register) { r.Headers = map[string]string{"X-Api-Version": "1.0"} })
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), token, tr); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.Host != "vendor.example" || got.URL.Path != "/api/payers" {
		t.Errorf("%s %s%s", got.Method, got.Host, got.URL.Path)
	}
	for key, want := range map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json", "X-Api-Version": "1.0"} {
		if v := got.Header.Get(key); v != want {
			t.Errorf("%s is %q, want %q", key, v, want)
		}
	}
	if diff := cmp.Diff(map[string]string{"role": "arn:aws:iam::111122223333:role/vendor"}, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// TestDanger22RegisterGoesNowhereElse refuses every way to another host.
func TestDanger22RegisterGoesNowhereElse(t *testing.T) {
	for name, change := range map[string]func(*spec.Register){
		"a preset of the repository": func(r *spec.Register) { r.Embedded = false },
		"another host":               func(r *spec.Register) { r.URL = resource.Lit("https://evil.example/api") },
		"a port":                     func(r *spec.Register) { r.URL = resource.Lit("https://vendor.example:8443/api") },
		"without encryption":         func(r *spec.Register) { r.URL = resource.Lit("http://vendor.example/api") },
		"a name before the host":     func(r *spec.Register) { r.URL = resource.Lit("https://vendor.example@evil.example/api") },
		"a user":                     func(r *spec.Register) { r.URL = resource.Lit("https://user@vendor.example/api") },
		"a host not known yet": func(r *spec.Register) {
			r.URL = resource.Join(resource.Lit("https://vendor.example/"), resource.Output(spec.RoleRef("later"), "arn"))
		},
		"a value not known yet": func(r *spec.Register) {
			r.Body = map[string]resource.Text{"role": resource.Output(spec.RoleRef("later"), "arn")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := prepare(t, change); err == nil {
				t.Errorf("the call %+v is made", c)
			}
		})
	}
}

// TestRegisterNeverTellsTheToken follows no redirect, and keeps the token out of
// errors, whatever the vendor answers.
func TestRegisterNeverTellsTheToken(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "vendor.example" {
				t.Errorf("the token went to %s", r.Host)
			}
			http.Redirect(w, r, "https://evil.example/", http.StatusTemporaryRedirect)
		},
		"the token said back": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "no such user: "+r.Header.Get("Authorization"), http.StatusForbidden)
		},
		"a long page": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, strings.Repeat("x", 1<<20))
		},
		"nothing": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			c, err := prepare(t, func(*spec.Register) {})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Send(t.Context(), token, vendor(t, answer))
			if err == nil || strings.Contains(err.Error(), token) || len(err.Error()) > 1200 {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestRegisterNeedsAToken(t *testing.T) {
	c, err := prepare(t, func(*spec.Register) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "a\r\nX-Evil: 1"} {
		if err := c.Send(t.Context(), bad, nil); err == nil || strings.Contains(err.Error(), "Evil") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

package tools

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissing(t *testing.T) {
	_, err := Program("no-such-program")
	var m *Missing
	if want := "skip: no-such-program is not on this machine"; !errors.As(err, &m) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for _, tt := range []struct {
		err         error
		skip, fatal string
	}{
		{nil, "", ""},
		{err, err.Error(), ""},
		{errors.New("no"), "", "no"},
	} {
		f := fakeT{TB: t}
		if got := Use(&f, "v", tt.err); got != "v" || f.skip != tt.skip || f.fatal != tt.fatal {
			t.Errorf("%v: %q, skip %q, fatal %q", tt.err, got, f.skip, f.fatal)
		}
	}
}

// fakeT notes how a test would end.
type fakeT struct {
	testing.TB
	skip, fatal string
}

func (f *fakeT) Helper()           {}
func (f *fakeT) Skip(args ...any)  { f.skip = fmt.Sprint(args...) }
func (f *fakeT) Fatal(args ...any) { f.fatal = fmt.Sprint(args...) }

func TestRequestLog(t *testing.T) {
	var l requestLog
	for _, piece := range []string{
		" * Running on a port\n127.0.0.1 - - [x] \"POST / HTT", "P/1.1\" 200 -\n127.0.0.1 - - [x] \"POST / HTTP/1.1\" 400 -\n",
		"127.0.0.1 - - [x] \"GET /moto-api/data.json HTTP/1.1\" 200 -\n127.0.0.1 - - [x] \"POST / HTTP/1.1\" 200 -",
	} {
		if n, err := l.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if l.calls != 2 {
		t.Errorf("%d calls, want 2", l.calls)
	}
}

func TestProxy(t *testing.T) {
	arrived := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived++ }))
	defer srv.Close()
	p, err := NewProxy(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ask := func(target, body string) error {
		r, err := http.NewRequest("POST", p.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if target != "" {
			r.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+target)
		}
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	cuts := 0
	p.CutBefore(2, func() { cuts++ })
	p.CutAfter(3, func() { cuts++ })
	for i, target := range []string{"ListRoots", "CreatePolicy", "AttachPolicy", "DetachPolicy", ""} {
		err := ask(target, "Action=GetCallerIdentity&Version=x")
		if dropped := i == 2 || i == 3; (err != nil) != dropped {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if arrived != 4 || cuts != 2 {
		t.Errorf("%d calls arrived and %d cuts were made, want 4 and 2", arrived, cuts)
	}
	want := []string{"ListRoots", "CreatePolicy", "AttachPolicy", "DetachPolicy", "GetCallerIdentity"}
	if diff := cmp.Diff(want, p.Calls()); diff != "" {
		t.Errorf("Calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:4], p.Writes()); diff != "" {
		t.Errorf("Writes (-want +got):\n%s", diff)
	}
	p.Forget()
	if got := p.Calls(); len(got) != 0 {
		t.Errorf("after Forget: %v", got)
	}
}

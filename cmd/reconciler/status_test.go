package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/daemon/status"
)

// boardOf is a daemon with a payer in each of the states, served.
func boardOf(t *testing.T, states ...string) string {
	t.Helper()
	b := status.NewBoard("1.2.3", "apply")
	b.Git(func(g *status.Git) { g.URL, g.Branch = "https://git.example.com/p.git", "main" })
	for i, state := range states {
		b.Update(fmt.Sprint("payer-", i), func(p *status.Payer) { p.State, p.File = state, "payers/p.yaml" })
	}
	mux := http.NewServeMux()
	mux.Handle("/status", b.Handler())
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name, url string
		args      []string
		code      int
		want      []string // patterns in what is printed
		not       string
	}{
		{"well", boardOf(t, status.OK, status.Standby), nil, 0, []string{`(?m)^reconciler 1\.2\.3, mode apply`, `(?m)^payer-0 +ok `, `(?m)^payer-1 +standby `}, "->"},
		{"paused", boardOf(t, status.Paused, status.Guarded, status.Blocked, status.FirstApply), nil, 0, []string{"payer-3: first-apply"}, "hint"},
		{"failed", boardOf(t, status.OK, status.Failed), nil, 1, []string{"payer-1 +failed", "-> what stands in the way: reconciler preflight payers/p.yaml"}, "hint"},
		{"broken", boardOf(t, status.Broken), nil, 1, []string{"payer-0 +broken"}, "hint"},
		{"one that is well", boardOf(t, status.OK, status.Failed), []string{"payer-0"}, 0, []string{"payer-0"}, "payer-1"},
		{"one that is not", boardOf(t, status.OK, status.Failed), []string{"payer-1"}, 1, []string{"payer-1"}, "payer-0"},
		{"no such payer", boardOf(t, status.OK), []string{"acme"}, 1, []string{`reconciler: the daemon has no payer "acme"`, "hint: it has payer-0"}, ""},
		{"no payers", boardOf(t), []string{"acme"}, 1, []string{"hint: it has none yet"}, ""},
		{"json", boardOf(t, status.Failed), []string{"--format", "json"}, 1, []string{`"formatVersion": "1.0"`, `"state": "failed"`}, "hint"},
		{"json of one", boardOf(t, status.Failed, status.OK), []string{"--format", "json", "payer-1"}, 0, []string{`"name": "payer-1"`}, "payer-0"},
		{"markdown", boardOf(t), []string{"--format", "markdown"}, 1, []string{`--format "markdown" is none of this command`}, ""},
		{"not a URL", "127.0.0.1:9464", nil, 1, []string{"--url is no http or https URL", "hint: such as http://127.0.0.1:9464"}, ""},
		{"credentials", "http://u:s3cret@127.0.0.1:1", nil, 1, []string{"--url holds credentials"}, "s3cret"},
		{"both", "http://127.0.0.1:1", []string{"--config", "x.yaml"}, 1, []string{"--url and --config both say"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := called(t, nil, append([]string{"status", "--url", tt.url}, tt.args...)...)
			all := stdout + stderr
			if code != tt.code {
				t.Errorf("exit code %d, want %d\n%s", code, tt.code, all)
			}
			for _, want := range tt.want {
				if !regexp.MustCompile(want).MatchString(all) {
					t.Errorf("no %s in\n%s", want, all)
				}
			}
			if tt.not != "" && strings.Contains(all, tt.not) {
				t.Errorf("%s in\n%s", tt.not, all)
			}
		})
	}
}

// TestStatusOfAnother: what answers may be no daemon, a newer one, or nobody.
func TestStatusOfAnother(t *testing.T) {
	newer := `{"formatVersion": "1.7", "version": "9", "news": {"a": [1]}, "payers": []}` + "\n"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/newer/status":
			fmt.Fprint(w, newer)
		case "/other/status":
			fmt.Fprint(w, "<html>")
		case "/next/status":
			fmt.Fprint(w, `{"formatVersion": "2.0"}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	if code, stdout, stderr := called(t, nil, "status", "--format", "json", "--url", s.URL+"/newer"); code != 0 || stdout != newer {
		t.Error(code, cmp.Diff(newer, stdout), stderr)
	}
	for url, want := range map[string]string{
		s.URL + "/other": "is it a daemon of reconciler", s.URL + "/next/status": `formatVersion "2.0"`, s.URL: "answers 404 Not Found",
		nobody: "the daemon at " + nobody + " does not answer: .*connection refused\nhint: is it running \\(systemctl status reconciler\\)",
	} {
		code, stdout, stderr := called(t, nil, "status", "--url", url)
		if code != 1 || stdout != "" || !regexp.MustCompile(want).MatchString(stderr) {
			t.Errorf("%s: exit code %d\n%s%s, want %s", url, code, stdout, stderr, want)
		}
	}
}

// TestStatusSilent: a daemon that takes the call and says nothing is not waited
// for.
func TestStatusSilent(t *testing.T) {
	hold := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
	defer s.Close()
	defer close(hold)
	started := time.Now()
	code, _, stderr := called(t, nil, "status", "--url", s.URL)
	if took := time.Since(started); code != 1 || !strings.Contains(stderr, "no answer within 5 s") || took > 20*time.Second {
		t.Errorf("exit code %d after %v\n%s", code, took, stderr)
	}
}

// TestStatusConfig takes the address from the daemon's config.
func TestStatusConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reconciler.yaml")
	write := func(listen string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("git: {path: .}\n"+listen), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(fmt.Sprintf("listen: %q\n", strings.TrimPrefix(boardOf(t, status.OK), "http://")))
	if code, stdout, stderr := called(t, nil, "status", "--config", file); code != 0 || !strings.Contains(stdout, "payer-0") {
		t.Error(code, stdout, stderr)
	}
	for listen, want := range map[string]string{
		"": "http://127.0.0.1:9464", "listen: 0.0.0.0:80\n": "http://127.0.0.1:80", "listen: ':80'\n": "http://127.0.0.1:80",
		"listen: '[::]:80'\n": "http://[::1]:80", "listen: 10.1.2.3:80\n": "http://10.1.2.3:80",
	} {
		write(listen)
		if got, err := listens(file); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", listen, got, err, want)
		}
	}
	write("listen: off\n")
	if code, _, stderr := called(t, nil, "status", "--config", file); code != 1 || !strings.Contains(stderr, "listen is off") {
		t.Error(code, stderr)
	}
	write("listen: 7\nmod: x\n")
	code, _, stderr := called(t, nil, "status", "--config", file)
	if code != 1 || !bytes.Contains([]byte(stderr), []byte(":3:1: mod")) {
		t.Error(code, stderr)
	}
}

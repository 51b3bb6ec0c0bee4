package comment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pulls answers with the open pull requests, one a page, whatever the filter is.
func pulls(f *fake, all ...string) {
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path != "/repos/acme/payers/pulls" || r.URL.Query().Get("head") != "eve:main" {
			return false
		}
		at := max(1, number(r.URL.Query().Get("page")))
		if at < len(all) {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, f.url, r.URL.Path, at+1))
		}
		var page []map[string]any
		for _, text := range all[min(at-1, len(all)):min(at, len(all))] {
			part := strings.Fields(text)
			n, _ := strconv.Atoi(part[0])
			head := map[string]any{"ref": part[2], "sha": part[3], "repo": map[string]string{"full_name": part[1]}}
			if part[1] == "gone" {
				head["repo"] = nil // the fork was deleted
			}
			page = append(page, map[string]any{"number": n, "head": head})
		}
		answer(w, http.StatusOK, page)
		return true
	}
}

// TestFind: the pull request whose newest commit it is, and no other.
func TestFind(t *testing.T) {
	h := Head{Repo: "eve/payers", Branch: "main", SHA: "aaaa1111bbbb"}
	for _, tt := range []struct {
		name string
		all  []string
		want int
		says string
	}{
		{"on a later page", []string{"3 eve/other main aaaa1111bbbb", "4 gone main aaaa1111bbbb", "5 Eve/Payers main aaaa1111bbbb"}, 5, ""},
		{"none", nil, 0, "no open pull request has this as its newest commit: aaaa1111 of eve/payers, branch main"},
		{"newer commits", []string{"5 eve/payers main cccc"}, 0, "no open pull request"},
		{"another branch", []string{"5 eve/payers Main aaaa1111bbbb"}, 0, "no open pull request"},
		{"another repository", []string{"5 acme/payers main aaaa1111bbbb"}, 0, "no open pull request"},
		{"into two branches", []string{"5 eve/payers main aaaa1111bbbb", "6 eve/payers main aaaa1111bbbb"}, 0, "2 open pull requests have the branch main"},
	} {
		f := newFake(t)
		pulls(f, tt.all...)
		n, err := Find(t.Context(), h, Options{API: f.url, Token: token, Owner: "acme", Repo: "payers"})
		if n != tt.want || (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %d, %v", tt.name, n, err)
		}
		if moved := errors.Is(err, ErrMovedOn); moved != strings.HasPrefix(tt.says, "no open") || moved && !strings.Contains(Hint(err, false), "has newer commits") {
			t.Errorf("%s: hint %q", tt.name, Hint(err, false))
		}
	}
}

// TestFindWaits as posting does, and keeps the token to itself.
func TestFindWaits(t *testing.T) {
	f := newFake(t)
	n := 0
	f.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		if n++; n == 1 {
			refuse(w, http.StatusBadGateway, "no")
		} else {
			refuse(w, http.StatusForbidden, "no "+token)
		}
		return true
	}
	o := Options{API: f.url, Token: token, Owner: "acme", Repo: "payers"}
	waits := 0
	o.Sleep = func(context.Context, time.Duration) error { waits++; return nil }
	_, err := Find(t.Context(), Head{Repo: "eve/payers", Branch: "main", SHA: "a"}, o)
	if err == nil || strings.Contains(err.Error(), token) || waits != 1 || n != 2 {
		t.Errorf("got %v after %d calls and %d waits", err, n, waits)
	}
}

package status

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// full gives a payer with every field set, and nothing shared with another.
func full(name string) Payer {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return Payer{Name: name, AccountID: "111122223333", File: "payers/acme.yaml", State: Failed, Since: at, Commit: "9f3c0123456789",
		LastPass: &Pass{StartedAt: at, Seconds: 1.5, Result: Failed, Trigger: "timer"}, LastCleanAt: at, NextAt: at,
		Running: &Running{Phase: "apply", Since: at, Done: 1, Total: 2}, Error: "no", Failures: 3,
		Summary: &Summary{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, Guards: []string{"maxMoves"}, Blocked: []string{"account/a: no"},
		Accounts: map[string]int{"active": 3}, Pools: []Pool{{"students", 4, 3, 1, 2}}, Quota: &Quota{10, 5},
		Lease: &Lease{"s3", "host/1/x", at, true}, Pause: &Pause{"ann", "outage", at, at, "command"}}
}

// TestBoardCopies: what goes in and what comes out shares nothing with the board.
func TestBoardCopies(t *testing.T) {
	b := NewBoard("1.2.3", "apply")
	mine := full("p")
	b.Update("p", func(p *Payer) { *p = mine })
	wreck := func(p *Payer) {
		p.LastPass.Result, p.Running.Phase, p.Summary.Create, p.Quota.Limit, p.Lease.Holder, p.Pause.By = "", "", 0, 0, "", ""
		p.Guards[0], p.Blocked[0], p.Pools[0].Name = "", "", ""
		p.Accounts["active"] = 0
	}
	wreck(&mine)
	got, ok := b.Payer("p")
	if !ok {
		t.Fatal("no payer")
	}
	wreck(&got)
	s := b.Status()
	wreck(&s.Payers[0])
	got, _ = b.Payer("p")
	want := full("p")
	got.Since = want.Since
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFull: full leaves nothing out, so that the tests that use it see every field.
func TestFull(t *testing.T) {
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if v.IsZero() {
			t.Errorf("%s is not set", path)
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			walk(path, v.Elem())
		case reflect.Slice:
			walk(path+"[0]", v.Index(0))
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		}
	}
	walk("payer", reflect.ValueOf(full("p")))
}

func TestBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBoard("1.2.3", "plan")
		started := time.Now()
		b.Mode("apply")
		b.Git(func(g *Git) {
			g.URL = "https://x-access-token:s3cret@git.example.com/acme/payers.git"
			g.Error = "fetch https://u:p@ss@git.example.com/x: away"
		})
		b.Config(func(c *Config) { c.Path, c.Error = "/etc/r.yaml", "r.yaml:3:1: mode: no" })
		b.Update("z", func(p *Payer) { p.State = OK })
		time.Sleep(time.Minute)
		since := time.Now()
		b.Update("a", func(p *Payer) {
			p.State, p.Error = Failed, "clone https://tok@h/x"
			for i := range 12 {
				p.Blocked = append(p.Blocked, fmt.Sprint("line ", i))
			}
		})
		time.Sleep(time.Minute)
		b.Update("a", func(p *Payer) { p.Failures++ })
		b.Update("gone", func(*Payer) {})
		b.Remove("gone")
		want := Status{FormatVersion: "1.0", Version: "1.2.3", Mode: "apply", StartedAt: started, Now: started.Add(2 * time.Minute),
			Git:    Git{URL: "https://git.example.com/acme/payers.git", Error: "fetch https://git.example.com/x: away"},
			Config: Config{Path: "/etc/r.yaml", Error: "r.yaml:3:1: mode: no"},
			Payers: []Payer{{Name: "a", State: Failed, Since: since, Error: "clone https://h/x", Failures: 1,
				Blocked: []string{"line 0", "line 1", "line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9"}},
				{Name: "z", State: OK, Since: started}}}
		if diff := cmp.Diff(want, b.Status()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, ok := b.Payer("gone"); ok {
			t.Error("gone is there")
		}
	})
}

// TestStandby: a standby says nothing of what it does not know.
func TestStandby(t *testing.T) {
	b := NewBoard("1", "apply")
	b.Update("p", func(p *Payer) { *p = full("p") })
	b.Update("p", func(p *Payer) { p.State = Standby })
	p, _ := b.Payer("p")
	if p.Summary != nil || p.Guards != nil || p.Blocked != nil || p.Accounts != nil || p.Pools != nil || p.Quota != nil || p.Lease == nil || p.LastPass == nil {
		t.Errorf("%+v", p)
	}
}

// TestBoardFromManySides runs under the race detector, too.
func TestBoardFromManySides(t *testing.T) {
	b := NewBoard("1", "plan")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				b.Update("p", func(p *Payer) { p.Failures++ })
				b.Update(fmt.Sprint(i), func(p *Payer) { *p = full("") })
				var text bytes.Buffer
				if err := WriteJSON(&text, b.Status()); err != nil {
					t.Error(err)
				}
				b.Remove(fmt.Sprint(i))
			}
		})
	}
	all.Wait()
	if p, _ := b.Payer("p"); p.Failures != 400 {
		t.Errorf("%d updates, want 400", p.Failures)
	}
}

func TestHandler(t *testing.T) {
	b := NewBoard("1.2.3", "apply")
	b.Update("p", func(p *Payer) { *p = full("p") })
	for _, tt := range []struct {
		method string
		code   int
	}{{"GET", 200}, {"HEAD", 200}, {"POST", 405}} {
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest(tt.method, "/status", nil))
		if w.Code != tt.code {
			t.Errorf("%s: %d, want %d", tt.method, w.Code, tt.code)
		}
		if tt.code != http.StatusOK {
			continue
		}
		s, err := Read(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		want := full("p")
		want.Since = s.Payers[0].Since
		if diff := cmp.Diff([]Payer{want}, s.Payers); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

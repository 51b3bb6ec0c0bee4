package status

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// college is a daemon with a payer in every state.
func college() Status {
	before := func(d time.Duration) time.Time { return noon.Add(-d) }
	ready := func(n, of int) []Pool { return []Pool{{Name: "students", Wanted: of, Ready: n, Creating: of - n}} }
	const commit = "9f3c0123456789abcdef0123456789abcdef0123"
	return Status{FormatVersion: "1.0", Version: "1.4.0", StartedAt: before(76 * time.Hour), Now: noon, Mode: "apply",
		Git:    Git{URL: "https://git.example.com/acme/payers.git", Branch: "main", Commit: commit, FetchedAt: before(2 * time.Minute)},
		Config: Config{Path: "/etc/reconciler/reconciler.yaml", LoadedAt: before(76 * time.Hour)},
		Payers: []Payer{
			{Name: "acme-art", File: "payers/art.yaml", State: Paused, Since: before(3 * time.Hour), Commit: commit, LastCleanAt: before(3 * time.Hour),
				NextAt: noon.Add(3 * time.Minute), Summary: &Summary{Update: 2}, Pools: ready(40, 40),
				Pause: &Pause{By: "ann@acme.example", Reason: "the exam runs, SCP detached by hand", Since: before(3 * time.Hour), Until: noon.Add(time.Hour), From: "command"}},
			{Name: "acme-bio", File: "payers/bio.yaml", State: Blocked, Since: before(26 * time.Hour), Commit: commit, LastCleanAt: before(time.Minute),
				NextAt: noon.Add(4 * time.Minute), Summary: &Summary{Blocked: 12, Left: 1, Unmanaged: 4}, Pools: ready(198, 200),
				Blocked: []string{"account/ops@acme.example: the root email cannot be changed by an API", "policy/Admin: exists, not ours"}},
			{Name: "acme-chem", File: "payers/chem.yaml", State: Failed, Since: before(12 * time.Minute), Commit: commit, LastCleanAt: before(17 * time.Minute),
				NextAt: noon.Add(8 * time.Minute), Failures: 3,
				Error: "read organization: AccessDeniedException: not authorized\nassume role arn:aws:iam::111122223333:role/reconciler: AccessDenied"},
			{Name: "acme-dance", File: "payers/dance.yaml", State: FirstApply, Since: before(time.Hour), Commit: commit, NextAt: noon.Add(time.Minute),
				Summary: &Summary{Create: 211, Update: 1}, Pools: ready(0, 200)},
			{Name: "acme-earth", File: "payers/earth.yaml", State: Guarded, Since: before(time.Hour), Commit: commit, LastCleanAt: before(time.Hour),
				NextAt: noon.Add(time.Minute), Summary: &Summary{Create: 1, Delete: 9}, Guards: []string{"maxRemovals: 9 removals, 5 allowed (payers/earth.yaml:60)"}},
			{Name: "acme-film", File: "payers/film.yaml", State: Broken, Since: before(time.Hour), Commit: commit, LastCleanAt: before(time.Minute),
				NextAt: noon.Add(time.Minute), Pools: ready(10, 10), Summary: &Summary{},
				Error: "payers/film.yaml:41:7: pools[0].ou: no OU \"Vocarem\" (did you mean \"Vocareum\"?)"},
			{Name: "acme-labs", File: "payers/labs.yaml", State: OK, Since: before(5 * 24 * time.Hour), Commit: commit, LastCleanAt: before(25 * time.Minute),
				NextAt: noon.Add(2 * time.Minute), Summary: &Summary{Create: 37, Waiting: 3}, Pools: ready(163, 200),
				Running: &Running{Phase: "apply", Since: before(6 * time.Minute), Done: 5, Total: 40}},
			{Name: "acme-maths", File: "payers/maths.yaml", State: OK, Since: before(5 * time.Hour), Commit: commit, LastCleanAt: before(40 * time.Second),
				NextAt: noon.Add(5 * time.Minute), Summary: &Summary{Update: 1, Drift: 1}},
			{Name: "acme-new", File: "payers/new.yaml", Running: &Running{Phase: "plan", Since: before(2 * time.Second)}},
			{Name: "acme-physics", File: "payers/physics.yaml", State: Standby, Since: before(5 * time.Hour), NextAt: noon.Add(5 * time.Minute),
				Lease: &Lease{Kind: "s3", Holder: "host-b/812/4f2a", Expires: noon.Add(4 * time.Minute)}},
			{Name: "acme-zoo", File: "payers/zoo.yaml", State: OK, Since: before(9 * 24 * time.Hour), Commit: commit, LastCleanAt: before(3 * time.Minute),
				NextAt: noon.Add(2 * time.Minute), Summary: &Summary{Unmanaged: 3}, Pools: ready(1200, 1200)},
		}}
}

// troubled is a daemon whose repository and config are not well.
func troubled() Status {
	s := college()
	s.Git.Error = "fetch https://git.example.com/acme/payers.git: connection refused"
	s.Git.Unverified = "1234567890abcdef"
	s.Git.Mistakes = []string{"payers/extra.yaml:1:1: no apiVersion"}
	s.Config.Error = "/etc/reconciler/reconciler.yaml:3:1: mode: no \"aply\" (plan or apply)\n/etc/reconciler/reconciler.yaml:9:1: intervall: no such key"
	s.Payers = nil
	return s
}

func TestWriteText(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    Status
		o    TextOptions
	}{
		{"pipe", college(), TextOptions{}},
		{"80", college(), TextOptions{Width: 80}},
		{"120", college(), TextOptions{Width: 120}},
		{"troubled", troubled(), TextOptions{Width: 80}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteText(&b, tt.s, tt.o); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", tt.name+".txt")
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			tt.o.Color = true
			var colored bytes.Buffer
			if err := WriteText(&colored, tt.s, tt.o); err != nil {
				t.Fatal(err)
			}
			if plain := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored.String(), ""); plain != b.String() || plain == colored.String() {
				t.Errorf("colours change the text:\n%s", cmp.Diff(b.String(), plain))
			}
		})
	}
}

// TestTableFits: no line of the table is longer than the terminal, and every payer
// has its line, whatever their names are.
func TestTableFits(t *testing.T) {
	s := college()
	s.Payers[0].Name, s.Payers[1].Name = strings.Repeat("日本", 30), "a\x1b[2Jb\u202e\nc"
	s.Payers[1].Error = "x\x1b]0;title\x07"
	for width := 76; width < 200; width++ {
		var b bytes.Buffer
		if err := WriteText(&b, s, TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e\x07") {
			t.Fatal("a name is obeyed by the terminal")
		}
		_, table, _ := strings.Cut(b.String(), "\n\n")
		table, _, _ = strings.Cut(table, "\n\n")
		lines := strings.Split(table, "\n")
		if len(lines) != len(s.Payers)+1 {
			t.Fatalf("%d lines:\n%s", len(lines), table)
		}
		for _, l := range lines {
			if n := cells(l); n > width {
				t.Errorf("%d places of %d: %s", n, width, l)
			}
		}
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{ago(noon, time.Time{}), "never"}, {ago(noon, noon), "now"}, {ago(noon, noon.Add(time.Hour)), "now"},
		{ago(noon, noon.Add(-99*time.Second)), "1 min ago"}, {ago(noon, noon.Add(-3*time.Minute)), "3 min ago"},
		{ago(noon, noon.Add(-3*time.Hour)), "3 h ago"}, {ago(noon, noon.Add(-100*time.Hour)), "4 days ago"},
		{in(noon, time.Time{}), "-"}, {in(noon, noon.Add(-time.Hour)), "now"}, {in(noon, noon.Add(2*time.Minute)), "in 2 min"},
		{cut("日本語", 5), "日本…"}, {cut("日本語", 6), "日本語"}, {cut("abc", 2), "a…"}, {cut("e\u0301e\u0301", 2), "e\u0301e\u0301"},
		{word("payers/a.yaml"), "payers/a.yaml"}, {word("-rf"), "'-rf'"}, {word("a'b $(x)"), `'a'\''b $(x)'`}, {word(""), "''"},
		{clean("a\xff\u200b\r\t"), `a\xFF\u{200B}\r\t`},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// TestEveryStateIsKnown: a state that has no advice would leave somebody alone at
// night.
func TestEveryStateIsKnown(t *testing.T) {
	for _, state := range []string{Failed, Paused, FirstApply, Guarded, Blocked, Broken} {
		p := Payer{Name: "p", File: "p.yaml", State: state, Pause: nil}
		if state == Paused {
			p.Pause = &Pause{From: "command"}
		}
		if !needsSomebody(&p) || len(advice(&p)) == 0 || !strings.Contains(fmt.Sprint(advice(&p)), "p") {
			t.Errorf("%s: %v", state, advice(&p))
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planfile"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// TestSavedPlanSaysWhatItWasSavedWith before it is applied, on standard error and
// in the report.
func TestSavedPlanSaysWhatItWasSavedWith(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := newShelf(t, "a")
			s.run(0, "plan", "--out", s.plan, "--allow-self", "--retry-failed")
			f, err := planfile.Read(s.plan, version(), s.at)
			if err != nil {
				t.Fatal(err)
			}
			f.Payers[0].Plan.Changes[1].Lifted = "it would shut out role x"
			f.Payers[0].Plan.Changes[1].Refused = "2026-11-22 10:00: EMAIL_ALREADY_EXISTS"
			if err := f.Write(s.plan); err != nil {
				t.Fatal(err)
			}
			s.run(0, "apply", "--plan", s.plan, "--format", format)
			allow, retry := "saved with --allow-self, and does what would be blocked without: ou/Labs",
				"saved with --retry-failed, and tries again what AWS refused for good: ou/Labs (2026-11-22 10:00: EMAIL_ALREADY_EXISTS)"
			s.wants(&s.errs, "caution: a: this plan was "+allow+"\n", "\n  ou/Labs: it would shut out role x\n", "warning: a: this plan was "+retry)
			if i, j := strings.Index(s.errs.String(), allow), strings.Index(s.errs.String(), "[1/5]"); i > j {
				t.Errorf("it is told behind the first change\n%s", &s.errs)
			}
			if format == "text" {
				s.wants(&s.out, "Caution: this plan was "+allow, "Warning: this plan was "+retry)
				return
			}
			var r report.Report
			if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range r.Payers[0].Notices {
				got = append(got, n.Name+" "+n.Level)
			}
			if diff := cmp.Diff([]string{"allow-self caution", "retry-failed warning"}, got); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLifts: what nothing needs is a note, and what many need is counted.
func TestLifts(t *testing.T) {
	plan := func(n int, blocked string) *planner.Plan {
		p := &planner.Plan{}
		for i := range n {
			p.Changes = append(p.Changes, planner.Change{Op: planner.Update, Ref: resource.Ref{Kind: "role", Name: fmt.Sprint(i)}, Lifted: "why", Blocked: blocked})
		}
		return p
	}
	for _, tt := range []struct {
		name string
		file planfile.File
		plan *planner.Plan
		want []string
	}{
		{"neither", planfile.File{}, plan(1, ""), nil},
		{"held", planfile.File{AllowSelf: true}, plan(1, "not ours"), []string{"note: this plan was saved with --allow-self; nothing in it needs that"}},
		{"one", planfile.File{AllowSelf: true}, plan(1, ""), []string{"caution: this plan was saved with --allow-self, and does what would be blocked without: role/0"}},
		{"many", planfile.File{AllowSelf: true}, plan(30, ""), []string{"caution: this plan was saved with --allow-self, and does what would be blocked without: " +
			"role/0, role/1, role/2, role/3, role/4, role/5, role/6, role/7, role/8, role/9 and 20 more"}},
		{"nothing refused", planfile.File{RetryFailed: true}, plan(1, ""), []string{"note: this plan was saved with --retry-failed; AWS has refused nothing of it for good"}},
	} {
		var got []string
		for _, n := range savedLifts(&tt.file, tt.plan) {
			got = append(got, n.Level+": "+n.Text)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestPlanIsNotSavedOver what is no plan, before anything is planned; an older
// plan, also one that was cut off, makes room, and a pipe takes it.
func TestPlanIsNotSavedOver(t *testing.T) {
	s := newShelf(t, "a")
	payer := filepath.Join(s.dir, "a.yaml")
	was := read(t, payer)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(payer, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		payer: "what is there is no saved plan, and stays", link: "what is there is no saved plan, and stays",
		s.dir: "it is a folder", filepath.Join(s.dir, "none", "plan.json"): "no such file",
	} {
		s.run(1, "plan", "--out", path)
		s.wants(&s.errs, want, "hint: ")
		if s.out.Len() > 0 {
			t.Errorf("--out %s: it planned first\n%s", path, &s.out)
		}
	}
	if read(t, payer) != was {
		t.Error("the payer file is another now")
	}
	put(t, s.plan, read(t, s.plan)[:300])
	s.save()
	put(t, s.plan, "")
	s.save()

	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s.run(0, "plan", "--out", fifo)
	head := make([]byte, 20)
	if _, err := r.Read(head); err != nil || !strings.HasPrefix(string(head), `{"formatVersion"`) {
		t.Errorf("the pipe gave %q, %v", head, err)
	}
	if info, err := os.Lstat(fifo); err != nil || info.Mode().IsRegular() {
		t.Errorf("the pipe is %v by now, %v", info.Mode(), err)
	}
}

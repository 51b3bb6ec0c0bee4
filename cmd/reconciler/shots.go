package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/snapshot"
	"github.com/payer-reconciler/reconciler/spec"
)

// shots are the snapshots that payers are planned from. Payers that are read at
// once ask it at once.
type shots struct {
	paths   []string // as they were given
	files   map[string]shot
	folders []string
	now     func() time.Time

	mu   sync.Mutex
	used map[string]*snapshot.File // by payer
}

// freshFor is how old a snapshot may be before everybody is told, aheadOfUs how
// far the clock that it was taken by may be ahead of ours.
const freshFor, aheadOfUs = 24 * time.Hour, 5 * time.Minute

// shot is a file that was named itself.
type shot struct {
	path string
	file *snapshot.File
}

// openShots reads the files; those in folders are read when their payer is.
func openShots(paths []string, now func() time.Time) (*shots, error) {
	s := &shots{paths: paths, files: map[string]shot{}, used: map[string]*snapshot.File{}, now: now}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read snapshot: %w", err)
		}
		if info.IsDir() {
			s.folders = append(s.folders, path)
			continue
		}
		f, err := snapshot.Read(path)
		if err != nil {
			return nil, err
		}
		if twin, ok := s.files[f.Payer]; ok {
			return nil, fmt.Errorf("%s and %s are both snapshots of %s: name one", twin.path, path, f.Payer)
		}
		s.files[f.Payer] = shot{path, f}
	}
	return s, nil
}

// of finds the snapshot of a payer.
func (s *shots) of(p *spec.Payer) (*snapshot.File, error) {
	have, named := s.files[p.Name]
	for _, folder := range s.folders {
		if named {
			break
		}
		have.path = filepath.Join(folder, p.Name+".json")
		f, err := snapshot.Read(have.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case f.Payer != p.Name:
			return nil, fmt.Errorf("%s is a snapshot of payer %s, not of %s", have.path, f.Payer, p.Name)
		}
		have.file, named = f, true
	}
	switch {
	case !named:
		return nil, hinted{fmt.Errorf("%s: no snapshot of payer %s", strings.Join(s.paths, ", "), p.Name),
			"reconciler snapshot " + p.Name + " --out FOLDER/ takes one"}
	case have.file.TakenAt.After(s.now().Add(aheadOfUs)):
		return nil, hinted{fmt.Errorf("%s was taken at %s, which is still to come by the clock here", have.path, have.file.TakenAt.Format(time.RFC3339)),
			"set the clock right, or take a new snapshot"}
	case have.file.AccountID != p.AccountID:
		return nil, fmt.Errorf("%s is a snapshot of account %s, and the payer file says %s", have.path, have.file.AccountID, p.AccountID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[p.Name] = have.file
	return have.file, nil
}

// said is what the report says of the snapshot that a payer was planned from,
// nil where it was none.
func (s *shots) said(p *spec.Payer) *report.Snapshot {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.used[p.Name]
	if f == nil {
		return nil
	}
	return report.NewSnapshot(f.TakenAt, s.now(), f.Assumed())
}

// ageNotices warns of a snapshot that is old.
func ageNotices(s *report.Snapshot) []report.Notice {
	if s == nil || s.AgeSeconds <= int(freshFor.Seconds()) {
		return nil
	}
	return []report.Notice{{Name: report.OldSnapshot, Level: report.Caution,
		Text: "This plan is made from a snapshot that is " + s.Age() + " old: what AWS has now may be something else. Take a new one with reconciler snapshot."}}
}

// warnOfAge says on standard error what the reports say of old snapshots, where
// these may have gone to a file.
func (c *cli) warnOfAge(passes []*pass) {
	if c.format == "text" {
		return
	}
	for _, p := range passes {
		for _, n := range ageNotices(p.from) {
			c.say("%s: %s: %s", n.Level, p.payer.Name, n.Text)
		}
	}
}

// instead makes the options of a session that calls nothing: access is not
// entered, for who took the snapshot was there.
func (s *shots) instead(o cloud.Options, p *spec.Payer) (cloud.Options, error) {
	f, err := s.of(p)
	if err != nil {
		return o, err
	}
	o.RoleARN, o.ExternalID, o.APIRate, o.Answer = "", "", "none", f.Answer
	o.Credentials = credentials.NewStaticCredentialsProvider("none", "none", "")
	o.HTTPClient = nowhere{}
	return o, nil
}

// nowhere is the way to AWS of who plans from a snapshot.
type nowhere struct{}

// Do refuses.
func (nowhere) Do(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s was called by a plan from a snapshot", r.URL.Host)
}

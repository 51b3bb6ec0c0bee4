package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/payer-reconciler/reconciler/outfile"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/words"
)

// FormatVersion is the version of the file's form.
const FormatVersion = "1.0"

// MaxAge is how old a saved plan may be when it is applied.
const MaxAge = 24 * time.Hour

// maxAhead is how far the clock that a plan was made by may be ahead of ours.
const maxAhead = 5 * time.Minute

// File is what a plan file holds.
type File struct {
	FormatVersion string `json:"formatVersion"`
	// Digest is the SHA-256 of the file's bytes, this value left empty.
	Digest      string    `json:"digest"`
	ToolVersion string    `json:"toolVersion"`
	CreatedAt   time.Time `json:"createdAt"`
	// RetryFailed and AllowSelf are what the plan was made with; it is applied
	// with the same.
	RetryFailed bool    `json:"retryFailed,omitempty"`
	AllowSelf   bool    `json:"allowSelf,omitempty"`
	Payers      []Payer `json:"payers"`
}

// Payer is the plan of one payer.
type Payer struct {
	Name      string `json:"name"`
	AccountID string `json:"accountId"`
	Commit    string `json:"commit,omitempty"` // that was checked out, "" outside git
	// Sources are the files that the payer was read from.
	Sources []Source `json:"sources"`
	// ClaimsRoot says that an apply marks the organization's root first.
	ClaimsRoot bool `json:"claimsRoot,omitempty"`
	// Plan is without Needs: the order follows from what is wanted.
	Plan *planner.Plan `json:"plan"`
	// Refers are the live objects that the changes refer to and leave as they are.
	Refers []resource.Object `json:"refers,omitempty"`
	CSVs   []CSV             `json:"csvs,omitempty"`
}

// Source is one file, by its name from the repository's root.
type Source struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of a symbolic link, that of "link " and where it leads; "" where there is no file
}

// CSV is a list of accounts: as it is on disk, and the rows that an apply adds
// and removes.
type CSV struct {
	Source
	Add    int `json:"add,omitempty"`
	Remove int `json:"remove,omitempty"`
}

// Write writes the file as [outfile.Write] does: for its owner's eyes alone,
// either whole or not at all.
func (f File) Write(path string) error {
	f.FormatVersion, f.Digest, f.CreatedAt = FormatVersion, "", f.CreatedAt.UTC()
	if f.Payers == nil {
		f.Payers = []Payer{}
	}
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write plan %s: %w", path, err)
	}
	b = bytes.Replace(b, digestKey(""), digestKey(sum(b)), 1)
	return outfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}

// Is says whether a file is a plan of any version of the tool, by how it begins:
// one that is too old, or was cut off, is one. A device or a pipe is none.
func Is(path string) (bool, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return false, nil
	}
	r, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("read plan: %w", err)
	}
	defer r.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read plan: %w", err)
	}
	return begins(head[:n]), nil
}

// begins says whether bytes begin as a plan does.
func begins(b []byte) bool {
	return bytes.HasPrefix(b, []byte(`{"formatVersion":"`)) && bytes.Contains(b[:min(len(b), 512)], []byte(`"digest":"`))
}

// Read reads a file that [File.Write] of the same version of the tool wrote,
// and that is not too old by now.
func Read(path, tool string, now time.Time) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	f, err := parse(bytes.TrimSuffix(b, []byte("\n")), tool, now)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", path, err)
	}
	return f, nil
}

// ErrAnother is in the error of a file that another version of the tool wrote.
var ErrAnother = errors.New("another version made it")

// ErrOther is in the error of a file that is no plan.
var ErrOther = errors.New("it is no saved plan")

// ErrDamaged is in the error of a file that is not as it was written.
var ErrDamaged = errors.New("it is not as it was written")

// ErrAge is in the error of a file that is too old, or younger than now.
var ErrAge = errors.New("stale")

func parse(b []byte, tool string, now time.Time) (*File, error) {
	var head struct {
		FormatVersion, ToolVersion, Digest string
		CreatedAt                          time.Time
	}
	if !begins(b) {
		return nil, ErrOther
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	switch age := now.Sub(head.CreatedAt); {
	case head.FormatVersion == "" || head.Digest == "":
		return nil, ErrOther
	case head.ToolVersion != tool:
		return nil, fmt.Errorf("%w: reconciler %s; this is %s", ErrAnother, head.ToolVersion, tool)
	case head.FormatVersion != FormatVersion:
		return nil, fmt.Errorf("%w: it has the form %s; this version reads %s", ErrAnother, head.FormatVersion, FormatVersion)
	case sum(bytes.Replace(b, digestKey(head.Digest), digestKey(""), 1)) != head.Digest:
		return nil, fmt.Errorf("%w: its digest is another", ErrDamaged)
	case age > MaxAge:
		return nil, fmt.Errorf("%w: it was made at %s, more than %s ago, and is not applied any more", ErrAge, head.CreatedAt.Format(time.RFC3339), words.Age(MaxAge))
	case age < -maxAhead:
		return nil, fmt.Errorf("%w: it was made at %s, which is still to come by the clock here", ErrAge, head.CreatedAt.Format(time.RFC3339))
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	f := &File{}
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something stands behind its end", ErrDamaged)
	}
	return f, f.check()
}

// check refuses what no plan of ours is.
func (f *File) check() error {
	names, accounts := map[string]bool{}, map[string]bool{}
	for i := range f.Payers {
		p := &f.Payers[i]
		switch {
		case p.Name == "" || p.AccountID == "" || p.Plan == nil:
			return fmt.Errorf("%w: payer %d has no name, no accountId or no plan", ErrDamaged, i+1)
		case names[p.Name] || accounts[p.AccountID]:
			return fmt.Errorf("%w: payer %s is in it twice", ErrDamaged, p.Name)
		}
		names[p.Name], accounts[p.AccountID] = true, true
		seen := map[resource.Ref]bool{}
		for _, c := range p.Plan.Changes {
			if seen[c.Ref] {
				return fmt.Errorf("%w: %s is in it twice", ErrDamaged, c.Ref)
			}
			seen[c.Ref] = true
		}
	}
	return nil
}

func digestKey(digest string) []byte { return []byte(`"digest":"` + digest + `"`) }

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

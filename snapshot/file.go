package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/payer-reconciler/reconciler/outfile"
)

// FormatVersion is the version of the form of a file. A field may be added under
// the same first number; one that goes or changes its meaning raises it.
const FormatVersion = "1.0"

// File is what AWS had of one payer.
type File struct {
	Header
	Answers []Answer `json:"answers"`

	once  sync.Once
	tape  *tape
	mu    sync.Mutex
	known map[string]bool // what was taken for granted, see Assumed
}

// Header says of whom the file is, and of when.
type Header struct {
	FormatVersion string    `json:"formatVersion"`
	Tool          string    `json:"tool"` // the version of this program
	TakenAt       time.Time `json:"takenAt"`
	Payer         string    `json:"payer"`
	AccountID     string    `json:"accountId"`
	Partition     string    `json:"partition"`
	Region        string    `json:"region"` // the home region
	Caller        string    `json:"caller"` // the ARN of who took it
	// NotAsked says what was left out on purpose.
	NotAsked []string `json:"notAsked,omitempty"`
	// Refused says what AWS did not let the caller read; a plan that needs it fails.
	Refused []string `json:"refused,omitempty"`
}

// Answer is one answer of AWS: a page of a list, a thing, or that there is none.
type Answer struct {
	Service   string          `json:"service"`           // as the SDK calls it
	Operation string          `json:"operation"`         // such as ListAccounts
	Account   string          `json:"account,omitempty"` // of a member; left out: the payer
	Region    string          `json:"region,omitempty"`  // where the service has several
	Input     json.RawMessage `json:"input"`             // in the shape of AWS's API, what says how much to list left out
	Output    json.RawMessage `json:"output,omitempty"`  // likewise
	Error     *Failure        `json:"error,omitempty"`
}

// Failure is an answer that is an error of AWS.
type Failure struct {
	Code    string `json:"code,omitempty"` // empty: the answer cannot be read
	Message string `json:"message,omitempty"`
	Status  int    `json:"status,omitempty"` // of HTTP
	Region  string `json:"region,omitempty"` // that S3 says a bucket is in
}

// ErrOther is the error of a file that is no snapshot, or one of a version that
// this program does not know.
var ErrOther = errors.New("not a snapshot that this version reads")

// Read reads a file. What is wrong with it is an error that names it.
func Read(path string) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	defer r.Close()
	f, err := decode(r)
	if err != nil {
		return nil, fmt.Errorf("read snapshot %s: %w", path, err)
	}
	return f, nil
}

// decode reads the answers one by one: a file may have many megabytes.
func decode(r io.Reader) (*File, error) {
	f, header := &File{}, map[string]json.RawMessage{}
	dec := json.NewDecoder(r)
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, ErrOther
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		if name != "answers" {
			var v json.RawMessage
			if err := dec.Decode(&v); err != nil {
				return nil, err
			}
			header[name] = v
			continue
		}
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			return nil, ErrOther
		}
		for dec.More() {
			var a Answer
			if err := dec.Decode(&a); err != nil {
				return nil, err
			}
			f.Answers = append(f.Answers, a)
		}
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("it is cut off: %w", err)
	}
	return f, f.setHeader(header)
}

func (f *File) setHeader(header map[string]json.RawMessage) error {
	b, err := json.Marshal(header)
	if err == nil {
		err = json.Unmarshal(b, &f.Header)
	}
	if err != nil {
		return err
	}
	switch major, _, _ := strings.Cut(f.FormatVersion, "."); {
	case f.AccountID == "" || f.TakenAt.IsZero() || len(f.Answers) == 0:
		return ErrOther
	case major != "1":
		return fmt.Errorf("%w: its format is %q", ErrOther, f.FormatVersion)
	}
	return nil
}

// Write writes the file, an answer a line, sorted: two snapshots of one state
// differ in their head alone.
func (f *File) Write(w io.Writer) error {
	head, err := encode(f.Header)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	var indented bytes.Buffer
	if err := json.Indent(&indented, head, "", "  "); err != nil {
		return err
	}
	b.Write(bytes.TrimSuffix(indented.Bytes(), []byte("\n}")))
	b.WriteString(",\n  \"answers\": [\n")
	slices.SortFunc(f.Answers, compare)
	for i, a := range f.Answers {
		line, err := encode(a)
		if err != nil {
			return err
		}
		b.WriteString("    ")
		b.Write(line)
		if i < len(f.Answers)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("  ]\n}\n")
	_, err = w.Write(b.Bytes())
	return err
}

func compare(a, b Answer) int {
	for _, c := range []int{
		strings.Compare(a.Service, b.Service), strings.Compare(a.Operation, b.Operation), strings.Compare(a.Account, b.Account),
		strings.Compare(a.Region, b.Region), bytes.Compare(a.Input, b.Input),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// Save writes the file to a path, in the way of [outfile.Write]: for its owner
// alone, and whoever reads the path finds the old file or the new one.
func (f *File) Save(path string) error {
	if err := outfile.Write(path, f.Write); err != nil {
		return fmt.Errorf("keep snapshot: %w", err)
	}
	return nil
}

// encode is JSON in one line, with < and > as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

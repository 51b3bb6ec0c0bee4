package snapshot

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func written(t *testing.T, f *File) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func one() *File {
	return &File{
		Header: Header{FormatVersion: FormatVersion, Tool: "t", TakenAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Payer: "acme",
			AccountID: "111122223333", Partition: "aws", Region: "us-east-1", Caller: "arn:aws:iam::111122223333:user/a"},
		Answers: []Answer{
			{Service: inS3, Operation: "HeadBucket", Region: "us-east-1", Input: []byte(`{"Bucket":"b<>"}`), Error: &Failure{Code: "NotFound", Status: 404}},
			{Service: inOrganizations, Operation: "ListRoots", Input: []byte(`{}`), Output: []byte(`{"Roots":[]}`)},
		},
	}
}

// TestReadWhatWasWritten gives the same file, whoever laid it out anew between.
func TestReadWhatWasWritten(t *testing.T) {
	text := written(t, one())
	for name, text := range map[string]string{
		"as it was": text, "with spaces": strings.ReplaceAll(text, `":{`, `" : { `), "with more": strings.Replace(text, "{", `{"later": [1, {"a": 2}],`, 1),
	} {
		f, err := decode(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tape := f.load()
		for _, a := range one().Answers {
			if _, ok := tape.get(a.key()); !ok {
				t.Errorf("%s: it does not answer %s", name, a.key())
			}
		}
	}
}

// TestWhatIsNoSnapshot is an error, and so is a half of one: a file that was cut
// off must not look like an organization with less in it.
func TestWhatIsNoSnapshot(t *testing.T) {
	text := written(t, one())
	for i := range len(text) - 1 {
		if _, err := decode(strings.NewReader(text[:i])); err == nil {
			t.Errorf("%d of %d bytes are a snapshot", i, len(text))
		}
	}
	for name, text := range map[string]string{
		"empty": "", "a list": "[]", "a plan": `{"formatVersion":"1.1","payers":[]}`,
		"a later one": strings.Replace(text, `"1.0"`, `"2.0"`, 1), "without answers": `{"formatVersion":"1.0","accountId":"1","takenAt":"2026-11-22T12:00:00Z","answers":[]}`,
	} {
		if _, err := decode(strings.NewReader(text)); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestSave leaves one file, for its owner alone.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "acme.json")
	for range 2 {
		if err := one().Save(path); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("in the folder: %v, %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := one().Save(filepath.Join(dir, "no", "acme.json")); err == nil {
		t.Error("it was saved to a folder that is not there")
	}
}

// TestErrorsComeBack as the kinds know them.
func TestErrorsComeBack(t *testing.T) {
	for _, f := range []Failure{
		{Code: "TargetNotFoundException", Message: "gone", Status: 400}, {Code: "NoSuchTagSet", Message: "none", Status: 404},
		{Code: "MovedPermanently", Status: 301, Region: "eu-west-1"}, {Message: "not found here", Status: 501},
	} {
		if got := failure(f.back()); got == nil || *got != f {
			t.Errorf("%+v came back as %+v", f, got)
		}
	}
}

// TestUntagged counts in words.
func TestUntagged(t *testing.T) {
	for n, want := range map[int]string{1: "the tags of 1 account by itself: ", 2: "the tags of 2 accounts one by one: "} {
		if got := untagged(n); !strings.HasPrefix(got, want) {
			t.Errorf("of %d: %q, want %q", n, got, want)
		}
	}
}

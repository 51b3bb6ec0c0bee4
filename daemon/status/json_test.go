package status

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRoundTrip: what is written is read again, in UTC and to the millisecond.
func TestRoundTrip(t *testing.T) {
	s := college()
	s.Payers = append(s.Payers, full("p"))
	elsewhere := time.FixedZone("", 7*3600)
	s.Now = s.Now.In(elsewhere).Add(123 * time.Microsecond)
	s.Payers[0].Pause.Until = s.Payers[0].Pause.Until.In(elsewhere)
	var b bytes.Buffer
	if err := WriteJSON(&b, s); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "0001-01-01") || strings.Contains(b.String(), "+07:00") || strings.Contains(b.String(), ".000123") {
		t.Errorf("times: %s", b.String())
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = noon
	s.Payers[0].Pause.Until = s.Payers[0].Pause.Until.UTC()
	if diff := cmp.Diff(s, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoPayers(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, NewBoard("1", "plan").Status()); err != nil || !strings.Contains(b.String(), `"payers": []`) {
		t.Error(err, b.String())
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "unexpected end"}, {"<html>", "invalid character"}, {"{}", `formatVersion ""`}, {`{"formatVersion": "2.0"}`, `formatVersion "2.0"`},
		{strings.Repeat(" ", maxForm+1), "more than 32 MB"},
	} {
		if _, err := Read(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.20q: %v, want %s", tt.text, err, tt.want)
		}
	}
	s, err := Read(strings.NewReader(`{"formatVersion": "1.9", "later": {"x": 1}, "payers": [{"name": "p", "state": "new one"}]}`))
	if err != nil || s.Payers[0].State != "new one" {
		t.Error(s, err)
	}
}

var errPipe = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errPipe }

func TestWriteErrors(t *testing.T) {
	if err := WriteJSON(broken{}, college()); !errors.Is(err, errPipe) {
		t.Error(err)
	}
	if err := WriteText(broken{}, college(), TextOptions{}); !errors.Is(err, errPipe) {
		t.Error(err)
	}
}

func TestNoCredentials(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"https://user:pass@h/x", "https://h/x"}, {"https://tok@h", "https://h"}, {"ssh://git@h/x", "ssh://h/x"}, {"git@h:x", "git@h:x"},
		{"fetch \"https://u:p@ss@h/x\": no", "fetch \"https://h/x\": no"}, {"two https://a@h/x and http://b:c@h/y", "two https://h/x and http://h/y"},
		{"https://h/a@b", "https://h/a@b"}, {"/srv/payers.git", "/srv/payers.git"},
	} {
		if got := noCredentials(tt.in); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
		}
	}
}

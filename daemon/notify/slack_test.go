package notify

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// TestSlackText: what people read.
func TestSlackText(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	full := Event{Kind: Failure, Payer: "acme-labs", AccountID: "111122223333", Commit: "9f3c1a2b4d5e6f708192", Title: "the pass failed",
		Text: "list accounts: AccessDenied\nask the owner", Do: "Run `reconciler status`.", Time: at}
	for _, tt := range []struct {
		name string
		m    message
		want string
	}{
		{"full", newMessage([]Event{full}, 0), "*acme-labs* (111122223333): the pass failed\nlist accounts: AccessDenied\nask the owner\ncommit 9f3c1a2b\nRun `reconciler status`."},
		{"least", newMessage([]Event{{Title: "started"}}, 0), "*reconciler*: started"},
		{"folded", newMessage([]Event{{Kind: Failure, Payer: "b", Time: at}, {Kind: Changes, Payer: "a", Time: at}, full}, 1234),
			"_1,234 events before this could not be told_\n_3 events since 12:00 UTC (1 changes, 1 failure; a, b), the last:_\n*acme-labs* (111122223333): the pass failed\nlist accounts: AccessDenied\nask the owner\ncommit 9f3c1a2b\nRun `reconciler status`."},
		{"a title has one line", newMessage([]Event{{Title: "a\nb\r\tc"}}, 0), `*reconciler*: a\nb\r c`},
	} {
		if diff := cmp.Diff(tt.want, slackTextOf(tt.m)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestEscape: names call nobody and lead nowhere. The gap is written as ~.
func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain name":                   "plain name",
		"<!channel> & <@U1>":           "&lt;!channel&gt; &amp; &lt;@~U1&gt;",
		"<https://evil.example|login>": "&lt;https:~//evil.example|login&gt;",
		"@channel @here (@all)":        "@~channel @~here (@~all)",
		"ops@acme.example":             "ops@acme.example",
		"[login](https://evil)":        "[login]~(https:~//evil)",
		"WWW.evil.example, now. later": "WWW~.evil.example, now. later",
		"a\u202eb\u200bc\x1b[2J\u00ad": `a\u{202E}b\u{200B}c\u{001B}[2J\u{00AD}`,
		"two\nlines":                   "two\nlines",
		"café 日本 😀":                    "café 日本 😀",
	} {
		if got := strings.ReplaceAll(escape(in, true), gap, "~"); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestCut: a long text keeps its beginning and says how much is missing; what
// to do stays.
func TestCut(t *testing.T) {
	m := newMessage([]Event{{Payer: "acme-labs", Title: "the pass failed", Text: strings.Repeat("<", 5000), Do: "Do this."}}, 0)
	got := slackTextOf(m)
	shown := strings.Count(got, "&lt;")
	wantEnd := "&lt;\n… (4,266 more characters)\nDo this."
	if length(got) > textLimit || length(got) < textLimit-4 || shown != 734 || !strings.HasSuffix(got, wantEnd) {
		t.Errorf("%d characters, %d shown:\n%s", length(got), shown, got)
	}
}

// TestSlackBody: the JSON that is sent.
func TestSlackBody(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(Slack.body(newMessage([]Event{{Payer: "a", Title: "x & y"}}, 0)), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"text": "*a*: x &amp; y", "unfurl_links": false, "unfurl_media": false,
		"blocks": []any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "*a*: x &amp; y", "verbatim": true}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// FuzzSlackText: whatever an event holds, its text fits, is valid, and has no
// link, mention or control character in it.
func FuzzSlackText(f *testing.F) {
	f.Add("acme-labs", "1", "9f3c", "the pass failed", "<!channel>", "do", 3)
	f.Add(strings.Repeat("\u202e", 500), strings.Repeat("&", 500), "\xff\xfe", strings.Repeat("\x00", 1000), strings.Repeat("😀<", 4000), strings.Repeat("@all", 300), 300)
	f.Add("@here", "http://x", "www.x", "[a](b)", "a:////", "](", -1)
	entity := regexp.MustCompile(`&(amp|lt|gt);`)
	mention := regexp.MustCompile(`(^|[^\pL\pN._+-])@[\pL\pN]`)
	f.Fuzz(func(t *testing.T, payer, account, commit, title, text, do string, missed int) {
		e := Event{Kind: payer, Payer: payer, AccountID: account, Commit: commit, Title: title, Text: text, Do: do}
		got := slackTextOf(newMessage([]Event{e, e, e}, missed))
		if n := length(got); n > textLimit {
			t.Errorf("%d characters", n)
		}
		if !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		for _, bad := range []string{"<", ">", "://", "](", "\x00", "\x1b", "\r", "\u202e"} {
			if strings.Contains(got, bad) {
				t.Errorf("%q is in %q", bad, got)
			}
		}
		if m := mention.FindString(got); m != "" {
			t.Errorf("the mention %q is in %q", m, got)
		}
		if strings.Contains(entity.ReplaceAllString(got, ""), "&") {
			t.Errorf("a bare & in %q", got)
		}
	})
}

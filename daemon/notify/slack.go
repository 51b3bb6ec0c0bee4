package notify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
)

// textLimit is the most that Slack takes in a section, in characters
// (docs.slack.dev, text object).
const textLimit = 3000

// slackMessage is the body of an incoming webhook. Who knows blocks, as Slack
// does, shows these; others, such as Mattermost, show the text.
type slackMessage struct {
	Text        string       `json:"text"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
	Blocks      []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackText struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"` // names and URLs in it become no links
}

func slackOf(m message) slackMessage {
	text := slackTextOf(m)
	return slackMessage{
		Text:   text,
		Blocks: []slackBlock{{Type: "section", Text: slackText{Type: "mrkdwn", Text: text, Verbatim: true}}},
	}
}

// slackTextOf gives a message as text: who and what in the first line, more
// about it, what to do in the last. Only what is in between is ever cut.
func slackTextOf(m message) string {
	head := strings.Join(before(m), "\n")
	who := "*" + escape(short(m.Payer, 100), false) + "*"
	if m.AccountID != "" {
		who += " (" + escape(short(m.AccountID, 20), false) + ")"
	}
	if m.Payer == "" {
		who = "*reconciler*"
	}
	if head != "" {
		head += "\n"
	}
	head += who + ": " + escape(short(m.Title, 200), false)
	foot := ""
	if m.Commit != "" {
		foot = "\ncommit " + escape(commit8(m.Commit), false)
	}
	if m.Do != "" {
		foot += "\n" + escape(short(m.Do, 300), true)
	}
	body := ""
	if m.Text != "" {
		body = "\n" + fit(m.Text, textLimit-length(head)-length(foot)-1)
	}
	return head + body + foot
}

// before gives the lines about what is not told of its own.
func before(m message) (lines []string) {
	if m.Missed > 0 {
		lines = append(lines, fmt.Sprintf("_%s before this could not be told_", counted(m.Missed, "event")))
	}
	if m.More == nil {
		return lines
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(m.More.Kinds)) {
		kinds = append(kinds, fmt.Sprintf("%s %s", humanize.Comma(int64(m.More.Kinds[kind])), escape(kind, false)))
	}
	about := escape(short(strings.Join(m.More.Payers, ", "), 300), false)
	return append(lines, fmt.Sprintf("_%s since %s (%s; %s), the last:_",
		counted(m.More.Events+1, "event"), m.More.Since.UTC().Format("15:04 MST"), strings.Join(kinds, ", "), about))
}

func counted(n int, what string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(what, "s"):
		what += "es"
	default:
		what += "s"
	}
	return humanize.Comma(int64(n)) + " " + what
}

func commit8(commit string) string {
	if len(commit) > 8 {
		return commit[:8]
	}
	return commit
}

// short cuts a text that should not be long in the first place.
func short(s string, most int) string {
	if length(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// fit escapes a text and keeps at most so many characters of it, saying how
// many of its own are missing.
func fit(s string, most int) string {
	full := escape(s, true)
	if length(full) <= most {
		return full
	}
	runes := []rune(s)
	// The longest beginning that fits with its note is looked for by halves.
	low, high := 0, len(runes)
	cut := func(n int) string {
		return fmt.Sprintf("%s\n… (%s more characters)", escape(string(runes[:n]), true), humanize.Comma(int64(len(runes)-n)))
	}
	for low < high {
		middle := (low + high + 1) / 2
		if length(cut(middle)) <= most {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return cut(low)
}

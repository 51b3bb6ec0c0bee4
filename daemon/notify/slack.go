package notify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
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
// about it, what to do in the last. The parts around what is in between are
// held so short that at least a third is left for it.
func slackTextOf(m message) string {
	who := "*reconciler*"
	if m.Payer != "" {
		who = "*" + clip(m.Payer, 100) + "*"
	}
	if m.AccountID != "" {
		who += " (" + clip(m.AccountID, 30) + ")"
	}
	head := before(m) + who + ": " + clip(m.Title, 300)
	foot := ""
	if m.Commit != "" {
		foot = "\ncommit " + clip(m.Commit[:min(8, len(m.Commit))], 80)
	}
	if m.Do != "" {
		foot += "\n" + clip(m.Do, 400)
	}
	body := ""
	if m.Text != "" {
		body = "\n" + fit(m.Text, true, textLimit-length(head)-length(foot)-1, func(rest int) string {
			return fmt.Sprintf("\n… (%s)", words.Count(rest, "more character", "more characters"))
		})
	}
	return head + body + foot
}

// before gives the lines about what is not told of its own.
func before(m message) string {
	lines := ""
	if m.Missed > 0 {
		lines = fmt.Sprintf("_%s before this could not be told_\n", words.Count(m.Missed, "event", "events"))
	}
	if m.More == nil {
		return lines
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(m.More.Kinds)) {
		kinds = append(kinds, words.Comma(m.More.Kinds[kind])+" "+kind)
	}
	return lines + fmt.Sprintf("_%s since %s (%s; %s), the last:_\n",
		words.Count(m.More.Events+1, "event", "events"), m.More.Since.UTC().Format("15:04 MST"),
		clip(strings.Join(kinds, ", "), 200), clip(strings.Join(m.More.Payers, ", "), 300))
}

// clip escapes a text of one line that should not be long in the first place.
func clip(s string, most int) string {
	return fit(s, false, most, func(int) string { return "…" })
}

// fit escapes a text and keeps at most so many characters of it. Where some of
// it is cut, the note comes after, told how many characters are missing.
func fit(s string, lines bool, most int, note func(rest int) string) string {
	runes := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(runes) <= most {
		if full := escape(string(runes), lines); length(full) <= most {
			return full
		}
	}
	cut := func(n int) string { return escape(string(runes[:n]), lines) + note(len(runes)-n) }
	low, high := 0, min(len(runes), most) // the longest that fits is looked for by halves
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

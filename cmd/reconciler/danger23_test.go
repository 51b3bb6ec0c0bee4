package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/payer-reconciler/reconciler/awssim"
)

// evil are the characters by which a name fools who reads it: it clears the
// screen, writes a line of its own, turns the text round, mentions and formats.
const evil = `\e[2J\r\nAll done.\u202e\u200b @all #1 <b>x</b> [l](http://x.example) | **y**`

// inCode is what Markdown shows as it is.
var inCode = regexp.MustCompile("(?ms)^```.*?^```$|(?-s:^    .*$)|`[^`]*`|<b><code>[^<]*</code></b>")

// TestDanger23EscapesInHandoffAndPreflight has a preset of the repository's own,
// and things of a payer, whose texts try to fool the reader: no command obeys them.
func TestDanger23EscapesInHandoffAndPreflight(t *testing.T) {
	b := benchOf(t, "lab", awssim.New(awssim.Options{}))
	if err := os.Mkdir(filepath.Join(b.dir, "presets"), 0o755); err != nil {
		t.Fatal(err)
	}
	b.write("presets/evil.yaml", strings.NewReplacer("EVIL", evil, "FLAT", strings.ReplaceAll(evil, `\n`, " ")).Replace(`apiVersion: reconciler/v1
kind: Preset
name: evil
description: "d EVIL"
vendor: "v EVIL"
parameters:
  text: {type: string, description: "p EVIL", default: "e EVIL", example: "x EVIL"}
body:
  policies: [{name: n, description: "q EVIL", document: {Version: 2012-10-17, Statement: [{Sid: A, Effect: Deny, Action: "s3:*", Resource: "*"}]}}]
  roles: [{name: vendor, handoff: true, trust: {accounts: ["117530877863"], externalId: a1}, tags: {note: plain}}]
form: [{label: "l EVIL", value: "${{ with.text }}", note: "o EVIL"}]
mail: {to: "to@EVIL.example", subject: "s EVIL", body: "b FLAT"}
steps: [{title: "t EVIL", do: "do EVIL", url: "https://console.aws.amazon.com/x"}]
checks: [{title: "c EVIL", covers: [role/vendor]}]
links: [vendor]
`))
	lab, err := os.ReadFile(filepath.Join(b.dir, "payers", "lab.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("payers/lab.yaml", string(lab)+"presets: [{use: evil}]\n")
	for _, args := range []string{
		"presets", "presets --format json", "presets show evil", "presets show evil --payer lab", "validate", "plan", "plan --format markdown",
		"preflight lab", "preflight lab --format json", "handoff lab", "handoff lab --format markdown", "handoff lab --format json",
	} {
		t.Run(args, func(t *testing.T) {
			p := b.start(strings.Fields(args)...)
			p.code()
			out := p.stdout.String() + p.stderr.String()
			if shows := args != "validate"; shows != strings.Contains(out, "All done.") {
				t.Errorf("the texts are in it: %v, want %v\n%s", !shows, shows, out)
			}
			for i, r := range out {
				if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
					t.Errorf("it has %U at %d: %q", r, i, out[max(0, i-60):i])
					break
				}
			}
			for line := range strings.Lines(out) {
				if strings.HasPrefix(strings.TrimSpace(line), "All done.") {
					t.Errorf("a text has written a line of its own:\n%s", out)
				}
			}
			if strings.Contains(args, "markdown") {
				prose := inCode.ReplaceAllString(out, "")
				for _, bad := range []string{"<b>", "@all", " **y", " [l]", " #1"} {
					if strings.Contains(prose, bad) {
						t.Errorf("%q works in\n%s", bad, out)
					}
				}
			}
		})
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the man pages: for packagers and `make install`, so it
// stands in no list.
func (c *cli) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Writes a man page for each command into a folder",
		Hidden: true,
		Long: `man writes reconciler.1 and a page for each command into the folder DIR. Their date
is that of the commit it was built from, or SOURCE_DATE_EPOCH, in seconds.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return hinted{errors.New("man takes one folder"), "reconciler man /usr/local/share/man/man1"}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			date, err := builtAt(os.Getenv("SOURCE_DATE_EPOCH"))
			if err != nil {
				return err
			}
			if err := writeMan(args[0], date); err != nil {
				return fmt.Errorf("write man pages: %w", err)
			}
			return nil
		},
	}
}

// builtAt is the day of the man pages: epoch, else the time of the commit that
// the program was built from, else the beginning of time, never the clock's.
func builtAt(epoch string) (time.Time, error) {
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return time.Time{}, hinted{fmt.Errorf("SOURCE_DATE_EPOCH %q is no number", epoch), "seconds since 1970, such as git log -1 --format=%ct prints"}
		}
		return time.Unix(seconds, 0).UTC(), nil
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
					return t, nil
				}
			}
		}
	}
	return time.Unix(0, 0).UTC(), nil
}

// writeMan writes the pages of a tree of commands of its own, for it changes
// their texts into the Markdown that pages are made from.
func writeMan(dir string, date time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := (&cli{}).command()
	root.DisableAutoGenTag = true
	markdown(root)
	err := doc.GenManTree(root, &doc.GenManHeader{
		Section: "1", Date: &date, Source: "reconciler " + version(), Manual: "reconciler",
	}, dir)
	if err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(dir, "reconciler*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if err := os.WriteFile(page, []byte(tagged(string(text))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// tagged makes the list of flags one of tagged paragraphs. It comes as
// paragraphs whose second line begins with a tab, which man joins to the first.
func tagged(page string) string {
	lines := strings.Split(page, "\n")
	var out []string
	for i, line := range lines {
		about, ok := strings.CutPrefix(line, "\t")
		if !ok || i == 0 || !strings.HasPrefix(lines[i-1], `\fB-`) {
			out = append(out, line)
			continue
		}
		flag := out[len(out)-1]
		out = out[:len(out)-1]
		if n := len(out) - 1; n >= 0 && out[n] == ".PP" {
			out = out[:n]
		}
		out = append(out, ".TP", flag, about)
	}
	return strings.Join(out, "\n")
}

// markdown writes the help texts of a command and those below it as Markdown:
// an indented line is code there only from four columns on, and what stands in
// the text as it is must not become emphasis or a tag.
func markdown(cmd *cobra.Command) {
	cmd.Short = escape(cmd.Short)
	lines := strings.Split(cmd.Long, "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "  "):
			lines[i] = "    " + line
		default:
			lines[i] = escape(line)
		}
	}
	cmd.Long = strings.Join(lines, "\n")
	for _, sub := range cmd.Commands() {
		markdown(sub)
	}
}

var special = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, "`", "\\`", `<`, `\<`, `>`, `\>`, `[`, `\[`, `]`, `\]`)

func escape(s string) string { return special.Replace(s) }

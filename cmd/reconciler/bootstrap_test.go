package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestBootstrapInTheRoot runs the lines of the help and of the pages where people
// do, in the root of a repository: the shell makes the file before the command
// looks for payer files, and it stays there for the commands after it.
func TestBootstrapInTheRoot(t *testing.T) {
	line := regexp.MustCompile(`reconciler (bootstrap acme-labs [^\n>` + "`" + `]*?) > ([^\s` + "`" + `]+)`)
	pages := map[string]string{"bootstrap --help": (&cli{}).bootstrapCommand().Example}
	for _, page := range []string{"README.md", "docs/run-under-systemd.md"} {
		pages[page] = read(t, "../../"+page)
	}
	payer := small("acme-labs", "111122223333") + "access: {roleArn: \"arn:aws:iam::111122223333:role/reconciler\", externalId: acme-7f3c}\n"
	for page, text := range pages {
		found := line.FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Errorf("%s has %d such lines", page, len(found))
		}
		for _, m := range found {
			t.Run(page, func(t *testing.T) {
				t.Chdir(t.TempDir())
				put(t, ".git/HEAD", "")
				put(t, "acme-labs.yaml", payer)
				put(t, m[2], "")
				var out, errs bytes.Buffer
				if code := run(t.Context(), nil, strings.Fields(m[1]), strings.NewReader(""), &out, &errs); code != 0 {
					t.Fatalf("%s: exit code %d\n%s", m[0], code, &errs)
				}
				if err := os.WriteFile(m[2], out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				if code := run(t.Context(), nil, []string{"validate"}, strings.NewReader(""), &out, &errs); code != 0 {
					t.Errorf("validate beside %s: exit code %d\n%s", m[2], code, &errs)
				}
			})
		}
	}
}

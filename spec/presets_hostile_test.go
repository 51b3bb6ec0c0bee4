package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/payer-reconciler/reconciler/spec"
)

const presetHead = "apiVersion: reconciler/v1\nkind: Preset\nname: x\nvendor: Acme\ndescription: X\n"

// withPreset makes a repository with one payer file and the preset x.
func withPreset(t testing.TB, payer, preset string) string {
	t.Helper()
	dir := repository(t, head+payer)
	write(t, filepath.Join(dir, "presets", "x.yaml"), presetHead+preset)
	return dir
}

func TestHostilePresets(t *testing.T) {
	bomb := "body:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	const one = "presets: [{use: x}]\n"
	const text = "parameters: {t: {type: string, description: t}, l: {type: list, description: l}}\n"
	for _, tt := range []struct{ name, payer, preset, want string }{
		{"aliases that explode", one, bomb, "presets/x.yaml:7:18: aliases stand for more than 100,000 values"},
		{"an alias of itself", one, "body: &a {a: *a}\n", "values nest deeper than 100 levels"},
		{"deep nesting", one, "body: {a: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}\n", "values nest deeper than 100 levels"},
		{"a long text many times", "presets: [{use: x, with: {t: \"" + strings.Repeat("x", 1<<20) + "\"}}]\n",
			text + "body: {a: [" + strings.Repeat("\"-${{ with.t }}\",", 10_000) + "]}\n", "acme.yaml:5:17: presets[0]: the presets of this file put in more than 100,000 values or 8,388,608 bytes of text"},
		{"a long text many times in a text", "presets: [{use: x, with: {t: \"" + strings.Repeat("x", 1<<20) + "\"}}]\n",
			text + "body: {a: \"" + strings.Repeat("${{ with.t }}", 100_000) + "\"}\n", "put in more than"},
		{"a long list many times", "presets: [{use: x, with: {l: [" + strings.Repeat("x,", 1000) + "]}}]\n",
			text + "body: {a: [" + strings.Repeat("\"${{ with.l }}\",", 1000) + "]}\n", "put in more than"},
		{"many uses", "presets: [" + strings.Repeat("{use: x}, ", 2000) + "]\n", "body: {}\n", "presets[100]: more than 100 presets"},
		{"many uses of much", "presets: [" + strings.Repeat("{use: x}, ", 100) + "]\n", "body: {ous: [" + strings.Repeat("{name: x}, ", 1000) + "]}\n", "put in more than"},
		{"uses by aliases", "presets: [&u {use: x}, *u]\nous: [&o {name: Labs, tags: &t {a: b}}, {name: Other, tags: *t}]\n",
			"body: {ous: [{name: Labs, tags: {c: d}}]}\n", "ok acme"},
		{"values are not read again", "presets: [{use: x, with: {t: \"${{ w${{ payer.accountId }}ith.t }}\"}}]\n", text + "body: {homeRegio: x, tags: {a: \"${{ with.t }}\"}}\n", "unknown key"},
		{"a value with a parameter in it", "presets: [{use: x, with: {t: \"${{with.l}}\", l: [\"x${{ with.t }}\"]}}]\n", text + "body: {}\n", "with.l[0]: a parameter's value has no parameters in it"},
		{"terminal escape", "presets: [{use: x, with: {t: \"\\e[2J\"}}]\n", strings.Replace(text, "description: t", "description: t, enum: [a]", 1) + "body: {}\n", "have \"\ufffd[2J\""},
		{"NUL", one, "body: {a: \"\x00\"}\n", "presets/x.yaml:6:12: byte 0x00 is not text in UTF-8"},
		{"deep JSON", one, "body: {policies: [{name: A, file: deep.json}]}\n", "nest deeper than 100 levels"},
		{"an own tag", one, "body: {tags: {a: !!binary aGVsbG8=}}\n", "acme.yaml:5:17: tags.a: preset x: presets/x.yaml:6:18: want a text, have a value with the tag !!binary"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := withPreset(t, tt.payer, tt.preset)
			write(t, filepath.Join(dir, "presets", "deep.json"), strings.Repeat("[", 5000)+strings.Repeat("]", 5000))
			got := load(dir)
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %.600s\nwant in it %s", got, tt.want)
			}
			if len(got) > 100_000 {
				t.Errorf("the mistakes take %d bytes", len(got))
			}
		})
	}
}

// TestDanger22PresetsStayInside: neither a preset nor its documents come from outside
// of presets/.
func TestDanger22PresetsStayInside(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "x.yaml"), presetHead+"body: {}\n")
	write(t, filepath.Join(outside, "secret.json"), "{}")
	link := func(t *testing.T, to, from string) {
		t.Helper()
		if err := os.Symlink(to, from); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	t.Run("the folder", func(t *testing.T) {
		dir := repository(t, head+"presets: [{use: x}]\n")
		link(t, outside, filepath.Join(dir, "presets"))
		if got, want := load(dir), "acme.yaml:5:17: presets[0].use: presets leads outside the repository\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("a preset", func(t *testing.T) {
		dir := repository(t, head+"presets: [{use: x}]\n")
		if err := os.Mkdir(filepath.Join(dir, "presets"), 0o755); err != nil {
			t.Fatal(err)
		}
		link(t, filepath.Join(outside, "x.yaml"), filepath.Join(dir, "presets", "x.yaml"))
		if got, want := load(dir), "acme.yaml:5:17: presets[0].use: no preset \"x\""; !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("a document", func(t *testing.T) {
		dir := withPreset(t, "presets: [{use: x}]\n", "body: {policies: [{name: A, file: secret.json}]}\n")
		link(t, filepath.Join(outside, "secret.json"), filepath.Join(dir, "presets", "secret.json"))
		if got := load(dir); !strings.Contains(got, "presets/secret.json: ") || strings.Contains(got, "ok") {
			t.Errorf("got %q", got)
		}
	})
}

// TestPresetOfTwoShelves: a repository cannot put its own in the place of a
// preset that comes with the program.
func TestPresetOfTwoShelves(t *testing.T) {
	dir := withPreset(t, "presets: [{use: x}, {use: v/y}]\n", "body: {}\n")
	shelf := fstest.MapFS{
		"x.yaml":   {Data: []byte(presetHead + "body: {tags: {a: b}}\n")},
		"v/y.yaml": {Data: []byte(strings.Replace(presetHead, "name: x", "name: v/y", 1) + "body: {policies: [{name: A, file: a.json}]}\n")},
		"v/a.json": {Data: []byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "x": 1}]}`)},
	}
	got := report(spec.Load([]string{dir}, spec.Options{Presets: shelf}))
	want := "acme.yaml:5:17: presets[0].use: presets/x.yaml has the name of a preset that comes with reconciler: rename it\n" +
		"acme.yaml:5:27: policies[0].document.Statement[0].x: preset v/y: v/a.json:1:95: unknown element \"x\" in a statement\n"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if _, err := spec.Presets(dir, spec.Options{Presets: shelf}); err == nil || !strings.Contains(err.Error(), "rename it") {
		t.Errorf("listing them: %v", err)
	}
}

func FuzzPreset(f *testing.F) {
	f.Add("presets: [{use: x, with: {t: a}}]", "parameters: {t: {type: string, description: t}}\nbody: {ous: [{name: \"${{ with.t }}\"}]}", "{}")
	f.Add("presets: [{use: x}]\nous: [{name: A, <<: {tags: {a: b}}}]", "body: {ous: [{name: A, tags: {a: c}, $when: q}]}", "[")
	f.Add("presets: [{use: x, with: {l: [a]}}]\ntrust: {}", "parameters: {l: {type: list, description: l}}\nbody: {policies: [{name: A, file: d.json}], roles: [{trust: {file: d.json}}]}", `{"a": ["${{ with.l }}", {"$when": "l", "b": 1e9}]}`)
	f.Add("presets: [{use: x, with: {s: {ous: [A], payer: true}}}]", "parameters: {s: {type: selector, description: s}}\nbody: {memberRoles: [{name: A, in: \"${{ with.s }}\"}]}\nform: [{label: a, value: \"${{ ou:A.id }}\"}]", `{"\ud83d": null}`)
	f.Fuzz(func(t *testing.T, payer, preset, document string) {
		dir := withPreset(t, payer, preset)
		write(t, filepath.Join(dir, "presets", "d.json"), document)
		_, err := spec.Load([]string{dir}, spec.Options{})
		checkErrors(t, err)
		if _, err := spec.Expansions([]string{dir}, spec.Options{}); err != nil {
			checkErrors(t, err)
		}
		_, err = spec.Presets(dir, spec.Options{})
		checkErrors(t, err)
	})
}

// TestPresetTwice: where both are the same file, as in the repository that the
// program is made of, nothing is taken over.
func TestPresetTwice(t *testing.T) {
	dir := withPreset(t, "presets: [{use: x}]\n", "body: {}\n")
	shelf := fstest.MapFS{"x.yaml": {Data: []byte(presetHead + "body: {}\n")}}
	if got, want := report(spec.Load([]string{dir}, spec.Options{Presets: shelf})), "ok acme\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	list, err := spec.Presets(dir, spec.Options{Presets: shelf})
	if err != nil || len(list) != 1 || !list[0].Embedded {
		t.Errorf("presets %+v, error %v", list, err)
	}
}

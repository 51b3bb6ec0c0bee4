package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = "../.."

const (
	longestFile     = 400 // lines
	longestFunction = 80
)

// walk visits the files of the module, but for what git and the sandbox keep.
func walk(t *testing.T, visit func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			switch d.Name() {
			case ".git", ".reconciler", "dist":
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(text, []byte("\x7fELF")) {
			visit(strings.TrimPrefix(filepath.ToSlash(path), root+"/"), text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lengths names what is too long in a Go file.
func lengths(path string, text []byte) (wrong []string, err error) {
	if n := bytes.Count(text, []byte("\n")); n > longestFile {
		wrong = append(wrong, fmt.Sprintf("%s has %d lines, over %d", path, n, longestFile))
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		if !ok {
			return true
		}
		first, lines := files.Position(f.Pos()).Line, span(files, f)
		if strings.HasSuffix(path, "_test.go") {
			lines -= tables(files, f)
		}
		if lines > longestFunction {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s has %d lines, over %d", path, first, f.Name.Name, lines, longestFunction))
		}
		if f.Recv == nil && f.Name.Name == "init" {
			wrong = append(wrong, fmt.Sprintf("%s:%d: an init function; say it where it is used", path, first))
		}
		return true
	})
	return wrong, nil
}

// span is how many lines a node takes.
func span(files *token.FileSet, n ast.Node) int {
	return files.Position(n.End()).Line - files.Position(n.Pos()).Line + 1
}

// tables is how many lines of a function are rows of tables: what a test is
// fed is data, and no part of what must be understood at a glance.
func tables(files *token.FileSet, f *ast.FuncDecl) (lines int) {
	ast.Inspect(f, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		lines += span(files, table) - 1
		return false
	})
	return lines
}

// TestLengths: a file has one subject and a function can be seen whole.
func TestLengths(t *testing.T) {
	walk(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, ".go") || strings.Contains(path, "/testdata/") {
			return
		}
		wrong, err := lengths(path, text)
		if err != nil {
			t.Error(err)
		}
		for _, w := range wrong {
			t.Error(w)
		}
	})
}

// TestLengthsFindMistakes proves that the limits bind.
func TestLengthsFindMistakes(t *testing.T) {
	body := func(lines int) []byte {
		return []byte("package x\nfunc f() {\n" + strings.Repeat("_ = 1\n", lines-2) + "}\n")
	}
	table := []byte("package x\nfunc f() {\n_ = []int{\n" + strings.Repeat("1,\n", longestFunction) + "}\n}\n")
	for _, tt := range []struct {
		path string
		text []byte
		want int
	}{
		{"x.go", body(longestFunction), 0},
		{"x.go", body(longestFunction + 1), 1},
		{"x_test.go", body(longestFunction + 1), 1},
		{"x.go", body(longestFile + 1), 2},
		{"x.go", table, 1},
		{"x_test.go", table, 0},
		{"x.go", []byte("package x\nfunc init() {}\n"), 1},
		{"x.go", append([]byte("package x\n"), bytes.Repeat([]byte("//\n"), longestFile-1)...), 0},
	} {
		got, err := lengths(tt.path, tt.text)
		if err != nil || len(got) != tt.want {
			t.Errorf("%d bytes: %v %q, want %d", len(tt.text), err, got, tt.want)
		}
	}
}

// machine are paths that mean something on one machine only. They are put
// together here, so that this file does not have them.
func machine() []string {
	slash := "/"
	return []string{
		slash + "work" + slash, slash + "root" + slash, slash + "opt" + slash + "tf" + "-plugins",
		slash + "home" + slash + "runner", slash + "Users" + slash,
	}
}

// TestNoMachine: no file speaks of the machine that it was written on. A path
// that only holds such a word further in (as $PWD/work/x) is fine.
func TestNoMachine(t *testing.T) {
	seen := 0
	walk(t, func(path string, text []byte) {
		seen++
		for _, m := range machine() {
			if at := mention(text, m); at > 0 {
				t.Errorf("%s:%d: names %s", path, at, m)
			}
		}
	})
	if seen < 100 {
		t.Errorf("%d files were looked at", seen)
	}
}

// mention gives the line on which an absolute path begins with a word, or 0.
func mention(text []byte, word string) int {
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(word))
		if i < 0 {
			return 0
		}
		at := from + i
		if at == 0 || !strings.ContainsRune(inPath, rune(text[at-1])) {
			return bytes.Count(text[:at], []byte("\n")) + 1
		}
		from = at + len(word)
	}
}

// inPath are the characters before a slash that say that the path began earlier.
const inPath = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.})~*"

// TestMention proves that a path is found, and only at its beginning.
func TestMention(t *testing.T) {
	word := "/" + "work" + "/"
	for _, tt := range []struct {
		text string
		want int
	}{
		{"a\nsee " + word + "x", 2},
		{word, 1},
		{`"` + word, 1},
		{"$PWD" + word + "x", 0},
		{"a" + word + " b " + word, 1},
		{"nothing", 0},
	} {
		if got := mention([]byte(tt.text), word); got != tt.want {
			t.Errorf("%q: line %d, want %d", tt.text, got, tt.want)
		}
	}
}

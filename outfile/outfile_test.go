package outfile

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// TestFiles: a new file, one over another, and one behind a link, each with
// nothing left beside it.
func TestFiles(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		prepare    func(t *testing.T, dir string)
		others     int
	}{
		{"new", "out.json", func(*testing.T, string) {}, 0},
		{"over another", "out.json", func(t *testing.T, dir string) { put(t, filepath.Join(dir, "out.json")) }, 0},
		{"behind a link", "link.json", func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "out.json"))
			link(t, "out.json", filepath.Join(dir, "link.json"))
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.prepare(t, dir)
			path := filepath.Join(dir, tt.file)
			if err := errors.Join(Check(path), Write(path, text("new"))); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, "out.json"))
			if err != nil || string(got) != "new" {
				t.Errorf("it holds %q, %v", got, err)
			}
			if info, err := os.Lstat(filepath.Join(dir, "out.json")); err != nil || info.Mode() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1+tt.others {
				t.Errorf("beside it is %v, %v", entries, err)
			}
		})
	}
}

// TestHalfAFile is none: the old one stays.
func TestHalfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.json")
	put(t, path)
	full := errors.New("no space")
	err := Write(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "ne")
		return full
	})
	if got, _ := os.ReadFile(path); !errors.Is(err, full) || string(got) != "old" {
		t.Errorf("it holds %q, %v", got, err)
	}
}

// TestDeviceStays: what is no file is written to and not replaced.
func TestDeviceStays(t *testing.T) {
	dir := t.TempDir()
	fifo, null := filepath.Join(dir, "fifo"), filepath.Join(dir, "null")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(fifo, text("new")); err == nil || !strings.Contains(err.Error(), "nobody reads") {
		t.Errorf("without a reader: %v", err)
	}
	r, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := errors.Join(Check(fifo), Write(fifo, text("new"))); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "new" {
		t.Errorf("the reader has %q, %v", got, err)
	}
	stays(t, fifo, fs.ModeNamedPipe)

	link(t, os.DevNull, null)
	if err := Write(null, text("new")); err != nil {
		t.Fatal(err)
	}
	stays(t, null, fs.ModeSymlink)
	stays(t, os.DevNull, fs.ModeCharDevice)
}

// TestStandardOutput is written to as it is open: one that is a file already
// holds what was printed before.
func TestStandardOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "printed")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stdout
	os.Stdout = f
	defer func() { os.Stdout = was }()
	if !Printed(path) || Printed(os.DevNull) || Printed(filepath.Join(t.TempDir(), "none")) {
		t.Error("it does not know what is printed")
	}
	_, _ = io.WriteString(os.Stdout, "before ")
	if err := Write(path, text("new")); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(os.Stdout, " behind")
	if got, _ := os.ReadFile(path); string(got) != "before new behind" {
		t.Errorf("it holds %q", got)
	}
}

// TestRefused: Check and Write say the same of what can be no file.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	nowhere, socket := filepath.Join(dir, "link"), filepath.Join(dir, "s")
	link(t, "none", nowhere)
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, want := range map[string]string{
		dir: "it is a folder", nowhere: "leads nowhere", socket: "neither a file nor a pipe", filepath.Join(dir, "none", "out.json"): "no such file",
	} {
		for i, err := range []error{Check(path), Write(path, text("new"))} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "write "+path) {
				t.Errorf("%d: %s: %v, want %q", i, path, err, want)
			}
		}
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func stays(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if info, err := os.Lstat(path); err != nil || info.Mode()&mode == 0 {
		t.Errorf("%s is %v by now, %v", path, info.Mode(), err)
	}
}

package inventory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files lists all files below root, with their content.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		b, err := os.ReadFile(path)
		all[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func put(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	root := t.TempDir()
	for _, content := range []string{"first\n", "", "second, longer\n"} {
		if err := Write(root, "accounts/deep/a.csv", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"accounts/deep/a.csv": content}, files(t, root)); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	}
	put(t, root, "b.csv", "mode 0600")
	if err := Write(root, "./accounts/../b.csv", []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(root, "b.csv"))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("mode of the file = %v, %v; want 0644", info.Mode(), err)
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"../a.csv", "write ../a.csv: outside the repository"},
		{"x/../../a.csv", "write x/../../a.csv: outside the repository"},
		{"/tmp/a.csv", "write /tmp/a.csv: outside the repository"},
		{"", "write : not a .csv file"},
		{".github/workflows/x.yml", "write .github/workflows/x.yml: not a .csv file"},
		{"a.CSV", "write a.CSV: not a .csv file"},
		{".git/a.csv", "write .git/a.csv: inside .git"},
		{"x/.GIT/a.csv", "write x/.GIT/a.csv: inside .git"},
		{"folder.csv", "write folder.csv: folder.csv is not a regular file"},
		{"plain/a.csv", "write plain/a.csv: plain is not a folder"},
	} {
		root := t.TempDir()
		put(t, root, "plain", "kept")
		if err := os.Mkdir(filepath.Join(root, "folder.csv"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Write(root, tt.path, []byte("x")); err == nil || err.Error() != tt.want {
			t.Errorf("Write(%q) = %v, want %s", tt.path, err, tt.want)
		}
		if diff := cmp.Diff(map[string]string{"plain": "kept"}, files(t, root)); diff != "" {
			t.Errorf("after Write(%q) (-want +got):\n%s", tt.path, diff)
		}
	}
	if err := Write(filepath.Join(t.TempDir(), "none"), "a.csv", nil); err == nil {
		t.Error("Write below a root that is not there: want an error")
	}
}

// TestDangerSymlink: a CSV path that is a link leads nowhere, within the
// repository or out of it.
func TestDangerSymlink(t *testing.T) {
	for _, tt := range []struct{ name, link, target, path, step string }{
		{"the file, to a file inside", "a.csv", "target.yml", "a.csv", "a.csv"},
		{"the file, to a file outside", "a.csv", "OUTSIDE/target.csv", "a.csv", "a.csv"},
		{"the file, to nothing", "a.csv", "none", "a.csv", "a.csv"},
		{"a folder inside", "accounts", "folder", "accounts/a.csv", "accounts"},
		{"a folder outside", "accounts", "OUTSIDE", "accounts/a.csv", "accounts"},
		{"a folder on the way", "folder/deep", "../other", "folder/deep/x/a.csv", "folder/deep"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, outside := t.TempDir(), t.TempDir()
			put(t, root, "target.yml", "kept")
			put(t, root, "folder/kept.csv", "kept")
			put(t, root, "other/x/a.csv", "kept")
			put(t, outside, "target.csv", "kept")
			put(t, outside, ".a.csv.reconciler-X.tmp", "kept")
			target := strings.Replace(tt.target, "OUTSIDE", outside, 1)
			if err := os.Symlink(target, filepath.Join(root, tt.link)); err != nil {
				t.Fatal(err)
			}
			want := ": " + tt.step + " is a symbolic link"
			if err := Write(root, tt.path, []byte("x")); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("Write = %v, want %s", err, want)
			}
			if err := Sweep(root, tt.path); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("Sweep = %v, want %s", err, want)
			}
			for name, content := range map[string]string{
				filepath.Join(root, "target.yml"): "kept", filepath.Join(root, "other/x/a.csv"): "kept",
				filepath.Join(outside, "target.csv"): "kept", filepath.Join(outside, ".a.csv.reconciler-X.tmp"): "kept",
			} {
				if b, err := os.ReadFile(name); string(b) != content {
					t.Errorf("%s is now %q, %v", name, b, err)
				}
			}
		})
	}
}

// TestSweep leaves what a run leaves that was killed between the temporary file
// and the rename, and then does what the next run does.
func TestSweep(t *testing.T) {
	root := t.TempDir()
	put(t, root, "accounts/a.csv", "old\n")
	dir, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, random := range []string{"ONE", "TWO"} {
		if err := writeTemp(dir, "accounts/"+tempPrefix("accounts/a.csv")+random+tempSuffix, []byte("half")); err != nil {
			t.Fatal(err)
		}
	}
	others := map[string]string{
		"accounts/.b.csv.reconciler-ONE.tmp": "another file's", "accounts/a.csv.reconciler-ONE.tmp": "no dot",
		"accounts/.a.csv.reconciler-.tmp": "no random part", "accounts/.a.csv.tmp": "not ours", ".a.csv.reconciler-ONE.tmp": "another folder",
	}
	want := map[string]string{"accounts/a.csv": "old\n"}
	for name, content := range others {
		put(t, root, name, content)
		want[name] = content
	}
	if err := Sweep(root, "accounts/a.csv"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, files(t, root)); diff != "" {
		t.Errorf("after Sweep (-want +got):\n%s", diff)
	}
	if err := Write(root, "accounts/a.csv", []byte("new\n")); err != nil {
		t.Fatal(err)
	}
	want["accounts/a.csv"] = "new\n"
	if diff := cmp.Diff(want, files(t, root)); diff != "" {
		t.Errorf("after Write (-want +got):\n%s", diff)
	}
}

func TestSweepOfNothing(t *testing.T) {
	if err := Sweep(t.TempDir(), "none/a.csv"); err != nil {
		t.Error(err)
	}
	if err := Sweep(t.TempDir(), "../a.csv"); err == nil {
		t.Error("Sweep outside the repository: want an error")
	}
}

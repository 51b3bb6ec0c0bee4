package inventory

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// The rules of writing: only *.csv below the root of the repository, never into
// .git, no symlink from the root to the file, and all or nothing. The bytes go to
// a temporary file .NAME.reconciler-RANDOM.tmp in the same folder, which is then
// renamed; a run that is killed between the two leaves it, and Sweep removes it.

// Write puts b at path, which is relative to root, with mode 0644. Folders that
// are missing are made. It refuses whatever the rules above forbid; after an
// error the file is as it was.
func Write(root, path string, b []byte) error {
	if err := write(root, path, b); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func write(root, name string, b []byte) error {
	dir, name, err := open(root, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	temp, err := stage(dir, name, b)
	if err != nil {
		return err
	}
	if err := dir.Rename(temp, name); err != nil {
		return errors.Join(err, remove(dir, temp))
	}
	return syncFolder(dir, path.Dir(name))
}

// stage writes the temporary file beside name and gives its name.
func stage(dir *os.Root, name string, b []byte) (temp string, err error) {
	folder := path.Dir(name)
	if err := dir.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	temp = path.Join(folder, tempPrefix(name)+rand.Text()+tempSuffix)
	if err := writeTemp(dir, temp, b); err != nil {
		return "", errors.Join(err, remove(dir, temp))
	}
	return temp, nil
}

// Writable says why Write would fail, nil where it would not: it makes the
// folders that are missing and a temporary file, and removes that again.
func Writable(root, path string) error {
	if err := writable(root, path); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

func writable(root, name string) error {
	dir, name, err := open(root, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	temp, err := stage(dir, name, nil)
	if err != nil {
		return cause(err)
	}
	return remove(dir, temp)
}

// cause leaves the name of a temporary file out of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Sweep removes the temporary files that killed runs left for path. The file
// itself, and every other file, stays.
func Sweep(root, path string) error {
	if err := sweep(root, path); err != nil {
		return fmt.Errorf("sweep %s: %w", path, err)
	}
	return nil
}

func sweep(root, name string) error {
	dir, name, err := open(root, name)
	if err != nil {
		return err
	}
	defer dir.Close()
	folder := path.Dir(name)
	entries, err := fs.ReadDir(dir.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var problems []error
	for _, e := range entries {
		if e.Type().IsRegular() && isTemp(e.Name(), name) {
			problems = append(problems, remove(dir, path.Join(folder, e.Name())))
		}
	}
	return errors.Join(problems...)
}

// open gives the root, which the caller closes, and the name as the rules want
// it; or why the file may not be touched.
func open(root, name string) (*os.Root, string, error) {
	name, err := clean(name)
	if err != nil {
		return nil, "", err
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, "", err
	}
	if err := refuseLinks(dir, name); err != nil {
		return nil, "", errors.Join(err, dir.Close())
	}
	return dir, name, nil
}

const tempSuffix = ".tmp"

func tempPrefix(name string) string { return "." + path.Base(name) + ".reconciler-" }

func isTemp(entry, name string) bool {
	rest, ok := strings.CutPrefix(entry, tempPrefix(name))
	return ok && len(rest) > len(tempSuffix) && strings.HasSuffix(rest, tempSuffix)
}

// clean gives the path with slashes, and refuses one that is none of ours.
func clean(name string) (string, error) {
	name = path.Clean(filepath.ToSlash(name))
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", errors.New("outside the repository")
	}
	if path.Ext(name) != ".csv" {
		return "", errors.New("not a .csv file")
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.EqualFold(part, ".git") {
			return "", errors.New("inside .git")
		}
	}
	return name, nil
}

// refuseLinks looks at every step from the root to the file, as far as they exist.
func refuseLinks(dir *os.Root, name string) error {
	parts := strings.Split(name, "/")
	for i := range parts {
		step := strings.Join(parts[:i+1], "/")
		info, err := dir.Lstat(step)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		last := i == len(parts)-1
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a symbolic link", step)
		case last && !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file", step)
		case !last && !info.IsDir():
			return fmt.Errorf("%s is not a folder", step)
		}
	}
	return nil
}

func writeTemp(dir *os.Root, temp string, b []byte) error {
	f, err := dir.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
}

func remove(dir *os.Root, name string) error {
	if err := dir.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes the rename last through a loss of power.
func syncFolder(dir *os.Root, folder string) error {
	f, err := dir.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

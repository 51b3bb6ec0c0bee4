package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// homeOf gives the folder that a folder of payer files belongs to: of a folder
// payers/ the one above it, unless it is a repository itself, or has a payers/ of
// its own, as a checkout that is called payers has.
func homeOf(folder string) string {
	if filepath.Base(folder) != "payers" {
		return folder
	}
	if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
		return folder
	}
	if info, err := os.Stat(filepath.Join(folder, "payers")); err == nil && info.IsDir() {
		return folder
	}
	return filepath.Dir(folder)
}

// Root gives the root of the repository that path lies in, as an absolute path:
// the nearest folder with .git, else the folder itself (of a file, the one that
// holds it).
func Root(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find repository of %s: %w", path, err)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", fmt.Errorf("find repository of %s: %w", path, reason(err))
	}
	if !info.IsDir() {
		abs = homeOf(filepath.Dir(abs))
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return abs, nil
		}
	}
}

// rootOf gives the root of home: the one that is known, else by [Root].
func rootOf(home, known string) (string, error) {
	if known == "" {
		return Root(home)
	}
	root, err := filepath.Abs(known)
	if err != nil {
		return "", fmt.Errorf("find repository of %s: %w", home, err)
	}
	if _, err := os.Stat(root); err != nil {
		return "", fmt.Errorf("find repository of %s: %w", home, reason(err))
	}
	if name := relative(root, home); name == ".." || strings.HasPrefix(name, "../") || !within(root, home) {
		return "", errOutside
	}
	return root, nil
}

// relative names a path from root, with forward slashes.
func relative(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

var errOutside = errors.New("is outside the repository")

// inside gives the absolute path of what a payer file names, and its name from
// root. It stays inside root, links followed.
func inside(root, dir, path string) (abs, name string, err error) {
	slash := strings.ReplaceAll(path, `\`, "/")
	switch {
	case path == "":
		return "", "", errors.New("is empty")
	case strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", "", errors.New("holds a control character")
	case filepath.IsAbs(path) || strings.HasPrefix(slash, "/") || len(slash) > 1 && slash[1] == ':':
		return "", "", fmt.Errorf("%w: %q is an absolute path", errOutside, strictyaml.Shown(path))
	case slash != path:
		return "", "", fmt.Errorf("%q has a backslash: use forward slashes", strictyaml.Shown(path))
	}
	abs = filepath.Join(dir, filepath.FromSlash(path))
	name = relative(root, abs)
	if name == ".." || strings.HasPrefix(name, "../") || !within(root, abs) {
		return "", "", fmt.Errorf("%w: %s", errOutside, strictyaml.Shown(name))
	}
	if hasStep(name, ".git") {
		return "", "", fmt.Errorf("%s belongs to git", name)
	}
	return abs, name, nil
}

// hasStep says that a path goes through a folder of that name, in any letter case.
func hasStep(path, folder string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return strings.EqualFold(s, folder) })
}

// within says that path lies in root once links are followed. Of a path that
// is not there, the part that is counts.
func within(root, path string) bool {
	realRoot, err := filepath.EvalSymlinks(root)
	if err != nil {
		return false
	}
	for p := path; ; p = filepath.Dir(p) {
		target, err := filepath.EvalSymlinks(p)
		if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) && p != filepath.Dir(p) {
			if _, lerr := os.Lstat(p); lerr == nil {
				return false // a link to nowhere
			}
			continue
		}
		if err != nil {
			return false
		}
		rel, err := filepath.Rel(realRoot, target)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	}
}

// noLinks says that no step from root to path is a symbolic link; what is not
// there yet is none.
func noLinks(root, name string) error {
	p := root
	for step := range strings.SplitSeq(name, "/") {
		p = filepath.Join(p, step)
		info, err := os.Lstat(p)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if errors.Is(err, syscall.ENOTDIR) {
			return fmt.Errorf("%s is a file, not a folder", relative(root, filepath.Dir(p)))
		}
		if err != nil {
			return reason(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a symbolic link; nothing is written through one", relative(root, p))
		}
	}
	return nil
}

package spec

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// What presets may be at most.
const (
	maxPresets     = 1000    // files below one presets/
	maxPresetUses  = 100     // entries of presets in one payer file
	maxPresetNodes = 100_000 // values that they put into one payer file
	maxPresetText  = 8 << 20 // bytes of their texts
)

// presetName is a path of lower-case words, as presets/ holds them.
var presetName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`)

// shelf is one folder of preset files with their documents.
type shelf struct {
	fs       fs.FS
	name     string // the folder, as mistakes name it; "" for the presets of the program
	dir      string // the folder on disk, "" for the presets of the program
	embedded bool
}

// shown names a file of the shelf in a mistake.
func (s *shelf) shown(name string) string {
	if s.name == "" {
		return name
	}
	return s.name + "/" + name
}

// library finds presets by name: those of the program, and the repository's
// own. It reads each once.
type library struct {
	shelves []*shelf
	err     error // the repository's presets/ cannot be opened
	opened  *os.Root
	read    map[string]*preset
	known   []string
}

// openLibrary opens presets/ in home, if there is one.
func openLibrary(root, home string, embedded fs.FS) *library {
	l := &library{read: map[string]*preset{}}
	if embedded != nil {
		l.shelves = append(l.shelves, &shelf{fs: embedded, embedded: true})
	}
	dir := filepath.Join(home, "presets")
	info, err := os.Stat(dir)
	switch {
	case err != nil || !info.IsDir():
		return l
	case !within(root, dir):
		l.err = fmt.Errorf("%s leads outside the repository", relative(root, dir))
		return l
	}
	if l.opened, err = os.OpenRoot(dir); err != nil {
		l.err = fmt.Errorf("%s: %w", relative(root, dir), reason(err))
		return l
	}
	l.shelves = append(l.shelves, &shelf{fs: l.opened.FS(), name: relative(root, dir), dir: dir})
	return l
}

// library gives the presets that hold for the payer files of home.
func (l *loader) library(root, home string) *library {
	if l.libraries == nil {
		l.libraries = map[string]*library{}
	}
	if l.libraries[home] == nil {
		l.libraries[home] = openLibrary(root, home, l.presets)
	}
	return l.libraries[home]
}

func (l *loader) close() {
	for _, lib := range l.libraries {
		lib.close()
	}
}

func (l *library) close() {
	if l.opened != nil {
		_ = l.opened.Close() // only read from
	}
}

// find gives a preset by its name. The error says why there is none.
func (l *library) find(name string) (*preset, error) {
	if p := l.read[name]; p != nil {
		return p, nil
	}
	var found *shelf
	for _, s := range l.shelves {
		if !presetName.MatchString(name) {
			break
		}
		if info, err := fs.Stat(s.fs, name+".yaml"); err != nil || info.IsDir() {
			continue
		}
		if found != nil && sameFile(found, s, name+".yaml") {
			continue // reconciler's own repository
		}
		if found != nil {
			return nil, fmt.Errorf("%s has the name of a preset that comes with reconciler: rename it", s.shown(name+".yaml"))
		}
		found = s
	}
	switch {
	case found == nil && l.err != nil:
		return nil, l.err
	case found == nil:
		return nil, fmt.Errorf("no preset %q%s", strictyaml.Shown(name), strictyaml.Meant(name, l.names()))
	}
	p := readPreset(found, name)
	l.read[name] = p
	return p, nil
}

// sameFile says that two shelves hold one file.
func sameFile(a, b *shelf, name string) bool {
	x, err := a.readFrom(name, maxFileSize)
	if err != nil {
		return false
	}
	y, err := b.readFrom(name, maxFileSize)
	return err == nil && bytes.Equal(x, y)
}

// names lists every preset there is, sorted.
func (l *library) names() []string {
	if l.known != nil {
		return l.known
	}
	for _, s := range l.shelves {
		seen := 0
		_ = fs.WalkDir(s.fs, ".", func(path string, e fs.DirEntry, err error) error {
			if seen++; seen > maxPresets {
				return fs.SkipAll
			}
			name, yes := strings.CutSuffix(path, ".yaml")
			if err == nil && yes && !e.IsDir() && presetName.MatchString(name) {
				l.known = append(l.known, name)
			}
			return nil // what cannot be read holds no preset
		})
	}
	slices.Sort(l.known)
	l.known = slices.Compact(l.known)
	return l.known
}

// readFrom reads a regular file of at most limit bytes.
func (s *shelf) readFrom(name string, limit int64) ([]byte, error) {
	if s.dir != "" && isCSV(filepath.Join(s.dir, filepath.FromSlash(name))) {
		return nil, errCSV
	}
	f, err := s.fs.Open(name)
	if err != nil {
		return nil, absent(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, fmt.Errorf("is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("is not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("%s bytes is too big", of64(info.Size(), limit))
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, reason(err)
	case int64(len(b)) > limit:
		return nil, fmt.Errorf("more than %s bytes is too big", of64(limit, limit))
	}
	return b, nil
}

// Preset is a preset as its file has it.
type Preset struct {
	Name, Vendor, Description string
	File                      string // as mistakes name it: from the repository's root, or from the program's own presets
	Embedded                  bool   // it comes with the program
	Parameters                []Parameter
	Text                      []byte // the file
}

// Parameter is one parameter of a preset, in the words of its file.
type Parameter struct {
	Name, Type, Description   string
	Required                  bool
	Default, Example, Pattern string
	Enum                      []string
	Minimum, Maximum          *int
}

// Presets reads every preset there is: those of o.Presets, and those in
// presets/ beside the payer files of dir. The error has every mistake in them;
// the presets are those without one, sorted by name.
func Presets(dir string, o Options) ([]Preset, error) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find presets: %w", err)
	}
	home = homeOf(home)
	root, err := rootOf(home, o.Root)
	if err != nil {
		return nil, err
	}
	lib := openLibrary(root, home, o.Presets)
	defer lib.close()
	var all []*Error
	if lib.err != nil {
		all = append(all, &Error{Pos: Pos{File: "presets"}, Msg: lib.err.Error()})
	}
	var list []Preset
	for _, name := range lib.names() {
		p, err := lib.find(name)
		switch {
		case err != nil:
			all = append(all, &Error{Pos: Pos{File: "presets"}, Msg: err.Error()})
		case len(p.errs.list) > 0:
			all = append(all, p.errs.list...)
		default:
			list = append(list, p.public())
		}
	}
	return list, gather(all).ErrorOrNil()
}

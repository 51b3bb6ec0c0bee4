package spec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// APIVersion is what every payer file begins with.
const APIVersion = "reconciler/v1"

// Options say what to load.
type Options struct {
	// Only are the names of the payers wanted; none means all. A name that no
	// file bears is an error.
	Only []string
	// Root is the root of the repository where the caller knows it, as of a tree
	// without a .git; "" finds it by [Root]. All paths must lie in it.
	Root string
	// Presets are those that come with the program, each NAME.yaml with its
	// documents; a repository's own stand in its presets/. Nil is none.
	Presets fs.FS
}

// Load reads the payer files at paths, each a file or a folder that holds them,
// with their Defaults. Without a path it reads the current folder.
//
// The error, if any, wraps a [*multierror.Error] of [*Error] in the order of file,
// line and column, and has every mistake of every file; of a file with more
// than 500 the last error counts the rest ([Error.More]). The payers are those
// without a mistake, in the order of their files: a daemon can go on with them,
// and [Broken] tells it the others.
// Not among them is a payer whose name or accountId another file has too, nor
// any payer beside a Defaults file with a mistake.
// A file that was not asked for, by path or by Only, adds no mistakes, except
// one that cannot be read far enough to know that it is not the Defaults.
func Load(paths []string, o Options) ([]*Payer, error) {
	l := &loader{presets: o.Presets, root: o.Root}
	defer l.close()
	return l.load(paths, o)
}

func (l *loader) load(paths []string, o Options) ([]*Payer, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, p := range paths {
		l.path(p)
	}
	slices.SortFunc(l.files, func(a, b *source) int { return strings.Compare(a.name, b.name) })
	l.defaults()
	for _, s := range l.files {
		if s.payer != nil {
			s.build(l.of(s))
		}
	}
	l.across()
	l.only(o.Only)
	var payers []*Payer
	all := slices.Clone(l.errs.list)
	for _, s := range l.files {
		all = append(all, l.report(s)...)
		if s.wanted && s.built != nil && len(s.errs.list) == 0 && !s.clash && !l.unsure(s.home) {
			payers = append(payers, s.built)
		}
	}
	err := gather(all)
	if err == nil {
		return payers, nil
	}
	return payers, &mistaken{all: err, broken: l.broken()}
}

// loader gathers the files of one Load.
type loader struct {
	files     []*source
	errs      mistakes // of no file
	unread    []*Error // those of errs behind which payer files may stand
	root      string   // see Options.Root
	presets   fs.FS
	libraries map[string]*library // by the folder that presets/ stands in
}

// kindPayer finds the kind in a file that YAML cannot read.
var kindPayer = regexp.MustCompile(`(?m)^kind:[ \t]*["']?Payer["']?[ \t]*(#.*)?\r?$`)

// source is one YAML file.
type source struct {
	root, path, dir string // absolute
	name            string // from root, forward slashes
	home            string // the folder whose Defaults hold for it
	wanted          bool
	errs            mistakes
	unfit           map[string]bool
	payer           *file.Payer
	defaults        *file.Defaults
	withDefaults    *source
	at              file.At // of the document
	built           *Payer
	library         *library
	uses            []*presetUse
	from            map[*yaml.Node]string // values that presets put in
	ofPresets       []*Error              // mistakes in the presets that are used here
	isPayer         bool                  // as far as one can tell from a file that cannot be read
	isDefaults      bool                  // likewise
	named           string                // likewise: the name
	clash           bool                  // another file claims what this one has
	shared          []*Error              // that stand in the other file
	seen            map[string]bool       // names of files; true: the payer was read from it. See saw
}

// path adds a file or the files of a folder.
func (l *loader) path(path string) {
	here := file.At{File: filepath.ToSlash(path)}
	abs, err := filepath.Abs(path)
	if err != nil {
		l.lost(here, "%v", reason(err))
		return
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		l.lost(here, "there is no such file or folder").None = true
		return
	case err != nil:
		l.lost(here, "%v", reason(err))
		return
	}
	folder := abs
	if !info.IsDir() {
		folder = filepath.Dir(abs)
	}
	home := homeOf(folder)
	root, err := rootOf(home, l.root)
	if err != nil {
		l.lost(here, "%v", err)
		return
	}
	found := l.folder(root, home, folder, info.IsDir())
	if info.IsDir() && !found {
		here.File = relative(root, abs)
		l.errs.add(here, "no payer file: no *.yaml or *.yml stands in this folder or in its payers/").None = true
		return
	}
	if !info.IsDir() {
		l.file(root, home, abs).wanted = true
	}
}

// folder adds the YAML files of home and of its payers/; those of the folder
// that was named are wanted if all says so.
func (l *loader) folder(root, home, named string, all bool) (found bool) {
	for _, dir := range []string{home, filepath.Join(home, "payers")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			if !noFolder(dir) {
				l.lost(file.At{File: relative(root, dir)}, "%v", reason(err))
			}
			continue
		}
		for _, e := range entries {
			ext := filepath.Ext(e.Name())
			if strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" {
				continue
			}
			s := l.file(root, home, filepath.Join(dir, e.Name()))
			if all && (named == home || named == dir) {
				s.wanted, found = true, true
			}
		}
	}
	return found
}

// noFolder says that nothing, or a plain file, has the name of a folder: not
// that one cannot tell.
func noFolder(dir string) bool {
	info, err := os.Lstat(dir)
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular()
}

// lost notes a mistake that payer files may stand behind.
func (l *loader) lost(at file.At, format string, args ...any) *Error {
	e := l.errs.add(at, format, args...)
	l.unread = append(l.unread, e)
	return e
}

// file adds one file, once.
func (l *loader) file(root, home, path string) *source {
	for _, s := range l.files {
		if s.path == path {
			return s
		}
	}
	s := &source{root: root, path: path, dir: home, home: home, name: relative(root, path), library: l.library(root, home)}
	s.at = file.At{File: s.name, Line: 1, Column: 1}
	l.files = append(l.files, s)
	s.read()
	return s
}

// read decodes the file as what its kind says.
func (s *source) read() {
	if !within(s.root, s.path) {
		s.errs.add(s.at, "leads outside the repository")
		return
	}
	src, err := readFile(s.path, maxFileSize)
	if err != nil {
		s.errs.add(s.at, "%v", err)
		return
	}
	s.isPayer, s.isDefaults = kindPayer.Match(src), kindDefaults.Match(src)
	if g := payerNamed.FindSubmatch(src); g != nil {
		s.named = string(g[1])
	}
	doc := parse(s.name, src, &s.errs)
	if doc == nil {
		return
	}
	s.unfit = map[string]bool{}
	d := &decoder{mistakes: &s.errs, file: s.name, unfit: s.unfit}
	s.at = d.at(doc, "")
	if !d.isMap(doc, "") {
		return
	}
	kind, ok := d.head(doc)
	switch {
	case !ok:
	case kind == "Defaults":
		var v file.V[file.Defaults]
		decodeInto(d, doc, &v)
		s.defaults, s.isPayer = &v.Value, false
	default:
		var v file.V[file.Payer]
		decodeInto(d, s.expand(d, doc), &v)
		s.payer = &v.Value
	}
}

// defaults checks that one home has one Defaults file.
func (l *loader) defaults() {
	first := map[string]*source{}
	for _, s := range l.files {
		if s.defaults == nil {
			continue
		}
		if f := first[s.home]; f != nil {
			s.errs.add(s.at, "a second Defaults file: %s is one already", f.name)
			continue
		}
		first[s.home] = s
		s.leaseOfMany()
	}
}

// unsure says that a folder has a Defaults file with a mistake, or a file that
// may be the Defaults for all one can read of it. Its payers would be planned
// without their access and their guards.
func (l *loader) unsure(home string) bool {
	return slices.ContainsFunc(l.files, func(s *source) bool { return s.spoils(home) })
}

// spoils says that a file makes the payers of a folder unsure.
func (s *source) spoils(home string) bool {
	return s.home == home && s.payer == nil && !s.isPayer && len(s.errs.list) > 0
}

// of gives the Defaults that hold for a payer file.
func (l *loader) of(s *source) *file.Defaults {
	for _, d := range l.files {
		if d.defaults != nil && d.home == s.home {
			s.withDefaults = d
			return d.defaults
		}
	}
	return nil
}

// only drops the payers that were not asked for by name.
func (l *loader) only(names []string) {
	if len(names) == 0 {
		return
	}
	var known []string
	for _, s := range l.files {
		if s.wanted && s.payer != nil {
			known = append(known, s.payer.Name.Value)
			s.wanted = slices.Contains(names, s.payer.Name.Value)
		}
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			l.errs.add(file.At{File: "--payer"}, "no payer %q%s", n, strictyaml.Meant(n, known)).None = true
		}
	}
}

// report gives the mistakes of a file if they matter.
func (l *loader) report(s *source) []*Error {
	if s.errs.more > 0 {
		s.errs.list = append(s.errs.list, s.errs.rest(s.name))
	}
	if s.wanted || s.payer == nil {
		return slices.Concat(s.ofPresets, s.errs.list)
	}
	return nil
}

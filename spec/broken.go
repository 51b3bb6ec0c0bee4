package spec

import (
	"cmp"
	"errors"
	"regexp"
	"slices"

	"github.com/hashicorp/go-multierror"
)

// BrokenFile is a payer file that [Load] gives no payer for: what a daemon goes
// on with is the payer's last good form.
type BrokenFile struct {
	// File is the payer file, relative to the repository's root; for what could
	// not be looked into, such as a folder, that.
	File string
	// Payer is the name that the file bears, read as far as that goes; "" where
	// it cannot be told, so that it may be any payer.
	Payer string
	// Errors are the mistakes that hold it back, in the order of file, line and
	// column. They may stand in another file: in the Defaults that hold for
	// it, in a preset, in a payer file that claims what this one has.
	Errors []*Error
}

// Broken gives the payer files that [Load] left out, by the error that it
// returned; nil of nil and of any other error. A payer that is neither among
// those that Load gave nor here, by its name or without one, is in no file any
// more.
func Broken(err error) []BrokenFile {
	var m *mistaken
	if !errors.As(err, &m) {
		return nil
	}
	return m.broken
}

// mistaken is the error of Load.
type mistaken struct {
	all    *multierror.Error
	broken []BrokenFile
}

func (m *mistaken) Error() string { return m.all.Error() }

func (m *mistaken) Unwrap() error { return m.all }

// payerNamed finds the name in a file that YAML cannot read.
var payerNamed = regexp.MustCompile(`(?m)^name:[ \t]*["']?([A-Za-z0-9][A-Za-z0-9._-]{0,49})["']?[ \t]*(?:#.*)?\r?$`)

// kindDefaults finds the kind in a file that YAML cannot read.
var kindDefaults = regexp.MustCompile(`(?m)^kind:[ \t]*["']?Defaults["']?[ \t]*(#.*)?\r?$`)

// bears gives the name of the payer that a file is of.
func (s *source) bears() string {
	if s.payer != nil && s.payer.Name.Set() && payerName.MatchString(s.payer.Name.Value) {
		return s.payer.Name.Value
	}
	return s.named
}

// broken gives the files that no payer is given for.
func (l *loader) broken() []BrokenFile {
	var all []BrokenFile
	for _, e := range l.unread {
		all = append(all, BrokenFile{File: e.File, Errors: []*Error{e}})
	}
	for _, s := range l.files {
		if !s.wanted && s.payer != nil || s.defaults != nil || s.isDefaults {
			continue
		}
		b := BrokenFile{File: s.name, Payer: s.bears(), Errors: slices.Concat(s.ofPresets, s.errs.list, s.shared)}
		for _, d := range l.files {
			if d != s && d.spoils(s.home) {
				b.Errors = append(b.Errors, d.errs.list...)
			}
		}
		if len(b.Errors) > 0 {
			b.Errors = sorted(b.Errors)
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b BrokenFile) int { return cmp.Compare(a.File, b.File) })
	return all
}

package spec

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// csvColumns are those that package inventory writes, beside tag:KEY.
var csvColumns = []string{"account_id", "my_id", "name", "email", "ou", "pool", "arn", "state", "joined"}

// csvDefault are the columns of a file that names none.
var csvDefault = []string{"account_id", "my_id", "email"}

// notForCSV are the folders of the forge and of the sandbox.
var notForCSV = []string{".github", ".reconciler"}

func (b *builder) csv(v file.V[file.CSV]) *CSV {
	if !b.fits(v.At) {
		return nil
	}
	c := &CSV{Pos: pos(v.At), Columns: csvDefault}
	path := v.Value.Short
	if long := v.Value.Long; long.Set() {
		path, c.Header = long.Value.Path, long.Value.Header.Value
		if long.Value.Columns.Set() {
			c.Columns = b.columns(long.Value.Columns)
		}
	}
	written := b.plain(path, "")
	if !b.fits(path.At) {
		return nil
	}
	_, name, err := inside(b.src.root, b.src.dir, written)
	if err != nil {
		b.add(path.At, "%v", err)
		return nil
	}
	for _, folder := range notForCSV {
		if hasStep(name, folder) {
			b.add(path.At, "%s: no CSV is written into %s/", strictyaml.Shown(name), folder)
			return nil
		}
	}
	if c.Path = name; !strings.HasSuffix(name, ".csv") {
		b.add(path.At, "want a path that ends in .csv, have %q", strictyaml.Shown(name))
		return nil
	}
	b.csvFile(path.At, name)
	switch first := b.csvs[strings.ToLower(name)]; {
	case first == nil:
		b.csvs[strings.ToLower(name)] = c
	case first.Path != name:
		b.add(path.At, "the pool on line %d writes %s, the same but for letter case: some systems take them for one file",
			first.Pos.Line, strictyaml.Shown(first.Path))
		return nil
	case first.Header != c.Header || !slices.Equal(first.Columns, c.Columns):
		b.add(v.At, "the pool on line %d writes %s too, with other columns or another header", first.Pos.Line, strictyaml.Shown(name))
	}
	return c
}

// csvFile checks what is there: nothing, or a regular file behind no link.
func (b *builder) csvFile(at file.At, name string) {
	if err := noLinks(b.src.root, name); err != nil {
		b.add(at, "%v", err)
		return
	}
	switch info, err := os.Stat(b.src.root + "/" + name); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		b.add(at, "%s: %v", name, reason(err))
	case !info.Mode().IsRegular():
		b.add(at, "%s is not a file", name)
	}
}

func (b *builder) columns(list file.List[string]) []string {
	var columns []string
	for _, n := range b.names(list, func(at file.At, s string) {
		key, tag := strings.CutPrefix(s, "tag:")
		if !slices.Contains(csvColumns, s) && (!tag || key == "") {
			b.add(at, "no column %q%s; there are %s and tag:KEY", strictyaml.Shown(s), strictyaml.Meant(s, csvColumns), strings.Join(csvColumns, ", "))
		}
	}) {
		columns = append(columns, n.Value)
	}
	if len(list.Value) == 0 {
		b.add(list.At, "the list of columns is empty")
	}
	return columns
}

package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// What a payer file may be at most. 35,000 named accounts fit.
const (
	maxFileSize = 4 << 20
	maxDepth    = 100       // of nested values; five levels of units need 20
	maxAliased  = 100_000   // values that stand there only by an alias
	maxCopied   = 4 << 20   // bytes of their texts
	maxValues   = 1_000_000 // values in all
)

// errCSV is the mistake of reading a payer from what the tool itself writes: a
// commit of CSVs needs nobody's signature, so it must not change anything else.
var errCSV = errors.New("is a CSV: those are written by the tool, and nothing is read from them but rows of accounts")

// isCSV says that a file, links followed, is named as a CSV.
func isCSV(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return strings.EqualFold(filepath.Ext(path), ".csv")
}

// readFile reads a file of at most limit bytes that is a regular one.
func readFile(path string, limit int64) ([]byte, error) {
	if isCSV(path) {
		return nil, errCSV
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("%s bytes is too big", of64(info.Size(), limit))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, reason(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("more than %s bytes is too big", humanize.Comma(limit))
	}
	return b, nil
}

func of64(used, limit int64) string { return humanize.Comma(used) + " of " + humanize.Comma(limit) }

// reason drops the path from a file error, which stands before the message.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Op, p.Err)
	}
	return err
}

// payerFile is what a payer file may be.
var payerFile = strictyaml.File{Name: "a payer file", Begin: "a payer file begins with apiVersion: " + APIVersion,
	Depth: maxDepth, Values: maxValues, Aliased: maxAliased, Copied: maxCopied}

// parse reads the one document of a payer file. It gives nil after a mistake.
func parse(name string, src []byte, m *mistakes) *yaml.Node {
	n, wrong := strictyaml.Parse(src, payerFile)
	if wrong != nil {
		m.add(file.At{File: name, Line: wrong.Line, Column: wrong.Column}, "%s", wrong.Msg)
	}
	return n
}

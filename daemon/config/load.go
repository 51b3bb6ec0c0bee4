package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"
)

// maxFileSize is what a config file may have at most.
const maxFileSize = 256 << 10

// Load reads the config file at path. The environment that $NAME in a path is
// taken from is env, as [os.Getenv] gives it. What is wrong with the file is
// [Mistakes]: all that can be told at once.
func Load(path string, env func(string) string) (*Config, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find config file: %w", err)
	}
	m := &mistakes{source: source{name: path, places: map[string]place{}}}
	text, err := readFile(path, maxFileSize)
	if err != nil {
		m.addAt(place{}, "", "%v", err)
		return nil, m.err()
	}
	c := &Config{File: abs}
	if root := parse(text, m); root != nil {
		d := &decoder{mistakes: m, unfit: map[string]bool{}}
		d.whole(root, c)
		r := &resolver{decoder: d, c: c, dir: filepath.Dir(abs), env: env}
		r.resolve()
	}
	if err := m.err(); err != nil {
		return nil, err
	}
	c.from = m.source
	return c, nil
}

// readFile reads a regular file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
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

// reason drops the path from a file error, which stands before the message.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Op, p.Err)
	}
	return err
}

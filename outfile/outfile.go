// Package outfile writes the files that --out names.
//
// [Write] is the whole of it; [Check] says beforehand, where the work takes long,
// what Write would refuse.
package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// What stands at the path decides how it is written:
//
//   - nothing or an ordinary file: a new file takes its place, for its owner's
//     eyes alone. Whoever reads the path finds the old file or the new one;
//   - a link to such a file: the file is replaced, the link stays;
//   - what standard output or error is already (/dev/stdout): that is written to;
//   - a character device or a pipe (/dev/null, a fifo, what >(…) of a shell
//     makes): it is written to, and stays what it is;
//   - anything else is refused.

// Write has write write the file at a path.
func Write(path string, write func(io.Writer) error) error {
	target, stream, err := look(path)
	switch {
	case err != nil:
	case stream != nil:
		err = write(stream)
	case target != "":
		err = replace(target, write)
	default:
		err = into(path, write)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Check gives the error of a path that [Write] would refuse: a folder, a file in
// a folder that is not there, a disk.
func Check(path string) error {
	target, _, err := look(path)
	if err == nil && target != "" {
		var dir fs.FileInfo
		if dir, err = os.Stat(filepath.Dir(target)); err == nil && !dir.IsDir() {
			err = fmt.Errorf("%s is no folder", filepath.Dir(target))
		}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Printed says that a path is what standard output is: what is written there
// stands among what is printed.
func Printed(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	out, err := os.Stdout.Stat()
	return err == nil && os.SameFile(out, info)
}

// look finds how a path is written: target is the file to replace, stream what
// is open already; with neither the path itself is written to.
func look(path string) (target string, stream io.Writer, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(path); err == nil {
			return "", nil, errors.New("it is a link that leads nowhere")
		}
		return path, nil, nil
	case err != nil:
		return "", nil, err
	}
	if Printed(path) {
		return "", os.Stdout, nil
	}
	if its, err := os.Stderr.Stat(); err == nil && os.SameFile(its, info) {
		return "", os.Stderr, nil
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		target, err = filepath.EvalSymlinks(path)
		return target, nil, err
	case mode.IsDir():
		return "", nil, errors.New("it is a folder")
	case mode&fs.ModeNamedPipe != 0, mode&fs.ModeCharDevice != 0:
		return "", nil, nil
	}
	return "", nil, errors.New("it is neither a file nor a pipe")
}

// replace puts a new file of mode 0600 at a path.
func replace(path string, write func(io.Writer) error) error {
	t, err := os.CreateTemp(filepath.Dir(path), ".out-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(t.Name())
	if err = write(t); err == nil {
		err = t.Sync()
	}
	if err = errors.Join(err, t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), path)
}

// into writes into what stands at the path. It does not wait for a reader.
func into(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, syscall.ENXIO):
		return errors.New("nobody reads from it")
	case err != nil:
		return err
	}
	return errors.Join(write(f), f.Close())
}

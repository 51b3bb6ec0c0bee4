package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// tmpPack is how the name of a pack begins that is still being written.
const tmpPack = "tmp_pack_"

// savePack writes a pack and its index into a clone. Either both are there
// afterwards, whole and on the disk, or neither.
func savePack(dir string, from io.Reader) (err error) {
	packs := filepath.Join(dir, "objects", "pack")
	if err := os.MkdirAll(packs, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(packs, tmpPack)
	if err != nil {
		return err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name()) // gone already where all went well
	}()
	// Without ReadFrom, which says of any error that it was writing.
	if _, err := io.Copy(struct{ io.Writer }{f}, from); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	index := new(idxfile.Writer)
	parser, err := packfile.NewParser(packfile.NewScanner(f), index)
	if err != nil {
		return err
	}
	sum, err := parser.Parse()
	if errors.Is(err, packfile.ErrEmptyPackfile) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the pack: %w", err)
	}
	if err := f.Sync(); err != nil {
		return err
	}
	name := filepath.Join(packs, "pack-"+sum.String())
	if err := os.Rename(f.Name(), name+".pack"); err != nil {
		return err
	}
	return saveIndex(packs, name+".idx", index)
}

func saveIndex(packs, name string, w *idxfile.Writer) error {
	index, err := w.Index()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(packs, tmpPack)
	if err != nil {
		return err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	if _, err := idxfile.NewEncoder(f).Encode(index); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// encodePack packs the objects that a store has, whole: they are few and small.
func encodePack(w io.Writer, s storer.EncodedObjectStorer, objects []plumbing.Hash) error {
	_, err := packfile.NewEncoder(w, s, false).Encode(objects, 0)
	return err
}

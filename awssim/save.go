package awssim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// state is what a file holds: the world, and how far the clock was moved.
type state struct {
	World json.RawMessage `json:"world"`
}

// Load makes a server from a file that [Server.Save] wrote. An absent file is
// as New; one that cannot be read is an error that names it. The clock goes on
// from the saved time where that is later than its start.
func Load(path string, opt Options) (*Server, error) {
	s := New(opt)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read sandbox state: %w", err)
	}
	if err := s.restore(data); err != nil {
		return nil, fmt.Errorf("read sandbox state %s: %w", path, err)
	}
	return s, nil
}

// restore puts saved state in place of what there is.
func (s *Server) restore(data []byte) error {
	var st state
	if err := json.Unmarshal(data, &st); err != nil {
		return err
	}
	w, err := world.Read(st.World, s.opt.config())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := w.Now().Sub(s.now()); d > 0 {
		s.moved += d
	}
	s.install(w)
	return nil
}

// dump is the state as JSON.
func (s *Server) dump() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.SetNow(s.now())
	w, err := s.world.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return json.Marshal(state{World: w})
}

// Save writes the state to a file that only its owner can read, by a
// temporary file and a rename: whoever reads the path finds the old state or
// the new one.
func (s *Server) Save(path string) error {
	data, err := s.dump()
	if err != nil {
		return fmt.Errorf("save sandbox state: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".sandbox-*")
	if err != nil {
		return fmt.Errorf("save sandbox state: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("save sandbox state: %w", err)
	}
	return nil
}

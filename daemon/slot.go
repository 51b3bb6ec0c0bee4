package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// slot is the part of the state folder that one daemon has for itself: its clone
// and its trees. The locks and pauses of payers lie beside them, for all daemons
// that share the folder, such as one that stands by and one that an operator
// runs once.
type slot struct {
	clone, trees string
	lock         *flock.Flock
	first        bool
}

// mostSlots is how many daemons may share a state folder.
const mostSlots = 8

// takeSlot finds the first slot that no living daemon has. The lock goes with the
// process.
func takeSlot(stateDir string) (*slot, error) {
	for n := 1; n <= mostSlots; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf("-%d", n)
		}
		s := &slot{
			clone: filepath.Join(stateDir, "repository"+suffix), trees: filepath.Join(stateDir, "trees"+suffix),
			lock: flock.New(filepath.Join(stateDir, ".daemon"+suffix+".lock"), flock.SetPermissions(0o644)), first: n == 1,
		}
		got, err := s.lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock the state folder %s: %w", stateDir, err)
		}
		if got {
			return s, nil
		}
	}
	return nil, fmt.Errorf("the state folder %s: %d daemons use it already; end one, or name another stateDir", stateDir, mostSlots)
}

// free lets another daemon have the slot. What is kept for the next start is kept
// once.
func (s *slot) free() error {
	var err error
	if !s.first {
		err = errors.Join(os.RemoveAll(s.clone), os.RemoveAll(s.trees))
	}
	return errors.Join(err, s.lock.Close())
}

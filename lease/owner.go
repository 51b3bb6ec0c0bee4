package lease

import (
	"fmt"
	"os"
	"syscall"
)

// giveTo makes a file belong to whoever the folder belongs to, where root made
// it: an operator's apply or pause, run by root, must leave nothing in a daemon's
// state folder that the daemon cannot write.
func giveTo(dir, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at state folder: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := os.Lchown(path, int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("give %s to the owner of its folder: %w", path, err)
	}
	return nil
}

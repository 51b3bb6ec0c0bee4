package daemon

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// calmTime is how long files must be left alone before they are read: an editor
// writes, renames and removes in one go.
const calmTime = 250 * time.Millisecond

// watchFiles reloads the config when its file changes and, of a local folder,
// looks at the payer files when one of them does. Where files cannot be watched
// it says so: SIGHUP and the timer are left.
func (l *loop) watchFiles(ctx context.Context) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		l.log.Warn("files cannot be watched; SIGHUP reads the config again", "error", err)
		return
	}
	defer w.Close()
	cfg := l.current.Load()
	l.watchFolder(w, filepath.Dir(cfg.File))
	var folders []string
	config, payers := stopped(), stopped()
	for {
		select {
		case <-ctx.Done():
			return
		case folders = <-l.folders:
			for _, f := range folders {
				l.watchFolder(w, f)
			}
		case e, ok := <-w.Events:
			if !ok {
				return
			}
			if e.Op == fsnotify.Chmod {
				continue
			}
			if isConfig(cfg.File, e.Name) {
				config.Reset(calmTime)
			}
			if isSource(e.Name) && under(folders, e.Name) {
				payers.Reset(calmTime)
			}
		case err, ok := <-w.Errors:
			if !ok {
				return
			}
			l.log.Warn("watching files went wrong; what changed is read all the same", "error", err)
			config.Reset(calmTime)
			payers.Reset(calmTime)
		case <-config.C:
			wake(l.reload)
		case <-payers.C:
			if cfg.Local() {
				l.trigger("files")
			}
		}
	}
}

func (l *loop) watchFolder(w *fsnotify.Watcher, folder string) {
	if err := w.Add(folder); err != nil {
		l.log.Warn("a folder cannot be watched; the timer sees what changes in it", "folder", folder, "error", err)
	}
}

// isConfig says that an event may have changed the config file: itself, or a
// link beside it by which a mounted folder of files is swapped.
func isConfig(file, name string) bool {
	return name == file || filepath.Dir(name) == filepath.Dir(file) && strings.HasPrefix(filepath.Base(name), "..")
}

// isSource says that a file may be one that payers are read from, and not one
// that we write, nor a log that somebody keeps beside them.
func isSource(name string) bool {
	if strings.HasPrefix(filepath.Base(name), ".") {
		return false
	}
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json", "": // a folder that comes has no ending
		return true
	}
	return false
}

func under(folders []string, name string) bool {
	dir := filepath.Dir(name)
	for _, f := range folders {
		if f == dir {
			return true
		}
	}
	return false
}

// stopped gives a timer that does not run yet.
func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// wake puts a token into a channel that holds one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watchView says which folders a view of a local folder was read from.
func (l *loop) watchView(v *view) {
	if !l.cfg.Local() {
		return
	}
	seen := map[string]bool{l.cfg.Git.Path: true}
	folders := []string{l.cfg.Git.Path}
	add := func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			folders = append(folders, dir)
		}
	}
	for _, e := range v.entries {
		for _, s := range e.payer.Sources {
			add(filepath.Dir(filepath.Join(e.tree, filepath.FromSlash(s))))
		}
	}
	select {
	case <-l.folders: // one that nobody took yet is old
	default:
	}
	l.folders <- folders
}

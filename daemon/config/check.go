package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

// maxNamedSize is what a file of keys or of a token may have at most.
const maxNamedSize = 1 << 20

// Check looks whether the files that the config names are there and can be read,
// and whether its folders are folders. It makes nothing. What is wrong is
// [Mistakes], at the places in the config file; no content of a file is in them.
func (c *Config) Check() error {
	m := &mistakes{source: c.from}
	if c.Local() {
		if why := wrongFolder(c.Git.Path); why != "" {
			m.add("git.path", "%s: %s", c.Git.Path, why)
		}
	}
	eachFile("", reflect.ValueOf(c).Elem(), func(key, kind string, v reflect.Value) {
		path := v.String()
		if path == "" {
			return
		}
		why := ""
		switch kind {
		case "folder":
			if why = wrongFolder(path); why == noFolder { // it is made where it is needed
				why = ""
			}
		case "log":
			why = wrongLog(path)
		default:
			why = wrongFile(path)
		}
		switch {
		case why == "":
		case kind == "secret" && !c.tellable(path):
			m.add(key, "%s", why)
		default:
			m.add(key, "%s: %s", path, why)
		}
	})
	return m.err()
}

// tellable says that the path of a secret's file may be printed. Who writes the
// secret itself where its file should stand gets a path in the config's own folder,
// or in one that is not there.
func (c *Config) tellable(path string) bool {
	dir := filepath.Dir(path)
	return dir != filepath.Dir(c.File) && wrongFolder(dir) == ""
}

const noFolder = "there is no such folder"

func wrongFolder(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return noFolder
	case err != nil:
		return reason(err).Error()
	case !info.IsDir():
		return "is not a folder"
	}
	return ""
}

func wrongFile(path string) string {
	text, err := readFile(path, maxNamedSize)
	switch {
	case err != nil:
		return err.Error()
	case len(bytes.TrimSpace(text)) == 0:
		return "is empty"
	}
	return ""
}

// wrongLog looks at the file that takes the audit log, which need not be there.
func wrongLog(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if why := wrongFolder(filepath.Dir(path)); why != "" {
			return "its folder: " + why
		}
		return ""
	case err != nil:
		return reason(err).Error()
	case info.IsDir():
		return "is a folder, not a file"
	}
	return ""
}

package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// files makes the paths below a value absolute: those of the fields that are
// tagged as files.
func (r *resolver) files(key string, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if !v.IsNil() {
			r.files(key, v.Elem())
		}
		return
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			r.files(entry(key, i), v.Index(i))
		}
		return
	}
	if v.Kind() != reflect.Struct {
		return
	}
	fields, names := keysOf(v.Type())
	for _, name := range names {
		f, full := v.Field(fields[name]), child(key, name)
		if v.Type().Field(fields[name]).Tag.Get("kind") != "file" {
			r.files(full, f)
			continue
		}
		if f.Kind() == reflect.String {
			f.SetString(r.file(full, f.String()))
			continue
		}
		for i := range f.Len() {
			f.Index(i).SetString(r.file(entry(full, i), f.Index(i).String()))
		}
	}
}

// file makes one path absolute, its variables filled in. A path is from the folder
// of the config file.
func (r *resolver) file(key, p string) string {
	if !r.has(key) {
		return ""
	}
	if strings.HasPrefix(p, "~") {
		r.bad(key, "~ is not filled in here: write the folder, or $HOME")
		return ""
	}
	p = r.expand(key, p)
	if !r.has(key) {
		return ""
	}
	if !filepath.IsAbs(p) {
		p = filepath.Join(r.dir, p)
	}
	return filepath.Clean(p)
}

var variable = regexp.MustCompile(`\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\}|)`)

// expand fills $NAME and ${NAME} in from the environment; $$ is a dollar. What the
// environment does not have is a mistake, and so is what it has empty, since
// $NAME/file would then be another file.
func (r *resolver) expand(key, p string) string {
	return variable.ReplaceAllStringFunc(p, func(found string) string {
		if found == "$$" {
			return "$"
		}
		name := strings.Trim(found, "${}")
		if name == "" {
			r.bad(key, "a $ without a name behind it: write $NAME or ${NAME} for a variable, and $$ for a dollar")
			return ""
		}
		value := r.env(name)
		switch {
		case value == "":
			r.bad(key, "the environment has no %s", name)
		case strings.ContainsRune(value, 0):
			r.bad(key, "%s of the environment is not a path", name)
		}
		return value
	})
}

// repository finds the nearest folder with .git, from a folder upwards; else it
// gives that folder itself.
func repository(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

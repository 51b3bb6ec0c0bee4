package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

// eachFile goes through the paths below a value: the texts of the fields with the tag
// kind. The kinds are file (is read), secret (is read, and holds one), folder, and
// log (is written).
func eachFile(key string, v reflect.Value, visit func(key, kind string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachFile(key, v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachFile(strictyaml.Entry(key, i), v.Index(i), visit)
		}
	case reflect.Struct:
		fields, names := keysOf(v.Type())
		for _, name := range names {
			f, kind := v.Field(fields[name]), v.Type().Field(fields[name]).Tag.Get("kind")
			switch full := strictyaml.Child(key, name); {
			case kind == "":
				eachFile(full, f, visit)
			case f.Kind() == reflect.String:
				visit(full, kind, f)
			default:
				for i := range f.Len() {
					visit(strictyaml.Entry(full, i), kind, f.Index(i))
				}
			}
		}
	}
}

// file makes one path absolute, its variables filled in. A path is from the folder
// of the config file.
func (r *resolver) file(key, p string) string {
	if !r.has(key) {
		return ""
	}
	if strings.Contains(p, "://") {
		r.bad(key, "want the name of a file, have a URL: put it into a file and name that")
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

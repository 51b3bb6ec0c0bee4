package wire

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// DecodeForm reads the flat form of the query protocol into a struct, whose
// exported fields are called like the members, or have a tag `xml:"name"` that
// is: `Tags.member.1.Key` is the field Key of the first element of Tags. Fields are strings, booleans,
// integers, pointers to these, structs, and slices of any of them. What is not
// in the form is left alone; a list that is given empty (`Tags=`) is empty and
// not nil. What the struct does not have is ignored, as AWS does.
func DecodeForm(form url.Values, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("wire: DecodeForm into %T", into))
	}
	d := decoder{form: form, inner: map[string]map[string]bool{}}
	for k := range form {
		d.note(k)
	}
	_, err := d.structure("", v.Elem())
	return err
}

// decoder knows, beside the form, which names stand under which prefix.
type decoder struct {
	form  url.Values
	inner map[string]map[string]bool
}

func (d decoder) note(key string) {
	for {
		i := strings.LastIndexByte(key, '.')
		if i < 0 {
			return
		}
		head, last := key[:i], key[i+1:]
		if d.inner[head] == nil {
			d.inner[head] = map[string]bool{}
		}
		d.inner[head][last] = true
		key = head
	}
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// structure fills a struct, and tells whether anything of it was given.
func (d decoder) structure(prefix string, v reflect.Value) (given bool, err error) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			ok, err := d.structure(prefix, v.Field(i))
			if err != nil {
				return false, err
			}
			given = given || ok
			continue
		}
		if !f.IsExported() {
			continue
		}
		ok, err := d.value(join(prefix, fieldName(f)), v.Field(i))
		if err != nil {
			return false, err
		}
		given = given || ok
	}
	return given, nil
}

// fieldName is what the field is called on the wire.
func fieldName(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("xml"), ","); name != "" {
		return name
	}
	return f.Name
}

func (d decoder) value(key string, v reflect.Value) (given bool, err error) {
	switch v.Kind() {
	case reflect.Struct:
		return d.structure(key, v)
	case reflect.Slice:
		return d.list(key, v)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		given, err = d.value(key, p.Elem())
		if given {
			v.Set(p)
		}
		return given, err
	}
	if !d.form.Has(key) {
		return false, nil
	}
	return true, scalar(key, d.form.Get(key), v)
}

func scalar(key, text string, v reflect.Value) error {
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		v.SetBool(b)
	case reflect.Int, reflect.Int32, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
	default:
		panic("wire: DecodeForm has no rule for " + v.Type().String())
	}
	if err != nil {
		return fmt.Errorf("%s: %q is not a %s", key, text, v.Kind())
	}
	return nil
}

// list reads the members of a list in the order of their numbers.
func (d decoder) list(key string, v reflect.Value) (given bool, err error) {
	names := d.inner[key+".member"]
	if len(names) == 0 {
		if d.form.Has(key) && d.form.Get(key) == "" {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
			return true, nil
		}
		return false, nil
	}
	numbers := make([]int, 0, len(names))
	for n := range names {
		i, err := strconv.Atoi(n)
		if err != nil || i < 1 || strconv.Itoa(i) != n {
			return false, fmt.Errorf("%s: %q does not number a member", key, n)
		}
		numbers = append(numbers, i)
	}
	slices.Sort(numbers)
	out := reflect.MakeSlice(v.Type(), len(numbers), len(numbers))
	for i, n := range numbers {
		if _, err := d.value(key+".member."+strconv.Itoa(n), out.Index(i)); err != nil {
			return false, err
		}
	}
	v.Set(out)
	return true, nil
}

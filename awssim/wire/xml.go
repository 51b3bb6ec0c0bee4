package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TimeFormat is how the XML protocols write a moment.
const TimeFormat = "2006-01-02T15:04:05Z"

// EncodeXML writes a value as the query protocol does, under an element of the
// given name: a struct's exported fields as elements of their names, in order;
// a list as elements called member inside one; a map with text keys as entry
// elements with key and value; a time in UTC. Nil pointers, nil slices and nil
// maps are left out, and so is, with the tag `xml:",omitempty"`, what is empty.
// A name in that tag replaces the field's.
func EncodeXML(b *bytes.Buffer, name string, v any) error {
	return encode(b, name, reflect.ValueOf(v))
}

func encode(b *bytes.Buffer, name string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return encode(b, name, v.Elem())
	case reflect.Slice, reflect.Map:
		if v.IsNil() {
			return nil
		}
	}
	b.WriteString("<" + name + ">")
	if err := encodeInner(b, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	b.WriteString("</" + name + ">")
	return nil
}

func encodeInner(b *bytes.Buffer, v reflect.Value) error {
	if t, ok := v.Interface().(time.Time); ok {
		b.WriteString(t.UTC().Format(TimeFormat))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return xml.EscapeText(b, []byte(v.String()))
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int32, reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Slice:
		for i := range v.Len() {
			if err := encode(b, "member", v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		return encodeMap(b, v)
	case reflect.Struct:
		return encodeFields(b, v)
	default:
		return fmt.Errorf("no rule for %s", v.Type())
	}
	return nil
}

func encodeMap(b *bytes.Buffer, v reflect.Value) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	for _, k := range keys {
		b.WriteString("<entry>")
		if err := encode(b, "key", k); err != nil {
			return err
		}
		if err := encode(b, "value", v.MapIndex(k)); err != nil {
			return err
		}
		b.WriteString("</entry>")
	}
	return nil
}

func encodeFields(b *bytes.Buffer, v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := encodeFields(b, v.Field(i)); err != nil {
				return err
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		_, option, _ := strings.Cut(f.Tag.Get("xml"), ",")
		if option == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		if err := encode(b, fieldName(f), v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

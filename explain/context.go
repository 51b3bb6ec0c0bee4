package explain

import (
	"fmt"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// AddContext puts key=value into a context. "a,b" is two values; a comma behind
// a backslash is one of the value's own. A key that stands in it already gets
// the values beside those that it has.
func AddContext(context map[string][]string, pair string) error {
	key, value, ok := strings.Cut(pair, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return fmt.Errorf("%q is no condition key with a value: want key=value, as in aws:RequestedRegion=us-east-1", pair)
	}
	if !strings.Contains(key, ":") {
		return fmt.Errorf("%q is no condition key: it has a prefix, as in aws:RequestedRegion", key)
	}
	for have := range context {
		if strings.EqualFold(have, key) {
			key = have
		}
	}
	context[key] = append(context[key], splitList(value)...)
	return nil
}

// CheckContext says which key no request has with such values, and why.
func CheckContext(context map[string][]string) error {
	if wrong := iampolicy.ImpossibleIn(context); len(wrong) > 0 {
		return fmt.Errorf("%s: %s", wrong[0].Key, wrong[0].Why)
	}
	return nil
}

// splitList splits at commas that stand behind no backslash.
func splitList(s string) []string {
	var all []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == ',':
			i++
			b.WriteByte(',')
		case s[i] == ',':
			all = append(all, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(all, b.String())
}

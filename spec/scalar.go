package spec

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// describe says what a node is, for "want X, have Y".
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	case yaml.AliasNode:
		return describe(n.Alias)
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "the truth value " + strictyaml.Shown(n.Value)
	case "!!int", "!!float":
		return "the number " + strictyaml.Shown(n.Value)
	case "!!timestamp":
		return "the date " + strictyaml.Shown(n.Value)
	case "!!str":
		return "the text " + strconv.Quote(strictyaml.Shown(n.Value))
	}
	return "a value with the tag " + strictyaml.Shown(n.Tag)
}

// text reads a string. What YAML takes for something else has to be quoted.
func (d *decoder) text(n *yaml.Node, path string) string {
	if n.Kind == yaml.ScalarNode {
		switch n.ShortTag() {
		case "!!str":
			return n.Value
		case "!!bool", "!!int", "!!float", "!!timestamp":
			d.bad(n, path, "want a text, have %s: quote it", describe(n))
			return ""
		}
	}
	d.bad(n, path, "want a text, have %s", describe(n))
	return ""
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// id reads text that may be digits without quotes, where every YAML reader
// sees the same digits.
func (d *decoder) id(n *yaml.Node, path string) string {
	if n.Kind == yaml.ScalarNode {
		switch tag := n.ShortTag(); {
		case tag == "!!str":
			return n.Value
		case tag == "!!int" && digits.MatchString(n.Value) && (n.Value[0] != '0' || n.Value == "0"):
			return n.Value
		case tag == "!!int" || tag == "!!float" || tag == "!!bool" || tag == "!!timestamp":
			d.bad(n, path, `%s is not safe without quotes: write it as "%s"`, strictyaml.Shown(n.Value), strictyaml.Shown(n.Value))
			return ""
		}
	}
	d.bad(n, path, "want a text, have %s", describe(n))
	return ""
}

func (d *decoder) number(n *yaml.Node, path string) int {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		s := strings.TrimPrefix(n.Value, "-")
		if digits.MatchString(s) && (s[0] != '0' || s == "0") {
			if i, err := strconv.Atoi(n.Value); err == nil {
				return i
			}
			d.bad(n, path, "the number %s is too big", strictyaml.Shown(n.Value))
			return 0
		}
	}
	d.bad(n, path, "want a whole number, have %s", describe(n))
	return 0
}

func (d *decoder) bool(n *yaml.Node, path string) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	}
	d.bad(n, path, "want true or false, have %s", describe(n))
	return false
}

// amount reads a number, or a percentage such as "10%".
func (d *decoder) amount(n *yaml.Node, path string) file.Amount {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		s, percent := strings.CutSuffix(n.Value, "%")
		if i, err := strconv.Atoi(s); err == nil && percent && digits.MatchString(s) {
			if i > 100 {
				d.bad(n, path, "%s is more than all: 100%% at most", strictyaml.Shown(n.Value))
				return file.Amount{}
			}
			return file.Amount{Number: i, Percent: true}
		}
		d.bad(n, path, `want a number, or a percentage such as "10%%"; have %s`, describe(n))
		return file.Amount{}
	}
	i := d.number(n, path)
	if i < 0 {
		d.bad(n, path, "%d is negative", i)
		return file.Amount{}
	}
	return file.Amount{Number: i}
}

var lengthOfTime = regexp.MustCompile(`^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s?)?$`)

// duration reads a length of time: a number of seconds, or 12h, 1h30m, 43200s.
func (d *decoder) duration(n *yaml.Node, path string) file.Duration {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		return file.Duration{Seconds: d.number(n, path)}
	}
	g := lengthOfTime.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || g == nil || n.Value == "" {
		d.bad(n, path, "want a length of time such as 12h, 43200s or 43200; have %s", describe(n))
		return file.Duration{}
	}
	seconds := 0
	for i, each := range []int{3600, 60, 1} {
		if g[i+1] != "" {
			count, _ := strconv.Atoi(strings.TrimRight(g[i+1], "hms")) // nine digits at most
			seconds += count * each
		}
	}
	return file.Duration{Seconds: seconds}
}

// accountQuota reads a number of accounts, or auto.
func (d *decoder) accountQuota(n *yaml.Node, path string) file.AccountQuota {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		if n.Value != "auto" {
			d.bad(n, path, "want a number or auto, have %s%s", describe(n), strictyaml.Meant(n.Value, []string{"auto"}))
		}
		return file.AccountQuota{Auto: true}
	}
	return file.AccountQuota{Number: d.number(n, path)}
}

// time reads a point in time. YAML takes some for one too, whose text is still
// that of the file.
func (d *decoder) time(n *yaml.Node, path string) time.Time {
	var t time.Time
	tag := n.ShortTag()
	if n.Kind != yaml.ScalarNode || tag != "!!str" && tag != "!!timestamp" || t.UnmarshalText([]byte(n.Value)) != nil {
		d.bad(n, path, "want a time such as 2026-12-01T08:00:00Z, have %s", describe(n))
		return time.Time{}
	}
	return t
}

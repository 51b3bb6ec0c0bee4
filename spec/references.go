package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
)

// A reference is ${{ THING.OUTPUT }}, split at the last dot. THING is
// organization, root, payer, or KIND:NAME. ${{ id }} is the id of a pool's
// account. IAM's own ${aws:…} is no reference.

// span is a piece of a text: a literal, or what stands inside ${{ }}.
type span struct {
	text string
	ref  bool
}

// spans cuts a text at its references; ok is false where one does not end.
func spans(s string) (list []span, ok bool) {
	for {
		i := strings.Index(s, "${{")
		if i < 0 {
			return append(list, span{text: s}), true
		}
		j := strings.Index(s[i:], "}}")
		if j < 0 {
			return append(list, span{text: s}), false
		}
		if i > 0 {
			list = append(list, span{text: s[:i]})
		}
		list = append(list, span{strings.TrimSpace(s[i+3 : i+j]), true})
		if s = s[i+j+2:]; s == "" {
			return list, true
		}
	}
}

// outputs are what a thing gives, with the least number of characters each has.
var outputs = map[string]map[string]int{
	"organization": {"id": 12, "arn": 40},
	"root":         {"id": 6, "path": 20},
	"ou":           {"id": 16, "arn": 40, "path": 36},
	"account":      {"id": 12, "arn": 40, "email": 6, "path": 32},
	"policy":       {"id": 10, "arn": 40},
	"payer":        {"accountId": 12, "partition": 3, "region": 8},
}

// kindsYet are things of later versions.
var kindsYet = []string{"role", "bucket"}

func listed(kind string) string {
	return strings.Join(slices.Sorted(maps.Keys(outputs[kind])), ", ")
}

// output gives the text of one reference. The error is what is wrong with it.
func (b *builder) output(expr string) (t resource.Text, least int, err error) {
	thing, name, dotted := cutLast(expr)
	kind, arg, named := strings.Cut(thing, ":")
	switch {
	case expr == "id":
		return t, 0, fmt.Errorf("${{ id }} stands only under account of a pool")
	case !dotted:
		return t, 0, fmt.Errorf("${{ %s }} is not THING.OUTPUT, such as ${{ root.id }} or ${{ ou:NAME.id }}", shown(expr))
	case slices.Contains(kindsYet, kind):
		return t, 0, fmt.Errorf("${{ %s }}: %s", shown(expr), notYet)
	case outputs[kind] == nil:
		return t, 0, fmt.Errorf("${{ %s }}: no thing %q%s", shown(expr), shown(kind), meant(kind, slices.Sorted(maps.Keys(outputs))))
	}
	least, ok := outputs[kind][name]
	if !ok {
		return t, 0, fmt.Errorf("${{ %s }}: %s has no output %q%s; it has %s", shown(expr), kind, shown(name),
			meant(name, slices.Sorted(maps.Keys(outputs[kind]))), listed(kind))
	}
	if single := kind == "organization" || kind == "root" || kind == "payer"; single == named {
		if single {
			return t, 0, fmt.Errorf("${{ %s }}: there is one %s: write ${{ %s.%s }}", shown(expr), kind, kind, name)
		}
		return t, 0, fmt.Errorf("${{ %s }}: which %s? write ${{ %s:NAME.%s }}", shown(expr), kind, kind, name)
	}
	t, err = b.outputOf(kind, arg, name)
	if err != nil {
		err = fmt.Errorf("${{ %s }}: %w", shown(expr), err)
	}
	return t, least, err
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func (b *builder) outputOf(kind, arg, name string) (resource.Text, error) {
	switch kind {
	case "payer":
		return resource.Lit(b.payerOutput(name)), nil
	case "organization":
		return resource.Output(OrganizationRef, name), nil
	case "root":
		if name == "path" {
			return resource.Output(OrganizationRef, "rootPath"), nil
		}
		return resource.Output(OrganizationRef, "rootId"), nil
	case "ou":
		ou, err := b.findOU(arg)
		if err != nil {
			return resource.Text{}, err
		}
		return resource.Output(resource.Ref{Kind: "ou", Name: ou}, name), nil
	case "policy":
		ref, _, err := b.findPolicy(arg)
		if err != nil {
			return resource.Text{}, err
		}
		return resource.Output(ref, name), nil
	}
	email, ok := b.accounts[arg]
	switch {
	case !ok:
		return resource.Text{}, fmt.Errorf("no account %q%s", shown(arg), meant(arg, b.accountNames()))
	case name == "email":
		return resource.Lit(email), nil
	}
	return resource.Output(AccountRef(email), name), nil
}

func (b *builder) payerOutput(name string) string {
	switch name {
	case "accountId":
		return b.p.AccountID
	case "region":
		return b.p.HomeRegion
	}
	return b.partition()
}

// partition is AWS's part of the world: aws, aws-cn, aws-us-gov.
func (b *builder) partition() string {
	switch region := b.p.HomeRegion; {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// plain puts in what is known at load: payer.*, and the id where there is one.
// Any other reference is a mistake, for a name must be known from the start.
func (b *builder) plain(v file.V[string], id string) string {
	return b.plainAt(v.At, v.Value, id)
}

func (b *builder) plainAt(at file.At, s, id string) string {
	if !strings.Contains(s, "${{") {
		return s
	}
	list, ok := spans(s)
	if !ok {
		b.add(at, "a reference does not end: ${{ without }}")
		return ""
	}
	var out strings.Builder
	for _, p := range list {
		switch {
		case !p.ref:
			out.WriteString(p.text)
		case p.text == "id" && id != "":
			out.WriteString(id)
		case strings.HasPrefix(p.text, "payer."):
			t, _, err := b.output(p.text)
			if err != nil {
				b.add(at, "%v", err)
			}
			out.WriteString(t.Value())
		case p.text == "id":
			b.add(at, "${{ id }} stands only under account of a pool")
		default:
			b.add(at, "${{ %s }} is not known when the file is read; here stand ${{ payer.… }} and, in a pool's account, ${{ id }}", shown(p.text))
		}
	}
	return out.String()
}

// text puts in what is known, and leaves the outputs of other things.
func (b *builder) text(at file.At, s, id string) resource.Text {
	if !strings.Contains(s, "${{") {
		return resource.Lit(s)
	}
	t, _ := b.textLeast(at, s, id, func(s string) string { return s })
	return t
}

// textLeast also gives the least number of characters that the text will have.
// unquote undoes the notation that a reference stands in.
func (b *builder) textLeast(at file.At, s, id string, unquote func(string) string) (resource.Text, int) {
	list, ok := spans(s)
	if !ok {
		b.add(at, "a reference does not end: ${{ without }}")
		return resource.Lit(s), 0
	}
	var ts []resource.Text
	least := 0
	for _, p := range list {
		var t resource.Text
		n := len([]rune(p.text))
		switch {
		case !p.ref:
			t = resource.Lit(p.text)
		case p.text == "id" && id != "":
			t, n = resource.Lit(id), len(id)
		default:
			var err error
			if t, n, err = b.output(unquote(p.text)); err != nil {
				b.add(at, "%v", err)
			}
			if known, ok := t.Known(); ok {
				n = len([]rune(known))
			}
		}
		ts, least = append(ts, t), least+n
	}
	return resource.Join(ts...), least
}

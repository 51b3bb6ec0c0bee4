package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// A reference is ${{ THING.OUTPUT }}, split at the last dot. THING is
// organization, root, payer, or KIND:NAME. ${{ id }} is the id of a pool's
// account. IAM's own ${aws:…} is no reference.

// span is a piece of a text: a literal, or what stands inside ${{ }}.
type span struct {
	text   string
	ref    bool
	offset int
}

// maxSpans is more than a policy with 10,240 characters can hold.
const maxSpans = 2000

// spans cuts a text at its references; ok is false where one does not end.
func spans(s string) (list []span, ok bool) {
	at := 0
	for at < len(s) {
		i := strings.Index(s[at:], "${{")
		if i < 0 {
			break
		}
		j := strings.Index(s[at+i:], "}}")
		if j < 0 {
			return append(list, span{text: s[at:], offset: at}), false
		}
		if i > 0 {
			list = append(list, span{text: s[at : at+i], offset: at})
		}
		list = append(list, span{strings.TrimSpace(s[at+i+3 : at+i+j]), true, at + i})
		at += i + j + 2
	}
	if at < len(s) {
		list = append(list, span{text: s[at:], offset: at})
	}
	return list, true
}

// outputs are what a thing gives, with the least number of characters each has.
var outputs = map[string]map[string]int{
	"organization": {"id": 12, "arn": 40},
	"root":         {"id": 6, "path": 20},
	"ou":           {"id": 16, "arn": 40, "path": 36},
	"account":      {"id": 12, "arn": 40, "email": 6, "path": 32},
	"policy":       {"id": 10, "arn": 40},
	"payer":        {"accountId": 12, "name": 1, "partition": 3, "region": 8},
	"role":         {"arn": 32, "name": 1},
	"iamPolicy":    {"arn": 34},
	"group":        {"arn": 33},
	"user":         {"arn": 32},
	"bucket":       {"arn": 16, "name": 3},
	"quota":        {"accounts": 1},
}

// onlyOne are the things that exist once.
var onlyOne = map[string]bool{"organization": true, "root": true, "payer": true, "quota": true}

// leastOf gives the least number of characters that a text will have.
func leastOf(t resource.Text) int {
	return runes(t.Resolve(func(r resource.Ref, output string) (string, bool) {
		kind := r.Kind
		switch {
		case kind == "iam-policy":
			kind = "iamPolicy"
		case output == "rootId":
			kind, output = "root", "id"
		case output == "rootPath":
			kind, output = "root", "path"
		}
		return strings.Repeat("-", outputs[kind][output]), true
	}).Value())
}

// LeastCharacters is how many characters a text will have at least: what is not
// known yet is as short as AWS makes it.
func LeastCharacters(t resource.Text) int { return leastOf(t) }

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
		return t, 0, fmt.Errorf("${{ %s }} is not THING.OUTPUT, such as ${{ root.id }} or ${{ ou:NAME.id }}", strictyaml.Shown(expr))
	case outputs[kind] == nil:
		return t, 0, fmt.Errorf("${{ %s }}: no thing %q%s", strictyaml.Shown(expr), strictyaml.Shown(kind), strictyaml.Meant(kind, slices.Sorted(maps.Keys(outputs))))
	}
	least, ok := outputs[kind][name]
	if !ok {
		return t, 0, fmt.Errorf("${{ %s }}: %s has no output %q%s; it has %s", strictyaml.Shown(expr), kind, strictyaml.Shown(name),
			strictyaml.Meant(name, slices.Sorted(maps.Keys(outputs[kind]))), listed(kind))
	}
	if onlyOne[kind] == named {
		if onlyOne[kind] {
			return t, 0, fmt.Errorf("${{ %s }}: there is one %s: write ${{ %s.%s }}", strictyaml.Shown(expr), kind, kind, name)
		}
		return t, 0, fmt.Errorf("${{ %s }}: which %s? write ${{ %s:NAME.%s }}", strictyaml.Shown(expr), kind, kind, name)
	}
	t, err = b.outputOf(kind, arg, name)
	if err != nil {
		err = fmt.Errorf("${{ %s }}: %w", strictyaml.Shown(expr), err)
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
	case "role", "iamPolicy", "group", "user", "bucket":
		t, ok := b.things[kind][arg]
		if !ok && b.full() {
			return resource.Text{}, fmt.Errorf("no %s %q", kind, strictyaml.Shown(arg))
		} else if !ok {
			return resource.Text{}, fmt.Errorf("no %s %q%s", kind, strictyaml.Shown(arg), strictyaml.Meant(arg, b.named(kind)))
		}
		return resource.Output(t.ref, name), nil
	case "quota":
		if !b.f.Quotas.Value.Accounts.Set() {
			return resource.Text{}, fmt.Errorf("the file has no quotas.accounts")
		}
		return resource.Output(QuotaRef, name), nil
	}
	account, ok := b.accounts[arg]
	switch {
	case !ok && b.full():
		return resource.Text{}, fmt.Errorf("no account %q", strictyaml.Shown(arg))
	case !ok:
		return resource.Text{}, fmt.Errorf("no account %q%s", strictyaml.Shown(arg), strictyaml.Meant(arg, b.accountNames()))
	case name == "email":
		return resource.Lit(account.email), nil
	}
	return resource.Output(AccountRef(account.email), name), nil
}

func (b *builder) payerOutput(name string) string {
	switch name {
	case "accountId":
		return b.p.AccountID
	case "name":
		return b.p.Name
	case "region":
		return b.p.HomeRegion
	}
	return b.p.Partition()
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
	wrong := func(format string, args ...any) {
		b.add(at, format, args...)
		b.spoil(at)
	}
	list, ok := spans(s)
	if !ok {
		wrong("a reference does not end: ${{ without }}")
	}
	var out strings.Builder
	for _, p := range list {
		switch {
		case !p.ref:
			out.WriteString(p.text)
		case p.text == "id" && id != "":
			out.WriteString(id)
		case p.text == "id":
			wrong("${{ id }} stands only under account of a pool")
		case strings.HasPrefix(p.text, "payer."):
			t, _, err := b.output(p.text)
			if err != nil {
				wrong("%v", err)
			}
			out.WriteString(t.Value())
		default:
			wrong("${{ %s }} is not known when the file is read; here stand ${{ payer.… }} and, in a pool's account, ${{ id }}", strictyaml.Shown(p.text))
		}
	}
	return out.String()
}

// text puts in what is known, and leaves the outputs of other things.
func (b *builder) text(at file.At, s, id string) resource.Text {
	t, _ := b.textLeast(at, s, id)
	return t
}

// textLeast also gives the least number of characters that the text will have.
func (b *builder) textLeast(at file.At, s, id string) (resource.Text, int) {
	b.checkRefs(s, id, asWritten, func(_ int, msg string) { b.add(at, "%s", msg) })
	return b.resolve(s, id, asWritten)
}

// asWritten is the notation of a text in which nothing is escaped.
func asWritten(s string) string { return s }

// checkRefs tells what is wrong with the references in a text, each with its
// offset. unquote undoes the notation that a reference stands in.
func (b *builder) checkRefs(s, id string, unquote func(string) string, tell func(offset int, msg string)) {
	list, ok := spans(s)
	if len(list) > maxSpans {
		tell(list[maxSpans].offset, "more than "+humanize.Comma(maxSpans/2)+" references in one text")
		return
	}
	for _, p := range list {
		if !p.ref || p.text == "id" && id != "" {
			continue
		}
		if _, _, err := b.output(unquote(p.text)); err != nil {
			tell(p.offset, err.Error())
		}
	}
	if !ok {
		tell(strings.LastIndex(s, "${{"), "a reference does not end: ${{ without }}")
	}
}

// resolve makes the text, and says how many characters it has at least. Only
// what checkRefs finds no mistake in becomes right.
func (b *builder) resolve(s, id string, unquote func(string) string) (resource.Text, int) {
	if !strings.Contains(s, "${{") {
		return resource.Lit(s), utf8.RuneCountInString(s)
	}
	list, _ := spans(s)
	if len(list) > maxSpans {
		return resource.Lit(s), 0
	}
	var ts []resource.Text
	least := 0
	for _, p := range list {
		t, n := resource.Lit(p.text), 0
		switch {
		case p.ref && p.text == "id" && id != "":
			t = resource.Lit(id)
		case p.ref:
			t, n, _ = b.output(unquote(p.text))
		}
		if known, ok := t.Known(); ok {
			n = utf8.RuneCountInString(known)
		}
		ts, least = append(ts, t), least+n
	}
	return resource.Join(ts...), least
}

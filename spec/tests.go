package spec

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// Test is one request that the policies of the file must allow or deny.
type Test struct {
	Pos     Pos
	Name    string
	OU      string // the path of a unit, "" is the root; where Account is ""
	Account string // the email of an account of the file
	Action  string
	// Resource is an ARN; "" is none in particular.
	Resource string
	// Context holds the condition keys; one that is not in it is missing, but for
	// what aws:PrincipalArn says. No request is without these values.
	Context map[string][]string
	Expect  string // allow or deny
}

var (
	oneAction    = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9]+$`)
	conditionKey = regexp.MustCompile(`^[A-Za-z0-9-]+:[^\s=]+$`)
)

// maxTests bounds how many tests a file has.
const maxTests = 2000

// tests reads the requests that the policies must allow or deny.
func (b *builder) tests() {
	if n := len(b.f.Tests.Value); n > maxTests {
		b.add(b.f.Tests.At, "%d tests are more than %d", n, maxTests)
		return
	}
	names := map[string]int{}
	for _, v := range b.f.Tests.Value {
		if !b.fits(v.At) {
			continue
		}
		t := Test{Pos: pos(v.At), Name: b.testText(v.Value.Name), Action: b.testText(v.Value.Action), Resource: b.testText(v.Value.Resource)}
		if first := names[t.Name]; first > 0 && t.Name != "" {
			b.add(v.Value.Name.At, "%q stands here twice, first on line %d", strictyaml.Shown(t.Name), first)
		}
		names[t.Name] = v.Value.Name.Line
		b.testPlace(v, &t)
		if at := v.Value.Action.At; t.Action != "" && !oneAction.MatchString(t.Action) {
			b.add(at, "want one action such as ec2:RunInstances, have %q", strictyaml.Shown(t.Action))
		}
		if t.Resource != "" && t.Resource != "*" && strings.Count(t.Resource, ":") < 5 {
			b.add(v.Value.Resource.At, "want an ARN, have %q", strictyaml.Shown(t.Resource))
		}
		t.Context = b.testContext(v.Value.Context.Value)
		if b.fits(v.Value.Expect.At) {
			t.Expect = b.oneOf(v.Value.Expect, "allow", "deny")
		}
		b.p.Tests = append(b.p.Tests, t)
	}
}

func (b *builder) testText(v file.V[string]) string {
	if !b.fits(v.At) {
		return ""
	}
	s := b.plain(v, "")
	if b.fits(v.At) && strings.TrimSpace(s) == "" {
		b.add(v.At, "is empty")
	}
	return s
}

// testPlace reads whose request it is.
func (b *builder) testPlace(v file.V[file.Test], t *Test) {
	ou, account := v.Value.OU, v.Value.Account
	switch {
	case ou.Set() == account.Set():
		b.add(v.At, "want one of ou and account")
	case b.fits(ou.At):
		path, err := b.unitPath(ou)
		if err != nil && b.fits(ou.At) {
			b.add(ou.At, "%v", err)
		}
		t.OU = path
	case b.fits(account.At):
		name := b.plain(account, "")
		if i, ok := b.accountIndex()[name]; ok {
			t.Account = strings.ToLower(b.everyAccount()[i].Email)
			return
		}
		if _, ok := b.emails[strings.ToLower(name)]; ok {
			t.Account = strings.ToLower(name)
			return
		}
		if b.fits(account.At) {
			b.accountIs(account.At, name)
		}
	}
}

func (b *builder) testContext(entries file.Map[file.ContextValue]) map[string][]string {
	context := map[string][]string{}
	seen, at := map[string]int{}, map[string]file.At{}
	for _, e := range entries {
		key := e.Key.Value
		switch first := seen[strings.ToLower(key)]; {
		case !conditionKey.MatchString(key):
			b.add(e.Key.At, "want a condition key such as aws:RequestedRegion, have %q", strictyaml.Shown(key))
			continue
		case first > 0:
			b.add(e.Key.At, "%q stands here twice, first on line %d: letter case does not count", strictyaml.Shown(key), first)
			continue
		}
		seen[strings.ToLower(key)], at[key] = e.Key.Line, e.Value.At
		context[key] = b.contextValues(e.Value.Value)
	}
	for _, wrong := range iampolicy.ImpossibleIn(context) {
		b.add(at[wrong.Key], "%s", wrong.Why)
	}
	return context
}

func (b *builder) contextValues(v file.ContextValue) []string {
	list := v.Many.Value
	if v.One.Set() {
		list = []file.V[file.ID]{v.One}
	}
	values := []string{}
	if v.Bool.Set() {
		values = append(values, strconv.FormatBool(v.Bool.Value))
	}
	for _, one := range list {
		if b.fits(one.At) {
			values = append(values, b.plain(file.V[string]{At: one.At, Value: string(one.Value)}, ""))
		}
	}
	return values
}

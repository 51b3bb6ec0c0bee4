package impact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
)

// told says that an impact speaks of an action.
func (i Impact) told(action string) bool {
	in := false
	for _, p := range i.Actions {
		not, out := strings.CutPrefix(p, "!")
		switch {
		case out && iampolicy.Covers(not, action):
			return false
		case !out && iampolicy.Covers(p, action):
			in = true
		}
	}
	return in
}

// newArea are the requests of a scope: it allows nothing but outside of it.
func newArea(t testing.TB, s Scope) chain {
	t.Helper()
	one := `"Resource":"*"`
	switch r := s.Resource; {
	case strings.HasPrefix(r, "{"): // {"NotResource":…}
		one = r[1 : len(r)-1]
	case strings.HasPrefix(r, "["):
		one = `"Resource":` + r
	case r != "":
		one = fmt.Sprintf(`"Resource":%q`, r)
	}
	if s.Condition != "" {
		one += `,"Condition":` + s.Condition
	}
	p := compile(t, document(full, `{"Effect":"Deny","Action":"*",`+one+`}`))
	return chain{{Policies: []*iampolicy.Policy{p}}}
}

// areas are where an impact holds, and where it does not: its Unless, in order.
type areas struct {
	in  chain
	out []chain
}

func newAreas(t testing.TB, i Impact) areas {
	t.Helper()
	a := areas{in: newArea(t, Scope{Resource: i.Resource, Condition: i.Condition})}
	for _, s := range i.Unless {
		a.out = append(a.out, newArea(t, s))
	}
	return a
}

func compile(t testing.TB, doc string) *iampolicy.Policy {
	t.Helper()
	p, err := iampolicy.Compile([]byte(doc))
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return p
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// chain evaluates the policies of some nodes, the root first.
type chain []iampolicy.Level

func newChain(t testing.TB, nodes ...[]Policy) (c chain) {
	t.Helper()
	for _, list := range nodes {
		var level iampolicy.Level
		for _, p := range list {
			level.Policies = append(level.Policies, compile(t, p.Document))
		}
		c = append(c, level)
	}
	return c
}

func (c chain) allows(q *iampolicy.Request) bool { return iampolicy.Chain(c, q).Allowed() }

var (
	somePatterns = strings.Fields("* ec2:* ec2:Run* ec2:*Instances ec2:RunInstances ec2:R?n* s3:* s3:Get* s3:GetObject e*:Run* *:*Instances s3:*Object ec2:StopInstances S3:get* iam:* iam:CreateUser iam:*User")
	someActions  = strings.Fields("ec2:RunInstances ec2:StopInstances ec2:RunX ec2:Other ec2:RanQ s3:GetObject s3:GetX s3:PutObject s3:Z ecs:RunTask ecs:RunInstances iam:X iam:CreateUser iam:DeleteUser dynamodb:Y zz:Instances")
	someScopes   = strings.Split(`"Resource":"*"
"Resource":"*"
"Resource":"*"
"Resource":"*","Condition":{"StringEquals":{"aws:k1":["a"]}}
"Resource":"*","Condition":{"StringEquals":{"aws:k1":["a","b"]}}
"Resource":"*","Condition":{"StringNotEquals":{"aws:k1":["a"]}}
"Resource":"*","Condition":{"StringEquals":{"aws:k1":"a","aws:k2":"x"}}
"Resource":"*","Condition":{"StringEqualsIfExists":{"aws:k1":["a"]}}
"Resource":"*","Condition":{"StringNotLike":{"aws:k1":["a*","b"]}}
"Resource":"*","Condition":{"StringNotLike":{"aws:k1":["b"]}}
"Resource":"*","Condition":{"Null":{"aws:k1":"true"}}
"Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:k1":["a"]}}
"Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:k1":["a","b"]}}
"Resource":"*","Condition":{"ForAnyValue:StringNotEquals":{"aws:k1":["b"]}}
"Resource":"arn:aws:s3:::b/*"
"Resource":"arn:aws:s3:::b/k"
"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::c"]
"NotResource":"arn:aws:s3:::b/*"
"NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::c"]
"Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:k1":["a"]}}`, "\n")
)

// chance makes documents.
type chance struct {
	*rand.Rand
	scopes []string
}

func (c chance) statement() string {
	actions := []string{c.one(somePatterns)}
	for c.IntN(2) == 0 {
		actions = append(actions, c.one(somePatterns))
	}
	word, effect := "Action", "Deny"
	if c.IntN(3) == 0 {
		word = "NotAction"
	}
	if c.IntN(4) == 0 {
		effect = "Allow"
	}
	return fmt.Sprintf(`{"Effect":%q,%q:["%s"],%s}`, effect, word, strings.Join(actions, `","`), c.one(c.scopes))
}

func (c chance) one(of []string) string { return of[c.IntN(len(of))] }

// side are the policies of a node: one of statements, some of them old, and
// mostly one that allows everything.
func (c chance) side(name string, old []string) (list []Policy, statements []string) {
	for c.IntN(3) > 0 || len(statements) == 0 {
		statements = append(statements, c.statement())
	}
	if old != nil && c.IntN(2) == 0 {
		statements = append(statements, c.one(old))
	}
	add := func(name, doc string) {
		list = append(list, Policy{resource.Ref{Kind: "policy", Name: name}, resource.Ref{Kind: "attachment", Name: name}, scp, doc})
	}
	add(name, document(statements...))
	if c.IntN(4) > 0 {
		add("Full"+name, document(full))
	}
	return list, statements
}

// tree is a root and a unit in it with accounts, or two units between which
// accounts move.
func (c chance) tree() Tree {
	before, old := c.side("A", nil)
	after, _ := c.side("A", old)
	below, old := c.side("B", nil)
	under := below
	if c.IntN(3) == 0 {
		under, _ = c.side("B", old)
	}
	t := Tree{Nodes: []Node{{Path: "", Before: before, After: after}, {Path: "X", Accounts: 5, Before: below, After: under}},
		Changed: map[resource.Ref]bool{{Kind: "policy", Name: "A"}: true, {Kind: "policy", Name: "B"}: true}}
	if c.IntN(3) == 0 {
		t.Nodes[1].Accounts, t.Groups = 0, []Group{{From: "X", Path: "Y", Accounts: 5}}
		other, _ := c.side("C", nil)
		t.Nodes = append(t.Nodes, Node{Path: "Y", Before: other, After: other})
		if c.IntN(2) == 0 { // a move alone
			t.Nodes[0].After, t.Nodes[1].After, t.Changed = before, below, nil
		}
	}
	return t
}

// requests are what is asked of every action.
func requests() (all []*iampolicy.Request) {
	for _, a := range someActions {
		for _, context := range []map[string][]string{{}, {"aws:k1": {"a"}}, {"aws:k1": {"b"}}, {"aws:k1": {"a"}, "aws:k2": {"x"}}, {"aws:k1": {"a", "b"}}} {
			for _, r := range []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/z", "arn:aws:s3:::c"} {
				all = append(all, &iampolicy.Request{Action: a, Resource: r, Context: context})
			}
		}
	}
	return all
}

// TestExact holds what is told of random documents against what becomes of
// requests when they are evaluated before and after: what changes is told, and
// what is told is so. What was denied already may stand among what is denied.
func TestExact(t *testing.T) {
	const seeds = 1500
	all, shown := requests(), 0
	for seed := range seeds {
		c := chance{rand.New(rand.NewPCG(uint64(seed), 0)), someScopes}
		asked := all
		if seed%2 == 0 { // only actions matter
			c.scopes, asked = someScopes[:1], nil
			for _, a := range someActions {
				asked = append(asked, &iampolicy.Request{Action: a})
			}
		}
		tree := c.tree()
		got, err := Of(tree)
		if err != nil {
			t.Fatal(err)
		}
		root, from, to := tree.Nodes[0], tree.Nodes[1], tree.Nodes[len(tree.Nodes)-1]
		counted := 5
		if tree.Changed == nil { // a move alone
			counted = 0
		}
		wrong := mistake(t, got, counted, newChain(t, root.Before, from.Before), newChain(t, root.After, to.After), asked)
		if shown++; wrong != "" && shown < 5 {
			t.Errorf("seed %d: %s\nroot %v\n  -> %v\nunit %v\n  -> %v", seed, wrong, texts(root.Before), texts(root.After), texts(from.Before), texts(to.After))
		}
		if wrong == "" {
			shown--
		}
	}
	if shown > 0 {
		t.Errorf("%d of %d are wrong", shown, seeds)
	}
}

func texts(list []Policy) (all []string) {
	for _, p := range list {
		all = append(all, p.Document[len(document())-2:])
	}
	return all
}

// mistake says what is wrong in what is told; "" where nothing is. Where a
// condition goes, another may keep an action shut, so what is newly allowed where
// one held is no promise.
func mistake(t testing.TB, got *Result, counted int, before, after chain, asked []*iampolicy.Request) string {
	t.Helper()
	scopes := make([]areas, len(got.Impacts))
	for i, n := range got.Impacts {
		scopes[i] = newAreas(t, n)
	}
	for _, q := range asked {
		was, is := before.allows(q), after.allows(q)
		told := map[string]bool{}
		for i, n := range got.Impacts {
			if !n.told(q.Action) || scopes[i].in.allows(q) {
				continue
			}
			excepted := false
			for j, s := range n.Unless {
				if scopes[i].out[j].allows(q) {
					continue
				}
				if excepted = true; s.Denied && (n.Effect == Allowed && is || n.Effect == Denied && was) {
					return fmt.Sprintf("%v is told by %v to be denied on the other side, and it is not so", *q, n)
				}
			}
			if excepted {
				continue
			}
			told[n.Effect] = true
			everywhere := n.Resource == "" && n.Condition == ""
			if n.Effect == Denied && is || n.Effect == Allowed && !is && everywhere {
				return fmt.Sprintf("%v is told by %v, and it is not so", *q, n)
			}
		}
		switch {
		case was && !is && !told[Denied]:
			return fmt.Sprintf("%v is newly denied, told is %q", *q, lines(got))
		case !was && is && !told[Allowed]:
			return fmt.Sprintf("%v is newly allowed, told is %q", *q, lines(got))
		case was && !is && got.NewlyDenied != counted:
			return fmt.Sprintf("newly denied to %d accounts", got.NewlyDenied)
		}
	}
	return ""
}

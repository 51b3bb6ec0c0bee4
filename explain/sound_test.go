package explain

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestUndecidedIsSound holds random documents with references against the same
// with these resolved: a decision without the references is the decision
// whatever they stand for, and where there is none, references are named.
func TestUndecidedIsSound(t *testing.T) {
	ids := []string{"444455556666", "777788889999", "000000000000"}
	decided, open := 0, 0
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 1))
		pick := func(list ...string) string { return list[r.IntN(len(list))] }
		value := func() string {
			return pick("${{ account/x.id }}", "${{ account/y.id }}", ids[0], "*${{ account/x.id }}", "arn:aws:iam::${{ account/x.id }}:role/r", "arn:aws:iam::*:role/r", "a*", "${a:l}-${{ account/y.id }}")
		}
		statement := func() string {
			condition := func() string {
				return fmt.Sprintf(`%q:{%q:[%q,%q]}`, pick("", "", "ForAllValues:", "ForAnyValue:")+pick("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
					"StringLike", "StringNotLike", "ArnLike", "ArnNotEquals", "StringEqualsIfExists", "ArnNotLikeIfExists"), pick("a:k", "a:l"), value(), value())
			}
			return fmt.Sprintf(`{"Effect":%q,%q:[%q],%q:[%q],"Condition":{%s}}`, pick("Deny", "Allow"), pick("Action", "NotAction"), pick("a:*", "a:B", "b:C", "a:${{ role/x.name }}"),
				pick("Resource", "NotResource"), pick("*", "arn:aws:s3:::${{ account/x.id }}-*", "arn:aws:s3:::b/*"), condition())
		}
		doc := func() string {
			return `{"Version":"2012-10-17","Statement":[` + statement() + "," + statement() + pick("", `,{"Effect":"Allow","Action":"*","Resource":"*"}`) + `]}`
		}
		docs := []string{doc(), doc()}
		tree := func(change func(string) string, isOpen bool) *Tree {
			on := map[string][]Attached{"": {full}, "A": {full}}
			for i, path := range []string{"", "A"} {
				one := Attached{spec.PolicyRef(spec.SCP, "P"), spec.SCP, change(docs[i]), isOpen}
				if r := rand.New(rand.NewPCG(seed, uint64(i))); r.IntN(2) == 0 {
					on[path] = nil
				}
				on[path] = append(on[path], one)
			}
			made, err := New(on)
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		q := Question{OU: "A", Action: pick("a:B", "b:C"), Resource: pick("", "arn:aws:s3:::444455556666-logs", "arn:aws:s3:::b/k"), Context: map[string][]string{}}
		for _, key := range []string{"a:k", "a:l"} {
			if v := pick("", ids[0], ids[1], "arn:aws:iam::444455556666:role/r", "arn:aws:iam::444455556666:role/q", "444455556666-777788889999"); v != "" {
				q.Context[key] = []string{v}
			}
		}
		ask := func(tree *Tree) *Answer {
			a, err := tree.Ask(q)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		got := ask(tree(func(s string) string { return s }, true))
		if got.Decision == "" {
			open++
			if len(got.Hangs) == 0 || len(got.By) == 0 {
				t.Errorf("seed %d: undecided by %v, and hangs on %q", seed, got.By, got.Hangs)
			}
			continue
		}
		decided++
		for _, x := range ids {
			for _, y := range ids {
				for _, name := range []string{"b", "z"} {
					sure := strings.NewReplacer("${{ account/x.id }}", x, "${{ account/y.id }}", y, "${{ role/x.name }}", name)
					if want := ask(tree(sure.Replace, false)); want.Decision != got.Decision {
						t.Fatalf("seed %d: %s without the references, %s with x %s, y %s, name %s\n%s\n%v", seed, got.Decision, want.Decision, x, y, name, strings.Join(docs, "\n"), q)
					}
				}
			}
		}
	}
	if decided < 100 || open < 100 {
		t.Errorf("%d decided, %d not", decided, open)
	}
}

// TestReferenceInDocument: whatever the name of what a reference means, the
// document stays one, and the reference ends where it does.
func TestReferenceInDocument(t *testing.T) {
	text := resource.Join(resource.Lit(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:k":"`),
		resource.Output(resource.Ref{Kind: "ou", Name: `a}}b"c\d`}, "id"), resource.Lit(`"}}}]}`))
	tree, err := New(map[string][]Attached{"": {{Policy: spec.PolicyRef(spec.SCP, "P"), Type: spec.SCP, Document: document(text, nil), Open: true}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := tree.Ask(Question{Action: "a:B", Context: map[string][]string{"a:k": {"ou-1"}}})
	if err != nil || got.Decision != "" || len(got.Hangs) != 1 || got.Hangs[0] != `${{ ou/a%7D%7Db"c\d.id }}` {
		t.Errorf("%+v, %v", got, err)
	}
}

package iampolicy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOpen asks about statements whose references nobody has resolved: where the
// outcome is the same whatever they stand for it is told, else it is Maybe.
func TestOpen(t *testing.T) {
	const arn = `arn:aws:iam::${{ account/x.id }}:role/admin`
	for _, tt := range []struct {
		name, action, resource, condition string
		context                           string // of a:k
		want                              Match
		hangs                             string
	}{
		{"equal", "a:B", "*", `{"StringEquals":{"a:k":"${{ account/x.id }}"}}`, "444455556666", Maybe, "account/x.id"},
		{"not equal", "a:B", "*", `{"StringNotEquals":{"a:k":"${{ account/x.id }}"}}`, "444455556666", Maybe, "account/x.id"},
		{"folded", "a:B", "*", `{"StringEqualsIgnoreCase":{"a:k":"${{ account/x.id }}"}}`, "444455556666", Maybe, "account/x.id"},
		{"missing", "a:B", "*", `{"StringEquals":{"a:k":"${{ account/x.id }}"}}`, "", No, ""},
		{"missing, negated", "a:B", "*", `{"StringNotEquals":{"a:k":"${{ account/x.id }}"}}`, "", Yes, ""},
		{"another value of the list", "a:B", "*", `{"StringEquals":{"a:k":["${{ account/x.id }}","444455556666"]}}`, "444455556666", Yes, ""},
		{"the letters around it fit", "a:B", "*", `{"ArnLike":{"a:k":"` + arn + `"}}`, "arn:aws:iam::444455556666:role/admin", Maybe, "account/x.id"},
		{"the letters around it do not", "a:B", "*", `{"ArnLike":{"a:k":"` + arn + `"}}`, "arn:aws:iam::444455556666:role/other", No, ""},
		{"nor under a negated operator", "a:B", "*", `{"ArnNotLike":{"a:k":"` + arn + `"}}`, "arn:aws:iam::444455556666:role/other", Yes, ""},
		{"all of an ARN", "a:B", "*", `{"ArnLike":{"a:k":"${{ role/r.arn }}"}}`, "arn:aws:iam::444455556666:role/r", Maybe, "role/r.arn"},
		{"wildcards stay letters of StringEquals", "a:B", "*", `{"StringEquals":{"a:k":"*${{ account/x.id }}"}}`, "9444455556666", No, ""},
		{"wildcards of StringLike", "a:B", "*", `{"StringLike":{"a:k":"*-${{ account/x.id }}"}}`, "lab-444455556666", Maybe, "account/x.id"},
		{"beside a variable", "a:B", "*", `{"StringLike":{"a:k":"${a:other}-${{ account/x.id }}"}}`, "lab-444455556666", No, ""},
		{"two", "a:B", "*", `{"StringLike":{"a:k":["${{ account/x.id }}","${{ account/y.id }}"]}}`, "444455556666", Maybe, "account/x.id account/y.id"},
		{"a number", "a:B", "*", `{"NumericLessThan":{"a:k":"${{ account/x.id }}"}}`, "1", Maybe, "account/x.id"},
		{"presence", "a:B", "*", `{"Null":{"a:k":"${{ account/x.id }}"}}`, "", Maybe, "account/x.id"},
		{"a key", "a:B", "*", `{"StringEquals":{"aws:PrincipalTag/${{ account/x.id }}":"y"}}`, "", Maybe, "account/x.id"},
		{"another condition fails", "a:B", "*", `{"StringEquals":{"a:k":"${{ account/x.id }}"},"Null":{"a:k":"true"}}`, "444455556666", No, ""},
		{"a resource", "a:B", "arn:aws:s3:::${{ account/x.id }}-logs", `{}`, "", Maybe, "account/x.id"},
		{"another resource", "a:B", "arn:aws:s3:::${{ account/x.id }}-trail", `{}`, "", No, ""},
		{"an action", "a:${{ role/r.name }}", "*", `{}`, "", Maybe, "role/r.name"},
		{"an action of another service", "b:${{ role/r.name }}", "*", `{}`, "", No, ""},
		{"no reference", "a:B", "*", `{"StringEquals":{"a:k":"${{ account/x.id"}}`, "444455556666", No, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":%q,"Resource":%q,"Condition":%s}]}`, tt.action, tt.resource, tt.condition)
			p, err := CompileOpen([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			r := &Request{Action: "a:b", Resource: "arn:aws:s3:::1-logs", Context: map[string][]string{}}
			if tt.context != "" {
				r.Context["a:k"] = []string{tt.context}
			}
			if got := p.Match(0, r); got != tt.want {
				t.Errorf("Match = %v, want %v", got, tt.want)
			}
			if diff := cmp.Diff(tt.hangs, strings.Join(p.HangsOn(0, r), " ")); diff != "" {
				t.Errorf("HangsOn (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOpenChain has what decides although a reference is not known.
func TestOpenChain(t *testing.T) {
	open := func(statements string) *Policy {
		p, err := CompileOpen([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	const (
		all   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		maybe = `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:k":"${{ account/x.id }}"}}}`
		sure  = `{"Effect":"Deny","Action":"a:*","Resource":"*"}`
		some  = `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:k":"${{ account/x.id }}"}}}`
	)
	r := &Request{Action: "a:B", Context: map[string][]string{"a:k": {"444455556666"}}}
	for _, tt := range []struct {
		levels  []string
		allowed bool
		unsure  bool
	}{
		{[]string{all, all}, true, false},
		{[]string{all + "," + maybe, all}, false, true},
		{[]string{all + "," + maybe, all + "," + sure}, false, false},
		{[]string{all + "," + maybe, `{"Effect":"Allow","Action":"b:*","Resource":"*"}`}, false, false},
		{[]string{some, all}, false, true},
		{[]string{some + "," + all, all}, true, false},
	} {
		var levels []Level
		for _, l := range tt.levels {
			levels = append(levels, Level{Policies: []*Policy{open(l)}})
		}
		if d := Chain(levels, r); d.Allowed() != tt.allowed || d.Unsure != tt.unsure {
			t.Errorf("%v: %v, unsure %v", tt.levels, d, d.Unsure)
		}
	}
	p, err := Compile([]byte(`{"Version":"2012-10-17","Statement":[` + maybe + `]}`))
	if err != nil || p.Match(0, r) != No {
		t.Errorf("of AWS's own document, ${{ is letters: %v, %v", p.Match(0, r), err)
	}
}

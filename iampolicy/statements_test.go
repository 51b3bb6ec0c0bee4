package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestStatements(t *testing.T) {
	const doc = `{"Version":"2012-10-17","Statement":[
		{"Sid":"A","Effect":"Deny","Action":["s3:Get*","EC2:RunInstances"],"NotResource":"arn:aws:s3:::b",
		 "Condition":{"StringNotLikeIfExists":{"aws:PrincipalArn":["b","a"]},"ForAnyValue:NumericLessThan":{"x:Y":5}}},
		{"Sid":"B","Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}`
	got, err := Statements([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	want := []Statement{
		{Sid: "A", Deny: true, NotResource: true, Actions: []string{"s3:Get*", "EC2:RunInstances"}, Resources: []string{"arn:aws:s3:::b"},
			Clauses: []Clause{{Operator: "StringNotLikeIfExists", Key: "aws:PrincipalArn", Values: []string{"b", "a"}}, {Operator: "ForAnyValue:NumericLessThan", Key: "x:Y", Values: []string{"5"}}},
			Means:   `{"Action":["ec2:runinstances","s3:get*"],"Condition":{"ForAnyValue:NumericLessThan":{"x:y":"5"},"StringNotLikeIfExists":{"aws:principalarn":["a","b"]}},"Effect":"Deny","NotResource":"arn:aws:s3:::b"}`},
		{Sid: "B", NotAction: true, Actions: []string{"iam:*"}, Resources: []string{"*"}, Means: `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Clause{})); diff != "" {
		t.Errorf("Statements (-want +got):\n%s", diff)
	}
	like, number := got[0].Clauses[0], got[0].Clauses[1]
	if like.Set() != "" || like.Base() != "StringNotLike" || !like.Negated() || number.Set() != "ForAnyValue" || number.Base() != "NumericLessThan" || number.Negated() {
		t.Errorf("operators %q %q, %q %q", like.Set(), like.Base(), number.Set(), number.Base())
	}
	for _, tt := range []struct {
		name   string
		c      Clause
		values []string
		want   Match
	}{
		{"negated", like, []string{"a"}, No}, {"negated, another", like, []string{"c"}, Yes}, {"negated, missing", like, nil, Yes},
		{"number", number, []string{"4"}, Yes}, {"number, one of two", number, []string{"9", "4"}, Yes}, {"number, missing", number, nil, No},
	} {
		if got := tt.c.Holds(tt.values...); got != tt.want {
			t.Errorf("%s: Holds(%q) = %v, want %v", tt.name, tt.values, got, tt.want)
		}
	}
}

func TestClauseValues(t *testing.T) {
	got, err := Statements([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
		"NumericEquals":{"a:b":["5","many"]},"StringLike":{"a:b":["x","x*","${aws:username}"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var says [][2]bool
	for _, c := range got[0].Clauses {
		for i := range c.Values {
			says = append(says, [2]bool{c.Reads(i), c.Fixed(i)})
		}
	}
	if diff := cmp.Diff([][2]bool{{true, true}, {false, true}, {true, true}, {true, false}, {true, false}}, says); diff != "" {
		t.Errorf("Reads and Fixed (-want +got):\n%s", diff)
	}
	if got[0].Clauses[1].Holds("x") != Yes {
		t.Error("a value that is met does not hold for the variable beside it")
	}
}

func TestStatementsRefuses(t *testing.T) {
	for _, doc := range []string{``, `[]`, `{}`, `{"Statement":[7]}`, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Like":{"a:b":"c"}}}}`} {
		if _, err := Statements([]byte(doc)); err == nil {
			t.Errorf("Statements(%s) gives no error", doc)
		}
	}
}

package report

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

func TestSpellings(t *testing.T) {
	const sent = `{"Statement":[{"Effect":"Deny","NotAction":["iam:*","s3:PutObject"],"Resource":"arn:aws:s3:::Mine/*",` +
		`"Condition":{"StringEquals":{"aws:PrincipalTag/Team":"s3:GetObject"}}},{"Action":"s3:PUTOBJECT","Effect":"Deny"}]}`
	for _, c := range []struct{ name, sent, text, want string }{
		{"actions and keys", sent,
			`{"NotAction":["iam:*","s3:putobject"],"Condition":{"StringEquals":{"aws:principaltag/team":"a"}}}`,
			`{"NotAction":["iam:*","s3:PutObject"],"Condition":{"StringEquals":{"aws:PrincipalTag/Team":"a"}}}`},
		{"values and resources stay", sent,
			`{"Action":"s3:putobject","Resource":"arn:aws:s3:::mine/*","Condition":{"StringEquals":{"aws:principaltag/team":"s3:putobject"}}}`,
			`{"Action":"s3:PutObject","Resource":"arn:aws:s3:::mine/*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"s3:putobject"}}}`},
		{"what the file has not", sent, `{"Action":["ec2:runinstances","s3:getobject"]}`, `{"Action":["ec2:runinstances","s3:getobject"]}`},
		{"white space", sent, "{\n  \"Action\" : [ \"s3:putobject\" ]\n}", "{\n  \"Action\" : [ \"s3:PutObject\" ]\n}"},
		{"no document", sent, "s3:putobject", "s3:putobject"},
		{"half a document", sent, `{"Action":["s3:putobject", {`, `{"Action":["s3:PutObject", {`},
		{"nothing is sent", "", `{"Action":"s3:putobject"}`, `{"Action":"s3:putobject"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := planner.Change{Want: &resource.Object{Inputs: resource.Attrs{"content": resource.Lit(c.sent), "name": resource.Lit("s3:PUTobject")}}}
			before, after := c.text, c.text
			fields := []Field{{Before: &before, After: &after, AfterTemplate: c.text}}
			spellings{}.of(&change, fields)
			got := []string{*fields[0].Before, *fields[0].After, fields[0].AfterTemplate}
			if want := []string{c.want, c.want, c.want}; !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestSpelledAs(t *testing.T) {
	documents := []string{`{"Statement":[{"NotAction":["iam:PassRole"],"Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}}]}`,
		`{"Statement":[{"Action":"ec2:RunInstances"}]}`}
	given := []Impact{
		{Actions: []string{"ec2:runinstances", "!iam:passrole", "s3:getobject"}, Condition: `{"StringNotEquals":{"aws:requestedregion":["aws:requestedregion"]}}`},
		{Actions: []string{"*"}, Unless: []Scope{{Condition: `{"StringNotEquals":{"aws:requestedregion":"a"}}`, Resource: "iam:passrole"}}},
		{Actions: []string{"*"}, Condition: "no JSON"}, {},
	}
	want := []Impact{
		{Actions: []string{"ec2:RunInstances", "!iam:PassRole", "s3:getobject"}, Condition: `{"StringNotEquals":{"aws:RequestedRegion":["aws:requestedregion"]}}`},
		{Actions: []string{"*"}, Unless: []Scope{{Condition: `{"StringNotEquals":{"aws:RequestedRegion":"a"}}`, Resource: "iam:passrole"}}},
		{Actions: []string{"*"}, Condition: "no JSON"}, {},
	}
	if diff := cmp.Diff(want, spelledAs(documents, given)); diff != "" {
		t.Errorf("spelled (-want +got):\n%s", diff)
	}
	if given[0].Actions[0] != "ec2:runinstances" || given[1].Unless[0].Condition == want[1].Unless[0].Condition || spelledAs(nil, given)[0].Actions[0] != "ec2:runinstances" {
		t.Errorf("what was given is another: %v", given)
	}
}

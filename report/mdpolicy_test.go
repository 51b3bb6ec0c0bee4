package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// statements are a policy of some.
func statements(s ...string) string {
	return `{"Statement":[` + strings.Join(s, ",") + `],"Version":"2012-10-17"}`
}

// deny is a statement of some actions.
func deny(sid string, actions ...string) string {
	s := `{"Action":["` + strings.Join(actions, `","`) + `"],"Effect":"Deny","Resource":"*"`
	if sid != "" {
		s += `,"Sid":"` + sid + `"`
	}
	return s + "}"
}

// Of a policy the statements that differ are shown, each with what is around
// the difference, and the others are counted.
func TestDiffOfPolicies(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("s3:A%02d", i)
	}
	more := append(many[:30:30], "s3:B")
	more = append(more, many[30:]...)
	for _, tt := range []struct {
		name, before, after string
		want                string
	}{
		{"a statement is new", statements(deny("A", "a:A")), statements(deny("A", "a:A"), deny("B", "b:B")), `
+   {
+     "Sid": "B",
+     "Effect": "Deny",
+     "Action": [
+       "b:B"
+     ],
+     "Resource": "*"
+   }
    … 1 other statement stays as it is`},
		{"one is gone, one moved", statements(deny("A", "a:A"), deny("B", "b:B"), deny("C", "c:C")), statements(deny("C", "c:C"), deny("A", "a:A")), `
-   {
-     "Sid": "B",
-     "Effect": "Deny",
-     "Action": [
-       "b:B"
-     ],
-     "Resource": "*"
-   }
    … 2 other statements stay as they are`},
		{"without a Sid, by what is alike", statements(deny("", "a:A", "a:B", "a:C"), deny("", "z:Z")), statements(deny("", "a:A", "a:B", "a:D"), deny("", "z:Z")), `
    {
      "Effect": "Deny",
      "Action": [
        "a:A",
        "a:B",
-       "a:C"
+       "a:D"
      ],
      "Resource": "*"
    }
    … 1 other statement stays as it is`},
		{"in the middle of a long one", statements(deny("Long", many...)), statements(deny("Long", more...)), `
    … in Long
        "s3:A27",
        "s3:A28",
        "s3:A29",
+       "s3:B",
        "s3:A30",
        "s3:A31",
        "s3:A32",`},
		{"an action less at the end", statements(deny("A", "a:A", "a:B")), statements(deny("A", "a:A")), `
    {
      "Sid": "A",
      "Effect": "Deny",
      "Action": [
        "a:A"
-       "a:B"
      ],
      "Resource": "*"
    }`},
		{"a condition is new", statements(deny("A", "a:A")), `{"Statement":{"Action":["a:A"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Effect":"Deny","Resource":"*","Sid":"A"},"Version":"2012-10-17"}`, `
    {
      "Sid": "A",
      "Effect": "Deny",
      "Action": [
        "a:A"
      ],
      "Resource": "*",
+     "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    }`},
		{"the version", `{"Statement":[],"Version":"2008-10-17"}`, statements(), `
-   {"Version": "2008-10-17"}
+   {"Version": "2012-10-17"}`},
		{"a comma in other text", "one,\ntwo", "one\ntwo", `
-   one,
+   one
    two`},
		{"no policy", `{"a":[1]}`, `{"a":[1,2]}`, `
    {
      "a": [
        1,
+       2
      ]
    }`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := change(planner.Update, ref("policy", "P"), 1)
			c.Fields = []planner.Field{{Name: "document", Before: resource.Lit(tt.before), After: resource.Lit(tt.after)}}
			s := asMarkdown(t, report.New(report.Input{Name: "a", Plan: &planner.Plan{Changes: []planner.Change{c}}}), report.MarkdownOptions{})
			_, s, _ = strings.Cut(s, "document, in canonical form\n")
			got, _, _ := strings.Cut(s, "\n```")
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Errorf("diff (-want +got):\n%s", diff)
			}
		})
	}
}

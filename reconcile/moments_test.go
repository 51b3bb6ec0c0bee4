package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// network denies all but what comes from some addresses, or from who has a tag.
const network = `{"Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}, "StringNotEquals": {"aws:PrincipalTag/a": ["b", "c"]}}}`

// TestDanger20DatesOfOtherPolicies asks at dates that policies name which hang
// there already, and does not let those that change nothing take their place.
func TestDanger20DatesOfOtherPolicies(t *testing.T) {
	day := func(n int) string {
		return time.Now().UTC().AddDate(0, 0, n).Truncate(24 * time.Hour).Format(time.RFC3339)
	}
	from := func(n int) string {
		return `"Condition": {"DateGreaterThan": {"aws:CurrentTime": "` + day(n) + `"}}`
	}
	until := func(n int) string { return strings.Replace(from(n), "Greater", "Less", 1) }
	var many []string
	for i := range 100 {
		many = append(many, `{"Action": "braket:*", `+from(i+1)+`}`)
	}
	few := `"Action": ["iam:*", "s3:*", "ec2:*", "lambda:*", "dynamodb:*", "rds:*", "logs:*", "cloudwatch:*"]`
	for _, tt := range []struct {
		name, there, after string
		want               int // the days until then; 0 for now, -1 for never
	}{
		{"a date behind a perimeter", network, "{" + from(40) + "}", 40},
		{"and one that is no matter", network + `, {"Action": "braket:*", ` + from(20) + `}`, "{" + from(40) + "}", 40},
		{"half from a day on, the other half by the plan", `{` + strings.Replace(few, "Action", "NotAction", 1) + `, ` + from(40) + `}`, "{" + few + "}", 40},
		{"all until a day, and all by the plan", "{" + until(40) + "}", "{}", 40},
		{"all from a day on, without the plan", "{" + from(40) + "}", `{"Action": "ec2:Purchase*"}`, -1},
		{"all behind a perimeter from a day on, without the plan", network + `, {` + from(40) + "}", `{"Action": "ec2:Purchase*"}`, -1},
		{"behind many dates", strings.Join(many, ", "), "{" + from(200) + "}", 200},
		{"behind many dates and a perimeter", network + ", " + strings.Join(many, ", "), "{" + from(200) + "}", 200},
		{"now, with a perimeter and a date", network + `, {` + from(40) + "}", "{}", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := labs(t, false)
			put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, "There"), Attrs: resource.Attrs{"document": resource.Lit(document(t, tt.there))}})
			put(t, p, hanging(spec.SCP, "There", spec.RootRef))
			hang(t, p, "scp", "-", tt.after)
			hold, err := p.barred(true)
			if err != nil {
				t.Fatal(err)
			}
			want, n := "", 1
			switch {
			case tt.want < 0:
				n = 0
			case tt.want > 0:
				want = " from " + strings.TrimSuffix(day(tt.want), "T00:00:00Z") + " on: "
			}
			if len(hold) != n {
				t.Errorf("held: %v", hold)
			}
			for _, why := range hold {
				if !strings.Contains(why, want) || want == "" && strings.Contains(why, " on: ") {
					t.Errorf("held: %s, want %q", why, want)
				}
			}
		})
	}
}

// courses is a harmless attachment to the root of a payer whose units have each a
// policy of their own, which ends the course on one of some dates; with none, it
// asks for a tag.
func courses(t testing.TB, units, dates int, perimeter bool) *Planned {
	t.Helper()
	p := edited(t, 5*units)
	there := func(name, statements string, node resource.Ref) {
		put(t, p, resource.Object{Ref: spec.PolicyRef(spec.SCP, name), Attrs: resource.Attrs{"document": resource.Lit(document(t, statements))}})
		put(t, p, hanging(spec.SCP, name, node))
	}
	if perimeter {
		there("Net", network, spec.RootRef)
	}
	for i := range units {
		ends := fmt.Sprintf(`"StringEquals": {"aws:PrincipalTag/course": "%d"}`, i)
		if dates > 0 {
			ends = `"DateGreaterThan": {"aws:CurrentTime": "` + time.Now().UTC().AddDate(0, 0, 1+i%dates).Format(time.RFC3339) + `"}`
		}
		there(fmt.Sprint("End", i), fmt.Sprintf(`{"Sid": "S%d", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/vocareum"}, %s}}`, i, ends),
			resource.Ref{Kind: "ou", Name: fmt.Sprint("Course ", i)})
	}
	ref := spec.PolicyRef(spec.SCP, "New")
	at := hanging(spec.SCP, "New", spec.RootRef)
	p.Plan.Changes = []planner.Change{{Op: planner.Create, Ref: at.Ref, Want: &at},
		{Op: planner.Create, Ref: ref, Want: &resource.Object{Ref: ref, Inputs: resource.Attrs{"content": resource.Lit(document(t, `{"Action": "ec2:Purchase*"}`))}}}}
	return p
}

// BenchmarkShutOutDates is a look at a harmless attachment where units have dates
// of their own.
func BenchmarkShutOutDates(b *testing.B) {
	for _, of := range []struct {
		units     int
		perimeter bool
	}{{2000, false}, {200, true}} {
		for _, dates := range []int{0, 60} {
			b.Run(fmt.Sprintf("units=%d/perimeter=%t/dates=%d", of.units, of.perimeter, dates), func(b *testing.B) {
				p := courses(b, of.units, dates, of.perimeter)
				for b.Loop() {
					if hold, err := p.barred(true); err != nil || len(hold) > 0 {
						b.Fatal(hold, err)
					}
				}
			})
		}
	}
}

// TestDatesOfOthersAreNoMoments asks once alone where what dates end spares the
// role, though each unit has one.
func TestDatesOfOthersAreNoMoments(t *testing.T) {
	p := courses(t, 3, 3, true)
	b := p.bound()
	g, err := newGauge(p, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range p.works(b, &g.said) {
		dated := g.onTheWay(&w)
		if len(dated) != 1 {
			t.Errorf("%s: %d policies with dates", w.place(), len(dated))
		}
		for _, l := range w.ledgers(g) {
			if at := g.moments(dated, &l); len(at) != 1 {
				t.Errorf("%s%s: %v", w.place(), l.of, at)
			}
		}
	}
}

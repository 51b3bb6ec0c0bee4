package metrics

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"gopkg.in/yaml.v3"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

var update = flag.Bool("update", false, "write the golden file anew")

// monitoring is the folder of the alert rules.
const monitoring = "../../examples/monitoring"

// filled has a series of every name.
func filled() *Metrics {
	m := New("1.2.3")
	fill(m, "p")
	return m
}

// families gives name, type and labels of every metric.
func families(t *testing.T, m *Metrics) []string {
	t.Helper()
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range all {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		lines = append(lines, fmt.Sprintf("%s %s {%s}", strings.ToLower(f.GetType().String()), f.GetName(), strings.Join(labels, ",")))
	}
	return lines
}

// TestMetricNames: names and labels are a promise to dashboards and alerts.
func TestMetricNames(t *testing.T) {
	var ours []string
	others := 0
	for _, l := range families(t, filled()) {
		if strings.Contains(l, " "+prefix) {
			ours = append(ours, l)
		} else {
			others++
		}
	}
	got := strings.Join(ours, "\n") + "\n"
	golden := "testdata/names.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if others == 0 || others > 30 {
		t.Errorf("%d figures of Go and the process", others)
	}
}

// TestConventions is what promtool, too, says of names and help.
func TestConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(filled().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestPromtoolMetrics gives the real output to Prometheus' own check.
func TestPromtoolMetrics(t *testing.T) {
	program, err := tools.Program("promtool")
	program = tools.Use(t, program, err)
	cmd := exec.CommandContext(t.Context(), program, "check", "metrics")
	cmd.Stdin = strings.NewReader(scraped(t, filled()))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestPromtoolRules runs the alert rules' own tests, and checks the scrape config.
func TestPromtoolRules(t *testing.T) {
	program, err := tools.Program("promtool")
	program = tools.Use(t, program, err)
	for _, args := range [][]string{
		{"check", "rules", "reconciler.rules.yaml"}, {"check", "config", "prometheus.yaml"}, {"test", "rules", "reconciler.test.yaml"},
	} {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = monitoring
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// alert is an alert rule.
type alert struct {
	Alert, Expr string
	Labels      map[string]string
	Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(monitoring, "reconciler.rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []alert } }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []alert
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// TestAlerts: every alert says what is the matter and what to do, has its test,
// and asks only for figures and states that there are.
func TestAlerts(t *testing.T) {
	tests, err := os.ReadFile(filepath.Join(monitoring, "reconciler.test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	output := scraped(t, filled())
	all := alerts(t)
	if len(all) < 15 {
		t.Errorf("%d alerts", len(all))
	}
	for _, a := range all {
		for _, key := range []string{"summary", "description", "runbook"} {
			if strings.TrimSpace(a.Annotations[key]) == "" {
				t.Errorf("%s: no %s", a.Alert, key)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) {
			t.Errorf("%s: severity %q", a.Alert, a.Labels["severity"])
		}
		if n := len(regexp.MustCompile(`\b`+a.Alert+`\b`).FindAll(tests, -1)); n < 2 {
			t.Errorf("%s: %d tests", a.Alert, n)
		}
		for _, s := range selectors(a.Expr) {
			if s.name != "up" && !strings.Contains(output, "# TYPE "+s.name+" ") {
				t.Errorf("%s: there is no %s", a.Alert, s.name)
			}
			if s.name == "reconciler_payer_state" && !slices.Contains(States, s.labels["state"]) {
				t.Errorf("%s: there is no state %q", a.Alert, s.labels["state"])
			}
			for label := range s.labels {
				if label != "job" && !regexp.MustCompile(`(?m)^`+s.name+`\{(?:[^}]*,)?`+label+`="`).MatchString(output) {
					t.Errorf("%s: %s has no label %s", a.Alert, s.name, label)
				}
			}
		}
	}
}

// selector is a metric that an expression asks for.
type selector struct {
	name   string
	labels map[string]string
}

// selectors finds the metrics of an expression by how their names begin.
func selectors(expr string) []selector {
	var all []selector
	for _, m := range regexp.MustCompile(`\b((?:reconciler|process|go)_\w+|up)\b(?:\{([^}]*)\})?`).FindAllStringSubmatch(expr, -1) {
		s := selector{m[1], map[string]string{}}
		for _, l := range regexp.MustCompile(`(\w+)=~?"([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
			s.labels[l[1]] = l[2]
		}
		all = append(all, s)
	}
	return all
}

func TestSelectors(t *testing.T) {
	got := selectors(`max by (payer) (reconciler_a{state="x", op=~"y|z"}[5m]) == 1 and up{job="j"} unless process_b`)
	want := []selector{{"reconciler_a", map[string]string{"state": "x", "op": "y|z"}}, {"up", map[string]string{"job": "j"}}, {"process_b", map[string]string{}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(selector{})); diff != "" {
		t.Error(diff)
	}
}

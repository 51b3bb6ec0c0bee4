package metrics

import (
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the figures of one daemon. It may be used from many goroutines.
// Names may be any strings: bytes that are not UTF-8 become U+FFFD.
type Metrics struct {
	registry *prometheus.Registry
	now      *table

	passes, changes, calls, throttles, git *prometheus.CounterVec
	passSeconds, gitSeconds                *prometheus.HistogramVec
}

// New makes the figures of a daemon of a version, all of them at nothing.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), now: newTable(),
		passes:  counter("passes_total", "Passes that ended, by how.", "payer", "result"),
		changes: counter("changes_total", "Changes that were tried, by what became of them.", "payer", "kind", "op", "outcome"),
		calls: counter("aws_calls_total", "Calls of AWS, each try counted, by their outcome: ok, an error code, lost, canceled or error.",
			"payer", "service", "operation", "outcome"),
		throttles: counter("aws_throttles_total", "Calls that AWS refused because there were too many.", "payer", "service", "operation"),
		git:       counter("git_operations_total", "Operations of git, by whether they worked: ok or error.", "operation", "result"),
		passSeconds: histogram("pass_duration_seconds", "How long passes took.",
			[]float64{.1, .3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000, 108000}, "payer", "result"),
		gitSeconds: histogram("git_operation_duration_seconds", "How long operations of git took.",
			[]float64{.01, .03, .1, .3, 1, 3, 10, 30, 60, 120}, "operation"),
	}
	for _, operation := range []string{"clone", "fetch", "push", "commit", "export"} { // a counter that begins at 1 hides its first event
		m.git.WithLabelValues(operation, "ok")
		m.git.WithLabelValues(operation, "error")
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "The version that runs; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": valid(version), "goversion": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(build, m.now, m.passes, m.passSeconds, m.changes, m.calls, m.throttles, m.git, m.gitSeconds,
		collectors.NewGoCollector(collectors.WithGoCollectorMemStatsMetricsDisabled()),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const prefix = "reconciler_"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
}

// valid makes a string that a label may have.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Handler serves the figures in the text form of Prometheus. Call it once: it
// bounds how many scrapes run at a time. It does not compress, since whoever
// scrapes is near, and the daemon stays idle and small.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 4})
}

// Pass counts a pass that ended with a result, and its time. The results are few
// fixed words, such as those of [States].
func (m *Metrics) Pass(payer, result string, took time.Duration) {
	payer, result = valid(payer), valid(result)
	m.passes.WithLabelValues(payer, result).Inc()
	m.passSeconds.WithLabelValues(payer, result).Observe(took.Seconds())
}

// Change counts a change of an object: its kind, what was to be done (create,
// update, adopt, delete, resume) and what became of it (done, failed, skipped,
// waiting).
func (m *Metrics) Change(payer, kind, op, outcome string) {
	m.changes.WithLabelValues(valid(payer), valid(kind), valid(op), valid(outcome)).Inc()
}

// Call counts one try of a call of AWS, and the refusal where it was throttled.
func (m *Metrics) Call(payer, service, operation, outcome string, throttled bool) {
	payer, service, operation = valid(payer), valid(service), valid(operation)
	m.calls.WithLabelValues(payer, service, operation, valid(outcome)).Inc()
	if throttled {
		m.throttles.WithLabelValues(payer, service, operation).Inc()
	}
}

// Git counts an operation of git (clone, fetch, push, commit, export), its time
// and whether it worked.
func (m *Metrics) Git(operation string, took time.Duration, err error) {
	operation = valid(operation)
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.git.WithLabelValues(operation, result).Inc()
	m.gitSeconds.WithLabelValues(operation).Observe(took.Seconds())
	if err == nil && (operation == "fetch" || operation == "clone") {
		m.now.fetched()
	}
}

// Forget drops every series of a payer, such as one that left the repository.
func (m *Metrics) Forget(payer string) {
	payer = valid(payer)
	m.now.forget(payer)
	of := prometheus.Labels{"payer": payer}
	for _, v := range []interface {
		DeletePartialMatch(prometheus.Labels) int
	}{m.passes, m.passSeconds, m.changes, m.calls, m.throttles} {
		v.DeletePartialMatch(of)
	}
}

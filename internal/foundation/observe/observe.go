// Package observe makes a running tacit visible to its operator: structured
// logs, Prometheus metrics and, when configured, OpenTelemetry traces.
//
// It is not the room "telemetry", which keeps what models predicted, and not
// the audit log.
package observe

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Logger writes to w: text for a person, JSON for a machine. Level is debug,
// info, warn, error or off.
func Logger(w io.Writer, level string, human bool) (*slog.Logger, error) {
	if level == "off" {
		return slog.New(slog.DiscardHandler), nil
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a log level.", level), "use debug, info, warn, error or off")
	}
	o := &slog.HandlerOptions{Level: l}
	if human {
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return slog.New(slog.NewJSONHandler(w, o)), nil
}

// Metrics are the numbers that /metrics shows.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	spent    *prometheus.CounterVec
}

// NewMetrics gives the metrics of a process.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tacit_http_requests_total", Help: "Answered requests by face, route and status.",
		}, []string{"face", "method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tacit_http_request_seconds", Help: "Time from a request's head to the end of its answer, by face.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"face"}), // of routes there are hundreds, each of which would be fourteen series
		spent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tacit_http_route_seconds_total", Help: "Time spent on requests by route; by the number of requests it is their mean.",
		}, []string{"face", "method", "route"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tacit_build_info", Help: "Always 1, with the version as label."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.spent, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts one answered request. Requests that no route matched share
// one label, so that a scanner cannot fill memory.
func (m *Metrics) Request(face, method, pattern string, status int, took time.Duration) {
	if pattern == "" {
		method = "any"
	}
	m.requests.WithLabelValues(face, method, pattern, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(face).Observe(took.Seconds())
	m.spent.WithLabelValues(face, method, pattern).Add(took.Seconds())
}

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

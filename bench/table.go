//go:build linux

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// figures are what was measured of one server.
type figures struct {
	name             string
	start            time.Duration
	memory           int64 // bytes
	processes        int
	idle             float64 // of one processor, from 0
	pointsPerSecond  float64
	keysPerSecond    float64 // points, each of another key of its request
	points           int64
	bytesPerPoint    float64
	audited, held    logging // with the audit log, and while it is held
	pairsPerSecond   float64
	metricsPerSecond float64
	requests, failed int64
	searchCPU        time.Duration
	searchTime       time.Duration
}

// line is one row of the table.
type line struct {
	what string
	// value gives what is compared, and text how it is written.
	value func(figures) float64
	text  func(figures) string
	less  bool // less is better
}

var lines = []line{
	{"log-batch of 1,000 (10 keys), 8 writers, points/s", func(f figures) float64 { return f.pointsPerSecond },
		func(f figures) string { return fmt.Sprintf("%.0f", f.pointsPerSecond) }, false},
	{"log-batch of 1,000 (1,000 keys), 8 writers, points/s", func(f figures) float64 { return f.keysPerSecond },
		func(f figures) string { return fmt.Sprintf("%.0f", f.keysPerSecond) }, false},
	{"log-batch with the audit log, points/s", nil, figures.auditText, true},
	{"runs/create + update, 8 clients, pairs/s", func(f figures) float64 { return f.pairsPerSecond },
		func(f figures) string { return fmt.Sprintf("%.0f", f.pairsPerSecond) }, false},
	{"log-metric, 8 clients, requests/s", func(f figures) float64 { return f.metricsPerSecond },
		func(f figures) string { return fmt.Sprintf("%.0f", f.metricsPerSecond) }, false},
	{"64 writers on one run, failed requests", nil,
		func(f figures) string { return fmt.Sprintf("%d of %d", f.failed, f.requests) }, true},
	{"search by metric, CPU s a request", func(f figures) float64 { return f.searchCPU.Seconds() },
		func(f figures) string { return fmt.Sprintf("%.3f", f.searchCPU.Seconds()) }, true},
	{"search by metric, s a request", func(f figures) float64 { return f.searchTime.Seconds() },
		func(f figures) string { return fmt.Sprintf("%.3f", f.searchTime.Seconds()) }, true},
	{"resident memory idle, MiB (processes)", func(f figures) float64 { return float64(f.memory) },
		func(f figures) string { return fmt.Sprintf("%.0f (%d)", float64(f.memory)/(1<<20), f.processes) }, true},
	{"processor idle, % of one", func(f figures) float64 { return f.idle },
		func(f figures) string { return fmt.Sprintf("%.2f", 100*f.idle) }, true},
	{"start to /health, s", func(f figures) float64 { return f.start.Seconds() },
		func(f figures) string { return fmt.Sprintf("%.3f", f.start.Seconds()) }, true},
	{"bytes a point on disk", func(f figures) float64 { return f.bytesPerPoint },
		func(f figures) string { return fmt.Sprintf("%.1f", f.bytesPerPoint) }, true},
}

// printTable prints the servers side by side; the last column says how many
// times better the last is than the first.
func printTable(w io.Writer, all []figures) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, f := range all {
		_, _ = fmt.Fprint(t, "\t", f.name)
	}
	if len(all) > 1 {
		_, _ = fmt.Fprint(t, "\tratio")
	}
	_, _ = fmt.Fprintln(t, "\t")
	for _, l := range lines {
		_, _ = fmt.Fprint(t, l.what)
		for _, f := range all {
			_, _ = fmt.Fprint(t, "\t", l.text(f))
		}
		if len(all) > 1 {
			_, _ = fmt.Fprint(t, "\t", l.ratio(all[0], all[len(all)-1]))
		}
		_, _ = fmt.Fprintln(t, "\t")
	}
	_ = t.Flush()
}

func (l line) ratio(peer, own figures) string {
	if l.value == nil {
		return ""
	}
	a, b := l.value(own), l.value(peer)
	if l.less {
		a, b = b, a
	}
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f×", a/b)
}

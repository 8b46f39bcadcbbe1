//go:build linux

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// row is a job, and what it cost each program.
type row struct {
	job    string
	by     map[string]time.Duration
	memory map[string]int64 // instead of a time
	wanted float64          // the ratio that is asked for; 0 for none
	limit  time.Duration    // what the machine can do; 0 where nothing is comparable
	of     string           // what the limit is of
}

// add notes what a job cost a program.
func (b *bench) add(job, program string, t took, wanted float64) {
	for i := range b.rows {
		if b.rows[i].job == job {
			b.rows[i].by[program] = t.wall
			return
		}
	}
	b.rows = append(b.rows, row{job: job, by: map[string]time.Duration{program: t.wall}, wanted: wanted})
}

// bound notes what the machine can do of a job.
func (b *bench) bound(job, of string, limit time.Duration) {
	for i := range b.rows {
		if b.rows[i].job == job {
			b.rows[i].of, b.rows[i].limit = of, limit
		}
	}
}

// print prints the table: how many times as fast tacit is, and how many times as long as
// the machine needs.
func (b *bench) print(w io.Writer) error {
	fmt.Fprintf(w, "\ntacit data beside dvc: %d files in %d folders, and 4 of %d MiB\n", b.o.files, b.o.folders, b.o.large>>20) //nolint:errcheck // told by Flush
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "\tdvc s\ttacit s\tratio\twanted\tlimit s\ttimes the limit\t")
	for _, r := range b.rows {
		if r.memory != nil {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%d MiB\t%s\t%s\t\t\t\n", r.job, mebibytes(r.memory["dvc"]), r.memory["tacit"]>>20, ratio(float64(r.memory["dvc"]), float64(r.memory["tacit"])), wanted(r.wanted))
			continue
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.job, seconds(r.by["dvc"]), seconds(r.by["tacit"]), ratio(float64(r.by["dvc"]), float64(r.by["tacit"])),
			wanted(r.wanted), limitText(r), ratio(float64(r.by["tacit"]), float64(r.limit)))
	}
	return t.Flush()
}

func seconds(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.4f", d.Seconds())
	}
	return fmt.Sprintf("%.2f", d.Seconds())
}

func mebibytes(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

func ratio(a, b float64) string {
	if a == 0 || b == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", a/b)
}

func wanted(n float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%g", n)
}

func limitText(r row) string {
	if r.limit == 0 {
		return ""
	}
	return seconds(r.limit) + " " + r.of
}

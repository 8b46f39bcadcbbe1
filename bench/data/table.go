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
	limit  bound
}

// bound is what is good enough whatever the ratio: what the machine can do, or a time.
type bound struct {
	of     string
	time   time.Duration // 0 where nothing is comparable
	within float64       // how many times as long may be taken
}

// mostMemory is good enough, in bytes, whatever dvc takes.
const mostMemory = 400 << 20

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

// bound notes what is good enough for a job.
func (b *bench) bound(job string, limit bound) {
	for i := range b.rows {
		if b.rows[i].job == job {
			b.rows[i].limit = limit
		}
	}
}

// print prints the table: how many times as fast tacit is, how many times as long as the
// machine needs, and where neither is what is asked for that it is missed.
func (b *bench) print(w io.Writer) error {
	fmt.Fprintf(w, "\ntacit data beside dvc: %d files in %d folders, and 4 of %d MiB\n", b.o.files, b.o.folders, b.o.large>>20) //nolint:errcheck // told by Flush
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "\tdvc s\ttacit s\tratio\twanted\tlimit s\ttimes the limit\tor within\t\t")
	for _, r := range b.rows {
		if r.memory != nil {
			dvc, tacit := r.memory["dvc"], r.memory["tacit"]
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t1\t%s\t\n", r.job, mebibytes(dvc), mebibytes(tacit), ratio(float64(dvc), float64(tacit)), number(r.wanted),
				mebibytes(mostMemory), ratio(float64(tacit), mostMemory), r.verdict())
			continue
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.job, seconds(r.by["dvc"]), seconds(r.by["tacit"]), ratio(float64(r.by["dvc"]), float64(r.by["tacit"])),
			number(r.wanted), r.limit, ratio(float64(r.by["tacit"]), float64(r.limit.time)), number(r.limit.within), r.verdict())
	}
	return t.Flush()
}

// verdict is whether the ratio or the limit is kept; nothing where tacit was measured alone
// and has no limit.
func (r row) verdict() string {
	dvc, tacit, most := float64(r.by["dvc"]), float64(r.by["tacit"]), float64(r.limit.time)*r.limit.within
	if r.memory != nil {
		dvc, tacit, most = float64(r.memory["dvc"]), float64(r.memory["tacit"]), mostMemory
	}
	switch {
	case tacit == 0 || dvc == 0 && most == 0:
		return ""
	case dvc >= r.wanted*tacit && dvc > 0 || tacit <= most:
		return "met"
	}
	return "missed"
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
	return fmt.Sprintf("%.2f", a/b)
}

func number(n float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", n)
}

// String is the time, and what takes it.
func (b bound) String() string {
	if b.time == 0 {
		return ""
	}
	return seconds(b.time) + " " + b.of
}

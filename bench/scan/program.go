//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// program is a scanner.
type program struct {
	name string
	path string
	args func(s scenario) [][]string // a list of arguments for each start
	env  []string
}

// programs are the peers in a folder of programs.
func programs(folder string) []program {
	whole := func(args ...string) func(scenario) [][]string {
		return func(s scenario) [][]string { return [][]string{append(slices.Clone(args), s.path)} }
	}
	each := func(s scenario) (all [][]string) {
		for _, path := range s.pickles {
			all = append(all, []string{"--check-safety", path})
		}
		return all
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	return []program{
		{name: "modelscan", path: at("modelscan"), args: whole("scan", "-p")},
		{name: "picklescan", path: at("picklescan"), args: whole("-p")},
		{name: "fickling", path: at("fickling"), args: each},
		{name: "modelaudit", path: at("modelaudit"), args: whole("scan", "--no-cache", "--quiet"), env: []string{"PROMPTFOO_DISABLE_TELEMETRY=1", "NO_ANALYTICS=1"}},
	}
}

// result is what a scan took.
type result struct {
	name      string
	wall, cpu time.Duration
	memory    int64 // bytes, the most of one start
	exit      int   // the highest
	last      string
	unended   string // why it did not end
	err       error
}

// tacitResult is the median of three scans by wall time.
func tacitResult(ctx context.Context, path string, s scenario, l limits) result {
	p := program{name: "tacit", path: path, args: func(s scenario) [][]string { return [][]string{{"scan", s.path}} }}
	var all []result
	for range 3 {
		r := p.run(ctx, s, l)
		if r.err == nil && r.exit != 0 {
			r.err = fmt.Errorf("exit code %d: %s", r.exit, r.last)
		}
		if r.err != nil {
			return r
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b result) int { return int(a.wall - b.wall) })
	return all[1]
}

func (p program) run(ctx context.Context, s scenario, l limits) result {
	r := result{name: p.name}
	ctx, cancel := context.WithTimeout(ctx, l.time)
	defer cancel()
	for _, args := range p.args(s) {
		if r.err == nil && r.unended == "" {
			p.start(ctx, args, l, &r)
		}
	}
	return r
}

// start runs the program once and adds what it took.
func (p program) start(ctx context.Context, args []string, l limits, r *result) {
	limited := append([]string{"-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, l.memory<<20), p.path}, args...)
	c := exec.CommandContext(ctx, "sh", limited...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Env = append(os.Environ(), p.env...)
	c.Dir = l.folder // some leave files where they are started
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	began := time.Now()
	err := c.Run()
	r.wall += time.Since(began)
	if c.ProcessState == nil {
		r.err = err
		return
	}
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		r.err = errors.New("nothing is known of what it used")
		return
	}
	r.cpu += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	r.memory = max(r.memory, usage.Maxrss<<10)
	r.exit = max(r.exit, c.ProcessState.ExitCode())
	r.last = reason(out.String())
	switch {
	case ctx.Err() != nil:
		r.unended = "time"
	case strings.Contains(out.String(), "MemoryError") || strings.Contains(out.String(), "memory allocation of") || !c.ProcessState.Exited():
		r.unended = "memory"
	}
}

// reason is the last line that speaks of an error, else the last line.
func reason(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(strings.ToLower(line), "error") || strings.Contains(line, "has no attribute") {
			return line
		}
	}
	return lines[len(lines)-1]
}

// printTable prints the programs one below the other, the first being tacit: the
// last columns say how many times its wall and processor time theirs are.
func printTable(w io.Writer, s scenario, all []result) error {
	_, err := fmt.Fprintf(w, "\n%s, %.0f MB: tacit reads %.0f MB/s\n", s.name, float64(s.size)/1e6, float64(s.size)/1e6/all[0].wall.Seconds())
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "\twall s\tCPU s\tpeak MiB\texit\twall ratio\tCPU ratio\t")
	for i, r := range all {
		_, _ = fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%d\t%d\t", r.name, r.wall.Seconds(), r.cpu.Seconds(), r.memory>>20, r.exit)
		switch {
		case i == 0:
			_, _ = fmt.Fprint(t, "\t\t")
		case r.unended != "":
			_, _ = fmt.Fprintf(t, "no end: %s\t\t", r.unended)
		default:
			_, _ = fmt.Fprintf(t, "%.0f\t%.0f\t", r.wall.Seconds()/all[0].wall.Seconds(), r.cpu.Seconds()/all[0].cpu.Seconds())
		}
		_, _ = fmt.Fprintln(t)
	}
	err = errors.Join(err, t.Flush())
	for _, r := range all {
		if r.exit > 1 && r.unended == "" {
			_, more := fmt.Fprintf(w, "%s ended with %d: %s\n", r.name, r.exit, r.last)
			err = errors.Join(err, more)
		}
	}
	return err
}

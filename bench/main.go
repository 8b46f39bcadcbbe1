//go:build linux

// Command bench measures tacit and the MLflow server side by side: the same
// requests, over keep-alive connections on loopback, one after the other on
// the same machine.
//
// To repeat it, on a machine that does nothing else:
//
//	make build
//	go run ./bench -tacit bin/tacit -mlflow VENV/bin/mlflow
//
// where VENV is a virtual environment with mlflow installed (`make conformance`
// makes one). Without -mlflow only tacit is measured, and the table has no
// ratios; -quick does little of everything in a few seconds, to see that the
// bench itself works: its figures say nothing.
//
// Each server starts with its defaults on an empty folder: SQLite, durable
// before the answer. The client runs on the same processors, so what it costs
// is in every figure. "search" is the processor time of the server's process
// tree for one page of 1,000 runs out of -runs, filtered and ordered by a
// metric, once the server is at rest; MLflow's runs are written into its SQLite file while it is stopped,
// tacit's come over HTTP. "bytes a point" is the size of the store after a
// clean stop, by the points that were logged.
//
// "processor idle" is what the server uses in a minute in which nobody asks
// anything: it looks for jobs and for events of other processes.
//
// "the audit log" tells what it costs log-batch that every event gets its leaf in
// the signed tree. It cannot be switched off, so the bench holds it: while tacit
// is stopped, the place that the audit log has come to in the stream of events is
// put behind all events that will be, so that the same program writes the same
// events and appends none of them. Runs with it and without it follow each other;
// after each the tree is looked at, and a tree that grew while it was held, or did
// not while it was not, is an error. Points a second leave out what is appended
// after the last answer, so the cost is the greater of two: by points a second,
// and by the processor time of a point until the server is at rest. It is to be
// 10 % at most.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the sizes of a measurement.
type options struct {
	duration time.Duration // of each scenario that runs for a time
	runs     int           // of the search
	searches int
	requests int           // of each writer of the 64
	idle     time.Duration // in which nobody asks anything
}

func main() {
	tacit := flag.String("tacit", "bin/tacit", "the program tacit")
	mlflow := flag.String("mlflow", "", "the program mlflow, to measure its server as well")
	quick := flag.Bool("quick", false, "a little of everything, to see that it works")
	duration := flag.Duration("duration", 10*time.Second, "how long each scenario runs")
	runs := flag.Int("runs", 20_000, "runs to search in")
	flag.Parse()
	o := options{duration: *duration, runs: *runs, searches: 10, requests: 20, idle: time.Minute}
	if *quick {
		o = options{duration: 500 * time.Millisecond, runs: 300, searches: 2, requests: 1, idle: time.Second}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := compare(ctx, *tacit, *mlflow, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// compare measures one server after the other and prints the table.
func compare(ctx context.Context, tacit, mlflow string, o options) error {
	subjects := []subject{}
	if mlflow != "" {
		subjects = append(subjects, mlflowServer(mlflow))
	}
	subjects = append(subjects, tacitServer(tacit))
	var all []figures
	for _, s := range subjects {
		path, err := filepath.Abs(s.program)
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			return errors.Join(fmt.Errorf("%s: build it first, or name it by -%s", s.program, s.name), err)
		}
		s.program = path
		f, err := measure(ctx, s, o)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		all = append(all, f)
	}
	printTable(os.Stdout, all)
	return nil
}

// measure runs all scenarios against one server, each group on a fresh folder.
func measure(ctx context.Context, s subject, o options) (f figures, err error) {
	f.name = s.name
	step := func(name string, run func(*server) error) {
		if err != nil {
			return
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, name)
		err = s.with(ctx, name, run)
	}
	var folder string
	step("start, memory, log-batch", func(v *server) error {
		folder, v.keep = v.folder, true
		f.start, f.memory, f.processes = v.started, v.resident(), len(v.tree())
		var err error
		if f.idle, err = v.idle(ctx, o.idle); err != nil {
			return err
		}
		f.pointsPerSecond, f.points, err = logBatches(ctx, v, o, fewKeys)
		return err
	})
	if err == nil {
		f.bytesPerPoint, err = bytesPerPoint(s, folder, f.points)
	}
	if err == nil && s.hold != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, "the audit log")
		f.audited, f.held, err = auditCost(ctx, s, o)
	}
	step("a thousand keys a request", func(v *server) (err error) {
		f.keysPerSecond, _, err = logBatches(ctx, v, o, manyKeys)
		return err
	})
	step("create and update, log-metric, 64 writers, search", func(v *server) (err error) {
		if f.pairsPerSecond, err = createAndUpdate(ctx, v, o); err != nil {
			return err
		}
		if f.metricsPerSecond, err = logMetrics(ctx, v, o); err != nil {
			return err
		}
		if f.requests, f.failed, err = manyWriters(ctx, v, o); err != nil {
			return err
		}
		f.searchCPU, f.searchTime, err = search(ctx, v, o)
		return err
	})
	return f, err
}

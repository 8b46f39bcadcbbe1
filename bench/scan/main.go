//go:build linux

// Command scan measures tacit scan beside modelscan, picklescan, fickling and
// modelaudit: the same files, one program after the other on the same machine.
//
// To repeat it, on a machine that does nothing else:
//
//	make build
//	go run ./bench/scan -tacit bin/tacit -peers VENV/bin
//
// where VENV is a virtual environment with the four (`make conformance` makes
// one). Without -peers only tacit is measured; -quick scans little of everything,
// to see that the bench works: its figures say nothing.
//
// "folder" is of 1 GiB: weights of torch, safetensors and numpy, pickles of
// arrays, and pickles of many small values. "pickle" has 440 MB of numbers and 60
// MB of opcodes, "records" is all opcodes, "raw" all numbers. They are written by
// the bench, in the formats of the libraries.
//
// Wall time and processor time are of the whole program with its start, the
// median of three for tacit, peak memory is the largest resident set. fickling
// takes one file, so that it is started for each pickle of the folder; the other
// formats it does not read. A program that takes more memory than -memory, or
// more than -time, did not end: its times are a lower bound, and no ratio is
// given. A peer that ends early because of a budget of its own did not read the
// same bytes; its exit code and last line are printed.
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

// limits are what a program may take.
type limits struct {
	memory int64 // GiB of addresses
	time   time.Duration
	folder string // where it is started
}

func main() {
	tacit := flag.String("tacit", "bin/tacit", "the program tacit")
	peers := flag.String("peers", "", "the folder with the four programs, to measure them as well")
	quick := flag.Bool("quick", false, "a little of everything, to see that it works")
	memory := flag.Int64("memory", 12, "GiB of memory that a program may take")
	most := flag.Duration("time", 15*time.Minute, "time that a program may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := compare(ctx, *tacit, *peers, *quick, limits{memory: *memory, time: *most}); err != nil {
		fmt.Fprintln(os.Stderr, "bench/scan:", err)
		os.Exit(1)
	}
}

// scenario is something to scan.
type scenario struct {
	name    string
	path    string
	pickles []string // the files that fickling reads
	size    int64
	alone   bool // nobody but tacit is asked
}

// compare writes the files, scans them with every program and prints a table
// for each scenario.
func compare(ctx context.Context, tacit, peers string, quick bool, l limits) (err error) {
	folder, err := os.MkdirTemp("", "tacit-bench-scan-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	l.folder = folder
	unit, pickles := int64(1<<20), 40
	if quick {
		unit, pickles = 1<<10, 2
	}
	scenarios, err := write(folder, unit, pickles)
	if err != nil {
		return err
	}
	for _, path := range []*string{&tacit, &peers} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	for i, s := range scenarios {
		fmt.Fprintf(os.Stderr, "scan: %s\n", s.name)
		results := []result{tacitResult(ctx, tacit, s, l)}
		if peers != "" && !s.alone && (i == 0 || !quick) {
			for _, p := range programs(peers) {
				results = append(results, p.run(ctx, s, l))
			}
		}
		for _, r := range results {
			if r.err != nil {
				return fmt.Errorf("%s of %s: %w", r.name, s.name, r.err)
			}
		}
		if err := printTable(os.Stdout, s, results); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// write makes the files, all sizes in units of 1 MiB; the folder has so many
// pickles of records.
func write(folder string, unit int64, pickles int) ([]scenario, error) {
	c := newCorpus(folder)
	mixed := scenario{name: "folder", path: filepath.Join(folder, "folder")}
	for i := range 4 {
		c.file(fmt.Sprintf("folder/torch/%d.pt", i), c.torch(8, 8*unit))
		c.file(fmt.Sprintf("folder/weights/%d.safetensors", i), c.safetensors(64*unit))
		c.file(fmt.Sprintf("folder/numpy/%d.npy", i), c.npy(32*unit))
		name := fmt.Sprintf("folder/arrays/%d.pkl", i)
		c.file(name, c.array(56*unit))
		mixed.pickles = append(mixed.pickles, filepath.Join(folder, name))
	}
	for i := range pickles {
		name := fmt.Sprintf("folder/records/%d.pkl", i)
		c.file(name, c.records(4*unit))
		mixed.pickles = append(mixed.pickles, filepath.Join(folder, name))
	}
	mixed.size = c.size
	all := []scenario{mixed}
	one := func(name string, alone bool, size int64) {
		path := filepath.Join(folder, name+".pkl")
		all = append(all, scenario{name: name, path: path, pickles: []string{path}, size: size, alone: alone})
	}
	before := c.size
	c.file("pickle.pkl", c.both(440*unit, 60*unit))
	one("pickle", false, c.size-before)
	before = c.size
	c.file("records.pkl", c.records(500*unit))
	one("records", false, c.size-before)
	before = c.size
	c.file("raw.pkl", c.array(480*unit))
	one("raw", true, c.size-before)
	return all, c.err
}

//go:build linux

// Command data measures tacit data beside dvc: the same commands over the same files, one
// program after the other on the same machine.
//
// To repeat it, on a machine that does nothing else:
//
//	make build
//	go run ./bench/data -tacit bin/tacit -dvc VENV/bin/dvc -s3 .tools/bin/versitygw
//
// where VENV is a virtual environment with dvc[http,s3] (`make conformance` makes one),
// and versitygw a server of S3 (`make test` builds one). Without -dvc only tacit is
// measured, and without -s3 nothing is pushed to a bucket; -quick does a little of
// everything, to see that the bench works: its figures say nothing.
//
// There are 70,000 files of about 270 bytes in 70 folders, 19 MB in all, and 4 files of
// 1 GiB, drawn from a fixed seed. Each program has a working copy of its own, with each
// type of links. Before each command all that others wrote is synced; files are in the page
// cache. Wall time is that of the whole program with its start: the median of three of
// what leaves all as it was, one run of the rest. tacit ends when what it acknowledged is
// durable, by one syncfs; dvc syncs nothing.
//
// "limit" is what the machine can do: find with stat for commands that look at
// everything and change nothing, cp -r or cp -rl with sync -f behind for those that store or
// make files, for large files the slower of md5sum on all processors and of cp with sync -f; or
// a time or memory that is good enough. A row is met where tacit is as many times as fast as is
// wanted, or takes at most so many times the limit; else "missed" stands behind it.
//
// What dvc pushes to tacit and to a plain file server, which syncs nothing, is the mean of
// two pushes to each, to new ones in turns: tacit, the other twice, tacit.
//
// Peak memory is the largest resident set of add. For a million files it is measured
// with -million alone, which makes that many.
//
// All of it takes about an hour and 30 GB of disk, and needs nobody:
//
//	go run ./bench/data -tacit bin/tacit -dvc VENV/bin/dvc -s3 .tools/bin/versitygw -million
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// options are the sizes of a measurement.
type options struct {
	files   int
	folders int
	large   int64 // bytes of each of four
	again   int   // runs of what changes nothing
	million int   // files whose memory is measured, 0 for none
	links   []string
	parts   []string
}

func main() {
	tacit := flag.String("tacit", "bin/tacit", "the program tacit")
	peer := flag.String("dvc", "", "the program dvc, to measure it as well")
	s3 := flag.String("s3", "", "the program versitygw, to push to a bucket as well")
	quick := flag.Bool("quick", false, "a little of everything, to see that it works")
	million := flag.Bool("million", false, "measure the memory of add of a million files as well")
	files := flag.Int("files", 70_000, "how many small files there are")
	parts := flag.String("parts", "start,small,remotes,large,memory", "what is measured; remotes needs small")
	folder := flag.String("folder", "", "where the files are made; a temporary folder unless set")
	flag.Parse()
	o := options{files: *files, folders: 70, large: 1 << 30, again: 3, links: []string{"copy", "hardlink"}}
	if *million {
		o.million = 1_000_000
	}
	if *quick {
		o = options{files: 140, folders: 7, large: 1 << 20, again: 1, links: []string{"copy"}}
	}
	o.parts = strings.Split(*parts, ",")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := compare(ctx, *folder, *tacit, *peer, *s3, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/data:", err)
		os.Exit(1)
	}
}

// bench is one measurement.
type bench struct {
	ctx    context.Context
	o      options
	folder string
	tacit  program
	dvc    *program // nil for none
	s3     string   // the program of a server; "" for none
	rows   []row
}

func compare(ctx context.Context, folder, tacit, peer, s3 string, o options) (err error) {
	folder, err = os.MkdirTemp(folder, "tacit-bench-data-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for _, path := range []*string{&tacit, &peer, &s3} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
		if _, err := os.Stat(*path); err != nil {
			return err
		}
	}
	b := &bench{ctx: ctx, o: o, folder: folder, s3: s3, tacit: program{name: "tacit", path: tacit, before: []string{"data"}}}
	if peer != "" {
		b.dvc = &program{name: "dvc", path: peer}
	}
	if err := b.write(); err != nil {
		return err
	}
	// What was measured is printed although what comes behind it failed.
	return errors.Join(b.run(), b.print(os.Stdout))
}

// run does the parts that are asked for.
func (b *bench) run() error {
	parts := map[string]func() error{"start": b.start, "small": b.small, "remotes": b.remotes, "large": b.large, "memory": b.memory}
	for _, name := range b.o.parts {
		part := parts[name]
		if part == nil {
			return fmt.Errorf("-parts: there is no part %q", name)
		}
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// programs are those that are measured, dvc first.
func (b *bench) programs() []program {
	if b.dvc == nil {
		return []program{b.tacit}
	}
	return []program{*b.dvc, b.tacit}
}

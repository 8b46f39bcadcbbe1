//go:build linux

// Command upload measures what hashing costs whom uploads: the real MLflow client logs
// a file to two servers of tacit, of which one hashes what comes and one does not.
//
// To repeat it, on a machine that does nothing else:
//
//	make build
//	go run ./bench/upload -tacit bin/tacit -python VENV/bin/python
//
// where VENV is a virtual environment with mlflow (`make conformance` makes one). The
// server that does not hash is built by the bench, with the tag "unhashed"; there is no
// setting for it. -quick sends little: its figures say nothing.
//
// Each pair is one upload to either server, the first of a pair in turn. The file comes
// in one request, "whole", and as the client sends large ones of itself, "parts", which
// are put together by the server and hashed when they are scanned. Between two uploads
// the bench holds the memory that the file before had in the page cache: where the
// machine is a virtual one, memory that it has not used for long is slow.
//
// Wall time is that of log_artifact; the ratio is that of the medians, and the range is
// that of the ratios of the pairs that are neither in the lowest nor the highest quarter.
// Processor time is that of the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	tacit := flag.String("tacit", "bin/tacit", "the program tacit")
	python := flag.String("python", "", "a Python that has mlflow")
	quick := flag.Bool("quick", false, "a little, to see that it works")
	size := flag.Int64("size", 1024, "MiB of a file")
	pairs := flag.Int("pairs", 11, "uploads to either server")
	folder := flag.String("folder", "", "where files are written, in a folder of their own")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *quick {
		*size, *pairs = 8, 1
	}
	if err := compare(ctx, *tacit, *python, *folder, *size<<20, *pairs); err != nil {
		fmt.Fprintln(os.Stderr, "bench/upload:", err)
		os.Exit(1)
	}
}

// compare measures both ways in which a file comes, and prints a table.
func compare(ctx context.Context, tacit, python, folder string, size int64, pairs int) (err error) {
	if folder, err = os.MkdirTemp(folder, "tacit-bench-upload-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if tacit, err = filepath.Abs(tacit); err != nil {
		return err
	}
	unhashed := filepath.Join(folder, "unhashed")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "unhashed", "-ldflags", "-s -w", "-o", unhashed, "./cmd/tacit")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("the server that does not hash: %w", err)
	}
	file := filepath.Join(folder, "model.bin")
	if err := write(file, size); err != nil {
		return err
	}
	var servers [2]*server
	for i, program := range []string{unhashed, tacit} {
		if servers[i], err = start(ctx, program, filepath.Join(folder, fmt.Sprint(i))); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, servers[i].stop()) }()
	}
	client, err := startClient(ctx, python, file, servers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.stop()) }()
	for _, way := range []string{"whole", "parts"} {
		fmt.Fprintf(os.Stderr, "upload: %s\n", way)
		took, err := client.measure(servers, way, size, pairs)
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
		if err := printTable(os.Stdout, way, size, took); err != nil {
			return err
		}
	}
	return ctx.Err()
}

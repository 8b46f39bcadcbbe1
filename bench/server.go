//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// subject is a server that can be started.
type subject struct {
	name    string
	program string
	args    func(folder, port string) []string
	store   string // its SQLite file in the folder
	// fill makes the runs of the search while the server is stopped; nil when
	// they are made over HTTP.
	fill func(store string, experiment int64, runs int) error
	wait time.Duration // for the first answer
	// hold keeps the audit log of a stopped server from going on; nil for none.
	hold func(ctx context.Context, store string) error
}

func tacitServer(program string) subject {
	return subject{
		name: "tacit", program: program, store: "tacit.db", wait: time.Minute, hold: holdAudit,
		args: func(folder, port string) []string {
			return []string{"up", "--listen", "127.0.0.1:" + port, "--dir", folder}
		},
	}
}

func mlflowServer(program string) subject {
	return subject{
		name: "mlflow", program: program, store: "mlflow.db", wait: 3 * time.Minute, fill: fillMLflow,
		args: func(folder, port string) []string {
			return []string{"server", "--host", "127.0.0.1", "--port", port,
				"--backend-store-uri", "sqlite:///" + filepath.Join(folder, "mlflow.db"),
				"--artifacts-destination", filepath.Join(folder, "artifacts")}
		},
	}
}

// server is a started subject.
type server struct {
	subject
	folder  string
	base    string // http://127.0.0.1:PORT
	command *exec.Cmd
	log     *os.File
	release func()        // gives the port back
	started time.Duration // from start to the first answer of /health
	http    *http.Client
	keep    bool // the folder stays, to be looked at after the stop
}

// with starts the server on a fresh folder, runs fn and stops it.
func (s subject) with(ctx context.Context, what string, fn func(*server) error) error {
	folder, err := os.MkdirTemp("", "tacit-bench-")
	if err != nil {
		return err
	}
	v, err := s.start(ctx, folder)
	if err != nil {
		return err
	}
	if err := errors.Join(fn(v), v.stop()); err != nil {
		return fmt.Errorf("%s: %w (log in %s)", what, err, v.log.Name())
	}
	if v.keep {
		return nil
	}
	return os.RemoveAll(folder)
}

func (s subject) start(ctx context.Context, folder string) (*server, error) {
	log, err := os.Create(filepath.Join(folder, "bench.log"))
	if err != nil {
		return nil, err
	}
	number, release, err := freeport.Hold()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	port := strconv.Itoa(number)
	v := &server{subject: s, folder: folder, base: "http://127.0.0.1:" + port, log: log, release: release}
	// A request that has no answer after two minutes has failed: with 64 writers on
	// one run MLflow's server leaves single ones open for good.
	v.http = &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{
		MaxIdleConns: 128, MaxIdleConnsPerHost: 128, DisableCompression: true, WriteBufferSize: 128 << 10, ReadBufferSize: 64 << 10,
	}}
	v.command = exec.CommandContext(ctx, s.program, s.args(folder, port)...)
	v.command.Dir, v.command.Stdout, v.command.Stderr = folder, log, log
	v.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	v.command.Cancel = func() error { return syscall.Kill(-v.command.Process.Pid, syscall.SIGTERM) }
	begin := time.Now()
	if err := v.command.Start(); err != nil {
		return nil, err
	}
	for {
		if answer, err := v.http.Get(v.base + "/health"); err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(begin) > s.wait {
			return nil, errors.Join(fmt.Errorf("no answer within %s; its log is %s", s.wait, log.Name()), v.stop())
		}
		time.Sleep(2 * time.Millisecond)
	}
	v.started = time.Since(begin)
	// Background processes of the server may start a little later.
	time.Sleep(min(2*time.Second, s.wait/20))
	return v, nil
}

// stop ends the process tree and waits for it.
func (v *server) stop() error {
	v.http.CloseIdleConnections()
	pid := v.command.Process.Pid
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = v.command.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	v.release()
	return v.log.Close()
}

// tree are the ids of the server's process and all its descendants.
func (v *server) tree() []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		if fields := statFields(path); len(fields) > 1 {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			parent, _ := strconv.Atoi(fields[1])
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{v.command.Process.Pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// statFields are the fields of /proc/PID/stat behind the command's name.
func statFields(path string) []string {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	_, rest, ok := strings.Cut(string(b), ") ")
	if !ok {
		return nil
	}
	return strings.Fields(rest)
}

// resident is the memory of the process tree, in bytes.
func (v *server) resident() int64 {
	var pages int64
	for _, pid := range v.tree() {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(b)); len(fields) > 1 {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			pages += n
		}
	}
	return pages * int64(os.Getpagesize())
}

// clockTicks are the units of processor time in /proc, a second.
const clockTicks = 100

// cpu is the processor time that the process tree has used.
func (v *server) cpu() time.Duration {
	var ticks int64
	for _, pid := range v.tree() {
		if fields := statFields(fmt.Sprintf("/proc/%d/stat", pid)); len(fields) > 12 {
			user, _ := strconv.ParseInt(fields[11], 10, 64)
			system, _ := strconv.ParseInt(fields[12], 10, 64)
			ticks += user + system
		}
	}
	return time.Duration(ticks) * time.Second / clockTicks
}

// idle is the part of one processor that the server uses for a time in which
// nobody asks anything, once its start is over.
func (v *server) idle(ctx context.Context, most time.Duration) (float64, error) {
	if err := v.settled(ctx); err != nil {
		return 0, err
	}
	begin, before := time.Now(), v.cpu()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(most):
	}
	return float64(v.cpu()-before) / float64(time.Since(begin)), nil
}

// settled waits until what was written before is worked off: a second in which
// the server uses less than a twentieth of a processor, or a minute.
func (v *server) settled(ctx context.Context) error {
	for range 60 {
		before := v.cpu()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		if v.cpu()-before < time.Second/20 {
			return nil
		}
	}
	return nil
}

// bytesPerPoint is the size of a stopped server's store by the points in it;
// the folder is removed.
func bytesPerPoint(s subject, folder string, points int64) (float64, error) {
	info, err := os.Stat(filepath.Join(folder, s.store))
	if err != nil {
		return 0, err
	}
	size := info.Size()
	if wal, err := os.Stat(filepath.Join(folder, s.store+"-wal")); err == nil {
		size += wal.Size()
	}
	return float64(size) / float64(points), os.RemoveAll(folder)
}

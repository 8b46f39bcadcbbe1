//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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

// server is tacit, on a folder of its own.
type server struct {
	base    string // http://127.0.0.1:PORT
	command *exec.Cmd
	release func() // gives the port back
}

func start(ctx context.Context, program, folder string) (*server, error) {
	port, release, err := freeport.Hold()
	if err != nil {
		return nil, err
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	s := &server{base: "http://" + address, command: exec.CommandContext(ctx, program, "up", "--listen", address, "--dir", folder), release: release}
	s.command.Stdout, s.command.Stderr = io.Discard, io.Discard
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	for range 1200 {
		if answer, err := http.Get(s.base + "/health"); err == nil {
			if answer.Body.Close() == nil && answer.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("%s gives no answer", program), s.stop())
}

func (s *server) stop() error {
	err := s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait() // that it was ended is its error
	s.release()
	return err
}

// clear deletes all artifacts of the first experiment that was made.
func (s *server) clear() error {
	request, err := http.NewRequest(http.MethodDelete, s.base+"/api/2.0/mlflow-artifacts/artifacts/1", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the file cannot be deleted: %s", answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}

// clockTicks are the units of processor time in /proc, a second.
const clockTicks = 100

// cpu is the processor time that the server has used.
func (s *server) cpu() time.Duration {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.command.Process.Pid), "stat"))
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if err != nil || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / clockTicks
}

// write makes a file of drawn bytes.
func write(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{1}), size)
	return errors.Join(err, f.Sync(), f.Close())
}

//go:build linux

package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

//go:embed client.py
var script string

// client is the Python program that uploads.
type client struct {
	command *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Reader
}

func startClient(ctx context.Context, python, file string, servers [2]*server) (*client, error) {
	c := &client{command: exec.CommandContext(ctx, python, "-c", script, file, servers[0].base, servers[1].base)}
	c.command.Stderr = os.Stderr
	c.command.Env = append(os.Environ(), "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR=false", "PYTHONWARNINGS=ignore")
	to, err1 := c.command.StdinPipe()
	from, err2 := c.command.StdoutPipe()
	if err := errors.Join(err1, err2, c.command.Start()); err != nil {
		return nil, fmt.Errorf("the client: %w", err)
	}
	c.to, c.from = to, bufio.NewReader(from)
	return c, nil
}

func (c *client) stop() error { return errors.Join(c.to.Close(), c.command.Wait()) }

// upload logs the file to a server.
func (c *client) upload(number int, way string) (time.Duration, error) {
	if _, err := fmt.Fprintln(c.to, number, way); err != nil {
		return 0, err
	}
	var seconds float64
	if _, err := fmt.Fscanln(c.from, &seconds); err != nil {
		return 0, fmt.Errorf("the client ended: %w", err)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// took is what one upload took.
type took struct{ wall, cpu time.Duration }

// measure uploads to either server in turn, once more than counts.
func (c *client) measure(servers [2]*server, way string, size int64, pairs int) (all [2][]took, err error) {
	for pair := range pairs + 1 {
		for i := range servers {
			n := (i + pair) % len(servers)
			before := servers[n].cpu()
			wall, err := c.upload(n, way)
			if err != nil {
				return all, err
			}
			if pair > 0 {
				all[n] = append(all[n], took{wall, servers[n].cpu() - before})
			}
			if err := servers[n].clear(); err != nil {
				return all, err
			}
			release, err := hold(size + size/2)
			if err != nil {
				return all, err
			}
			time.Sleep(200 * time.Millisecond) // what the deletion leaves to do is done
			if err := release(); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// hold has so many bytes of memory until they are released.
func hold(size int64) (release func() error, err error) {
	memory, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_POPULATE)
	if err != nil {
		return nil, err
	}
	return func() error { return syscall.Munmap(memory) }, nil
}

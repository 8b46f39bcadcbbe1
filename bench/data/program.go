//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// program is dvc, or what takes its commands.
type program struct {
	name   string
	path   string
	before []string // words before the command
}

// took is what a command cost.
type took struct {
	wall   time.Duration
	memory int64 // bytes, the largest resident set
}

// copyOf is a working copy that one program works on.
type copyOf struct {
	*bench
	program
	root string
}

// work makes an empty repository of git and DVC.
func (b *bench) work(p program, name string) (*copyOf, error) {
	c := &copyOf{bench: b, program: p, root: filepath.Join(b.folder, name, p.name, "r")}
	for _, folder := range []string{c.root, c.home()} {
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return nil, err
		}
	}
	if err := c.git("init", "-q"); err != nil {
		return nil, err
	}
	return c, c.set("init", "-q")
}

// set runs what is not measured, by tacit: it starts quicker, and writes the same.
func (c *copyOf) set(args ...string) error {
	_, err := c.start(c.tacit.path, append(slices.Clone(c.tacit.before), args...))
	return err
}

func (c *copyOf) home() string { return c.root + ".home" }

// env is what both programs are started with: nothing of the person's own settings.
func (c *copyOf) env() (all []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DVC_") && !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "AWS_") {
			all = append(all, v)
		}
	}
	home := c.home()
	return append(all, "HOME="+home, "DVC_NO_ANALYTICS=1", "DVC_SITE_CACHE_DIR="+filepath.Join(home, "site"), "DVC_GLOBAL_CONFIG_DIR="+home, "DVC_SYSTEM_CONFIG_DIR="+home,
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=b", "GIT_AUTHOR_EMAIL=b@example.org", "GIT_COMMITTER_NAME=b", "GIT_COMMITTER_EMAIL=b@example.org",
		"AWS_ACCESS_KEY_ID="+s3User, "AWS_SECRET_ACCESS_KEY="+s3User, "AWS_DEFAULT_REGION=us-east-1")
}

func (c *copyOf) git(args ...string) error {
	_, err := c.start("git", args)
	return err
}

// run runs a command of dvc's.
func (c *copyOf) run(args ...string) (took, error) {
	return c.start(c.path, append(slices.Clone(c.before), args...))
}

// again is the median of runs that leave all as it was.
func (c *copyOf) again(args ...string) (took, error) {
	var all []took
	for range c.o.again {
		t, err := c.run(args...)
		if err != nil {
			return t, err
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b took) int { return int(a.wall - b.wall) })
	return all[len(all)/2], nil
}

// away puts a folder out of the way. Nothing is deleted while programs are measured: ext4
// looks for new inodes beyond those that went within the last minutes (ialloc.c,
// recently_deleted), so that whoever comes after a deletion makes files more slowly.
func (c *copyOf) away(folder string) error {
	gone := filepath.Join(filepath.Dir(c.root), "gone")
	if err := os.MkdirAll(gone, 0o750); err != nil {
		return err
	}
	return os.Rename(filepath.Join(c.root, folder), filepath.Join(gone, filepath.Base(folder)))
}

// start runs a program when all that others wrote is on the disk.
func (c *copyOf) start(path string, args []string) (t took, err error) {
	syscall.Sync()
	command := exec.CommandContext(c.ctx, path, args...)
	command.Dir, command.Env = c.root, c.env()
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	began := time.Now()
	err = command.Run()
	t.wall = time.Since(began)
	if command.ProcessState != nil {
		usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return t, errors.New("nothing is known of what a command used")
		}
		t.memory = usage.Maxrss << 10
	}
	if err != nil {
		text := out.String()
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(path), strings.Join(args, " "), err, text[max(len(text)-500, 0):])
	}
	return t, err
}

// limit is the wall time of a line of the shell, in the bench's folder.
func (b *bench) limit(line string) (time.Duration, error) {
	syscall.Sync()
	command := exec.CommandContext(b.ctx, "sh", "-ec", line)
	command.Dir = b.folder
	began := time.Now()
	out, err := command.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", line, err, out)
	}
	return time.Since(began), nil
}

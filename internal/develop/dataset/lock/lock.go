// Package lock takes the locks of a DVC repository as dvc does, and is waited for
// by it: both tools may work in one repository at once.
//
// Words: the repository's lock is held by one command at a time; the lock of
// paths says which files a command reads and writes while the repository's is
// not held, as while a stage runs. Both belong to a process: what a dead one
// left is taken away.
//
// The flufl lock that DVC takes on NFS by core.hardlink_lock is not here.
package lock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// How often and for how long dvc tries: once, and then six times within three
// seconds.
const (
	retries = 6
	pause   = 500 * time.Millisecond
)

var errHeld = errors.New("another process has the lock")

// Lock is a file that is held.
type Lock struct{ file *os.File }

// Take takes the lock that is the file at path, usually .dvc/tmp/lock. One that
// another process has is tried for three seconds, or until the context ends
// where wait says so; then it is fault.Conflict, which names the process.
func Take(ctx context.Context, path string, wait bool) (*Lock, error) {
	for attempt := 0; ; attempt++ {
		l, err := try(path)
		if !errors.Is(err, errHeld) {
			return l, err
		}
		if attempt == retries && !wait {
			return nil, held(path)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fault.Because(ctx.Err(), fault.Conflict, "%s was not to be had before the time was over.", path)
		case <-timer.C:
		}
	}
}

func try(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666) //nolint:gosec // the repository's own file, with its users' rights
	if err != nil {
		return nil, fault.WithHint(fault.Because(err, fault.Unavailable, "The lock %s cannot be opened.", path), "see that its folder is there and may be written")
	}
	err = lockFile(f)
	if err == nil {
		// dvc writes the same, for people who look who has it.
		text := fmt.Sprintf(" %d\n", os.Getpid())
		if _, err = f.WriteAt([]byte(text), 0); err == nil {
			err = f.Truncate(int64(len(text)))
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Lock{file: f}, nil
}

// Release gives the lock back. Its file stays, as with dvc.
func (l *Lock) Release() error { return l.file.Close() }

func held(path string) error {
	who := ""
	if f, err := os.Open(path); err == nil { //nolint:gosec // the repository's own file
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		_ = f.Close()
		if pid := strings.TrimSpace(string(text)); pid != "" {
			who = ", with PID " + pid
		}
	}
	return fault.WithHint(fault.New(fault.Conflict, "Unable to acquire lock. Most likely another DVC process is running%s, or was terminated abruptly.", who),
		"wait until it is done, or say --wait-for-lock; where no such process is left, %s may be deleted", path)
}

package apart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Program is what answers: how it is started, and the command line that it sees, its own
// name first. The two differ where a program is several by its name.
type Program struct {
	Path string
	Args []string
}

// Settings of who asks. What is zero is the default, but Program and Folder.
type Settings struct {
	Program    Program
	Folder     string        // for what is spilled; one process has it at a time, and Open empties it
	Memory     int64         // bytes that the engine may hold for one question, 512 MiB by default
	Time       time.Duration // of one question, 10 minutes by default
	Concurrent int           // questions at once, others wait; 2 by default
}

// Lake asks.
type Lake struct {
	Settings
	places chan struct{}
	asked  atomic.Int64 // questions; names their folders
}

// Open empties the folder. It starts nothing.
func Open(s Settings) (_ *Lake, err error) {
	defer fault.Wrap(&err, "apart.Open")
	if s.Memory <= 0 {
		s.Memory = 512 << 20
	}
	if s.Time <= 0 {
		s.Time = 10 * time.Minute
	}
	if s.Concurrent <= 0 {
		s.Concurrent = 2
	}
	if s.Folder, err = filepath.Abs(s.Folder); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(s.Folder); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The folder %s for what is asked of files cannot be emptied.", s.Folder)
	}
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The folder %s for what is asked of files cannot be made.", s.Folder)
	}
	return &Lake{Settings: s, places: make(chan struct{}, s.Concurrent)}, nil
}

// Portrait is lake.Store's.
func (l *Lake) Portrait(ctx context.Context, source lake.Source, rows int, limits lake.Limits) (_ lake.Portrait, err error) {
	defer fault.Wrap(&err, "apart.Portrait")
	a, err := l.ask(ctx, limits.Time, source.Path, question{Portrait: &portrait{source, rows, limits}})
	if err == nil && a.Portrait == nil {
		err = silent(nil, source.Path, "")
	}
	if err != nil {
		return lake.Portrait{}, err
	}
	return *a.Portrait, nil
}

// Compare is lake.Store's.
func (l *Lake) Compare(ctx context.Context, c lake.Comparison) (_ lake.Difference, err error) {
	defer fault.Wrap(&err, "apart.Compare")
	paths := c.A.Path + " or " + c.B.Path
	a, err := l.ask(ctx, c.Limits.Time, paths, question{Compare: &c})
	if err == nil && a.Difference == nil {
		err = silent(nil, paths, "")
	}
	if err != nil {
		return lake.Difference{}, err
	}
	return *a.Difference, nil
}

var errTime = fault.New(fault.Limit, "The question about the file took longer than it may.")

// ask starts the program and gives its answer. An end of it without one is
// fault.Invalid: it is the file's doing.
func (l *Lake) ask(ctx context.Context, limit time.Duration, paths string, q question) (a answer, err error) {
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
	case <-ctx.Done():
		return a, context.Cause(ctx)
	}
	if limit <= 0 || limit > l.Time {
		limit = l.Time
	}
	// What answers in time says itself that a question took too long.
	ctx, cancel := context.WithTimeoutCause(ctx, limit+time.Second, errTime)
	defer cancel()
	q.Memory, q.Folder = l.Memory, filepath.Join(l.Folder, fmt.Sprintf("question-%d", l.asked.Add(1)))
	if err := os.Mkdir(q.Folder, 0o700); err != nil {
		return a, fault.Because(err, fault.Unavailable, "The folder %s for what is asked of files cannot be written.", l.Folder)
	}
	defer func() { _ = os.RemoveAll(q.Folder) }()
	text, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	return l.run(ctx, paths, text)
}

// run has one question answered by one process.
func (l *Lake) run(ctx context.Context, paths string, text []byte) (a answer, err error) {
	c := exec.CommandContext(ctx, l.Program.Path) //nolint:gosec // it is this program
	c.Args = l.Program.Args
	c.Env = []string{"GOTRACEBACK=none"}
	errs := &tail{}
	c.Stderr = errs
	in, err := c.StdinPipe()
	if err != nil {
		return a, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return a, err
	}
	if err := c.Start(); err != nil {
		if ctx.Err() != nil {
			return a, context.Cause(ctx)
		}
		return a, fault.Because(err, fault.Unavailable, "The program that reads files of rows cannot be started.")
	}
	_, err = in.Write(append(text, '\n'))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(out, maxAnswer)).Decode(&a)
	}
	if err != nil {
		_ = c.Process.Kill() // what it says is no answer
	}
	ended := c.Wait() // which closes its input, not before: that would say that nobody waits
	switch {
	case ctx.Err() != nil:
		return a, context.Cause(ctx)
	case err != nil || ended != nil:
		return a, silent(errors.Join(ended, err), paths, errs.String())
	case a.Failure != nil:
		return a, a.Failure.fault()
	}
	return a, nil
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 256 << 20

// silent says that the program ended without an answer.
func silent(cause error, paths, said string) error {
	if said != "" {
		cause = errors.Join(cause, errors.New(said))
	}
	return fault.WithHint(fault.Because(cause, fault.Invalid, "The file %s cannot be read: it ended the program that reads it.", paths),
		"It is damaged, or needs more memory than one file may have; write it anew, in parts where it is very large.")
}

// tail keeps the end of what a program says of its failure.
type tail struct{ bytes.Buffer }

// Write keeps the last of it.
func (t *tail) Write(b []byte) (int, error) {
	const most = 2 << 10
	n, err := t.Buffer.Write(b)
	if over := t.Len() - most; over > 0 {
		t.Next(over)
	}
	return n, err
}

// String is it in one line.
func (t *tail) String() string { return strings.Join(strings.Fields(t.Buffer.String()), " ") }

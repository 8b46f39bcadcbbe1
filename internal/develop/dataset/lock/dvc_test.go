//go:build dvc

package lock_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/lock"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// holding is a Python program that says "held" and holds until its input ends.
const holding = `
import sys
from dvc.lock import Lock
from dvc.rwlock import rwlock
from dvc.fs import localfs
kind, folder = sys.argv[1:3]
if kind == "lock":
    lock = Lock(folder + "/lock")
    lock.lock()
    print("held", flush=True)
    sys.stdin.read()
elif kind == "wait":
    lock = Lock(folder + "/lock", wait=True)
    print("waiting", flush=True)
    lock.lock()
    print("held", flush=True)
else:
    with rwlock(folder, localfs, "dvc add data", ["/r/raw"], ["/r/data"], False):
        print("held", flush=True)
        sys.stdin.read()
`

// dvc starts the program, and gives what it says and a way to end it.
func dvc(t *testing.T, kind, folder string) (says func() string, end func() error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Getenv("TACIT_DVC_PYTHON"), "-c", holding, kind, folder) //nolint:gosec // who runs the test names it
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	return func() string {
			line, err := lines.ReadString('\n')
			if err != nil && err != io.EOF {
				t.Error(err)
			}
			return strings.TrimSpace(line)
		}, func() error {
			if err := in.Close(); err != nil {
				return err
			}
			return c.Wait()
		}
}

// The real dvc is waited for, and waits. It runs where TACIT_DVC_PYTHON names a
// Python that has dvc, as test/conformance does.
func TestWithTheRealDvc(t *testing.T) {
	if os.Getenv("TACIT_DVC_PYTHON") == "" {
		t.Fatal("TACIT_DVC_PYTHON names no Python that has dvc")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "lock")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	says, end := dvc(t, "lock", folder)
	if got := says(); got != "held" {
		t.Fatalf("dvc says %q", got)
	}
	if _, err := lock.Take(ctx, path, false); !fault.Is(err, fault.Conflict) {
		t.Errorf("dvc's lock is taken: %v", err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	own, err := lock.Take(ctx, path, true)
	if err != nil {
		t.Fatal(err)
	}
	says, end = dvc(t, "lock", folder)
	if got := says(); got != "" || end() == nil {
		t.Errorf("dvc takes what is held: %q", got)
	}
	says, end = dvc(t, "wait", folder)
	if got := says(); got != "waiting" {
		t.Fatalf("dvc says %q", got)
	}
	if err := own.Release(); err != nil {
		t.Fatal(err)
	}
	if got := says(); got != "held" || end() != nil {
		t.Errorf("dvc does not get what was released: %q", got)
	}

	says, end = dvc(t, "rwlock", folder)
	if got := says(); got != "held" {
		t.Fatalf("dvc says %q", got)
	}
	if _, err := lock.HoldPaths(ctx, folder, "tacit data add", []string{"/r/data/x"}, nil); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "dvc add data") {
		t.Errorf("what dvc writes is read: %v", err)
	}
	beside, err := lock.HoldPaths(ctx, folder, "tacit data add", []string{"/r/raw"}, []string{"/r/other"})
	if err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Errorf("dvc cannot give back what it held: %v", err)
	}
	over, err := lock.HoldPaths(ctx, folder, "tacit data checkout", nil, []string{"/r/data/x"})
	if err != nil {
		t.Fatal(err)
	}
	says, end = dvc(t, "rwlock", folder)
	if got := says(); got != "" || end() == nil {
		t.Errorf("dvc takes paths that are held: %q", got)
	}
	for _, p := range []*lock.Paths{over, beside} {
		if err := p.Release(ctx); err != nil {
			t.Error(err)
		}
	}
	says, end = dvc(t, "rwlock", folder)
	if got := says(); got != "held" || end() != nil {
		t.Errorf("dvc does not get paths that were released: %q", got)
	}
}

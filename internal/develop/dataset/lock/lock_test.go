package lock_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/lock"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestRepositorysLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte(" 1234567890\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := lock.Take(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != fmt.Sprintf(" %d\n", os.Getpid()) {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := lock.Take(t.Context(), path, false); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), fmt.Sprint("PID ", os.Getpid())) {
		t.Errorf("two have it: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lock.Take(ctx, path, true); !fault.Is(err, fault.Conflict) {
		t.Errorf("who waits no more has it: %v", err)
	}
	got := make(chan error)
	go func() {
		next, err := lock.Take(t.Context(), path, true)
		if err == nil {
			err = next.Release()
		}
		got <- err
	}()
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("who waits does not get it: %v", err)
	}
	if _, err := lock.Take(t.Context(), filepath.Join(path, "x"), false); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no folder: %v", err)
	}
}

// dead is the PID of a process that is no more.
func dead(t *testing.T) int {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return c.Process.Pid
}

func TestLockOfPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx := t.Context()
	file := filepath.Join(dir, "rwlock")
	left := fmt.Sprintf(`{"write": {"/r/data": {"pid": %d, "cmd": "dvc add"}}, "read": {"/r/raw": [{"pid": %[1]d, "cmd": "dvc repro"}, {"pid": %d, "cmd": "dvc repro"}]}}`, dead(t), os.Getppid())
	if err := os.WriteFile(file, []byte(left), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := lock.HoldPaths(ctx, dir, "tacit data add", []string{"/r/raw"}, []string{"/r/data/x"})
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(file); strings.Contains(string(text), "dvc add") || !strings.Contains(string(text), "tacit data add") {
		t.Errorf("%s", text)
	}
	for _, c := range []struct{ read, write, busy string }{
		{"/r/data", "", "/r/data"}, {"/r/data/x/y", "", "/r/data/x/y"}, {"", "/r", "/r"}, {"", "/r/raw/z", "/r/raw/z"}, {"/r/raw", "/r/data2", ""}, {"/r/data/xy", "", ""},
	} {
		var read, write []string
		if c.read != "" {
			read = []string{c.read}
		}
		if c.write != "" {
			write = []string{c.write}
		}
		p, err := lock.HoldPaths(ctx, dir, "tacit data checkout", read, write)
		if c.busy == "" {
			if err != nil {
				t.Errorf("%v: %v", c, err)
			} else if err := p.Release(ctx); err != nil {
				t.Error(err)
			}
			continue
		}
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "'"+c.busy+"' is busy") {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := a.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(file); strings.Contains(string(text), "tacit") || !strings.Contains(string(text), "dvc repro") {
		t.Errorf("%s", text)
	}
	for _, bad := range []string{"", "{", `{"write": 1}`, `{"more": {}}`, `{} {}`} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := lock.HoldPaths(ctx, dir, "x", nil, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
		if text, _ := os.ReadFile(file); string(text) != bad {
			t.Errorf("%q becomes %q", bad, text)
		}
	}
}

package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Policies are read again with tacit.yaml and the files it names; a mistake in
// any of them leaves those in force that were.
func TestPoliciesAreReadAgain(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const one = "access:\n  policy_files: [team.cedar]\n  policies:\n    - {id: one, cedar: 'permit (principal, action, resource);'}\n"
	write("tacit.yaml", one)
	write("team.cedar", `@id("two") forbid (principal, action, resource is Run);`)
	h, err := Open(context.Background(), Settings{Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Dir: filepath.Join(folder, "tacit")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	inForce := func() (ids string) {
		for _, p := range h.Config().Value("access").(*access.Settings).Added().Policies {
			ids += p.ID + " "
		}
		return ids
	}
	if got := inForce(); got != "one two " {
		t.Errorf("in force: %s", got)
	}
	for name, mistake := range map[string]string{
		"team.cedar": `forbid (principal, action, resource is Rum);`,
		"tacit.yaml": one + "    - {id: two, cedar: 'permit (principal, action, resource);'}\n",
	} {
		before, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, mistake)
		if err := h.Reload(); !fault.Is(err, fault.Invalid) {
			t.Errorf("a mistake in %s: %v", name, err)
		}
		if got := inForce(); got != "one two " {
			t.Errorf("after a mistake in %s: %s", name, got)
		}
		write(name, string(before))
	}
	write("team.cedar", `@id("three") forbid (principal, action, resource is Run);`)
	if err := h.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := inForce(); got != "one three " {
		t.Errorf("read again: %s", got)
	}
}

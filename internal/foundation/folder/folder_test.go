package folder

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func mustOpen(t *testing.T, path string) *Folder {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// One process at a time has the folder; who comes second is told who has it.
func TestOneHolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b")
	if h := HolderOf(path); h != (Holder{}) {
		t.Errorf("a folder that is not there is held by %+v", h)
	}
	f := mustOpen(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v, want it for its owner alone", info.Mode(), err)
	}
	for _, h := range []Holder{{PID: 77, Listen: "127.0.0.1:5000", Rows: "postgres://a.long.name:5432/tacit"}, {PID: 7}} { // the shorter over the longer
		if err := f.Hold(h); err != nil {
			t.Fatal(err)
		}
		if got := HolderOf(path); got != h {
			t.Errorf("the holder reads as %+v, want %+v", got, h)
		}
	}
	_, err := Open(path)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "(pid 7)") || !strings.Contains(fault.HintOf(err), "--dir") {
		t.Errorf("a second holder: %v, hint %q", err, fault.HintOf(err))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, path).Close(); err != nil {
		t.Error(err)
	}
}

// A start that came to nothing leaves what was there, and nothing else.
func TestUndo(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := mustOpen(t, filepath.Join(root, "made", "on", "the", "way"))
	if err := os.WriteFile(f.Join("tacit.db"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Undo(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "made")); !os.IsNotExist(err) {
		t.Errorf("what was made is left: %v", err)
	}
	there := filepath.Join(root, "there")
	if err := os.MkdirAll(there, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(there, "mine"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, there).Undo(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(there, "mine")); err != nil {
		t.Errorf("what was there before is gone: %v", err)
	}
}

func TestUnusable(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below"), filepath.Join(root, "new", "nul\x00")} {
		if _, err := Open(path); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
			t.Errorf("%q: %v, want unavailable with a hint", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "new")); !os.IsNotExist(err) {
		t.Errorf("a folder that could not be made left one on the way: %v", err)
	}
}

// A command beside the server reaches it through the folder, and knows when
// nobody or nobody healthy answers there.
func TestSocket(t *testing.T) {
	t.Parallel()
	path, err := os.MkdirTemp("", "tacit") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	ctx := context.Background()
	f := mustOpen(t, path)
	if Answers(ctx, path) {
		t.Error("nobody listens and somebody answers")
	}
	if err := os.WriteFile(f.Join("tacit.sock"), []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := f.Listen()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Join("tacit.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v, want it for its owner alone", info.Mode(), err)
	}
	status := http.StatusOK
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })}
	go func() { _ = server.Serve(listener) }()
	if !Answers(ctx, path) {
		t.Error("the server does not answer")
	}
	status = http.StatusServiceUnavailable
	if Answers(ctx, path) {
		t.Error("a server that is not well counts as one that answers")
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if Answers(ctx, path) {
		t.Error("a server that is gone answers")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	long := mustOpen(t, filepath.Join(t.TempDir(), strings.Repeat("long", 30)))
	if listener, err := long.Listen(); listener != nil || err != nil {
		t.Errorf("a path too long for a socket: %v, %v, want neither", listener, err)
	}
	if err := long.Undo(); err != nil {
		t.Error(err)
	}
}

package disk

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

// TestLocal: a key that is there has a file with its bytes, and nothing else has.
func TestLocal(t *testing.T) {
	s, err := Open(t.TempDir(), draw.Reader(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Put(context.Background(), "a/b c", strings.NewReader("text"), 4); err != nil {
		t.Fatal(err)
	}
	path, ok := s.Local("a/b c")
	if text, err := os.ReadFile(path); !ok || err != nil || string(text) != "text" {
		t.Error(path, ok, err)
	}
	for _, key := range []string{"a", "a/b", "../x", "", "a/../a/b c"} {
		if path, ok := s.Local(key); ok {
			t.Errorf("%q: %s", key, path)
		}
	}
}
